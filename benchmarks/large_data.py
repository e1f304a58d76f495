"""A data set larger than one would hold: 10⁷ samples of 20 numbers in float32 on disk, 800 MB, memory-mapped."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

import chainrule as cr

from . import isolate

__all__ = ["measure", "train"]

ROWS, COLUMNS = 10_000_000, 20
CHUNK = 100_000


def measure(*, quick: bool, repeats: int) -> dict[str, Any]:
    """Write it into a temporary folder, and train on it: an epoch of mini-batches, two of the full batch."""
    rows = ROWS // 100 if quick else ROWS
    with tempfile.TemporaryDirectory(prefix="chainrule-bench-") as folder:
        write(Path(folder), rows)
        found = {}
        for name, settings in {
            "mini-batch": {"batch_size": 1000, "epochs": 1},
            "full batch": {"batch_size": rows, "epochs": 2},
        }.items():
            try:
                found[name] = isolate.call("large_data:train", {"folder": folder, **settings}, threads=1)
            except isolate.FailedError as error:
                found[name] = {"failed": str(error)}
    return {"rows": rows, "columns": COLUMNS, "network": "20-32-1", "runs": found}


def write(folder: Path, rows: int) -> None:
    """X.npy and y.npy, a chunk at a time."""
    rng = np.random.default_rng(0)
    X = np.lib.format.open_memmap(folder / "X.npy", mode="w+", dtype=np.float32, shape=(rows, COLUMNS))
    y = np.lib.format.open_memmap(folder / "y.npy", mode="w+", dtype=np.float32, shape=(rows, 1))
    for start in range(0, rows, CHUNK):
        chunk = rng.random((min(CHUNK, rows - start), COLUMNS), dtype=np.float32)
        X[start : start + CHUNK] = chunk
        y[start : start + CHUNK, 0] = chunk.sum(axis=1) > COLUMNS / 2


def train(*, folder: str, batch_size: int, epochs: int) -> dict[str, float]:
    """Seconds an epoch, and memory, MB: the most held, and the most of it that is no page of a file."""
    X, y = (np.load(Path(folder) / f"{name}.npy", mmap_mode="r") for name in "Xy")
    before = isolate.peak_megabytes()
    net = cr.Network([COLUMNS, 32, 1], seed=0, dtype="float32")
    own = OwnMemory()
    begun = time.perf_counter()
    history = net.fit(
        X, y, optimizer=cr.SGD(0.1, momentum=0.5), epochs=epochs, batch_size=batch_size, shuffle=0, verbose=0
    )
    seconds = (time.perf_counter() - begun) / epochs
    return {
        "seconds": seconds,
        "loss": history.loss[-1],
        "megabytes_before": before,
        "megabytes": isolate.peak_megabytes(),
        "megabytes_own": own.most(),
    }


class OwnMemory:
    """Looks a hundred times a second how much memory is held that is no page of a file."""

    def __init__(self) -> None:
        self.largest, self.ended = 0, threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self) -> None:
        status = Path("/proc/self/status")
        while status.exists() and not self.ended.wait(0.01):
            self.largest = max(self.largest, int(status.read_text().split("RssAnon:")[1].split()[0]))

    def most(self) -> float:
        """The most that was seen, MB."""
        self.ended.set()
        self.thread.join()
        return self.largest * 1024 / 1e6
