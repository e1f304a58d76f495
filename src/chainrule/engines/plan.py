"""What a kernel is written for: a network, its formulas, and where its arrays lie."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.engines.update import Update
from chainrule.formulas.dropout import Dropout
from chainrule.formulas.expression import Expression, reductions_of, symbols_of
from chainrule.formulas.normalizations import BatchNorm

if TYPE_CHECKING:
    from chainrule.formulas.losses import Loss
    from chainrule.structure import Layer, Stage, Structure

__all__ = ["Formulas", "Plan", "formulas_of"]

CHUNK = 8  # what a chunk costs besides its samples, in samples
LEAST_SHARED = 20_000_000  # samples times parameters: about a millisecond
MOST_SAMPLES = 256  # computed at once: what a layer reads and writes then stays in the cache
Z, A, Y, SHARE, WEIGHT = map(Expression.symbol, ("z", "a", "y", "share", "weight"))
MOST_UNROLLED = 2600  # vector operations, roughly: longer code runs no faster, and takes longer to compile


class Formulas:
    """What a stage computes, recorded: of x, which enters it, of y, which leaves it, and of ∂L/∂y."""

    def __init__(self, stage: Stage) -> None:
        x, y, grad, keep = map(Expression.symbol, ("x", "y", "grad", "keep"))
        trained = [Expression.symbol(name) for name in stage.trained]
        given = [keep] if isinstance(stage, Dropout) else trained
        self.forward = stage.forward(x, *given)
        self.backward = stage.backward(grad, x, y, *given)
        self.trained = dict(zip(stage.trained, stage.trained_slopes(grad, x, y, *given), strict=True))
        self.observed = stage.observed(x) if isinstance(stage, BatchNorm) else ()

    @property
    def needs_x(self) -> bool:
        """Whether x must be kept beside y: for the way back, or because a reduction goes over all of x."""
        back = [self.backward, *self.trained.values()]
        return any("x" in symbols_of(formula) for formula in back) or bool(reductions_of(self.forward))

    @property
    def needs_y(self) -> bool:
        """Whether y must be kept for the way back."""
        return any("y" in symbols_of(formula) for formula in [self.backward, *self.trained.values()])

    @property
    def over_samples(self) -> bool:
        """Whether a sample's value depends on the others."""
        return any(reduction.over == "samples" for reduction in reductions_of(self.forward))

    def __repr__(self) -> str:
        return repr((self.forward, self.backward, self.trained, self.observed))


@functools.lru_cache(maxsize=256)
def formulas_of(stage: Stage) -> Formulas:
    """A stage's formulas, recorded once."""
    return Formulas(stage)


@dataclass(frozen=True)
class Plan:
    """What a kernel is written for, and where its arrays lie in one scratch buffer.

    Attributes:
        structure: the network's layers.
        loss: the loss function.
        update: what follows the gradient; its numbers are arguments of the kernel.
        dtype: of all numbers.
        register_bytes: how large a register is.
        vectors: how many vectors of samples are computed at once.
        reads: "resident" where these samples are all there are, and lie in the scratch buffer; "batches" where each
            step takes others; "chunks" where a step takes more samples than are computed at once.
        weighted: whether each sample has a weight, in a column after its targets.
        drops_out: whether dropout leaves anything out.
        fused: whether a parameter is updated as soon as its gradient is there, which is then kept nowhere.
    """

    structure: Structure
    loss: Loss
    update: Update
    dtype: np.dtype[Any]
    register_bytes: int
    vectors: int
    reads: str
    weighted: bool = False
    drops_out: bool = False
    fused: bool = False

    @classmethod
    def of(
        cls,
        structure: Structure,
        loss: Loss,
        update: Update,
        dtype: np.dtype[Any],
        n: int,
        register_bytes: int,
        *,
        resident: bool,
        weighted: bool = False,
        drops_out: bool = False,
        epoch: tuple[int, int] = (1, 0),
    ) -> Plan:
        """The plan for steps of n samples; `resident` if they are the same in every step.

        `epoch` says how many such steps an epoch has, and how many samples its last one where that is smaller.
        """
        over_samples = any(formulas_of(stage).over_samples for layer in structure.layers for stage in layer.stages)
        chunks = 1 if over_samples else -(-n // MOST_SAMPLES)
        vectors = -(-n // (chunks * (register_bytes // dtype.itemsize)))
        reads = "chunks" if chunks > 1 else "resident" if resident else "batches"
        made = cls(structure, loss, update, dtype, register_bytes, vectors, reads, weighted, drops_out)
        if chunks > 1 or over_samples or made.unrolled or made.has_team:
            return made
        chunks = chunks_of_least_work(n, *epoch, made.lanes)
        return made if chunks == 1 else replace(made, vectors=-(-n // (chunks * made.lanes)), reads="chunks")

    def fusing(self) -> Plan:
        """The plan with the update in the backward pass, where that is worth it and nothing forbids it."""
        learning = any(layer.places for layer in self.structure.layers)
        waits = learning or not {*self.update.restraints} <= {"clip_value"}  # for the whole gradient
        return replace(self, fused=self.has_team and not waits)

    @functools.cached_property
    def signature(self) -> str:
        """All that the kernel's source depends on, as a text."""
        layout = self.dtype.name, self.register_bytes, self.vectors, self.reads
        choices = self.unrolled, self.has_team, self.fused, self.weighted, self.drops_out
        layers = [
            (
                layer.offset,
                layer.places,
                layer.statistics,
                [(stage, formulas_of(stage)) for stage in self.stages(layer)],
            )
            for layer in self.structure.layers
        ]
        loss = self.terms, self.grad_output, self.delta
        return "\n".join(map(repr, (writers(), self.structure.sizes, layout, choices, layers, loss, self.update)))

    def stages(self, layer: Layer) -> Sequence[Stage]:
        """What a layer's pre-activations go through in this kernel."""
        return [stage for stage in layer.stages if self.drops_out or not isinstance(stage, Dropout)]

    @property
    def terms(self) -> Any:
        """What each output adds to the loss, recorded."""
        terms = self.loss.terms(Z, A, Y, self.structure.layers[-1].activation)
        return terms * WEIGHT if self.weighted else terms

    @property
    def share(self) -> Any:
        """What each term counts for in the loss, recorded."""
        return SHARE * WEIGHT if self.weighted else SHARE

    @property
    def grad_output(self) -> Any:
        """∂L/∂a of the output layer, recorded."""
        return self.loss.terms_slope(A, Y) * self.share

    @property
    def delta(self) -> Any:
        """∂L/∂z of the output layer, recorded; None where its activation learns, and must be gone through by itself."""
        output = self.structure.layers[-1].activation
        return None if output.trained else self.loss.output_delta(Z, A, Y, output, self.share)

    @property
    def targets(self) -> int:
        """How many numbers come with a sample: its targets, and its weight."""
        return self.structure.sizes[-1] + self.weighted

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
        formulas = 30 * sum(layer.fan_out * len(layer.stages) for layer in layers) * self.vectors
        return products + formulas <= MOST_UNROLLED

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
        arrays = {"y": self.targets * self.stride}
        for name in ("delta", "delta0", "delta1", "terms"):
            arrays[name] = max(sizes[1:]) * self.stride
        arrays["n"] = self.lanes
        arrays["observed"] = self.structure.n_statistics
        arrays["transposed"] = self.samples * -(-max(sizes) // self.lanes) * self.lanes
        for i, units in enumerate(sizes):
            arrays[f"a{i}"] = (units + 1) * self.stride
        for i, layer in enumerate(self.structure.layers):
            for k in range(len(self.stages(layer))):
                arrays[f"x{i}.{k}"] = layer.fan_out * self.stride
            if layer.dropout:
                arrays[f"keep{i}"] = layer.fan_out * self.stride
        for name, size in arrays.items():
            places[name], end = end, end + -(-size // self.lanes) * self.lanes
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


def chunks_of_least_work(n: int, full: int, rest: int, lanes: int) -> int:
    """In how many chunks a step of n samples is computed, so that an epoch takes the least work.

    A chunk is computed whole, also where few of its samples are left: so a small last batch is cheaper in small chunks.

    Args:
        n: samples of a step, no more than are computed at once.
        full: how many such steps an epoch has.
        rest: how many samples its last step has, if fewer; 0 if there is no such step.
        lanes: samples in a register.

    >>> chunks_of_least_work(200, 2, 55, 8), chunks_of_least_work(200, 2, 190, 8), chunks_of_least_work(200, 2, 0, 8)
    (2, 1, 1)
    """

    def work(chunks: int) -> int:
        samples = -(-n // (chunks * lanes)) * lanes
        return (full * -(-n // samples) + -(-rest // samples)) * (samples + CHUNK)

    return min(range(1, 5), key=work)


@functools.cache
def writers() -> str:
    """A digest of the files that write kernels: another text of theirs is another kernel."""
    names = (
        *("emitter", "formula_code", "gradient_code", "kernel", "plan", "products"),
        *("random_code", "rows", "team", "training_code", "update_code", "values", "vector_math"),
    )
    texts = [Path(__file__).with_name(f"{name}.py").read_bytes() for name in names]
    return hashlib.sha256(b"".join(texts)).hexdigest()
