"""The forward pass and the loss, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from itertools import starmap
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.explain import normalization_steps
from chainrule.explain.nodes import (
    Add,
    Call,
    Divide,
    Elementwise,
    Index,
    MatMul,
    Multiply,
    Negative,
    Node,
    Number,
    Symbol,
    Total,
)
from chainrule.explain.passage import entering, leaving
from chainrule.explain.recorded import Place, has_reduction, parts_with_names, written
from chainrule.explain.step import Equation, Step, Values
from chainrule.explain.trace import Trace
from chainrule.formulas.activations import Activation, Identity
from chainrule.formulas.dropout import Dropout
from chainrule.formulas.expression import Expression
from chainrule.formulas.losses import CrossEntropy, Loss
from chainrule.structure import Layer

__all__ = ["definition", "described", "function_name", "recorded_value", "shown", "slope_symbol", "steps"]


def function_name(activation: Activation) -> str:
    """What an activation is called in a formula.

    >>> from chainrule.formulas.activations import get
    >>> function_name(get("sigmoid")), function_name(get("tanh"))
    ('σ', 'tanh')
    """
    return "σ" if activation.name == "sigmoid" else activation.name


def described(layer: Layer) -> str:
    """A layer's stages in words, with the numbers that they were given.

    >>> from chainrule.structure import Structure
    >>> structure = Structure.of([2, 3, 1], hidden="elu", output="sigmoid", normalization="batch_norm", dropout=0.1)
    >>> described(structure.layers[0]), described(structure.layers[1])
    ('batch_norm (epsilon=1e-05, momentum=0.9), elu (alpha=1), dropout (rate=0.1)', 'σ')
    """
    found = []
    for stage in layer.stages:
        name = "dropout" if isinstance(stage, Dropout) else stage.name
        name = function_name(stage) if isinstance(stage, Activation) else name
        known = {field.name: getattr(stage, field.name) for field in fields(stage) if field.name not in stage.trained}
        numbers = [f"{field}={shown(value)}" for field, value in known.items() if value is not False]
        found.append(name + (f" ({', '.join(numbers)})" if numbers else ""))
    return ", ".join(found)


def shown(value: Any) -> str:
    """A setting as it is printed."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def definition(activation: Activation) -> Equation:
    """The activation as it is computed, f(x) = …, as an equation."""
    recorded = recorded_value(activation)
    if has_reduction(recorded):
        formula = written(recorded, {"z": lambda unit: Symbol("x", entry=(unit,))})
        return Equation(Call(function_name(activation) + "|j", (Symbol("x"),)), formula)
    symbols: dict[str, Place] = {"z": lambda unit: Symbol("x"), "alpha": lambda unit: Symbol("alpha")}
    return Equation(Call(function_name(activation), (Symbol("x"),)), written(recorded, symbols))


def recorded_value(activation: Activation) -> Any:
    """The activation recorded: f of z and of what it learns."""
    return activation.forward(*map(Expression.symbol, ("z", *activation.trained)))


def steps(trace: Trace, values: Values) -> Iterator[Step]:
    """z and a of every layer, then the loss."""
    for i in range(1, len(trace.structure.layers) + 1):
        yield pre_activation(trace, values, i)
        if trace.structure.layers[i - 1].normalization is not None:
            yield from normalization_steps.forward(trace, values, i)
        yield activation(trace, values, i)
        if trace.keep is not None and i - 1 in trace.keep:
            yield dropped(trace, values, i)
    yield from loss_steps(trace, values)


def pre_activation(trace: Trace, values: Values, i: int) -> Step:
    layers = trace.structure.layers
    layer, drops = layers[i - 1], trace.keep is not None
    symbol = Symbol("z", i)

    def entry(row: int, column: int) -> Node:
        products = tuple(
            Multiply((leaving(layers, i - 1, (row, k), drops=drops), Symbol("weight", i, (k, column))))
            for k in range(layer.fan_in)
        )
        return Add((*products, Symbol("bias", i, (0, column))))

    return Step(
        key=f"z{i}",
        phase="forward",
        layer=i,
        title="what enters the " + ("activation" if layer.normalization is None else "normalization"),
        symbol=symbol,
        formula=Add((MatMul(leaving(layers, i - 1, drops=drops), Symbol("weight", i)), Symbol("bias", i))),
        forms=(entry,),
        closed=entry,
        values=values,
        result=values.put(symbol, f"z{i}", trace.numbers.z[i - 1]),
        remark="A row is a sample; every row gets the same bias." if len(trace.X) > 1 and i == 1 else "",
    )


def activation(trace: Trace, values: Values, i: int) -> Step:
    layer = trace.structure.layers[i - 1]
    symbol, name, enters = Symbol("a", i), function_name(layer.activation), entering(layer)
    recorded = recorded_value(layer.activation)
    coupled = has_reduction(recorded)

    def call(row: int, column: int) -> Node:
        if coupled:
            return Call(f"{name}|{column + 1}", tuple(Symbol(enters, i, (row, k)) for k in range(layer.fan_out)))
        return Call(name, (Symbol(enters, i, (row, column)),))

    def closed(row: int, column: int) -> Node:
        symbols: dict[str, Place] = {
            "z": lambda unit: Symbol(enters, i, (row, unit)),
            "alpha": lambda unit: slope_symbol(layer, i, unit),
        }
        return written(recorded, symbols, column, layer.fan_out)

    plain, learns = isinstance(layer.activation, Identity), bool(layer.activation.trained)
    remark = "The largest of a row is subtracted first: it changes nothing, and nothing overflows." if coupled else ""
    if learns:
        shared = getattr(layer.activation, "shared", False)
        remark = "Its slope below 0 is learned, one " + ("for the layer." if shared else "for each unit.")
    return Step(
        key=f"a{i}",
        phase="forward",
        layer=i,
        title="what leaves the activation" if i < len(trace.structure.layers) else "the prediction",
        symbol=symbol,
        formula=Symbol(enters, i) if plain else Call(name, (Symbol(enters, i),)),
        forms=(closed,) if plain or learns else (call,),
        closed=closed,
        values=values,
        result=values.put(symbol, f"a{i}", trace.values_of(i)["a"]),
        notes=() if plain else (definition(layer.activation), *starmap(Equation, parts_with_names(recorded))),
        remark=remark,
    )


def slope_symbol(layer: Layer, i: int, unit: Index) -> Symbol:
    """The learned slope of a unit; the only one where all units share it."""
    return Symbol("alpha", i, (0, 0 if getattr(layer.activation, "shared", False) else unit))


def dropped(trace: Trace, values: Values, i: int) -> Step:
    """What dropout leaves of the activations."""
    layer = trace.structure.layers[i - 1]
    assert layer.dropout is not None
    assert trace.keep is not None
    symbol = Symbol("dropped", i)
    values.put(Symbol("keep", i), f"keep{i}", trace.keep[i - 1])
    values.put(Symbol("rate", i), "given", float(layer.dropout.rate))

    def closed(row: int, column: int) -> Node:
        top = Multiply((Symbol("a", i, (row, column)), Symbol("keep", i, (row, column))))
        return Divide(top, Add((Number(1.0), Negative(Symbol("rate", i)))))

    return Step(
        key=f"dropped{i}",
        phase="forward",
        layer=i,
        title="what dropout keeps, scaled up",
        symbol=symbol,
        formula=Divide(
            Elementwise((Symbol("a", i), Symbol("keep", i))), Add((Number(1.0), Negative(Symbol("rate", i))))
        ),
        forms=(closed,),
        closed=closed,
        values=values,
        result=values.put(symbol, f"dropped{i}", trace.values_of(i)["dropped"]),
        remark="1 is kept and 0 left out, drawn by the run's key, the step, the layer, the unit and the sample.",
    )


def term(loss: Loss, last: int, row: Index, unit: Index, units: int | None) -> Node:
    """The loss of one output from the prediction: the textbook's."""
    symbols: dict[str, Place] = {
        "a": lambda k: Symbol("a", last, (row, k)),
        "y": lambda k: Symbol("y", None, (row, k)),
    }
    return written(recorded_terms(loss), symbols, unit, units)


def recorded_terms(loss: Loss) -> Any:
    """The loss of one output from the prediction, recorded: a function of a and y."""
    return loss.value(Expression.symbol("a"), Expression.symbol("y"), *loss.parameters)


def smoothing(loss: Loss, outputs: int) -> str:
    """What was done to the targets, if they were smoothed."""
    if not isinstance(loss, CrossEntropy) or loss.label_smoothing == 0:
        return ""
    s, classes = loss.label_smoothing, 2 if loss.name == "binary_cross_entropy" else outputs
    return f"The targets are smoothed already: y (1 − {s:g}) + {s:g} / {classes} in place of y."


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
        notes=tuple(starmap(Equation, parts_with_names(recorded_terms(loss)))),
        remark=smoothing(loss, d),
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
