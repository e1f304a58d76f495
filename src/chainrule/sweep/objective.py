"""One trial of a search: a network trained with its settings, and what is told of it. It needs nothing of Optuna."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainrule.tables import scores, training
from chainrule.tables.outcome import predicted
from chainrule.training.callbacks import Callback
from chainrule.training.loop import DivergenceError

if TYPE_CHECKING:
    from chainrule.tables.settings import Settings
    from chainrule.tables.training import Prepared
    from chainrule.training.callbacks import Logs

__all__ = ["Found", "Report", "run"]

Report = Callable[[int, float], bool]
"""Takes the epochs that are done and the loss on the held-out rows; says whether the trial should end."""


@dataclass(frozen=True)
class Found:
    """What came of a trial.

    Attributes:
        value: the loss on the held-out rows after the best epoch; None where the loss diverged.
        score: accuracy or R² on those rows, of that epoch.
        best_epoch: that epoch, from 0.
        epochs: how many were trained.
        seconds: they took.
        ended_by: "pruned", "diverged", "interrupt", "patience" or "epochs".
    """

    value: float | None
    score: float | None
    best_epoch: int
    epochs: int
    seconds: float
    ended_by: str


class Reporting(Callback):
    """Reports the loss on the held-out rows now and then, and ends the trial when it is told to."""

    def __init__(self, report: Report, every: int, epochs: int) -> None:
        self.report, self.every, self.epochs = report, every, epochs
        self.first = every - 1
        self.pruned = False

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        is_due = (epoch + 1) % self.every == 0 and epoch + 1 < self.epochs  # a hook is called after the last one too
        if is_due and self.report(epoch + 1, logs["val_loss"]):
            self.pruned = True
            self.stop()


def run(prepared: Prepared, settings: Settings, report: Report | None = None, every: int = 1) -> Found:
    """Train a network as `chainrule train` does, and judge it on the rows that are held out.

    Args:
        prepared: the data.
        settings: of the trial.
        report: whom to tell how it goes; None for nobody.
        every: how many epochs from one report to the next.

    Raises:
        ValueError: settings do not go together; the message says which.
    """
    reporting = None if report is None else Reporting(report, every, settings.epochs)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the training of the best settings says them
            model, history, stopping = training.fit(
                prepared, settings, watchers=[] if reporting is None else [reporting]
            )
    except DivergenceError as error:
        return Found(None, None, error.epoch, error.epoch, error.history.seconds, "diverged")
    if not history.loss:
        return Found(None, None, 0, 0, history.seconds, "interrupt")
    outputs = predicted(model, prepared.X_held_out)
    score = scores.score(prepared.preprocessing.target, prepared.truth(prepared.y_held_out), outputs)
    if history.stopped_by == "interrupt":
        ended_by = "interrupt"
    elif reporting is not None and reporting.pruned:
        ended_by = "pruned"
    else:
        ended_by = "patience" if history.stopped_by == "callback" else "epochs"
    return Found(float(stopping.best), score, stopping.best_epoch, len(history.loss), history.seconds, ended_by)
