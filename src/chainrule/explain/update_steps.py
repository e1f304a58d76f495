"""The update, step by step: what the optimizer keeps of every layer, and what the layer has learned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chainrule.explain import clipping_steps, statistics_steps
from chainrule.explain.clipping_steps import gradient_symbol
from chainrule.explain.nodes import Call, Index, Node, Symbol
from chainrule.explain.parts import parts
from chainrule.explain.recorded import written
from chainrule.explain.step import Entry, Equation, Step, Values
from chainrule.explain.trace import Trace
from chainrule.formulas.expression import Expression
from chainrule.formulas.optimizers import Optimizer

__all__ = ["hyperparameters", "recorded_rule", "rule_equations", "steps"]
LETTERED = {"gamma": "γ", "beta": "β", "alpha": "α"}
"""Parts that a title calls by their letters."""


def hyperparameters(optimizer: Optimizer) -> dict[str, Any]:
    """The optimizer's settings by name."""
    return optimizer.settings


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


def formulas(trace: Trace, part: str, layer: Index, entry: tuple[Index, ...]) -> dict[str, Node]:
    """The node of every recorded formula, for an entry of a layer's weight or bias, or for the whole of it."""
    optimizer = trace.optimizer
    recorded = recorded_rule(optimizer)
    symbols = {
        "theta": Symbol(part, layer, entry),
        "gradient": Symbol(gradient_symbol(trace, part), layer, entry),
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


def rule_equations(trace: Trace, layer: Index, learned: Iterable[str]) -> list[Equation]:
    """The update of each part of a layer in matrices."""
    found = []
    for part in learned:
        for name, formula in formulas(trace, part, layer, ()).items():
            kind = part if name == "theta" else f"{name}_{part}"
            found.append(Equation(Symbol(kind, layer, new=True), formula))
    return found


def steps(trace: Trace, values: Values) -> Iterator[Step]:
    """What clipping makes of the gradient; then of each part the optimizer's vectors, and the new part."""
    optimizer = trace.optimizer
    if not trace.has_rule:
        return
    put_given(trace, values)
    yield from clipping_steps.steps(trace, values)
    names: Mapping[str, str] = {slot: slot.replace("_", " ") for slot in optimizer.slots}
    learned = list(parts(trace.structure))
    for i in range(1, len(trace.structure.layers) + 1):
        for part in (part for part in learned if part.layer == i):
            whole = formulas(trace, part.name, i, ())
            for name in (*optimizer.slots, "theta"):
                kind = part.name if name == "theta" else f"{name}_{part.name}"
                symbol = Symbol(kind, i, new=True)
                key = f"new_{kind}{i}"
                vector = trace.updated if name == "theta" else trace.new_state[name]
                entry = entry_of(trace, part.name, i, name) if name in whole else None
                called = LETTERED.get(part.name, part.name)
                gradient = Symbol(gradient_symbol(trace, part.name), i)
                yield Step(
                    key=key,
                    phase="update",
                    layer=i,
                    title=f"the new {called}" if name == "theta" else f"the {called}'s {names[name]}",
                    symbol=symbol,
                    formula=whole.get(name, Call(type(optimizer).__name__, (Symbol(part.name, i), gradient))),
                    forms=() if entry is None else (entry,),
                    closed=entry,
                    values=values,
                    result=values.put(symbol, key, part.of(vector)),
                    remark="" if entry else f"{type(optimizer).__name__} has no formula for one parameter by itself.",
                )
        yield from statistics_steps.steps(trace, values, i)


def entry_of(trace: Trace, part: str, i: int, name: str) -> Entry:
    """The formula of one entry."""
    return lambda row, column: formulas(trace, part, i, (row, column))[name]


def put_given(trace: Trace, values: Values) -> None:
    """The numbers that the update starts from."""
    for name, value in hyperparameters(trace.optimizer).items():
        if isinstance(value, int | float):
            values.put(Symbol(name), "given", float(value))
    values.put(Symbol("t"), "given", float(trace.new_state["t"]))
    for slot in trace.optimizer.slots:
        for part in parts(trace.structure):
            name = f"{slot}_{part.name}"
            values.put(Symbol(name, part.layer), f"{name}{part.layer}", part.of(trace.state[slot]))
