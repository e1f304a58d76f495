"""Writes again every page and picture of docs/ that comes from a script: `make docs`."""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # the pages' own modules

import report_checked

from chainrule import plots
from chainrule.experiments.reproduce import reproduce

RESULTS = HERE.parent / "benchmarks" / "results"


def performance() -> str:
    """The page of measurements, from the files that the benchmarks wrote."""
    results = json.loads((RESULTS / "engines.json").read_text(encoding="utf-8"))
    rows, machine = results["rows"], results["machine"]
    worst = max(rows, key=lambda row: row["numpy"]["ratio"])
    best = min(rows, key=lambda row: row["compiled"]["ratio"])

    def cells(found: dict[str, float]) -> str:
        return (
            f"{found['microseconds']:,.2f} | **{found['ratio']:.3f}** | "
            f"{found['ratio_lowest']:.3f}–{found['ratio_highest']:.3f}"
        )

    table = "\n".join(
        f"| {row['network']} | {row['batch_size']} | {row['dtype']} | {row['by hand']['microseconds']:,.1f} | "
        f"{cells(row['numpy'])} | {cells(row['compiled'])} |"
        for row in rows
    )
    return f"""# Performance

Generated from `benchmarks/results/`; `make bench && make docs` measures again and writes it again.

## The engines against the same loop by hand

One training step of a network of sigmoid layers with binary cross entropy and momentum, on one thread. The peer,
[handwritten.py](../benchmarks/handwritten.py), is the loop that a careful person writes in NumPy for exactly this
network: every product and every operation in place. All train the same network on the same batches, in turn, in one
process, and reach the same losses. A ratio is the median of {machine["repeats"]} pairs, with the lowest and the
highest; below 1 the engine is faster than the loop by hand.

| network | batch | dtype | by hand, µs | NumPy engine, µs | ratio | range | compiled engine, µs | ratio | range |
|---|---:|---|---:|---:|---:|---:|---:|---:|---:|
{table}

On {machine["cores"]} cores ({machine["machine"]}), Python {machine["python"]}, NumPy {machine["numpy"]}, Numba
{machine["numba"]}. Compiling is not in these times; it takes a few seconds, once for each kind of network on a machine.

**The NumPy engine** takes at most {worst["numpy"]["ratio"]:.2f} times as long as the loop by hand, for
{worst["network"]} in {worst["dtype"]}. On small networks it is ahead because it asks less of Python: weight and bias of
a layer are one matrix, so that a product adds the bias and another one sums its gradient; all parameters are one
vector, so that an update is four calls for the whole network. On wide layers both wait for the same matrix products.

**The compiled engine** is at its best with {best["network"]}, which takes it {1 / best["compiled"]["ratio"]:.0f} times
less than the loop by hand. Its products are plain loops: wide layers are better left to the NumPy engine.
"""


def picture() -> bytes:
    """The README's picture: both experiments, the loss and the decision boundary of each."""
    made, panels = plots.figure(2, rows=2, width=4.4, height=3)
    for outcome, (left, right) in zip(reproduce(verbose=0).outcomes, (panels[:2], panels[2:]), strict=True):
        title = outcome.experiment.title
        printed = outcome.experiment.printed.loss
        plots.loss_curve(
            left, outcome.history.loss, printed=printed, converged=outcome.converged, title=f"{title}: loss"
        )
        left.locator_params(axis="x", nbins=5)
        plots.decision(
            right, outcome.network.predict, outcome.X, outcome.y, title=f"{title}: what the network makes of it"
        )
    return plots.to_png(made, dots_per_inch=150)


def main() -> None:
    """Write them all."""
    (HERE / "report-checked.md").write_text(report_checked.render(), encoding="utf-8")
    (HERE / "performance.md").write_text(performance(), encoding="utf-8")
    (HERE / "images").mkdir(exist_ok=True)
    (HERE / "images" / "reproduce.png").write_bytes(picture())


if __name__ == "__main__":
    main()
