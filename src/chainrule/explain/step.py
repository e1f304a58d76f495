"""One step of a derivation: a tensor, the formula that gives it, and its value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from chainrule.arrays import Array
from chainrule.explain.nodes import Node, Number, Symbol, substituted

__all__ = ["Entry", "Equation", "Step", "Values"]

Entry: TypeAlias = Callable[[int, int], Node]
"""The formula of the entry in a row and a column."""


@dataclass(frozen=True)
class Equation:
    """One side equals the other."""

    left: Node
    right: Node
    note: str = ""


class Values:
    """Every number that a formula may contain, by the symbol that stands for it."""

    def __init__(self) -> None:
        self.tensors: dict[tuple[str, Any, bool], tuple[str, Array]] = {}

    def put(self, symbol: Symbol, key: str, value: Any) -> Array:
        """Keep a tensor, as a matrix, under its symbol; key names it on the page. Returns the matrix."""
        matrix: Array = np.atleast_2d(value)
        self.tensors[symbol.kind, symbol.layer, symbol.new] = key, matrix
        return matrix

    def number(self, symbol: Symbol) -> Number:
        """The number of an entry, or of a symbol that is a single number."""
        key, matrix = self.tensors[symbol.kind, symbol.layer, symbol.new]
        row, column = symbol.entry or (0, 0)
        assert isinstance(row, int)
        assert isinstance(column, int)
        return Number(float(matrix[row, column]), (key, row, column))


@dataclass(frozen=True)
class Step:
    """One tensor of the derivation.

    Attributes:
        key: its name on the page, such as "grad_weight2": unique.
        phase: "forward", "loss", "backward" or "update".
        layer: the layer it belongs to, counted from 1; 0 for the input.
        title: what it is, in words.
        symbol: the tensor.
        formula: the whole of it in matrices; or an entry of it, which `left` names then.
        forms: an entry in symbols, each form a step further along the chain of equalities.
        closed: the form of an entry into which numbers are put.
        values: the numbers.
        result: the tensor as it was computed, as a matrix.
        left: the left side of the formula, where that is not the symbol.
        notes: equations that explain the formula.
        remark: a sentence that explains it.
    """

    key: str
    phase: str
    layer: int
    title: str
    symbol: Symbol
    formula: Node
    forms: tuple[Entry, ...]
    closed: Entry | None
    values: Values = field(repr=False)
    result: Array
    left: Symbol | None = None
    notes: tuple[Equation, ...] = ()
    remark: str = ""

    @property
    def equation(self) -> Equation:
        """The formula with its left side."""
        return Equation(self.left or self.symbol, self.formula)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the result."""
        rows, columns = self.result.shape
        return rows, columns

    def substituted(self, row: int, column: int) -> Node | None:
        """The formula of an entry with numbers in place of symbols; None where there is no formula of an entry."""
        return None if self.closed is None else substituted(self.closed(row, column), self.values.number)

    def symbol_of(self, row: int, column: int) -> Symbol:
        """The symbol of an entry."""
        entry = () if self.symbol.kind in ("loss", "penalty", "objective", "norm") else (row, column)
        return Symbol(self.symbol.kind, self.symbol.layer, entry, self.symbol.new)

    def to_json(self) -> Mapping[str, Any]:
        """What the step is besides its formulas, as plain values."""
        return {
            "key": self.key,
            "phase": self.phase,
            "layer": self.layer,
            "title": self.title,
            "shape": list(self.shape),
            "result": self.result.tolist(),
        }
