"""The backward pass, step by step, from the loss down to the input."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial as partial_of

from chainrule.explain import normalization_steps
from chainrule.explain.activation_chain import places, through
from chainrule.explain.nodes import (
    Add,
    Divide,
    Elementwise,
    MatMul,
    Multiply,
    Negative,
    Node,
    Number,
    Partial,
    Symbol,
    Total,
    Transpose,
)
from chainrule.explain.normalization_formulas import goes_over, summed
from chainrule.explain.output_steps import collapsed_delta, long_delta, output_slope
from chainrule.explain.passage import GRADIENTS, entering, leaving
from chainrule.explain.penalty_steps import penalized_weight
from chainrule.explain.recorded import written
from chainrule.explain.step import Step, Values
from chainrule.explain.trace import Trace
from chainrule.formulas.expression import Expression

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
            yield from down_to_z(trace, values, i)
        yield grad_weight(trace, values, i)
        if trace.regularization.penalizes:
            yield penalized_weight(trace, values, i)
        yield grad_bias(trace, values, i)
        yield grad_below(trace, values, i)


def down_to_z(trace: Trace, values: Values, i: int) -> Iterator[Step]:
    """From what leaves a layer down to its z: through dropout, the activation and the normalization."""
    layer = trace.structure.layers[i - 1]
    if "grad_dropped" in trace.gradients_of(i):
        yield through_dropout(trace, values, i)
    yield through_activation(trace, values, i)
    for name in layer.activation.trained:
        yield grad_learned(trace, values, i, name)
    if layer.normalization is not None:
        yield from normalization_steps.backward(trace, values, i)


def through_activation(trace: Trace, values: Values, i: int) -> Step:
    """∂L by what enters the activation: da, where that is z."""
    kind = GRADIENTS[entering(trace.structure.layers[i - 1])]
    symbol = Symbol(kind, i)
    return Step(
        key=f"{kind}{i}",
        phase="backward",
        layer=i,
        title="back through the activation",
        symbol=symbol,
        values=values,
        **through(trace, i),
        result=values.put(symbol, f"{kind}{i}", trace.gradients_of(i)[kind]),
    )


def through_dropout(trace: Trace, values: Values, i: int) -> Step:
    """dâ: what was left out moves nothing, what was kept was scaled up."""
    symbol = Symbol("grad_a", i)
    kept = Add((Number(1.0), Negative(Symbol("rate", i))))

    def partial(row: int, column: int) -> Node:
        slope = Partial(Symbol("dropped", i, (row, column)), Symbol("a", i, (row, column)))
        return Multiply((Symbol("grad_dropped", i, (row, column)), slope))

    def closed(row: int, column: int) -> Node:
        entry = (row, column)
        return Divide(Multiply((Symbol("grad_dropped", i, entry), Symbol("keep", i, entry))), kept)

    return Step(
        key=f"grad_a{i}",
        phase="backward",
        layer=i,
        title="back through dropout",
        symbol=symbol,
        formula=Divide(Elementwise((Symbol("grad_dropped", i), Symbol("keep", i))), kept),
        forms=(partial, closed),
        closed=closed,
        values=values,
        result=values.put(symbol, f"grad_a{i}", trace.gradients_of(i)["grad_a"]),
    )


def grad_learned(trace: Trace, values: Values, i: int, name: str) -> Step:
    """The gradient of what an activation learns: every sample adds to it, and every unit that shares it."""
    layer = trace.structure.layers[i - 1]
    recorded = dict(
        zip(
            layer.activation.trained,
            layer.activation.trained_slopes(*map(Expression.symbol, ("grad_a", "z", "a", *layer.activation.trained))),
            strict=True,
        )
    )[name]
    shared = getattr(layer.activation, "shared", False)
    samples, symbol = range(len(trace.X)), Symbol(f"grad_{name}", i)

    def entries(j: int) -> list[tuple[int, int]]:
        return [(s, k) for s in samples for k in (range(layer.fan_out) if shared else (j,))]

    def partial(_: int, j: int) -> Node:
        by = Symbol(name, i, (0, j))
        return summed(
            [Multiply((Symbol("grad_a", i, entry), Partial(Symbol("a", i, entry), by))) for entry in entries(j)]
        )

    def closed(_: int, j: int) -> Node:
        return summed([written(recorded, places(trace, i, s), k, layer.fan_out) for s, k in entries(j)])

    term = written(recorded, places(trace, i, "i"), "j")
    return Step(
        key=f"grad_{name}{i}",
        phase="backward",
        layer=i,
        title="the gradient of the slope" + (", which all units share" if shared else ""),
        symbol=symbol,
        left=Symbol(f"grad_{name}", i, (0, 0 if shared else "j")),
        formula=Total("i", Total("j", term) if shared else term),
        forms=(partial, closed),
        closed=closed,
        values=values,
        result=values.put(symbol, f"grad_{name}{i}", trace.numbers.grad_trained[i - 1][name]),
        remark="Only what lies below 0 was multiplied by the slope.",
    )


def grad_weight(trace: Trace, values: Values, i: int) -> Step:
    """dw: every weight touches one unit's z in every sample."""
    samples, below = (
        range(len(trace.X)),
        partial_of(leaving, trace.structure.layers, i - 1, drops=trace.keep is not None),
    )
    symbol = Symbol("grad_weight", i)

    def partial(k: int, j: int) -> Node:
        weight = Symbol("weight", i, (k, j))
        return summed(
            [Multiply((Symbol("delta", i, (s, j)), Partial(Symbol("z", i, (s, j)), weight))) for s in samples]
        )

    def closed(k: int, j: int) -> Node:
        return summed([Multiply((Symbol("delta", i, (s, j)), below((s, k)))) for s in samples])

    return Step(
        key=f"grad_weight{i}",
        phase="backward",
        layer=i,
        title="the gradient of the weights",
        symbol=symbol,
        formula=MatMul(Transpose(below()), Symbol("delta", i)),
        forms=(partial, closed),
        closed=closed,
        values=values,
        result=values.put(symbol, f"grad_weight{i}", trace.numbers.grad_weight[i - 1]),
    )


def grad_bias(trace: Trace, values: Values, i: int) -> Step:
    """db: the bias is in every sample's z with the factor 1."""
    samples, norm = range(len(trace.X)), trace.structure.layers[i - 1].normalization
    shifted = norm is not None and goes_over(norm) == "samples"
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
        remark="0 but for rounding: the mean takes away again what a bias adds." if shifted else "",
    )


def grad_below(trace: Trace, values: Values, i: int) -> Step:
    """dâ of the layer below: a unit reaches the loss through every unit above it."""
    layer = trace.structure.layers[i - 1]
    source = leaving(trace.structure.layers, i - 1, drops=trace.keep is not None)
    symbol = Symbol(GRADIENTS[source.kind], i - 1)

    def partial(row: int, k: int) -> Node:
        below = Symbol(source.kind, i - 1, (row, k))
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
        key=f"{symbol.kind}{i - 1}",
        phase="backward",
        layer=i - 1,
        title="how the loss moves with the layer below" if i > 1 else "how the loss moves with the input",
        symbol=symbol,
        formula=MatMul(Symbol("delta", i), Transpose(Symbol("weight", i))),
        forms=(partial, closed),
        closed=closed,
        values=values,
        result=values.put(
            symbol, f"{symbol.kind}{i - 1}", trace.numbers.grad_a[i - 2] if i > 1 else trace.numbers.grad_X
        ),
    )
