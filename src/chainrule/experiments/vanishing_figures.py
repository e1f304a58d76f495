"""The pictures of the study of the vanishing gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LogNorm

from chainrule import plots
from chainrule.experiments.signals import LABELS
from chainrule.experiments.study import Measured, Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["pictures"]

PANELS = (
    ("wrong none", "(a) wrong initialization"),
    ("right none", "(b) right initialization"),
    ("wrong batch_norm", "(c) wrong, with batch normalization"),
    ("wrong layer_norm", "(d) wrong, with layer normalization"),
)


def pictures(measured: Measured) -> list[Picture]:
    """All of them, in the order of the answer."""
    return [through_layers(measured), by_depth(measured), learned(measured), training(measured)]


def legend_above(axes_list: list[Axes], *, columns: int) -> None:
    """One legend for all panels, above them."""
    first = axes_list[0]
    made = first.get_figure()
    assert made is not None
    handles, labels = first.get_legend_handles_labels()
    made.legend(handles, labels, loc="outside upper center", ncols=columns, fontsize=9)


def through_layers(measured: Measured) -> Picture:
    """The gradient of every layer before training."""
    made, panels = plots.figure(2, 2, width=4.3, height=3.1)
    deepest = measured.results["deepest"]
    layer = np.arange(1, deepest + 1)
    shown = np.array([measured.arrays[f"{name} {kind}"] for name in measured.results["start"] for kind, _ in PANELS])
    lowest, highest = min(0.25 ** (deepest - 1), float(np.nanmin(shown))), float(np.nanmax(shown))
    for axes, (kind, title) in zip(panels, PANELS, strict=True):
        for k, (name, (colour, dashes, marker)) in enumerate(
            zip(measured.results["start"], plots.SERIES, strict=False)
        ):
            values = measured.arrays[f"{name} {kind}"]
            start = k * max(1, deepest // 40)
            axes.semilogy(
                layer,
                values,
                color=colour,
                linestyle=dashes,
                linewidth=1.5,
                marker=marker,
                markersize=4.5,
                markevery=(start, max(1, deepest // 5)),
                label=LABELS[name],
            )
        axes.semilogy(layer, 0.25 ** (deepest - layer), color=plots.INK, linewidth=0.9, linestyle=(0, (1, 2)))
        middle = deepest // 2
        axes.annotate(
            r"$(1/4)^{\mathrm{layers}}$",
            (middle, 0.25 ** (deepest - middle)),
            (8, -10),
            textcoords="offset points",
            fontsize=9,
            va="top",
        )
        axes.set(title=title, xlim=(1, deepest), ylim=(lowest / 30, highest * 30))
        axes.grid(visible=True, alpha=0.25, linewidth=0.6)
    for axes in panels[2:]:
        axes.set_xlabel("hidden layer (the output follows the last)")
    for axes in panels[::2]:
        axes.set_ylabel("gradient, of the last layer's")
    legend_above(list(panels), columns=8 if len(measured.results["start"]) > 4 else 4)
    return Picture(
        "gradient-through-layers",
        made,
        f"The gradient on its way back through {deepest} hidden layers, before training: the root mean square of "
        "∂L/∂z of each layer, divided by that of the last one, which is at the right; median over seeds. Dotted: a "
        "quarter for each layer, the most that sigmoid's derivative lets through where the weights neither grow nor "
        "shrink the gradient.",
    )


def by_depth(measured: Measured) -> Picture:
    """The gradient of the first layer's weights by depth."""
    made, panels = plots.figure(2, width=4.3, height=3.1)
    for axes, start in zip(panels, ("wrong", "right"), strict=True):
        for (name, values), (colour, dashes, marker) in zip(
            measured.results["depth"].items(), plots.SERIES, strict=False
        ):
            axes.loglog(
                [int(depth) for depth in values[start]],
                list(values[start].values()),
                color=colour,
                linestyle=dashes,
                marker=marker,
                markersize=5,
                label=LABELS[name],
            )
        axes.set(title=f"{start} initialization", xlabel="hidden layers")
        ticks = [int(depth) for depth in values[start]]
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.minorticks_off()
        axes.grid(visible=True, alpha=0.25, linewidth=0.6)
    low = min(axes.get_ylim()[0] for axes in panels)
    high = max(axes.get_ylim()[1] for axes in panels)
    for axes in panels:
        axes.set_ylim(low, high)
    panels[0].set_ylabel("gradient of the first layer's weights")
    legend_above(list(panels), columns=8 if len(measured.results["start"]) > 4 else 4)
    return Picture(
        "gradient-by-depth",
        made,
        "The norm of ∂L/∂W of the first layer before training, by the number of hidden layers; median over seeds.",
    )


def learned(measured: Measured) -> Picture:
    """The share that learns the spirals, and the digits, by depth."""
    found, digits = measured.results["learned"], measured.results["digits"]
    columns = min(4, len(found))
    made, panels = plots.figure(columns, -(-len(found) // columns), width=2.2, height=2.1)
    depths = measured.results["depths"]
    for axes, (name, starts) in zip(panels, found.items(), strict=False):
        series = {f"spirals, {start} initialization": shares for start, shares in starts.items()}
        series["digits, right initialization"] = digits[name]
        for (label, shares), (colour, dashes, marker), shift in zip(
            series.items(), plots.SERIES, (-0.09, 0.09, 0), strict=False
        ):
            at = np.array([depths.index(int(depth)) for depth in shares]) + shift
            value, low, high = (np.array([100 * s[k] for s in shares.values()]) for k in ("value", "low", "high"))
            axes.vlines(at, low, high, color=colour, linewidth=1.2, alpha=0.7)
            axes.plot(at, value, color=colour, linestyle=dashes, marker=marker, markersize=5, label=label)
        axes.set(title=LABELS[name], ylim=(-4, 104), yticks=(0, 50, 100), xlim=(-0.4, len(depths) - 0.6))
        axes.set_xticks(range(len(depths)), [str(depth) for depth in depths])
        axes.grid(visible=True, alpha=0.25, linewidth=0.6)
    for k, axes in enumerate(panels):
        if k % columns == 0:
            axes.set_ylabel("learn, %")
        if k + columns >= len(found):
            axes.set_xlabel("hidden layers")
    legend_above(list(panels), columns=3)
    return Picture(
        "learned-by-depth",
        made,
        "The share of networks that learn the spirals and the digits, by the number of hidden layers, with 95 % "
        "intervals.",
    )


def training(measured: Measured) -> Picture:
    """The gradient of every layer's weights as training goes on."""
    kinds = measured.results["training"]["kinds"]
    made, panels = plots.figure(len(kinds), width=2.35, height=2.9)
    marks = measured.arrays["marks"]
    values = {title: measured.arrays[f"training {title}"] for title in kinds}
    finite = np.concatenate([v[np.isfinite(v) & (v > 0)] for v in values.values()])
    norm = LogNorm(max(float(finite.min()), 1e-10), float(finite.max()))
    edges = np.concatenate([marks / np.sqrt(1.3), marks[-1:] * np.sqrt(1.3)])
    for axes, (title, value) in zip(panels, values.items(), strict=True):
        n = value.shape[1]
        mesh = axes.pcolormesh(edges, np.arange(n + 1) + 0.5, value.T, norm=norm, cmap="cividis", rasterized=True)
        axes.set(title=title, xscale="log", xlabel="epoch", yticks=(1, n))
        axes.set_yticklabels(["first", "output"] if axes is panels[0] else ["", ""])
        axes.title.set_fontsize(9.5)
    panels[0].set_ylabel("layer")
    made.colorbar(mesh, ax=list(panels), label=r"norm of $\partial L / \partial W$", shrink=0.85)
    return Picture(
        "gradient-during-training",
        made,
        f"The norm of ∂L/∂W of every layer of networks of {measured.results['training']['depth']} hidden layers while "
        f"they learn the spirals; median over seeds. “Wrong” and “right” say which initialization.",
    )
