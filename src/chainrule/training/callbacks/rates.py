"""Callbacks that change the learning rate between epochs. A formula of the step alone is a schedule instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chainrule.arguments import as_count, require
from chainrule.training.callbacks.callback import Callback
from chainrule.training.callbacks.monitor import Monitor

if TYPE_CHECKING:
    from chainrule.training.callbacks.callback import Logs

__all__ = ["LearningRateScheduler", "ReduceLROnPlateau"]


class ReduceLROnPlateau(Callback):
    """Lowers the learning rate when a monitored quantity has stopped improving, as Keras' callback of that name does.

    Args:
        monitor: a name of the epoch's logs, "loss" or "val_loss".
        factor: what the rate is multiplied by, in (0, 1).
        patience: after how many epochs in a row without improvement; 0 acts like 1.
        mode: "min", "max", or "auto", which goes by the quantity's name.
        min_delta: by how much a value must be better than the best one to count as an improvement, ≥ 0.
        cooldown: how many epochs after a reduction are not counted.
        min_lr: the rate does not go below it, ≥ 0.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: one is out of range; in a run: its epochs have no such quantity, or its optimizer a schedule.

    Example:
        >>> import chainrule as cr
        >>> X, y = cr.datasets.xor()
        >>> reduce = ReduceLROnPlateau("loss", factor=0.5, patience=10, min_delta=1.0)  # no epoch improves by 1
        >>> history = cr.Network([2, 4, 1], seed=0).fit(X, y, optimizer=cr.SGD(0.8), epochs=25, callbacks=[reduce])
        >>> reduce.learning_rate
        0.2
    """

    sets_rate = True
    remembers = ("best", "wait", "cooling")

    def __init__(
        self,
        monitor: str = "val_loss",
        *,
        factor: float = 0.1,
        patience: int = 10,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        self.monitor = Monitor(type(self).__name__, monitor, mode, min_delta)
        require("factor", factor, 0, 1)
        require("min_lr", min_lr, 0, closed=True)
        self.factor, self.min_lr = float(factor), float(min_lr)
        self.patience, self.cooldown = as_count("patience", patience, least=0), as_count("cooldown", cooldown, least=0)
        self._begin()

    def _begin(self) -> None:
        self.best, self.wait, self.cooling = self.monitor.worst, 0, 0

    def on_train_begin(self) -> None:
        self._begin()
        self.learning_rate = self.learning_rate  # refused here, and not at the first plateau, where it cannot be set

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        value = self.monitor.value(logs)
        if self.cooling > 0:
            self.cooling -= 1
        if self.monitor.improves(value, self.best):
            self.best, self.wait = value, 0
        elif self.cooling == 0:
            self.wait += 1
            if self.wait >= self.patience and self.learning_rate > self.min_lr:
                self.learning_rate = max(self.learning_rate * self.factor, self.min_lr)
                self.cooling, self.wait = self.cooldown, 0


class LearningRateScheduler(Callback):
    """Sets the learning rate of every epoch by a function, as Keras' callback of that name does.

    Args:
        schedule: a function of (epoch, learning rate so far) that gives the epoch's learning rate.

    Raises:
        TypeError: schedule cannot be called, or gives what is no number.
        ValueError: it gives a negative rate, or one that is not finite.

    Example:
        >>> import chainrule as cr
        >>> X, y = cr.datasets.xor()
        >>> halving = LearningRateScheduler(lambda epoch, rate: rate / 2 if epoch % 10 == 9 else rate)
        >>> history = cr.Network([2, 4, 1], seed=0).fit(X, y, optimizer=cr.SGD(0.8), epochs=25, callbacks=[halving])
        >>> halving.learning_rate
        0.2
    """

    sets_rate = True

    def __init__(self, schedule: Callable[[int, float], float]) -> None:
        if not callable(schedule):
            raise TypeError(f"schedule must be a function of (epoch, learning rate), got {schedule!r}")
        self.schedule = schedule

    def _set(self, epoch: int) -> None:
        rate = self.schedule(epoch, self.learning_rate)
        require(f"the learning rate of epoch {epoch}", rate, 0, closed=True)
        self.learning_rate = float(rate)

    def on_train_begin(self) -> None:
        self._set(0)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        if self.run is not None and self.run.step < self.run.steps:
            self._set(epoch + 1)
