"""Sweeps for tests: a small space on a small table, and what they leave."""

import json
from pathlib import Path
from typing import Any

from tests.tables_made import iris, written

__all__ = ["SMALL", "told", "trials", "with_space"]

SMALL = """
layers = 1
units = { low = 2, high = 16, log = true }
learning_rate = { low = 1e-3, high = 0.3, log = true }
activation = { choices = ["tanh", "relu"] }
epochs = 12
batch_size = 60
"""


def with_space(folder: Path, space: str = SMALL) -> list[object]:
    """The words of a sweep on iris, its table and its space written into the folder."""
    data, file = written(folder / "iris.csv", iris()), written(folder / "space.toml", space)
    return ["sweep", data, "--target", "species", "--space", file]


def told(output: Path) -> dict[str, Any]:
    """What sweep.json says."""
    found: dict[str, Any] = json.loads((output / "sweep.json").read_text(encoding="utf-8"))
    return found


def trials(output: Path) -> list[tuple[Any, ...]]:
    """The trials, without the time that they took."""
    return [
        (one["trial"], one["value"], one["score"], one["epochs"], one["ended_by"], one["values"])
        for one in told(output)["trials"]
    ]
