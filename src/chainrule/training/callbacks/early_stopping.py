"""Early stopping: a run ends where what matters no longer improves (Prechelt 1998)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainrule.arguments import as_count, require_bool
from chainrule.training.callbacks.callback import Callback
from chainrule.training.callbacks.monitor import Monitor

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.training.callbacks.callback import Logs

__all__ = ["EarlyStopping"]


class EarlyStopping(Callback):
    """Ends a run when a monitored quantity has stopped improving, as Keras' callback of that name does.

    Args:
        monitor: a name of the epoch's logs, "loss" or "val_loss".
        min_delta: by how much a value must be better than the best one to count as an improvement, ≥ 0.
        patience: after how many epochs in a row without improvement the run ends; 0 ends it like 1. The first epoch
            never ends it.
        mode: "min", "max", or "auto", which goes by the quantity's name.
        restore_best_weights: whether the network gets back, when the run ends, for whatever reason, the parameters and
            running statistics that it had after its best epoch.

    Attributes:
        best: the best value so far, in the run that is watched or was last.
        best_epoch: the epoch that had it.
        stopped_epoch: the epoch after which the run was stopped; 0 if it was not.
        wait: how many epochs have passed since the best one.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: one is out of range; in a run: its epochs have no such quantity.

    Example:
        >>> import chainrule as cr
        >>> X, y = cr.datasets.moons(60, noise=0.3, seed=0)
        >>> held_out = cr.datasets.moons(60, noise=0.3, seed=1)
        >>> stopping = EarlyStopping(patience=20, restore_best_weights=True)
        >>> net = cr.Network([2, 30, 1], hidden="tanh", seed=0)
        >>> history = net.fit(
        ...     X, y, optimizer=cr.SGD(0.5, momentum=0.9), epochs=5000, validation_data=held_out, callbacks=[stopping]
        ... )
        >>> history.stopped_by, len(history.loss) - 1 - stopping.best_epoch
        ('callback', 20)
        >>> bool(stopping.best == min(history.history["val_loss"]))
        True
    """

    remembers = ("best", "best_epoch", "wait", "stopped_epoch", "kept")

    def __init__(
        self,
        monitor: str = "val_loss",
        *,
        min_delta: float = 0,
        patience: int = 0,
        mode: str = "auto",
        restore_best_weights: bool = False,
    ) -> None:
        self.monitor = Monitor(type(self).__name__, monitor, mode, min_delta)
        self.patience = as_count("patience", patience, least=0)
        require_bool("restore_best_weights", restore_best_weights)
        self.restore_best_weights = restore_best_weights
        self.on_train_begin()

    def on_train_begin(self) -> None:
        self.best, self.best_epoch = self.monitor.worst, 0
        self.wait = self.stopped_epoch = 0
        self.kept: Array | None = None

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        value = self.monitor.value(logs)
        improved = self.monitor.improves(value, self.best)
        if self.restore_best_weights and (improved or self.kept is None):
            self.kept = self.model.numbers.copy()
            self.best_epoch = epoch
        self.wait += 1
        if improved:
            self.best, self.best_epoch, self.wait = value, epoch, 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.stop()

    def on_train_end(self) -> None:
        if self.kept is not None:
            self.model.numbers[...] = self.kept
