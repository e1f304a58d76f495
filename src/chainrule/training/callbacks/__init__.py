"""Observers of a training run, by Keras' names.

Training pays for an observer only where one wakes: between two wakings the engine runs on without Python's attention.
"""

from chainrule.training.callbacks.callback import Callback, Logs, PrintLoss, Run, as_callbacks
from chainrule.training.callbacks.checkpoint import Checkpoint
from chainrule.training.callbacks.early_stopping import EarlyStopping
from chainrule.training.callbacks.rates import LearningRateScheduler, ReduceLROnPlateau

__all__ = [
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "LearningRateScheduler",
    "Logs",
    "PrintLoss",
    "ReduceLROnPlateau",
    "Run",
    "as_callbacks",
]
