"""What the pages of experiments have in common: their templates, and drawings as parts of a page."""

from __future__ import annotations

import re

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from chainrule import plots

__all__ = ["environment", "inline"]


def environment() -> Environment:
    """Where the templates are found."""
    made = Environment(
        loader=PackageLoader("chainrule.experiments"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    made.filters["unbroken"] = lambda text: text.replace(" %", "\N{NO-BREAK SPACE}%")
    return made


def inline(svg: str, *, prefix: str) -> Markup:
    """An SVG file as part of a page: its own names made unique, its ink that of the page's text."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'\b(id="|url\(#|href="#)', rf"\1{prefix}-", svg)
    svg = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', 'aria-hidden="true"', svg, count=1)
    return Markup(svg.replace(plots.INK, "currentColor"))  # our own drawing
