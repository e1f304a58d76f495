"""The update, step by step: what the optimizer keeps of every layer, and the new weights and biases."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from chainrule.explain.nodes import Call, Index, Node, Symbol
from chainrule.explain.recorded import written
from chainrule.explain.step import Entry, Equation, Step, Values
from chainrule.explain.trace import Trace
from chainrule.formulas.expression import Expression
from chainrule.formulas.optimizers import Optimizer

__all__ = ["hyperparameters", "recorded_rule", "rule_equations", "steps"]

PARTS = ("weight", "bias")


def hyperparameters(optimizer: Optimizer) -> dict[str, Any]:
    """The optimizer's settings by name."""
    return {field.name: getattr(optimizer, field.name) for field in dataclasses.fields(optimizer)}


def recorded_rule(optimizer: Optimizer) -> dict[str, Any]:
    """What the rule makes of one parameter: "theta" and each slot, recorded; empty where it cannot be recorded.

    >>> from chainrule.formulas.optimizers import SGD
    >>> recorded_rule(SGD(0.3))["theta"]
    add(theta, subtract(multiply(momentum, velocity), multiply(learning_rate, gradient)))
    """
    settings = [
        value if isinstance(value, bool) or not isinstance(value, int | float) else Expression.symbol(name)
        for name, value in hyperparameters(optimizer).items()
    ]
    symbols = map(Expression.symbol, ("theta", "gradient", *optimizer.slots, "t"))
    try:
        made = optimizer.rule(*symbols, *settings)
    except (AttributeError, TypeError, ValueError):  # a rule that is no formula of one parameter
        return {}
    return dict(zip(("theta", *optimizer.slots), made, strict=True))


def formulas(optimizer: Optimizer, part: str, layer: Index, entry: tuple[Index, ...]) -> dict[str, Node]:
    """The node of every recorded formula, for an entry of a layer's weight or bias, or for the whole of it."""
    recorded = recorded_rule(optimizer)
    symbols = {
        "theta": Symbol(part, layer, entry),
        "gradient": Symbol(f"grad_{part}", layer, entry),
        "t": Symbol("t"),
        **{slot: Symbol(f"{slot}_{part}", layer, entry) for slot in optimizer.slots},
        **{name: Symbol(name) for name in hyperparameters(optimizer)},
    }
    places = {name: (lambda unit, symbol=symbol: symbol) for name, symbol in symbols.items()}
    made: dict[str, Node] = {}
    known: dict[int, Node] = {}
    for name in (*optimizer.slots, "theta"):
        if name in recorded:
            made[name] = written(recorded[name], places, known=known)
            if name != "theta":  # what was computed just now goes by its name from here on
                known[id(recorded[name])] = Symbol(f"{name}_{part}", layer, entry, new=True)
    return made


def rule_equations(optimizer: Optimizer, layer: Index) -> list[Equation]:
    """The update of a layer's weight and bias in matrices."""
    found = []
    for part in PARTS:
        for name, formula in formulas(optimizer, part, layer, ()).items():
            kind = part if name == "theta" else f"{name}_{part}"
            found.append(Equation(Symbol(kind, layer, new=True), formula))
    return found


def steps(trace: Trace, values: Values) -> Iterator[Step]:
    """Every layer from the first: the optimizer's vectors of its weight, its new weight; the same for its bias."""
    optimizer = trace.optimizer
    put_given(trace, values)
    names: Mapping[str, str] = {slot: slot.replace("_", " ") for slot in optimizer.slots}
    for i, layer in enumerate(trace.structure.layers, start=1):
        for part, of in zip(PARTS, (layer.weight, layer.bias), strict=True):
            whole = formulas(optimizer, part, i, ())
            for name in (*optimizer.slots, "theta"):
                kind = part if name == "theta" else f"{name}_{part}"
                symbol = Symbol(kind, i, new=True)
                key = f"new_{kind}{i}"
                vector = trace.updated if name == "theta" else trace.new_state[name]
                entry = entry_of(optimizer, part, i, name) if name in whole else None
                yield Step(
                    key=key,
                    phase="update",
                    layer=i,
                    title=f"the new {part}" if name == "theta" else f"the {part}'s {names[name]}",
                    symbol=symbol,
                    formula=whole.get(
                        name, Call(type(optimizer).__name__, (Symbol(part, i), Symbol(f"grad_{part}", i)))
                    ),
                    forms=() if entry is None else (entry,),
                    closed=entry,
                    values=values,
                    result=values.put(symbol, key, of(vector)),
                    remark="" if entry else f"{type(optimizer).__name__} has no formula for one parameter by itself.",
                )


def entry_of(optimizer: Optimizer, part: str, i: int, name: str) -> Entry:
    """The formula of one entry."""
    return lambda row, column: formulas(optimizer, part, i, (row, column))[name]


def put_given(trace: Trace, values: Values) -> None:
    """The numbers that the update starts from."""
    for name, value in hyperparameters(trace.optimizer).items():
        if isinstance(value, int | float):
            values.put(Symbol(name), "given", float(value))
    values.put(Symbol("t"), "given", float(trace.new_state["t"]))
    for slot in trace.optimizer.slots:
        for i, layer in enumerate(trace.structure.layers, start=1):
            for part, of in zip(PARTS, (layer.weight, layer.bias), strict=True):
                values.put(Symbol(f"{slot}_{part}", i), f"{slot}_{part}{i}", of(trace.state[slot]))
