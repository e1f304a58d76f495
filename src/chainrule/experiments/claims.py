"""The claims of the report on its experiments, each beside what was obtained."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.experiments.printed import Printed

__all__ = ["CONVERGED", "Claim", "accuracy", "as_text", "convergence", "judge"]

CONVERGED = 0.05
"""A run has converged when its loss stays below this part of what it was at epoch 0: on a plot the curve then lies on
the axis."""
SAME_ORDER = 0.5
"""Two losses are of one order of magnitude when their ratio is nearer to 1 than to 10: |log₁₀ ratio| below this."""


@dataclass(frozen=True)
class Claim:
    """Something that the report says, beside what was found here; `holds` is None if the run was too short to tell."""

    claim: str
    report: Any
    here: Any
    holds: bool | None

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        return {True: "holds", False: "does not hold", None: "not reached"}[self.holds]


def accuracy(predictions: Array, y: Array) -> float:
    """The share of samples whose prediction is on their class's side of ½; both are (n, 1).

    >>> accuracy(np.array([[0.2], [0.7], [0.6]]), np.array([[0.0], [1.0], [0.0]])) == 2 / 3
    True
    """
    return float(np.mean((predictions > 0.5) == (y > 0.5)))


def convergence(loss: Sequence[float]) -> int | None:
    """The first epoch from which the loss stays below `CONVERGED` of its first value; None if there is none.

    >>> convergence([1.0, 0.01, 0.2, 0.04, 0.03])
    3
    """
    above = np.flatnonzero(np.asarray(loss) >= CONVERGED * loss[0])
    first = int(above[-1]) + 1 if len(above) else 0
    return first if first < len(loss) else None


def judge(
    printed: Printed,
    loss: Sequence[float],
    converged: int | None,
    accuracy_midway: float | None,
    accuracy_at_end: float,
    y: Array,
) -> list[Claim]:
    """Every figure and claim of the report on one experiment, beside what was obtained.

    Args:
        printed: what the report says.
        loss: of every epoch.
        converged: what `convergence` says of it.
        accuracy_midway: after the epoch before which the report says that the run converges; None if not reached.
        accuracy_at_end: after the last epoch.
        y: the classes, (n, 1).
    """
    claims = [
        Claim(
            f"loss at epoch {epoch:,} (within a factor of √10)",
            expected,
            loss[epoch] if epoch < len(loss) else None,
            abs(math.log10(loss[epoch] / expected)) < SAME_ORDER if epoch < len(loss) else None,
        )
        for epoch, expected in printed.loss.items()
    ]
    bound = printed.converged_before
    reached = accuracy_midway is not None
    claims += [
        Claim("accuracy", printed.accuracy, accuracy_at_end, accuracy_at_end == printed.accuracy),
        Claim(
            f"epochs to converge: loss below {CONVERGED:.0%} of its start for good",
            f"< {bound:,}",
            converged,
            converged is not None and converged < bound if reached or converged is not None else None,
        ),
        Claim(
            f"accuracy once converged, at epoch {bound:,}",
            printed.accuracy,
            accuracy_midway,
            accuracy_midway == printed.accuracy if reached else None,
        ),
    ]
    sizes = [int(np.sum(y == 1)), int(np.sum(y == 0))]
    claims.append(
        Claim(
            "samples of the two classes", list(printed.class_sizes), sizes, sorted(sizes) == sorted(printed.class_sizes)
        )
    )
    return claims


def as_text(value: Any) -> str:
    """A value of a claim as people read it.

    >>> [as_text(value) for value in (0.0012958894761344074, 1013, [50, 50], None, "< 2,500")]
    ['0.0013', '1,013', '50 and 50', '–', '< 2,500']
    """
    if value is None:
        return "–"
    if isinstance(value, list):
        return " and ".join(map(as_text, value))
    if isinstance(value, float):
        return f"{value:.3g}" if value != 1 else "1.0"
    return f"{value:,}" if isinstance(value, int) else str(value)
