"""A worksheet: the page with its results left blank, for students; and its solution, the page itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainrule.explain.document import title
from chainrule.explain.render_html import Page, page

if TYPE_CHECKING:
    from chainrule.explain.derivation import Derivation

__all__ = ["render"]


def render(derivation: Derivation, *, solution: bool = False) -> str:
    """The worksheet as HTML; with solution=True the same sections with every number."""
    body = Page(derivation, proof=solution, blank=not solution)
    body.subtitle = (
        "The solution of the worksheet."
        if solution
        else f"Name: ________________________  Fill in every box, to {derivation.precision} digits."
    )
    return page(derivation, body, ("Solution: " if solution else "Worksheet: ") + title(derivation))
