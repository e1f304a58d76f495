"""The forward pass and the loss, step by step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chainrule.arrays import Array
from chainrule.explain.nodes import Add, Call, Divide, Index, MatMul, Multiply, Node, Symbol, Total
from chainrule.explain.recorded import Place, has_reduction, written
from chainrule.explain.step import Equation, Step, Values
from chainrule.explain.trace import Trace
from chainrule.formulas.activations import Activation, Identity
from chainrule.formulas.expression import Expression
from chainrule.formulas.losses import Loss

__all__ = ["definition", "function_name", "steps"]


def function_name(activation: Activation) -> str:
    """What an activation is called in a formula.

    >>> from chainrule.formulas.activations import get
    >>> function_name(get("sigmoid")), function_name(get("tanh"))
    ('σ', 'tanh')
    """
    return "σ" if activation.name == "sigmoid" else activation.name


def definition(activation: Activation) -> Equation:
    """The activation as it is computed, f(x) = …, as an equation."""
    recorded = activation.forward(Expression.symbol("z"))
    if has_reduction(recorded):
        formula = written(recorded, {"z": lambda unit: Symbol("x", entry=(unit,))})
        return Equation(Call(function_name(activation) + "|j", (Symbol("x"),)), formula)
    return Equation(Call(function_name(activation), (Symbol("x"),)), written(recorded, {"z": lambda unit: Symbol("x")}))


def steps(trace: Trace, values: Values) -> Iterator[Step]:
    """z and a of every layer, then the loss."""
    for i in range(1, len(trace.structure.layers) + 1):
        yield pre_activation(trace, values, i)
        yield activation(trace, values, i)
    yield from loss_steps(trace, values)


def pre_activation(trace: Trace, values: Values, i: int) -> Step:
    fan_in = trace.structure.layers[i - 1].fan_in
    symbol = Symbol("z", i)

    def entry(row: int, column: int) -> Node:
        products = tuple(
            Multiply((Symbol("a", i - 1, (row, k)), Symbol("weight", i, (k, column)))) for k in range(fan_in)
        )
        return Add((*products, Symbol("bias", i, (0, column))))

    return Step(
        key=f"z{i}",
        phase="forward",
        layer=i,
        title="what enters the activation",
        symbol=symbol,
        formula=Add((MatMul(Symbol("a", i - 1), Symbol("weight", i)), Symbol("bias", i))),
        forms=(entry,),
        closed=entry,
        values=values,
        result=values.put(symbol, f"z{i}", trace.numbers.z[i - 1]),
        remark="A row is a sample; every row gets the same bias." if len(trace.X) > 1 and i == 1 else "",
    )


def activation(trace: Trace, values: Values, i: int) -> Step:
    layer = trace.structure.layers[i - 1]
    symbol, name = Symbol("a", i), function_name(layer.activation)
    recorded = layer.activation.forward(Expression.symbol("z"))
    coupled = has_reduction(recorded)

    def call(row: int, column: int) -> Node:
        if coupled:
            return Call(f"{name}|{column + 1}", tuple(Symbol("z", i, (row, k)) for k in range(layer.fan_out)))
        return Call(name, (Symbol("z", i, (row, column)),))

    def closed(row: int, column: int) -> Node:
        return written(recorded, {"z": lambda unit: Symbol("z", i, (row, unit))}, column, layer.fan_out)

    plain = isinstance(layer.activation, Identity)
    return Step(
        key=f"a{i}",
        phase="forward",
        layer=i,
        title="what leaves the activation" if i < len(trace.structure.layers) else "the prediction",
        symbol=symbol,
        formula=Symbol("z", i) if plain else Call(name, (Symbol("z", i),)),
        forms=(closed,) if plain else (call,),
        closed=closed,
        values=values,
        result=values.put(symbol, f"a{i}", trace.numbers.a[i - 1]),
        notes=() if plain else (definition(layer.activation),),
        remark="The largest of a row is subtracted first: it changes nothing, and nothing overflows."
        if coupled
        else "",
    )


def term(loss: Loss, last: int, row: Index, unit: Index, units: int | None) -> Node:
    """The loss of one output from the prediction: the textbook's."""
    recorded = loss.value(Expression.symbol("a"), Expression.symbol("y"), *loss.parameters)
    symbols: dict[str, Place] = {
        "a": lambda k: Symbol("a", last, (row, k)),
        "y": lambda k: Symbol("y", None, (row, k)),
    }
    return written(recorded, symbols, unit, units)


def counted(loss: Loss) -> Node:
    """What the sum of all terms is divided by."""
    return Multiply((Symbol("n"), Symbol("d"))) if loss.mean_over_outputs else Symbol("n")


def loss_steps(trace: Trace, values: Values) -> Iterator[Step]:
    """The loss of every output of every sample, and the loss."""
    loss, last, (n, d) = trace.loss, len(trace.structure.layers), trace.y.shape
    z, a, output = trace.numbers.z[-1], trace.numbers.a[-1], trace.structure.layers[-1].activation
    shortened = loss.shortens(output)

    def textbook(row: int, column: int) -> Node:
        return term(loss, last, row, column, d)

    symbol = Symbol("term")
    general = Symbol("term", None, ("i", "j"))
    plain = values.put(symbol, "terms", np.broadcast_to(loss.value(a, trace.y, *loss.parameters), trace.y.shape))
    yield Step(
        key="terms-long" if shortened else "terms",
        phase="loss",
        layer=last,
        title=f"{loss.name.replace('_', ' ')} of every output",
        symbol=symbol,
        left=general,
        formula=term(loss, last, "i", "j", None),
        forms=(textbook,),
        closed=textbook,
        values=values,
        result=plain,
    )
    if shortened:
        yield exact_terms(trace, values, np.broadcast_to(loss.terms(z, a, trace.y, output), trace.y.shape))

    def total(row: int, column: int) -> Node:
        parts = tuple(Symbol("term", None, (i, j)) for i in range(n) for j in range(d))
        return Divide(Add(parts) if len(parts) > 1 else parts[0], counted(loss))

    symbol = Symbol("loss")
    yield Step(
        key="loss",
        phase="loss",
        layer=last,
        title="the loss: "
        + ("the mean over samples and outputs" if loss.mean_over_outputs else "the mean over samples"),
        symbol=symbol,
        formula=Divide(Total("i", Total("j", general)), counted(loss)),
        forms=(total,),
        closed=total,
        values=values,
        result=values.put(symbol, "loss", trace.numbers.loss),
    )


def exact_terms(trace: Trace, values: Values, terms: Array) -> Step:
    """The same from z, where it stays exact however far the output is saturated."""
    loss, last, d = trace.loss, len(trace.structure.layers), trace.y.shape[1]
    recorded = loss.value_from_logits(Expression.symbol("z"), Expression.symbol("y"), *loss.parameters)

    def entry(row: Index, column: Index, units: int | None) -> Node:
        symbols: dict[str, Place] = {
            "z": lambda k: Symbol("z", last, (row, k)),
            "y": lambda k: Symbol("y", None, (row, k)),
        }
        return written(recorded, symbols, column, units)

    symbol = Symbol("term")
    return Step(
        key="terms",
        phase="loss",
        layer=last,
        title="the same from what enters the activation",
        symbol=symbol,
        left=Symbol("term", None, ("i", "j")),
        formula=entry("i", "j", None),
        forms=() if has_reduction(recorded) else (lambda row, column: entry(row, column, d),),
        closed=lambda row, column: entry(row, column, d),
        values=values,
        result=values.put(symbol, "terms", terms),
        remark="This is what is computed: it stays exact where the prediction rounds to 0 or 1.",
    )
