"""Adam and its kin: running means of the gradient and of its square, both freed of their bias towards 0.

All of them keep ε outside the root and add it after the bias is corrected (Kingma & Ba 2015, algorithm 1). Keras adds
it before (their remark in section 2, ε̂ = ε √(1 − β₂ᵗ)), and its default is 1e-7.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from chainrule.arguments import require, require_bool
from chainrule.formulas.elementary import magnitude, maximum, power, sqrt, square, where
from chainrule.formulas.optimizers.optimizer import Optimizer, Rate

__all__ = ["Adam", "AdamW", "Adamax", "NAdam", "RAdam"]


@dataclass(frozen=True)
class Moments(Optimizer, abstract=True):
    """What the family has in common."""

    learning_rate: Rate = 0.001
    _: KW_ONLY
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        require("beta_1", self.beta_1, 0, 1, closed=True)
        require("beta_2", self.beta_2, 0, 1, closed=True)
        require("epsilon", self.epsilon, 0, closed=True)

    @property
    def slots(self) -> tuple[str, ...]:
        return ("first_moment", "second_moment")


@dataclass(frozen=True, kw_only=True)
class Adam(Moments):
    """Adaptive moments (Kingma & Ba 2015, algorithm 1).

    m ← β₁ m + (1 − β₁) g and v ← β₂ v + (1 − β₂) g², then θ ← θ − η m̂ / (√v̂ + ε) with the means freed of their bias,
    m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ). With amsgrad the largest v so far stands in place of v (Reddi, Kale &
    Kumar 2018, algorithm 2), its bias corrected as PyTorch does.

    Args:
        learning_rate: η > 0, or a schedule.
        beta_1: β₁ in [0, 1): how much of the mean gradient is kept from step to step.
        beta_2: β₂ in [0, 1): how much of the mean square is.
        epsilon: ε ≥ 0. The paper's default; Keras' is 1e-7.
        amsgrad: never let a parameter's rate rise again.

    Raises:
        ValueError: a hyperparameter is out of range.
        TypeError: a hyperparameter is no number, or amsgrad no bool.

    >>> optimizer = Adam(0.1)
    >>> optimizer.step([1.0, 1.0], [1e-3, 1e3], optimizer.init([1.0, 1.0]))[0]  # the first step has the length η
    array([0.900001, 0.9     ])
    """

    amsgrad: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require_bool("amsgrad", self.amsgrad)

    @property
    def slots(self) -> tuple[str, ...]:
        return (*super().slots, *(["largest_second_moment"] if self.amsgrad else []))

    @staticmethod
    def rule(theta: Any, gradient: Any, m: Any, v: Any, *rest: Any) -> tuple[Any, ...]:
        *largest, t, learning_rate, beta_1, beta_2, epsilon, amsgrad = rest
        m = beta_1 * m + (1 - beta_1) * gradient
        v = beta_2 * v + (1 - beta_2) * square(gradient)
        largest = [maximum(largest[0], v)] if amsgrad else []
        v_hat = 1 / (1 - power(beta_2, t)) * (largest[0] if amsgrad else v)
        theta = theta - learning_rate / (1 - power(beta_1, t)) * m / (sqrt(v_hat) + epsilon)
        return theta, m, v, *largest


@dataclass(frozen=True, kw_only=True)
class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2).

    θ ← θ − η λ θ, and then Adam's step, whose means know nothing of the decay. An L2 term in the loss is another thing:
    Adam divides it by the root of the gradients' mean square like the rest of the gradient.

    Args:
        learning_rate: η > 0, or a schedule; the decay is multiplied by it too, as in PyTorch and Keras.
        beta_1: as of Adam.
        beta_2: as of Adam.
        epsilon: as of Adam.
        amsgrad: as of Adam.
        weight_decay: λ ≥ 0, of every parameter. Keras' default; PyTorch's is 0.01.

    Raises:
        ValueError: a hyperparameter is out of range.
        TypeError: a hyperparameter is no number, or amsgrad no bool.

    >>> optimizer = AdamW(0.1, weight_decay=0.5)
    >>> optimizer.step([1.0], [0.0], optimizer.init([1.0]))[0]
    array([0.95])
    """

    name = "adamw"
    weight_decay: float = 0.004

    def __post_init__(self) -> None:
        super().__post_init__()
        require("weight_decay", self.weight_decay, 0, closed=True)

    @staticmethod
    def rule(theta: Any, gradient: Any, *rest: Any) -> tuple[Any, ...]:
        *_, learning_rate, _, _, _, _, weight_decay = rest
        return Adam.rule(theta - learning_rate * weight_decay * theta, gradient, *rest[:-1])


@dataclass(frozen=True, kw_only=True)
class Adamax(Moments):
    """Adam with the largest gradient in place of the root mean square (Kingma & Ba 2015, algorithm 2).

    m ← β₁ m + (1 − β₁) g and u ← max(β₂ u, |g| + ε), then θ ← θ − η / (1 − β₁ᵗ) · m / u.

    The paper has no ε, and divides 0 by 0 where a gradient is 0 from the start. It stands where PyTorch has it; Keras
    adds it to u.

    Args:
        learning_rate: η > 0, or a schedule.
        beta_1: β₁ in [0, 1).
        beta_2: β₂ in [0, 1).
        epsilon: ε ≥ 0.

    Raises:
        ValueError: a hyperparameter is out of range.
        TypeError: a hyperparameter is no number.

    >>> Adamax()
    Adamax(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-08)
    """

    @property
    def slots(self) -> tuple[str, ...]:
        return ("first_moment", "infinity_norm")

    @staticmethod
    def rule(
        theta: Any, gradient: Any, m: Any, u: Any, t: Any, learning_rate: Any, beta_1: Any, beta_2: Any, epsilon: Any
    ) -> tuple[Any, Any, Any]:
        m = beta_1 * m + (1 - beta_1) * gradient
        u = maximum(beta_2 * u, magnitude(gradient) + epsilon)
        return theta - learning_rate / (1 - power(beta_1, t)) * m / u, m, u


@dataclass(frozen=True, kw_only=True)
class NAdam(Moments):
    """Adam with Nesterov's momentum (Dozat 2016, algorithm 2).

    m and v as of Adam, and a momentum that grows, μₜ = β₁ (1 − ½ · 0.96^(ψ t)). Then θ ← θ − η m̄ / (√v̂ + ε) with
    m̄ = μₜ₊₁ m / (1 − μ₁ ⋯ μₜ₊₁) + (1 − μₜ) g / (1 − μ₁ ⋯ μₜ). As PyTorch has it; Keras leaves ψ out of the exponent.

    Args:
        learning_rate: η > 0, or a schedule. PyTorch's default is 0.002.
        beta_1: β₁ in [0, 1).
        beta_2: β₂ in [0, 1).
        epsilon: ε ≥ 0.
        momentum_decay: ψ ≥ 0.

    Raises:
        ValueError: a hyperparameter is out of range.
        TypeError: a hyperparameter is no number.

    >>> NAdam(0.002).init([1.0])["momentum_product"]
    array([1.])
    """

    momentum_decay: float = 0.004

    def __post_init__(self) -> None:
        super().__post_init__()
        require("momentum_decay", self.momentum_decay, 0, closed=True)

    @property
    def slots(self) -> tuple[str, ...]:
        return (*super().slots, "momentum_product")

    def start_of(self, slot: str) -> float:
        return 1.0 if slot == "momentum_product" else 0.0

    @staticmethod
    def rule(
        theta: Any,
        gradient: Any,
        m: Any,
        v: Any,
        product: Any,
        t: Any,
        learning_rate: Any,
        beta_1: Any,
        beta_2: Any,
        epsilon: Any,
        momentum_decay: Any,
    ) -> tuple[Any, ...]:
        mu, mu_next = (beta_1 * (1 - 0.5 * power(0.96, momentum_decay * step)) for step in (t, t + 1))
        m = beta_1 * m + (1 - beta_1) * gradient
        v = beta_2 * v + (1 - beta_2) * square(gradient)
        product = mu * product
        ahead = mu_next * m / (1 - mu_next * product) + (1 - mu) * gradient / (1 - product)
        v_hat = 1 / (1 - power(beta_2, t)) * v
        return theta - learning_rate * ahead / (sqrt(v_hat) + epsilon), m, v, product


@dataclass(frozen=True, kw_only=True)
class RAdam(Moments):
    """Adam that waits with its adaptive rates until their variance is known (Liu et al. 2020, algorithm 2).

    m, v, m̂ and v̂ as of Adam, ρ∞ = 2 / (1 − β₂) − 1 and ρₜ = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ). Where ρₜ > 5 the step is
    θ ← θ − η r m̂ / (√v̂ + ε) with r² = (ρₜ − 4) (ρₜ − 2) ρ∞ / ((ρ∞ − 4) (ρ∞ − 2) ρₜ); before, θ ← θ − η m̂.

    The paper says ρₜ > 4 and has no ε; its authors' program, PyTorch and this say 5. PyTorch adds ε before the bias is
    corrected.

    Args:
        learning_rate: η > 0, or a schedule.
        beta_1: β₁ in [0, 1).
        beta_2: β₂ in [0, 1); up to 2/3 no step is ever adaptive.
        epsilon: ε ≥ 0.

    Raises:
        ValueError: a hyperparameter is out of range.
        TypeError: a hyperparameter is no number.

    >>> optimizer = RAdam(0.1)
    >>> optimizer.step([1.0, 1.0], [1e-3, 1e3], optimizer.init([1.0, 1.0]))[0]  # the first step is η g
    array([  0.9999, -99.    ])
    """

    @staticmethod
    def rule(
        theta: Any, gradient: Any, m: Any, v: Any, t: Any, learning_rate: Any, beta_1: Any, beta_2: Any, epsilon: Any
    ) -> tuple[Any, Any, Any]:
        m = beta_1 * m + (1 - beta_1) * gradient
        v = beta_2 * v + (1 - beta_2) * square(gradient)
        rho_infinity = 2 / (1 - beta_2) - 1
        rho = rho_infinity - 2 * t * power(beta_2, t) / (1 - power(beta_2, t))
        in_the_limit = maximum((rho_infinity - 4) * (rho_infinity - 2) / rho_infinity, 0.6)  # which is its value at 5
        r = sqrt((rho - 4) * (rho - 2) / rho / in_the_limit)
        v_hat = 1 / (1 - power(beta_2, t)) * v
        rate = learning_rate / (1 - power(beta_1, t))
        return theta - where(rho > 5, rate * r * m / (sqrt(v_hat) + epsilon), rate * m), m, v
