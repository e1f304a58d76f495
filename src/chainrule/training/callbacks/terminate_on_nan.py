"""A run that diverges ends without an error, and keeps the parameters that it had before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chainrule.arguments import as_count
from chainrule.training.callbacks.callback import Callback

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.training.callbacks.callback import Logs

__all__ = ["TerminateOnNaN"]


class TerminateOnNaN(Callback):
    """Ends a run whose loss becomes NaN or infinite, instead of the DivergenceError that `fit` raises without it.

    The history ends with the last epoch whose loss is finite, and its `stopped_by` is "callback". The network gets back
    the parameters from before that epoch: the last that are known to give a finite loss. (Those from after it are what
    the loss that is none came from, where batches are full.) If the first epoch diverges, these are the parameters from
    before `fit`. A divergence that only shows in the parameters after the last epoch is treated alike, but as all
    epochs were done `stopped_by` is None.

    Args:
        every: how many epochs from one copy of the parameters to the next, at least 1: the parameters that come back
            may be so much older.

    Attributes:
        stopped_epoch: the epoch that diverged, in the run that is watched or was last; None if none did.

    Raises:
        TypeError: every is no whole number.
        ValueError: it is below 1.

    Example:
        >>> import chainrule as cr
        >>> X, y = cr.datasets.linear(seed=0)
        >>> net = cr.Network([2, 1], output="identity", seed=0)
        >>> terminate = TerminateOnNaN()
        >>> history = net.fit(X, y, "mean_squared_error", optimizer=cr.SGD(1e6), epochs=500, callbacks=[terminate])
        >>> history.stopped_by, terminate.stopped_epoch == len(history.loss)
        ('callback', True)
    """

    def __init__(self, every: int = 1) -> None:
        self.every = as_count("every", every)
        self.stopped_epoch: int | None = None
        self.copies: list[tuple[int, Array]] = []

    def on_train_begin(self) -> None:
        self.stopped_epoch = None
        # Of the last two epochs at which it woke, the parameters before them; -1 stands for the run's beginning.
        self.copies = [(-1, self.model.numbers.copy())]

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        if np.isfinite(self.model.numbers).all():  # running statistics may overflow where the loss does not
            self.copies = [*self.copies[-1:], (epoch, self.model.numbers.copy())]

    def on_divergence(self, epoch: int) -> bool:
        self.stopped_epoch = epoch
        self.model.numbers[...] = next(numbers for begun, numbers in reversed(self.copies) if begun < epoch)
        return True

    def on_train_end(self) -> None:
        if not np.isfinite(self.model.numbers).all() and self.run is not None:
            self.stopped_epoch = self.run.step * self.params["epochs"] // self.run.steps - 1
            self.model.numbers[...] = self.copies[-1][1]
        self.copies = []
