"""The report's two experiments: their data, their networks, and how they are trained (sections 2.2 and 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule import datasets
from chainrule.arrays import Array
from chainrule.experiments.printed import LINEAR, XOR, Printed
from chainrule.formulas.optimizers import SGD
from chainrule.network import Network
from chainrule.training.callbacks import Callback
from chainrule.training.history import History

if TYPE_CHECKING:
    from chainrule.experiments.study import Watch
    from chainrule.training.runs import Runs

__all__ = ["EXPERIMENTS", "Experiment", "train", "train_seeds"]


@dataclass(frozen=True)
class Experiment:
    """One of the two."""

    name: str
    title: str
    printed: Printed
    data: Callable[[int], tuple[Array, Array]]
    """The samples X (n, 2) and classes y (n, 1), from the seed."""


EXPERIMENTS = (
    Experiment("linear", "Linear", LINEAR, lambda seed: datasets.linear(seed=seed)),
    Experiment("xor", "XOR", XOR, lambda seed: datasets.xor()),
)


def train(
    experiment: Experiment,
    *,
    seed: int,
    momentum: float,
    epochs: int,
    callbacks: Sequence[Callback] = (),
    verbose: int | str = "auto",
) -> tuple[Network, History]:
    """Train the experiment's network on its data, as the report says: sigmoid, cross entropy, He, all samples a step.

    Args:
        experiment: which one.
        seed: of the data and of the initial weights.
        momentum: of the gradient descent, in [0, 1).
        epochs: how many.
        callbacks: observers of the training.
        verbose: as in `Network.fit`.

    Raises:
        KeyboardInterrupt: Ctrl-C; half a run is no experiment.
        DivergenceError: a loss became NaN.
    """
    network = Network(experiment.printed.sizes, initializer="he_normal", seed=seed)
    optimizer = SGD(experiment.printed.learning_rate, momentum=momentum)
    X, y = experiment.data(seed)
    history = network.fit(
        X, y, optimizer=optimizer, epochs=epochs, callbacks=callbacks, engine="compiled", verbose=verbose
    )
    if history.stopped_by == "interrupt":
        raise KeyboardInterrupt
    return network, history


def train_seeds(
    experiment: Experiment, seeds: Sequence[int], watch: Watch, *, record_at: Sequence[int], **options: Any
) -> Runs:
    """Train the experiment's network once for each seed, which is of its data and of its initial weights.

    Args:
        experiment: which one.
        seeds: a whole number for each network.
        watch: who is told how it goes.
        record_at: the epochs to record; the last one is the last that is trained.
        options: others of `train_many`, such as `momentum`.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """
    marks = np.asarray(record_at)
    options = {
        "record": ("loss", "accuracy"),
        "learning_rate": experiment.printed.learning_rate,
        "epochs": int(marks[-1]) + 1,
        "record_at": marks,
        **options,
    }
    X, y = (np.stack(each) for each in zip(*map(experiment.data, seeds), strict=True))
    if (X[0] == X).all():
        X, y = X[0], y[0]  # which trains faster than samples of each network's own
    return watch.train_many(experiment.printed.sizes, X, y, seeds=seeds, **options)
