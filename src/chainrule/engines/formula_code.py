"""Writes a formula: the operations that it recorded, as code for one vector of samples at a time."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from chainrule.engines import vector_math
from chainrule.engines.emitter import Code
from chainrule.engines.products import across_lanes
from chainrule.engines.rows import Readable
from chainrule.engines.values import Index, Value, Variable, where
from chainrule.formulas.expression import Expression, reductions_of, symbols_of

__all__ = ["UnknownOperationError", "evaluate", "only_samples", "write_columns"]

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
    np.expm1: vector_math.expm1,
    np.log: vector_math.log,
    np.log1p: vector_math.log1p,
    np.tanh: vector_math.tanh,
    np.maximum: vector_math.maximum,
    np.minimum: vector_math.minimum,
    np.sign: vector_math.sign,
    np.heaviside: vector_math.heaviside,
    np.sqrt: vector_math.sqrt,
    np.where: where,
    "erfc": vector_math.erfc,  # SciPy's, by its name: nobody waits for SciPy who does not use it
}
REDUCTIONS: dict[Any, tuple[float, Callable[..., Value]]] = {
    np.add: (0.0, operator.add),
    np.mean: (0.0, operator.add),  # and divided by how many there are
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
            operation = OPERATIONS.get(part.operation) or OPERATIONS.get(part.operation.__name__)
            if operation is None:
                raise UnknownOperationError(
                    f"the compiled engine does not know {part.operation.__name__}, used by a formula; "
                    "use engine='numpy'"
                )
            known[id(part)] = operation(*map(value, part.arguments))
        return known[id(part)]

    return value(expression)


def write_columns(
    code: Code,
    expression: Any,
    arrays: Mapping[str, Readable],
    scalars: Mapping[str, Value],
    shape: tuple[int, int],
    receive: Callable[[Index, Index, Value], None],
    *,
    unrolled: bool,
    shared: bool = True,
    n: Value | None = None,
    first_only: bool = False,
) -> None:
    """Write a formula for every unit and every vector of samples.

    Args:
        code: the code that is written to.
        expression: what the formula recorded.
        arrays: the symbols that have a value for each unit and sample.
        scalars: the symbols that have one value for all.
        shape: how many units the layer has, and how many vectors of samples there are; a reduction goes over all of
            the one or the other.
        receive: takes the value at a unit and a vector.
        unrolled: whether the loops are written out.
        shared: whether each of the team does a part, or all of it.
        n: how many samples there are, for a formula with a mean over them; its value where no sample is becomes 0.
        first_only: receive the first vector only, of a formula that is the same for all samples.
    """
    outer = code.shared_loop if shared else code.loop
    units, vectors = shape
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
    if len({reduction.over for reduction in reductions}) > 1:
        raise UnknownOperationError("the compiled engine knows no formula with sums over units and over samples")
    reduced: dict[int, Value] = {}
    if reductions[0].over == "units":
        for v in outer(vectors, unrolled=unrolled):
            reduced.clear()
            for reduction in reductions:
                start, combine = REDUCTIONS[reduction.operation]
                total = Variable(code, code.constant(start))
                for j in code.loop(units, unrolled=unrolled):
                    total.value = combine(total.value, write(reduction.arguments[0], j, v, reduced))
                reduced[id(reduction)] = total.value / float(units) if reduction.operation is np.mean else total.value
            for j in code.loop(units, unrolled=unrolled):
                receive(j, v, write(expression, j, v, reduced))
        return
    assert n is not None
    for j in outer(units, unrolled=unrolled):
        reduced.clear()
        for reduction in reductions:
            assert reduction.operation is np.mean
            total = Variable(code, code.constant(0.0))
            for v in code.loop(vectors, unrolled=unrolled):
                term = write(reduction.arguments[0], j, v, reduced)
                total.value = total.value + only_samples(code, n, v, term)
            reduced[id(reduction)] = (across_lanes(code, [total.value])[0] / n.converted()).spread()
        for v in code.loop(1 if first_only else vectors, unrolled=unrolled):
            receive(j, v, only_samples(code, n, v, write(expression, j, v, reduced)))


def only_samples(code: Code, n: Value, v: Index, value: Value) -> Value:
    """The value in the lanes of the v-th vector that hold one of the n samples, and 0 in the others."""
    return where(code.lanes_below(n - v * code.lanes), value, 0.0)
