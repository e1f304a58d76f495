"""Writes again every page and picture of docs/ that comes from a script: `make docs`."""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # the pages' own modules

import report_checked  # noqa: E402

from chainrule import plots  # noqa: E402
from chainrule.experiments.reproduce import reproduce  # noqa: E402

RESULTS = HERE.parent / "benchmarks" / "results"


def performance() -> str:
    """The page of measurements, from the files that the benchmarks wrote."""
    results = json.loads((RESULTS / "numpy_engine.json").read_text(encoding="utf-8"))
    rows, machine = results["rows"], results["machine"]
    worst = max(rows, key=lambda row: row["ratio"])
    table = "\n".join(
        f"| {row['network']} | {row['batch_size']} | {row['dtype']} | {row['microseconds']:,.1f} | "
        f"{row['microseconds_by_hand']:,.1f} | **{row['ratio']:.2f}** | "
        f"{row['ratio_lowest']:.2f}–{row['ratio_highest']:.2f} |"
        for row in rows
    )
    return f"""# Performance

Generated from `benchmarks/results/`; `make bench && make docs` measures again and writes it again.

## The NumPy engine against the same loop by hand

One training step of a network of sigmoid layers with binary cross entropy and momentum. The peer,
[handwritten.py](../benchmarks/handwritten.py), is the loop that a careful person writes for exactly this network: every
product and every operation in place. Both train the same network on the same batches, in turn, in one process, and
reach the same losses. The ratio is the median of {machine["repeats"]} pairs; below 1 the engine is faster. The
highest is {worst["ratio"]:.2f}, for {worst["network"]} in {worst["dtype"]}.

| network | batch | dtype | engine, µs a step | by hand, µs a step | ratio | lowest–highest |
|---|---:|---|---:|---:|---:|---:|
{table}

On {machine["cores"]} cores ({machine["machine"]}), Python {machine["python"]}, NumPy {machine["numpy"]}.

The engine is ahead on small networks because it asks less of Python: weight and bias of a layer are one matrix, so that
a product adds the bias and another one sums its gradient; all parameters are one vector, so that an update is four
calls for the whole network. On wide layers both wait for the same matrix products.
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
