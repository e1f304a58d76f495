"""Many rows, in blocks: what a run learns from where not all of it is in memory at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.engines.choose import Engine
from chainrule.engines.job import Job
from chainrule.engines.lbfgs import LBFGSEngine
from chainrule.engines.partial_gradient import PartialGradient
from chainrule.formulas import losses
from chainrule.formulas.normalizations import BatchNorm
from chainrule.formulas.optimizers import LBFGS
from chainrule.scale.block import Facts, Range, Taking, gradient_of, loss_of, right_of, whole
from chainrule.scale.here import Here
from chainrule.scale.order import BlockBatches
from chainrule.scale.pieces import Piece, pieces_of
from chainrule.training.progress import ProgressBar, wants_bar
from chainrule.training.samples import classes_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from chainrule.arrays import Array
    from chainrule.engines.batches import Batches
    from chainrule.formulas.losses import Loss
    from chainrule.scale.on_dask import OnDask
    from chainrule.structure import Structure

__all__ = ["BlocksJob", "Rows", "opened"]

WINDOW = 1 << 26
"""Bytes of the blocks whose rows are permuted together: 64 MiB."""


@dataclass(frozen=True)
class BlocksJob(Job):
    """A training run on rows in blocks; X and y are empty."""

    rows: Any = None

    @property
    def gradient(self) -> Array:
        return self.rows.gradient("numpy", self.structure, self.theta)[1]

    @property
    def fingerprint(self) -> str:
        return self.rows.fingerprint


class Rows:
    """Rows in blocks, each of which was read once and found right.

    Args:
        place: where the blocks are.
        taking: what they are taken as.
        facts: of each block.
    """

    def __init__(self, place: Here | OnDask, taking: Taking, facts: Sequence[Facts]) -> None:
        self.place, self.taking, self.facts = place, taking, list(facts)
        self.n = sum(one.n for one in self.facts)
        self.weighted = self.facts[0].weight is not None
        self.mean_weight = sum(one.weight or 0.0 for one in self.facts) / self.n if self.weighted else 1.0
        if not self.mean_weight:
            raise ValueError("weights of samples must not all be 0")
        first = np.cumsum([0, *(one.n for one in self.facts)])  # of each block's rows
        self.all = [Range(k, 0, one.n, int(first[k])) for k, one in enumerate(self.facts)]

    @property
    def fingerprint(self) -> str:
        """A number that tells other data from these."""
        return whole(self.facts)

    @property
    def loss(self) -> Loss:
        """What the targets are for."""
        return self.taking.loss

    def batches(self, size: int, rng: np.random.Generator | None) -> BlockBatches:
        row_bytes = sum(one.nbytes for one in self.facts) / self.n
        return BlockBatches([one.n for one in self.facts], size, rng, max(1, int(WINDOW / row_bytes)))

    def job(self, structure: Structure, theta: Array, batches: Batches, **rest: Any) -> Job:
        assert isinstance(batches, BlockBatches)
        if not batches.streams:
            require_no_batch_norm(structure, batches)
        X, y = np.empty((0, structure.sizes[0]), theta.dtype), np.empty((0, structure.sizes[-1]), theta.dtype)
        weights = np.empty(0, theta.dtype) if self.weighted else None
        return BlocksJob(structure, theta, X, y, self.loss, batches=batches, weights=weights, rows=self, **rest)

    def start(self, engine: str, job: Job) -> Engine:
        from chainrule.scale.streaming import StreamEngine
        from chainrule.scale.summing import SummingEngine

        assert isinstance(job.batches, BlockBatches)
        if isinstance(job.optimizer, LBFGS):
            return LBFGSEngine(job, lambda theta: self.gradient(engine, job.structure, theta))
        return (StreamEngine if job.batches.streams else SummingEngine)(engine, job, self)

    def gradient(
        self,
        engine: str,
        structure: Structure,
        theta: Array,
        ranges: Sequence[Range] = (),
        key: int = 0,
    ) -> tuple[float, Array]:
        """The loss and its gradient in θ, of some rows or all; each block's share is computed where it lies."""
        ranges = ranges or self.all
        partial = PartialGradient(engine, structure, self.loss, theta.dtype, self.weighted)
        n = sum(rows.stop - rows.start for rows in ranges)
        share = self.loss.share((n, structure.sizes[-1])) / self.mean_weight
        total = self.place.total(gradient_of, ranges, partial, theta.copy(), share, key)
        return float(total[0]), total[1:].astype(theta.dtype)

    def loss_of(self, structure: Structure, theta: Array) -> float:
        return float(self.place.total(loss_of, self.all, self.taking, theta.copy())[0]) / self.n

    def accuracy_of(self, structure: Structure, theta: Array) -> float:
        return float(self.place.total(right_of, self.all, self.taking, theta.copy())[0]) / self.n

    def require_two_classes(self) -> None:
        """Raise if there is nothing to tell apart, as of `samples.require_two_classes`."""
        only = self.facts[0].only
        if self.loss.target_bounds == (0, 1) and self.n > 1 and only and all(one.only == only for one in self.facts):
            raise ValueError(
                f"y holds one class only: all {self.n} rows are {only}; "
                "there is nothing to tell apart, pass samples of at least two classes"
            )


def require_no_batch_norm(structure: Structure, batches: Batches) -> None:
    """Raise unless each row's share in the gradient is its own."""
    if any(isinstance(layer.normalization, BatchNorm) for layer in structure.layers):
        raise ValueError(
            f"batch normalization needs all {batches.size} samples of a batch in one place, but here they lie in "
            "blocks; pass a batch_size smaller than a block, or build the network with normalization='layer_norm'"
        )


@contextmanager
def opened(
    structure: Structure,
    dtype: np.dtype[Any],
    X: Any,
    y: Any,
    loss: str | Loss,
    *,
    sample_weight: Any = None,
    class_weight: Any = None,
    backend: Any = None,
    batch_size: int | None = None,
    verbose: int | str = 0,
) -> Iterator[Rows]:
    """Data that lie in blocks, read once and found right; what was started for them ends with the block of code.

    Args:
        structure: of the network that they are for.
        dtype: of its numbers.
        X: as of `Network.fit`.
        y: likewise.
        loss: a name or a Loss.
        sample_weight: likewise.
        class_weight: likewise.
        backend: who reads and computes: None for this process, or for the client that is current where X is of Dask;
            else as of `cluster.client_of`.
        batch_size: rows of a step, which decides what workers hold; None for all.
        verbose: whether there is a bar while they are read.

    Raises:
        TypeError, ValueError: the data are none that the network can learn from; the message names block and row.
        OSError: a file cannot be read, or no scheduler answers.
    """
    taking = Taking(structure, losses.get(loss), dtype, class_weight if class_weight != "balanced" else None)
    pieces = pieces_of(X, y, sample_weight, dtype)
    with client_for(pieces, backend) as client:
        rows = read_through(client, pieces, taking, batch_size, verbose)
        if class_weight == "balanced":
            counts = np.sum([one.classes for one in rows.facts], axis=0)
            if not len(counts):
                classes_of(rows.loss, np.empty((0, structure.sizes[-1])))  # says why there are none
            n, present = rows.n, np.flatnonzero(counts)
            table = {int(c): n / (len(present) * float(counts[c])) for c in present}
            rows.place.close()
            rows = read_through(client, pieces, replace(taking, class_weight=table), batch_size, verbose)
        try:
            yield rows
        finally:
            rows.place.close()


def read_through(
    client: Any, pieces: Sequence[Piece], taking: Taking, batch_size: int | None, verbose: int | str
) -> Rows:
    """Every block read once."""
    from chainrule.scale.on_dask import OnDask

    place = Here(pieces, taking) if client is None else OnDask(client, pieces, taking, batch_size)
    bar = ProgressBar(len(pieces), "reading", "blocks") if wants_bar(verbose) else None
    told: Callable[[int], None] = (lambda done: None) if bar is None else bar.update
    try:
        return Rows(place, taking, place.survey(told))
    except BaseException:
        place.close()
        raise
    finally:
        if bar is not None:
            bar.close()


def client_for(pieces: Sequence[Piece], backend: Any) -> Any:
    """The client that reads and computes, as a context; None for this process."""
    from chainrule.scale import cluster

    if backend is not None:
        return cluster.client_of(backend)
    if any(piece.parts for piece in pieces):  # of Dask: by whoever computes them anyway
        current = cluster.current_client()
        if current is not None:
            return cluster.client_of(current)
    return nullcontext(None)
