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

__all__ = ["Found", "Report", "Stopped", "held_out_loss", "run"]

Report = Callable[[int, float], bool]
"""Takes the epochs that are done and the loss on the held-out rows; says whether the trial should end."""
Stopped = Callable[[], bool]
"""Says whether Ctrl-C has come."""


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


class Judged(Callback):
    """Ends the trial where it is told to: by whom it reports to, or by Ctrl-C that came when no training listened."""

    def __init__(self, prepared: Prepared, settings: Settings, report: Report, every: int, stopped: Stopped) -> None:
        self.prepared, self.settings, self.report, self.step = prepared, settings, report, every
        self.interrupted = stopped
        self.ended_by = ""

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        done = epoch + 1
        if done == self.settings.epochs:
            return
        if self.interrupted():
            self.ended_by = "interrupt"
        elif self.step and done % self.step == 0:
            loss = held_out_loss(self.model, self.prepared) if self.settings.l2 else logs["val_loss"]
            self.ended_by = "pruned" if self.report(done, loss) else ""
        if self.ended_by:
            self.stop()


def held_out_loss(network: Network, prepared: Prepared) -> float:
    """The loss on the held-out rows without the penalty on the weights, by which trials could not be compared."""
    X, y = prepared.X_held_out, prepared.y_held_out
    loss, X, y = checked(network.structure, network.parameters.dtype, X, y, prepared.loss)
    z, a = predicted(network.structure, network.numbers, X)
    return float(mean_loss(network.structure, z, a, y, loss))


def run(prepared: Prepared, settings: Settings, report: Report, every: int, stopped: Stopped = lambda: False) -> Found:
    """Train a network as `chainrule train` does, and judge it on the rows that are held out.

    Args:
        prepared: the data.
        settings: of the trial.
        report: whom to tell how it goes.
        every: how many epochs from one report to the next; 0 for none.
        stopped: says whether Ctrl-C has come.

    Raises:
        ValueError: settings do not go together; the message says which.
    """
    judged = Judged(prepared, settings, report, every, stopped)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the training of the best settings says them
            model, history, stopping = training.fit(prepared, settings, watchers=[judged])
    except DivergenceError as error:
        return Found(None, None, error.epoch, error.epoch, error.history.seconds, "diverged")
    ended_by = "interrupt" if history.stopped_by == "interrupt" else judged.ended_by
    if ended_by == "interrupt":
        return Found(None, None, 0, len(history.loss), history.seconds, ended_by)
    ended_by = ended_by or ("patience" if history.stopped_by == "callback" else "epochs")
    value = held_out_loss(model.network, prepared)
    outputs = outcome.predicted(model, prepared.X_held_out)
    score = scores.score(prepared.preprocessing.target, prepared.truth(prepared.y_held_out), outputs)
    return Found(value, score, stopping.best_epoch, len(history.loss), history.seconds, ended_by)
