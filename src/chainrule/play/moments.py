"""A run as it is sent to the page: its start, its moments while they happen, its end.

A run goes from edit to edit: what is changed by hand ends one call of `Network.fit`, and the next goes on with the
optimizer's state. The moment of epoch e has what is changed at e already.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
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
from chainrule.play.measured import gradients_of
from chainrule.play.recorder import Recorder, Send
from chainrule.play.setup import Setup, prepare
from chainrule.training.history import History
from chainrule.training.loop import DivergenceError

__all__ = ["At", "network_at", "record"]


@dataclass(frozen=True)
class At:
    """A run at the end of an epoch."""

    network: Network
    optimizer: Optimizer
    state: dict[str, Any]
    """What the optimizer carries."""
    history: list[float]
    """The loss of every epoch so far, as `History.loss` has it."""
    dropout_key: int | None
    """From which follows what drops out in the next step; None where nothing does."""


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
    try:
        if not is_compiled(setup):
            change(choices, setup.network, 0)
            recorder.keep(0, gradients_of(setup, None), setup.optimizer.init(setup.network.parameters))
            recorder.flush()
            send({"type": "notice", "run": run, "code": "compiling"}, {})
        for history in segments(choices, setup, choices.epochs, recorder):
            if history.stopped_by is not None:
                break
        else:
            recorder.close(history)
    except DivergenceError as error:
        how, history = "diverged", error.history
        epoch = recorder.begin + error.epoch
        diverged = epoch, float(setup.optimizer.learning_rates(epoch * setup.steps_per_epoch, 1)[0])
    if cancelled():
        how = "cancelled"
    else:
        recorder.flush(history)
    header = {
        "type": "end",
        "run": run,
        "engine": history.engine,
        "seconds": time.perf_counter() - begun,
        "how": how,
        "findings": [] if how == "cancelled" else symptoms.findings(setup, recorder.told(), diverged),
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
    keys = [next_key(setup.network)]
    try:
        for history in segments(choices, setup, epoch, None):
            state = history.optimizer_state
            losses += history.loss
            keys.append(next_key(setup.network))
    except DivergenceError as error:
        raise ChoiceError(f"the run diverges before epoch {epoch:,}: {error}", "epoch") from None
    begins = epoch == 0 or any(at == epoch for at, _, _ in choices.edits)
    return At(setup.network, setup.optimizer, state, losses, keys[-1] if begins else keys[-2])


def next_key(network: Network) -> int | None:
    """The key of what drops out in the part of the run that would begin now; None where nothing does."""
    return int(copy.deepcopy(network.rng).integers(2**63)) if network.structure.drops_out else None


def segments(choices: Choices, setup: Setup, epochs: int, recorder: Recorder | None) -> Iterator[History]:
    """Train this long, from edit to edit, each of them made in its place; gives the history of each part."""
    X, y = setup.train
    ends = sorted({epoch for epoch, _, _ in choices.edits if 0 < epoch < epochs} | {epochs})
    begin, state = 0, None
    change(choices, setup.network, 0)
    for end in ends:
        if end == 0 or (recorder is not None and recorder.stopped):
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
