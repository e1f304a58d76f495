"""How long a training step takes, ours and every peer's, each run of a peer beside one of ours.

First every peer trains for a little and is compared with the reference engine: who comes to other losses or other
weights is named and not timed. A ratio is that of a peer's run to our run just before it; what is quoted of ratios and
times is the median, with the lowest and the highest.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np

from .isolate import without_folders
from .limits import Limits
from .peers import PEERS, Peer, Trainer
from .task import Job, Outcome, Task

__all__ = ["agree", "first_line", "measure", "spread", "timed"]

CHECKED_STEPS = 200
REST = 0.05  # seconds before a run: threads of the run before, which look for more work for a while, fall asleep
TOLERANCE = {"float64": 1e-7, "float32": 2e-3}


def measure(*, task: Mapping[str, Any], quick: bool, repeats: int, peers: Sequence[Peer] = PEERS) -> dict[str, Any]:
    """Every peer on this task; the first is the one that all others are compared with."""
    job = Job(Task.of(task))
    seconds = 0.03 if quick else 0.2  # that a timed run takes, about
    ours, *others = peers
    rows: dict[str, dict[str, Any]] = {peer.name: {} for peer in peers}
    expected = job.reference(epochs_checked(job.task))
    runs: dict[str, tuple[Trainer, int]] = {}
    for peer in peers:
        if peer.missing:
            rows[peer.name]["skipped"] = f"{' and '.join(peer.missing)} not installed"
        elif quick and peer.slow_start:
            rows[peer.name]["skipped"] = "left out of a quick look"
        else:
            try:
                runs[peer.name] = ready(peer.prepare(job), expected, job, seconds)
            except Exception as error:
                if peer is ours:
                    raise
                rows[peer.name]["failed"] = first_line(error)
    if ours.name not in runs:
        raise ValueError(f"{ours.name}: {rows[ours.name]}")
    # By now every kernel is compiled: "auto" may have another engine at its disposal than at first.
    trainer = runs[ours.name][0]
    runs[ours.name] = trainer, fitting(trainer, len(expected.losses), job.task.epochs, seconds)

    limits = Limits(job.task.dtype)
    times: dict[str, list[float]] = {name: [] for name in runs}
    ratios: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        limits.measure()
        times[ours.name].append(timed(*runs[ours.name]) / job.task.steps_per_epoch)
        for peer in others:
            if peer.name in runs:
                before, after = (timed(*runs[name]) / job.task.steps_per_epoch for name in (ours.name, peer.name))
                times[ours.name].append(before)
                times[peer.name].append(after)
                ratios[peer.name].append(after / before)
    for name, (trainer, epochs) in runs.items():
        if len(trainer.outcome().losses) != epochs:
            rows[name]["failed"] = f"ended after {len(trainer.outcome().losses)} epochs of {epochs}"
            continue
        rows[name] |= {"epochs": epochs, "seconds": spread(times[name])}
        if ratios[name]:
            rows[name]["ratio"] = spread(ratios[name])
    best = rows[ours.name]["seconds"]["median"]
    return {
        "task": dict(task),
        "samples": job.samples,
        "peers": rows,
        "limits": {
            "flops": limits.flops,
            "product_share": {name: job.task.products / best / flops for name, flops in limits.flops.items()},
            "exp_seconds": limits.exp_seconds,
            "exp_share": job.task.exponentials * min(limits.exp_seconds.values()) / best,
        },
    }


def epochs_checked(task: Task) -> int:
    """How long peers train before they are compared."""
    return min(task.epochs, max(1, CHECKED_STEPS // task.steps_per_epoch))


def ready(trainer: Trainer, expected: Outcome, job: Job, seconds: float) -> tuple[Trainer, int]:
    """The trainer, compared and warm, and how many of its epochs fill the time.

    Raises:
        ValueError: it comes to something else than expected.
    """
    trainer.reset()
    trainer.run(len(expected.losses))
    agree(trainer.outcome(), expected, TOLERANCE[job.task.dtype])
    return trainer, fitting(trainer, len(expected.losses), job.task.epochs, seconds)


def fitting(trainer: Trainer, epochs: int, most: int, seconds: float) -> int:
    """How many epochs fill the time, up to so many; what they need is compiled after that."""
    while True:
        timed(trainer, epochs)  # some compile for each number of epochs
        wanted = max(1, min(most, int(seconds / timed(trainer, epochs))))
        if wanted <= 2 * epochs:
            timed(trainer, wanted)
            return wanted
        epochs = wanted  # what a run costs once has weighed less on more of them


def agree(found: Outcome, expected: Outcome, tolerance: float) -> None:
    """Compare losses and parameters.

    Raises:
        ValueError: they differ by more than the tolerance, relative to the largest in an array.
    """
    pairs = [("losses", found.losses, expected.losses)]
    for i in range(len(expected.weights)):
        pairs.append((f"weights of layer {i + 1}", found.weights[i], expected.weights[i]))
        pairs.append((f"biases of layer {i + 1}", found.biases[i], expected.biases[i]))
    for name, one, other in pairs:
        if one.shape != other.shape:
            raise ValueError(f"wrong {name}: {one.shape} in place of {other.shape}")
        off = float(np.max(np.abs(one - other)) / np.max(np.abs(other)))
        if not off <= tolerance:  # NaN is no agreement
            raise ValueError(f"wrong {name}: off by {off:.2g} of the largest")


def timed(trainer: Trainer, epochs: int) -> float:
    """Seconds that an epoch takes in a run from the start."""
    trainer.reset()
    time.sleep(REST)
    begun = time.perf_counter()
    trainer.run(epochs)
    return (time.perf_counter() - begun) / epochs


def spread(values: Sequence[float]) -> dict[str, float]:
    """The median, the lowest and the highest."""
    return {"median": median(values), "lowest": min(values), "highest": max(values)}


def first_line(error: Exception) -> str:
    """What an error says, in one line, without the folders of this machine."""
    said = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {without_folders(said[0])}".removeprefix("RuntimeError: ")
