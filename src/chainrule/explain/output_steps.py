"""The backward pass at the output: from the loss to the prediction, and on by the long chain and the collapsed one."""

from __future__ import annotations

from chainrule.explain.activation_chain import explained, matrix_places, places, through
from chainrule.explain.forward_steps import counted
from chainrule.explain.nodes import Divide, Node, Partial, Symbol
from chainrule.explain.recorded import has_reduction, written
from chainrule.explain.step import Equation, Step, Values
from chainrule.explain.trace import Trace
from chainrule.formulas.expression import Expression

__all__ = ["collapsed_delta", "long_delta", "output_slope"]

LOSS = Symbol("loss")


def output_slope(trace: Trace, values: Values) -> Step:
    """dâ of the output: the derivative of the loss in the prediction."""
    loss, last, d = trace.loss, len(trace.structure.layers), trace.y.shape[1]
    recorded = loss.slope(Expression.symbol("a"), Expression.symbol("y"), *loss.parameters)
    symbol = Symbol("grad_a", last)

    def partial(row: int, column: int) -> Node:
        return Partial(LOSS, Symbol("a", last, (row, column)))

    def entry(row: int, column: int) -> Node:
        return Divide(written(recorded, places(trace, last, row), column, d), counted(loss))

    formula = Divide(written(recorded, matrix_places(last), matrices=True), counted(loss))
    return Step(
        key=f"grad_a{last}",
        phase="backward",
        layer=last,
        title="how the loss moves with the prediction",
        symbol=symbol,
        formula=formula,
        forms=(partial, entry),
        closed=entry,
        values=values,
        result=values.put(symbol, f"grad_a{last}", trace.numbers.grad_a[-1]),
        notes=explained(formula, recorded),
    )


def long_delta(trace: Trace, values: Values) -> Step:
    """da of the output the long way; the shortcut that follows it gives the same but for rounding."""
    i = len(trace.structure.layers)
    symbol = Symbol("delta", i)
    return Step(
        key=f"delta{i}-long",
        phase="backward",
        layer=i,
        title="back through the activation, the long way",
        symbol=symbol,
        values=values,
        **through(trace, i),
        result=values.put(Symbol("delta-long", i), f"delta{i}-long", trace.long.delta[-1]),
        remark="Two factors that cancel: near a prediction of 0 or 1 the first is huge and the second tiny.",
    )


def collapsed_delta(trace: Trace, values: Values) -> Step:
    """da of the output in one: (p − y) / n."""
    i, loss, d = len(trace.structure.layers), trace.loss, trace.y.shape[1]
    a, y = Expression.symbol("a"), Expression.symbol("y")
    recorded = loss.slope_from_logits(a, y)
    unfolded = trace.structure.layers[-1].activation.backward(
        loss.slope(a, y, *loss.parameters), Expression.symbol("z"), a
    )
    symbol = Symbol("delta", i)

    def entry(row: int, column: int) -> Node:
        return Divide(written(recorded, places(trace, i, row), column, d), counted(loss))

    identity = Equation(
        written(unfolded, places(trace, i, "i"), "j"),
        written(recorded, places(trace, i, "i"), "j"),
        "the derivatives of the loss and of the activation, multiplied out"
        + ("; the targets of a sample sum to 1" if has_reduction(unfolded) else ""),
    )
    return Step(
        key=f"delta{i}",
        phase="backward",
        layer=i,
        title="the same, collapsed",
        symbol=symbol,
        formula=Divide(written(recorded, matrix_places(i), matrices=True), counted(loss)),
        forms=(entry,),
        closed=entry,
        values=values,
        result=values.put(symbol, f"delta{i}", trace.numbers.delta[-1]),
        notes=(identity,),
        remark="This is what is computed from here on: it stays right where the output saturates.",
    )
