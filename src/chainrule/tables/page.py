"""The page of a run, `index.html`: one file that holds everything, light and dark, without a script."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

import chainrule
from chainrule import plots
from chainrule.experiments.page import inline
from chainrule.explain import render_html
from chainrule.explain.notebook import network_html
from chainrule.explain.write_mathml import MathmlWriter
from chainrule.tables import figures, scores
from chainrule.tables.outcome import Outcome

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["render"]

MOST_UNITS = 600
"""Parameters of a layer's width beyond which a prediction is not written out."""
MOST_CLASSES = 30
"""Classes beyond which the confusion matrix is left to metrics.json."""
MOST_INPUTS = 40
"""Inputs of the worked prediction that are listed."""
WORDS = {
    "r2": "R²: share of the variance that is explained",
    "roc_auc": "ROC AUC",
    "f1_macro": "F1, mean over the classes",
    "root_mean_squared_error_of_the_mean": "root mean squared error of always saying the mean",
    "accuracy_of_the_most_frequent_class": "accuracy of always saying the most frequent class",
}


def render(outcome: Outcome, run: Mapping[str, Any]) -> str:
    """The page.

    Args:
        outcome: what came of the training.
        run: what run.json holds.
    """
    environment = Environment(
        loader=PackageLoader("chainrule.tables"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["number"] = lambda value: (
        "–" if value is None else f"{value:,.4g}" if isinstance(value, float) else f"{value:,}"
    )
    environment.filters["words"] = lambda name: WORDS.get(name, name.replace("_", " "))
    target = outcome.model.preprocessing.target
    css = resources.files("chainrule.experiments").joinpath("templates/page.css").read_text(encoding="utf-8")
    return environment.get_template("run.html").render(
        css=Markup(css),
        step_css=Markup(step_css()),
        target=target,
        run=run,
        command=shlex.join(run["command"]),
        main=scores.MAIN[target.task],
        metrics=outcome.to_json(),
        judged=outcome.judged,
        names=[name for name in outcome.judged if name not in ("confusion", "rows")],
        confusion=confusion(outcome),
        pictures=pictures(outcome),
        network=Markup(network_html(outcome.model.network)),
        worked=worked(outcome),
        version=chainrule.__version__,
    )


def pictures(outcome: Outcome) -> dict[str, Markup]:
    """The figures by name."""
    target = outcome.model.preprocessing.target
    made = {"learning": figures.learning(outcome.history.history, outcome.best_epoch, outcome.prepared.loss)}
    if target.classes:
        made["calibration"] = figures.calibration(outcome.y, outcome.outputs, target.classes)
    else:
        made["residuals"] = figures.residuals(outcome.y, outcome.outputs[:, 0], target.name)
    if outcome.importance:
        made["importance"] = figures.importance(outcome.importance, scores.MAIN[target.task])
    return {name: drawn(figure, name) for name, figure in made.items()}


def drawn(figure: Figure, name: str) -> Markup:
    """A figure as part of the page."""
    return inline(plots.to_svg(figure), prefix=name)


def confusion(outcome: Outcome) -> list[tuple[str, list[tuple[int, float]]]]:
    """For every true class the counts of the predicted ones, each with its share of the row."""
    classes = outcome.model.preprocessing.target.classes
    if not classes or len(classes) > MOST_CLASSES:
        return []
    return [
        (str(label), [(count, count / max(sum(row), 1)) for count in row])
        for label, row in zip(classes, outcome.judged["confusion"], strict=True)
    ]


def worked(outcome: Outcome) -> dict[str, Any] | None:
    """One prediction written out: a row of the table, what the network takes for it, and every number on the way."""
    model, prepared = outcome.model, outcome.prepared
    if max(model.network.structure.sizes) > MOST_UNITS:
        return None
    frame = prepared.sample.iloc[:1]
    X = model.inputs(frame)
    y = prepared.y_sample[:1]
    derivation = chainrule.derive(model.network, X, y, prepared.loss, notation="standard")
    body = render_html.Page(derivation, proof=False)
    body.math = MathmlWriter(derivation.notation, derivation.precision, ())  # what is given is not on this page
    outputs, target = model.outputs(frame)[0], model.preprocessing.target
    names, raw = model.preprocessing.encoded_names, model.preprocessing.raw(frame)[0]
    return {
        "row": int(prepared.row_numbers[0]) + 1,
        "inputs": [
            (name, "missing" if np.isnan(given) else f"{given:.6g}", f"{value:.5g}")
            for name, given, value in list(zip(names, raw, X[0], strict=True))[:MOST_INPUTS]
        ],
        "more": max(0, len(names) - MOST_INPUTS),
        "steps": Markup(
            "".join(body.step(step) for step in derivation.of_phase("forward"))
        ),  # it escapes what it holds
        "predicted": str(model.labels(outputs[None])[0]) if target.classes else f"{outputs[0]:.6g}",
        "probability": f"{outputs.max():.4f}" if target.classes else "",
        "true": str(target.classes[int(y[0])]) if target.classes else f"{prepared.truth(y)[0]:.6g}",
    }


def step_css() -> str:
    """The part of the derivations' style that concerns a step."""
    style = resources.files("chainrule.explain").joinpath("templates/derivation.css").read_text(encoding="utf-8")
    return style[style.index("section.step {") : style.index("table { border")]
