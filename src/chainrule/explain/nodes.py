"""A formula as it is written down: a small tree that each format prints in its own way.

The leaves are symbols, such as the entry w₁₂ of layer 1's weight, and numbers. A number knows the tensor that it was
taken from, and keeps every digit: it is rounded by who prints it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

__all__ = [
    "Add",
    "Call",
    "Cases",
    "Compare",
    "Divide",
    "Elementwise",
    "Index",
    "MatMul",
    "Multiply",
    "Negative",
    "Node",
    "Number",
    "Partial",
    "Power",
    "Symbol",
    "Total",
    "Transpose",
    "children",
    "substituted",
]

Index: TypeAlias = int | str
"""A place in a matrix: counted from 0, or a letter that stands for any."""


@dataclass(frozen=True)
class Number:
    """A value, and where on the page it was computed: the tensor's key, row and column."""

    value: float
    source: tuple[str, int, int] | None = None


@dataclass(frozen=True)
class Symbol:
    """A quantity, whole or one entry of it. What it looks like is the notation's affair."""

    kind: str
    layer: Index | None = None
    entry: tuple[Index, ...] = ()
    new: bool = False
    """Whether it is the value after the update."""


@dataclass(frozen=True)
class Add:
    """A sum; a term that is Negative is subtracted."""

    terms: tuple[Node, ...]


@dataclass(frozen=True)
class Negative:
    """−x."""

    of: Node


@dataclass(frozen=True)
class Multiply:
    """A product of numbers."""

    factors: tuple[Node, ...]


@dataclass(frozen=True)
class Elementwise:
    """A product of matrices, entry by entry."""

    factors: tuple[Node, ...]


@dataclass(frozen=True)
class MatMul:
    """A product of matrices."""

    left: Node
    right: Node


@dataclass(frozen=True)
class Transpose:
    """A matrix with rows for columns."""

    of: Node


@dataclass(frozen=True)
class Divide:
    """A quotient."""

    top: Node
    bottom: Node


@dataclass(frozen=True)
class Power:
    """A power."""

    base: Node
    exponent: Node


@dataclass(frozen=True)
class Call:
    """A function by its name: "σ", "ln", "max|k" with an index, "abs"; "exp" prints as a power of e."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Compare:
    """A condition: left, a sign such as ">", right."""

    left: Node
    sign: str
    right: Node


@dataclass(frozen=True)
class Cases:
    """One value where a condition holds, and another elsewhere."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True)
class Partial:
    """∂of/∂by."""

    of: Node
    by: Node


@dataclass(frozen=True)
class Total:
    """A sum over an index that takes every value."""

    index: str
    of: Node


Node: TypeAlias = (
    Number
    | Symbol
    | Add
    | Negative
    | Multiply
    | Elementwise
    | MatMul
    | Transpose
    | Divide
    | Power
    | Call
    | Compare
    | Cases
    | Partial
    | Total
)


def children(node: Node) -> tuple[Node, ...]:
    """The parts that a node is made of."""
    parts: list[Node] = []
    for value in vars(node).values():
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, NODES):
                parts.append(part)
    return tuple(parts)


NODES = (
    *(Number, Symbol, Add, Negative, Multiply, Elementwise, MatMul, Transpose),
    *(Divide, Power, Call, Compare, Cases, Partial, Total),
)


def substituted(node: Node, number: Callable[[Symbol], Node]) -> Node:
    """The formula with a number in place of every symbol.

    The largest of a layer's units, which a softmax subtracts first, becomes the one that it is.

    >>> substituted(Add((Symbol("t"), Number(1.0))), lambda symbol: Number(2.0))
    Add(terms=(Number(value=2.0, source=None), Number(value=1.0, source=None)))
    """
    if isinstance(node, Symbol):
        return number(node)
    if isinstance(node, Number):
        return node

    def made(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(made, value))
        return substituted(value, number) if isinstance(value, NODES) else value

    parts = {name: made(value) for name, value in vars(node).items()}
    if isinstance(node, Call) and node.function == "largest":
        return max((part for part in parts["arguments"] if isinstance(part, Number)), key=lambda part: part.value)
    return type(node)(**parts)
