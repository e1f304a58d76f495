"""The figures of a search: the losses in the order of the trials, which settings mattered, and the loss over each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from chainrule import plots
from chainrule.sweep.result import Result, Row
from chainrule.sweep.setting import Choices, Searched
from chainrule.tables.figures import BLUE, GREEN, ORANGE, finish, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["history", "importance", "slices"]

PANELS = 3
"""In a row of the settings' figure."""


@plots.in_style
def history(result: Result) -> Figure:
    """The loss of every trial, and the least so far."""
    made, (axes,) = plots.figure(1, width=6.8, height=3.2)
    points(axes, result.rows, [row.trial for row in result.rows], labelled=True)
    complete = [row for row in result.rows if row.completed]
    least = np.minimum.accumulate(np.array([row.value for row in complete]))
    last = max(row.trial for row in result.rows)
    steps = [row.trial for row in complete] + [last]
    axes.step(steps, [*least, least[-1]], where="post", color=GREEN, linewidth=1.6, label="least so far")
    axes.set(xlabel="trial", ylabel=plain(result.loss.replace("_", " ")))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    finish(axes, legend=True)
    return made


@plots.in_style
def importance(result: Result) -> Figure:
    """The share of each setting in what the loss varies by, the greatest first."""
    shown = list(result.importance.items())[::-1]
    made, (axes,) = plots.figure(1, width=6.8, height=1.0 + 0.3 * len(shown))
    bars = axes.barh([plain(name.replace("_", " ")) for name, _ in shown], [share for _, share in shown], color=BLUE)
    axes.bar_label(bars, fmt="%.2f", padding=3, fontsize=9)
    axes.set(xlabel="share of the variance of the loss", xlim=(0, 1.08 * max(share for _, share in shown) or 1))
    finish(axes)
    return made


@plots.in_style
def slices(result: Result, searched: Mapping[str, Searched]) -> Figure:
    """The losses over the values of each setting."""
    names = sorted(searched, key=lambda name: -result.importance.get(name, 0.0))
    rows = -(-len(names) // PANELS)
    made, panels = plots.figure(min(PANELS, len(names)), rows, width=6.8 / min(PANELS, len(names)), height=2.3)
    for axes, name in zip(panels, names, strict=False):
        one = searched[name]
        values = [row.values[name] for row in result.rows]
        if isinstance(one, Choices):
            points(axes, result.rows, [one.values.index(value) for value in values])
            axes.set_xticks(range(len(one.values)), [plain(f"{value!s:.12}") for value in one.values])
            axes.set_xlim(-0.5, len(one.values) - 0.5)
        else:
            points(axes, result.rows, values)
            axes.set_xscale("log" if one.log else "linear")
        axes.set_title(plain(name.replace("_", " ")), fontsize=10)
        finish(axes)
    for axes in panels[len(names) :]:
        axes.remove()
    return made


def points(axes: Axes, rows: Sequence[Row], at: Sequence[float], *, labelled: bool = False) -> None:
    """A point for each trial that has a loss."""
    for completed, colour, marker, label in ((True, BLUE, "o", "completed"), (False, ORANGE, "x", "pruned")):
        shown = [(x, row.value) for x, row in zip(at, rows, strict=True) if row.completed == completed]
        known = [(x, value) for x, value in shown if value is not None]
        if known:
            x, y = zip(*known, strict=True)
            axes.scatter(x, y, s=18, color=colour, marker=marker, label=label if labelled else None)
    losses = [row.value for row in rows if row.value is not None]
    if min(losses) > 0:
        axes.set_yscale("log")
