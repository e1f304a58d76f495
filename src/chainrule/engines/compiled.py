"""The compiled engine: whole blocks of training steps in machine code, by Numba.

A kernel is compiled for each kind of network (its activations, loss, optimizer and dtype) and kept on disk, so that a
machine compiles it once. Sizes, batches and hyperparameters are arguments of it.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import importlib.util
import inspect
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from chainrule.engines import loops, vector_math
from chainrule.engines.kernel_source import MOST_REDUCTIONS, hyperparameters, kernel_source
from chainrule.formulas.optimizers import SGD

if TYPE_CHECKING:
    from types import ModuleType

    from chainrule.arrays import Array
    from chainrule.engines.job import Job
    from chainrule.formulas.losses import Loss
    from chainrule.formulas.optimizers import Optimizer
    from chainrule.structure import Structure

__all__ = ["CompiledEngine", "gradients"]


class CompiledEngine:
    """Does a job, a block of steps in one call."""

    def __init__(self, job: Job) -> None:
        dtype = job.theta.dtype
        self.theta, self.X, self.y, self.batches = job.theta, read_only(job.X), read_only(job.y), job.batches
        self.kernel = kernel_for(job.structure, job.loss, job.optimizer, dtype)
        self.buffers = Buffers(job.structure, job.theta, job.batches.size)
        self.hyperparameters = np.array(hyperparameters(job.optimizer)[0], dtype)
        self.slots = np.zeros((len(job.optimizer.slots), len(job.theta)), dtype)
        self.t = 0  # steps taken
        self.share = job.loss.share((1, job.structure.sizes[-1]))
        self.full_batch = job.batches.steps_per_epoch == 1
        if self.full_batch:
            self.buffers.load(job.X, job.y)

    def run(self, steps: int) -> Array:
        """Take these steps; the loss of each one's batch, before its update, (steps,) float64."""
        losses = np.empty(steps, self.theta.dtype)
        rows, bounds = self.batches.take(steps)
        self.kernel.train(
            self.theta,
            self.buffers.gradient,
            self.slots,
            self.t,
            self.hyperparameters,
            *self.buffers.arrays,
            self.buffers.lanes,
            self.X,
            self.y,
            rows,
            bounds,
            self.share,
            not self.full_batch,
            losses,
        )
        self.t += steps
        return losses.astype(np.float64)


def read_only(array: Array) -> Array:
    """The array as one that may not be written to: of one type for Numba, whether the caller's may be or not."""
    view = array.view(np.ndarray)
    view.flags.writeable = False
    return view


def gradients(structure: Structure, theta: Array, X: Array, y: Array, loss: Loss) -> tuple[float, Array]:
    """The loss, and its gradient as one vector of θ's shape, of one forward and backward pass."""
    n = len(X)
    buffers = Buffers(structure, theta, n)
    buffers.load(X, y)
    step = kernel_for(structure, loss, SGD(), theta.dtype).step
    share = theta.dtype.type(loss.share((n, structure.sizes[-1])))
    value = step(theta, buffers.gradient, *buffers.arrays, n, buffers.pad, share)
    return float(value), buffers.gradient


class Buffers:
    """The arrays that a kernel works in, for batches of at most n samples."""

    def __init__(self, structure: Structure, theta: Array, n: int) -> None:
        dtype, sizes = theta.dtype, structure.sizes
        self.lanes = loops.lanes(dtype)
        self.pad = -(-n // self.lanes) * self.lanes
        self.gradient = np.zeros_like(theta)
        self.activations = np.zeros(sum(sizes) * self.pad, dtype)
        self.y = np.zeros(sizes[-1] * self.pad, dtype)
        self.arrays = (
            np.array(sizes),
            np.array([kinds(structure).index(layer.activation) for layer in structure.layers]),
            np.zeros_like(self.activations),  # z of every layer, at the place of its a
            self.activations,
            np.zeros((2, max(sizes) * self.pad), dtype),  # delta, and the ∂L/∂a below it
            self.y,
            np.zeros_like(self.y),
            np.zeros(MOST_REDUCTIONS * self.pad, dtype),  # what formulas add up over units
        )

    def load(self, X: Array, y: Array) -> None:
        """Put all samples in place: X (n, d_0), y (n, d_out)."""
        for source, columns in ((X, self.activations), (y, self.y)):
            n, d = source.shape
            columns[: d * self.pad].reshape(d, self.pad)[:, :n] = source.T


def kinds(structure: Structure) -> list[Any]:
    """The distinct activations of a network, in a fixed order."""
    return sorted({layer.activation for layer in structure.layers}, key=repr)


def kernel_for(structure: Structure, loss: Loss, optimizer: Optimizer, dtype: np.dtype[Any]) -> ModuleType:
    """The kernel for this kind of network."""
    return load(kernel_source(kinds(structure), structure.layers[-1].activation, loss, optimizer, dtype))


@functools.cache
def load(source: str) -> ModuleType:
    """The module of this source; what Numba compiles of it is kept in a cache folder, where there is one."""
    # The loops and the elementary functions are compiled into the kernel: a change in them makes another kernel.
    inlined = [inspect.getsource(module) for module in (loops, vector_math)]
    digest = hashlib.sha256("\0".join([numba.__version__, source, *inlined]).encode()).hexdigest()
    name = f"kernel_{digest[:20]}"
    path = cache_folder() / f"{name}.py"
    if not path.exists() or path.read_text(encoding="utf-8") != source:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(source)
        os.replace(temporary, path)  # whole or not at all, also where two processes write it at once
        if sys.stderr.isatty():
            print("chainrule: compiling for this kind of network, once on this machine, a few seconds", file=sys.stderr)
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    specification.loader.exec_module(module)
    return module


@functools.cache
def cache_folder() -> Path:
    """The folder that kernels are kept in: $CHAINRULE_CACHE, the user's cache folder, or else one for this process."""
    wanted = os.environ.get("CHAINRULE_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "chainrule"
    try:
        folder = Path(wanted).expanduser()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        temporary = tempfile.mkdtemp(prefix="chainrule-")
        atexit.register(shutil.rmtree, temporary, ignore_errors=True)
        return Path(temporary)
