"""Engines: who does the arithmetic of a training run. They hold loops and layout, no mathematics."""
