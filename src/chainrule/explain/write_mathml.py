"""Formulas in MathML, which browsers show without a script. Every number has all its digits as its title."""

from __future__ import annotations

from collections.abc import Container, Sequence

from markupsafe import escape

from chainrule.explain.nodes import Node, Number, Symbol
from chainrule.explain.notation import Notation
from chainrule.explain.writer import Writer, digits

__all__ = ["MathmlWriter"]


def mo(sign: str, options: str = "") -> str:
    return f"<mo{options}>{escape(sign)}</mo>"


def mi(name: str) -> str:
    return f"<mi>{escape(name)}</mi>"


def mrow(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


class MathmlWriter(Writer):
    """MathML.

    Args:
        notation: the letters.
        precision: significant digits of numbers.
        anchors: the names on the page that a number can lead to: "key" of a tensor, "key-row-column" of an entry.
    """

    def __init__(self, notation: Notation, precision: int, anchors: Container[str] = ()) -> None:
        super().__init__(notation, precision)
        self.anchors = anchors

    def number(self, node: Number) -> str:
        shown, title = self.rounded(node.value), f' title="{node.value!r}"'
        if node.source is not None:
            key, row, column = node.source
            for anchor in (f"{key}-{row + 1}-{column + 1}", key):
                if anchor in self.anchors:
                    return f'<mn><a href="#{anchor}"{title}>{shown}</a></mn>'
        return f"<mn{title}>{shown}</mn>" if len(shown) > 3 else f"<mn>{shown}</mn>"

    def rounded(self, value: float) -> str:
        """A number as a person writes it."""
        text = digits(value, self.precision)
        mantissa, e, exponent = text.partition("e")
        if e:
            raised = "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(d)] if d.isdigit() else "⁻" for d in str(int(exponent)))
            text = f"{mantissa}·10{raised}"
        return text.replace("-", "−")

    def cell(self, value: float, anchor: str = "") -> str:
        """An entry of a result, where links to it lead."""
        named = f' id="{anchor}"' if anchor else ""
        return f'<mn{named}><span title="{value!r}">{self.rounded(value)}</span></mn>'

    def symbol(self, symbol: Symbol) -> str:
        letter = self.notation.letter(symbol)
        base = mi(letter.base)
        if letter.hat:
            base = f'<mover accent="true">{base}<mo stretchy="false">^</mo></mover>'
        above = "" if symbol.layer is None else f"({symbol.layer})"
        above += "′" if symbol.new else ""
        below = ",".join(part for part in (letter.tag, self.notation.joined(symbol)) if part)
        up, down = (f"<mtext>{escape(part)}</mtext>" for part in (above, below))
        if above and below:
            base = f"<msubsup>{base}{down}{up}</msubsup>"
        elif above:
            base = f"<msup>{base}{up}</msup>"
        elif below:
            base = f"<msub>{base}{down}</msub>"
        if letter.of_loss:
            return self.partial(mi("L"), base)
        return mrow(mi("d"), base) if letter.d else base

    def brackets(self, inner: str) -> str:
        return mrow(mo("("), inner, mo(")"))

    def bars(self, inner: str) -> str:
        return mrow(mo("|"), inner, mo("|"))

    def root(self, inner: str) -> str:
        return f"<msqrt>{inner}</msqrt>"

    def signed(self, terms: Sequence[tuple[str, str]]) -> str:
        (first_sign, first), *rest = terms
        head = first if first_sign == "+" else mo("−", ' form="prefix"') + first
        return mrow(head, *(mo(sign) + term for sign, term in rest))

    def negative(self, inner: str) -> str:
        return mrow(mo("−", ' form="prefix"'), inner)

    def product(self, factors: Sequence[str], dotted: bool) -> str:
        between = mo("·") if dotted else '<mspace width="0.17em"/>'
        return mrow(between.join(factors))

    def infix(self, sign: str, parts: Sequence[str]) -> str:
        return mrow((mo(sign, ' lspace="0.3em" rspace="0.3em"') if sign else '<mspace width="0.2em"/>').join(parts))

    def transposed(self, inner: str) -> str:
        sign, above = self.notation.transposed
        return f"<msup>{inner}{mi(sign)}</msup>" if above else mrow(inner, f"<mtext>{sign}</mtext>")

    def fraction(self, top: str, bottom: str) -> str:
        return f"<mfrac>{mrow(top)}{mrow(bottom)}</mfrac>"

    def power(self, base: str, exponent: str) -> str:
        return f"<msup>{mrow(base)}{mrow(exponent)}</msup>"

    def partial(self, of: str, by: str) -> str:
        return f"<mfrac>{mrow(mo('∂'), of)}{mrow(mo('∂'), by)}</mfrac>"

    def total(self, index: str, inner: str) -> str:
        return mrow(f"<munder>{mo('∑')}{mi(index)}</munder>", inner)

    def cases(self, condition: str, then: str, otherwise: str) -> str:
        rows = ((then, mrow("<mtext>if </mtext>", condition)), (otherwise, "<mtext>otherwise</mtext>"))
        table = "".join(f"<mtr><mtd>{value}</mtd><mtd>{when}</mtd></mtr>" for value, when in rows)
        return f'<mtable class="cases">{table}</mtable>'

    def function(self, name: str, index: str, arguments: Sequence[str]) -> str:
        called = mi(name) if not index else f"<msub>{mi(name)}{mi(index)}</msub>"
        return mrow(called, self.brackets(mo(",").join(arguments)))

    def e(self) -> str:
        return mi("e")

    def dots(self) -> str:
        return mo("⋯")

    def matrix(self, rows: Sequence[Sequence[Node | str | None]]) -> str:
        """A matrix in square brackets, of formulas or of cells that are written already; None is what is left out."""
        lines = []
        for row in rows:
            dots = mo("⋮") if all(cell is None for cell in row) else self.dots()
            cells = [dots if cell is None else cell if isinstance(cell, str) else self.write(cell) for cell in row]
            lines.append("<mtr>" + "".join([f"<mtd>{cell}</mtd>" for cell in cells]) + "</mtr>")
        kind = "matrix" if isinstance(rows[0][0], str) else "matrix formulas"
        return f'<mtable class="{kind}">{"".join(lines)}</mtable>'
