"""docs/scale.md: its figures, from benchmarks/results/scale.json; and the picture of how a step grows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import performance_page

from benchmarks.scale_model import seconds
from benchmarks.tables import duration, tables_of
from chainrule import plots

__all__ = ["picture", "read", "render", "write"]

HERE = Path(__file__).parent
LINES = {1e7: ("#0072b2", "-"), 1e8: ("#009e73", "--"), 1e9: ("#e69f00", "-."), 1e10: ("#d55e00", ":")}
"""A colour and a kind of line for each number of rows: none is told from another by its colour alone."""
MOST = 1000


def read(folder: Path = performance_page.RESULTS) -> dict[str, Any] | None:
    """The results, or None if there are none yet."""
    return performance_page.read_work("scale", folder)


def render(text: str, result: Mapping[str, Any] | None) -> str:
    """The page with its tables written again."""
    measured = None
    if result is not None:
        tables = [f"**{made.title}**\n\n{performance_page.table(made)}" for made in tables_of(result)]
        lines = [model(result), *tables, performance_page.machines({"scale": result})]
        measured = "\n\n".join(filter(None, lines))
    return performance_page.after_mark(text, "scale.md", ["scale"], measured)


def model(result: Mapping[str, Any]) -> str:
    """The constants of the model, and what it makes of a large cluster."""
    found = result["scale"].get("model")
    if found is None:
        return ""
    far, cores = seconds(found, MOST, 1e10), cores_of(result)
    return (
        f"The model's constants, from these measurements: {duration(found['row'] * 1e6)} for a million rows on one "
        f"worker, {duration(found['latency'])} a level, {duration(found['task'])} a task. Computed, not measured: "
        f"10¹⁰ rows on {MOST:,} workers take {duration(far)} a step, {duration(1e10 * found['row'] / MOST)} of it "
        f"computing, over a network of {found['bandwidth'] * 8 / 1e9:g} Gbit/s. "
        f"On the {cores} cores measured here, more workers than cores cannot be faster; computed for these cores, a "
        f"step differs from the measured one by at most {off(result):.0%}. One worker's is not among those compared: "
        "the model takes the time of a row from it."
    )


def cores_of(result: Mapping[str, Any]) -> int:
    """How many cores the benchmark ran on, whatever the machine has."""
    return min(int(result["threads"]), int(result["machine"]["cores"]))


def here(result: Mapping[str, Any], workers: int) -> float:
    """The model's time of the step that was measured, for the cores that it was measured on."""
    found = result["scale"]
    return seconds(found["model"], workers, float(found["steps"]["rows"]), wire=False, cores=cores_of(result))


def off(result: Mapping[str, Any]) -> float:
    """The most by which the model differs from the measured steps on several workers, as a share of these."""
    measured = {int(w): row["step"]["median"] for w, row in result["scale"]["steps"]["workers"].items()}
    return max(abs(here(result, w) / time - 1) for w, time in measured.items() if w > 1)


def write() -> None:
    """Write the page and its picture again."""
    path, result = HERE / "scale.md", read()
    path.write_text(render(path.read_text(encoding="utf-8"), result), encoding="utf-8")
    (HERE / "images" / "scale.png").write_bytes(picture(result))


@plots.in_style
def picture(result: Mapping[str, Any] | None) -> bytes:
    """Time of a step against workers: measured as filled marks, the model's as lines and as hollow marks."""
    made, (axes,) = plots.figure(1, width=8, height=4.6)
    axes.set(xscale="log", yscale="log", xlabel="workers", ylabel="time of a full-batch step, s")
    found = result["scale"] if result is not None and "scale" in result else {}
    if result is None or "model" not in found:
        axes.set(xticks=[], yticks=[], xlim=(1, MOST))
        axes.minorticks_off()
        axes.text(0.5, 0.5, "not measured yet", transform=axes.transAxes, ha="center", va="center")
    else:
        workers = np.unique(np.geomspace(1, MOST, 60).astype(int))
        for rows, (colour, line) in LINES.items():
            times = [seconds(found["model"], int(w), rows) for w in workers]
            exponent = round(np.log10(rows))
            axes.plot(workers, times, line, color=colour, linewidth=1.6, label=f"$10^{{{exponent}}}$ rows, computed")
        measured = found["steps"]
        colour, _ = LINES.get(measured["rows"], LINES[1e7])
        times = [row["step"]["median"] for row in measured["workers"].values()]
        label = f"{measured['rows']:,} rows, {cores_of(result)} cores: "
        workers = np.array(list(map(int, measured["workers"])))
        computed = [here(result, int(w)) for w in workers]
        axes.plot(workers, times, "o", color=colour, markersize=7, label=label + "measured")
        axes.plot(workers, computed, "s", color="black", fillstyle="none", markersize=11, label=label + "computed")
        axes.grid(visible=True, which="both", alpha=0.25, linewidth=0.6)
        made.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    axes.set_title("A full-batch step of 20-32-16-1 on 20 columns of float32")
    return plots.to_png(made, dots_per_inch=150)
