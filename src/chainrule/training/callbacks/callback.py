"""What every observer of a training run is, and what it may do there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chainrule.arguments import as_count
from chainrule.training.history import History

if TYPE_CHECKING:
    from chainrule.engines.choose import Engine
    from chainrule.network import Network

__all__ = ["Callback", "Logs", "PrintLoss", "Run"]

Logs = Mapping[str, float]
"""What a hook is told: of an epoch its "loss", and "val_loss", "accuracy", "learning_rate" where there are such."""


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

    @property
    def rate(self) -> float:
        """The learning rate of the step that came last."""
        return float(self.engine.optimizer.learning_rates(max(self.first + self.step - 1, 0), 1)[0])


class Callback:
    """Override the hooks that you need: training pays for these and no others. `self.model` is the network in training.

    The hooks are Keras' own, and so are `set_model`, `set_params` and `self.model.stop_training = True`, another way to
    write `self.stop()`. `self.learning_rate` is the rate of the step that comes next, and may be set. An error in a
    hook ends the run and reaches whoever called `fit`; the network keeps the parameters that it has then.

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
    """Wake at every so-many-th epoch, counted from `first`, and at the last."""
    first: int = 0
    """The epoch at which it wakes first."""
    remembers: Sequence[str] = ()
    """The names of the attributes that a checkpoint keeps and gives back: numbers, text, lists of them, None, or an
    array each."""
    model: Network
    """The network in training; set when the run begins."""
    params: Mapping[str, Any]
    """Of the run, by Keras' names: "epochs", "steps" (of an epoch) and "verbose"; set when it begins."""
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

    def set_model(self, model: Network) -> None:
        """Called before the run, with the network."""
        self.model = model

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Called before the run, with its `params`."""
        self.params = params

    def stop(self) -> None:
        """End the run: after the epoch or batch that ends now, or before the one that begins.

        Of an epoch that is cut short the history says nothing.
        """
        self.stopped = True

    def on_train_begin(self) -> None:
        """Before the first epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Before an epoch at which this callback wakes; logs is empty."""

    def on_train_batch_begin(self, batch: int, logs: Logs) -> None:
        """Before each batch of such an epoch, from 0; logs is empty."""

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        """After each batch of such an epoch; logs has the "loss" of the epoch so far, the mean over its samples."""

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """After an epoch at which this callback wakes; logs is the epoch's part of the history."""

    def on_train_end(self) -> None:
        """After the last epoch, whatever ended the run short of an error."""

    def on_divergence(self, epoch: int) -> bool:
        """The loss became NaN or infinite in this epoch. Whether the run may end without a DivergenceError."""
        return False

    def on_exit(self, error: BaseException | None) -> None:
        """After the run, however it ended: the place to close files. `error` is what ended it, if that was an error."""


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
