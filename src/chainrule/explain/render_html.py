"""The derivation as one HTML file: MathML, no script, every printed number linked to where it was computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import resources
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

import chainrule
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
from chainrule.explain.drawing import svg_drawing
from chainrule.explain.nodes import Node, Symbol
from chainrule.explain.step import Equation, Step
from chainrule.explain.write_mathml import MathmlWriter
from chainrule.explain.write_text import TextWriter
from chainrule.explain.writer import visible

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.explain.derivation import Derivation

__all__ = ["Page", "fragment", "page", "render", "style_of_parts"]

ROWS, COLUMNS = 4, 4
"""Entries of a matrix of formulas that are shown; of a larger one the first ones and the last."""
RESULT = 8
"""The same for a matrix of numbers."""
NOTEBOOK = (
    "--ink: currentColor; --soft: #808890; --line: #88888866; --card: transparent; --holds: #2a9d4a; "
    "--fails: #d0453a; --link: #3b82c4; --mark: #c9a22788;"
)
"""Colours that suit a notebook of any theme; its own ink is kept."""


def render(derivation: Derivation) -> str:
    """The whole page."""
    return page(derivation, Page(derivation), title(derivation))


def page(derivation: Derivation, body: Page, name: str) -> str:
    """A whole file around the blocks."""
    environment = Environment(
        loader=PackageLoader("chainrule.explain"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    sections = [block for block in body.blocks if isinstance(block, Section) and not block.small]
    return environment.get_template("derivation.html").render(
        title=name,
        subtitle=body.subtitle,
        style=Markup(style()),  # our own
        contents=sections,
        body=Markup("\n".join(body.html())),  # each block escapes what it holds
        footer=f"chainrule {chainrule.__version__}",
    )


def fragment(derivation: Derivation) -> str:
    """The page as a part of a notebook."""
    body = f"<h1>{escape(title(derivation))}</h1>{''.join(Page(derivation).html())}"
    return f'<div class="chainrule"><style>.chainrule {{ {NOTEBOOK}\n{style_of_parts()} }}</style>{body}</div>'


def style() -> str:
    """The rules of the whole page."""
    return resources.files("chainrule.explain").joinpath("templates/derivation.css").read_text(encoding="utf-8")


def style_of_parts() -> str:
    """The rules without those of the page as a whole, to be nested in one that sets the colours."""
    rules = style()
    return rules[rules.index(".soft") :]


class Page:
    """Writes the blocks of a derivation as HTML.

    Args:
        derivation: what to write.
        proof: whether its proof stands at the end.
        blank: whether results are left blank, to be filled in.
    """

    def __init__(self, derivation: Derivation, *, proof: bool = True, blank: bool = False) -> None:
        self.blocks = list(document(derivation, proof=proof))
        self.structure, self.blank = derivation.trace.structure, blank
        self.subtitle = (
            "Every number is computed, none is typed. Point at a number for all its digits; tap it in a formula to go "
            "where it was computed."
        )
        anchors: set[str] = set()
        for block in self.blocks:
            if isinstance(block, Step):
                anchors |= {block.key, *self.anchors(block.key, block.result)}
            elif isinstance(block, Tensor) and not block.is_number:
                anchors |= {block.key, *self.anchors(block.key, block.value)}
            elif isinstance(block, Section):
                anchors.add(block.anchor)
        self.math = MathmlWriter(derivation.notation, derivation.precision, () if blank else anchors)
        self.text = TextWriter(derivation.notation, derivation.precision)

    def anchors(self, key: str, value: Array) -> Iterator[str]:
        """The names of the entries of a result that are shown."""
        rows, columns = value.shape
        for row in visible(rows, RESULT):
            for column in visible(columns, RESULT):
                if row is not None and column is not None:
                    yield f"{key}-{row + 1}-{column + 1}"

    def html(self, blocks: Sequence[Block] | None = None) -> Iterator[str]:
        """Every block, or only these."""
        group: list[Tensor] = []
        number = 0
        for block in self.blocks if blocks is None else blocks:
            if isinstance(block, Tensor):
                group.append(block)
                continue
            if group:
                yield self.tensors(group)
                group = []
            if isinstance(block, Section) and not block.small:
                number += 1
                yield f'<h2 id="{block.anchor}">{number}. {escape(block.title)}</h2>'
            else:
                yield self.block(block)

    def block(self, block: Block) -> str:
        """One block."""
        match block:
            case Section(title=title, anchor=anchor):
                return f'<h3 id="{anchor}">{escape(title)}</h3>'
            case Paragraph(text=text, good=good):
                kind = "" if good is None else ' class="holds"' if good else ' class="fails"'
                return f"<p{kind}>{escape(text)}</p>"
            case Drawing():
                return svg_drawing(self.structure, self.text)
            case Symbols(rows=rows):
                cells = "".join(
                    f"<tr><td>{self.mathematics(symbol)}</td>"
                    f'<td class="words">{escape(words)}</td><td>{escape(shape)}</td></tr>'
                    for symbol, words, shape in rows
                )
                return f'<div class="scroll"><table>{cells}</table></div>'
            case Equations(equations=equations):
                return "".join(map(self.equation, equations))
            case Table(head=head, rows=rows):
                return self.table(head, rows)
            case Step():
                return self.step(block)
        raise TypeError(f"no such block: {block!r}")

    def mathematics(self, *nodes: Node | str, wide: bool = False) -> str:
        """Nodes, or MathML that is written already, as one formula."""
        inner = "".join(node if isinstance(node, str) else self.math.write(node) for node in nodes)
        style = ' displaystyle="true"' if wide else ""
        return f"<math{style}>{inner}</math>"

    def equation(self, equation: Equation, then: str = "") -> str:
        """left = right, and a note."""
        shown = self.mathematics(equation.left, "<mo>=</mo>", equation.right, wide=True)
        note = f'<span class="why">{escape(equation.note)}</span>' if equation.note else ""
        return f'<div class="scroll"><div class="line">{then}{shown}{note}</div></div>'

    def tensors(self, group: Sequence[Tensor]) -> str:
        """What is given."""
        parts = []
        for tensor in group:
            value = self.number(tensor) if tensor.is_number else self.numbers(tensor.key, tensor.value)
            named = f' id="{tensor.key}"' if tensor.key else ""
            formula = self.mathematics(tensor.symbol, "<mo>=</mo>", value)
            parts.append(f'<div class="scroll"{named}><div class="line">{formula}</div></div>')
        return f'<div class="tensors">{"".join(parts)}</div>'

    def number(self, tensor: Tensor) -> str:
        """A single number that is given."""
        return self.math.cell(float(tensor.value[0, 0]))

    def numbers(self, key: str, value: Array, *, blank: bool = False) -> str:
        """A matrix of numbers, each with an anchor; or of empty boxes."""
        rows, columns = value.shape

        def cell(row: int | None, column: int | None) -> str | None:
            if row is None or column is None:
                return None
            if blank:
                return '<mn><span class="blank"></span></mn>'
            return self.math.cell(float(value[row, column]), f"{key}-{row + 1}-{column + 1}")

        across, down = visible(columns, RESULT), visible(rows, RESULT)
        if value.size == 1 and (only := cell(0, 0)) is not None:
            return only
        return self.math.matrix([[cell(row, column) for column in across] for row in down])

    def step(self, step: Step, heading: str = "h4") -> str:
        """A step: formula, matrices of symbols, the same with numbers, the result."""
        shape = f"({step.shape[0]}, {step.shape[1]})"
        head = escape(step.title[0].upper() + step.title[1:])
        title = f"<{heading}>{head}</{heading}>"
        parts = [f'<header>{title}<span class="soft">{shape}</span></header>', self.equation(step.equation)]
        parts += [self.equation(note, '<span class="why">where</span>') for note in step.notes]
        if step.remark:
            parts.append(f'<p class="soft">{escape(step.remark)}</p>')
        lines: list[str] = []
        for form in step.forms:
            lines.append(self.matrix(step, form))
        if step.closed is not None and not self.blank:
            put_in = self.matrix(step, step.substituted)
            if step.result.size > 1 or put_in not in lines:
                lines.append(put_in)
        lines.append(self.numbers(step.key, step.result, blank=self.blank))
        symbol = self.math.write(step.symbol)
        for at, line in enumerate(dict.fromkeys(lines)):
            start, kind = (symbol, "line") if at == 0 else ("", "line then")
            formula = self.mathematics(start, "<mo>=</mo>", line, wide=True)
            parts.append(f'<div class="{kind}">{formula}</div>')
        return f'<section class="step" id="{step.key}">{self.scrolling("".join(parts))}</section>'

    def scrolling(self, inner: str) -> str:
        """The lines of a step scroll sideways together, its heading does not."""
        head, end, rest = inner.partition("</header>")
        rest = rest.replace('<div class="scroll">', "<div>")
        return f'{head}{end}<div class="scroll">{rest}</div>'

    def matrix(self, step: Step, entry: object) -> str:
        """A matrix of formulas."""
        assert callable(entry)
        rows, columns = step.shape
        across, down = visible(columns, COLUMNS), visible(rows, ROWS)
        if step.result.size == 1:
            return self.math.write(entry(0, 0))
        return self.math.matrix(
            [[None if row is None or column is None else entry(row, column) for column in across] for row in down]
        )

    def table(self, head: tuple[str, ...], rows: Sequence[Sequence[Symbol | str | float]]) -> str:
        """A table."""

        def cell(value: Symbol | str | float) -> str:
            if isinstance(value, Symbol):
                return f"<td>{self.mathematics(value)}</td>"
            if isinstance(value, float):
                return f'<td title="{value!r}">{self.math.rounded(value)}</td>'
            return f'<td class="words">{escape(value)}</td>'

        top = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
        body = "".join("<tr>" + "".join(map(cell, row)) + "</tr>" for row in rows)
        return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
