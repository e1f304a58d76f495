"""The report's two experiments (section 3), run as it describes them, and every figure and claim of it judged.

Question: does what the report prints hold?
Method: the same networks, data, rate, epochs, batch and initialization; what it leaves unsaid, the momentum and the
seed, is chosen here and shown.
"""

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule
from chainrule.arrays import Array
from chainrule.experiments.claims import Claim, accuracy, convergence, judge
from chainrule.experiments.experiment import EXPERIMENTS, Experiment, train
from chainrule.experiments.momentum import Comparison, compare
from chainrule.experiments.printed import LINEAR, XOR
from chainrule.network import Network
from chainrule.report import MOMENTUM
from chainrule.training.callbacks import Callback
from chainrule.training.history import History

__all__ = ["EVERY", "Outcome", "Reproduction", "reproduce", "run"]

EVERY = 5000
"""The report prints the loss of every so-many-th epoch."""


@dataclass(frozen=True)
class Outcome:
    """What running one experiment gave."""

    experiment: Experiment
    settings: dict[str, Any]
    X: Array
    y: Array
    network: Network
    history: History
    converged: int | None
    """The first epoch from which the loss stays small, as `convergence` says; None if there is none."""
    claims: list[Claim]

    @property
    def predictions(self) -> Array:
        """The probability of class 1 for every sample, (n, 1)."""
        return self.network.predict(self.X)

    @property
    def accuracy(self) -> float:
        """The share of samples on their class's side of ½."""
        return accuracy(self.predictions, self.y)

    @property
    def printed_predictions(self) -> str:
        """The predictions in the report's form: four in a row where that comes out even."""
        flat = self.predictions[:, 0]
        return str(flat.reshape(-1, 4) if len(flat) % 4 == 0 else flat)

    @property
    def loss(self) -> dict[int, float]:
        """The loss by epoch: every 5,000th and the last."""
        losses = self.history.loss
        return {epoch: losses[epoch] for epoch in sorted({*range(0, len(losses), EVERY), len(losses) - 1})}

    def to_json(self) -> dict[str, Any]:
        """The outcome as plain values."""
        return {
            "settings": self.settings,
            "loss": {str(epoch): loss for epoch, loss in self.loss.items()},
            "accuracy": self.accuracy,
            "converged": self.converged,
            "predictions": self.predictions[:, 0].tolist(),
            "seconds": self.history.seconds,
            "claims": [vars(claim) for claim in self.claims],
        }


@dataclass(frozen=True)
class Reproduction:
    """Both outcomes, and what they were made with."""

    outcomes: list[Outcome]
    comparisons: list[Comparison | None]
    """For each outcome, other momenta compared; None if its run was too short for that."""
    seed: int
    momentum: float
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether no claim failed."""
        return not any(claim.holds is False for outcome in self.outcomes for claim in outcome.claims)

    def to_json(self) -> dict[str, Any]:
        """The reproduction as plain values: what `results.json` holds."""
        return {
            "chainrule": chainrule.__version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "machine": platform.machine(),
            "seed": self.seed,
            "momentum": self.momentum,
            "seconds": self.seconds,
            "holds": self.holds,
            "experiments": {
                outcome.experiment.name: {**outcome.to_json(), "momenta": comparison and comparison.to_json()}
                for outcome, comparison in zip(self.outcomes, self.comparisons, strict=True)
            },
        }


class AccuracyAt(Callback):
    """The accuracy after so many epochs, once."""

    def __init__(self, epochs: int, X: Array, y: Array) -> None:
        self.every = self.epochs = epochs
        self.X, self.y = X, y
        self.accuracy: float | None = None

    def on_epoch_end(self, epoch: int, logs: Any) -> None:
        if epoch == self.epochs:
            self.accuracy = accuracy(self.model.predict(self.X), self.y)


def run(
    experiment: Experiment,
    *,
    seed: int,
    momentum: float,
    epochs: int,
    callbacks: Sequence[Callback] = (),
    verbose: int | str = "auto",
) -> Outcome:
    """Run one experiment and judge what the report says of it; arguments and errors are those of `train`."""
    X, y = experiment.data(seed)
    midway = AccuracyAt(experiment.printed.converged_before, X, y)
    network, history = train(
        experiment, seed=seed, momentum=momentum, epochs=epochs, callbacks=[midway, *callbacks], verbose=verbose
    )
    converged = convergence(history.loss)
    settings = {
        "sizes": list(network.structure.sizes),
        "hidden": "sigmoid",
        "output": "sigmoid",
        "loss": "binary_cross_entropy",
        "optimizer": "sgd",
        "learning_rate": experiment.printed.learning_rate,
        "momentum": momentum,
        "epochs": epochs,
        "batch_size": len(X),
        "initializer": "he_normal",
        "seed": seed,
        "n_samples": len(X),
        "dtype": str(network.parameters.dtype),
    }
    at_end = accuracy(network.predict(X), y)
    claims = judge(experiment.printed, history.loss, converged, midway.accuracy, at_end, y)
    return Outcome(experiment, settings, X, y, network, history, converged, claims)


def reproduce(
    *,
    seed: int = 0,
    momentum: float = MOMENTUM,
    epochs_linear: int = LINEAR.epochs,
    epochs_xor: int = XOR.epochs,
    before: Callable[[Experiment, int], Sequence[Callback]] = lambda experiment, epochs: (),
    after: Callable[[Outcome], None] = lambda outcome: None,
    comparing: Callable[[], None] = lambda: None,
    verbose: int | str = "auto",
) -> Reproduction:
    """Run both experiments, then compare momenta.

    Args:
        seed: of the data and of the initial weights, ≥ 0.
        momentum: of the gradient descent, in [0, 1).
        epochs_linear: epochs of the linear experiment.
        epochs_xor: epochs of the XOR experiment.
        before: called with each experiment and its epochs before it runs; gives the callbacks of its training.
        after: called with each outcome.
        comparing: called before momenta are compared.
        verbose: as in `Network.fit`.

    Example:
        >>> made = reproduce(epochs_linear=3, epochs_xor=3)
        >>> [outcome.experiment.name for outcome in made.outcomes], made.holds
        (['linear', 'xor'], False)
    """
    started = time.perf_counter()
    outcomes = []
    for experiment, epochs in zip(EXPERIMENTS, (epochs_linear, epochs_xor), strict=True):
        callbacks = before(experiment, epochs)
        outcome = run(experiment, seed=seed, momentum=momentum, epochs=epochs, callbacks=callbacks, verbose=verbose)
        after(outcome)
        outcomes.append(outcome)
    comparing()
    comparisons = [
        compare(
            outcome.experiment,
            seed=seed,
            epochs=len(outcome.history.loss),
            known={momentum: outcome.history.loss},
            verbose=verbose,
        )
        for outcome in outcomes
    ]
    return Reproduction(outcomes, comparisons, seed, momentum, time.perf_counter() - started)
