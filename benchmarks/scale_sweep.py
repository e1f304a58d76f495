"""A sweep whose client is killed at random moments: whether a finished trial is lost or run twice."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chainrule import datasets
from chainrule.scale.cluster import local

__all__ = ["measure"]

ROWS = 400
SPACE = """
layers = { low = 1, high = 2 }
units = { low = 4, high = 16 }
learning_rate = { low = 1e-3, high = 0.1, log = true }
epochs = 200
patience = 200
"""
TRIAL = re.compile(r"trial +(\d+) of \d+:")


def measure(*, quick: bool, repeats: int) -> dict[str, Any]:
    """A sweep on two workers, and the same whose clients were killed, each followed by another.

    Trials are drawn at random and none is cut short, so that no value depends on who ends first.

    Raises:
        RuntimeError: the sweep was over before its last kill.
    """
    kills, trials = (2, 60) if quick else (20, 300)
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder, local(2) as client:
        whole, killed = Path(folder, "whole"), Path(folder, "killed")
        words = sweep(Path(folder), trials, client.scheduler.address)
        client_of([*words, "--trials", "4"], Path(folder, "warm"))  # the workers import and compile
        expected = client_of(words, whole)
        # A client needs seconds until its first trial: some die before it, most after.
        longest = expected.first + (expected.seconds - expected.first) / kills
        told = [client_of(words, killed, float(rng.uniform(0, longest))) for _ in range(kills)]
        if (killed / "sweep.json").exists():
            raise RuntimeError(f"the sweep was over before it had lost {kills} clients")
        told.append(client_of(words, killed))
        found = [{**row, "seconds": 0} for row in trials_of(killed)]
        same = found == [{**row, "seconds": 0} for row in trials_of(whole)]
    numbers = [number for one in told for number in one.trials]
    return {
        "kills": kills,
        "trials": trials,
        "finished_by_killed": len(numbers) - len(told[-1].trials),
        "lost": len({*numbers} - {row["trial"] for row in found}),
        "twice": len(numbers) - len({*numbers}),
        "same_bits": same,
    }


@dataclass(frozen=True)
class Told:
    """What a client said while it lived: the numbers of trials; and after how many seconds the first, and it ended."""

    trials: Sequence[int]
    first: float
    seconds: float


def sweep(folder: Path, trials: int, address: str) -> list[str]:
    """The command of a sweep over networks for two spirals, on this cluster."""
    X, y = datasets.spirals(ROWS)
    data, space = folder / "spirals.csv", folder / "space.toml"
    np.savetxt(data, np.hstack([X, y]), delimiter=",", header="x1,x2,class", comments="")
    space.write_text(SPACE)
    command = [sys.executable, "-u", "-m", "chainrule", "sweep", str(data), "--target", "class"]
    command += ["--task", "classification", "--space", str(space), "--trials", str(trials)]
    return [*command, "--sampler", "random", "--pruner", "none", "--dask", address]


def client_of(words: Sequence[str], output: Path, lives: float | None = None) -> Told:
    """A client of the sweep, which is killed after so many seconds.

    Raises:
        RuntimeError: it ended by itself, with an error.
    """
    pipe, numbers, began, first = subprocess.PIPE, list[int](), time.perf_counter(), 0.0
    with subprocess.Popen([*words, "-o", str(output)], stdout=pipe, stderr=pipe, text=True) as process:
        killer = threading.Timer(lives or 0, process.kill)
        if lives is not None:
            killer.start()
        assert process.stdout is not None
        for line in process.stdout:
            if trial := TRIAL.match(line):
                first = first or time.perf_counter() - began
                numbers.append(int(trial[1]))
        _, err = process.communicate()
    killer.cancel()
    if process.returncode > 0:
        raise RuntimeError(f"a client of the sweep ended with code {process.returncode}: {err.strip()}")
    return Told(numbers, first, time.perf_counter() - began)


def trials_of(output: Path) -> list[dict[str, Any]]:
    """The trials as sweep.json tells of them."""
    found: list[dict[str, Any]] = json.loads((output / "sweep.json").read_text(encoding="utf-8"))["trials"]
    return found
