"""The reproduction as a folder: its figures, `results.json`, and `index.html`, one file that holds everything."""

import json
from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from chainrule import plots
from chainrule.experiments.claims import CONVERGED, as_text
from chainrule.experiments.page import environment, inline
from chainrule.experiments.reproduce import Outcome, Reproduction

__all__ = ["figures", "files"]


def figures(outcome: Outcome) -> dict[str, Figure]:
    """The figures of one experiment by name: loss, prediction, decision."""
    title = outcome.experiment.title
    loss, (axes,) = plots.figure(1, width=6.8)
    plots.loss_curve(
        axes,
        outcome.history.loss,
        printed=outcome.experiment.printed.loss,
        converged=outcome.converged,
        title=f"{title}: loss",
    )
    prediction, (left, right) = plots.figure(2, height=3.6)
    plots.points(left, outcome.X, outcome.y, title=f"{title}: ground truth", legend=True)
    plots.points(right, outcome.X, (outcome.predictions > 0.5).astype(float), title=f"{title}: predicted", legend=True)
    decision, (axes,) = plots.figure(1, width=4.4, height=3.6)
    plots.decision(axes, outcome.network.predict, outcome.X, outcome.y, title=f"{title}: decision boundary")
    return {"loss": loss, "prediction": prediction, "decision": decision}


def files(reproduction: Reproduction) -> dict[str, str | bytes]:
    """Every file of the output folder, by name."""
    made: dict[str, str | bytes] = {}
    for outcome in reproduction.outcomes:
        for name, figure in figures(outcome).items():
            stem = f"{outcome.experiment.name}-{name}"
            made[f"{stem}.svg"] = plots.to_svg(figure)
            made[f"{stem}.png"] = plots.to_png(figure)
    results = reproduction.to_json()
    made["results.json"] = json.dumps(results, indent=2, allow_nan=False) + "\n"
    svg = {name: str(content) for name, content in made.items() if name.endswith(".svg")}
    made["index.html"] = page(reproduction, results, svg)
    return made


def page(reproduction: Reproduction, results: Mapping[str, Any], svg: Mapping[str, str]) -> str:
    """The page, with the figures in it: results is what results.json holds, svg the figures' text by file name."""
    templates = environment()
    templates.filters["text"] = as_text
    claims = [claim for outcome in reproduction.outcomes for claim in outcome.claims]
    return templates.get_template("reproduce.html").render(
        reproduction=reproduction,
        results=results,
        figures={name: inline(text, prefix=name.removesuffix(".svg")) for name, text in svg.items()},
        converged=CONVERGED,
        held=sum(claim.holds is True for claim in claims),
        failed=sum(claim.holds is False for claim in claims),
        claims=len(claims),
    )
