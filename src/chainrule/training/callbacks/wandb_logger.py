"""A run as Weights & Biases shows it."""

from __future__ import annotations

from typing import Any

from chainrule.arguments import as_count
from chainrule.training.callbacks.callback import Callback, Logs
from chainrule.training.callbacks.logged import imported, parameters, scalars

__all__ = ["WandbLogger"]


class WandbLogger(Callback):
    """Logs a run to Weights & Biases: its parameters once as its config, and of every epoch train/loss, val/loss, ….

    "epoch" is logged beside them, to be taken as the axis; W&B's own count of steps goes on as it stands, so that what
    else is logged to the run does not get in its way. Needs the package wandb, which chainrule does not install:
    pip install wandb.

    Args:
        run: a run of `wandb.init` to log to; it is left open. Without one, the active run `wandb.run` is logged to, and
            left open; and where there is none a new one is begun, and finished with the run: as failed after an error.
        every: how many epochs from one to the next that is logged, at least 1; the last one is.
        options: what else `wandb.init` is to be told of a new run, such as project=, name=, mode="offline".

    Raises:
        TypeError: an argument is of the wrong kind, or there are options to a run that is given.
        ValueError: every is below 1.
        ImportError: in a run: wandb is not installed.
    """

    def __init__(self, run: Any = None, *, every: int = 1, **options: Any) -> None:
        if run is not None and options:
            raise TypeError(f"{', '.join(options)} would begin a new run, but run is given; pass one or the other")
        self.given, self.options, self.every = run, options, as_count("every", every)
        self.log_to: Any = None
        self.begun = False

    def on_train_begin(self) -> None:
        wandb = imported("wandb", "WandbLogger", "pip install wandb")
        self.log_to = self.given if self.given is not None else wandb.run
        self.begun = self.log_to is None
        if self.begun:
            self.log_to = wandb.init(**self.options)
        # A second fit of one run has a config of its own.
        self.log_to.config.update(parameters(self), allow_val_change=True)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        self.log_to.log({"epoch": epoch, **scalars(self, logs)})

    def on_exit(self, error: BaseException | None) -> None:
        if self.begun:
            self.log_to.finish(exit_code=0 if error is None else 1)
        self.log_to, self.begun = None, False
