"""The chain rule through an activation: from ∂L/∂a to ∂L/∂z, in partial derivatives and as it is computed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import starmap
from typing import Any

from chainrule.explain.forward_steps import slope_symbol
from chainrule.explain.nodes import (
    Add,
    Call,
    Cases,
    Compare,
    Index,
    Multiply,
    Node,
    Number,
    Partial,
    Symbol,
    children,
)
from chainrule.explain.passage import GRADIENTS, entering
from chainrule.explain.recorded import Place, has_reduction, parts_with_names, written
from chainrule.explain.step import Equation
from chainrule.explain.trace import Trace
from chainrule.formulas.activations import Activation
from chainrule.formulas.expression import Expression

__all__ = ["explained", "matrix_places", "places", "recorded_backward", "through"]


def recorded_backward(activation: Activation) -> Any:
    """The chain rule through an activation, recorded: ∂L/∂z from grad_a, z, a and what the activation learns."""
    return activation.backward(*map(Expression.symbol, ("grad_a", "z", "a", *activation.trained)))


def places(trace: Trace, i: int, row: Index) -> dict[str, Place]:
    """Where the recorded symbols of layer i's chain rule stand."""
    layer = trace.structure.layers[i - 1]
    enters = entering(layer)
    return {
        "grad_a": lambda unit: Symbol("grad_a", i, (row, unit)),
        "z": lambda unit: Symbol(enters, i, (row, unit)),
        "a": lambda unit: Symbol("a", i, (row, unit)),
        "y": lambda unit: Symbol("y", None, (row, unit)),
        "alpha": lambda unit: slope_symbol(layer, i, unit),
    }


def matrix_places(i: Index, enters: str = "z") -> dict[str, Place]:
    """The same for whole matrices."""
    return {
        "grad_a": lambda unit: Symbol("grad_a", i),
        "z": lambda unit: Symbol(enters, i),
        "a": lambda unit: Symbol("a", i),
        "y": lambda unit: Symbol("y"),
        "alpha": lambda unit: Symbol("alpha", i),
    }


def through(trace: Trace, i: int) -> dict[str, Any]:
    """What a Step says of ∂L by what enters the activation: in partial derivatives, closed, and in matrices."""
    layer = trace.structure.layers[i - 1]
    enters = entering(layer)
    recorded = recorded_backward(layer.activation)
    coupled = has_reduction(recorded)

    def partial(row: int, column: int) -> Node:
        z = Symbol(enters, i, (row, column))
        units = range(layer.fan_out) if coupled else (column,)
        links = [Multiply((Symbol("grad_a", i, (row, k)), Partial(Symbol("a", i, (row, k)), z))) for k in units]
        return Add(tuple(links)) if len(links) > 1 else links[0]

    def closed(row: int, column: int) -> Node:
        return written(recorded, places(trace, i, row), column, layer.fan_out)

    whole = matrix_places(i, enters)
    formula = written(recorded, places(trace, i, "i"), "j") if coupled else written(recorded, whole, matrices=True)
    return {
        "left": Symbol(GRADIENTS[enters], i, ("i", "j")) if coupled else None,
        "formula": formula,
        "forms": (partial, closed),
        "closed": closed,
        "notes": explained(formula, recorded),
    }


def explained(formula: Node, recorded: Any) -> tuple[Equation, ...]:
    """What the letters in a formula stand for."""
    return (*dict.fromkeys(unit_steps(formula)), *starmap(Equation, parts_with_names(recorded)))


def unit_steps(formula: Node) -> Iterator[Equation]:
    """What H means, where it occurs."""
    if isinstance(formula, Call) and formula.function == "H":
        x = Symbol("x")
        yield Equation(Call("H", (x,)), Cases(Compare(x, ">", Number(0.0)), Number(1.0), Number(0.0)))
        return
    for part in children(formula):
        yield from unit_steps(part)
