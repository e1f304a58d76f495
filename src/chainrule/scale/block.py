"""A block of rows in memory, and what is computed where it lies."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arrays import as_numbers
from chainrule.backprop import predicted
from chainrule.engines.job import fingerprint
from chainrule.training.samples import accuracy, checked, class_weights, classes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chainrule.arrays import Array
    from chainrule.engines.partial_gradient import PartialGradient
    from chainrule.formulas.losses import Loss
    from chainrule.structure import Structure

__all__ = ["Block", "Facts", "Range", "Taking", "facts_of", "gradient_of", "loss_of", "right_of"]

AT_ONCE = 1 << 14  # rows that are predicted at once


@dataclass(frozen=True)
class Block:
    """Rows with their targets, checked: X (n, d_in), y (n, d_out), weights (n,) or None."""

    X: Array
    y: Array
    weights: Array | None = None

    def __len__(self) -> int:
        return len(self.X)

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        return self.X.nbytes + self.y.nbytes + (0 if self.weights is None else self.weights.nbytes)

    def __sizeof__(self) -> int:
        return self.nbytes  # which Dask asks before it moves one

    def parts(self) -> Iterator[Block]:
        """The same rows, some at a time."""
        for start in range(0, len(self), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            yield Block(self.X[some], self.y[some], None if self.weights is None else self.weights[some])


@dataclass(frozen=True)
class Range:
    """Rows start to stop of a block; `first` is the place of the first of them in its batch."""

    block: int
    start: int
    stop: int
    first: int = 0


@dataclass(frozen=True)
class Taking:
    """What rows must be to be a network's samples.

    Attributes:
        structure: the network's layers.
        loss: the loss function.
        dtype: of all numbers.
        class_weight: what each class counts for, by class; None is 1 for each.
    """

    structure: Structure
    loss: Loss
    dtype: np.dtype[Any]
    class_weight: Mapping[Any, float] | None = None

    def block(self, name: str, X: Any, y: Any, weights: Any) -> Block:
        """These rows as a block.

        Args:
            name: where they come from, for messages.
            X: samples.
            y: targets.
            weights: what each counts for, or None.

        Raises:
            TypeError, ValueError: they are none, as of `samples.checked`.
        """
        try:
            if len(X) == 0:
                raise ValueError("it has no rows; leave out what is empty")
            _, X, y = checked(self.structure, self.dtype, X, y, self.loss)
            if weights is not None:
                weights = as_numbers("sample_weight", weights).astype(self.dtype).reshape(-1)
                if len(weights) != len(X):
                    raise ValueError(f"sample_weight has {len(weights)} rows but X has {len(X)}")
                if not (np.isfinite(weights).all() and (weights >= 0).all()):
                    raise ValueError("weights of samples must be finite numbers of at least 0")
            if self.class_weight is not None:
                each = class_weights(classes_of(self.loss, y), self.class_weight).astype(self.dtype)
                weights = each if weights is None else weights * each
        except (TypeError, ValueError) as error:
            raise type(error)(f"{name}: {error}") from None
        return Block(X, y, weights)


@dataclass(frozen=True)
class Facts:
    """What is known of a block once it was read.

    Attributes:
        n: its rows.
        nbytes: the memory that it takes.
        weight: the sum of its weights; None where all rows count the same.
        only: the target that all of its rows have, None if they differ.
        classes: how many rows each class has, (classes,); empty where a row may have several classes.
        fingerprint: a number that other rows are unlikely to have.
    """

    n: int
    nbytes: int
    weight: float | None
    only: list[float] | None
    classes: list[int]
    fingerprint: str


def facts_of(block: Block, loss: Loss) -> Facts:
    """What is to be known of a block."""
    y = block.y
    try:
        classes = np.bincount(classes_of(loss, y), minlength=max(2, y.shape[1])).tolist()
    except ValueError:
        classes = []
    return Facts(
        len(block),
        block.nbytes,
        None if block.weights is None else float(block.weights.sum(dtype=np.float64)),
        y[0].tolist() if (y == y[0]).all() else None,
        classes,
        fingerprint(block.X, y, block.weights),
    )


def whole(facts: list[Facts]) -> str:
    """A number that other blocks are unlikely to have."""
    return f"{zlib.crc32(' '.join(one.fingerprint for one in facts).encode()):08x}"


def gradient_of(block: Block, rows: Range, gradient: PartialGradient, theta: Array, share: float, key: int) -> Array:
    """The share of some rows of a block in the loss and its gradient, as of `PartialGradient.of`."""
    some = slice(rows.start, rows.stop)
    weights = None if block.weights is None else block.weights[some]
    return gradient.of(theta, block.X[some], block.y[some], weights, share, key, rows.first)


@np.errstate(over="ignore", invalid="ignore")  # the next training loss tells of a diverged network
def loss_of(block: Block, rows: Range, taking: Taking, theta: Array) -> Array:
    """The sum of the losses of a block's rows, every row counting the same, (1,)."""
    total, structure, loss = np.zeros(1), taking.structure, taking.loss
    for part in block.parts():
        z, a = predicted(structure, theta, part.X)
        terms = loss.terms(z, a, part.y, structure.layers[-1].activation)
        total += np.sum(terms, dtype=np.float64) * (loss.share(part.y.shape) * len(part))
    return total


@np.errstate(over="ignore", invalid="ignore")
def right_of(block: Block, rows: Range, taking: Taking, theta: Array) -> Array:
    """How many of a block's rows are predicted right, (1,)."""
    total = np.zeros(1)
    for part in block.parts():
        _, a = predicted(taking.structure, theta, part.X)
        total += float(accuracy(taking.loss, a, part.y)) * len(part)
    return total
