"""The training loop: blocks of steps by an engine, and between them everything that watches the run.

An engine runs until the next moment at which somebody must look: the end of an epoch that has an observer, or a moment
of time after which a person may want to see progress or to stop the run. Where nobody watches, nobody is paid.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.engines.batches import Batches
from chainrule.engines.choose import Engine
from chainrule.training.callbacks import Callback, Run
from chainrule.training.history import History
from chainrule.training.observers import Observers
from chainrule.training.progress import ProgressBar
from chainrule.training.snapshot import Snapshot

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["DivergenceError", "train"]

BLOCK_SECONDS = 0.05  # how long a block may run: what a person waits after Ctrl-C


class DivergenceError(ArithmeticError):
    """The loss or a parameter became NaN or infinite.

    Attributes:
        epoch: the epoch in which it did.
        history: the record up to there, this epoch included.
        learning_rate: of its steps.
    """

    def __init__(self, epoch: int, history: History, learning_rate: float) -> None:
        loss = f"the loss is {history.loss[-1]:g}" if history.loss else "a parameter is not finite"
        super().__init__(
            f"training diverged in epoch {epoch}: {loss}; the learning_rate "
            f"{learning_rate:g} is too large for these inputs, try {learning_rate / 10:g}, or scale the inputs to "
            "about 1. The network's parameters are what they were before fit"
        )
        self.epoch, self.history, self.learning_rate = epoch, history, learning_rate

    def __reduce__(self) -> Any:
        return type(self), (self.epoch, self.history, self.learning_rate)  # for other processes


def train(
    engine: Engine,
    batches: Batches,
    *,
    epochs: int,
    validate: Callable[[], float] | None,
    callbacks: Sequence[Callback],
    progress: ProgressBar | None,
    measure: Callable[[], Mapping[str, float]] | None = None,
    name: str = "",
    resumed: Snapshot | None = None,
) -> History:
    """Run the engine for these epochs.

    Args:
        engine: at the beginning of its run, or where the snapshot was taken.
        batches: the batches that it takes.
        epochs: how many, at least 1.
        validate: gives the validation loss of the parameters as they are now; called after every epoch.
        callbacks: observers, woken at the epochs that they ask for.
        progress: the bar to keep up to date.
        measure: gives what else the history says of the parameters as they are now, by name; called after every epoch.
        name: the engine's.
        resumed: what the run goes on from, the parameters and generators excepted, which are there already.

    Raises:
        DivergenceError: a loss became NaN or infinite.
    """
    started = time.perf_counter() - (resumed.values["seconds"] if resumed else 0)
    per_epoch = batches.steps_per_epoch
    shares = np.array(batches.sizes) / batches.n  # of each batch in its epoch's loss
    loss, val_loss = np.zeros(epochs), np.zeros(epochs if validate else 0)
    rates: list[float] | None = [] if any(callback.sets_rate for callback in callbacks) else None
    measured: dict[str, list[float]] = {}
    step, last_step, block = 0, epochs * per_epoch, 1
    observers = Observers(callbacks, epochs)
    stopped_by = None
    if resumed is not None:
        before, step = resumed.history, resumed.epoch * per_epoch
        loss[: resumed.epoch] = before.pop("loss")
        val_loss[: resumed.epoch] = before.pop("val_loss", val_loss[:0])
        rates = before.pop("learning_rate", rates)
        measured = before if measure is not None else {}

    first = int(engine.state["t"]) - step  # steps that the optimizer had taken before the run

    def so_far() -> History:
        """The record of the epochs that were completed."""
        done = step // per_epoch
        history = history_of(loss[:done], val_loss[:done], measured, started)
        if rates is not None:
            rate = rate_before(engine, first + step)
            history.history["learning_rate"] = rates + [rate] * (done - len(rates))
        return history

    run = Run(engine, last_step, step, first, name, callbacks, so_far)
    with deferred_interrupt() as interrupted, observers.watching(run):
        if resumed is not None:
            resumed.restore_watchers(run)
        if observers.stopped or (resumed is not None and resumed.values["stopped"]):
            stopped_by = "callback"
        while step < last_step and stopped_by is None:
            block_started = time.perf_counter()
            epoch, batch = divmod(step, per_epoch)
            if batch == 0:
                observers.begin(epoch)
                if observers.stopped:
                    stopped_by = "callback"
                    break
            due = observers.next_due(epoch, every_epoch=validate is not None or measure is not None)
            steps = min(block, (due + 1) * per_epoch - step)
            if watchers := observers.of_batches(epoch):
                steps = 1
                for callback in watchers:
                    callback.on_train_batch_begin(batch, {})
            losses = engine.run(steps)
            if per_epoch == 1:
                loss[step : step + steps] = losses
            else:
                epoch_of, batch_of = np.divmod(np.arange(step, step + steps), per_epoch)
                np.add.at(loss, epoch_of, losses * shares[batch_of])
            step = run.step = step + steps
            if not np.isfinite(losses).all():
                diverged = step - steps + int(np.argmin(np.isfinite(losses)))
                epoch = diverged // per_epoch
                if any(callback.on_divergence(epoch) for callback in callbacks):
                    step, stopped_by = epoch * per_epoch, "callback"
                    break
                history = history_of(loss[: epoch + 1], val_loss[:epoch], measured, started)
                raise DivergenceError(epoch, history, rate_before(engine, first + diverged))
            for callback in watchers:
                callback.on_train_batch_end(batch, {"loss": float(loss[epoch] / shares[: batch + 1].sum())})
            if progress is not None:
                progress.update(step / per_epoch, float(losses[-1]))
            if step == (due + 1) * per_epoch:
                logs = {"loss": float(loss[due])}
                if validate is not None:
                    logs["val_loss"] = val_loss[due] = validate()
                if measure is not None:
                    for name, value in measure().items():
                        measured.setdefault(name, [math.nan] * due).append(value)
                        logs[name] = value
                if rates is not None:
                    logs["learning_rate"] = rate_before(engine, first + step)
                    rates += [logs["learning_rate"]] * (due + 1 - len(rates))  # it changes only where a callback wakes
                observers.end(due, logs)
            if step < last_step and observers.stopped:
                stopped_by = "callback"
            elif step < last_step and interrupted():
                stopped_by = "interrupt"
            seconds = time.perf_counter() - block_started
            block = max(1, min(2 * block, int(steps * BLOCK_SECONDS / max(seconds, 1e-9))))
    history = so_far()
    history.stopped_by = stopped_by
    return history


def rate_before(engine: Engine, t: int) -> float:
    """The learning rate of the last of t steps: what the message blames if the run diverges."""
    return float(engine.optimizer.learning_rates(max(t - 1, 0), 1)[0])


def history_of(
    loss: npt.NDArray[np.float64],
    val_loss: npt.NDArray[np.float64],
    measured: Mapping[str, list[float]],
    started: float,
) -> History:
    """The record of a run that began at this moment of `time.perf_counter`."""
    history = {"loss": loss.tolist()}
    if len(val_loss):
        history["val_loss"] = val_loss.tolist()
    history |= {name: values[: len(loss)] for name, values in measured.items()}
    return History(list(range(len(loss))), history, time.perf_counter() - started)


@contextmanager
def deferred_interrupt() -> Iterator[Callable[[], bool]]:
    """Ctrl-C raises nothing in here but is remembered: the function that is given says whether it came.

    A second one raises KeyboardInterrupt as usual. Outside the main thread Python takes no signals, and neither do we;
    and a process that was told to ignore Ctrl-C (one in the background, say) still does.
    """
    came = False

    def remember(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came = True
        signal.signal(signal.SIGINT, before)

    before = signal.getsignal(signal.SIGINT)
    takes_signals = threading.current_thread() is threading.main_thread() and before not in (None, signal.SIG_IGN)
    if takes_signals:
        signal.signal(signal.SIGINT, remember)
    try:
        yield lambda: came
    finally:
        if takes_signals:
            signal.signal(signal.SIGINT, before)
