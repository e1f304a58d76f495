"""What a full-batch step takes on w workers: a model whose few constants come from the measured steps.

    t(w, n) = n c / w + latency · levels(w) + task · tasks(w) + bytes / bandwidth

c is the compute time of a row on one worker, `levels` how often sums are added on the way to θ, `tasks` how many
tasks the scheduler hands out for it, and the bytes are θ to each worker and a gradient back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["BANDWIDTH", "fitted", "levels", "seconds", "tasks"]

BANDWIDTH = 1.25e9 / 8
"""Bytes a second that the client's network is taken to carry: 1.25 Gbit/s."""
TOGETHER = 16  # sums that a task adds


def tasks(workers: int) -> int:
    """How many tasks a step has: one a worker, and those that add their sums up.

    >>> tasks(2), tasks(16), tasks(100)
    (2, 16, 107)
    """
    total = left = workers
    while left > TOGETHER:
        left = -(-left // TOGETHER)
        total += left
    return total


def levels(workers: int) -> int:
    """How many of them wait for one another.

    >>> levels(2), levels(100), levels(1000)
    (1, 2, 3)
    """
    return max(1, math.ceil(math.log(workers, TOGETHER)))


def fitted(steps: Mapping[str, Any]) -> dict[str, Any]:
    """The constants, by least squares on the steps on tiny data; and of a row, from the step on one worker."""
    counts = np.array([int(workers) for workers in steps["workers"]])
    tiny = np.array([found["tiny_step"]["median"] for found in steps["workers"].values()])
    A = np.column_stack([[levels(w) for w in counts], [tasks(w) for w in counts]])
    latency, task = np.maximum(np.linalg.lstsq(A, tiny, rcond=None)[0], 0)
    first = steps["workers"]["1"]
    return {
        "latency": float(latency),
        "task": float(task),
        "row": (first["step"]["median"] - first["tiny_step"]["median"]) / steps["rows"],
        "bytes": 8 * (steps["parameters"] + 1) + 4 * steps["parameters"],
        "bandwidth": BANDWIDTH,
    }


def seconds(model: Mapping[str, float], workers: int, rows: float, *, wire: bool = True) -> float:
    """The time of a step by the model; `wire` adds what a network takes, which one machine does not have."""
    carried = model["bytes"] * workers / model["bandwidth"] if wire else 0.0
    waiting = model["latency"] * levels(workers) + model["task"] * tasks(workers)
    return rows * model["row"] / workers + waiting + carried
