"""L-BFGS: a quasi-Newton method, whose steps need the loss itself and not a gradient alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chainrule.arguments import as_count, require
from chainrule.arrays import Array
from chainrule.formulas.optimizers.optimizer import Optimizer, Rate, State

__all__ = ["LBFGS"]


@dataclass(frozen=True, kw_only=True)
class LBFGS(Optimizer):
    """Limited-memory BFGS (Liu & Nocedal 1989), by SciPy's L-BFGS-B (Byrd, Lu, Nocedal & Zhu 1995).

    Each step goes along an approximation of the Newton direction, made of the last few steps and changes of the
    gradient, as far as a line search finds right: it evaluates the loss, once or a few times a step, on all samples.
    So there is no learning rate, and a batch is all samples. Once it has converged, further steps change nothing.

    Args:
        memory: how many steps the approximation is made of.
        gradient_tolerance: converged where no component of the gradient is larger.
        max_line_search: how often the loss is evaluated in one step at most.
        loss_tolerance: converged too where a step lowers the loss by no more than this share of it (of 1, if the loss
            is smaller); at 0 it never does.
        max_evaluations: how often the loss is evaluated in the whole run at most; None for no bound.

    Raises:
        ValueError: a hyperparameter is out of range, or the gradient is to be clipped, which misleads a line search.
        TypeError: a hyperparameter is no number.

    >>> LBFGS()
    LBFGS(memory=10, gradient_tolerance=1e-08, max_line_search=20, loss_tolerance=0.0, max_evaluations=None)
    """

    learning_rate: Rate = field(default=1.0, init=False, repr=False)
    memory: int = 10
    gradient_tolerance: float = 1e-8
    max_line_search: int = 20
    loss_tolerance: float = 0.0
    max_evaluations: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        as_count("memory", self.memory)
        require("gradient_tolerance", self.gradient_tolerance, 0, closed=True)
        as_count("max_line_search", self.max_line_search)
        require("loss_tolerance", self.loss_tolerance, 0, closed=True)
        if self.max_evaluations is not None:
            as_count("max_evaluations", self.max_evaluations)
        if self.clip_value is not None or self.clip_norm is not None:
            raise ValueError("LBFGS takes the gradient as it is; leave out clip_value and clip_norm")

    def step(self, parameters: Any, gradients: Any, state: Mapping[str, Any]) -> tuple[Array, State]:
        raise NotImplementedError(
            "a step of LBFGS evaluates the loss along a line, which a gradient cannot tell; "
            "use Network.fit(..., optimizer=LBFGS()), or scipy.optimize.minimize for a function of your own"
        )
