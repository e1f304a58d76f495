"""Mini-batches from a folder of Parquet files that one would not load, beside the same training in memory."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from . import isolate
from .scale_steps import COLUMNS, Timing, made, network

__all__ = ["measure", "train_folder", "train_memory", "train_peer"]

BATCH, GROUP, GROUPS = 1000, 500_000, 5  # rows of a batch and of a row group, and how many groups a file has
BYTES = 5e9
SPARE = 2e9


def measure(*, quick: bool, repeats: int) -> dict[str, Any]:
    """Rows a second and the most memory of each, in processes of their own."""
    files = 1 if quick else round(BYTES / (GROUP * GROUPS * (COLUMNS + 1) * 4))
    with tempfile.TemporaryDirectory(prefix="chainrule-bench-") as folder:
        free = shutil.disk_usage(folder).free
        if free < (needed := files * GROUP * GROUPS * (COLUMNS + 1) * 4 + SPARE):
            raise RuntimeError(f"{needed / 1e9:.0f} GB of disk are needed, and {free / 1e9:.0f} GB are free")
        size = sum(write(Path(folder), k) for k in range(files))
        memory = [isolate.call("scale_files:train_memory", {}, threads=2) for _ in range(2 if quick else 3)]
        return {
            "gigabytes": size / 1e9,
            "rows": files * GROUP * GROUPS,
            "files": files,
            "batch_size": BATCH,
            "folder": isolate.call("scale_files:train_folder", {"folder": folder, "dask": False}, threads=2),
            "folder_dask": isolate.call("scale_files:train_folder", {"folder": folder, "dask": True}, threads=2),
            "memory": sorted(memory, key=lambda found: found["rows_per_second"])[len(memory) // 2],
            "peer": peer(folder),
        }


def write(folder: Path, k: int) -> int:
    """One file; its size."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / f"part-{k:03d}.parquet"
    names = [*(f"x{j}" for j in range(COLUMNS)), "y"]
    rows = made(k, GROUP * GROUPS)
    table = pa.table({name: rows[:, j] for j, name in enumerate(names)})
    pq.write_table(table, path, row_group_size=GROUP, use_dictionary=False, compression="none")
    return path.stat().st_size


def train_folder(*, folder: str, dask: bool) -> dict[str, Any]:
    """One epoch over the folder, read by a thread here or by two workers."""
    from contextlib import nullcontext

    from chainrule.scale.cluster import local

    timing = Timing()
    began = time.perf_counter()
    with local(2) if dask else nullcontext() as client:
        history = network().fit(
            folder, "y", batch_size=BATCH, epochs=1, engine="compiled", callbacks=[timing], verbose=0, backend=client
        )
        workers = max(client.run(isolate.peak_megabytes).values()) if client else 0.0
    rows = len(list(Path(folder).glob("*.parquet"))) * GROUP * GROUPS
    return {
        "seconds": time.perf_counter() - began,
        "rows_per_second": rows / timing.seconds[0],
        "megabytes": isolate.peak_megabytes(),
        "megabytes_worker": workers,
        "loss": history.loss[0],
    }


def train_memory() -> dict[str, Any]:
    """Epochs over the rows of one file, in memory."""
    rows = made(0, GROUP * GROUPS)
    X, y = np.ascontiguousarray(rows[:, :-1]), rows[:, -1].copy()
    del rows
    timing = Timing()
    network().fit(X, y, batch_size=BATCH, epochs=4, engine="compiled", callbacks=[timing], verbose=0)
    return {"rows_per_second": len(X) / float(np.median(timing.seconds[1:])), "megabytes": isolate.peak_megabytes()}


def peer(folder: str) -> dict[str, Any]:
    """dask-ml's Incremental, where it is installed."""
    try:
        found: dict[str, Any] = isolate.call("scale_files:train_peer", {"folder": folder}, threads=2)
    except isolate.FailedError as error:
        return {"skipped": str(error)}
    return found


def train_peer(*, folder: str) -> dict[str, Any]:
    """dask-ml's Incremental over scikit-learn's MLPClassifier on one file: a pass of mini-batches over its blocks."""
    import dask.dataframe as dd
    from dask_ml.wrappers import Incremental
    from sklearn.neural_network import MLPClassifier

    frame = dd.read_parquet(sorted(Path(folder).glob("*.parquet"))[0], split_row_groups=True)
    values = frame.to_dask_array(lengths=True)
    X, y = values[:, :-1], values[:, -1].astype(int)
    model = Incremental(MLPClassifier((32, 16), activation="tanh", solver="sgd", batch_size=BATCH, random_state=0))
    began = time.perf_counter()
    model.fit(X, y, classes=[0, 1])
    return {"rows_per_second": len(X) / (time.perf_counter() - began), "rows": len(X)}
