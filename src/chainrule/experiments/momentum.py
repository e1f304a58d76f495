"""Which momentum did the report use? It does not say; the losses that it prints do.

Method: the same network from the same start with each of a few momenta; how far each ends up from the printed losses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.experiments.experiment import Experiment, train

__all__ = ["MOMENTA", "Comparison", "compare"]

MOMENTA = (0.0, 0.5, 0.9)


@dataclass(frozen=True)
class Comparison:
    """Momenta compared by the losses that one experiment gives with each."""

    losses: dict[float, dict[int, float]]
    """For each momentum, the losses at the epochs (but the first) at which the report prints one."""
    factors: dict[float, float]
    """By which factor each momentum misses the printed losses, on geometric average; 1 is a hit."""

    @property
    def nearest(self) -> float:
        """The momentum that comes nearest."""
        return min(self.factors, key=self.factors.__getitem__)

    def to_json(self) -> dict[str, dict[str, object]]:
        """The comparison as plain values, by momentum."""
        return {
            str(momentum): {
                "loss": {str(epoch): loss for epoch, loss in losses.items()},
                "factor": self.factors[momentum],
            }
            for momentum, losses in self.losses.items()
        }


def compare(
    experiment: Experiment,
    *,
    seed: int,
    epochs: int,
    known: Mapping[float, Sequence[float]],
    verbose: int | str = "auto",
) -> Comparison | None:
    """Run the experiment with each momentum; None if the epochs do not reach a printed loss.

    Args:
        experiment: which one.
        seed: of the data and of the initial weights.
        epochs: no printed loss at this epoch or later is compared.
        known: the losses of every epoch, for momenta with which the experiment was run already.
        verbose: as in `Network.fit`.
    """
    # At epoch 0 the momentum has not come in yet.
    printed = {epoch: loss for epoch, loss in experiment.printed.loss.items() if 0 < epoch < epochs}
    if not printed:
        return None
    losses = {}
    for momentum in MOMENTA:
        loss = known.get(momentum)
        if loss is None:
            loss = train(experiment, seed=seed, momentum=momentum, epochs=max(printed) + 1, verbose=verbose)[1].loss
        losses[momentum] = {epoch: loss[epoch] for epoch in printed}
    factors = {
        momentum: float(np.exp(np.mean([abs(np.log(found[epoch] / loss)) for epoch, loss in printed.items()])))
        for momentum, found in losses.items()
    }
    return Comparison(losses, factors)
