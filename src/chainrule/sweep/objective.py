"""One trial of a search: a network trained with its settings, and what is told of it. It needs nothing of Optuna."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainrule.backprop import mean_loss, predicted
from chainrule.tables import outcome, scores, training
from chainrule.training.callbacks import Callback
from chainrule.training.loop import DivergenceError
from chainrule.training.samples import checked

if TYPE_CHECKING:
    from chainrule.network import Network
    from chainrule.tables.settings import Settings
    from chainrule.tables.training import Prepared
    from chainrule.training.callbacks import Logs

__all__ = ["Found", "Report", "held_out_loss", "run"]

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

    def __init__(self, report: Report, every: int, prepared: Prepared, settings: Settings) -> None:
        self.report, self.every, self.prepared, self.settings = report, every, prepared, settings
        self.first = every - 1
        self.pruned = False

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        if (epoch + 1) % self.every or epoch + 1 == self.settings.epochs:  # a hook is called after the last one too
            return
        loss = held_out_loss(self.model, self.prepared) if self.settings.l2 else logs["val_loss"]
        if self.report(epoch + 1, loss):
            self.pruned = True
            self.stop()


def held_out_loss(network: Network, prepared: Prepared) -> float:
    """The loss on the held-out rows without the penalty on the weights, by which trials could not be compared."""
    X, y = prepared.X_held_out, prepared.y_held_out
    loss, X, y = checked(network.structure, network.parameters.dtype, X, y, prepared.loss)
    z, a = predicted(network.structure, network.numbers, X)
    return float(mean_loss(network.structure, z, a, y, loss))


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
    reporting = None if report is None else Reporting(report, every, prepared, settings)
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
    outputs = outcome.predicted(model, prepared.X_held_out)
    score = scores.score(prepared.preprocessing.target, prepared.truth(prepared.y_held_out), outputs)
    if history.stopped_by == "interrupt":
        ended_by = "interrupt"
    elif reporting is not None and reporting.pruned:
        ended_by = "pruned"
    else:
        ended_by = "patience" if history.stopped_by == "callback" else "epochs"
    value = held_out_loss(model.network, prepared)
    return Found(value, score, stopping.best_epoch, len(history.loss), history.seconds, ended_by)
