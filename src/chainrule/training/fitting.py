"""A network's training run from its first step to its last: engine, observers, checkpoint, loop, and what is left."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.engines import choose
from chainrule.training import checkpoint_file
from chainrule.training.callbacks import PrintLoss, as_callbacks
from chainrule.training.loop import DivergenceError, rate_before, train
from chainrule.training.metrics import measure_of
from chainrule.training.progress import ProgressBar, wants_bar
from chainrule.training.snapshot import identity

if TYPE_CHECKING:
    from chainrule.engines.batches import Batches
    from chainrule.formulas.losses import Loss
    from chainrule.formulas.optimizers import Optimizer
    from chainrule.formulas.regularization import Regularization
    from chainrule.network import Network
    from chainrule.training.history import History
    from chainrule.training.samples import Data

__all__ = ["fitted"]


def fitted(
    net: Network,
    data: Data,
    held_out: Data | None,
    batches: Batches,
    loss: Loss,
    optimizer: Optimizer,
    regularization: Regularization,
    *,
    epochs: int,
    metrics: Any,
    callbacks: Iterable[Any],
    engine: str,
    optimizer_state: Mapping[str, Any] | None,
    resume_from: str | os.PathLike[str] | None,
    verbose: int | str,
) -> History:
    """Train the network on these data; the arguments are those of `Network.fit`, checked, where their names are.

    Args:
        net: the network, whose numbers are changed in place.
        data: what it learns from.
        held_out: what "val_loss" is computed on; None for no validation.
        batches: which samples each step takes.
        loss: the loss function.
        optimizer: the update rule.
        regularization: of the weights.
        epochs: how often every sample is used.
        metrics: what else is measured.
        callbacks: who looks on.
        engine: who computes.
        optimizer_state: what the optimizer goes on from.
        resume_from: the checkpoint to go on from.
        verbose: how much is told.
    """
    structure, theta, before = net.structure, net.numbers, net.numbers.copy()
    n_steps = epochs * batches.steps_per_epoch
    taken = 0 if optimizer_state is None else optimizer.steps_of(optimizer_state)
    optimizer = optimizer.for_run(taken + n_steps)
    if verbose not in (0, 1, 2, "auto"):
        raise ValueError(f"verbose must be 0, 1, 2 or 'auto', got {verbose!r}")
    observers = as_callbacks(callbacks) + ([PrintLoss()] if verbose == 2 else [])
    measured = {"": data} | ({} if held_out is None else {"val_": held_out})
    measure = measure_of(metrics, structure, theta, loss, measured)
    key = int(net.rng.integers(2**63)) if structure.drops_out else 0
    job = data.job(
        structure, theta, batches, optimizer=optimizer, regularization=regularization, key=key, state=optimizer_state
    )
    resumed = None if resume_from is None else checkpoint_file.newest(resume_from)
    engine = choose.pick(resumed.engine if resumed and engine == "auto" else engine, job, n_steps)
    if resumed is not None:
        resumed.require_same_run(identity(job, engine, observers), epochs)
        theta[...] = resumed.arrays["numbers"]
        resumed.restore_generators(net, batches.rng)
        batches.step = resumed.epoch * batches.steps_per_epoch
        job = replace(job, key=resumed.values["key"], state=resumed.state)
    net.stop_training = False
    for observer in observers:
        observer.stopped = False
        observer.set_params({"epochs": epochs, "steps": batches.steps_per_epoch, "verbose": verbose})
        observer.set_model(net)

    @np.errstate(over="ignore", invalid="ignore")  # the next training loss tells of a diverged network
    def validate() -> float:
        """The loss of predictions for what is held out, with the penalty on the weights."""
        assert held_out is not None
        return held_out.loss_of(structure, theta) + regularization.penalty(net.weights)

    running = data.start(engine, job)
    bar = ProgressBar(epochs, f"training {structure}") if wants_bar(verbose) else None
    try:
        history = train(
            running,
            batches,
            epochs=epochs,
            validate=None if held_out is None else validate,
            callbacks=observers,
            progress=bar,
            measure=measure,
            name=engine,
            resumed=resumed,
        )
        if not np.isfinite(theta).all():
            rate = rate_before(running, running.state["t"])
            raise DivergenceError(max(len(history.epoch) - 1, 0), history, rate)
    except DivergenceError as error:
        theta[...], error.history.engine = before, engine
        raise
    finally:
        choose.finish(running)
        if bar is not None:
            bar.close()
    history.engine, history.optimizer_state = engine, running.state
    return history
