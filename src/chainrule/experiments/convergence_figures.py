"""The pictures of the study of convergence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from chainrule import plots
from chainrule.experiments import likelihood, plateau
from chainrule.experiments.experiment import EXPERIMENTS
from chainrule.experiments.intervals import wilson
from chainrule.experiments.study import Measured, Picture
from chainrule.network import Network

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from chainrule.arrays import Array

__all__ = ["pictures"]

KINDS = ("solved in time", "on the plateau", "elsewhere")  # what a `kind` of 0, 1, 2 is


def pictures(measured: Measured, seeds: Sequence[int]) -> list[Picture]:
    """All of them, in the order of the answer."""
    return [
        solved(measured),
        margins(measured),
        plateaus(measured),
        surfaces(measured, seeds),
        saturation(measured),
        initializers(measured),
        momentum(measured),
    ]


def thousands(axes: Axes, axis: str = "x") -> None:
    """Commas between thousands on a logarithmic axis."""
    which = axes.xaxis if axis == "x" else axes.yaxis
    which.set_major_formatter(lambda value, _: f"{value:,.0f}")


def solved(measured: Measured) -> Picture:
    """The share that classifies every point, by epoch."""
    made, (axes,) = plots.figure(1, width=6.8, height=3.6)
    for experiment, (colour, dashes, _) in zip(EXPERIMENTS, plots.SERIES, strict=False):
        epoch, results = measured.arrays[f"{experiment.name} epoch"], measured.results[experiment.name]
        at = np.geomspace(100, results["end"], 160)
        shares = [wilson(int((epoch <= t).sum()), len(epoch)) for t in at]
        axes.semilogx(
            at, [100 * s["value"] for s in shares], color=colour, linestyle=dashes, label=f"{experiment.title} task"
        )
        axes.fill_between(
            at, [100 * s["low"] for s in shares], [100 * s["high"] for s in shares], color=colour, alpha=0.2, lw=0
        )
        by = results["by"]
        axes.plot([by, by], [0, 100], color=colour, linestyle=":", linewidth=1)
        axes.annotate(
            f"report: {by:,}", (by, 3), (4, 0), textcoords="offset points", color=colour, fontsize=9, va="bottom"
        )
    axes.set(xlabel="epochs", ylabel="networks that classify every point, %", ylim=(0, 100.5))
    thousands(axes)
    axes.grid(visible=True, alpha=0.25, linewidth=0.6)
    axes.legend(loc="upper left")
    return Picture(
        "solved",
        made,
        "The share of networks that classify every point and go on doing so, by epoch, with its 95 % interval "
        "(shaded). Dotted: the epochs by which the report says that its networks converge.",
    )


def margins(measured: Measured) -> Picture:
    """The epochs that the linear task takes beside the margin of the sample."""
    made, (axes,) = plots.figure(1, width=6.8, height=3.4)
    epoch, margin, results = (
        measured.arrays["linear epoch"],
        measured.arrays["linear margin"],
        measured.results["linear"],
    )
    finite = np.isfinite(epoch)
    colour, _, marker = plots.SERIES[0]
    axes.loglog(margin[finite], epoch[finite], marker, color=colour, markersize=3, alpha=0.5, label="solved")
    never, other = ~finite, plots.SERIES[1]
    if never.any():
        end = np.full(never.sum(), results["end"])
        axes.loglog(margin[never], end, other[2], color=other[0], markersize=6, label="not solved by the end")
        axes.legend(loc="lower left")
    axes.axhline(results["by"], color=plots.INK, linestyle=":", linewidth=1)
    axes.annotate(
        f"report: {results['by']:,} epochs",
        (0, results["by"]),
        (4, 3),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        fontsize=9,
    )
    axes.set(xlabel="distance of the nearest point to the diagonal", ylabel="epochs to solve the task")
    thousands(axes, "y")
    return Picture(
        "linear-margin",
        made,
        "Linear task: each network's epochs to solve its sample, beside how near the sample's nearest point lies "
        "to the line that divides the classes (the unit square has side 1).",
    )


def plateaus(measured: Measured) -> Picture:
    """Loss curves of networks that solve XOR and of some that do not, and their outputs along the diagonal."""
    made, (left, right) = plots.figure(2, width=4.2, height=3.5)
    kind, loss, marks = (measured.arrays[f"xor {name}"] for name in ("kind", "loss", "marks"))
    output = measured.arrays["xor output"]
    for which, (name, (colour, dashes, marker)) in enumerate(zip(KINDS, plots.SERIES, strict=False)):
        chosen = np.flatnonzero(kind == which)
        for k in chosen[:40]:
            label = f"{name}: {len(chosen):,}" if k == chosen[0] else None
            left.loglog(marks + 1, loss[k], color=colour, linestyle=dashes, linewidth=0.6, alpha=0.6, label=label)
        if len(chosen):
            middle, low, high = np.quantile(output[chosen], [0.5, 0.05, 0.95], axis=0)
            t = np.arange(11) / 10
            right.plot(t, middle, color=colour, linestyle=dashes, marker=marker, markersize=5, label=name)
            right.fill_between(t, low, high, color=colour, alpha=0.15, lw=0)
    for value, text in ((plateau.START, f"{plateau.START:.3f}"), (plateau.ACROSS, f"{plateau.ACROSS:.3f}")):
        left.axhline(value, color=plots.INK, linestyle=":", linewidth=1)
        left.annotate(
            text,
            (0, value),
            (3, 3),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            fontsize=9,
            va="bottom",
        )
    left.set(xlabel="epoch", ylabel="mean cross entropy", xlim=(90, None))
    legend = left.legend(loc="lower left", fontsize=9)
    for handle in legend.legend_handles:
        handle.set(linewidth=1.6, alpha=1)  # type: ignore[union-attr]
    right.axhline(0.5, color=plots.INK, linestyle=":", linewidth=1)
    right.set(xlabel="$t$, of the point $(t, 1 - t)$", ylabel="output after 10,000 epochs", ylim=(-0.03, 1.03))
    right.legend(loc="lower left", fontsize=9)
    return Picture(
        "plateau",
        made,
        "XOR. Left: the loss of up to 40 networks of each kind. Dotted: the loss of a network that gives every point "
        f"the same output ({plateau.START:.3f}) and of one that sees only x₁ + x₂ ({plateau.ACROSS:.3f}). Right: what "
        "the networks put out along the diagonal of class 1, median and 5 to 95 % of the networks; its centre is of "
        "class 0.",
    )


def surfaces(measured: Measured, seeds: Sequence[int]) -> Picture:
    """What the first network of each kind makes of the plane."""
    kind = measured.arrays["xor kind"]
    shown = [(name, np.flatnonzero(kind == which)) for which, name in enumerate(KINDS[:2]) if (kind == which).any()]
    made, panels = plots.figure(len(shown), width=4.2, height=3.4)
    experiment = EXPERIMENTS[1]
    for axes, (name, found) in zip(panels, shown, strict=True):
        network = Network(experiment.printed.sizes, seed=0)
        network.parameters[...] = measured.arrays["xor parameters"][found[0]]
        title = f"{name} (seed {seeds[int(found[0])]})"
        plots.decision(axes, network.predict, *experiment.data(0), title=title)
    return Picture(
        "surface",
        made,
        "XOR: what the first network of each kind makes of the plane after 10,000 epochs. A network that has solved "
        "the task has its valley along the diagonal of class 0, which the centre belongs to. On the plateau the ridge "
        "runs along the other one, and takes the centre with it.",
    )


def cumulative(axes: Axes, groups: Sequence[tuple[str, Array]], label: str) -> None:
    """The share of networks of each group that lie below each value."""
    for (name, values), (colour, dashes, _) in zip(groups, plots.SERIES, strict=False):
        if len(values):
            axes.plot(
                np.sort(values), np.linspace(0, 100, len(values)), color=colour, linestyle=dashes, label=name, lw=1.8
            )
    axes.set(xlabel=label, ylabel="networks below, %", ylim=(0, 100.5))
    axes.grid(visible=True, alpha=0.25, linewidth=0.6)


def saturation(measured: Measured) -> Picture:
    """Whether saturation or the gradient tells failures from solutions."""
    made, (left, right) = plots.figure(2, width=4.2, height=3.2)
    kind = measured.arrays["xor kind"]
    for axes, name, label, scale in (
        (left, "saturated", "saturated hidden activations, %", 100),
        (right, "gradient", "norm of the gradient", 1),
    ):
        groups = [(text, scale * measured.arrays[f"xor {name}"][kind == which]) for which, text in enumerate(KINDS)]
        cumulative(axes, groups, label)
    right.set_xscale("log")
    left.legend(loc="lower right", fontsize=9)
    return Picture(
        "saturation",
        made,
        "XOR after 10,000 epochs. Left: the share of hidden activations, over units and points, within "
        f"{plateau.SATURATED:g} of 0 or 1. Right: the norm of the gradient. Each curve says how many of the networks "
        "of its kind lie below.",
    )


def initializers(measured: Measured) -> Picture:
    """The shares by initialization."""
    made, panels = plots.figure(2, width=3.6, height=2.5)
    for axes, experiment, (colour, _, marker) in zip(panels, EXPERIMENTS, plots.SERIES, strict=False):
        results = measured.results[experiment.name]
        shares = results["initializers"]
        for row, share in enumerate(shares.values()):
            axes.plot([100 * share["low"], 100 * share["high"]], [row, row], color=colour, linewidth=2)
            axes.plot([100 * share["value"]], [row], marker, color=colour, markersize=7)
        axes.set(
            title=f"{experiment.title}, {results['by']:,} epochs",
            xlabel="networks that classify every point, %",
            yticks=range(len(shares)),
            yticklabels=list(shares) if axes is panels[0] else [""] * len(shares),
            ylim=(len(shares) - 0.5, -0.5),
        )
        axes.grid(visible=True, axis="x", alpha=0.25, linewidth=0.6)
    return Picture(
        "initialization",
        made,
        "The share of networks that classify every point in time, by initialization, with 95 % intervals.",
    )


def momentum(measured: Measured) -> Picture:
    """The losses by momentum beside the printed ones, and the likelihood of each momentum."""
    made, panels = plots.figure(3, width=3.2, height=3.3)
    momenta, results = measured.arrays["momenta"], measured.results["momentum"]
    for axes, experiment, (colour, _, marker) in zip(panels, EXPERIMENTS, plots.SERIES, strict=False):
        levels = np.exp(measured.arrays[f"{experiment.name} levels"])
        low, middle, high = np.nanquantile(levels, [0.05, 0.5, 0.95], axis=1)
        axes.semilogy(momenta, middle, marker, color=colour, linestyle="-", markersize=5, label="median, 5 to 95 %")
        axes.fill_between(momenta, low, high, color=colour, alpha=0.2, lw=0)
        axes.axhline(
            results[experiment.name]["printed"], color=plots.INK, linestyle="--", linewidth=1.2, label="report"
        )
        axes.set(title=f"{experiment.title}", xlabel="momentum", ylabel="loss at the printed epochs")
        axes.legend(loc="lower left", fontsize=9)
    axes = panels[2]
    for name, key, (colour, dashes, _) in zip(
        ("Linear", "XOR", "both"), ("linear", "xor", "both"), plots.SERIES, strict=False
    ):
        logs = measured.arrays[f"{key} logs"]
        axes.plot(likelihood.FINE, np.exp(logs - logs.max()), color=colour, linestyle=dashes, label=name)
    axes.axvspan(results["both"]["low"], results["both"]["high"], color=plots.SERIES[2][0], alpha=0.15, lw=0)
    axes.set(
        title="Likelihood",
        xlabel="momentum",
        ylabel="beside the largest",
        ylim=(0, 1.25),
        xlim=(0, 0.9),
        yticks=(0, 0.5, 1),
    )
    axes.legend(loc="upper center", fontsize=9, ncols=3, columnspacing=1, handlelength=1.6)
    return Picture(
        "momentum",
        made,
        "Left and middle: the loss at the epochs at which the report prints it (geometric mean) of networks with each "
        "momentum that solve the task, beside the report's. Right: how likely the report's losses are with each "
        "momentum; shaded, the 95 % interval from both tasks.",
    )
