"""Formulas in LaTeX, with amsmath."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chainrule.arrays import Array
from chainrule.explain.nodes import Node, Number, Symbol
from chainrule.explain.step import Step
from chainrule.explain.writer import Writer, digits, visible

__all__ = ["LatexWriter", "escaped", "lines_of", "numbers_of"]

FORMULAS, NUMBERS = 4, 8
"""Rows and columns of a matrix of formulas, and of one of numbers, that are shown."""

LETTERS = {
    "σ": r"\sigma",
    "δ": r"\delta",
    "η": r"\eta",
    "μ": r"\mu",
    "ρ": r"\rho",
    "ε": r"\epsilon",
    "λ": r"\lambda",
    "β": r"\beta",
    "α": r"\alpha",
    "ℓ": r"\ell",
    "γ": r"\gamma",
    "σ²": r"{\sigma^2}",
    "ψ": r"\psi",
    "Δ": r"\Delta",
    "Π": r"\Pi",
    "ã": r"\tilde{a}",
    "ḡ": r"\bar{g}",
    "‖g‖": r"\lVert g \rVert",
    "Φ": r"\Phi",
    "φ": r"\varphi",
    "ω": r"\omega",
    "ω′": r"\omega'",
    "ln": r"\ln",
    "ln cosh": r"\ln \cosh",
    "max": r"\max",
    "min": r"\min",
    "tanh": r"\tanh",
}
SIGNS = {"≥": r"\ge", "≤": r"\le", "⊙": r"\odot", "*": "*", "@": r"\mathbin{@}", "−": "-"}
SPECIAL = {
    **{character: "\\" + character for character in "#$%&_{}"},
    "<": "< ",  # with the blank it is no tag where Markdown is read as HTML
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
}


def escaped(text: str) -> str:
    r"""Words as LaTeX prints them.

    >>> escaped("50 % of my_data")
    '50 \\% of my\\_data'
    """
    return "".join(SPECIAL.get(character, character) for character in text)


class LatexWriter(Writer):
    """LaTeX's mathematical mode."""

    def number(self, node: Number) -> str:
        text = digits(node.value, self.precision)
        if "∞" in text:
            return text.replace("∞", r"\infty")
        if text == "NaN":
            return r"\mathrm{NaN}"
        mantissa, e, exponent = text.partition("e")
        if not e:
            return text
        return rf"{mantissa} \times 10^{{{int(exponent)}}}"

    def symbol(self, symbol: Symbol) -> str:
        letter = self.notation.letter(symbol)
        base = LETTERS.get(letter.base, letter.base)
        if base == letter.base and len(base) > 1:
            base = rf"\mathrm{{{escaped(base)}}}"
        base = rf"\hat{{{base}}}" if letter.hat else base
        layer = "" if symbol.layer is None else f"({symbol.layer})".replace("−", "-")
        above = layer + ("\\prime" if symbol.new else "")
        tag, entry = letter.tag, self.notation.joined(symbol)
        tag = (
            "-"
            if tag == "−"
            else ", ".join(LETTERS.get(p, p) if len(p) < 2 else rf"\mathrm{{{p}}}" for p in tag.split(","))
        )
        below = ", ".join(part for part in (tag, entry) if part)
        text = base + (f"^{{{above}}}" if above else "") + (f"_{{{below}}}" if below else "")
        if letter.of_loss:
            return rf"\frac{{\partial L}}{{\partial {text}}}"
        return f"d{text}" if letter.d else text

    def brackets(self, inner: str) -> str:
        return rf"\left({inner}\right)"

    def bars(self, inner: str) -> str:
        return rf"\left|{inner}\right|"

    def root(self, inner: str) -> str:
        return rf"\sqrt{{{inner}}}"

    def signed(self, terms: Sequence[tuple[str, str]]) -> str:
        (first_sign, first), *rest = terms
        text = first if first_sign == "+" else f"-{first}"
        return text + "".join(f" {SIGNS.get(sign, sign)} {term}" for sign, term in rest)

    def negative(self, inner: str) -> str:
        return f"-{inner}"

    def product(self, factors: Sequence[str], dotted: bool) -> str:
        return (r" \cdot " if dotted else r" \, ").join(factors)

    def infix(self, sign: str, parts: Sequence[str]) -> str:
        return (f" {SIGNS.get(sign, sign)} " if sign else r" \, ").join(parts)

    def transposed(self, inner: str) -> str:
        return f"{{{inner}}}^T" if self.notation.transposed[1] else rf"{inner}\mathrm{{.T}}"

    def fraction(self, top: str, bottom: str) -> str:
        return rf"\frac{{{top}}}{{{bottom}}}"

    def power(self, base: str, exponent: str) -> str:
        return f"{{{base}}}^{{{exponent}}}"

    def partial(self, of: str, by: str) -> str:
        return rf"\frac{{\partial {of}}}{{\partial {by}}}"

    def total(self, index: str, inner: str) -> str:
        return rf"\sum_{{{index}}} {inner}"

    def cases(self, condition: str, then: str, otherwise: str) -> str:
        return rf"\begin{{cases}} {then} & \text{{if }} {condition} \\ {otherwise} & \text{{otherwise}} \end{{cases}}"

    def function(self, name: str, index: str, arguments: Sequence[str]) -> str:
        name = LETTERS.get(name, name if len(name) == 1 else rf"\operatorname{{{escaped(name)}}}")
        return name + (f"_{{{index}}}" if index else "") + self.brackets(", ".join(arguments))

    def e(self) -> str:
        return "e"

    def dots(self) -> str:
        return r"\cdots"

    def matrix(self, rows: Sequence[Sequence[Node | None]]) -> str:
        """A matrix in square brackets; None is what is left out."""
        lines = []
        for row in rows:
            dots = r"\vdots" if all(cell is None for cell in row) else self.dots()
            lines.append(" & ".join([dots if cell is None else self.write(cell) for cell in row]))
        end_of_row = r" \\[6pt] " if any("frac" in line for line in lines) else r" \\ "
        return r"\begin{bmatrix} " + end_of_row.join(lines) + r" \end{bmatrix}"


def numbers_of(value: Array, writer: LatexWriter) -> str:
    """A matrix of numbers; one number without brackets."""
    rows, columns = value.shape
    if value.size == 1:
        return writer.write(Number(float(value[0, 0])))
    return writer.matrix(
        [
            [
                None if row is None or column is None else Number(float(value[row, column]))
                for column in visible(columns, NUMBERS)
            ]
            for row in visible(rows, NUMBERS)
        ]
    )


def lines_of(step: Step, writer: LatexWriter) -> list[str]:
    """What a tensor equals, line after line: in symbols, with numbers, and its value."""
    rows, columns = step.shape
    entries: list[Callable[[int, int], Node | None]] = [*step.forms]
    if step.closed is not None:
        entries.append(step.substituted)

    def matrix(entry: Callable[[int, int], Node | None]) -> str:
        if step.result.size == 1:
            only = entry(0, 0)
            return "" if only is None else writer.write(only)
        across, down = visible(columns, FORMULAS), visible(rows, FORMULAS)
        return writer.matrix(
            [[None if row is None or column is None else entry(row, column) for column in across] for row in down]
        )

    return list(dict.fromkeys([*map(matrix, entries), numbers_of(step.result, writer)]))
