"""The figures of a run's page: the losses by epoch, how far predictions can be believed, and which columns matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule import plots
from chainrule.tables.required import sklearn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from chainrule.arrays import Array

__all__ = ["calibration", "importance", "learning", "residuals"]

BLUE, ORANGE, GREEN = (plots.SERIES[i][0] for i in range(3))
SHOWN = 20
"""Columns whose importance is drawn."""
POINTS = 2000
"""Rows that are drawn as points."""


@plots.in_style
def learning(history: Mapping[str, Sequence[float]], best_epoch: int, loss: str) -> Figure:
    """The losses by epoch, and the epoch whose parameters were kept."""
    made, (axes,) = plots.figure(1, width=6.8, height=3.2)
    names = {"loss": "rows trained on", "val_loss": "rows held out"}
    positive = all(min(values) > 0 for name, values in history.items() if name in names)
    for (name, label), (colour, dashes, _) in zip(names.items(), plots.SERIES, strict=False):
        if name in history:
            values = np.asarray(history[name])
            at = np.unique(np.linspace(0, len(values) - 1, 600).astype(int))
            axes.plot(at + 1, values[at], color=colour, linestyle=dashes, linewidth=1.6, label=label)
    axes.axvline(best_epoch + 1, color=GREEN, linestyle=":", linewidth=1.4, label=f"kept: epoch {best_epoch + 1}")
    axes.set(xlabel="epoch", ylabel=loss.replace("_", " "), yscale="log" if positive else "linear")
    finish(axes, legend=True)
    return made


@plots.in_style
def calibration(y: Array, outputs: Array, classes: Sequence[Any]) -> Figure:
    """How often a prediction of some confidence is right."""
    two = len(classes) == 2
    confidence = outputs[:, 1] if two else outputs.max(axis=1)
    right = y == 1 if two else outputs.argmax(axis=1) == y
    bins = 10 if len(y) >= 200 else 5
    share, mean = sklearn("calibration").calibration_curve(right, np.clip(confidence, 0, 1), n_bins=bins)
    made, (axes,) = plots.figure(1, width=4.2, height=3.6)
    axes.plot([0, 1], [0, 1], color=plots.INK, linestyle=":", linewidth=1, label="perfectly calibrated")
    axes.plot(mean, share, color=BLUE, marker="o", linewidth=1.4, label="rows of this page, in bins")
    what = f"predicted probability of {classes[1]!s:.30}" if two else "probability of the predicted class"
    ylabel = f"share of {classes[1]!s:.30}" if two else "share that is right"
    axes.set(xlabel=plain(what), ylabel=plain(ylabel), xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    finish(axes)
    return made


@plots.in_style
def residuals(y: Array, predicted: Array, name: str) -> Figure:
    """True against predicted numbers, and the distribution of what is left."""
    made, (points, histogram) = plots.figure(2, width=3.5, height=3.3)
    y, predicted = y[:POINTS], predicted[:POINTS]
    low, high = min(y.min(), predicted.min()), max(y.max(), predicted.max())
    points.plot([low, high], [low, high], color=plots.INK, linestyle=":", linewidth=1)
    points.scatter(predicted, y, s=12, color=BLUE, alpha=0.5, linewidths=0)
    points.set(xlabel=plain(f"predicted {name:.30}"), ylabel=plain(f"true {name:.30}"))
    histogram.hist(y - predicted, bins=min(30, max(5, len(y) // 10)), color=ORANGE)
    histogram.axvline(0, color=plots.INK, linestyle=":", linewidth=1)
    histogram.set(xlabel="true − predicted", ylabel="rows")
    finish(points)
    finish(histogram)
    return made


@plots.in_style
def importance(columns: Sequence[Mapping[str, Any]], score: str) -> Figure:
    """How much of the score is lost when a column is shuffled, the columns that matter most first."""
    shown = list(columns[:SHOWN])[::-1]
    made, (axes,) = plots.figure(1, width=6.8, height=1.1 + 0.26 * len(shown))
    axes.barh(
        [plain(f"{column['column']:.32}") for column in shown],
        [column["mean"] for column in shown],
        xerr=[column["std"] for column in shown],
        color=BLUE,
        error_kw={"ecolor": plots.INK, "elinewidth": 1},
    )
    axes.axvline(0, color=plots.INK, linewidth=0.8)
    axes.set(xlabel=f"{score} lost when the column is shuffled")
    finish(axes)
    return made


def finish(axes: Axes, *, legend: bool = False) -> None:
    """A faint grid, and a legend."""
    axes.grid(visible=True, alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
    if legend:
        axes.legend(loc="best")


def plain(text: str) -> str:
    r"""Text in which nothing is mathematics to Matplotlib.

    >>> plain("price_$")
    'price_\\$'
    """
    return text.replace("$", r"\$")
