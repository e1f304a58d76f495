"""Pure mathematics: each formula once, a value and its derivative side by side; no loops, no state."""
