"""How time and memory grow with the samples, the width, the depth and the number of networks.

Every point is a process of its own, which trains on one core until the clock says something, and tells the most memory
that it held.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr

from . import isolate

__all__ = ["POINTS", "measure", "point"]

POINTS = {
    "samples": (100, 1000, 10_000, 100_000, 1_000_000),
    "width": (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048),
    "depth": (1, 2, 4, 8, 16, 32),
    "networks": (1, 10, 100, 1000, 10_000, 100_000),
}
TITLES = {
    "samples": "an epoch of 2-8-8-1 on n samples, full batch",
    "width": "a step of n-n-n-1 on 64 samples",
    "depth": "a step of 16 inputs, n layers of 16 and one output, on 64 samples",
    "networks": "an epoch of n networks 2-3-3-1 on the 21 XOR samples",
}
ENOUGH = 0.2  # seconds that a run must take to be read off
MOST = 10_000  # epochs: a history of more would weigh more than what is measured


def measure(*, quick: bool, repeats: int) -> dict[str, Any]:
    """Time and memory at every point, and how steeply they rise."""
    found: dict[str, Any] = {}
    for name, points in POINTS.items():
        rows, failed = [], None
        for n in points[::2][:3] if quick else points:
            try:
                rows.append({"n": n, **isolate.call("growth:point", {"name": name, "n": n}, threads=1)})
            except isolate.FailedError as error:
                failed = str(error)
                break
        found[name] = {"title": TITLES[name], "points": rows, "slope": slope(rows), "failed": failed}
    return {"growth": found}


def slope(rows: list[dict[str, float]]) -> float | None:
    """The exponent k of time ~ nᵏ over the upper half of the points: log against log, by least squares."""
    upper = rows[len(rows) // 2 :]
    if len(upper) < 2:
        return None
    k: float = np.polyfit(np.log([row["n"] for row in upper]), np.log([row["seconds"] for row in upper]), 1)[0]
    return float(k)


def point(*, name: str, n: int) -> dict[str, float]:
    """Seconds that an epoch adds to a run, and the most memory held, MB."""
    train = trainer(name, n)
    train(1, "compiled")  # "auto" compiles only for long runs, and takes what is compiled for all
    once = timed(train, 1)
    epochs, added, per_epoch = 0, 0.0, ENOUGH
    while added < max(ENOUGH, once / 2) and epochs < MOST:
        epochs = min(MOST, max(10 * epochs, 1), max(2 * epochs, int(1.5 * max(ENOUGH, once / 2) / per_epoch), 1))
        added = timed(train, 1 + epochs) - once
        per_epoch = max(added, 1e-9) / epochs
    return {"seconds": per_epoch, "megabytes": isolate.peak_megabytes()}


def timed(train: Callable[[int, str], object], epochs: int) -> float:
    """Seconds of a run: the shortest of several, where it is short."""
    runs: list[float] = []
    while sum(runs) < ENOUGH / 4:
        begun = time.perf_counter()
        train(epochs, "auto")
        runs.append(time.perf_counter() - begun)
    return min(runs)


def trainer(name: str, n: int) -> Callable[[int, str], object]:
    """What trains for so many epochs, by this engine where there is a choice."""
    if name == "networks":
        X, y = cr.datasets.xor()
        return lambda epochs, _: cr.train_many(  # type: ignore[attr-defined, unused-ignore]
            [2, 3, 3, 1],
            X,
            y,
            seeds=range(n),
            learning_rate=0.3,
            momentum=0.5,
            epochs=epochs,
            record_at=[epochs - 1],
        )
    sizes = {"samples": [2, 8, 8, 1], "width": [n, n, n, 1], "depth": [16] * (n + 1) + [1]}[name]
    rows = n if name == "samples" else 64
    rng = np.random.default_rng(0)
    X, y = rng.random((rows, sizes[0])), (np.arange(rows) % 2)[:, None].astype(float)
    net = cr.Network(sizes, seed=0)
    optimizer = cr.SGD(0.01, momentum=0.5)
    return lambda epochs, engine: net.fit(X, y, optimizer=optimizer, epochs=epochs, engine=engine, verbose=0)
