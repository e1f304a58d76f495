"""Experiments: one file a table or a figure; the report's two, and what is needed to judge them."""
