"""A full-batch step on blocks that lie on worker processes, beside the same rows in one process on the same cores."""

from __future__ import annotations

import time
from collections.abc import Mapping
from statistics import median
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.scale.cluster import local

from .steps import spread

__all__ = ["blocks", "measure", "network"]

COLUMNS, BLOCKS, FEW, CORES = 20, 40, 400_000, 2
STEPS = 9  # of each run; the first is not counted
PAUSE = 0.02  # seconds from one step to the next where only what a step costs besides computing is measured
ENGINE = "compiled"


class Timing(cr.Callback):
    """Takes the time of each epoch and what went over the loopback in it, and waits after each."""

    def __init__(self, pause: float = 0.0) -> None:
        self.pause, self.seconds, self.bytes = pause, list[float](), list[int]()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float]) -> None:
        self.bytes_before, self.began = bytes_so_far(), time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        self.seconds.append(time.perf_counter() - self.began)
        self.bytes.append(bytes_so_far() - self.bytes_before)
        time.sleep(self.pause)


def network() -> cr.Network:
    """What is trained, always from the same weights."""
    return cr.Network([COLUMNS, 32, 16, 1], hidden="tanh", seed=0, dtype="float32")


def made(k: int, rows: int, pause: float = 0.0) -> Any:
    """The rows of a block, X and y beside one another; a pause makes tasks so long that all workers take some."""
    time.sleep(pause)
    X = np.random.default_rng(k).standard_normal((rows, COLUMNS), dtype=np.float32)
    return np.column_stack([X, X[:, 0] * X[:, 1] > 0]).astype(np.float32)


def blocks(rows: int, pause: float = 0.0) -> tuple[Any, Any]:
    """Dask arrays X and y of 40 blocks, which the workers make themselves."""
    import dask
    import dask.array as da

    shape = rows // BLOCKS, COLUMNS + 1
    each = [da.from_delayed(dask.delayed(made)(k, shape[0], pause), shape, np.float32) for k in range(BLOCKS)]
    both = da.concatenate(each)
    return both[:, :-1], both[:, -1]


def measure(*, quick: bool, repeats: int) -> dict[str, Any]:
    """Seconds of a step in one process and on 1, 2, 4 and 8 workers; what it costs besides computing; bytes, memory."""
    rows = 400_000 if quick else 10_000_000
    both = np.concatenate([made(k, rows // BLOCKS) for k in range(BLOCKS)])
    X, y = np.ascontiguousarray(both[:, :-1]), both[:, -1].copy()
    del both
    alone(X, y, 1)  # compiles
    found = {str(workers): on_workers(workers, rows, X, y, repeats) for workers in ((1, 2) if quick else (1, 2, 4, 8))}
    parameters = network().parameters.size
    return {"rows": rows, "columns": COLUMNS, "blocks": BLOCKS, "parameters": parameters, "workers": found}


def alone(X: Any, y: Any, steps: int) -> list[float]:
    """Seconds of steps in this process, with all its cores."""
    timing = Timing()
    network().fit(X, y, optimizer="adam", epochs=steps, engine=ENGINE, callbacks=[timing], verbose=0)
    return timing.seconds


def on_workers(workers: int, rows: int, X: Any, y: Any, repeats: int) -> dict[str, Any]:
    """One number of workers: its runs and those of one process in turn."""
    with local(workers) as client:
        together, one, ratios, moved = [], [], [], []
        data = blocks(rows)
        for _ in range(repeats):
            one.append(median(alone(X, y, STEPS)[1:]))
            timing = Timing()
            network().fit(
                *data, optimizer="adam", epochs=STEPS, engine=ENGINE, callbacks=[timing], verbose=0, backend=client
            )
            together.append(median(timing.seconds[1:]))
            ratios.append(one[-1] / together[-1])
            moved.append(median(timing.bytes[1:]))
        memory = client.run(isolated_megabytes)
        empty = [trivial(client) for _ in range(20 * repeats)]
        timing = Timing(PAUSE)
        few = blocks(FEW, PAUSE)
        network().fit(*few, epochs=20 * repeats, engine=ENGINE, callbacks=[timing], verbose=0, backend=client)
        computing = median(alone(X[:FEW], y[:FEW], 50)) * CORES / min(workers, CORES)
    return {
        "step": spread(together),
        "one_process": spread(one),
        "overhead": spread([ours - theirs for ours, theirs in zip(together, one, strict=True)]),
        "share": spread(ratios),  # of the rows a second of one process
        "task": spread(empty),
        "besides": spread([seconds - computing for seconds in timing.seconds[5:]]),  # computing, of a step on few rows
        "bytes": spread(moved),
        "megabytes": max(memory.values()),
    }


def trivial(client: Any) -> float:
    """Seconds of a task that does nothing."""
    time.sleep(PAUSE)
    began = time.perf_counter()
    client.submit(int, pure=False).result()
    return time.perf_counter() - began


def isolated_megabytes() -> float:
    """The most memory that a worker has held."""
    from .isolate import peak_megabytes

    return peak_megabytes()


def bytes_so_far() -> int:
    """What went over this machine's loopback so far, all processes together: what a network would have to carry."""
    import psutil

    counters = psutil.net_io_counters(pernic=True)
    return sum(int(found.bytes_sent) for name, found in counters.items() if name.startswith("lo"))
