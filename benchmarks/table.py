"""`chainrule train` on a large table: a CSV of 10⁶ rows × 20 columns and a target, read, trained on and judged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from . import isolate

__all__ = ["measure"]

ROWS, COLUMNS = 1_000_000, 20
CHUNK = 50_000
EPOCHS = 10


def measure(*, quick: bool, repeats: int) -> dict[str, Any]:
    """Write the CSV into a temporary folder, run the command as a process, and watch it."""
    rows = ROWS // 100 if quick else ROWS
    with tempfile.TemporaryDirectory(prefix="chainrule-bench-") as folder:
        write(Path(folder) / "table.csv", rows)
        size = (Path(folder) / "table.csv").stat().st_size / 1e6
        found = watched(Path(folder))
    return {"rows": rows, "columns": COLUMNS, "file_megabytes": size, "network": "20-32-16-1", "command": found}


def write(path: Path, rows: int) -> None:
    """Twenty numbers a row, one in a hundred missing, and yes where a smooth function of them is positive."""
    rng = np.random.default_rng(0)
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join([*(f"x{i}" for i in range(1, COLUMNS + 1)), "answer"]) + "\n")
        for start in range(0, rows, CHUNK):
            X = rng.normal(size=(min(CHUNK, rows - start), COLUMNS))
            yes = np.sin(X[:, 0]) + X[:, 1] * X[:, 2] + 0.3 * X[:, 3:].sum(axis=1) > 0
            texts = np.char.mod("%.6f", X)
            texts[rng.random(X.shape) < 0.01] = ""
            lines = [",".join(row) + (",yes" if answer else ",no") for row, answer in zip(texts, yes, strict=True)]
            file.write("\n".join(lines) + "\n")


def watched(folder: Path) -> dict[str, Any]:
    """When the table was read, when the first epoch was over, when all was; and the most memory held, MB."""
    arguments = [str(folder / "table.csv"), "--target", "answer", "--epochs", str(EPOCHS), "-o", str(folder / "run")]
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "chainrule", "train", *arguments],
        env={**isolate.environment(os.cpu_count() or 1), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        memory = Memory(process.pid)
        said: list[tuple[float, str]] = []
        assert process.stdout is not None
        for line in process.stdout:
            said.append((time.perf_counter() - begun, line.rstrip()))
        code = process.wait()
    if code:
        raise RuntimeError(f"chainrule train ended with code {code}: {said[-1][1] if said else ''}")
    moments = [moment for moment, line in said if line.startswith("epoch ")]
    metrics = json.loads((folder / "run" / "metrics.json").read_text(encoding="utf-8"))
    return {
        "seconds": time.perf_counter() - begun,
        "seconds_until_read": next(moment for moment, line in said if "rows," in line),
        "seconds_until_first_epoch": moments[0],
        "longest_silence": float(np.diff([0.0, *(moment for moment, _ in said)]).max()),
        "epochs": metrics["epochs"],
        "seconds_training": moments[-2] - moments[0] if len(moments) > 2 else None,
        "accuracy": metrics["validation"]["accuracy"],
        "megabytes": memory.most(),
    }


class Memory:
    """Looks a hundred times a second at the most memory that a process has held resident."""

    def __init__(self, pid: int) -> None:
        self.status, self.largest, self.ended = Path(f"/proc/{pid}/status"), 0, threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self) -> None:
        while not self.ended.wait(0.01):
            try:
                self.largest = int(self.status.read_text(encoding="utf-8").split("VmHWM:")[1].split()[0])
            except (OSError, IndexError):  # it has ended, or this is not Linux
                return

    def most(self) -> float:
        """The most that was held, MB."""
        self.ended.set()
        self.thread.join()
        return self.largest * 1024 / 1e6
