"""The page of measurements, from the files that `chainrule bench` wrote: no number of it is typed."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the benchmarks are no part of the library

from benchmarks.tables import Table, figures, of_verdicts, tables_of
from benchmarks.targets import judge
from benchmarks.works import WORKS

__all__ = ["headline", "read", "render"]

RESULTS = ROOT / "benchmarks" / "results"
STEPS = tuple(work.name for work in WORKS if work.function == "steps:measure")
ELSEWHERE = ("estimators",)
"""What stands on another page: docs/sklearn.md."""
NAMES = {
    "numpy": "NumPy",
    "jax": "JAX",
    "torch": "PyTorch",
    "keras": "Keras",
}


def read(folder: Path = RESULTS) -> dict[str, Any]:
    """What each work's file holds, by the work's name; works that were not measured are left out."""
    paths = {work.name: folder / f"{work.name}.json" for work in WORKS if work.name not in ELSEWHERE}
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.exists()}


def render(results: Mapping[str, Any]) -> str:
    """The page."""
    steps = {name: results[name] for name in STEPS if name in results}
    return f"""# Performance

Generated from `benchmarks/results/` by `make docs`. To measure again:

```sh
make bench                      # installs the peers, and measures everything; or, with what is installed:
chainrule bench [NAME]...       # --list says what there is, --quick only sees whether it runs
```

{machines(results)}

## Figures to reach

How many times faster than the fastest of the peers in question, or how little time and memory. A figure is the median
of ratios of neighbouring runs, a peer's to ours.

{table(of_verdicts(judge(results)))}

## A training step beside every peer

All train the same network of sigmoid layers on the same batches, from the same weights, in one process, in turn: one
run of ours, one of a peer's, one of ours, one of the next. Each permutes the samples of every epoch itself, and each
keeps its losses. Before anybody's time is taken, everybody trains for a little and is compared with the reference
engine, loss by loss and weight by weight; who comes to something else is not timed. A process has as many cores as
threads. Compiling is not in these times. A run takes as many epochs as fit into a fifth of a second, so slow peers take
fewer; times are for a step. Below 1, the peer is faster than we are.

- **in-place NumPy**: [the loop](../benchmarks/peers/in_place.py) that a careful person writes for exactly this network.
- **textbook NumPy**: [the loop](../benchmarks/peers/textbook.py) that everyone writes.
- **scikit-learn**: `MLPClassifier`; it keeps predictions off 0 and 1 before it takes their logarithm, where all others
  compute the loss from z.
- **JAX**: a jitted step called in a loop, and the whole run in one `lax.scan`.
- **PyTorch**: eager and through `torch.compile`, with its fused `SGD`. **Keras**: `fit`, on JAX.

![Training step of each peer as a multiple of ours, by network, on a logarithmic axis](images/performance-steps.png)

{table(overview(steps))}

{folded(steps)}

## A thousand networks at once

{section(results, "population")}

## How the cost grows

Each point is a process of its own on one core, with the engine that `fit` takes by itself once its kernel is compiled.

![Time and memory against samples, width, depth and networks, on logarithmic axes](images/performance-growth.png)

{section(results, "growth")}

## Time to the first result

Whole processes, from the command to its end. The small fit is the report's XOR network for a thousand epochs, written
as each library's users write it; "first on the machine" begins with an empty cache of compiled kernels.

{section(results, "start")}

## Whether what is fast is right

{section(results, "accuracy")}

## Data that does not fit

{section(results, "large-data")}

## A large table from the command line

{section(results, "table")}
"""


def headline(results: Mapping[str, Any]) -> str:
    """The README's paragraph: a step of the report's XOR network, and how many times longer it takes others."""
    peers = results.get("xor", {}).get("peers", {})
    ratios = {name: peer["ratio"]["median"] for name, peer in peers.items() if "ratio" in peer}
    if "seconds" not in peers.get("chainrule", {}):
        return "Not measured yet: `make bench`."
    jax = min((name for name in ratios if name.startswith("JAX")), key=lambda name: ratios[name], default=None)
    said = {jax: f"JAX with the whole run in one compiled loop {ratios[jax]:.0f} times" if jax else ""}
    for name in ("textbook NumPy", "scikit-learn", "PyTorch eager"):
        if name in ratios:
            said[name] = f"{name} {ratios[name]:.0f} times"
    step = peers["chainrule"]["seconds"]["median"] * 1e6
    return textwrap.fill(
        f"A training step of the report's XOR network takes **{step:.2f} µs**, losses recorded; "
        f"{', '.join(filter(None, said.values()))} as long. "
        "`make bench` measures it here; [docs/performance.md](docs/performance.md) has all sizes and peers.",
        width=120,
        break_long_words=False,
    )


def read_work(name: str, folder: Path = RESULTS) -> dict[str, Any] | None:
    """The results of one work, or None if there are none yet."""
    path = folder / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def after_mark(text: str, page: str, names: Sequence[str], measured: str | None) -> str:
    """A page with what follows its mark written again: what works of these names measured, or that nobody did."""
    files = " and ".join(f"{name}.json" for name in names)
    before, mark, _ = text.partition(
        f"<!-- measured: `make docs` writes what follows from benchmarks/results/{files} -->\n"
    )
    if not mark:
        raise ValueError(f"docs/{page} lacks the line of the results of {' and '.join(names)}")
    nobody = f"Not measured yet: `chainrule bench {' '.join(names)}`."
    return f"{before}{mark}\n{measured or nobody}\n"


def machines(results: Mapping[str, Any]) -> str:
    """What was measured on what; results of more than one machine are said to be so."""
    lines = []
    for result in results.values():
        about = result["machine"]
        packages = ", ".join(
            f"{NAMES.get(name, name)} {version}" for name, version in about["packages"].items() if version
        )
        line = (
            f"Measured on {about['processor']} ({about['machine']}, {about['system']}), {about['cores']} cores: "
            f"chainrule {about['chainrule']}, Python {about['python']}, {packages}; {result['repeats']} repeats."
        )
        if result["quick"]:
            line += " **A quick look, which is not to be quoted.**"
        if line not in lines:
            lines.append(line)
    return "\n\n".join(lines)


def table(made: Table) -> str:
    """A table in Markdown; columns that are empty in every row are left out."""
    kept = [i for i in range(len(made.header)) if i == 0 or any(row[i] for row in made.rows)]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cells[i].replace("|", "\\|") for i in kept) + " |"

    ruler = "|" + "|".join("---" if i == 0 else "---:" for i in kept) + "|"
    return "\n".join([line(made.header), ruler, *(line(row) for row in made.rows)])


def overview(steps: Mapping[str, Any]) -> Table:
    """A row for each network, a column for each peer: the median ratio."""
    names = list(dict.fromkeys(name for step in steps.values() for name in step.get("peers", {})))[1:]
    rows = []
    for step in steps.values():
        peers = step.get("peers", {})
        cells = [figures(peers[name]["ratio"]["median"]) if "ratio" in peers.get(name, {}) else "–" for name in names]
        rows.append([step["title"], *cells])
    return Table("Ratios", ["network", *names], rows)


def folded(steps: Mapping[str, Any]) -> str:
    """Every step's own tables, shut."""
    parts = []
    for step in steps.values():
        inside = "\n\n".join(table(made) for made in tables_of(step))
        parts.append(f"<details><summary>{step['title']}</summary>\n\n{inside}\n\n</details>")
    return "\n\n".join(parts)


def section(results: Mapping[str, Any], name: str) -> str:
    """One work's tables with their titles."""
    if name not in results:
        return f"Not measured yet: `chainrule bench {name}`."
    return "\n\n".join(f"{made.title}:\n\n{table(made)}" for made in tables_of(results[name]))
