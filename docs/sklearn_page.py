"""docs/sklearn.md: how to use the estimators, and how they compare, from benchmarks/results/estimators.json."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import performance_page

from benchmarks.estimators import SMALL
from benchmarks.tables import tables_of

__all__ = ["read", "render"]

HERE = Path(__file__).parent


def read(folder: Path = performance_page.RESULTS) -> dict[str, Any] | None:
    """The results, or None if there are none yet."""
    return performance_page.read_work("estimators", folder)


def render(text: str, result: Mapping[str, Any] | None) -> str:
    """The page with its tables written again."""
    measured = None
    if result is not None:
        tables = "\n\n".join(performance_page.table(made) for made in tables_of(result))
        measured = f"{summary(result)}\n\n{tables}\n\n{performance_page.machines({'estimators': result})}"
    return performance_page.after_mark(text, "sklearn.md", ["estimators"], measured)


def summary(result: Mapping[str, Any]) -> str:
    """The tables in two sentences."""
    rows = {name: row for name, row in result.get("sets", {}).items() if "ours" in row}
    if not rows:
        return "Nothing was measured."
    worst = min(row["ours"]["score"] - row["theirs"]["score"] for row in rows.values())
    slowest = min(rows, key=lambda name: rows[name]["ratio"]["median"])
    small = [f"{name} {rows[name]['ratio']['median']:.1f} ×" for name in SMALL if name in rows]
    most = "Our mean score is nowhere lower by" + (f" more than {-worst:.2f}" if worst < -0.005 else " 0.01")
    said = (
        f"{most} points. A fit is {rows[slowest]['ratio']['median']:.1f} times as fast where the gain is least "
        f"({slowest}); "
        f"on the small sets: {', '.join(small)}."
    )
    return textwrap.fill(said, width=120)


def write() -> None:
    """Write the page again."""
    path = HERE / "sklearn.md"
    path.write_text(render(path.read_text(encoding="utf-8"), read()), encoding="utf-8")
