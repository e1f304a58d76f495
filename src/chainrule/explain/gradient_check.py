"""A gradient held against two that need no derivation: differences, and the complex step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arrays import Array, as_numbers
from chainrule.backprop import Keep, mean_loss, through_layers
from chainrule.explain import complex_step
from chainrule.explain.check_table import html, table
from chainrule.explain.parts import parts
from chainrule.explain.tensor_check import TensorCheck, compare
from chainrule.formulas.losses import Loss
from chainrule.formulas.normalizations import BatchNorm
from chainrule.formulas.regularization import Regularization
from chainrule.network import Network
from chainrule.structure import Structure
from chainrule.training.samples import checked

__all__ = ["GradientCheck", "check_gradients", "network_checks"]

AT_MOST = 1000


@dataclass(frozen=True)
class GradientCheck:
    """A verdict on every tensor of a gradient; printed, it is a table.

    Attributes:
        title: what was checked.
        tensors: one check each.
        loss: the value of the function at the point.
    """

    title: str
    tensors: tuple[TensorCheck, ...]
    loss: float

    @property
    def ok(self) -> bool:
        """Whether every tensor is right."""
        return all(tensor.ok for tensor in self.tensors)

    @property
    def disagreement(self) -> float:
        """The largest disagreement with differences, relative to the largest entry of its tensor."""
        return float(np.nanmax([0.0, *(tensor.disagreement for tensor in self.tensors)]))

    def to_text(self) -> str:
        """A table of at most 80 columns, and the verdict."""
        return table(self)

    __str__ = to_text

    def __repr__(self) -> str:
        return f"GradientCheck(ok={self.ok}, disagreement={self.disagreement:.1e})"

    def _repr_html_(self) -> str:
        return html(self)


def check_gradients(
    subject: Network | Callable[[Array], Any],
    X: Any,
    y: Any = None,
    loss: str | Loss = "binary_cross_entropy",
    *,
    gradient: Any = None,
    engine: str = "reference",
    at_most: int = AT_MOST,
) -> GradientCheck:
    """Hold analytic gradients against fourth-order differences and the complex step.

    All that the network learns is checked, as in training: a batch brings its own statistics; but nothing drops out.

    Args:
        subject: a network; or any function of an array θ that returns a number.
        X: the network's samples, (n, d_in); or the point θ to differentiate the function at, of any shape.
        y: the network's targets; none for a function.
        loss: the network's loss, a name or a Loss.
        gradient: for a function, its gradient: an array of θ's shape, or a function of θ that returns one.
        engine: who computes the network's gradient: "reference", "numpy" or "compiled".
        at_most: entries of a tensor to look at, evenly spread; differences need many evaluations for each.

    Returns:
        A GradientCheck: `.ok`, `.tensors`, and a table when printed.

    Raises:
        TypeError: an argument is of the wrong kind, or the function does not return a number.
        ValueError: shapes or values that do not fit, or a function that gives another value when called again.

    Example:
        >>> import chainrule as cr
        >>> X, y = cr.datasets.xor()
        >>> cr.check_gradients(cr.Network([2, 3, 1], seed=0), X, y).ok
        True
        >>> cr.check_gradients(lambda t: (t**2).sum(), [1.0, 2.0], gradient=lambda t: 2.001 * t).ok
        False
    """
    if isinstance(at_most, bool) or not isinstance(at_most, int) or at_most < 1:
        raise ValueError(f"at_most must be a whole number of at least 1, got {at_most!r}")
    if isinstance(subject, Network):
        if gradient is not None:
            raise TypeError("a network has its own gradient; pass gradient= with a function, or call cr.diagnose")
        loss, X, y = checked(subject.structure, subject.parameters.dtype, X, y, loss)
        found = subject.gradients(X, y, loss, engine=engine)
        tensors = network_checks(subject.structure, subject.parameters, X, y, loss, found.parameters, at_most)
        title = f"Gradients of {subject.structure}, {len(X)} samples, {loss.name}, engine {engine}"
        return GradientCheck(title, tensors, found.loss)
    if not callable(subject):
        raise TypeError(f"pass a network, or a function of an array; got an object of type {type(subject).__name__}")
    if y is not None:
        raise TypeError("a function is checked at one point: check_gradients(function, theta, gradient=...), without y")
    return check_function(subject, X, gradient, at_most)


def network_checks(
    structure: Structure,
    theta: Array,
    X: Array,
    y: Array,
    loss: Loss,
    gradient: Array,
    at_most: int,
    keep: Keep | None = None,
    regularization: Regularization = complex_step.NO_PENALTY,
) -> tuple[TensorCheck, ...]:
    """Every part of a gradient; what it is compared with is computed in float64."""
    point, X, y = theta.astype(np.float64), X.astype(np.float64), y.astype(np.float64)

    @np.errstate(all="ignore")
    def value(theta: Array) -> float:
        passed = through_layers(structure, theta, X, keep)[-1]
        data_loss = mean_loss(structure, passed[0], passed[-1], y, loss)
        if not regularization.penalizes:
            return data_loss
        return data_loss + regularization.penalty([layer.weight(theta) for layer in structure.layers])

    tensors = {part.tensor: (part.offset, part.shape) for part in parts(structure)}
    in_complex = complex_step.loss_of(structure, X, y, loss, keep, regularization)
    shifted = {
        f"layers.{i}.bias" for i, layer in enumerate(structure.layers) if isinstance(layer.normalization, BatchNorm)
    }
    return compare(value, in_complex, point, gradient, tensors, at_most, cancelling=shifted)


def check_function(f: Callable[[Array], Any], theta: Any, gradient: Any, at_most: int) -> GradientCheck:
    """A function's gradient at θ."""
    point = as_numbers("theta", theta).astype(np.float64)
    if point.size == 0 or not np.isfinite(point).all():
        raise ValueError("theta must hold at least one number, and finite ones only")
    if gradient is None:
        raise TypeError("pass gradient=: an array of theta's shape, or a function of theta that returns one")
    given = gradient(point.copy()) if callable(gradient) else gradient
    analytic = as_numbers("gradient", given)
    if analytic.shape != point.shape:
        fits = "; its transpose would fit" if analytic.T.shape == point.shape else ""
        raise ValueError(f"the gradient has shape {analytic.shape} but theta has {point.shape}{fits}")

    def value(flat: Array) -> float:
        returned = f(flat.reshape(point.shape).copy())
        if np.ndim(returned) or not np.isrealobj(returned) or not isinstance(returned, int | float | np.number):
            raise TypeError(f"the function must return one real number, got {returned!r}")
        return float(returned)

    def complex_value(flat: Array) -> Any:
        try:
            with np.errstate(all="ignore"):
                return f(flat.reshape(point.shape).copy())
        except Exception:  # the function is somebody else's: whatever it raises, it does not take complex numbers
            return None

    if value(point.ravel()) != value(point.ravel()):
        raise ValueError(
            "the function gives another value when it is called again at the same theta; "
            "draw its random numbers, dropout or batches once, before the check"
        )
    tensors = {"theta": (0, point.shape)}
    checks = compare(value, complex_value, point.ravel(), analytic.ravel(), tensors, at_most, foreign=True)
    return GradientCheck(f"Gradient of {getattr(f, '__name__', 'a function')}", checks, value(point.ravel()))
