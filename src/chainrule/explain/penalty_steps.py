"""The penalty on the weights, step by step: what it adds to the loss, and what to the gradient of every weight."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from chainrule.explain.nodes import Add, Index, Node, Symbol, Total
from chainrule.explain.recorded import written
from chainrule.explain.step import Equation, Step, Values
from chainrule.explain.trace import Trace
from chainrule.formulas.expression import Expression
from chainrule.formulas.regularization import Regularization

__all__ = ["equations", "loss_steps", "penalized_weight", "put_given"]


def put_given(trace: Trace, values: Values) -> None:
    """The penalty's factors."""
    if trace.regularization.penalizes:
        values.put(Symbol("l1"), "given", float(trace.regularization.l1))
        values.put(Symbol("l2"), "given", float(trace.regularization.l2))


def loss_steps(trace: Trace, values: Values) -> Iterator[Step]:
    """The penalty, and the loss with it; nothing where there is none."""
    if not trace.regularization.penalizes:
        return
    layers = list(enumerate(trace.structure.layers, start=1))

    @functools.cache
    def every(row: int, column: int) -> Node:
        terms = [
            of_weight(trace.regularization, Regularization.value, Symbol("weight", i, (k, j)))
            for i, layer in layers
            for k in range(layer.fan_in)
            for j in range(layer.fan_out)
        ]
        return Add(tuple(term for one in terms for term in one))

    def both(row: int, column: int) -> Node:
        return Add((Symbol("loss"), Symbol("penalty")))

    yield Step(
        key="penalty",
        phase="loss",
        layer=len(layers),
        title="the penalty on the weights",
        symbol=Symbol("penalty"),
        formula=summed(trace),
        forms=(every,),
        closed=every,
        values=values,
        result=values.put(Symbol("penalty"), "penalty", trace.penalty),
        remark="Biases are left alone.",
    )
    yield Step(
        key="objective",
        phase="loss",
        layer=len(layers),
        title="what training makes small: the loss and the penalty",
        symbol=Symbol("objective"),
        formula=both(0, 0),
        forms=(),
        closed=both,
        values=values,
        result=values.put(Symbol("objective"), "objective", trace.objective),
    )


def penalized_weight(trace: Trace, values: Values, i: int) -> Step:
    """The gradient of a layer's weights, and what the penalty adds to it."""

    def closed(k: int, j: int) -> Node:
        return gradient(trace, i, (k, j))

    symbol = Symbol("penalized_weight", i)
    return Step(
        key=f"penalized_weight{i}",
        phase="backward",
        layer=i,
        title="the gradient of the weights, with the penalty's",
        symbol=symbol,
        formula=gradient(trace, i, ()),
        forms=(closed,),
        closed=closed,
        values=values,
        result=values.put(symbol, f"penalized_weight{i}", trace.structure.layers[i - 1].weight(trace.penalized)),
        remark="sign(w) is 1 above 0, −1 below, and 0 at 0." if trace.regularization.l1 else "",
    )


def equations(trace: Trace) -> list[Equation]:
    """What the penalty adds, to the loss and to the gradient of a layer i; none where there is none."""
    if not trace.regularization.penalizes:
        return []
    objective = Equation(Symbol("objective"), Add((Symbol("loss"), summed(trace))))
    return [objective, Equation(Symbol("penalized_weight", "i"), gradient(trace, "i", ()))]


def gradient(trace: Trace, layer: Index, entry: tuple[Index, ...]) -> Node:
    """∂L by a weight, or by all of a layer's, and what the penalty adds."""
    added = of_weight(trace.regularization, Regularization.slope, Symbol("weight", layer, entry))
    return Add((Symbol("grad_weight", layer, entry), *added))


def summed(trace: Trace) -> Node:
    """The penalty as a sum over all weights, of layer i from unit k to unit j."""
    terms = of_weight(trace.regularization, Regularization.value, Symbol("weight", "i", ("k", "j")))
    return Total("i", Total("k", Total("j", terms[0] if len(terms) == 1 else Add(tuple(terms)))))


def of_weight(regularization: Regularization, function: object, weight: Symbol) -> list[Node]:
    """The terms of `Regularization.value` or `slope` of one weight, those left out whose factor is 0."""
    assert callable(function)
    recorded = function(*map(Expression.symbol, ("weight", "l1", "l2")))
    places = {"weight": lambda unit: weight, "l1": lambda unit: Symbol("l1"), "l2": lambda unit: Symbol("l2")}
    node = written(recorded, places)
    assert isinstance(node, Add)
    return [term for term, factor in zip(node.terms, (regularization.l1, regularization.l2), strict=True) if factor]
