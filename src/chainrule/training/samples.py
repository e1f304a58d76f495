"""The samples and targets of a run: of a network's sizes and dtype, or an error that says what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from chainrule.arrays import Array, as_numbers, as_samples
from chainrule.backprop import mean_loss, predict, predicted
from chainrule.engines import choose
from chainrule.engines.batches import Batches
from chainrule.engines.job import Job
from chainrule.formulas import losses
from chainrule.formulas.losses import Loss

if TYPE_CHECKING:
    import numpy.typing as npt

    from chainrule.structure import Structure

__all__ = ["Data", "Samples", "accuracy", "checked", "require_two_classes", "weights_of"]


class Data(Protocol):
    """What a run is about, wherever it lies: samples with their targets, checked."""

    @property
    def n(self) -> int:
        """How many samples there are."""

    def batches(self, size: int, rng: np.random.Generator | None) -> Batches:
        """Which of them each step of `size` samples takes."""

    def job(self, structure: Structure, theta: Array, batches: Batches, **rest: Any) -> Job:
        """The training run on them."""

    def start(self, engine: str, job: Job) -> choose.Engine:
        """The engine of that name, at the beginning of a job on them."""

    def require_two_classes(self) -> None:
        """Raise a ValueError if there is nothing to tell apart: a cross entropy, but all samples of one class."""

    def loss_of(self, structure: Structure, theta: Array) -> float:
        """The loss of a network's predictions, every sample counting the same."""

    def accuracy_of(self, structure: Structure, theta: Array) -> float:
        """The share of right classes in a network's predictions."""


@dataclass(frozen=True)
class Samples:
    """Samples in the memory of this process.

    Attributes:
        loss: the loss function, which says what the targets are.
        X: (n, d_in), finite.
        y: (n, d_out), one number an output.
        weights: what each counts for in training, (n,) of a mean of 1; None is 1 for each.
    """

    loss: Loss
    X: Array
    y: Array
    weights: Array | None = None

    @property
    def n(self) -> int:
        return len(self.X)

    def batches(self, size: int, rng: np.random.Generator | None) -> Batches:
        return Batches(self.n, size, rng)

    def job(self, structure: Structure, theta: Array, batches: Batches, **rest: Any) -> Job:
        return Job(structure, theta, self.X, self.y, self.loss, batches=batches, weights=self.weights, **rest)

    def start(self, engine: str, job: Job) -> choose.Engine:
        return choose.start(engine, job)

    def require_two_classes(self) -> None:
        require_two_classes(self.loss, self.y)

    def loss_of(self, structure: Structure, theta: Array) -> float:
        z, a = predicted(structure, theta, self.X)
        return mean_loss(structure, z, a, self.y, self.loss)

    def accuracy_of(self, structure: Structure, theta: Array) -> float:
        return float(accuracy(self.loss, predict(structure, theta, self.X), self.y))


def checked(structure: Structure, dtype: np.dtype[Any], X: Any, y: Any, loss: str | Loss) -> tuple[Loss, Array, Array]:
    """The loss, samples and targets of a network.

    Raises:
        TypeError: X or y do not hold real numbers, or loss is no loss.
        ValueError: shapes, values or names that do not fit; the message says which.
    """
    loss = losses.get(loss)
    sizes, output = structure.sizes, structure.layers[-1].activation
    low, high = loss.target_bounds
    if output.bounds[0] < low or output.bounds[1] > high:
        fitting = loss.link.name if loss.link is not None else "softplus"
        raise ValueError(
            f"{loss.name} needs predictions in [{low:g}, {high:g}], but output={output.name!r} gives values in "
            f"[{output.bounds[0]:g}, {output.bounds[1]:g}]; build the network with output={fitting!r}"
        )
    X = as_samples(X, sizes[0], dtype)
    y = loss.encode(y, sizes[-1], dtype)
    if len(X) != len(y):
        raise ValueError(f"X has {len(X)} rows but y has {len(y)}; pass one row of y for each sample")
    return loss, X, y


def require_two_classes(loss: Loss, y: Array) -> None:
    """Raise if there is nothing to tell apart: a cross entropy, and more than one sample, but all of one class.

    Raises:
        ValueError: all rows of y are the same.
    """
    if loss.target_bounds == (0, 1) and len(y) > 1 and (y == y[0]).all():
        raise ValueError(
            f"y holds one class only: all {len(y)} rows are {y[0].tolist()}; "
            "there is nothing to tell apart, pass samples of at least two classes"
        )


def weights_of(loss: Loss, y: Array, sample_weight: Any, class_weight: Any) -> Array | None:
    """What each sample counts for, (n,) of a mean of 1; None where all count the same.

    Args:
        loss: which says what a class is.
        y: the targets, (n, d_out).
        sample_weight: (n,), ≥ 0, or None.
        class_weight: {class: weight} with every class of y, "balanced" for n / (classes · samples of the class), or
            None.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: a weight is negative, all are 0, or they do not fit y.

    >>> from chainrule.formulas import losses
    >>> weights_of(losses.get("binary_cross_entropy"), np.array([[0.0], [0.0], [1.0]]), None, "balanced")
    array([0.75, 0.75, 1.5 ])
    """
    if sample_weight is None and class_weight is None:
        return None
    weights = np.ones(len(y))
    if sample_weight is not None:
        weights = as_numbers("sample_weight", sample_weight).astype(np.float64)
        if weights.shape not in ((len(y),), (len(y), 1)):
            raise ValueError(f"sample_weight has shape {weights.shape}; pass one number for each of {len(y)} samples")
        weights = weights.reshape(-1)
    if class_weight is not None:
        weights = weights * class_weights(classes_of(loss, y), class_weight)
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise ValueError("weights of samples must be finite numbers of at least 0, and not all 0")
    return (weights / weights.mean()).astype(y.dtype)


def classes_of(loss: Loss, y: Array) -> npt.NDArray[np.intp]:
    """The class of each sample, from 0.

    Raises:
        ValueError: the loss knows no classes, or a sample may have several.
    """
    if loss.name == "categorical_cross_entropy":
        return y.argmax(axis=1)
    if loss.target_bounds == (0, 1) and y.shape[1] == 1:
        return (y[:, 0] > 0.5).astype(np.intp)
    raise ValueError(
        f"class_weight needs one class a sample, but {loss.name} of {y.shape[1]} outputs has none; pass sample_weight"
    )


def class_weights(classes: npt.NDArray[np.intp], class_weight: Any) -> Array:
    """The weight of each sample's class.

    Raises:
        TypeError: class_weight is neither a dict nor "balanced".
        ValueError: a class has no weight.
    """
    present, counts = np.unique(classes, return_counts=True)
    if isinstance(class_weight, str) and class_weight == "balanced":
        table = {int(c): len(classes) / (len(present) * count) for c, count in zip(present, counts, strict=True)}
    elif isinstance(class_weight, Mapping):
        table = dict(class_weight)
    else:
        raise TypeError(f"class_weight must be a dict of class and weight, or 'balanced', got {class_weight!r}")
    missing = [int(c) for c in present if c not in table]
    if missing:
        raise ValueError(f"class_weight has no weight for class {missing[0]}; it has {sorted(table)}")
    return np.array([float(table[int(c)]) for c in classes])


def accuracy(loss: Loss, a: Array, y: Array) -> Array:
    """The share of right classes in predictions a (..., n, d) of targets y (n, d); NaN where the loss knows no classes.

    A class is right if it is the most probable one (categorical cross entropy), or if its probability is on the right
    side of ½ (binary cross entropy, each output by itself), or its sign is right (hinge, each output by itself).

    >>> from chainrule.formulas import losses
    >>> float(accuracy(losses.get("binary_cross_entropy"), np.array([[0.9], [0.4], [0.6]]), np.array([[1], [0], [0]])))
    0.6666666666666666
    """
    if loss.name == "hinge":
        return ((a > 0) == (y > 0)).mean(axis=(-2, -1))
    if loss.target_bounds != (0, 1):
        return np.full(a.shape[:-2], np.nan)
    if loss.name == "categorical_cross_entropy":
        return (a.argmax(axis=-1) == y.argmax(axis=-1)).mean(axis=-1)
    return ((a > 0.5) == (y > 0.5)).mean(axis=(-2, -1))
