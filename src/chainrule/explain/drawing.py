"""The network, drawn: in a line of text, and as SVG."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from markupsafe import escape

from chainrule.explain.forward_steps import function_name
from chainrule.explain.nodes import Symbol
from chainrule.explain.write_text import TextWriter
from chainrule.explain.writer import visible
from chainrule.structure import Layer, Structure

__all__ = ["stages_of", "svg_drawing", "text_drawing"]

UNITS = 8
"""Units of a layer that are drawn; of a wider one the first ones and the last."""


def text_drawing(structure: Structure, writer: TextWriter) -> Iterator[str]:
    """Layer after layer, with the parameters on the arrows."""
    parts = [f"[{structure.sizes[0]} inputs]".replace("[1 inputs]", "[1 input]")]
    for i, layer in enumerate(structure.layers, start=1):
        arrow = f"──{writer.write(Symbol('weight', i))},{writer.write(Symbol('bias', i))}──▶"
        parts.append(f"{arrow} [{layer.fan_out}\u00a0{stages_of(layer)}]".replace(", ", ",\u00a0"))
    for line in textwrap.wrap(" ".join(parts), 78, break_long_words=False, break_on_hyphens=False):
        yield "  " + line.replace("\u00a0", " ")


def stages_of(layer: Layer) -> str:
    """A layer's stages by their names, in order.

    >>> stages_of(Structure.of([2, 3, 1], hidden="relu", output="relu", normalization="batch_norm").layers[0])
    'batch norm, relu'
    """
    names = [] if layer.normalization is None else [layer.normalization.name.replace("_", " ")]
    return ", ".join([*names, function_name(layer.activation), *(["dropout"] if layer.dropout is not None else [])])


def svg_drawing(structure: Structure, writer: TextWriter) -> str:
    """Columns of circles, a line for every weight that is shown."""
    gap, radius, space = 130, 13, 38
    columns = [visible(size, UNITS) for size in structure.sizes]
    deepest = max(len(layer.stages) for layer in structure.layers)
    height = max(map(len, columns)) * space + 56 + 16 * (deepest - 1)
    width = gap * (len(columns) - 1) + 150
    middle = (height - 30 - 16 * (deepest - 1)) / 2

    def at(column: int, place: int) -> tuple[float, float]:
        return 75 + column * gap, middle + (place - (len(columns[column]) - 1) / 2) * space

    lines, circles, words = [], [], []
    for column, units in enumerate(columns):
        for place, unit in enumerate(units):
            x, y = at(column, place)
            if unit is None:
                words.append(f'<text x="{x:g}" y="{y + 5:g}">⋮</text>')
                continue
            circles.append(f'<circle cx="{x:g}" cy="{y:g}" r="{radius}"/>')
            name = writer.write(Symbol("a", column, (0, unit))) if column == 0 else ""
            for below, lower in enumerate(columns[column - 1] if column else []):
                if lower is not None:
                    x0, y0 = at(column - 1, below)
                    lines.append(f'<path d="M{x0 + radius:g} {y0:g}L{x - radius:g} {y:g}"/>')
            if name:
                words.append(f'<text x="{x - 22:g}" y="{y + 5:g}" text-anchor="end">x{writer_index(unit)}</text>')
        x = 75 + column * gap
        if column == 0:
            words.append(f'<text x="{x}" y="{height - 12 - 16 * (deepest - 1)}">input</text>')
            continue
        layer = structure.layers[column - 1]
        for row, stage in enumerate(stages_of(layer).split(", ")):
            words.append(f'<text x="{x}" y="{height - 12 - 16 * (deepest - 1 - row)}">{escape(stage)}</text>')
        parameters = f"{writer.write(Symbol('weight', column))}, {writer.write(Symbol('bias', column))}"
        words.append(f'<text x="{x - gap / 2:g}" y="14" class="soft">{escape(parameters)}</text>')
    label = f"A network of {structure} units"
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{label}">'
        f'<g class="weights">{"".join(lines)}</g><g class="units">{"".join(circles)}</g><g>{"".join(words)}</g></svg>'
    )


def writer_index(unit: int) -> str:
    """The number of an input, below the line."""
    return "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in str(unit + 1))
