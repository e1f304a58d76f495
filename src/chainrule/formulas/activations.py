"""Activation functions: what a unit makes of its pre-activation z. A value and its derivative, side by side.

To add one, write a class: its parameters with their defaults, `value`, `slope`, and one line of `__doc__`. Its name is
the class's name in snake case, or `name` where the class says so. Nothing else has to be touched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from chainrule.arrays import Array, as_floats
from chainrule.formulas.elementary import exp, heaviside, max_over_units, maximum, sum_over_units, tanh
from chainrule.formulas.named import Named

__all__ = ["Activation", "Identity", "ReLU", "Sigmoid", "Softmax", "Tanh", "get", "names"]


@dataclass(frozen=True)
class Activation(Named, kind="activation"):
    """An activation a = f(z), applied to every unit by itself.

    A subclass writes `value` and `slope` in elementary functions; its dataclass fields are its parameters, passed to
    both in their order.

    Call it with z of any shape for the activation a of the same shape; `derivative(z)` is f′(z).

    Example:
        >>> sigmoid = get("sigmoid")
        >>> sigmoid(np.zeros(1)), sigmoid.derivative(np.zeros(1))
        (array([0.5]), array([0.25]))
    """

    bounds: ClassVar[tuple[float, float]] = (-np.inf, np.inf)
    """The smallest and the largest value that a can take or approach."""

    value: ClassVar[Callable[..., Any]]
    """a = f(z): `value(z, *parameters)`."""
    slope: ClassVar[Callable[..., Any]]
    """f′(z), from z and from the a = f(z) that is known already: `slope(z, a, *parameters)`."""

    def forward(self, z: Any) -> Any:
        """The activation a = f(z), on whatever elementary functions take: an array or an `Expression`."""
        return self.value(z, *self.parameters)

    def backward(self, grad_a: Any, z: Any, a: Any) -> Any:
        """The chain rule through this activation: ∂L/∂z from ∂L/∂a, both of z's shape (n, d).

        ∂L/∂z = ∂L/∂a · f′(z) where every unit is activated by itself (report, section 2.3: da = dâ · â(1 − â)).
        """
        return grad_a * self.slope(z, a, *self.parameters)

    @np.errstate(invalid="ignore")  # what has no limit, as softmax of two infinities, is NaN
    def __call__(self, z: Any) -> Array:
        """The activation a of the pre-activation z, a new array of z's shape and dtype."""
        z = as_floats(z)
        a: Array = self.forward(z)
        return a.copy() if a is z else a

    @np.errstate(invalid="ignore")
    def derivative(self, z: Any) -> Array:
        """f′(z), of z's shape and dtype."""
        z = as_floats(z)
        derivative = np.empty_like(z)
        derivative[...] = self.slope(z, self.forward(z), *self.parameters)
        return derivative


class Identity(Activation):
    """f(z) = z, f′(z) = 1: no activation; the output layer of a regression.

    >>> get("identity")(-2.0)
    array(-2.)
    """

    @staticmethod
    def value(z: Any) -> Any:
        return z

    @staticmethod
    def slope(z: Any, a: Any) -> Any:
        return 1.0

    def backward(self, grad_a: Any, z: Any, a: Any) -> Any:
        """∂L/∂z = ∂L/∂a."""
        return grad_a


class Sigmoid(Activation):
    """σ(z) = 1 / (1 + e⁻ᶻ), σ′(z) = σ(z)(1 − σ(z)) (report, section 2.1).

    In (0, 1); exactly 0 or 1, without a warning, once z is beyond what the dtype resolves. For large positive z the
    rounding of σ(z) to 1 leaves σ′(z) an absolute error of at most one unit in the last place of 1.

    >>> get("sigmoid")(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """

    bounds = (0.0, 1.0)

    @staticmethod
    def value(z: Any) -> Any:
        return 1 / (1 + exp(-z))

    @staticmethod
    def slope(z: Any, a: Any) -> Any:
        return a * (1 - a)


class Tanh(Activation):
    """tanh(z), tanh′(z) = 1 − tanh²(z).

    For large |z| the rounding of tanh(z) to ±1 leaves tanh′(z) an absolute error of at most two units in the last
    place of 1.

    >>> get("tanh").derivative(np.array([-1e4, 0.0, 1e4]))
    array([0., 1., 0.])
    """

    bounds = (-1.0, 1.0)

    @staticmethod
    def value(z: Any) -> Any:
        return tanh(z)

    @staticmethod
    def slope(z: Any, a: Any) -> Any:
        return 1 - a * a


class ReLU(Activation):
    """max(z, 0), with derivative 1 where z > 0 and 0 elsewhere (Nair & Hinton 2010).

    There is no derivative at 0; 0 is taken there, a subgradient, as everywhere in the field.

    >>> get("relu")(np.array([-1.0, 0.0, 2.0])), get("relu").derivative(np.array([-1.0, 0.0, 2.0]))
    (array([0., 0., 2.]), array([0., 0., 1.]))
    """

    name = "relu"
    bounds = (0.0, np.inf)

    @staticmethod
    def value(z: Any) -> Any:
        return maximum(z, 0.0)

    @staticmethod
    def slope(z: Any, a: Any) -> Any:
        return heaviside(z, 0.0)


class Softmax(Activation):
    """aⱼ = e^zⱼ / Σₖ e^zₖ over the units of the layer: positive, of sum 1 (Bridle 1990).

    Every unit depends on every other, so the derivative of one sample is a matrix: ∂aⱼ/∂zₖ = aⱼ (δⱼₖ − aₖ).
    The largest z is subtracted first, which changes nothing in exact arithmetic and keeps e^z from overflowing.

    >>> get("softmax")(np.array([[1000.0, 1000.0]]))
    array([[0.5, 0.5]])
    """

    bounds = (0.0, 1.0)

    @staticmethod
    def value(z: Any) -> Any:
        e = exp(z - max_over_units(z))
        return e / sum_over_units(e)

    def backward(self, grad_a: Any, z: Any, a: Any) -> Any:
        """∂L/∂zₖ = aₖ (∂L/∂aₖ − Σⱼ ∂L/∂aⱼ aⱼ): the product of ∂L/∂a with the Jacobian, without building it."""
        return a * (grad_a - sum_over_units(grad_a * a))

    def derivative(self, z: Any) -> Array:
        """The Jacobian of every sample: z of shape (..., k) gives (..., k, k), entry [..., j, k] = ∂aⱼ/∂zₖ.

        >>> get("softmax").derivative(np.array([0.0, 0.0]))
        array([[ 0.25, -0.25],
               [-0.25,  0.25]])
        """
        a = self(z)
        diagonal: Array = a[..., :, None] * np.eye(a.shape[-1], dtype=a.dtype)
        return diagonal - a[..., :, None] * a[..., None, :]


def get(name: str | Activation, **parameters: float) -> Activation:
    """The activation of that name, with its parameters; an `Activation` is returned as it is.

    Args:
        name: one of `names()`, or an Activation.
        parameters: the activation's parameters by name; those left out keep their defaults.

    Raises:
        ValueError: there is no such name (the message has the nearest one) or a parameter is out of range.
        TypeError: name is neither, or there is no such parameter.

    >>> get("tanh")
    Tanh()
    """
    return Activation.get(name, **parameters)


def names() -> list[str]:
    """Every name that `get` knows.

    >>> names()
    ['identity', 'relu', 'sigmoid', 'softmax', 'tanh']
    """
    return Activation.names()
