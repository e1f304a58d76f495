"""The report's two experiments: their data, their networks, and how they are trained (sections 2.2 and 3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chainrule import datasets
from chainrule.arrays import Array
from chainrule.experiments.printed import LINEAR, XOR, Printed
from chainrule.formulas.optimizers import SGD
from chainrule.network import Network
from chainrule.training.callbacks import Callback
from chainrule.training.history import History

__all__ = ["EXPERIMENTS", "Experiment", "train"]


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
