"""Observers of a training run, by Keras' names.

Training pays for an observer only where one wakes: between two wakings the engine runs on without Python's attention.
"""

from chainrule.training.callbacks.callback import Callback, Logs, PrintLoss, Run
from chainrule.training.callbacks.checkpoint import Checkpoint
from chainrule.training.callbacks.csv_logger import CSVLogger
from chainrule.training.callbacks.early_stopping import EarlyStopping
from chainrule.training.callbacks.given import as_callbacks
from chainrule.training.callbacks.lambda_callback import LambdaCallback
from chainrule.training.callbacks.mlflow_logger import MLflowLogger
from chainrule.training.callbacks.model_checkpoint import ModelCheckpoint
from chainrule.training.callbacks.rates import LearningRateScheduler, ReduceLROnPlateau
from chainrule.training.callbacks.tensorboard import TensorBoard
from chainrule.training.callbacks.terminate_on_nan import TerminateOnNaN
from chainrule.training.callbacks.wandb_logger import WandbLogger

__all__ = [
    "CSVLogger",
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "LambdaCallback",
    "LearningRateScheduler",
    "Logs",
    "MLflowLogger",
    "ModelCheckpoint",
    "PrintLoss",
    "ReduceLROnPlateau",
    "Run",
    "TensorBoard",
    "TerminateOnNaN",
    "WandbLogger",
    "as_callbacks",
]
