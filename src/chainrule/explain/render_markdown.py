"""The derivation as Markdown with formulas in LaTeX, as GitHub and notebooks show it."""

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
from chainrule.explain.drawing import text_drawing
from chainrule.explain.nodes import Symbol
from chainrule.explain.step import Step
from chainrule.explain.write_latex import LatexWriter, lines_of, numbers_of
from chainrule.explain.write_text import TextWriter
from chainrule.explain.writer import digits

if TYPE_CHECKING:
    from chainrule.explain.derivation import Derivation

__all__ = ["render", "summary"]


def render(derivation: Derivation) -> str:
    """The whole page."""
    writer = LatexWriter(derivation.notation, derivation.precision)
    parts = [f"# {title(derivation)}"]
    for block in document(derivation):
        parts += blocks(block, writer, derivation)
    return "\n\n".join(parts) + "\n"


def summary(derivation: Derivation) -> str:
    """The general formulas alone, as one formula."""
    writer = LatexWriter(derivation.notation, derivation.precision)
    lines = [f"{writer.write(each.left)} &= {writer.write(each.right)}" for each in derivation.general]
    return "$$\\begin{aligned} " + " \\\\ ".join(lines) + " \\end{aligned}$$"


def blocks(block: Block, writer: LatexWriter, derivation: Derivation) -> Iterator[str]:
    """The paragraphs of one block."""
    match block:
        case Section(title=title, small=small):
            yield f"{'###' if small else '##'} {escaped(title)}"
        case Paragraph(text=text):
            yield escaped(text)
        case Drawing():
            drawn = text_drawing(derivation.trace.structure, TextWriter(derivation.notation, derivation.precision))
            yield "```text\n" + "\n".join(drawn) + "\n```"
        case Symbols(rows=rows):
            lines = [f"| ${writer.write(symbol)}$ | {words} | {shape} |" for symbol, words, shape in rows]
            yield "\n".join(["| symbol | meaning | shape |", "|---|---|---|", *lines])
        case Tensor(symbol=symbol, value=value):
            yield f"$${writer.write(symbol)} = {numbers_of(value, writer)}$$"
        case Equations(equations=equations):
            for each in equations:
                note = f" \\quad \\text{{({each.note})}}" if each.note else ""
                yield f"$${writer.write(each.left)} = {writer.write(each.right)}{note}$$"
        case Table(head=head, rows=rows):
            lines = [" | ".join(cell_of(cell, writer) for cell in row) for row in rows]
            yield "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(f"| {line} |" for line in lines)])
        case Step():
            yield from step_lines(block, writer)


def step_lines(step: Step, writer: LatexWriter) -> Iterator[str]:
    """A step: its formula, matrices of symbols, the same with numbers, the result."""
    rows, columns = step.shape
    yield f"**{step.title[0].upper() + step.title[1:]}** ({rows}, {columns})"
    left = step.equation.left
    yield f"$${writer.write(left)} = {writer.write(step.formula)}$$"
    for note in step.notes:
        yield f"where ${writer.write(note.left)} = {writer.write(note.right)}$" + (
            f" ({note.note})" if note.note else ""
        )
    if step.remark:
        yield escaped(step.remark)
    lines = [f"{writer.write(step.symbol)} &= {lines_of(step, writer)[0]}"]
    lines += [f"&= {line}" for line in lines_of(step, writer)[1:]]
    yield "$$\\begin{aligned} " + " \\\\ ".join(lines) + " \\end{aligned}$$"


def cell_of(cell: Symbol | str | float, writer: LatexWriter) -> str:
    """The text of a cell."""
    if isinstance(cell, str):
        return escaped(cell).replace("|", "\\|")
    return f"${writer.write(cell)}$" if isinstance(cell, Symbol) else digits(cell, writer.precision)


def escaped(text: str) -> str:
    r"""Words without what Markdown would take for markup.

    >>> escaped("leaky_relu * <b>")
    'leaky\\_relu \\* \\<b>'
    """
    return "".join("\\" + character if character in "\\`*_<[$" else character for character in text)
