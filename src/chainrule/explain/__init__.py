"""The glass box: every number of a pass written out, explained and proved."""
