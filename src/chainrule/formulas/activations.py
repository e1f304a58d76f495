"""Activation functions: what a unit makes of its pre-activation z. A value and its derivative, side by side.

To add one, write a class: its parameters with their defaults, `value`, `slope`, and one line of `__doc__`. Its name is
the class's name in snake case, or `name` where the class says so. Nothing else has to be touched. ReLU and its kin
stand in `rectifiers.py`, and what is z times a gate, such as GELU, in `gates.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from chainrule.arrays import Array, as_floats
from chainrule.formulas.elementary import (
    exp,
    log,
    magnitude,
    max_over_units,
    sign,
    square,
    sum_over_units,
    tanh,
    where,
)
from chainrule.formulas.named import Named

__all__ = [
    "Activation",
    "Identity",
    "LogSoftmax",
    "Sigmoid",
    "Softmax",
    "Softsign",
    "Tanh",
    "get",
    "names",
]


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

    trained: ClassVar[tuple[str, ...]] = ()
    """The names of what the network learns of it, one number a unit each; they stand before the parameters."""
    statistics: ClassVar[tuple[str, ...]] = ()
    couples_units: ClassVar[bool] = False
    """Whether every unit depends on every other of its layer: `derivative` is then a matrix for each sample."""

    value: ClassVar[Callable[..., Any]]
    """a = f(z): `value(z, *trained, *parameters)`."""
    slope: ClassVar[Callable[..., Any]]
    """f′(z), from z and from the a = f(z) that is known already: `slope(z, a, *trained, *parameters)`."""

    @property
    def bounds(self) -> tuple[float, float]:
        """The smallest and the largest value that a can take or approach."""
        return (-np.inf, np.inf)

    @np.errstate(over="ignore")  # the side that `where` does not take may overflow
    def forward(self, z: Any, *trained: Any) -> Any:
        """The activation a = f(z), on whatever elementary functions take: an array or an `Expression`."""
        return self.value(z, *(trained or self.starts), *self.parameters)

    def backward(self, grad_a: Any, z: Any, a: Any, *trained: Any) -> Any:
        """The chain rule through this activation: ∂L/∂z from ∂L/∂a, both of z's shape (n, d).

        ∂L/∂z = ∂L/∂a · f′(z) where every unit is activated by itself (report, section 2.3: da = dâ · â(1 − â)).
        """
        return grad_a * self.slope(z, a, *(trained or self.starts), *self.parameters)

    def trained_slopes(self, grad_a: Any, z: Any, a: Any, *trained: Any) -> tuple[Any, ...]:
        """What each sample and unit adds to the derivative of the loss in each of `trained`."""
        return ()

    def start(self, name: str) -> float:
        """What each of `trained` is before training, and where it is not given."""
        raise KeyError(name)

    @property
    def starts(self) -> tuple[float, ...]:
        """All of them."""
        return tuple(map(self.start, self.trained))

    @np.errstate(invalid="ignore")  # what has no limit, as softmax of two infinities, is NaN
    def __call__(self, z: Any) -> Array:
        """The activation a of the pre-activation z, a new array of z's shape and dtype."""
        z = as_floats(z)
        a: Array = self.forward(z)
        return a.copy() if a is z else a

    @np.errstate(over="ignore", invalid="ignore")
    def derivative(self, z: Any) -> Array:
        """f′(z), of z's shape and dtype."""
        z = as_floats(z)
        derivative = np.empty_like(z)
        derivative[...] = self.slope(z, self.forward(z), *self.starts, *self.parameters)
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

    def backward(self, grad_a: Any, z: Any, a: Any, *trained: Any) -> Any:
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


class Softsign(Activation):
    """z / (1 + |z|), derivative 1 / (1 + |z|)² (Bergstra et al. 2009): like tanh, but slow to saturate.

    >>> get("softsign")(np.array([-np.inf, -1.0, 0.0, 3.0]))
    array([-1.  , -0.5 ,  0.  ,  0.75])
    """

    bounds = (-1.0, 1.0)

    @staticmethod
    def value(z: Any) -> Any:
        return where(magnitude(z) < np.inf, z / (1 + magnitude(z)), sign(z))

    @staticmethod
    def slope(z: Any, a: Any) -> Any:
        return square(1 / (1 + magnitude(z)))


class Softmax(Activation):
    """aⱼ = e^zⱼ / Σₖ e^zₖ over the units of the layer: positive, of sum 1 (Bridle 1990).

    Every unit depends on every other, so the derivative of one sample is a matrix: ∂aⱼ/∂zₖ = aⱼ (δⱼₖ − aₖ).
    The largest z is subtracted first, which changes nothing in exact arithmetic and keeps e^z from overflowing.

    >>> get("softmax")(np.array([[1000.0, 1000.0]]))
    array([[0.5, 0.5]])
    """

    couples_units = True
    bounds = (0.0, 1.0)

    @staticmethod
    def value(z: Any) -> Any:
        e = exp(z - max_over_units(z))
        return e / sum_over_units(e)

    def backward(self, grad_a: Any, z: Any, a: Any, *trained: Any) -> Any:
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


class LogSoftmax(Activation):
    """aⱼ = zⱼ − ln Σₖ e^zₖ over the units of the layer: the logarithm of `softmax`, without its underflow.

    The derivative of one sample is a matrix: ∂aⱼ/∂zₖ = δⱼₖ − softmax(z)ₖ. The largest z is subtracted first. Where one
    unit is all but certain, the rounding of the sum to 1 leaves its a an absolute error of one unit in the last place
    of 1.

    >>> get("log_softmax")(np.array([[1000.0, 0.0]]))
    array([[    0., -1000.]])
    """

    couples_units = True
    bounds = (-np.inf, 0.0)

    @staticmethod
    def value(z: Any) -> Any:
        below = z - max_over_units(z)
        return below - log(sum_over_units(exp(below)))

    def backward(self, grad_a: Any, z: Any, a: Any, *trained: Any) -> Any:
        """∂L/∂zₖ = ∂L/∂aₖ − softmax(z)ₖ Σⱼ ∂L/∂aⱼ: the product of ∂L/∂a with the Jacobian, without building it."""
        return grad_a - exp(a) * sum_over_units(grad_a)

    def derivative(self, z: Any) -> Array:
        """The Jacobian of every sample: z of shape (..., k) gives (..., k, k), entry [..., j, k] = ∂aⱼ/∂zₖ.

        >>> get("log_softmax").derivative(np.array([0.0, 0.0]))
        array([[ 0.5, -0.5],
               [-0.5,  0.5]])
        """
        p = np.exp(self(z))
        jacobian: Array = np.eye(p.shape[-1], dtype=p.dtype) - p[..., None, :]
        return jacobian


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

    >>> names()  # doctest: +NORMALIZE_WHITESPACE
    ['celu', 'elu', 'gelu', 'gelu_tanh', 'hard_sigmoid', 'hard_swish', 'identity', 'leaky_relu', 'log_softmax', 'mish',
     'prelu', 'relu', 'selu', 'sigmoid', 'silu', 'softmax', 'softplus', 'softsign', 'tanh']
    """
    return Activation.names()


# The rest of the family, which joins it by being imported; here at the end, because it needs the class above.
import chainrule.formulas.gates  # noqa: E402
import chainrule.formulas.rectifiers  # noqa: E402, F401
