"""The pictures of the study of activations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator, NullLocator

from chainrule import plots
from chainrule.experiments.dots import round_numbers
from chainrule.experiments.intervals import Interval
from chainrule.experiments.signals import LABELS
from chainrule.experiments.study import Measured, Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["dots", "pictures", "time_to_solve"]

RIDGES = 6
FILL = "#9cc9e6"
BOUNDED = ("sigmoid", "tanh", "softsign")


def pictures(measured: Measured) -> list[Picture]:
    """All of them, in the order of the answer."""
    depth = measured.results["depth"]
    return [
        ridges(
            measured,
            "a",
            "activations-through-layers",
            "activation",
            f"The activations of {depth} hidden layers before training, over samples, units and seeds; exact zeros, "
            "half of ReLU's, are left out. Each ridge is a layer, the first on top, drawn to the same height, which is "
            "the root of the density, so that its tails can be seen.",
        ),
        ridges(
            measured,
            "delta",
            "gradients-through-layers",
            r"$\log_{10}\,|\partial L / \partial z|$",
            f"The sizes of the gradients ∂L/∂z of {depth} hidden layers before training, of the root mean square of "
            "the last layer's, as powers of ten; exact zeros are left out. Each ridge is a layer, the first on top; "
            "its height is the root of the density. "
            "The dotted line is the last layer's root mean square: ridges that lean to the left above it vanish.",
        ),
        over_time(measured),
        time_to_solve(
            {
                task: {LABELS[name]: solved for name, solved in measured.results[task]["kinds"].items()}
                for task in ("XOR", "spirals")
            },
            "Time to solve by activation, each at the rate that suits it. Left of each pair the share of networks that "
            "solve the task, right the median epochs until then, both with 95 % intervals; a network that does not "
            "solve the task counts as the last epoch.",
        ),
    ]


def ridges(measured: Measured, what: str, name: str, label: str, caption: str) -> Picture:
    """The distribution in some of the layers, one above the other, a panel for each activation."""
    names, depth = list(measured.results["start"]), measured.results["depth"]
    columns = min(4, len(names))
    made, panels = plots.figure(columns, -(-len(names) // columns), width=2.25, height=2.2)
    shown = np.unique(np.linspace(0, depth - 1, min(depth, RIDGES)).round().astype(int))
    for k, (axes, activation) in enumerate(zip(panels, names, strict=False)):
        density, edges = (measured.arrays[f"{activation} {what} {key}"] for key in ("density", "edges"))
        middle = (edges[1:] + edges[:-1]) / 2
        for row, layer in enumerate(shown):
            height = 1.5 * np.sqrt(density[layer] / max(density[layer].max(), 1))
            base = -row
            axes.fill_between(middle, base, base + height, color=FILL, lw=0, zorder=2 * row)
            axes.plot(middle, base + height, color=plots.INK, linewidth=0.8, zorder=2 * row + 1)
        if what == "delta":
            axes.axvline(0, color=plots.INK, linestyle=":", linewidth=0.9, zorder=99)
        axes.set(title=LABELS[activation], ylim=(-len(shown) + 0.8, 1.7))
        axes.set_yticks(
            -np.arange(len(shown)), [str(layer + 1) for layer in shown] if k % columns == 0 else [""] * len(shown)
        )
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        if k % columns == 0:
            axes.set_ylabel("hidden layer")
        axes.xaxis.set_major_locator(MaxNLocator(3, integer=what == "delta"))
    for axes in panels[len(names) :]:
        axes.remove()
    made.supxlabel(label, fontsize=10)
    return Picture(name, made, caption)


def over_time(measured: Measured) -> Picture:
    """Units that are off, and activations that are saturated, as training goes on."""
    made, panels = plots.figure(4, width=2.5, height=3.0)
    units, marks = measured.results["units"], measured.arrays["marks"]
    rectifiers = [name for name in units if name not in BOUNDED]
    styles = dict(zip(rectifiers, plots.SERIES, strict=False)) | dict(zip(BOUNDED, plots.SERIES, strict=False))
    for k, axes in enumerate(panels):
        what, key = ("off", "saturated")[k // 2], ("suited", "faster")[k % 2]
        for name in rectifiers if what == "off" else BOUNDED:
            values = measured.arrays.get(f"{name} {key} {what}")
            if values is None or not np.isfinite(values).all():
                continue
            colour, dashes, marker = styles[name]
            axes.plot(
                marks,
                100 * values,
                color=colour,
                linestyle=dashes,
                marker=marker,
                markersize=4.5,
                linewidth=1.4,
                label=LABELS[name],
                clip_on=False,
            )
        axes.set(title=("rate that suits", "ten times that rate")[k % 2], xscale="log", xlabel="epoch", ylim=(0, None))
        axes.grid(visible=True, alpha=0.25, linewidth=0.6)
    for pair, text in ((panels[:2], "units off on every sample, %"), (panels[2:], "saturated activations, %")):
        top = max(1.0, *(axes.get_ylim()[1] for axes in pair))
        for axes in pair:
            axes.set_ylim(0, top)
        pair[0].set_ylabel(text)
        pair[0].legend(loc="upper left", fontsize=8)
    return Picture(
        "units-over-time",
        made,
        "Networks on the spirals as training goes on, mean over seeds. Left pair: hidden units whose slope is below "
        "5 % of the steepest on every sample; ReLU's are dead, their slope is 0. Right pair: hidden activations "
        "nearer than 0.05 to a bound of their range.",
    )


def time_to_solve(
    tasks: Mapping[str, Mapping[str, Mapping[str, Any]]],
    caption: str,
    *,
    name: str = "time-to-solve",
    width: float = 2.5,
) -> Picture:
    """The share that solves each task and the epochs that it takes, a row for each kind."""
    rows = max(map(len, tasks.values()))
    made, panels = plots.figure(2 * len(tasks), width=width, height=0.9 + 0.25 * rows)
    for k, (task, kinds) in enumerate(tasks.items()):
        left, right = panels[2 * k : 2 * k + 2]
        labels = list(kinds) if k == 0 or list(kinds) != list(next(iter(tasks.values()))) else [""] * len(kinds)
        style = plots.SERIES[k]
        dots(left, labels, [solved["share"] for solved in kinds.values()], style, scale=100)
        dots(right, [""] * len(kinds), [solved["epochs"] for solved in kinds.values()], style)
        left.set(xlabel=f"{task}: solve it, %", xlim=(-3, 103))
        right.set(xlabel=f"{task}: epochs, median", xscale="log")
        low, high = right.get_xlim()
        right.set_xticks(round_numbers(low, high, most=4))
        right.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        right.xaxis.set_minor_locator(NullLocator())
    return Picture(name, made, caption)


def dots(
    axes: Axes, labels: Sequence[str], values: Sequence[Interval], style: tuple[Any, ...], *, scale: float = 1
) -> None:
    """A dot and its interval for each of some kinds, the first on top."""
    colour, _, marker = style
    for row, value in enumerate(values):
        axes.plot([scale * value["low"], scale * value["high"]], [row, row], color=colour, linewidth=2)
        axes.plot([scale * value["value"]], [row], marker, color=colour, markersize=6)
    axes.set(yticks=range(len(values)), ylim=(len(values) - 0.5, -0.5))
    axes.set_yticklabels(labels)
    axes.grid(visible=True, axis="both", alpha=0.25, linewidth=0.6)
