"""The pictures of the study of initialization."""

from __future__ import annotations

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from chainrule import plots
from chainrule.datasets import xor
from chainrule.experiments.activation_figures import time_to_solve
from chainrule.experiments.signals import LABELS
from chainrule.experiments.study import Measured, Picture
from chainrule.experiments.vanishing_figures import legend_above
from chainrule.network import Network

__all__ = ["pictures"]

DRAWN = ("He", "Glorot", "LeCun", "Glorot, gain 4", "orthogonal", "N(0, 0.05²)", "N(0, 1)")
"""The others coincide with one of these, or have no signal."""


def pictures(measured: Measured) -> list[Picture]:
    """All of them, in the order of the answer."""
    return [
        through_layers(measured),
        copies(measured),
        surfaces(measured),
        *(times(measured, task) for task in ("XOR", "spirals")),
        by_scale(measured),
    ]


def through_layers(measured: Measured) -> Picture:
    """The spread of the activations and the gradient by layer."""
    start, depth = measured.results["start"], measured.results["depth"]
    made, panels = plots.figure(len(start), 2, width=3.2, height=2.9)
    layer = np.arange(1, depth + 1)
    for row, way in enumerate(("forward", "backward")):
        shown = panels[row * len(start) : (row + 1) * len(start)]
        for axes, activation in zip(shown, start, strict=True):
            for k, (kind, (colour, dashes, marker)) in enumerate(zip(DRAWN, plots.SERIES, strict=False)):
                values = measured.arrays[f"{activation} {kind} {way}"]
                axes.semilogy(
                    layer[: len(values)],
                    np.where(values > 0, values, np.nan),
                    color=colour,
                    linestyle=dashes,
                    linewidth=1.5,
                    marker=marker,
                    markersize=4.5,
                    markevery=(k % max(1, depth // 5), max(1, depth // 5)),
                    label=kind,
                )
            axes.set(xlim=(0.5, depth + 0.5))
            axes.grid(visible=True, alpha=0.25, linewidth=0.6)
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            if row == 0:
                axes.set_title(LABELS[activation])
            else:
                axes.set_xlabel("hidden layer")
        shown[0].set_ylabel(("spread of the activations", "gradient (root mean square)")[row])
    legend_above(list(panels), columns=4)
    return Picture(
        "signals-through-layers",
        made,
        f"Through {depth} hidden layers before training, median over seeds. Above: the standard deviation of the "
        "activations over the samples. Below: the root mean square of ∂L/∂z. Level lines are what an initialization "
        "is for; one ends where only rounding is left. The uniform laws lie on the normal ones of the same variance; "
        "zeros has no signal.",
    )


def copies(measured: Measured) -> Picture:
    """How far apart the units of a layer are."""
    made, (axes,) = plots.figure(1, width=5.6, height=3.6)
    marks = measured.arrays["copies marks"]
    kinds = measured.results["copies"]["kinds"]
    least = min(
        measured.arrays[f"copies {kind}"][measured.arrays[f"copies {kind}"] > 0].min(initial=1) for kind in kinds
    )
    floor = 10.0 ** (np.floor(np.log10(least)) - 2)
    for k, (kind, (colour, dashes, marker)) in enumerate(zip(kinds, plots.SERIES, strict=False)):
        values = measured.arrays[f"copies {kind}"]
        axes.loglog(
            marks,
            np.where(values > 0, values, floor),
            color=colour,
            linestyle=dashes,
            marker=marker,
            markersize=5,
            markevery=(2 * (k % 2), 4),
            label=kind,
            clip_on=False,
        )
    ticks = [10.0**power for power in range(0, int(np.log10(floor)), -4)]
    axes.set_yticks([floor, *ticks], ["exactly 0", *(f"$10^{{{round(np.log10(tick))}}}$" for tick in ticks)])
    axes.minorticks_off()
    axes.set(xlabel="epoch", ylabel="largest difference between units", ylim=(floor, None))
    axes.axhline(floor * 5, color=plots.INK, linewidth=0.7, linestyle=(0, (1, 3)))
    axes.grid(visible=True, alpha=0.25, linewidth=0.6)
    axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), title="initial weights")
    return Picture(
        "copies",
        made,
        "XOR, the report's network: the largest difference between two units of a hidden layer, in any weight or bias, "
        "as training goes on; median over runs. Below the dotted line it is 0 to the last bit. “½ ± s” is N(½, s²).",
    )


def surfaces(measured: Measured) -> Picture:
    """What networks make of the plane whose units are copies, and one whose units are not."""
    shown = {"constant": "all weights one constant", "½ ± 10⁻⁶": "N(½, 10⁻¹²)", "Glorot, gain 4": "Glorot, gain 4"}
    made, panels = plots.figure(len(shown), width=3.9, height=3.3)
    X, y = xor()
    for axes, (kind, title) in zip(panels, shown.items(), strict=True):
        network = Network([2, 3, 3, 1], seed=0)
        network.parameters[...] = measured.arrays[f"network {kind}"]
        plots.decision(axes, network.predict, X, y, title=title)
    return Picture(
        "copies-surface",
        made,
        f"XOR: what a network makes of the plane after {measured.results['copies']['epochs']:,} epochs, of each kind "
        "the run with the lowest loss. Units that are copies act as one, and one unit a layer can only rise or fall in "
        "one direction.",
    )


def times(measured: Measured, task: str) -> Picture:
    """Time to solve by initialization, a pair of panels an activation."""
    kinds = measured.results[task]["kinds"]
    the = "XOR" if task == "XOR" else "the spirals"
    return time_to_solve(
        {LABELS[activation]: found for activation, found in kinds.items()},
        f"Time to solve {the} by initialization, each at the rate that suits it: left of each pair the share of "
        "networks that solve the task, right the median epochs until then, both with 95 % intervals; a network that "
        "does not solve the task counts as the last epoch.",
        name=f"time-to-solve-{task.lower()}",
        width=2.05,
    )


def by_scale(measured: Measured) -> Picture:
    """Who solves the spirals, and how soon, by the factor before the weights."""
    made, (left, right) = plots.figure(2, width=4.2, height=3.3)
    scales = np.array(measured.results["scales"])
    for (activation, found), (colour, dashes, marker) in zip(
        measured.results["scale"].items(), plots.SERIES, strict=False
    ):
        for axes, key, times in ((left, "share", 100), (right, "epochs", 1)):
            value, low, high = (
                times * np.array([each[key][end] for each in found]) for end in ("value", "low", "high")
            )
            axes.fill_between(scales, low, high, color=colour, alpha=0.15, lw=0)
            axes.plot(
                scales, value, color=colour, linestyle=dashes, marker=marker, markersize=5, label=LABELS[activation]
            )
    for axes in (left, right):
        axes.axvline(1, color=plots.INK, linestyle=":", linewidth=1)
        axes.set(xlabel="times the right initialization", xscale="log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.grid(visible=True, alpha=0.25, linewidth=0.6)
    left.set(ylabel="solve the spirals, %", ylim=(-3, 103))
    right.set(ylabel="epochs, median", yscale="log")
    right.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    right.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    right.yaxis.set_minor_locator(NullLocator())
    legend_above([left], columns=3)
    return Picture(
        "scale",
        made,
        "The spirals by the scale of the initial weights, with 95 % intervals. Dotted: the right initialization as it "
        "is. A network that does not solve the task counts as the last epoch.",
    )
