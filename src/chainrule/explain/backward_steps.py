"""The backward pass, step by step, from the loss down to the input."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.explain.activation_chain import through
from chainrule.explain.nodes import Add, MatMul, Multiply, Node, Partial, Symbol, Total, Transpose
from chainrule.explain.output_steps import collapsed_delta, long_delta, output_slope
from chainrule.explain.step import Step, Values
from chainrule.explain.trace import Trace

__all__ = ["steps"]


def steps(trace: Trace, values: Values) -> Iterator[Step]:
    """From the loss down to the input."""
    last = len(trace.structure.layers)
    yield output_slope(trace, values)
    for i in range(last, 0, -1):
        if i == last and trace.numbers.collapsed:
            yield long_delta(trace, values)
            yield collapsed_delta(trace, values)
        else:
            yield delta(trace, values, i)
        yield grad_weight(trace, values, i)
        yield grad_bias(trace, values, i)
        yield grad_below(trace, values, i)


def delta(trace: Trace, values: Values, i: int) -> Step:
    """da: through the activation."""
    symbol = Symbol("delta", i)
    return Step(
        key=f"delta{i}",
        phase="backward",
        layer=i,
        title="back through the activation",
        symbol=symbol,
        values=values,
        **through(trace, i),
        result=values.put(symbol, f"delta{i}", trace.numbers.delta[i - 1]),
    )


def summed(terms: list[Node]) -> Node:
    return Add(tuple(terms)) if len(terms) > 1 else terms[0]


def grad_weight(trace: Trace, values: Values, i: int) -> Step:
    """dw: every weight touches one unit's z in every sample."""
    samples = range(len(trace.X))
    symbol = Symbol("grad_weight", i)

    def partial(k: int, j: int) -> Node:
        weight = Symbol("weight", i, (k, j))
        return summed(
            [Multiply((Symbol("delta", i, (s, j)), Partial(Symbol("z", i, (s, j)), weight))) for s in samples]
        )

    def closed(k: int, j: int) -> Node:
        return summed([Multiply((Symbol("delta", i, (s, j)), Symbol("a", i - 1, (s, k)))) for s in samples])

    return Step(
        key=f"grad_weight{i}",
        phase="backward",
        layer=i,
        title="the gradient of the weights",
        symbol=symbol,
        formula=MatMul(Transpose(Symbol("a", i - 1)), Symbol("delta", i)),
        forms=(partial, closed),
        closed=closed,
        values=values,
        result=values.put(symbol, f"grad_weight{i}", trace.numbers.grad_weight[i - 1]),
    )


def grad_bias(trace: Trace, values: Values, i: int) -> Step:
    """db: the bias is in every sample's z with the factor 1."""
    samples = range(len(trace.X))
    symbol = Symbol("grad_bias", i)

    def partial(_: int, j: int) -> Node:
        bias = Symbol("bias", i, (0, j))
        return summed([Multiply((Symbol("delta", i, (s, j)), Partial(Symbol("z", i, (s, j)), bias))) for s in samples])

    def closed(_: int, j: int) -> Node:
        return summed([Symbol("delta", i, (s, j)) for s in samples])

    return Step(
        key=f"grad_bias{i}",
        phase="backward",
        layer=i,
        title="the gradient of the bias" + (": the sum over the samples" if len(trace.X) > 1 else ""),
        symbol=symbol,
        left=Symbol("grad_bias", i, (0, "j")) if len(trace.X) > 1 else None,
        formula=Total("i", Symbol("delta", i, ("i", "j"))) if len(trace.X) > 1 else Symbol("delta", i),
        forms=(partial, closed),
        closed=closed,
        values=values,
        result=values.put(symbol, f"grad_bias{i}", trace.numbers.grad_bias[i - 1]),
    )


def grad_below(trace: Trace, values: Values, i: int) -> Step:
    """dâ of the layer below: a unit reaches the loss through every unit above it."""
    layer = trace.structure.layers[i - 1]
    symbol = Symbol("grad_a", i - 1)

    def partial(row: int, k: int) -> Node:
        below = Symbol("a", i - 1, (row, k))
        return summed(
            [
                Multiply((Symbol("delta", i, (row, j)), Partial(Symbol("z", i, (row, j)), below)))
                for j in range(layer.fan_out)
            ]
        )

    def closed(row: int, k: int) -> Node:
        return summed(
            [Multiply((Symbol("delta", i, (row, j)), Symbol("weight", i, (k, j)))) for j in range(layer.fan_out)]
        )

    return Step(
        key=f"grad_a{i - 1}",
        phase="backward",
        layer=i - 1,
        title="how the loss moves with the layer below" if i > 1 else "how the loss moves with the input",
        symbol=symbol,
        formula=MatMul(Symbol("delta", i), Transpose(Symbol("weight", i))),
        forms=(partial, closed),
        closed=closed,
        values=values,
        result=values.put(symbol, f"grad_a{i - 1}", trace.numbers.grad_a[i - 2] if i > 1 else trace.numbers.grad_X),
    )
