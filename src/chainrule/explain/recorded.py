"""An executed formula as one to print: what `Expression` recorded, turned into nodes.

So the formula on the page is the text that computes, never typed a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from chainrule.explain.nodes import (
    Add,
    Call,
    Cases,
    Compare,
    Divide,
    Elementwise,
    Index,
    Multiply,
    Negative,
    Node,
    Number,
    Power,
    Total,
)
from chainrule.formulas.expression import Expression

__all__ = ["Place", "has_reduction", "written"]

Place: TypeAlias = Callable[[Index], Node]
"""The node of a recorded symbol at a unit of the layer."""

ONE = Number(1.0)


def added(x: Node, y: Node) -> Node:
    terms = (*(x.terms if isinstance(x, Add) else (x,)), *(y.terms if isinstance(y, Add) else (y,)))
    return Add(terms)


def multiplied(x: Node, y: Node) -> Node:
    factors = (*(x.factors if isinstance(x, Multiply) else (x,)), *(y.factors if isinstance(y, Multiply) else (y,)))
    return Multiply(factors)


def chosen(condition: Node, then: Node, otherwise: Node) -> Node:
    """Cases; but x log y and x / y are printed without their "0 where x is 0", which is their meaning."""
    if isinstance(condition, Compare) and condition.sign == "=" and then == Number(0.0):
        return otherwise
    return Cases(condition, then, otherwise)


def compared(sign: str) -> Callable[[Node, Node], Node]:
    return lambda x, y: Compare(x, sign, y)


def called(function: str) -> Callable[..., Node]:
    return lambda *arguments: Call(function, arguments)


OPERATIONS: dict[Any, Callable[..., Node]] = {
    np.add: added,
    np.subtract: lambda x, y: added(x, Negative(y)),
    np.multiply: multiplied,
    np.divide: Divide,
    np.negative: Negative,
    np.absolute: called("abs"),
    np.square: lambda x: Power(x, Number(2.0)),
    np.power: Power,
    np.sqrt: called("sqrt"),
    np.exp: called("exp"),
    np.expm1: lambda x: Add((Call("exp", (x,)), Negative(ONE))),
    np.log: called("ln"),
    np.tanh: called("tanh"),
    np.log1p: lambda x: Call("ln", (added(ONE, x),)),
    np.maximum: called("max"),
    np.minimum: called("min"),
    np.heaviside: called("H"),
    np.greater: compared(">"),
    np.greater_equal: compared("≥"),
    np.less: compared("<"),
    np.less_equal: compared("≤"),
    np.equal: compared("="),
    np.where: chosen,
}


def written(
    recorded: Any,
    symbols: Mapping[str, Place],
    unit: Index = "j",
    units: int | None = None,
    *,
    known: Mapping[int, Node] | None = None,
    matrices: bool = False,
) -> Node:
    """The formula at one unit of one sample.

    Args:
        recorded: what the formula returned for `Expression` symbols.
        symbols: the node of each recorded symbol, by unit.
        unit: the unit.
        units: how many units a sum over units goes through; None writes it with a sign for the sum.
        known: nodes of parts that have a name already, by the part's id.
        matrices: whether a product is one of matrices, entry by entry.

    >>> from chainrule.explain.nodes import Symbol
    >>> z = Expression.symbol("z")
    >>> written(np.square(z), {"z": lambda unit: Symbol("z", 1, (0, unit))}, 2)
    Power(base=Symbol(kind='z', layer=1, entry=(0, 2), new=False), exponent=Number(value=2.0, source=None))
    """
    known = known or {}

    def at(part: Any, unit: Index) -> Node:
        if not isinstance(part, Expression):
            return Number(float(part))
        if id(part) in known:
            return known[id(part)]
        if part.operation is None:
            return symbols[part.name](unit)
        if part.over_units:
            return reduced(part, unit)
        arguments = [at(argument, unit) for argument in part.arguments]
        if matrices and part.operation is np.multiply and not any(isinstance(part, Number) for part in arguments):
            factors: list[Node] = []
            for argument in arguments:
                factors += argument.factors if isinstance(argument, Elementwise) else [argument]
            return Elementwise(tuple(factors))
        if part.operation not in OPERATIONS:
            return Call(getattr(part.operation, "__name__", "f"), tuple(arguments))
        return OPERATIONS[part.operation](*arguments)

    def reduced(part: Expression, unit: Index) -> Node:
        of = part.arguments[0]
        if units is None:
            return Total("k", at(of, "k")) if part.operation is np.add else Call("max|k", (at(of, "k"),))
        terms = tuple(at(of, k) for k in range(units))
        return Add(terms) if part.operation is np.add else Call("largest", terms)

    return at(recorded, unit)


def has_reduction(recorded: Any) -> bool:
    """Whether a unit's value depends on the other units of its layer."""
    return isinstance(recorded, Expression) and (recorded.over_units or any(map(has_reduction, recorded.arguments)))
