"""Pure mathematics: each formula once, a value and its derivative side by side; no loops, no state."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submodules=["activations", "initializers", "losses", "normalizations", "optimizers", "schedules"]
)
