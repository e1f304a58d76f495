"""Workers that are killed at random moments: whether a bit of the result is another one."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.scale.cluster import local

from .scale_steps import blocks, network

__all__ = ["measure"]

ROWS, STEPS, NETWORKS, EPOCHS = 400_000, 60, 4000, 3000
PATIENCE = 60  # seconds for a worker to start again


def measure(*, quick: bool, repeats: int) -> dict[str, Any]:
    """Of so many runs, each of which loses a worker, how many have the bits of an undisturbed one."""
    kills = 2 if quick else 20
    X, y = cr.datasets.xor()

    def step(client: Any) -> Any:
        net = network()
        net.fit(*blocks(ROWS), epochs=STEPS, engine="compiled", verbose=0, backend=client)
        return net.parameters

    def many(client: Any) -> Any:
        runs = cr.train_many(
            [2, 3, 3, 1], X, y, seeds=range(NETWORKS), epochs=EPOCHS, engine="compiled", verbose=0, backend=client
        )
        return runs.parameters

    return {"kills": kills, "fit": disturbed(step, kills), "train_many": disturbed(many, kills)}


def disturbed(run: Callable[[Any], Any], kills: int) -> dict[str, Any]:
    """Of so many runs that lost a worker before they ended, how many had the same bits, and how long the median took.

    A run that ended before its worker's death says nothing, and is run again.

    Raises:
        RuntimeError: too many of them did.
    """
    rng, same, times = np.random.default_rng(0), 0, list[float]()
    with local(2) as client:
        run(client)
        began = time.perf_counter()
        expected = run(client)
        undisturbed = time.perf_counter() - began
        for _ in range(2 * kills):
            died: list[float] = []
            victim = list(client.cluster.workers.values())[int(rng.integers(2))].pid
            killer = threading.Timer(float(rng.uniform(0, undisturbed)), kill, [victim, died])
            began = time.perf_counter()
            killer.start()
            found = run(client)
            ended = time.perf_counter()
            killer.join()
            if died[0] < ended:
                same += bool(np.array_equal(found, expected))
                times.append(ended - began)
            wait_for_both(client, victim)
            if len(times) == kills:
                return {"same_bits": same, "undisturbed": undisturbed, "disturbed": float(np.median(times))}
    raise RuntimeError(f"only {len(times)} of {2 * kills} runs lasted until their worker's death")


def kill(pid: int, died: list[float]) -> None:
    """End a process without a word, and note when."""
    os.kill(pid, signal.SIGKILL)
    died.append(time.perf_counter())


def wait_for_both(client: Any, gone: int) -> None:
    """Wait until the killed worker was missed, and another is in its place."""
    until = time.perf_counter() + PATIENCE
    while any(worker.pid in (None, gone) for worker in client.cluster.workers.values()):
        if time.perf_counter() > until:
            raise RuntimeError(f"no worker came back within {PATIENCE} s")
        time.sleep(0.05)
    client.wait_for_workers(2, timeout=PATIENCE)
