"""Times to solve as dots with their intervals, a row each: a drawing that several studies may share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule import plots

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["dots", "round_numbers"]


def dots(
    axes: Axes, found: Sequence[Mapping[str, Any]], names: Sequence[str], styles: Sequence[int], *, unit: str = "epochs"
) -> None:
    """Times to solve, a row each: the median, its interval, and at the right the share that solves the task.

    Args:
        axes: where.
        found: of each row the intervals `epochs` and `solved`.
        names: of the rows; none to leave them out.
        styles: which of `plots.SERIES` each row has.
        unit: of the times.
    """
    for row, (each, k) in enumerate(zip(found, styles, strict=True)):
        colour, _, marker = plots.SERIES[k]
        interval, face = each["epochs"], "white" if each["solved"]["value"] < 0.5 else colour
        axes.plot([interval["low"], interval["high"]], [row, row], color=colour, linewidth=2)
        axes.plot([interval["value"]], [row], marker, color=colour, markerfacecolor=face, markersize=6)
        axes.annotate(
            f"{100 * each['solved']['value']:.0f} %",
            (1.01, row),
            xycoords=("axes fraction", "data"),
            fontsize=7.5,
            va="center",
            annotation_clip=False,
        )
    rows = len(found)
    axes.set(xscale="log", yticks=range(rows), yticklabels=names or [""] * rows, ylim=(rows - 0.5, -0.5), xlabel=unit)
    axes.minorticks_off()
    axes.set_xticks(round_numbers(*axes.get_xlim()))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.grid(visible=True, alpha=0.25, linewidth=0.6)


def round_numbers(low: float, high: float, most: int = 5) -> list[float]:
    """Some round numbers between two, so many at most where that leaves any, for a logarithmic axis.

    >>> round_numbers(8, 2000), round_numbers(150, 310)
    ([10.0, 30.0, 100.0, 300.0, 1000.0], [200.0, 300.0])
    """
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    made: list[float] = []
    for digits in ((1, 2, 3, 5), (1, 3), (1,)):
        made = [float(k * power) for power in powers for k in digits if low <= k * power <= high]
        if len(made) <= most:
            break
    return made
