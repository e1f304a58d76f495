"""The pictures of the study of optimizers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from chainrule import plots
from chainrule.experiments.dots import dots
from chainrule.experiments.rivals import FAMILIES, RIVALS
from chainrule.experiments.study import Measured, Picture
from chainrule.experiments.surfaces import SURFACES, Surface

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from chainrule.arrays import Array

__all__ = ["pictures"]

FRAMES = 40
SHOWN = 200  # steps of a path


def pictures(measured: Measured, drawn: Sequence[str]) -> list[Picture]:
    """All of them, in the order of the answer."""
    return [profiles(measured), epochs(measured), paths(measured, drawn)]


def profiles(measured: Measured) -> Picture:
    """The performance profiles, a panel for each family, the others in grey."""
    names = list(measured.results["profile"])
    families = [family for family in FAMILIES if any(RIVALS[name].family == family for name in names)]
    made, panels = plots.figure(min(2, len(families)), -(-len(families) // 2), width=4.3, height=3.0)
    within = np.geomspace(1, 100, 120)
    curves = {}
    for name in names:
        ratio = measured.arrays[f"ratio {name}"]
        tried = np.sort(ratio[~np.isnan(ratio)])
        curves[name] = 100 * np.searchsorted(tried, within, side="right") / max(1, len(tried))
    for axes, family in zip(panels, families, strict=False):
        for curve in curves.values():
            axes.semilogx(within, curve, color="#d0d0d0", linewidth=0.8)
        inside = [name for name in names if RIVALS[name].family == family]
        for name, (colour, dashes, marker) in zip(inside, plots.SERIES, strict=False):
            axes.semilogx(
                within,
                curves[name],
                color=colour,
                linestyle=dashes,
                linewidth=1.8,
                marker=marker,
                markevery=(8 * inside.index(name) % 24, 30),
                markersize=5,
                label=name,
            )
        axes.set(title=family, ylim=(0, 101), xlim=(1, 100))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.grid(visible=True, alpha=0.25, linewidth=0.6)
        axes.legend(loc="lower right", fontsize=9)
    for axes in panels[: len(families)][-2:]:
        axes.set_xlabel(r"at most $\tau$ times the fewest epochs")
    for axes in panels[::2]:
        axes.set_ylabel("problems solved, %")
    for axes in panels[len(families) :]:
        axes.set_visible(False)
    return Picture(
        "performance-profiles",
        made,
        "Performance profiles: the share of all problems (a task or surface, and a seed) that an optimizer at its best "
        "rate solves in at most τ times the epochs of the fastest one. At the left: how often it is the fastest; at "
        "the right: how much it solves at all. Grey: all the others.",
    )


def epochs(measured: Measured) -> Picture:
    """The epochs to solve each task, by optimizer."""
    tasks = measured.results["tasks"]
    names = list(measured.results["profile"])
    made, panels = plots.figure(3, 2, width=2.75, height=0.9 + 0.19 * len(names))
    styles = [FAMILIES.index(RIVALS[name].family) for name in names]
    for k, (axes, task) in enumerate(zip(panels, tasks.values(), strict=True)):
        unit = "epochs" if k < 4 else "steps"
        dots(axes, [task["optimizers"][name] for name in names], names if k % 3 == 0 else [], styles, unit=unit)
        axes.set_title(task["title"])
    return Picture(
        "epochs-to-solve",
        made,
        "The epochs that each optimizer takes at its best rate, median with its 95 % interval; a network that does "
        "not solve the task counts the limit. Hollow: fewer than half do. At the right of each panel: the share that "
        "does. Colours and shapes tell the families apart.",
    )


def contours(axes: Axes, surface: Surface) -> None:
    """The surface, seen from above."""
    left, right, bottom, top = surface.window
    x, y = np.meshgrid(np.linspace(left, right, 100), np.linspace(bottom, top, 100))
    value = surface.value(np.stack([x.ravel(), y.ravel()], axis=1)).reshape(x.shape)
    axes.contour(x, y, np.log10(value + 1e-3), levels=10, colors="#b8b8b8", linewidths=0.6)
    axes.plot(*surface.lowest, "*", color=plots.INK, markersize=8)
    axes.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[])


def paths(measured: Measured, drawn: Sequence[str]) -> Picture:
    """The paths on the surfaces, still and moving."""
    made, panels = plots.figure(len(drawn), len(SURFACES), width=1.55, height=1.7)
    lines = []
    for k, axes in enumerate(panels):
        surface, name = SURFACES[k // len(drawn)], drawn[k % len(drawn)]
        contours(axes, surface)
        points = measured.arrays[f"{surface.name.lower()} {name}"][: SHOWN + 1]
        colour = plots.SERIES[FAMILIES.index(RIVALS[name].family)][0]
        (line,) = axes.plot(*points.T, ".-", color=colour, linewidth=0.9, markersize=2.5)
        (head,) = axes.plot(*points[-1:].T, "o", color=colour, markersize=5, markeredgecolor="white")
        axes.plot(*surface.start, "s", color=plots.INK, markersize=4)
        lines.append((points, line, head))
        if k < len(drawn):
            axes.set_title(name)
        if k % len(drawn) == 0:
            axes.set_ylabel(surface.name)
    return Picture(
        "paths",
        made,
        f"The first {SHOWN} steps of optimizers from the same point (square) toward the minimum (star), each at the "
        "rate that solves the surface soonest from other starting points; for L-BFGS, the points at which it evaluates "
        "the function. Contours: the logarithm of the function.",
        moving=animated(made, lines),
    )


def animated(made: Figure, lines: Sequence[tuple[Array, Line2D, Line2D]]) -> bytes:
    """The figure as a GIF in which the lines grow; they are whole again afterwards."""
    from PIL import Image

    canvas: Any = FigureCanvasAgg(made)  # parts of which are not typed
    frames = []
    resolution, face = made.dpi, made.get_facecolor()
    made.set_dpi(90)
    made.set_facecolor("white")
    moving = [artist for _, line, head in lines for artist in (line, head)]
    for artist in moving:
        artist.set_animated(True)
    canvas.draw()
    still = canvas.copy_from_bbox(made.bbox)
    for step in [*np.unique(np.geomspace(1, SHOWN + 1, FRAMES).astype(int)), SHOWN + 1]:
        canvas.restore_region(still)
        for points, line, head in lines:
            line.set_data(*points[:step].T)
            head.set_data(*points[:step][-1:].T)
        for artist in moving:
            assert artist.axes is not None
            artist.axes.draw_artist(artist)
        frames.append(Image.fromarray(np.asarray(canvas.buffer_rgba()).copy()).convert("RGB").quantize(64))
    for artist in moving:
        artist.set_animated(False)
    made.set_dpi(resolution)
    made.set_facecolor(face)
    file = io.BytesIO()
    times = [110] * (len(frames) - 1) + [2500]  # milliseconds
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=times, loop=0)
    return file.getvalue()
