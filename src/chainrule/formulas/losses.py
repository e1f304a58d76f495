"""Loss functions: how wrong a prediction is. A value and its derivative, side by side.

A loss is the mean over the samples of a loss per sample; a loss per sample is the sum (or the mean, where the loss
says so) over the outputs of one `value` an output. To add one, write a class with `value` and `slope`. Huber and log
cosh stand in `robust_losses.py`; hinge and Poisson, whose targets are of their own kind, in `special_losses.py`.

A cross entropy also belongs to one output activation, its `link`. Together with it, both the loss and its derivative
in the pre-activation z have a closed form that no saturation can spoil: `value_from_logits` and the famous p − y.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from chainrule.arguments import require
from chainrule.arrays import Array, as_class_indicators, as_floats, as_matrix, as_numbers, require_within
from chainrule.formulas.activations import Activation, Sigmoid, Softmax
from chainrule.formulas.elementary import (
    exp,
    log,
    log1p,
    magnitude,
    max_over_units,
    maximum,
    sign,
    square,
    sum_over_units,
    xdivy,
    xlogy,
)
from chainrule.formulas.named import Named

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "BinaryCrossEntropy",
    "CategoricalCrossEntropy",
    "CrossEntropy",
    "HalfSquaredError",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "get",
    "names",
]


@dataclass(frozen=True)
class Loss(Named, kind="loss"):
    """A loss L = mean over the n samples of the loss of each.

    `L(z, y)` and `L.derivative(z, y)` take what the network's last layer gives: logits (pre-activations) for the cross
    entropies, predictions for all others; y has the same shape. A number is one sample of one output, a vector n
    samples of one output, a matrix (n samples, d outputs).

    Example:
        >>> L = get("half_squared_error")
        >>> L([[1.0], [3.0]], [[0.0], [0.0]]), L.derivative([[1.0], [3.0]], [[0.0], [0.0]]).tolist()
        (2.5, [[0.5], [1.5]])
    """

    mean_over_outputs: ClassVar[bool] = False
    """Whether a sample's loss is the mean over its outputs, or (False) their sum."""
    link: ClassVar[type[Activation] | None] = None
    """The output activation with which the loss has the closed forms in z; None if there is no such activation."""
    target_bounds: ClassVar[tuple[float, float]] = (-np.inf, np.inf)
    """The range that y, and the predictions too, must lie in."""
    targets: ClassVar[str] = "any numbers"
    """What y may hold, in words."""

    value: ClassVar[Callable[..., Any]]
    """The loss of one output, from its prediction a and target y: `value(a, y, *parameters)`."""
    slope: ClassVar[Callable[..., Any]]
    """∂value/∂a: `slope(a, y, *parameters)`."""
    value_from_logits: ClassVar[Callable[..., Any]]
    """`value` where a = link(z), from z: `value_from_logits(z, y, *parameters)`. Only where there is a link."""

    @staticmethod
    def slope_from_logits(a: Any, y: Any) -> Any:
        """∂value_from_logits/∂z, from a = link(z): the collapsed p − y."""
        return a - y

    def shortens(self, activation: Activation) -> bool:
        """Whether the chain through this output activation collapses to p − y: where it is the loss's link."""
        return self.link is not None and type(activation) is self.link

    def terms(self, z: Any, a: Any, y: Any, activation: Activation) -> Any:
        """The loss of every output (n, d), the best way there is for this output activation a = f(z)."""
        if self.shortens(activation):
            return self.value_from_logits(z, y, *self.parameters)
        return self.value(a, y, *self.parameters)

    def terms_slope(self, a: Any, y: Any) -> Any:
        """∂terms/∂a (n, d): the report's dâ of the output layer, before the mean over samples."""
        return self.slope(a, y, *self.parameters)

    def output_delta(self, z: Any, a: Any, y: Any, activation: Activation, share: Any) -> Any:
        """∂L/∂z of the output layer (n, d), the best way there is for this output activation; share as of `share`."""
        if self.shortens(activation):
            return self.slope_from_logits(a, y) * share
        return activation.backward(self.terms_slope(a, y) * share, z, a)

    def share(self, shape: tuple[int, ...]) -> float:
        """What one term counts in the loss of n samples of d outputs: 1/n, or 1/(n·d) for a mean over outputs."""
        n, d = shape
        return 1 / (n * d) if self.mean_over_outputs else 1 / n

    def encode(self, y: Any, n_outputs: int, dtype: npt.DTypeLike) -> Array:
        """Targets as one finite number an output: an (n, n_outputs) matrix of this dtype.

        Args:
            y: (n, n_outputs), or (n,) for one output; class indices too for a categorical loss.
            n_outputs: how many outputs the prediction has.
            dtype: float64 or float32.

        Raises:
            TypeError: y does not hold real numbers.
            ValueError: y is no such matrix, or out of the loss's range.
        """
        y = as_matrix("y", y, dtype)
        if y.shape[1] != n_outputs:
            raise ValueError(
                f"y has {y.shape[1]} columns but the network ends in {n_outputs} "
                f"{'unit' if n_outputs == 1 else 'units'}; pass y of shape (n, {n_outputs})"
            )
        low, high = self.target_bounds
        require_within("y", y, low, high, f"{self.name} takes {self.targets}")
        return y

    def __call__(self, z: Any, y: Any) -> float:
        """The loss: the mean over the samples, as a float.

        Raises:
            TypeError: y does not hold real numbers.
            ValueError: the shapes differ, or y or a prediction is out of the loss's range.
        """
        z = as_rows(z)
        y = self._checked(z, y)
        terms = self.value_from_logits(z, y, *self.parameters) if self.link else self.value(z, y, *self.parameters)
        return float(np.sum(terms) * self.share(z.shape))

    def derivative(self, z: Any, y: Any) -> Array:
        """∂L/∂z, of z's shape (the factor 1/n of the mean is in it).

        Raises:
            TypeError: y does not hold real numbers.
            ValueError: the shapes differ, or y or a prediction is out of the loss's range.
        """
        rows = as_rows(z)
        y = self._checked(rows, y)
        slope = self.slope_from_logits(self.link().forward(rows), y) if self.link else self.terms_slope(rows, y)
        derivative: Array = slope * self.share(rows.shape)
        return derivative.reshape(np.shape(z))

    def _checked(self, z: Array, y: Any) -> Array:
        """The targets of these predictions, encoded; both are in the loss's range."""
        if self.link is None:
            require_within("z", z, *self.target_bounds, f"{self.name} is of no other predictions")
        y = self.encode(np.atleast_1d(as_numbers("y", y)), z.shape[1], z.dtype)
        if len(y) != len(z):
            raise ValueError(f"y has {len(y)} rows but z has {len(z)}; pass one row a sample")
        return y


def as_rows(z: Any) -> Array:
    """The matrix (n, d) of floats that z is: a number is one sample of one output, a vector n samples of one."""
    z = as_floats(z)
    if z.ndim > 2 or z.size == 0:
        raise ValueError(f"z must be a number, (n,) or (n, d), and not empty; got shape {z.shape}")
    return z.reshape(len(z) if z.ndim else 1, -1)


@dataclass(frozen=True)
class CrossEntropy(Loss, abstract=True):
    """What both cross entropies share: targets are labels or probabilities, and may be smoothed.

    With `label_smoothing` s the targets are y (1 − s) + s / k instead of y, with k the number of classes, so that
    nothing is gained by certainty (Szegedy et al. 2016, section 7). `encode` does it, once; no formula knows of it.
    """

    label_smoothing: float = 0.0

    target_bounds = (0.0, 1.0)
    targets = "labels 0 and 1, or probabilities between them"

    def __post_init__(self) -> None:
        require("label_smoothing", self.label_smoothing, 0, 1, closed=True)

    @property
    def parameters(self) -> tuple[Any, ...]:
        return ()

    def smoothed(self, y: Array, classes: int) -> Array:
        """The targets, smoothed over so many classes: those of the argument where there is nothing to smooth."""
        s = float(self.label_smoothing)
        return y * (1 - s) + s / classes if s else y


class BinaryCrossEntropy(CrossEntropy):
    """−(y log p + (1 − y) log(1 − p)) with p = σ(z), summed over the outputs (report, section 2.3).

    From z it is max(z, 0) − z y + log(1 + e^−|z|), which is finite and exact for every finite z; its derivative in z
    is p − y. Targets lie in [0, 1]; between the two they are probabilities.

    Args:
        label_smoothing: s in [0, 1): targets y become y (1 − s) + s / 2, as in Keras.

    >>> get("binary_cross_entropy")(-1000.0, 1.0)
    1000.0
    """

    link = Sigmoid

    @staticmethod
    def value(p: Any, y: Any) -> Any:
        return -(xlogy(y, p) + xlogy(1 - y, 1 - p))

    @staticmethod
    def slope(p: Any, y: Any) -> Any:
        return xdivy(1 - y, 1 - p) - xdivy(y, p)

    @staticmethod
    def value_from_logits(z: Any, y: Any) -> Any:
        return maximum(z, 0.0) - z * y + log1p(exp(-magnitude(z)))

    def encode(self, y: Any, n_outputs: int, dtype: npt.DTypeLike) -> Array:
        return self.smoothed(super().encode(y, n_outputs, dtype), 2)


class CategoricalCrossEntropy(CrossEntropy):
    """−Σₖ yₖ log pₖ with p = softmax(z): one class of k, or a distribution over them (Bridle 1990).

    From z it is −Σₖ yₖ (zₖ − log Σⱼ e^zⱼ), with the largest z subtracted first; its derivative in z is p − y, which
    holds because the targets of a sample sum to 1. y is class indices (n,) or (n, 1), or (n, k) rows of sum 1. Where a
    class is all but certain, the rounding of Σⱼ to 1 leaves its loss an absolute error of one unit in the last place
    of 1.

    Args:
        label_smoothing: s in [0, 1): targets y become y (1 − s) + s / k for k classes, as in Keras and PyTorch.

    >>> get("categorical_cross_entropy")([[0.0, 1000.0]], [0])
    1000.0
    >>> get("categorical_cross_entropy", label_smoothing=0.2).encode([0], 4, "float64")
    array([[0.85, 0.05, 0.05, 0.05]])
    """

    link = Softmax

    @staticmethod
    def value(p: Any, y: Any) -> Any:
        return -xlogy(y, p)

    @staticmethod
    def slope(p: Any, y: Any) -> Any:
        return -xdivy(y, p)

    @staticmethod
    def value_from_logits(z: Any, y: Any) -> Any:
        z = z - max_over_units(z)
        return y * (log(sum_over_units(exp(z))) - z)

    def encode(self, y: Any, n_outputs: int, dtype: npt.DTypeLike) -> Array:
        return self.smoothed(as_class_indicators(as_matrix("y", y, dtype), n_outputs), n_outputs)


class MeanSquaredError(Loss):
    """(a − y)², the mean over the outputs.

    >>> get("mean_squared_error")([[1.0, 3.0]], [[0.0, 0.0]])
    5.0
    """

    mean_over_outputs = True

    @staticmethod
    def value(a: Any, y: Any) -> Any:
        return square(a - y)

    @staticmethod
    def slope(a: Any, y: Any) -> Any:
        return 2 * (a - y)


class HalfSquaredError(Loss):
    """½ (a − y)², summed over the outputs: its derivative is the error itself (Rumelhart, Hinton & Williams 1986).

    >>> get("half_squared_error")([[1.0, 3.0]], [[0.0, 0.0]])
    5.0
    """

    @staticmethod
    def value(a: Any, y: Any) -> Any:
        return 0.5 * square(a - y)

    @staticmethod
    def slope(a: Any, y: Any) -> Any:
        return a - y


class MeanAbsoluteError(Loss):
    """|a − y|, the mean over the outputs; derivative sign(a − y), which is 0 where a is y, as everywhere in the field.

    >>> get("mean_absolute_error")([[1.0, -3.0]], [[0.0, 0.0]])
    2.0
    """

    mean_over_outputs = True

    @staticmethod
    def value(a: Any, y: Any) -> Any:
        return magnitude(a - y)

    @staticmethod
    def slope(a: Any, y: Any) -> Any:
        return sign(a - y)


def get(name: str | Loss, **parameters: float) -> Loss:
    """The loss of that name, with its parameters; a `Loss` is returned as it is.

    Args:
        name: one of `names()`, or a Loss.
        parameters: the loss's parameters by name; those left out keep their defaults.

    Raises:
        ValueError: there is no such name (the message has the nearest one) or a parameter is out of range.
        TypeError: name is neither, or there is no such parameter.

    >>> get("mean_squared_error")
    MeanSquaredError()
    """
    return Loss.get(name, **parameters)


def names() -> list[str]:
    """Every name that `get` knows.

    >>> names()  # doctest: +NORMALIZE_WHITESPACE
    ['binary_cross_entropy', 'categorical_cross_entropy', 'half_squared_error', 'hinge', 'huber', 'log_cosh',
     'mean_absolute_error', 'mean_squared_error', 'poisson']
    """
    return Loss.names()


# The rest of the family, which joins it by being imported; here at the end, because it needs the class above.
import chainrule.formulas.robust_losses  # noqa: E402
import chainrule.formulas.special_losses  # noqa: E402, F401
