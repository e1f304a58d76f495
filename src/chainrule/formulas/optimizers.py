"""Optimizers: what to do with a gradient. One elementwise rule each, on the flat vector of all parameters.

To add one, write a class: its hyperparameters, the names of the vectors that it carries from step to step (`slots`),
and its `rule`. The rule says what one step makes of one parameter, so it serves an array, an engine and a page alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from chainrule.arguments import require
from chainrule.arrays import Array
from chainrule.formulas.named import Named

__all__ = ["SGD", "Optimizer", "State", "get", "names"]

State = dict[str, Any]
"""What an optimizer carries from step to step: "t", the number of steps taken, and one vector for each of its slots."""


@dataclass(frozen=True)
class Optimizer(Named, kind="optimizer"):
    """A pure update rule: hyperparameters, and no state of its own.

    Example:
        >>> optimizer = get("sgd", learning_rate=0.1, momentum=0.9)
        >>> parameters = np.array([1.0, 2.0])
        >>> state = optimizer.init(parameters)
        >>> parameters, state = optimizer.step(parameters, np.array([1.0, -1.0]), state)
        >>> parameters, state["t"]
        (array([0.9, 2.1]), 1)
    """

    learning_rate: float = 0.01
    """η > 0: how far one step goes."""

    slots: ClassVar[tuple[str, ...]] = ()
    """The names of the vectors that the rule takes and returns anew, in their order; they start at 0."""
    rule: ClassVar[Callable[..., tuple[Any, ...]]]
    """One step: `rule(theta, gradient, *slots, t, *hyperparameters)` gives (theta, *slots). t counts steps from 1."""

    def __post_init__(self) -> None:
        require("learning_rate", self.learning_rate, 0)

    def init(self, parameters: Any) -> State:
        """The state before the first step, for parameters of this shape and dtype."""
        return {"t": 0, **{slot: np.zeros_like(parameters) for slot in self.slots}}

    def step(self, parameters: Any, gradients: Any, state: State) -> tuple[Array, State]:
        """One step: new parameters and new state; nothing that is passed in is changed.

        Args:
            parameters: θ, an array of any shape.
            gradients: ∂L/∂θ, of the same shape.
            state: what `init` or the last `step` gave.

        Raises:
            ValueError: gradients or state do not have the shape of the parameters.
        """
        parameters, gradients = np.asarray(parameters), np.asarray(gradients)
        for name, array in {"gradients": gradients, **{slot: state[slot] for slot in self.slots}}.items():
            if np.shape(array) != parameters.shape:
                raise ValueError(
                    f"{name} has shape {np.shape(array)} but the parameters have {parameters.shape}; "
                    "pass those of the same network"
                )
        t = state["t"] + 1
        theta, *slots = self.rule(parameters, gradients, *(state[slot] for slot in self.slots), t, *self.parameters)
        return theta, {"t": t, **dict(zip(self.slots, slots, strict=True))}


@dataclass(frozen=True, kw_only=True)
class SGD(Optimizer):
    """Gradient descent with momentum (Polyak 1964; Sutskever et al. 2013, eq. 1-4).

    v ← μ v − η g, then θ ← θ + v; with Nesterov's momentum θ ← θ + μ v − η g, with the new v.

    Args:
        learning_rate: η > 0.
        momentum: μ in [0, 1); 0 is plain gradient descent.
        nesterov: look ahead along the velocity.

    Raises:
        ValueError: a hyperparameter is out of range.
        TypeError: a hyperparameter is no number, or nesterov no bool.

    >>> SGD(0.3, momentum=0.9)
    SGD(learning_rate=0.3, momentum=0.9, nesterov=False)
    """

    momentum: float = 0.0
    nesterov: bool = False

    slots = ("velocity",)

    def __post_init__(self) -> None:
        super().__post_init__()
        require("momentum", self.momentum, 0, 1, closed=True)
        if not isinstance(self.nesterov, bool):
            raise TypeError(f"nesterov must be True or False, got {self.nesterov!r}")

    @staticmethod
    def rule(
        theta: Any, gradient: Any, velocity: Any, t: Any, learning_rate: Any, momentum: Any, nesterov: bool
    ) -> tuple[Any, Any]:
        velocity = momentum * velocity - learning_rate * gradient
        if nesterov:
            return theta + momentum * velocity - learning_rate * gradient, velocity
        return theta + velocity, velocity


def get(name: str | Optimizer, **parameters: Any) -> Optimizer:
    """The optimizer of that name, with its hyperparameters; an `Optimizer` is returned as it is.

    Args:
        name: one of `names()`, or an Optimizer.
        parameters: the hyperparameters by name; those left out keep their defaults.

    Raises:
        ValueError: there is no such name (the message has the nearest one) or a hyperparameter is out of range.
        TypeError: name is neither, or there is no such hyperparameter.

    >>> get("sgd")
    SGD(learning_rate=0.01, momentum=0.0, nesterov=False)
    """
    return Optimizer.get(name, **parameters)


def names() -> list[str]:
    """Every name that `get` knows.

    >>> names()
    ['sgd']
    """
    return Optimizer.names()
