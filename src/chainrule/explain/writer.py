"""How a formula is written down, whatever the format: order, brackets, and what is left out of a long sum."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

from chainrule.explain.nodes import (
    Add,
    Call,
    Cases,
    Compare,
    Divide,
    Elementwise,
    MatMul,
    Multiply,
    Negative,
    Node,
    Number,
    Partial,
    Power,
    Symbol,
    Total,
    Transpose,
    children,
)
from chainrule.explain.notation import Notation

__all__ = ["Writer", "digits", "visible"]

ANYTHING, SUM, QUOTIENT, PRODUCT, POWER, ATOM = 0, 1, 2, 3, 4, 5
"""How tightly a piece of a formula holds together; a looser piece inside a tighter one gets brackets."""
LONGEST = 6
"""Terms of a sum that are all written; of a longer one the first three and the last."""


def visible(size: int, most: int) -> list[int | None]:
    """Which of so many rows or columns are shown: all, or the first ones, None for a gap, and the last.

    >>> visible(3, 4), visible(64, 4)
    ([0, 1, 2], [0, 1, None, 63])
    """
    if size <= most:
        return list(range(size))
    return [*range(most - 2), None, size - 1]


def digits(value: float, precision: int) -> str:
    """A number to so many significant digits.

    >>> digits(0.5, 4), digits(1 / 3, 4), digits(-0.0, 4), digits(1e-9 / 3, 4), digits(math.nan, 4)
    ('0.5', '0.3333', '0', '3.333e-10', 'NaN')
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return "0" if value == 0 else f"{value:.{precision}g}"


def has_number(node: Node) -> bool:
    """Whether a computed number, not only one of the formula's own, is in the formula."""
    return (isinstance(node, Number) and node.source is not None) or any(map(has_number, children(node)))


class Writer(ABC):
    """Writes formulas in one format: a subclass says what each construct looks like there.

    Args:
        notation: the letters.
        precision: significant digits of numbers.
    """

    stacked = True
    """Whether a fraction has its own line, so that it needs no brackets."""

    def __init__(self, notation: Notation, precision: int) -> None:
        self.notation, self.precision = notation, precision

    def write(self, node: Node, least: int = ANYTHING) -> str:
        """The formula; in brackets if it holds together less tightly than asked for."""
        text, binding = self.form(node)
        return self.brackets(text) if binding < least else text

    def form(self, node: Node) -> tuple[str, int]:
        """The formula, and how tightly it holds together."""
        match node:
            case Number(value=value):
                return self.number(node), ATOM if value >= 0 or math.isnan(value) else SUM
            case Symbol():
                return self.symbol(node), ATOM
            case Add(terms=terms):
                return self.sum(terms), SUM
            case Negative(of=of):
                return self.negative(self.write(of, QUOTIENT)), SUM
            case Multiply(factors=factors):
                dotted = any(map(has_number, factors))
                return self.product([self.write(factor, POWER) for factor in factors], dotted), PRODUCT
            case Elementwise(factors=factors):
                return self.infix(self.notation.elementwise, [self.write(part, POWER) for part in factors]), PRODUCT
            case MatMul(left=left, right=right):
                return self.infix(self.notation.matmul, [self.write(left, POWER), self.write(right, POWER)]), PRODUCT
            case Transpose(of=of):
                return self.transposed(self.write(of, ATOM)), ATOM
            case Divide(top=top, bottom=bottom):
                if self.stacked:
                    return self.fraction(self.write(top), self.write(bottom)), ATOM
                return self.fraction(self.write(top, PRODUCT), self.write(bottom, POWER)), QUOTIENT
            case Power(base=base, exponent=exponent):
                return self.power(self.write(base, ATOM), self.write(exponent)), POWER
            case Partial(of=of, by=by):
                return self.partial(self.write(of), self.write(by)), ATOM
            case Total(index=index, of=of):
                return self.total(index, self.write(of, QUOTIENT)), QUOTIENT
            case Compare(left=left, sign=sign, right=right):
                return self.infix(sign, [self.write(left, SUM), self.write(right, SUM)]), ANYTHING
            case Cases(condition=condition, then=then, otherwise=otherwise):
                return self.cases(self.write(condition), self.write(then), self.write(otherwise)), ATOM
            case Call():
                return self.call(node)

    def sum(self, terms: Sequence[Node]) -> str:
        """Terms with their signs; a long sum is shortened."""
        written: list[tuple[str, str]] = []
        shown: list[int | None] = list(range(len(terms)))
        if len(terms) > LONGEST:
            last = 2 if isinstance(terms[-1], Symbol | Number) and isinstance(terms[0], Multiply) else 1
            shown = [0, 1, 2, None, *range(len(terms) - last, len(terms))]  # a bias keeps the product before it
        for at in shown:
            if at is None:
                written.append(("+", self.dots()))
                continue
            term = terms[at]
            if isinstance(term, Negative):
                written.append(("−", self.write(term.of, QUOTIENT)))
            else:
                written.append(("+", self.write(term, QUOTIENT if written else SUM)))
        return self.signed(written)

    def call(self, node: Call) -> tuple[str, int]:
        """A function of its arguments."""
        name, _, index = node.function.partition("|")
        if name == "exp":
            return self.power(self.e(), self.write(node.arguments[0])), POWER
        if name == "abs":
            return self.bars(self.write(node.arguments[0])), ATOM
        if name == "sqrt":
            return self.root(self.write(node.arguments[0])), ATOM
        arguments = node.arguments[:1] if name == "H" else node.arguments
        shown = visible(len(arguments), LONGEST)
        written = [self.dots() if at is None else self.write(arguments[at]) for at in shown]
        return self.function("max" if name == "largest" else name, index, written), ATOM

    @abstractmethod
    def number(self, node: Number) -> str:
        """A number, rounded to the precision."""

    @abstractmethod
    def symbol(self, symbol: Symbol) -> str:
        """A quantity."""

    @abstractmethod
    def brackets(self, inner: str) -> str:
        """(inner)."""

    @abstractmethod
    def bars(self, inner: str) -> str:
        """|inner|."""

    @abstractmethod
    def root(self, inner: str) -> str:
        """√inner."""

    @abstractmethod
    def signed(self, terms: Sequence[tuple[str, str]]) -> str:
        """Terms, each after its sign; the first one's + is left out."""

    @abstractmethod
    def negative(self, inner: str) -> str:
        """−inner."""

    @abstractmethod
    def product(self, factors: Sequence[str], dotted: bool) -> str:
        """Factors side by side, or with dots between."""

    @abstractmethod
    def infix(self, sign: str, parts: Sequence[str]) -> str:
        """Parts with a sign between."""

    @abstractmethod
    def transposed(self, inner: str) -> str:
        """The transposed matrix."""

    @abstractmethod
    def fraction(self, top: str, bottom: str) -> str:
        """The quotient."""

    @abstractmethod
    def power(self, base: str, exponent: str) -> str:
        """The power."""

    @abstractmethod
    def partial(self, of: str, by: str) -> str:
        """∂of/∂by."""

    @abstractmethod
    def total(self, index: str, inner: str) -> str:
        """The sum over an index."""

    @abstractmethod
    def cases(self, condition: str, then: str, otherwise: str) -> str:
        """Two cases."""

    @abstractmethod
    def function(self, name: str, index: str, arguments: Sequence[str]) -> str:
        """name(arguments), perhaps with an index to the name."""

    @abstractmethod
    def e(self) -> str:
        """Euler's number."""

    @abstractmethod
    def dots(self) -> str:
        """What stands for what is left out."""
