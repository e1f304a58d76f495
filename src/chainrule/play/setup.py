"""Settings as what a run takes: points, inputs, a network, a loss, an optimizer; or what cannot go together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.formulas import losses, optimizers
from chainrule.formulas.losses import Loss
from chainrule.formulas.optimizers import Optimizer
from chainrule.formulas.regularization import Regularization
from chainrule.network import Network
from chainrule.play import features, points
from chainrule.play.choices import ChoiceError, Choices
from chainrule.play.fitting import blaming, require_bounded, require_fitting, require_of_task
from chainrule.play.rates import scheduled

__all__ = ["Setup", "prepare"]

MARGIN = 0.1
"""Of the points' width, which the surface shows beyond them."""
USUAL = {
    "binary": ("binary_cross_entropy", "sigmoid"),
    "classes": ("categorical_cross_entropy", "softmax"),
    "regression": ("mean_squared_error", "identity"),
}
"""The loss of a task, and its output where the loss has none of its own."""
OUTPUTS = {"hinge": "identity", "poisson": "softplus"}


@dataclass(frozen=True)
class Setup:
    """All that a run takes.

    Attributes:
        X: the points as they are, (n, 2).
        y: the targets, (n, 1): classes from 0 on, or numbers.
        validation: which points are kept for validation, (n,) bool.
        mean: what is taken from the points before the features, (2,).
        scale: what they are divided by then, (2,).
        feature_names: what the network takes of each point.
        inputs: the features, (n, d).
        network: fresh, or with the parameters that were given.
        loss: the loss.
        optimizer: the rule, whose schedule knows the run's length.
        task: "binary", "classes" or "regression".
        class_names: a name for each class, or none.
        domain: from, to of x₁ and of x₂: what the surface shows.
        fit_arguments: of `Network.fit`: all but the samples, the epochs, the state and the observers.
        epochs: how many.
    """

    X: Array
    y: Array
    validation: Array
    mean: Array
    scale: Array
    feature_names: tuple[str, ...]
    inputs: Array
    network: Network
    loss: Loss
    optimizer: Optimizer
    task: str
    class_names: tuple[str, ...]
    domain: tuple[float, float, float, float]
    fit_arguments: dict[str, Any]
    epochs: int

    @property
    def train(self) -> tuple[Array, Array]:
        """The samples that the network learns: inputs and targets."""
        return self.inputs[~self.validation], self.y[~self.validation]

    @property
    def held_out(self) -> tuple[Array, Array] | None:
        """The samples for validation: inputs and targets; None if there are none."""
        return (self.inputs[self.validation], self.y[self.validation]) if self.validation.any() else None

    @property
    def regularization(self) -> Regularization:
        """The penalty on the weights."""
        return Regularization(l1=self.fit_arguments["l1"], l2=self.fit_arguments["l2"])

    @property
    def steps_per_epoch(self) -> int:
        """How many batches."""
        n = int((~self.validation).sum())
        return -(-n // (self.fit_arguments["batch_size"] or n))


def prepare(choices: Choices) -> Setup:
    """What these settings are a run of.

    Raises:
        ChoiceError: they do not go together, or the run would be too long; the message says why.

    Example:
        >>> from chainrule.play.choices import parse
        >>> prepare(parse({"data": "linear", "hidden": []})).network
        Network(2-1, sigmoid, 3 parameters, float64)
    """
    X, y = points.drawn(choices)
    validation = points.held_out(choices, len(X))
    mean, scale = scaling(choices, X[~validation])
    inputs = features.columns(choices.features, (X - mean) / scale)
    regression = choices.data in points.SURFACES or (choices.data == "own" and choices.own_task == "regression")
    n_classes = 0 if regression else max(int(y.max()) + 1, 2)
    task = "regression" if regression else "binary" if n_classes == 2 else "classes"
    loss = losses.get(USUAL[task][0] if choices.loss == "auto" else choices.loss)
    require_of_task(task, loss)
    network = built(choices, inputs.shape[1], n_classes if task == "classes" else 1, output(choices, task, loss))
    n_train = int((~validation).sum())
    size = choices.batch_size if 0 < choices.batch_size < n_train else None
    require_bounded(choices, network, n_train, size or n_train)
    rule = ruled(choices, choices.epochs * -(-n_train // (size or n_train)))
    made = Setup(
        X,
        y,
        validation,
        mean,
        scale,
        choices.features,
        inputs,
        network,
        loss,
        rule,
        task,
        choices.class_names[:n_classes],
        domain(X),
        {
            "loss": loss.name,
            "optimizer": rule,
            "batch_size": size,
            "l1": choices.l1,
            "l2": choices.l2,
            "engine": "compiled",
            "verbose": 0,
        },
        choices.epochs,
    )
    require_fitting(choices, made)
    return made


def scaling(choices: Choices, X: Array) -> tuple[Array, Array]:
    """The mean and the standard deviation of the training points; 0 and 1 where nothing is standardized."""
    if not choices.standardize:
        return np.zeros(2), np.ones(2)
    mean, scale = X.mean(axis=0), X.std(axis=0)
    if not (scale > 0).all():
        raise ChoiceError("points that all have the same x1 or x2 cannot be standardized", "standardize")
    return mean, scale


def domain(X: Array) -> tuple[float, float, float, float]:
    """What the surface shows: all points, and some room around them."""
    low, high = X.min(axis=0), X.max(axis=0)
    room = np.where(high > low, MARGIN * (high - low), 1.0)
    (a, c), (b, d) = (low - room).tolist(), (high + room).tolist()
    return a, b, c, d


def output(choices: Choices, task: str, loss: Loss) -> str:
    """The output that was chosen, or the one that goes with the loss."""
    if choices.output != "auto":
        return choices.output
    if loss.link is not None:
        return loss.link.name
    return OUTPUTS.get(loss.name, USUAL[task][1])


def built(choices: Choices, n_inputs: int, n_outputs: int, output: str) -> Network:
    """The network, of given parameters or drawn ones."""
    with blaming("output"):
        network = Network(
            [n_inputs, *choices.hidden, n_outputs],
            hidden=list(choices.activations),
            output=output,
            normalization=None if choices.normalization == "none" else choices.normalization,
            dropout=choices.dropout,
            initializer=choices.initializer,
            seed=choices.seed,
        )
    size = network.numbers.size
    if choices.parameters:
        if len(choices.parameters) != size:
            raise ChoiceError(f"parameters must be {size:,} numbers, got {len(choices.parameters):,}", "parameters")
        network.numbers[:] = choices.parameters
    for _, place, _ in choices.edits:
        if place >= size:
            raise ChoiceError(f"edits must be of places from 0 to {size - 1:,} in θ, got {place:,}", "edits")
    return network


def ruled(choices: Choices, steps: int) -> Optimizer:
    """The optimizer, with its schedule over so many steps."""
    settings = dict(choices.optimizer_settings)
    with blaming("schedule_settings"):
        if choices.schedule != "constant":
            if "learning_rate" not in settings:
                raise ChoiceError(f"{choices.optimizer} has no learning rate; choose the constant schedule", "schedule")
            rate = settings["learning_rate"]
            settings["learning_rate"] = scheduled(choices.schedule, rate, choices.schedule_settings)
    with blaming("optimizer_settings"):
        return optimizers.get(choices.optimizer, **settings).for_run(steps)
