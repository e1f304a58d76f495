"""What an engine does to θ in a step: the optimizer's rule, and what comes before and after it.

A rule is recorded once. What in it depends on the number of the step and on hyperparameters alone (a learning rate, a
bias correction) is the same for all parameters: NumPy computes it for a whole block of steps beforehand, and the engine
finds it as one number a step. So an engine's loop over the parameters holds only what differs from one to the next.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.formulas.expression import Expression, symbols_of

if TYPE_CHECKING:
    from chainrule.formulas.optimizers import Optimizer
    from chainrule.formulas.regularization import Regularization

__all__ = ["RESTRAINTS", "Update"]

RESTRAINTS = ("l1", "l2", "max_norm", "clip_value", "clip_norm")
"""What there may be besides the rule, by the names of its numbers."""


@dataclass(frozen=True)
class Update:
    """A step of an optimizer, recorded.

    Attributes:
        kind: the optimizer, with its own defaults for all that is a number.
        restraints: those of `RESTRAINTS` that there are.
    """

    kind: Optimizer
    restraints: tuple[str, ...] = ()

    @classmethod
    def of(cls, optimizer: Optimizer, regularization: Regularization) -> Update:
        """The update of these."""
        return cls(without_numbers(optimizer), tuple(numbers_of_restraints(optimizer, regularization)))

    @property
    def slots(self) -> tuple[str, ...]:
        """The names of the vectors that the rule carries from step to step."""
        return tuple(self.kind.slots)

    @functools.cached_property
    def recorded(self) -> tuple[tuple[Any, ...], tuple[Expression, ...]]:
        """What a step makes of θ and of each slot, and what its symbols c0, c1, … stand for."""
        vectors = ["theta", "gradient", *self.slots]
        parameters = [Expression.symbol(name) if name else value for name, value in hyperparameters(self.kind)]
        return hoisted(self.kind.rule(*map(Expression.symbol, [*vectors, "t"]), *parameters), set(vectors))

    @property
    def results(self) -> tuple[Any, ...]:
        """What a step makes of θ and of each slot: expressions in theta, gradient, the slots and `scalars`."""
        return self.recorded[0]

    @property
    def scalars(self) -> tuple[str, ...]:
        """The symbols of the numbers that a step is given, in the order of a row of `numbers`."""
        return (*(f"c{i}" for i in range(len(self.recorded[1]))), *self.restraints)

    def __repr__(self) -> str:
        return f"Update({self.results!r}, {self.slots}, {self.restraints})"


def hyperparameters(optimizer: Optimizer) -> list[tuple[str, Any]]:
    """What the rule takes, in its order: the name of each number, and its value; a choice between rules has no name."""
    return [
        (name if name == "learning_rate" or is_number(value) else "", value)
        for name, value in optimizer.settings.items()
    ]


def is_number(value: Any) -> bool:
    """Whether it is a number and no choice."""
    return not isinstance(value, bool) and isinstance(value, int | float | np.number)


def without_numbers(optimizer: Optimizer) -> Optimizer:
    """The optimizer with its own defaults for all that is a number."""
    choices = {
        name: value for name, value in optimizer.settings.items() if name != "learning_rate" and not is_number(value)
    }
    return type(optimizer)(**choices)


def numbers_of_restraints(optimizer: Optimizer, regularization: Regularization) -> dict[str, float]:
    """The restraints that there are, by name."""
    found: dict[str, float] = {}
    if regularization.penalizes:
        found |= {"l1": regularization.l1, "l2": regularization.l2}
    for name, owner in (("max_norm", regularization), ("clip_value", optimizer), ("clip_norm", optimizer)):
        if getattr(owner, name, None) is not None:
            found[name] = getattr(owner, name)
    return {name: found[name] for name in RESTRAINTS if name in found}


TRUTHS = (np.greater, np.greater_equal, np.less, np.less_equal, np.equal)


def hoisted(expressions: Sequence[Any], varying: Set[str]) -> tuple[tuple[Any, ...], tuple[Expression, ...]]:
    """The expressions with symbols c0, c1, … in the place of their parts without a varying symbol; and those parts.

    >>> x, h = Expression.symbol("x"), Expression.symbol("h")
    >>> hoisted([x * (1 - h), x / (1 - h)], {"x"})
    ((multiply(x, c0), divide(x, c0)), (subtract(1, h),))
    """
    parts: list[Expression] = []
    seen: dict[int, Any] = {}

    def hoist(part: Any) -> Any:
        if not isinstance(part, Expression):
            return part
        if id(part) not in seen:
            if not symbols_of(part) & varying and part.operation not in TRUTHS:
                texts = [repr(known) for known in parts]
                if repr(part) not in texts:
                    parts.append(part)
                    texts.append(repr(part))
                seen[id(part)] = Expression.symbol(f"c{texts.index(repr(part))}")
            elif part.operation is None:
                seen[id(part)] = part
            else:
                seen[id(part)] = Expression(part.operation, [hoist(argument) for argument in part.arguments])
        return seen[id(part)]

    return tuple(map(hoist, expressions)), tuple(parts)
