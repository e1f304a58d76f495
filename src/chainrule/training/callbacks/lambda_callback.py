"""A callback of plain functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.training.callbacks.callback import Callback

__all__ = ["LambdaCallback"]


class LambdaCallback(Callback):
    """Calls a function at each hook that one is given for, as Keras' callback of that name does.

    Args:
        on_epoch_begin: a function of (epoch, logs).
        on_epoch_end: a function of (epoch, logs).
        on_train_begin: a function of (logs); the logs are empty.
        on_train_end: a function of (logs); the logs are empty.
        on_train_batch_begin: a function of (batch, logs).
        on_train_batch_end: a function of (batch, logs). Where a function is given for batches, every step wakes Python.

    Raises:
        TypeError: one of them cannot be called.

    Example:
        >>> import chainrule as cr
        >>> X, y = cr.datasets.xor()
        >>> told = []
        >>> tell = LambdaCallback(on_train_batch_end=lambda batch, logs: told.append(batch))
        >>> history = cr.Network([2, 3, 1], seed=0).fit(X, y, batch_size=10, epochs=2, callbacks=[tell])
        >>> told
        [0, 1, 2, 0, 1, 2]
    """

    def __init__(
        self,
        on_epoch_begin: Callable[[int, Any], object] | None = None,
        on_epoch_end: Callable[[int, Any], object] | None = None,
        on_train_begin: Callable[[Any], object] | None = None,
        on_train_end: Callable[[Any], object] | None = None,
        on_train_batch_begin: Callable[[int, Any], object] | None = None,
        on_train_batch_end: Callable[[int, Any], object] | None = None,
    ) -> None:
        of_two = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        of_logs = {"on_train_begin": on_train_begin, "on_train_end": on_train_end}
        for name, function in (of_two | of_logs).items():
            if function is None:
                continue
            if not callable(function):
                raise TypeError(f"{name} must be a function, got {function!r}")
            # A hook that the object itself has counts as overridden, and only such a one is paid for.
            setattr(self, name, function if name in of_two else lambda function=function: function({}))
