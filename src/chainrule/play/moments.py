"""A run as it is sent to the page: its start, its moments while they happen, its end.

A run goes from edit to edit: what is changed by hand ends one call of `Network.fit`, and the next goes on with the
optimizer's state. The moment of epoch e has what is changed at e already.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.engines import machine_code
from chainrule.engines.batches import Batches
from chainrule.engines.compiled import plan_of
from chainrule.engines.job import Job
from chainrule.engines.plan import Plan
from chainrule.engines.update import Update
from chainrule.formulas.expression import Expression
from chainrule.formulas.optimizers import LBFGS, SGD, Optimizer
from chainrule.formulas.regularization import Regularization
from chainrule.network import Network
from chainrule.play import layers, symptoms
from chainrule.play.choices import ChoiceError, Choices
from chainrule.play.features import FEATURES
from chainrule.play.measured import Gradients, Moment, gradients_of, measured
from chainrule.play.setup import Setup, prepare
from chainrule.training.callbacks import Callback, Logs
from chainrule.training.history import History
from chainrule.training.loop import DivergenceError

__all__ = ["At", "Send", "network_at", "record", "spread"]

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


@dataclass(frozen=True)
class At:
    """A run at the end of an epoch."""

    network: Network
    optimizer: Optimizer
    state: dict[str, Any]
    """What the optimizer carries."""
    history: list[float]
    """The loss of every epoch so far, as `History.loss` has it."""


def record(choices: Choices, send: Send, cancelled: Callable[[], bool], run: int) -> None:
    """Train, and send the run as it goes: Start, Notice if something is compiled, Moments, End.

    Args:
        choices: the settings.
        send: takes each frame.
        cancelled: whether nobody wants the run any more; it then ends within a block of steps, 0.05 s.
        run: the page's number of the run, which every frame carries.

    Raises:
        ChoiceError: the settings make no run; nothing was sent then.
    """
    begun = time.perf_counter()
    setup = prepare(choices)
    send(*start(setup, run))
    recorder = Recorder(setup, choices, send, cancelled, run)
    how, diverged, history = "done", None, History(history={"loss": []})
    if not is_compiled(setup):
        change(choices, setup.network, 0)
        recorder.keep(0, gradients_of(setup, None), setup.optimizer.init(setup.network.parameters))
        recorder.flush()
        send({"type": "notice", "run": run, "code": "compiling"}, {})
    try:
        for history in segments(choices, setup, choices.epochs, recorder):
            if history.stopped_by is not None:
                how = "cancelled"
                break
        else:
            recorder.close(history)
    except DivergenceError as error:
        how, history = "diverged", error.history
        epoch = recorder.begin + error.epoch
        rate = setup.optimizer.learning_rates(epoch * setup.steps_per_epoch, 1)[0]
        diverged = epoch, float(rate)
    if how != "cancelled":
        recorder.flush(history)
    header = {
        "type": "end",
        "run": run,
        "engine": history.engine,
        "seconds": time.perf_counter() - begun,
        "how": how,
        "findings": symptoms.findings(setup, recorder.told(), diverged) if how != "cancelled" else [],
    }
    send(header, {})


def network_at(choices: Choices, epoch: int) -> At:
    """The run at the end of this epoch, trained again: the same bits as the recorded moment.

    Raises:
        ChoiceError: the settings make no run, or it has no such epoch.
    """
    if isinstance(epoch, bool) or not isinstance(epoch, int) or not 0 <= epoch <= choices.epochs:
        raise ChoiceError(f"epoch must be a whole number from 0 to {choices.epochs:,}, got {epoch!r:.40}", "epoch")
    setup = prepare(choices)
    state, losses = setup.optimizer.init(setup.network.parameters), list[float]()
    try:
        for history in segments(choices, setup, epoch, None):
            state = history.optimizer_state
            losses += history.loss
    except DivergenceError as error:
        raise ChoiceError(f"the run diverges before epoch {epoch:,}: {error}", "epoch") from None
    return At(setup.network, setup.optimizer, state, losses)


def segments(choices: Choices, setup: Setup, epochs: int, recorder: Recorder | None) -> Iterator[History]:
    """Train this long, from edit to edit, each of them made in its place; gives the history of each part."""
    X, y = setup.train
    ends = sorted({epoch for epoch, _, _ in choices.edits if 0 < epoch < epochs} | {epochs})
    begin, state = 0, None
    change(choices, setup.network, 0)
    for end in ends:
        if end == 0:
            return
        if recorder is not None:
            recorder.begin = begin
        history = setup.network.fit(
            X,
            y,
            **setup.fit_arguments,
            epochs=end - begin,
            optimizer_state=state,
            callbacks=[] if recorder is None else [recorder],
        )
        yield history
        change(choices, setup.network, end)
        begin, state = end, history.optimizer_state


def change(choices: Choices, network: Network, epoch: int) -> None:
    """Make the changes by hand of this epoch."""
    for at, place, value in choices.edits:
        if at == epoch:
            network.numbers[place] = value


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
        if self.last < self.choices.epochs:
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


def is_compiled(setup: Setup) -> bool:
    """Whether the run's kernel lies on disk."""
    X, y = setup.train
    structure, loss, size = setup.network.structure, setup.loss, setup.fit_arguments["batch_size"] or len(X)
    if isinstance(setup.optimizer, LBFGS):  # which takes gradients alone, as `compiled.gradients` computes them
        nothing = Update.of(SGD(), Regularization())
        plan = Plan.of(
            structure,
            loss,
            nothing,
            np.dtype(np.float64),
            size,
            machine_code.register_bytes(),
            resident=True,
            weighted=False,
        )
        return machine_code.is_ready(plan.signature)
    y = loss.encode(y, structure.sizes[-1], np.float64)
    batches = Batches(len(X), size)
    job = Job(structure, setup.network.numbers, X, y, loss, setup.optimizer, batches, None, setup.regularization)
    return machine_code.is_ready(plan_of(job).signature)


def start(setup: Setup, run: int) -> tuple[dict[str, Any], dict[str, Array]]:
    """The frame that says all about a run but its moments."""
    x1_x2 = Expression.symbol("x1"), Expression.symbol("x2")
    header = {
        "type": "start",
        "run": run,
        "task": setup.task,
        "loss": setup.loss.name,
        "outputs": setup.network.structure.sizes[-1],
        "class_names": list(setup.class_names),
        "domain": list(setup.domain),
        "mean": setup.mean.tolist(),
        "scale": setup.scale.tolist(),
        "features": [{"name": name, "formula": layers.formula(FEATURES[name](*x1_x2))} for name in setup.feature_names],
        "layers": layers.described(setup.network),
        "n_numbers": setup.network.numbers.size,
        "epochs": setup.epochs,
        "steps_per_epoch": setup.steps_per_epoch,
    }
    return header, {"X": setup.X, "y": setup.y, "validation": setup.validation[:, None].astype(float)}
