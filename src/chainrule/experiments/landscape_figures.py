"""The pictures of the study of the landscape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.ticker import LogLocator

from chainrule import plots
from chainrule.experiments import loss_surface, plateau
from chainrule.experiments.loss_surface import Task
from chainrule.experiments.study import Measured, Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from chainrule.arrays import Array

__all__ = ["TITLES", "pictures"]

TITLES = {"xor solved": "XOR, solved", "xor stuck": "XOR, stuck", "spirals": "spirals"}
LOWEST, HIGHEST = 1e-4, 10.0  # losses beyond are drawn as these


def pictures(measured: Measured, xor: Task, line: Array, reach: float) -> list[Picture]:
    """Lines, planes, and paths."""
    kinds = [kind for kind in TITLES if f"{kind} lines" in measured.arrays]
    made = [lines(measured, kinds, line), planes(measured, kinds, reach)]
    paths = [kind for kind in kinds if f"{kind} path" in measured.arrays]
    return [*made, path(measured, paths, xor)]


def lines(measured: Measured, kinds: list[str], at: Array) -> Picture:
    """The loss along the straight line from start to end."""
    made, panels = plots.figure(len(kinds), width=3.2, height=3.3)
    for axes, kind, (colour, dashes, _) in zip(panels, kinds, plots.SERIES, strict=False):
        losses = np.maximum(measured.arrays[f"{kind} lines"], LOWEST)
        axes.semilogy(at, losses[:40].T, color=colour, linewidth=0.5, alpha=0.35)
        axes.semilogy(at, np.median(losses, axis=0), color=colour, linestyle=dashes, linewidth=2.4, label="median")
        if kind.startswith("xor"):
            axes.axhline(plateau.ACROSS, color=plots.INK, linestyle=":", linewidth=1, label=f"{plateau.ACROSS:.4f}")
        axes.set(title=f"{TITLES[kind]} ({len(losses):,})", xlabel="share of the way", ylim=(LOWEST, HIGHEST))
        axes.legend(loc="lower left", fontsize=9)
    panels[0].set_ylabel("mean cross entropy")
    return Picture(
        "line",
        made,
        "The loss on the straight line from the initial to the trained parameters, of up to 40 networks of each kind, "
        f"and the median of all. Dotted: the loss of an XOR network that sees only x₁ + x₂. Losses below {LOWEST:g} or "
        f"above {HIGHEST:g} lie on the edge.",
    )


def planes(measured: Measured, kinds: list[str], reach: float) -> Picture:
    """The loss around a trained network of each kind."""
    made, panels = plots.figure(len(kinds), width=3.5, height=3.4)
    for axes, kind in zip(panels, kinds, strict=True):
        values = measured.arrays[f"{kind} plane"]
        side = np.linspace(-reach, reach, len(values))
        contours(axes, side, side, values)
        axes.plot(0, 0, "*", color="white", markeredgecolor="black", markersize=11)
        axes.set(title=TITLES[kind], aspect="equal", xlabel="first direction")
    panels[0].set_ylabel("second direction")
    bar(panels)
    return Picture(
        "plane",
        made,
        "The loss around the first network of each kind (star) in two random directions, filter-normalized: 1 is as "
        "far as each unit's own weights are long. The same scale for all.",
    )


def path(measured: Measured, kinds: list[str], xor: Task) -> Picture:
    """The path that training took, in the plane that holds most of it."""
    made, panels = plots.figure(len(kinds), width=4.2, height=3.6)
    shares = []
    for axes, kind in zip(panels, kinds, strict=True):
        points = measured.arrays[f"{kind} path"]
        directions, at, share = loss_surface.path_plane(points)
        shares.append(share)
        low, high = at.min(axis=0), at.max(axis=0)
        middle, half = (low + high) / 2, 0.65 * max(high - low)
        x, y = (np.linspace(middle[k] - half, middle[k] + half, 61) for k in (0, 1))
        contours(axes, x, y, loss_surface.in_plane(xor, points[-1], directions[0], directions[1], x, y))
        axes.plot(*at.T, color="white", linewidth=2.6)
        axes.plot(*at.T, "o-", color="black", linewidth=1.2, markersize=2.4)
        axes.plot(*at[0], "s", color="white", markeredgecolor="black", markersize=8, label="start")
        axes.plot(*at[-1], "*", color="white", markeredgecolor="black", markersize=13, label="end")
        axes.set(title=TITLES[kind], aspect="equal", xlabel="first principal direction")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    panels[0].set_ylabel("second principal direction")
    bar(panels)
    return Picture(
        "path",
        made,
        "The path that training took, from the square to the star, a dot at each of 60 epochs at even ratios, in the "
        "plane that holds most of it: "
        + " and ".join(f"{100 * share:.1f} %" for share in shares)
        + " of its squared length.",
    )


NORM = LogNorm(LOWEST, HIGHEST)
LEVELS = 10.0 ** np.arange(-4, 1.01, 0.25)


def contours(axes: Axes, x: Array, y: Array, values: Array) -> None:
    """The loss as shades and lines of equal loss, four to a power of ten."""
    values = np.clip(values, LOWEST * 1.001, HIGHEST * 0.999)
    axes.contourf(x, y, values, levels=LEVELS, norm=NORM, cmap="cividis")
    axes.contour(x, y, values, levels=LEVELS, colors="white", linewidths=0.4, alpha=0.6)


def bar(panels: Sequence[Axes]) -> None:
    """The scale of the shades."""
    from matplotlib.cm import ScalarMappable

    made = panels[0].get_figure()
    assert made is not None
    made.colorbar(
        ScalarMappable(NORM, "cividis"), ax=list(panels), label="mean cross entropy", shrink=0.8, ticks=LogLocator()
    )
