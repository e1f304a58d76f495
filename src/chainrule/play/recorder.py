"""What watches a run for the page: it keeps moments, spread over the epochs, and sends them while the run goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.play.choices import Choices
from chainrule.play.measured import Gradients, Moment, gradients_of, measured
from chainrule.play.setup import Setup
from chainrule.training.callbacks import Callback, Logs
from chainrule.training.history import History

__all__ = ["Recorder", "Send", "spread"]

Send = Callable[[dict[str, Any], dict[str, Array]], None]
"""Takes a frame: its header and its arrays."""
MOST_MOMENTS = 120
MOST_BYTES = 3_000_000
"""Of the parameters of all moments together."""
CURVE = 500
"""Points of the loss curve."""
FIRST_SECONDS = 0.03
"""A run that takes longer sends what there is; one that does not comes in one frame."""
SECONDS = 0.06
"""From frame to frame."""
NEVER = 10**9


class Recorder(Callback):
    """Keeps the moments of a run, and sends them now and then."""

    def __init__(
        self, setup: Setup, choices: Choices, send: Send, cancelled: Callable[[], bool], run_number: int
    ) -> None:
        self.setup, self.choices, self.send, self.cancelled = setup, choices, send, cancelled
        self.header = {"type": "moments", "run": run_number}
        most = min(MOST_MOMENTS, MOST_BYTES // (8 * setup.network.numbers.size))
        self.marks = spread(choices.epochs, most)
        self.curve = spread(choices.epochs, CURVE)
        self.edited = {epoch for epoch, _, _ in choices.edits}
        self.begin = 0
        self.every = NEVER
        self.kept: list[Moment] = []
        self.sent: list[dict[str, Array]] = []
        self.curve_sent = -1
        self.last = -1
        self.due = time.perf_counter() + FIRST_SECONDS

    @property
    def stopped(self) -> bool:
        """Whether nobody wants the run any more: the loop asks after every block of steps."""
        return self.cancelled()

    @stopped.setter
    def stopped(self, value: bool) -> None:
        """`fit` begins with False; who asks decides."""

    def on_train_begin(self) -> None:
        assert self.run is not None
        self.gradients = gradients_of(self.setup, self.run.engine)
        if self.last < self.begin:
            self.keep(self.begin, self.gradients, self.run.engine.state)
        self.first = self.next_mark(self.begin) - 1 - self.begin

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        assert self.run is not None
        at = self.begin + epoch + 1
        if at in self.edited:  # the next part begins with it, or `close` has it
            return
        self.keep(at, self.gradients, self.run.engine.state)
        self.first = self.next_mark(at) - 1 - self.begin
        if time.perf_counter() >= self.due:
            self.flush(self.run.so_far())

    def next_mark(self, epoch: int) -> int:
        """The next epoch whose moment is kept."""
        place = int(np.searchsorted(self.marks, epoch, side="right"))
        return int(self.marks[place]) if place < len(self.marks) else NEVER

    def keep(self, epoch: int, gradients: Gradients, state: Mapping[str, Any]) -> None:
        """Keep the moment that is now."""
        numbers = self.setup.network.numbers.copy()
        loss, gradient = gradients(numbers)
        self.kept.append(Moment(epoch, numbers, loss, gradient.copy(), copied(state)))
        self.last = epoch

    def close(self, history: History) -> None:
        """The moment after the last epoch, where it was changed by hand."""
        if self.last < self.choices.epochs and not self.stopped:
            self.keep(self.choices.epochs, gradients_of(self.setup, None), history.optimizer_state)

    def flush(self, history: History | None = None) -> None:
        """Send what was kept, and the loss curve as far as it goes."""
        arrays = measured(self.setup, self.kept) if self.kept else {}
        self.kept = []
        epochs, losses = self.curve_of(history)
        if arrays:
            self.sent.append(arrays)
            self.send(self.header, arrays | {"curve_epoch": epochs, "curve_loss": losses})
        self.due = time.perf_counter() + SECONDS

    def curve_of(self, history: History | None) -> tuple[Array, Array]:
        """The points of the loss curve that were not sent yet.

        The loss of a full batch is that at the epoch's beginning, so it stands there; the mean over the batches of an
        epoch is known at its end.
        """
        if history is None:
            return np.zeros(0), np.zeros(0)
        losses = np.asarray(history.loss)
        here = self.curve[(self.curve > self.curve_sent) & (self.curve >= self.begin)]
        here = here[here < self.begin + len(losses)]
        if len(here):
            self.curve_sent = int(here[-1])
        return here + float(self.setup.steps_per_epoch > 1), losses[here - self.begin]

    def told(self) -> dict[str, Array]:
        """All moments of the run so far."""
        return {name: np.concatenate([part[name] for part in self.sent]) for name in self.sent[0]} if self.sent else {}


def copied(state: Mapping[str, Any]) -> dict[str, Any]:
    """A state in arrays of its own."""
    return {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in state.items()}


def spread(epochs: int, most: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """At most so many epochs from 0 to the last: half of them even on a linear axis, half on a logarithmic one.

    >>> spread(1000, 12)
    array([   0,    1,    4,   16,   63,  200,  251,  400,  600,  800, 1000])
    """
    half = max(most // 2, 2)
    even = np.linspace(0, epochs, half)
    grown = np.geomspace(1, max(epochs, 1), half)
    return np.unique(np.concatenate([even, grown]).round().astype(np.int64).clip(max=epochs))
