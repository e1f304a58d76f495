"""Adam with ε where scikit-learn (and Keras) have it, for which the paper gives the more efficient form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chainrule.formulas.elementary import power, sqrt, square
from chainrule.formulas.optimizers import Adam

__all__ = ["EfficientAdam"]


@dataclass(frozen=True, kw_only=True)
class EfficientAdam(Adam, abstract=True):
    """θ ← θ − η √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε) (Kingma & Ba 2015, end of section 2).

    `Adam` adds ε to √(v / (1 − β₂ᵗ)), which counts for less in the first steps; where gradients are as small as ε, as
    those of units that no sample activates, the two part.

    >>> EfficientAdam().step([1.0], [1e-8], EfficientAdam().init([1.0]))[0].round(6)
    array([0.999969])
    >>> Adam().step([1.0], [1e-8], Adam().init([1.0]))[0].round(6)
    array([0.9995])
    """

    @staticmethod
    def rule(theta: Any, gradient: Any, m: Any, v: Any, *rest: Any) -> tuple[Any, ...]:
        *_, t, learning_rate, beta_1, beta_2, epsilon, _ = rest
        m = beta_1 * m + (1 - beta_1) * gradient
        v = beta_2 * v + (1 - beta_2) * square(gradient)
        rate = learning_rate * sqrt(1 - power(beta_2, t)) / (1 - power(beta_1, t))
        return theta - rate * m / (sqrt(v) + epsilon), m, v
