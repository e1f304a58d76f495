"""The derivation as a LaTeX document: amsmath, and graphicx to fit wide formulas to the line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chainrule.explain.document import (
    Block,
    Drawing,
    Equations,
    Paragraph,
    Section,
    Symbols,
    Table,
    Tensor,
    document,
    title,
)
from chainrule.explain.forward_steps import function_name
from chainrule.explain.nodes import Call, Node, Symbol
from chainrule.explain.passage import entering
from chainrule.explain.step import Step
from chainrule.explain.write_latex import LatexWriter, escaped, lines_of, numbers_of
from chainrule.explain.writer import digits

if TYPE_CHECKING:
    from chainrule.explain.derivation import Derivation

__all__ = ["render"]

PREAMBLE = r"""\documentclass[a4paper]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage{amsmath, amssymb, graphicx}
\usepackage[margin=2cm]{geometry}
\setlength{\parindent}{0pt}
\setlength{\parskip}{.5\baselineskip}
\newsavebox{\widebox}
% A formula wider than the line is made smaller.
\newcommand{\fit}[1]{\par\sbox{\widebox}{$\displaystyle #1$}%
  \ifdim\wd\widebox>\linewidth\resizebox{\linewidth}{!}{\usebox{\widebox}}\else\usebox{\widebox}\fi\par}
"""
WORDS = {
    "∂": r"$\partial$",
    "ᵢ": "$_i$",
    "₋": "$_-$",
    "₁": "$_1$",
    "–": "--",
    "✓": r"$\checkmark$",
    "✗": r"$\times$",
    "−": "$-$",
    "σ": r"$\sigma$",
    "∞": r"$\infty$",
    "…": r"\dots{}",
    "²": "$^2$",
    "μ": r"$\mu$",
    "ẑ": r"$\hat{z}$",
    "γ": r"$\gamma$",
    "β": r"$\beta$",
    "α": r"$\alpha$",
    "ε": r"$\epsilon$",
    "’": "'",
}


def words(text: str) -> str:
    r"""Plain words as LaTeX prints them, signs included.

    >>> words("∂L by 50 %")
    '$\\partial$L by 50 \\%'
    """
    return "".join(WORDS.get(character, escaped(character)) for character in text)


def render(derivation: Derivation) -> str:
    """The whole document."""
    writer = LatexWriter(derivation.notation, derivation.precision)
    lines = [PREAMBLE + rf"\title{{{words(title(derivation))}}}", r"\date{}", r"\begin{document}", r"\maketitle"]
    lines.append(r"\tableofcontents")
    for block in document(derivation):
        lines += blocks(block, writer, derivation)
    return "\n".join([*lines, r"\end{document}", ""])


def blocks(block: Block, writer: LatexWriter, derivation: Derivation) -> Iterator[str]:
    """The lines of one block."""
    match block:
        case Section(title=title, small=small):
            yield rf"\{'subsection*' if small else 'section'}{{{words(title)}}}"
        case Paragraph(text=text):
            yield words(text) + r"\par"
        case Drawing():
            yield fitted(drawing(derivation, writer))
        case Symbols(rows=rows):
            cells = [
                rf"${writer.write(symbol)}$ & {words(what)} & {words(shape)} \\[2pt]" for symbol, what, shape in rows
            ]
            yield "\n".join([r"\begin{tabular}{lll}", *cells, r"\end{tabular}\par"])
        case Tensor(symbol=symbol, value=value):
            yield fitted(f"{writer.write(symbol)} = {numbers_of(value, writer)}")
        case Equations(equations=equations):
            for each in equations:
                note = rf" \quad \text{{({words(each.note)})}}" if each.note else ""
                yield fitted(f"{writer.write(each.left)} = {writer.write(each.right)}{note}")
        case Table(head=head, rows=rows):
            yield from table(head, rows, writer)
        case Step():
            yield from step_lines(block, writer)


def fitted(formula: str) -> str:
    return rf"\fit{{{formula}}}"


def drawing(derivation: Derivation, writer: LatexWriter) -> str:
    """Layer after layer, with the parameters on the arrows."""
    structure = derivation.trace.structure
    parts = [rf"\boxed{{{structure.sizes[0]}}}"]
    for i, layer in enumerate(structure.layers, start=1):
        f: Node = Call(function_name(layer.activation), (Symbol(entering(layer), i),))
        parameters = f"{writer.write(Symbol('weight', i))},\\, {writer.write(Symbol('bias', i))}"
        parts.append(rf"\xrightarrow{{{parameters}}} \boxed{{{layer.fan_out}:\ {writer.write(f)}}}")
    return " ".join(parts)


def step_lines(step: Step, writer: LatexWriter) -> Iterator[str]:
    """A step: its formula, matrices of symbols, the same with numbers, the result."""
    rows, columns = step.shape
    yield rf"\textbf{{{words(step.title[0].upper() + step.title[1:])}}} \hfill ({rows}, {columns})\nopagebreak"
    yield fitted(f"{writer.write(step.equation.left)} = {writer.write(step.formula)}")
    for note in step.notes:
        yield fitted(rf"\text{{where }} {writer.write(note.left)} = {writer.write(note.right)}")
        if note.note:
            yield f"({words(note.note)})" + r"\par"
    if step.remark:
        yield words(step.remark) + r"\par"
    first, *rest = lines_of(step, writer)
    yield fitted(f"{writer.write(step.symbol)} = {first}")
    for line in rest:
        yield fitted(rf"\qquad = {line}")


def table(
    head: tuple[str, ...], rows: tuple[tuple[Symbol | str | float, ...], ...], writer: LatexWriter
) -> Iterator[str]:
    """A table, in pieces that fit a page."""

    def cell(value: Symbol | str | float) -> str:
        if isinstance(value, str):
            return words(value)
        return f"${writer.write(value)}$" if isinstance(value, Symbol) else f"${digits(value, writer.precision)}$"

    for start in range(0, len(rows), 40):
        yield rf"\begin{{tabular}}{{{'l' * len(head)}}}"
        yield " & ".join(map(words, head)) + r" \\ \hline"
        for row in rows[start : start + 40]:
            yield " & ".join(map(cell, row)) + r" \\[2pt]"
        yield r"\end{tabular}\par"
