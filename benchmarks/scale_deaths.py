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

from .scale_steps import blocks, network

__all__ = ["measure"]

ROWS, STEPS, NETWORKS, EPOCHS = 400_000, 60, 4000, 3000


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
    """How many of the runs had the same bits, and how much longer the median one took."""
    import distributed

    rng, same, times = np.random.default_rng(0), 0, []
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        run(client)
        began = time.perf_counter()
        expected = run(client)
        undisturbed = time.perf_counter() - began
        for _ in range(kills):
            client.wait_for_workers(2, timeout=60)
            victim = cluster.workers[int(rng.integers(2))].pid
            killer = threading.Timer(float(rng.uniform(0, undisturbed)), os.kill, [victim, signal.SIGKILL])
            began = time.perf_counter()
            killer.start()
            same += bool((run(client) == expected).all())
            times.append(time.perf_counter() - began)
            killer.join()
    return {"same_bits": same, "undisturbed": undisturbed, "disturbed": float(np.median(times))}
