"""What is measured of a network at moments of its run, of all moments of a frame at once.

A moment costs the run a copy of the parameters and one gradient; all else follows later, for many moments in one pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.backprop import predicted
from chainrule.engines import numpy_engine
from chainrule.engines.choose import Engine
from chainrule.engines.compiled import CompiledEngine, address, listed, samples
from chainrule.formulas.optimizers import LBFGS
from chainrule.play.setup import Setup
from chainrule.structure import Structure
from chainrule.training.samples import accuracy

__all__ = ["Moment", "gradients_of", "layer_values", "measured", "right"]

Gradients = Callable[[Array], tuple[float, Array]]
"""The loss on all training samples, as training has it but without dropout, and its gradient in θ."""


@dataclass
class Moment:
    """What is kept of a moment while the run goes on."""

    epoch: int
    numbers: Array
    loss: float
    gradient: Array
    state: dict[str, Any]


def gradients_of(setup: Setup, engine: Engine | None) -> Gradients:
    """The function that gives a moment's loss and gradient: by the run's own kernel where it computes just that.

    That is so in full batches that lose nothing: then the losses are those of the History, to the bit. Anything else
    would be a kernel more to compile, so NumPy does it.
    """
    X, y = setup.train
    structure = setup.network.structure
    if type(engine) is not CompiledEngine or engine.job.batches.steps_per_epoch > 1 or structure.drops_out:
        return numpy_engine.gradients_on(structure, X, y, setup.loss, None, np.float64)
    job, kernel = engine.job, engine.kernel
    share = setup.loss.share((len(y), structure.sizes[-1]))
    scratch, gradient = kernel.plan.scratch(), np.zeros_like(engine.gradient)
    if kernel.plan.reads == "resident":
        kernel.load(job.X, job.y, scratch)
    rows = (*samples(job.X), *samples(job.y), *listed(np.zeros(0, np.int64)), 0, len(y), share, 0, 0, 0, 0)

    def at(numbers: Array) -> tuple[float, Array]:
        loss = kernel.by_team(kernel.chunks, (address(numbers), address(gradient), address(scratch), *rows))
        return float(loss), gradient.copy()

    return at


@np.errstate(all="ignore")  # what overflows is a diverging run, which its end tells
def measured(setup: Setup, moments: Sequence[Moment]) -> dict[str, Array]:
    """The arrays of a frame of moments, as the page's contract has them."""
    numbers = np.array([moment.numbers for moment in moments])
    structure, penalty = setup.network.structure, setup.regularization
    penalties = np.zeros(len(moments))
    if penalty.penalizes:
        for layer in structure.layers:
            penalties += penalty.value(layer.weight(numbers), penalty.l1, penalty.l2).sum(axis=(-2, -1))
    gradients = np.array([moment.gradient for moment in moments])
    if setup.held_out is None:
        val_loss = val_accuracy = np.full(len(moments), np.nan)
    else:
        val_loss, val_accuracy = scores(setup, numbers, *setup.held_out)
    return {
        "epoch": np.array([moment.epoch for moment in moments], float),
        "numbers": numbers,
        "loss": np.array([moment.loss for moment in moments]) + penalties,
        "val_loss": val_loss + penalties,
        "accuracy": scores(setup, numbers, *setup.train)[1],
        "val_accuracy": val_accuracy,
        "gradient": np.stack([norms(layer.weight(gradients)) for layer in structure.layers], axis=1),
        "update": updates(setup, numbers, gradients, [moment.state for moment in moments]),
    }


def norms(matrices: Array) -> Array:
    """The Euclidean norm of each of some matrices (m, ..., ...)."""
    return np.sqrt(np.square(matrices).sum(axis=tuple(range(1, matrices.ndim))))


def scores(setup: Setup, numbers: Array, X: Array, y: Array) -> tuple[Array, Array]:
    """The loss of each network's predictions and the share of right classes (NaN in regression), (m,) each."""
    structure, loss = setup.network.structure, setup.loss
    y = loss.encode(y, structure.sizes[-1], np.float64)
    z, a = predicted(structure, numbers, X)
    terms = loss.terms(z, a, y, structure.layers[-1].activation)
    return terms.sum(axis=(-2, -1)) * loss.share(y.shape), right(setup, a, y)


def right(setup: Setup, a: Array, y: Array) -> Array:
    """The share of right classes in predictions a (m, n, d) of encoded targets y (n, d); NaN in regression.

    A loss that is not made for classes, such as the squared error, counts as a cross entropy does: from ½ on, class 1.
    """
    if setup.task == "regression":
        return np.full(len(a), np.nan)
    share = accuracy(setup.loss, a, y)
    return ((a > 0.5) == (y > 0.5)).mean(axis=(-2, -1)) if np.isnan(share).any() else share


def updates(setup: Setup, numbers: Array, gradients: Array, states: Sequence[dict[str, Any]]) -> Array:
    """The norm of the next step over the norm of the parameters, of every layer, (m, L).

    The step is the optimizer's on all training samples, from the moment's own state, the penalty on the weights
    included; all moments take it in one call of the rule. L-BFGS has none: it searches along a line.
    """
    structure, optimizer, penalty = setup.network.structure, setup.optimizer, setup.regularization
    if isinstance(optimizer, LBFGS):
        return np.full((len(states), len(structure.layers)), np.nan)
    theta = numbers[:, : structure.n_parameters]
    slopes = gradients.copy()
    if penalty.penalizes:
        for layer in structure.layers:
            layer.weight(slopes)[...] += penalty.slope(layer.weight(theta), penalty.l1, penalty.l2)
    taken = [int(state["t"]) for state in states]
    rates = np.array([optimizer.learning_rates(t, 1)[0] for t in taken])[:, None]
    slots = [np.array([state[name] for state in states]) for name in optimizer.slots]
    others = optimizer.parameters[1:]  # after the rate, which a schedule may give
    after = optimizer.rule(theta, optimizer.clipped(slopes), *slots, np.array(taken)[:, None] + 1.0, rates, *others)[0]
    return np.stack(
        [
            norms((after - theta)[:, layer.offset : layer.trained_end])
            / norms(theta[:, layer.offset : layer.trained_end])
            for layer in structure.layers
        ],
        axis=1,
    )


def layer_values(structure: Structure, numbers: Array, X: Array) -> list[Array]:
    """What leaves each layer in a prediction for these samples, (n, units) each."""
    values, a = [], X
    for layer in structure.layers:
        a = predicted(Structure((layer,)), numbers, a)[1]
        values.append(a)
    return values
