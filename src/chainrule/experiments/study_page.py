"""A study as a folder: its figures, `results.json`, and `index.html`, which holds everything; and the index of all."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from chainrule import plots
from chainrule.experiments.page import environment, inline
from chainrule.experiments.study import Outcome, Picture

__all__ = ["files", "index"]


def files(outcome: Outcome) -> dict[str, str | bytes]:
    """Every file of the study's folder, by name."""
    made: dict[str, str | bytes] = {}
    for picture in outcome.pictures:
        made[f"{picture.name}.svg"] = plots.to_svg(picture.figure)
        made[f"{picture.name}.png"] = plots.to_png(picture.figure)
        if picture.moving:
            made[f"{picture.name}.gif"] = picture.moving
    results = outcome.to_json()
    made["results.json"] = json.dumps(results, indent=2, allow_nan=False) + "\n"
    shown = [(picture, drawing(picture, str(made[f"{picture.name}.svg"]))) for picture in outcome.pictures]
    made["index.html"] = (
        environment()
        .get_template("study.html")
        .render(outcome=outcome, results=results, command=command(outcome), pictures=shown)
    )
    return made


def drawing(picture: Picture, svg: str) -> Markup:
    """A picture as part of a page."""
    still = inline(svg, prefix=picture.name)
    if not picture.moving:
        return still
    data = base64.b64encode(picture.moving).decode()
    moving = Markup('<img class="moving" alt="" src="data:image/gif;base64,{}">').format(data)
    return moving + Markup('<div class="still">{}</div>').format(still)


def command(outcome: Outcome) -> str:
    """The command that does it again: every setting that differs from its default."""
    study = outcome.study
    words = ["chainrule study", study.name]
    for name, value in study.settings.items():
        if value != type(study).__dataclass_fields__[name].default:
            given = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            words.append(f"--{name.replace('_', '-')} {given}")
    return " ".join(words)


def index(outcomes: Sequence[Mapping[str, Any]]) -> str:
    """The page of all studies: what the `results.json` of each holds, in folders of their names beside it."""
    return environment().get_template("studies.html").render(outcomes=outcomes)
