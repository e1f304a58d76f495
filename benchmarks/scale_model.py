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
from scipy.optimize import nnls

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
    """The constants, none below 0, by least squares on what steps cost besides computing; a row's from one worker."""
    counts = np.array([int(workers) for workers in steps["workers"]])
    besides = np.array([found["besides"]["median"] for found in steps["workers"].values()])
    A = np.column_stack([[levels(w) for w in counts], [tasks(w) for w in counts]])
    latency, task = nnls(A, besides)[0]
    first = steps["workers"]["1"]
    return {
        "latency": float(latency),
        "task": float(task),
        "row": (first["step"]["median"] - first["besides"]["median"]) / steps["rows"],
        "bytes": 8 * (steps["parameters"] + 1) + 4 * steps["parameters"],
        "bandwidth": BANDWIDTH,
    }


def seconds(
    model: Mapping[str, float], workers: int, rows: float, *, wire: bool = True, cores: int | None = None
) -> float:
    """The time of a step by the model.

    Args:
        model: its constants.
        workers: how many compute.
        rows: how many there are.
        wire: whether to add what a network takes, which one machine does not have.
        cores: how many cores the workers share; None for one each.
    """
    carried = model["bytes"] * workers / model["bandwidth"] if wire else 0.0
    waiting = model["latency"] * levels(workers) + model["task"] * tasks(workers)
    return rows * model["row"] / min(workers, cores or workers) + waiting + carried
