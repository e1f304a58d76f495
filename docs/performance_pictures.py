"""The pictures of the page of measurements."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from matplotlib.ticker import NullFormatter
from performance_page import STEPS

from chainrule import plots

__all__ = ["growth", "steps"]

# A colour and a marker for each: none is told from another by its colour alone.
LOOKS = {
    "chainrule, compiled": ("#000000", "|"),
    "chainrule, NumPy": ("#000000", "x"),
    "in-place NumPy": ("#0072b2", "o"),
    "textbook NumPy": ("#56b4e9", "s"),
    "scikit-learn": ("#e69f00", "^"),
    "JAX, jitted step": ("#009e73", "v"),
    "JAX, one scan": ("#009e73", "D"),
    "PyTorch eager": ("#d55e00", "P"),
    "PyTorch compiled": ("#d55e00", "X"),
    "Keras": ("#cc79a7", "*"),
}


@plots.in_style
def steps(results: Mapping[str, Any]) -> bytes:
    """Every peer's step as a multiple of ours, with its range, a line for each network."""
    found = [results[name] for name in STEPS if "peers" in results.get(name, {})]
    made, (axes,) = plots.figure(1, width=9.5, height=1.9 + 0.55 * len(found))
    for name, (colour, marker) in LOOKS.items():
        for y, result in enumerate(found):
            ratio = result["peers"].get(name, {}).get("ratio")
            if ratio:
                axes.plot([ratio["lowest"], ratio["highest"]], [y, y], color=colour, linewidth=1)
                axes.plot(ratio["median"], y, marker, color=colour, markersize=7)
        axes.plot([], [], marker, color=colour, markersize=7, label=name)
    axes.axvline(1, color=plots.INK, linewidth=1.2)
    axes.set_xscale("log")
    axes.set_ylim(max(1, len(found)) - 0.5, -0.5)
    axes.set_yticks(range(len(found)), [result["title"].replace(", batches of ", "\nbatches of ") for result in found])
    axes.set(title="Time of a training step, ours = 1 (right of the line: slower than ours)", xlabel="ratio to ours")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.grid(visible=True, axis="x", alpha=0.25, linewidth=0.6)
    made.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=5)
    return plots.to_png(made, dots_per_inch=150)


@plots.in_style
def growth(results: Mapping[str, Any]) -> bytes:
    """Time, with its slope, and memory, against each size."""
    found = results.get("growth", {}).get("growth", {})
    made, panels = plots.figure(max(1, len(found)), rows=2, width=3.1, height=2.6)
    for i, (name, rise) in enumerate(found.items()):
        n = [row["n"] for row in rise["points"]]
        for axes, key, colour, marker, label in (
            (panels[i], "seconds", "#0072b2", "o", "time, s"),
            (panels[len(found) + i], "megabytes", "#d55e00", "s", "most memory, MB"),
        ):
            axes.loglog(n, [row[key] for row in rise["points"]], f"{marker}-", color=colour, markersize=5)
            axes.set(xlabel=name, ylabel=label if i == 0 else "")
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_minor_formatter(NullFormatter())
            axes.grid(visible=True, which="both", alpha=0.25, linewidth=0.6)
        if rise["slope"] is not None:
            panels[i].set_title(f"time ~ n$^{{{rise['slope']:.2f}}}$ over the upper half", fontsize=9)
    memory = [row["megabytes"] for rise in found.values() for row in rise["points"]]
    for axes in panels[len(found) :]:
        axes.set_ylim(10, 10 ** math.ceil(math.log10(max(memory, default=100) + 1)))
    seconds = [row["seconds"] for rise in found.values() for row in rise["points"]]
    for axes in panels[: len(found)]:
        axes.set_ylim(min(seconds, default=1) / 2, max(seconds, default=1) * 2)
    return plots.to_png(made, dots_per_inch=150)
