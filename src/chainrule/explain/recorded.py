"""An executed formula as one to print: what `Expression` recorded, turned into nodes.

So the formula on the page is the text that computes, never typed a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
    Symbol,
    Total,
)
from chainrule.formulas.expression import Expression

__all__ = ["Place", "has_reduction", "parts_with_names", "written"]

Place: TypeAlias = Callable[[Index], Node]
"""The node of a recorded symbol at a unit of the layer."""

ONE = Number(1.0)


def added(x: Node, y: Node) -> Node:
    terms = (*(x.terms if isinstance(x, Add) else (x,)), *(y.terms if isinstance(y, Add) else (y,)))
    return Add(terms)


def multiplied(x: Node, y: Node) -> Node:
    if x == ONE:  # a parameter that is 1 needs no ink
        return y
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
    np.divide: lambda x, y: x if y == ONE else Divide(x, y),
    np.negative: Negative,
    np.absolute: called("abs"),
    np.square: lambda x: Power(x, Number(2.0)),
    np.power: Power,
    np.sign: called("sign"),
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
    "erfc": called("erfc"),  # SciPy's, by its name: nobody waits for SciPy who does not use it
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
        if part.called is not None:
            letter, _, argument = part.called
            return Call(letter, (at(argument, unit),))
        if part.over:
            return reduced(part, unit)
        arguments = [at(argument, unit) for argument in part.arguments]
        if matrices and part.operation is np.multiply and not any(isinstance(part, Number) for part in arguments):
            factors: list[Node] = []
            for argument in arguments:
                factors += argument.factors if isinstance(argument, Elementwise) else [argument]
            return Elementwise(tuple(factors))
        name = getattr(part.operation, "__name__", "f")
        write = OPERATIONS.get(part.operation) or OPERATIONS.get(name) or called(name)
        return write(*arguments)

    def reduced(part: Expression, unit: Index) -> Node:
        of = part.arguments[0]
        if part.operation is np.mean:
            return Call("mean", (at(of, unit if part.over == "samples" else "k"),))
        if units is None:
            return Total("k", at(of, "k")) if part.operation is np.add else Call("max|k", (at(of, "k"),))
        terms = tuple(at(of, k) for k in range(units))
        return Add(terms) if part.operation is np.add else Call("largest", terms)

    return at(recorded, unit)


def has_reduction(recorded: Any) -> bool:
    """Whether a unit's value depends on the other units of its layer."""
    return isinstance(recorded, Expression) and (recorded.over != "" or any(map(has_reduction, recorded.arguments)))


def parts_with_names(recorded: Any) -> Iterator[tuple[Node, Node]]:
    """Both sides of what each letter in a formula stands for, such as σ(x) = …, each once.

    >>> from chainrule.formulas.activations import get
    >>> [left for left, _ in parts_with_names(get("silu").forward(Expression.symbol("z")))]
    [Call(function='σ', arguments=(Symbol(kind='x', layer=None, entry=(), new=False),))]
    """
    x, seen = Symbol("x"), set()

    def look(part: Any) -> Iterator[tuple[Node, Node]]:
        if not isinstance(part, Expression):
            return
        if part.called is None:
            for argument in part.arguments:
                yield from look(argument)
            return
        letter, function, argument = part.called
        if letter not in seen:
            seen.add(letter)
            meaning = function(Expression.symbol("x"))
            yield Call(letter, (x,)), written(meaning, {"x": lambda unit: x})
            yield from look(meaning)
        yield from look(argument)

    return look(recorded)
