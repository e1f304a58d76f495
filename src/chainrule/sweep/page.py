"""The page of a search, `sweep.html`: one file that holds everything, light and dark, without a script."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

import chainrule
from chainrule.sweep import figures
from chainrule.sweep.result import Result
from chainrule.sweep.setting import Searched
from chainrule.sweep.watching import said
from chainrule.tables.page import WORDS, drawn

__all__ = ["render"]

SHOWN = 500
"""Trials that the page lists."""


def render(result: Result, about: Mapping[str, Any], searched: Mapping[str, Searched]) -> str:
    """The page.

    Args:
        result: what came of the search.
        about: what sweep.json holds of how it was made.
        searched: the space.
    """
    environment = Environment(
        loader=PackageLoader("chainrule.sweep"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["number"] = lambda value: "–" if value is None else f"{value:,.4g}"
    environment.filters["words"] = lambda name: WORDS.get(name, name.replace("_", " "))
    environment.filters["said"] = said
    css = resources.files("chainrule.experiments").joinpath("templates/page.css").read_text(encoding="utf-8")
    pictures = {"history": figures.history(result), "slices": figures.slices(result, searched)}
    if result.importance:
        pictures["importance"] = figures.importance(result)
    ended = [row.ended_by for row in result.rows]
    return environment.get_template("sweep.html").render(
        css=Markup(css),
        result=result,
        about=about,
        names=list(searched),
        ranked=result.ranked()[:SHOWN],
        counts=[(word, ended.count(word)) for word in ("pruned", "diverged") if word in ended],
        seconds=sum(row.seconds for row in result.rows),
        pictures={name: drawn(figure, name) for name, figure in pictures.items()},
        command=shlex.join(about["command"]),
        train_command=shlex.join(about["best_command"]),
        version=chainrule.__version__,
    )
