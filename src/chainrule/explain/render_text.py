"""The derivation as plain text of at most 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from chainrule.arrays import Array
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
from chainrule.explain.nodes import Number, Symbol
from chainrule.explain.step import Step
from chainrule.explain.write_text import TextWriter
from chainrule.explain.writer import visible

if TYPE_CHECKING:
    from chainrule.explain.derivation import Derivation

__all__ = ["WIDTH", "render"]

WIDTH = 80
ROWS = 8
ENTRIES = 12
"""Entries of a tensor that are written out; of a larger one the first ones and the last."""


def render(derivation: Derivation) -> str:
    """The whole page."""
    writer = TextWriter(derivation.notation, derivation.precision)
    name = title(derivation)
    lines = [name, "=" * len(name)]
    number = 0
    for block in document(derivation):
        if isinstance(block, Section) and not block.small:
            number += 1
            lines += ["", "", f"{number}. {block.title}", "-" * (len(block.title) + 3)]
        else:
            lines += ["", *blocks(block, writer, derivation)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def blocks(block: Block, writer: TextWriter, derivation: Derivation) -> Iterator[str]:
    """The lines of one block."""
    match block:
        case Section(title=title):
            yield f"— {title} —"
        case Paragraph(text=text):
            yield from textwrap.wrap(text, WIDTH)
        case Drawing():
            yield from text_drawing(derivation.trace.structure, writer)
        case Symbols(rows=rows):
            for symbol, words, shape in rows:
                yield f"  {writer.write(symbol):9} {words:40} {shape}"
        case Tensor(symbol=symbol, value=value, is_number=is_number):
            if is_number:
                yield f"  {writer.write(symbol)} = {writer.rounded(float(value[0, 0]))}"
            else:
                yield from matrix(f"  {writer.write(symbol)} = ", value, writer)
        case Equations(equations=equations):
            for equation in equations:
                yield from wrapped(f"  {writer.write(equation.left)}", writer.write(equation.right), equation.note)
        case Table(head=head, rows=rows):
            yield from table(head, rows, writer)
        case Step():
            yield from step_lines(block, writer)


def step_lines(step: Step, writer: TextWriter) -> Iterator[str]:
    """A step: its formula, entries written out, and the result."""
    shape = f"({step.shape[0]}, {step.shape[1]})"
    head = step.title[0].upper() + step.title[1:]
    yield f"{head}{shape:>{max(WIDTH - len(head), len(shape) + 1)}}"
    equation = step.equation
    yield from wrapped(f"  {writer.write(equation.left)}", writer.write(equation.right))
    for note in step.notes:
        yield from wrapped(f"  where {writer.write(note.left)}", writer.write(note.right), note.note)
    if step.remark:
        yield from textwrap.wrap(step.remark, WIDTH, initial_indent="  ", subsequent_indent="  ")
    rows, columns = step.shape
    if step.closed is not None:
        places = [divmod(k, columns) for k in range(rows * columns)]
        left_out = len(places) - ENTRIES
        shown = places if left_out <= 0 else [*places[: ENTRIES - 1], places[-1]]
        for at, (row, column) in enumerate(shown):
            if left_out > 0 and at == len(shown) - 1:
                yield f"  … and {left_out} more in the same way …"
            yield ""
            yield from entry_lines(step, row, column, writer)
    if step.result.size > 1 or step.closed is None:
        yield ""
        yield from matrix(f"  {writer.write(step.symbol)} = ", step.result, writer)


def entry_lines(step: Step, row: int, column: int, writer: TextWriter) -> Iterator[str]:
    """One entry: every form of it, the numbers put in, and the value."""
    left = f"  {writer.write(step.symbol_of(row, column))}"
    value = writer.write(Number(float(step.result[row, column])))
    written = [writer.write(form(row, column)) for form in step.forms]
    numbers = step.substituted(row, column)
    assert numbers is not None
    put_in = writer.write(numbers)
    for text in dict.fromkeys([*written, *([] if put_in == value else [put_in]), value]):
        yield from wrapped(left, text)
        left = " " * len(left)


def wrapped(left: str, right: str, note: str = "") -> Iterator[str]:
    """left = right, broken between terms where it is too long; a note behind it."""
    head, text = f"{left} = ", unbroken(right) + (f"    ({note})" if note else "")
    if len(head) > WIDTH - 24:  # too long to stand before anything
        blank = " " * (len(left) - len(left.lstrip()))
        head, text = blank, f"{unbroken(left.lstrip())} =\u00a0{text}"
    indent = " " * min(len(head), 24)
    for line in textwrap.wrap(
        text, WIDTH, initial_indent=head, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ):
        yield line.replace("\u00a0", " ")


def unbroken(formula: str) -> str:
    """A formula whose only blanks to break at stand before a term, or behind a comma."""
    kept = formula.replace(" ", "\u00a0")
    for sign in ("+", "−", "*"):
        kept = kept.replace(f"\u00a0{sign}\u00a0", f" {sign}\u00a0")
    return kept.replace(",\u00a0", ", ")


def matrix(head: str, value: Array, writer: TextWriter) -> Iterator[str]:
    """head [numbers], aligned; as many columns as fit."""
    rows, columns = value.shape
    for most in range(min(columns, 16), 2, -1):
        lines = laid_out(value, visible(rows, ROWS), visible(columns, most), writer)
        if len(head) + len(lines[0]) <= WIDTH:
            break
    else:
        lines = laid_out(value, visible(rows, ROWS), visible(columns, 3), writer)
    for at, line in enumerate(lines):
        yield (head if at == 0 else " " * len(head)) + line


def laid_out(value: Array, rows: list[int | None], columns: list[int | None], writer: TextWriter) -> list[str]:
    """The lines of a matrix, brackets included."""
    cells = [
        [
            "⋮" if row is None else "…" if column is None else writer.rounded(float(value[row, column]))
            for column in columns
        ]
        for row in rows
    ]
    widths = [max(len(line[k]) for line in cells) for k in range(len(columns))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
    if len(lines) == 1:
        return [f"[ {lines[0]} ]"]
    left = ["⎡", *["⎢"] * (len(lines) - 2), "⎣"]
    right = ["⎤", *["⎥"] * (len(lines) - 2), "⎦"]
    return [f"{a} {line} {b}" for a, line, b in zip(left, lines, right, strict=True)]


def table(
    head: tuple[str, ...], rows: tuple[tuple[Symbol | str | float, ...], ...], writer: TextWriter
) -> Iterator[str]:
    """Aligned columns; numbers to fewer digits where they would not fit."""
    for precision in range(writer.precision, 0, -1):
        narrow = TextWriter(writer.notation, precision)
        cells = [list(head)] + [[in_words(cell, narrow) for cell in row] for row in rows]
        widths = [max(len(line[k]) for line in cells) for k in range(len(head))]
        if sum(widths) + 2 * len(widths) <= WIDTH or precision == 1:
            break
    for line in cells:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def in_words(cell: Symbol | str | float, writer: TextWriter) -> str:
    """The text of a cell."""
    if isinstance(cell, str):
        return cell
    return writer.write(cell if isinstance(cell, Symbol) else Number(cell))
