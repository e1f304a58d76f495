"""How fast this machine can go at best: its matrix products, and its e to some power."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable

import numpy as np

__all__ = ["Limits"]

PRODUCT = 1536
CACHED = 2048
TIMES = 200


class Limits:
    """The best that was seen so far of both; measure again and again, beside what they are the limit of."""

    def __init__(self, dtype: str) -> None:
        rng = np.random.default_rng(0)
        a, b = (rng.random((PRODUCT, PRODUCT)).astype(dtype) for _ in range(2))
        c, z = np.empty_like(a), rng.standard_normal(CACHED).astype(dtype)
        e = np.empty_like(z)

        def exponentials() -> None:
            for _ in range(TIMES):
                np.exp(z, out=e)

        self.products: dict[str, Callable[[], object]] = {"NumPy": lambda: np.dot(a, b, out=c)}
        self.exponentials: dict[str, Callable[[], object]] = {"NumPy": exponentials}
        if importlib.util.find_spec("jax"):
            import jax
            import jax.numpy as jnp

            jax.config.update("jax_enable_x64", True)
            product, left, right, x = jax.jit(jnp.matmul), jnp.asarray(a), jnp.asarray(b), jnp.asarray(z)
            many = jax.jit(lambda x: jax.lax.fori_loop(0, TIMES, lambda _, x: jnp.exp(-x), x))
            self.products["JAX"] = lambda: product(left, right).block_until_ready()
            self.exponentials["JAX"] = lambda: many(x).block_until_ready()
        self.flops = dict.fromkeys(self.products, 0.0)
        """Floating point operations a second, of a large matrix product."""
        self.exp_seconds = dict.fromkeys(self.exponentials, float("inf"))
        """For one exponential, on an array that fits into the first cache."""
        for prepare in (*self.products.values(), *self.exponentials.values()):
            prepare()

    def measure(self) -> None:
        """Look again."""
        for name, work in self.products.items():
            self.flops[name] = max(self.flops[name], 2 * PRODUCT**3 / seconds(work))
        for name, work in self.exponentials.items():
            self.exp_seconds[name] = min(self.exp_seconds[name], seconds(work) / TIMES / CACHED)


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
