"""A thousand XOR networks from a thousand seeds, on all cores given: ours, JAX and scikit-learn under joblib.

JAX trains them as one `vmap` in one `scan`: once as it is, and once shared out over one device a core. scikit-learn
trains a few of them for a few epochs, which is scaled: its time for an epoch does not depend on how many there are.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.arrays import Array

from .peers import by_name
from .steps import first_line, spread
from .task import Job, Task

__all__ = ["measure"]

SIZES, RATE, MOMENTUM = (2, 3, 3, 1), 0.3, 0.5
TOLERANCE = 1e-6
Losses = Any
Run = Callable[[int, int], Losses]
"""Trains so many networks for so many epochs; the losses of the last epoch (networks,), or None where they start from
other weights."""
OURS, SCIKIT = "chainrule", "joblib, scikit-learn"


def measure(*, quick: bool, repeats: int) -> dict[str, Any]:
    """Seconds for all of them, and the ratio of each peer's run to our run before it."""
    cores = int(os.environ["OMP_NUM_THREADS"])
    # JAX reads it when it is imported
    os.environ["XLA_FLAGS"] = f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count={cores}"
    networks, epochs, repeats = (100, 300, min(repeats, 2)) if quick else (1000, 10_000, min(repeats, 3))
    X, y = cr.datasets.xor()
    builds: dict[str, Callable[[], Run]] = {
        OURS: lambda: with_train_many(X, y),
        "JAX, vmap and scan": lambda: with_vmap(X, y, 1),
        "JAX, one device a core": lambda: with_vmap(X, y, cores),
        SCIKIT: lambda: with_joblib(cores),
    }
    rows: dict[str, dict[str, Any]] = {name: {} for name in builds}
    runs: dict[str, Run] = {}
    found: list[Losses] = []
    for name, build in builds.items():
        try:
            train = build()
            losses = train(10, 100)
            if losses is not None:
                found.append(losses)
                np.testing.assert_allclose(losses, found[0], rtol=TOLERANCE)
            runs[name] = train
        except ModuleNotFoundError as error:
            rows[name]["skipped"] = f"{error.name} not installed"
        except Exception as error:
            rows[name]["failed"] = first_line(error)

    work = networks * epochs
    parts = {name: (networks, epochs) if name != SCIKIT else (2 * cores, 2000) for name in runs}
    times: dict[str, list[float]] = {name: [] for name in runs}
    ratios: dict[str, list[float]] = {name: [] for name in runs}

    def look(name: str) -> float:
        begun = time.perf_counter()
        runs[name](*parts[name])
        count, each = parts[name]
        times[name].append((time.perf_counter() - begun) * work / (count * each))
        return times[name][-1]

    for name in runs:
        runs[name](*parts[name])  # compiles
    for _ in range(repeats):
        for name in runs:
            if name == OURS:
                continue
            ours = look(OURS) if OURS in runs else math.nan
            ratios[name].append(look(name) / ours)
    for name in runs:
        count, each = parts[name]
        rows[name] |= {"seconds": spread(times[name]), "part": count * each / work}
        if OURS in runs and name != OURS:
            rows[name]["ratio"] = spread(ratios[name])
    return {"networks": networks, "epochs": epochs, "cores": cores, "peers": rows}


def with_train_many(X: Array, y: Array) -> Run:
    """Ours."""

    def train(networks: int, epochs: int) -> Losses:
        runs = cr.train_many(  # type: ignore[attr-defined, unused-ignore]
            list(SIZES),
            X,
            y,
            seeds=range(networks),
            learning_rate=RATE,
            momentum=MOMENTUM,
            epochs=epochs,
            record_at=[epochs - 1],
        )
        return np.asarray(runs.loss)[:, -1]

    return train


def with_vmap(X: Array, y: Array, devices: int) -> Run:
    """JAX: every network a lane of one `vmap`, all epochs one `scan`, over so many devices."""
    import jax
    import jax.numpy as jnp

    from .peers.with_jax import updated

    mesh = jax.sharding.Mesh(np.array(jax.devices()[:devices]), ("networks",))
    shared = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("networks"))

    def one(theta: Any, epochs: int) -> Any:
        def step(carry: Any, _: None) -> Any:
            theta, v, loss = updated(carry[0], carry[1], X, y, RATE, MOMENTUM, False)
            return (theta, v), loss

        return jax.lax.scan(step, (theta, jax.tree.map(jnp.zeros_like, theta)), length=epochs, unroll=4)[1][-1]

    compiled = jax.jit(lambda theta, epochs: jax.vmap(lambda t: one(t, epochs))(theta), static_argnums=1)
    made: dict[int, Any] = {}

    def train(networks: int, epochs: int) -> Losses:
        if networks not in made:  # drawing the weights is not what is measured
            nets = [cr.Network(SIZES, seed=seed) for seed in range(networks)]
            layers = range(len(SIZES) - 1)
            theta = [
                (np.stack([net.weights[i] for net in nets]), np.stack([net.biases[i] for net in nets])) for i in layers
            ]
            made[networks] = jax.device_put(theta, shared)
        return np.asarray(compiled(made[networks], epochs))

    return train


def with_joblib(cores: int) -> Run:
    """scikit-learn's classifier, one process a core."""
    import joblib
    import sklearn  # noqa: F401

    def train(networks: int, epochs: int) -> Losses:
        parallel(joblib.delayed(fit)(epochs) for _ in range(networks))

    parallel = joblib.Parallel(n_jobs=cores)
    return train


def fit(epochs: int) -> None:
    """One network of scikit-learn."""
    trainer = by_name("scikit-learn").prepare(Job(Task(SIZES, "xor", 21, 21, epochs, learning_rate=RATE)))
    trainer.reset()
    trainer.run(epochs)
