"""What a kernel is written for: a network, its formulas, and where its arrays lie."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.formulas.expression import Expression

if TYPE_CHECKING:
    from chainrule.formulas.losses import Loss
    from chainrule.formulas.optimizers import Optimizer
    from chainrule.structure import Structure

__all__ = ["GRAD_A", "SHARE", "A", "Plan", "Y", "Z", "hyperparameters", "recorded_rule"]

LEAST_SHARED = 20_000_000  # samples times parameters: about a millisecond
MOST_SAMPLES = 256  # computed at once: what a layer reads and writes then stays in the cache
Z, A, Y, GRAD_A, SHARE = map(Expression.symbol, ("z", "a", "y", "grad_a", "share"))
MOST_UNROLLED = 2600  # vector operations, roughly: longer code runs no faster, and takes longer to compile


@dataclass(frozen=True)
class Plan:
    """What a kernel is written for, and where its arrays lie in one scratch buffer.

    Attributes:
        structure: the network's layers.
        loss: the loss function.
        optimizer: the update rule; its numbers are arguments of the kernel.
        dtype: of all numbers.
        register_bytes: how large a register is.
        vectors: how many vectors of samples are computed at once.
        reads: "resident" where these samples are all there are, and lie in the scratch buffer; "batches" where each
            step takes others; "chunks" where a step takes more samples than are computed at once.
        fused: whether a parameter is updated as soon as its gradient is there, which is then kept nowhere.
    """

    structure: Structure
    loss: Loss
    optimizer: Optimizer
    dtype: np.dtype[Any]
    register_bytes: int
    vectors: int
    reads: str
    fused: bool = False

    @classmethod
    def of(
        cls,
        structure: Structure,
        loss: Loss,
        optimizer: Optimizer,
        dtype: np.dtype[Any],
        n: int,
        register_bytes: int,
        *,
        resident: bool,
    ) -> Plan:
        """The plan for steps of n samples; `resident` if they are the same in every step."""
        chunks = -(-n // MOST_SAMPLES)
        vectors = -(-n // (chunks * (register_bytes // dtype.itemsize)))
        reads = "chunks" if chunks > 1 else "resident" if resident else "batches"
        return cls(structure, loss, without_numbers(optimizer), dtype, register_bytes, vectors, reads)

    @functools.cached_property
    def signature(self) -> str:
        """All that the kernel's source depends on, as a text."""
        layers = self.structure.layers
        output, optimizer = layers[-1].activation, self.optimizer
        formulas = [(layer.activation.forward(Z), layer.activation.backward(GRAD_A, Z, A)) for layer in layers]
        loss = self.loss.terms(Z, A, Y, output), self.loss.delta(Z, A, Y, output, SHARE)
        layout = self.dtype.name, self.register_bytes, self.vectors, self.reads
        choices = self.unrolled, self.has_team, self.fused
        return "\n".join(
            map(repr, (writers(), self.structure.sizes, layout, choices, formulas, loss, recorded_rule(optimizer)))
        )

    @property
    def lanes(self) -> int:
        """How many numbers a register holds."""
        return self.register_bytes // self.dtype.itemsize

    @property
    def samples(self) -> int:
        """How many samples are computed at once."""
        return self.vectors * self.lanes

    @functools.cached_property
    def unrolled(self) -> bool:
        """Whether the step is written out without loops."""
        layers = self.structure.layers
        products = 3 * self.structure.n_parameters * self.vectors
        return products + 30 * sum(layer.fan_out for layer in layers) * self.vectors <= MOST_UNROLLED

    @functools.cached_property
    def has_team(self) -> bool:
        """Whether a step is so much work that several threads take it together."""
        work = self.samples * self.structure.n_parameters
        return self.reads != "chunks" and not self.unrolled and work >= LEAST_SHARED

    @property
    def stride(self) -> int:
        """The distance from one row to the next: no multiple of 512 bytes, whose lines would share few cache sets."""
        clash = not self.unrolled and self.samples * self.dtype.itemsize % 512 == 0
        return self.samples + (self.lanes if clash else 0)

    @property
    def places(self) -> dict[str, int]:
        """Where each array begins in the scratch buffer, and "end" where the last one ends."""
        sizes, places, end = self.structure.sizes, {}, 0
        arrays = {"y": sizes[-1] * self.stride}
        for name in ("delta", "delta0", "delta1"):
            arrays[name] = max(sizes[1:]) * self.stride
        arrays["t"] = self.lanes
        arrays["transposed"] = self.samples * -(-max(sizes) // self.lanes) * self.lanes
        for i, units in enumerate(sizes):
            arrays[f"a{i}"] = (units + 1) * self.stride
            arrays[f"z{i}"] = units * self.stride
        for name, size in arrays.items():
            places[name], end = end, end + size
        return {**places, "end": end}

    def scratch(self) -> Any:
        """A new scratch buffer, at a register's border, with the rows of ones in place."""
        places, bytes_ = self.places, self.places["end"] * self.dtype.itemsize
        buffer = np.zeros(bytes_ + 64, np.uint8)
        start = -buffer.ctypes.data % 64
        scratch = buffer[start : start + bytes_].view(self.dtype)
        for i, units in enumerate(self.structure.sizes):
            ones = places[f"a{i}"] + units * self.stride
            scratch[ones : ones + self.stride] = 1
        return scratch


def hyperparameters(optimizer: Optimizer) -> tuple[list[float], list[Any]]:
    """The optimizer's numbers, which are arguments of a kernel, and what its rule is called with when recorded.

    What is no number (a choice between two rules) stays what it is and belongs to the kernel.
    """
    numbers: list[float] = []
    recorded: list[Any] = []
    for value in optimizer.parameters:
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            recorded.append(value)
        else:
            recorded.append(Expression.symbol(f"h{len(numbers)}"))
            numbers.append(float(value))
    return numbers, recorded


def without_numbers(optimizer: Optimizer) -> Optimizer:
    """The optimizer with its own defaults for all that is an argument of the kernel: one kernel serves them all."""
    chosen = {
        field.name: value
        for field, value, recorded in zip(
            fields(optimizer), optimizer.parameters, hyperparameters(optimizer)[1], strict=True
        )
        if not isinstance(recorded, Expression)
    }
    return type(optimizer)(**chosen)


def recorded_rule(optimizer: Optimizer) -> Any:
    """What a step makes of θ and of each slot, recorded."""
    names = ["theta", "gradient", *optimizer.slots, "t"]
    return optimizer.rule(*map(Expression.symbol, names), *hyperparameters(optimizer)[1])


@functools.cache
def writers() -> str:
    """A digest of the files that write kernels: another text of theirs is another kernel."""
    names = (
        *("emitter", "formula_code", "kernel", "plan", "products"),
        *("rows", "team", "training_code", "values", "vector_math"),
    )
    texts = [Path(__file__).with_name(f"{name}.py").read_bytes() for name in names]
    return hashlib.sha256(b"".join(texts)).hexdigest()
