"""Writes a formula: the operations that it recorded, as code for one vector of samples at a time."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from chainrule.engines import vector_math
from chainrule.engines.emitter import Code
from chainrule.engines.rows import Rows
from chainrule.engines.values import Index, Value, Variable, where
from chainrule.formulas.expression import Expression

__all__ = ["UnknownOperationError", "evaluate", "reductions_of", "symbols_of", "write_columns"]

OPERATIONS: dict[Any, Callable[..., Value]] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.divide: operator.truediv,
    np.negative: operator.neg,
    np.absolute: vector_math.absolute,
    np.square: vector_math.square,
    np.greater: operator.gt,
    np.greater_equal: operator.ge,
    np.less: operator.lt,
    np.less_equal: operator.le,
    np.equal: Value.equals,
    np.exp: vector_math.exp,
    np.log: vector_math.log,
    np.log1p: vector_math.log1p,
    np.tanh: vector_math.tanh,
    np.maximum: vector_math.maximum,
    np.heaviside: vector_math.heaviside,
    np.where: where,
}
REDUCTIONS: dict[Any, tuple[float, Callable[..., Value]]] = {
    np.add: (0.0, operator.add),
    np.maximum: (-np.inf, vector_math.maximum),
}


class UnknownOperationError(NotImplementedError):
    """A formula uses an operation that the compiled engine has no code for."""


def evaluate(expression: Any, symbols: Mapping[str, Value], known: dict[int, Value] | None = None) -> Any:
    """Write a formula's operations, each once.

    Args:
        expression: what the formula recorded, or a plain number.
        symbols: the values of its symbols.
        known: values of its parts, which are not written again; receives those that are.

    Raises:
        UnknownOperationError: there is no code for one of the operations.
    """
    known = {} if known is None else known

    def value(part: Any) -> Any:
        if not isinstance(part, Expression):
            return float(part)
        if part.operation is None:
            return symbols[part.name]
        if id(part) not in known:
            if part.operation not in OPERATIONS:
                raise UnknownOperationError(
                    f"the compiled engine does not know {part.operation.__name__}, used by a formula; "
                    "use engine='numpy'"
                )
            known[id(part)] = OPERATIONS[part.operation](*map(value, part.arguments))
        return known[id(part)]

    return value(expression)


def reductions_of(expression: Any) -> list[Expression]:
    """The sums and maxima over units in a formula, inner ones first, each once."""
    found: dict[int, Expression] = {}

    def look(part: Any) -> None:
        if isinstance(part, Expression) and id(part) not in found:
            for argument in part.arguments:
                look(argument)
            if part.over_units:
                found[id(part)] = part

    look(expression)
    return list(found.values())


def symbols_of(expression: Any) -> set[str]:
    """The names of the symbols in a formula."""
    if not isinstance(expression, Expression):
        return set()
    if expression.operation is None:
        return {expression.name}
    return set().union(*map(symbols_of, expression.arguments))


def write_columns(
    code: Code,
    expression: Any,
    arrays: Mapping[str, Rows],
    scalars: Mapping[str, Value],
    units: int,
    vectors: int,
    receive: Callable[[Index, Index, Value], None],
    *,
    unrolled: bool,
    shared: bool = True,
) -> None:
    """Write a formula for every unit and every vector of samples.

    Args:
        code: the code that is written to.
        expression: what the formula recorded.
        arrays: the symbols that have a value for each unit and sample.
        scalars: the symbols that have one value for all.
        units: how many units the layer has; a reduction goes over all of them.
        vectors: how many vectors of samples there are.
        receive: takes the value at a unit and a vector.
        unrolled: whether the loops are written out.
        shared: whether each of the team does a part, or all of it.
    """
    outer = code.shared_loop if shared else code.loop
    used = symbols_of(expression)
    reductions = reductions_of(expression)

    def write(part: Any, j: Index, v: Index, reduced: Mapping[int, Value]) -> Value:
        here = {name: rows.get(j, v) for name, rows in arrays.items() if name in used}
        value = evaluate(part, {**scalars, **here}, dict(reduced))
        return value if isinstance(value, Value) else code.constant(value)

    if not reductions:
        for j in outer(units, unrolled=unrolled):
            for v in code.loop(vectors, unrolled=unrolled):
                receive(j, v, write(expression, j, v, {}))
        return
    for v in outer(vectors, unrolled=unrolled):
        reduced: dict[int, Value] = {}
        for reduction in reductions:
            start, combine = REDUCTIONS[reduction.operation]
            total = Variable(code, code.constant(start))
            for j in code.loop(units, unrolled=unrolled):
                total.value = combine(total.value, write(reduction.arguments[0], j, v, reduced))
            reduced[id(reduction)] = total.value
        for j in code.loop(units, unrolled=unrolled):
            receive(j, v, write(expression, j, v, reduced))
