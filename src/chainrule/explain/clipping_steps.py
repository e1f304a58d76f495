"""Clipping, step by step: each component of the gradient brought between −c and c, then the norm of all to c."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from chainrule.arrays import Array
from chainrule.explain.nodes import Add, Call, Cases, Compare, Divide, Multiply, Negative, Node, Number, Power, Symbol
from chainrule.explain.parts import Part, parts
from chainrule.explain.step import Step, Values
from chainrule.explain.trace import Trace
from chainrule.formulas.optimizers import Optimizer

__all__ = ["clips", "gradient_symbol", "steps"]


def clips(optimizer: Optimizer) -> bool:
    """Whether the rule is given another gradient than the loss's."""
    return optimizer.clip_value is not None or optimizer.clip_norm is not None


def gradient_symbol(trace: Trace, part: str) -> str:
    """What the gradient that the rule is given is called: ∂L by the part, or what penalty and clipping make of it."""
    return f"clipped_{part}" if clips(trace.optimizer) else penalized(trace, part)


def penalized(trace: Trace, part: str) -> str:
    """What the gradient is called before it is clipped."""
    return "penalized_weight" if part == "weight" and trace.regularization.penalizes else f"grad_{part}"


def steps(trace: Trace, values: Values) -> Iterator[Step]:
    """What clipping makes of the gradient, part by part; nothing where the optimizer does not clip."""
    optimizer = trace.optimizer
    before = {part.name: penalized(trace, part.name) for part in parts(trace.structure)}
    if optimizer.clip_value is not None:
        values.put(Symbol("clip_value"), "given", float(optimizer.clip_value))
        cut = np.clip(trace.penalized, -float(optimizer.clip_value), float(optimizer.clip_value))
        after = "cut" if optimizer.clip_norm is not None else "clipped"
        for part in parts(trace.structure):
            yield limited(part, values, before[part.name], after, cut)
        before = {name: f"{after}_{name}" for name in before}
    if optimizer.clip_norm is not None:
        values.put(Symbol("clip_norm"), "given", float(optimizer.clip_norm))
        yield norm(trace, values, before)
        for part in parts(trace.structure):
            yield scaled(part, values, before[part.name], optimizer.clipped(trace.penalized))


def limited(part: Part, values: Values, before: str, after: str, cut: Array) -> Step:
    """Every component between −c and c."""
    symbol, c = Symbol(f"{after}_{part.name}", part.layer), Symbol("clip_value")

    def closed(row: int, column: int) -> Node:
        return Call("max", (Call("min", (Symbol(before, part.layer, (row, column)), c)), Negative(c)))

    return Step(
        key=f"{symbol.kind}{part.layer}",
        phase="update",
        layer=part.layer,
        title=f"the {part.name}'s gradient, each component clipped",
        symbol=symbol,
        formula=Call("max", (Call("min", (Symbol(before, part.layer), c)), Negative(c))),
        forms=(closed,),
        closed=closed,
        values=values,
        result=values.put(symbol, f"{symbol.kind}{part.layer}", part.of(cut)),
    )


def norm(trace: Trace, values: Values, before: Mapping[str, str]) -> Step:
    """The Euclidean norm of the gradient in all parameters."""
    learned = list(parts(trace.structure))

    def closed(row: int, column: int) -> Node:
        squares: list[Node] = []
        for part in learned:
            rows, columns = (1, *part.shape)[-2:]
            for entry in np.ndindex(rows, columns):
                squares.append(Power(Symbol(before[part.name], part.layer, entry), Number(2.0)))
        return Call("sqrt", (Add(tuple(squares)),))

    gradient = trace.penalized
    if trace.optimizer.clip_value is not None:
        gradient = np.clip(gradient, -float(trace.optimizer.clip_value), float(trace.optimizer.clip_value))
    symbol = Symbol("norm")
    return Step(
        key="norm",
        phase="update",
        layer=0,
        title="the norm of the gradient in all parameters",
        symbol=symbol,
        formula=closed(0, 0),
        forms=(closed,),
        closed=closed,
        values=values,
        result=values.put(symbol, "norm", float(np.linalg.norm(gradient.astype(np.float64)))),
    )


def scaled(part: Part, values: Values, before: str, clipped: Array) -> Step:
    """The gradient, shortened to the norm c where it is longer."""
    symbol, c, size = Symbol(f"clipped_{part.name}", part.layer), Symbol("clip_norm"), Symbol("norm")

    def formula(gradient: Symbol) -> Node:
        return Cases(Compare(size, ">", c), Multiply((gradient, Divide(c, size))), gradient)

    def closed(row: int, column: int) -> Node:
        return formula(Symbol(before, part.layer, (row, column)))

    return Step(
        key=f"{symbol.kind}{part.layer}",
        phase="update",
        layer=part.layer,
        title=f"the {part.name}'s gradient, its norm clipped",
        symbol=symbol,
        formula=formula(Symbol(before, part.layer)),
        forms=(closed,),
        closed=closed,
        values=values,
        result=values.put(symbol, f"{symbol.kind}{part.layer}", part.of(clipped)),
    )
