"""The life of a training run: its loop, its record, its observers."""
