"""What every observer of a training run is, and what it may do there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chainrule.arguments import as_count
from chainrule.training.history import History

if TYPE_CHECKING:
    from chainrule.engines.choose import Engine
    from chainrule.network import Network

__all__ = ["Callback", "Logs", "PrintLoss", "Run", "as_callbacks"]

Logs = Mapping[str, float]
"""What a hook is told of an epoch: "loss", and "val_loss" and "learning_rate" where there are such."""


@dataclass
class Run:
    """A run under way: its engine, how many steps it has taken, and how many it will take if nothing ends it."""

    engine: Engine
    steps: int
    step: int = 0
    first: int = 0
    """How many steps the optimizer had taken before the run."""
    engine_name: str = ""
    callbacks: Sequence[Callback] = ()
    so_far: Callable[[], History] = field(default=History)
    """Gives the record of the epochs that were completed."""


class Callback:
    """Override the hooks that you need. `self.model` is the network in training; `self.stop()` ends the run.

    `self.learning_rate` is the rate of the step that comes next, and may be set.

    Example:
        >>> import chainrule as cr
        >>> class Watch(cr.Callback):
        ...     def on_epoch_end(self, epoch, logs):
        ...         if logs["loss"] < 0.6:
        ...             self.stop()
        >>> X, y = cr.datasets.linear(seed=0)
        >>> history = cr.Network([2, 1], seed=0).fit(X, y, optimizer=cr.SGD(0.3), epochs=1000, callbacks=[Watch()])
        >>> history.stopped_by, history.loss[-1] < 0.6 <= history.loss[-2]
        ('callback', True)
    """

    sets_rate: bool = False
    """Whether it sets the learning rate, which the logs and the history then tell of every epoch."""
    wakes_last: bool = False
    """Whether it wakes after those that do not: it looks at what they have made of the epoch."""
    every: int = 1
    """Wake at every so-many-th epoch: those that it divides, epoch 0 among them, and the last."""
    remembers: Sequence[str] = ()
    """The names of the attributes that a checkpoint keeps and gives back: numbers, text, lists of them, None, or an
    array each."""
    model: Network
    """The network in training; set when the run begins."""
    stopped: bool = False
    """Whether `stop` was called in this run."""
    run: Run | None = None
    """The run that is watched, or was last; set when it begins."""

    @property
    def learning_rate(self) -> float:
        """The learning rate of the step that comes next; what it is set to holds until it is set again.

        Raises:
            RuntimeError: no run has begun.
            ValueError: a rate is set that is negative or not finite, or one that a schedule or L-BFGS governs.
        """
        run = self._known_run()
        return float(run.engine.optimizer.learning_rates(run.first + run.step, 1)[0])

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        run = self._known_run()
        optimizer = run.engine.optimizer
        if callable(optimizer.learning_rate) or optimizer.name == "lbfgs":
            raise ValueError(
                f"{type(self).__name__} cannot set the learning rate of {optimizer}, which sets its own; "
                "pass an optimizer with a number as its learning_rate, or leave out the callback"
            )
        run.engine.optimizer = optimizer.with_rate(rate)

    def _known_run(self) -> Run:
        if self.run is None:
            raise RuntimeError(f"{type(self).__name__} has a learning_rate once a run has begun; pass it to fit")
        return self.run

    def stop(self) -> None:
        """End the run after this epoch."""
        self.stopped = True

    def on_train_begin(self) -> None:
        """Before the first epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """After an epoch at which this callback wakes; logs is the epoch's part of the history."""

    def on_train_end(self) -> None:
        """After the last epoch, whatever ended the run short of an error."""


class PrintLoss(Callback):
    """Prints the losses of every so-many-th epoch, in the report's form: ``epoch 5000: 0.0049286``.

    Args:
        every: how many epochs from line to line, at least 1.
    """

    def __init__(self, every: int = 1) -> None:
        self.every = as_count("every", every)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        if epoch % self.every == 0:
            others = "".join(f", {name} {value}" for name, value in logs.items() if name != "loss")
            print(f"epoch {epoch}: {logs['loss']}{others}")


class _Function(Callback):
    """A plain function of (epoch, logs), called after every epoch."""

    def __init__(self, function: Callable[[int, Logs], object]) -> None:
        self.on_epoch_end = function  # type: ignore[method-assign, assignment]


def as_callbacks(values: Any) -> list[Callback]:
    """Callbacks, those that wake last at the end; a function of (epoch, logs) as one that calls it after every epoch.

    Raises:
        TypeError: values is no list, one of them is neither, or its `every` is no whole number.
        ValueError: an `every` below 1.
    """
    if not isinstance(values, Iterable):
        raise TypeError(f"callbacks must be a list of callbacks, got {values!r}; pass callbacks=[...]")
    return sorted(map(_as_callback, values), key=lambda callback: callback.wakes_last)


def _as_callback(value: Any) -> Callback:
    if isinstance(value, Callback):
        as_count(f"{type(value).__name__}.every", value.every)
        return value
    if callable(value) and not isinstance(value, type):
        return _Function(value)
    raise TypeError(f"a callback must be a chainrule.Callback or a function of (epoch, logs), got {value!r}")
