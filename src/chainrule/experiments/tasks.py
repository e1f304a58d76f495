"""The tasks of the studies of optimizers, activations and initializations, and how long networks take for them."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chainrule import datasets
from chainrule.arrays import Array
from chainrule.experiments.signals import right
from chainrule.experiments.study import Watch
from chainrule.formulas.initializers import Initializer
from chainrule.structure import Structure

__all__ = ["LOOKS", "Task", "Trained", "tasks"]

LOOKS = 40
"""How often a run is looked at, at even ratios of epochs."""


@dataclass(frozen=True)
class Trained:
    """What networks of some seeds did on a task.

    Attributes:
        epochs: after how many each first classified every sample, (networks,); infinity if never.
        loss: of each at the end; NaN or infinity where it diverged.
        seconds: one epoch of one network on one core.
        parameters: θ at the marks, (networks, marks, n_parameters), if asked for.
    """

    epochs: Array
    loss: Array
    seconds: float
    parameters: Array | None


@dataclass(frozen=True)
class Task:
    """Samples, the network that learns them, and how many epochs it has."""

    title: str
    sizes: tuple[int, ...]
    hidden: str
    X: Array
    y: Array
    epochs: int
    loss: str = "binary_cross_entropy"
    output: str = "sigmoid"
    initializer: Initializer | str = ""

    @property
    def options(self) -> dict[str, Any]:
        """How `Network` and `train_many` make it: where no initializer is named, from the one for its activation."""
        return {
            "hidden": self.hidden,
            "output": self.output,
            "initializer": self.initializer or right(self.hidden),
        }

    @property
    def structure(self) -> Structure:
        """Its network's layers."""
        return Structure.of(self.sizes, hidden=self.hidden, output=self.output)

    @property
    def marks(self) -> list[int]:
        """The epochs after which it is looked at, counted from 0."""
        return (np.unique(np.geomspace(1, self.epochs, LOOKS).astype(int)) - 1).tolist()

    def by(self, hidden: str, initializer: Initializer | str = "") -> Task:
        """The same task for networks of another activation and initialization."""
        return replace(self, hidden=hidden, initializer=initializer)

    def train(self, watch: Watch, seeds: list[int], *, keep: bool = False, **options: Any) -> Trained:
        """Train networks of these seeds; `keep` their parameters at the marks. The options are `train_many`'s."""
        begun = time.perf_counter()
        runs = watch.train_many(
            self.sizes,
            self.X,
            self.y,
            self.loss,
            seeds=seeds,
            epochs=self.epochs,
            record_at=self.marks,
            record=("loss", "accuracy", "parameters") if keep else ("loss", "accuracy"),
            **self.options,
            **options,
        )
        assert runs.accuracy is not None
        assert runs.loss is not None
        cores = min(watch.cores, len(seeds))
        seconds = (time.perf_counter() - begun) * cores / (len(seeds) * self.epochs)
        solved = runs.accuracy == 1
        epochs = np.where(solved.any(axis=1), runs.epoch[solved.argmax(axis=1)] + 1.0, np.inf)
        return Trained(epochs, runs.loss[:, -1], seconds, runs.parameters)


def tasks() -> dict[str, Task]:
    """The tasks by name: the report's two with its own initialization, spirals, and digits."""
    spirals, digits = datasets.spirals(96, turns=1.0), datasets.digits()
    X, y = datasets.linear(seed=0)
    linear = Task("linear", (2, 3, 3, 1), "sigmoid", X, y, epochs=1000, initializer="he_normal")
    X, y = datasets.xor()
    return {
        "linear": linear,
        "xor": replace(linear, title="XOR", X=X, y=y, epochs=2000),
        "spirals": Task("spirals", (2, 12, 12, 1), "tanh", spirals[0] / spirals[0].std(), spirals[1], epochs=300),
        "digits": Task(
            "digits", (64, 12, 10), "relu", digits[0][:150], digits[1][:150], 60, "categorical_cross_entropy", "softmax"
        ),
    }
