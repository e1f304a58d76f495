"""Formulas in plain text: Unicode's raised and lowered digits, one line."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.explain.nodes import Number, Symbol
from chainrule.explain.writer import Writer, digits

__all__ = ["TextWriter", "lowered", "raised"]

LOWERED = dict(zip("0123456789ijknshm+-()", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₙₛₕₘ₊₋₍₎", strict=True))
RAISED = dict(zip("0123456789in+-−()Td", "⁰¹²³⁴⁵⁶⁷⁸⁹ⁱⁿ⁺⁻⁻⁽⁾ᵀᵈ", strict=True))

HATS = {"a": "â", "z": "ẑ"}


def lowered(text: str) -> str:
    """Text as an index: below the line where Unicode has that, else after an underscore.

    >>> lowered("12"), lowered("i,j"), lowered("w")
    ('₁₂', 'ᵢ,ⱼ', '_w')
    """
    if all(character in LOWERED or character == "," for character in text):
        return "".join(LOWERED.get(character, character) for character in text)
    return f"_{text}"


def raised(text: str) -> str:
    """Text above the line where Unicode has that, else after a ^.

    >>> raised("(2)"), raised("x + 1")
    ('⁽²⁾', '^(x + 1)')
    """
    if all(character in RAISED for character in text):
        return "".join(RAISED[character] for character in text)
    return f"^{text}" if text.isalnum() else f"^({text})"


class TextWriter(Writer):
    """Plain text."""

    stacked = False

    def number(self, node: Number) -> str:
        return self.rounded(node.value)

    def rounded(self, value: float) -> str:
        """A number, its sign a minus."""
        text = digits(value, self.precision)
        return "−" + text[1:] if text[0] == "-" else text

    def symbol(self, symbol: Symbol) -> str:
        letter = self.notation.letter(symbol)
        base = HATS.get(letter.base, letter.base) if letter.hat else letter.base
        prefix = "∂L/∂" if letter.of_loss else "d" if letter.d else ""
        layer = "" if symbol.layer is None else raised(f"({symbol.layer})")
        tag = lowered(letter.tag) if letter.tag else ""
        entry = self.notation.joined(symbol)
        return f"{prefix}{base}{'′' if symbol.new else ''}{tag}{layer}{lowered(entry) if entry else ''}"

    def brackets(self, inner: str) -> str:
        return f"({inner})"

    def bars(self, inner: str) -> str:
        return f"|{inner}|"

    def root(self, inner: str) -> str:
        return f"√({inner})"

    def signed(self, terms: Sequence[tuple[str, str]]) -> str:
        (first_sign, first), *rest = terms
        text = first if first_sign == "+" else f"−{first}"
        return text + "".join(f" {sign} {term}" for sign, term in rest)

    def negative(self, inner: str) -> str:
        return f"−{inner}"

    def product(self, factors: Sequence[str], dotted: bool) -> str:
        return (" · " if dotted else " ").join(factors)

    def infix(self, sign: str, parts: Sequence[str]) -> str:
        return (f" {sign} " if sign else " ").join(parts)

    def transposed(self, inner: str) -> str:
        return inner + (raised("T") if self.notation.transposed[1] else self.notation.transposed[0])

    def fraction(self, top: str, bottom: str) -> str:
        return f"{top} / {bottom}"

    def power(self, base: str, exponent: str) -> str:
        return base + raised(exponent)

    def partial(self, of: str, by: str) -> str:
        return f"∂{of}/∂{by}"

    def total(self, index: str, inner: str) -> str:
        return f"Σ{lowered(index)} {inner}"

    def cases(self, condition: str, then: str, otherwise: str) -> str:
        return f"({then} if {condition}, else {otherwise})"

    def function(self, name: str, index: str, arguments: Sequence[str]) -> str:
        return f"{name}{lowered(index) if index else ''}({', '.join(arguments)})"

    def e(self) -> str:
        return "e"

    def dots(self) -> str:
        return "…"
