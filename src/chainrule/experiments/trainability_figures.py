"""The pictures of the study of trainability: a network a point, light where it has learned, dark where it has not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from chainrule import plots
from chainrule.experiments.plane import LEARNED, Axis, Plane, Trained
from chainrule.experiments.study import Measured, Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from chainrule.arrays import Array

__all__ = ["pictures"]

# Light against dark, so that the two are told apart in grey too.
FAST = LinearSegmentedColormap.from_list("learned", ["#fffbe6", "#bfe3f2", "#4aa8d8"])
STUCK = LinearSegmentedColormap.from_list("not learned", ["#c96a1b", "#7a2e0e", "#1c0a05"])
PLANES = ("momentum", "scale", "zoom")
MARKS = np.ravel(10.0 ** np.arange(-2, 7)[:, None] * [1, 2, 5])  # on the scales of shades
HIGHEST = 10.0  # a loss above is drawn as this one


def pictures(measured: Measured, planes: tuple[Plane, Plane], zoom: int) -> list[Picture]:
    """Both planes, and the first one's border enlarged."""
    first, second = planes
    near_x, near_y = measured.results["zoom"]["rate_range"], measured.results["zoom"]["momentum_range"]
    near = Plane(
        replace(first.x, low=near_x[0], high=near_x[1]), replace(first.y, low=near_y[0], high=near_y[1]), first.shared
    )
    found = {name: Trained(*(measured.arrays[f"{name} {what}"] for what in ("loss", "epoch"))) for name in PLANES}
    epochs = measured.results["epochs"]
    soonest = min([float(one.epoch[one.learned].min()) for one in found.values() if one.learned.any()], default=1.0)
    fast = LogNorm(min(soonest, epochs - 1), epochs)
    shade = (
        f"Light: the loss is below ln 2 / 21 for good; the shade says after how many of the {epochs:,} epochs. Dark: "
        "it is not; the shade says how large the last loss is."
    )
    made = []
    for name, plane in (("momentum", first), ("scale", second)):
        figure, (axes,) = plots.figure(1, width=7, height=5.6)
        draw(axes, plane, found[name], fast)
        if name == "momentum":
            x, y = plane.x.position(near_x), plane.y.position(near_y)
            axes.add_patch(Rectangle((x[0], y[0]), x[1] - x[0], y[1] - y[0], fill=False, ec="white", lw=2.6))
            axes.add_patch(Rectangle((x[0], y[0]), x[1] - x[0], y[1] - y[0], fill=False, ec="black", lw=1))
        size = len(measured.arrays[f"{name} loss"])
        caption = f"{size:,} × {size:,} XOR networks from one start, by {plane.x.label} and {plane.y.label}. {shade}"
        made.append(Picture(f"rate-{name}", figure, caption + (" The frame is enlarged below." * (name == "momentum"))))
    figure, (axes,) = plots.figure(1, width=7, height=5.6)
    draw(axes, near, found["zoom"], fast)
    caption = (
        f"The frame of the first picture, enlarged {zoom} times. To look closer: chainrule study trainability "
        f"--rate-range {near_x[0]:.6g} {near_x[1]:.6g} --momentum-range {near_y[0]:.6g} {near_y[1]:.6g}"
    )
    return [*made, Picture("border", figure, caption)]


def draw(axes: Axes, plane: Plane, found: Trained, fast: LogNorm) -> None:
    """A plane as an image, with a scale for those that learned and one for those that did not."""
    stuck = LogNorm(LEARNED, HIGHEST)
    axes.imshow(
        colours(found, fast, stuck), extent=(0, 1, 0, 1), origin="lower", interpolation="nearest", aspect="auto"
    )
    for axis, which in ((axes.xaxis, plane.x), (axes.yaxis, plane.y)):
        values = ticks(which)
        axis.set_ticks(which.position(values), [f"{value:.6g}" for value in values])
        axis.set_label_text(which.label)
    figure = axes.get_figure()
    assert figure is not None
    for norm, shades, label in ((fast, FAST, "learned: epochs"), (stuck, STUCK, "not learned: last loss")):
        bar = figure.colorbar(mpl.cm.ScalarMappable(norm, shades), ax=axes, label=label, shrink=0.8, pad=0.02)
        marks = [float(mark) for mark in MARKS if bar.ax.get_ylim()[0] <= mark <= bar.ax.get_ylim()[1]]
        bar.set_ticks(marks, labels=[f"{mark:,g}" for mark in marks])
        bar.minorticks_off()


def colours(found: Trained, fast: LogNorm, stuck: LogNorm) -> Array:
    """The image, (size, size, 4)."""
    loss = np.where(np.isfinite(found.loss), np.clip(found.loss, LEARNED, HIGHEST), HIGHEST)
    epoch = np.where(found.learned, found.epoch, 1.0)
    return np.where(found.learned[..., None], FAST(fast(epoch, clip=True)), STUCK(stuck(loss)))


def ticks(axis: Axis) -> Array:
    """Round values along an axis: powers of ten where it spans several, 1, 2, 5 where one or so.

    >>> ticks(Axis("", "", 0.1, 1000.0, log=True)).tolist()
    [0.1, 1.0, 10.0, 100.0, 1000.0]
    """
    if axis.log and axis.high / axis.low > 5:
        powers = 10.0 ** np.arange(np.floor(np.log10(axis.low)), np.ceil(np.log10(axis.high)) + 1)
        values = powers if axis.high / axis.low > 300 else (powers[:, None] * [1, 2, 5]).ravel()
    else:
        values = np.array(MaxNLocator(5).tick_values(axis.low, axis.high))
    return values[(values >= axis.low * (1 - 1e-9)) & (values <= axis.high * (1 + 1e-9))]
