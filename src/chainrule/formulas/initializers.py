"""Initializers: the weights before the first step. To add one, write a class with `spread` or `draw`.

A random initializer is a distribution of mean 0 and a variance that depends on the layer's fan-in and fan-out, chosen
so that the signal keeps its size through the layers. Biases start at 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from chainrule.arguments import require
from chainrule.arrays import Array
from chainrule.formulas.named import Named

__all__ = ["Constant", "Initializer", "Zeros", "get", "names"]


@dataclass(frozen=True)
class Initializer(Named, kind="initializer"):
    """Where a weight matrix starts.

    Example:
        >>> W = get("he_normal").draw(np.random.default_rng(0), 2, 3)
        >>> W.shape
        (2, 3)
    """

    def draw(self, rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        """A weight matrix (fan_in, fan_out), float64; random ones take fan_in · fan_out draws, row by row."""
        raise NotImplementedError


class VarianceScaling(Initializer, abstract=True):
    """Weights of mean 0 and variance `scale` / fan, where fan is fan_in or the mean of fan_in and fan_out."""

    scale: ClassVar[float]
    mean_fan: ClassVar[bool] = False
    uniform: ClassVar[bool] = False

    def standard_deviation(self, fan_in: int, fan_out: int) -> float:
        """√(scale / fan).

        >>> get("he_normal").standard_deviation(fan_in=2, fan_out=3)
        1.0
        """
        return math.sqrt(self.scale / ((fan_in + fan_out) / 2 if self.mean_fan else fan_in))

    def draw(self, rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        sigma, shape = self.standard_deviation(fan_in, fan_out), (fan_in, fan_out)
        if self.uniform:
            limit = math.sqrt(3) * sigma  # the variance of U(−l, l) is l²/3
            return rng.uniform(-limit, limit, shape)
        return rng.normal(0, sigma, shape)


class HeNormal(VarianceScaling):
    """N(0, 2 / fan_in): keeps the second moment through ReLU layers (He et al. 2015, eq. 10).

    The report's √(2 / size⁽ˡ⁻¹⁾), which it says was made for sigmoid; He et al. made it for rectifiers.
    """

    scale = 2


class HeUniform(HeNormal):
    """U(±√(6 / fan_in)): the variance of `he_normal`."""

    uniform = True


class GlorotNormal(VarianceScaling):
    """N(0, 2 / (fan_in + fan_out)): a compromise between the forward and the backward signal of a layer whose
    activation has slope 1 at 0, such as tanh (Glorot & Bengio 2010, eq. 12).
    """

    scale = 1
    mean_fan = True


class GlorotUniform(GlorotNormal):
    """U(±√(6 / (fan_in + fan_out))): "normalized initialization" (Glorot & Bengio 2010, eq. 16)."""

    uniform = True


class LecunNormal(VarianceScaling):
    """N(0, 1 / fan_in): pre-activations of variance 1 for inputs of variance 1 (LeCun et al. 1998, eq. 16)."""

    scale = 1


class LecunUniform(LecunNormal):
    """U(±√(3 / fan_in)): the variance of `lecun_normal`."""

    uniform = True


@dataclass(frozen=True)
class Constant(Initializer):
    """Every weight the same value: the units of a layer then stay copies of one another for ever.

    >>> get("constant", value=0.5).draw(np.random.default_rng(0), 1, 2)
    array([[0.5, 0.5]])
    """

    value: float = 0.0

    def __post_init__(self) -> None:
        require("value", self.value, -math.inf)

    def draw(self, rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        return np.full((fan_in, fan_out), float(self.value))


class Zeros(Initializer):
    """Every weight 0, which no hidden layer recovers from: shown in lessons, not used.

    >>> get("zeros").draw(np.random.default_rng(0), 1, 2)
    array([[0., 0.]])
    """

    def draw(self, rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        return np.zeros((fan_in, fan_out))


def get(name: str | Initializer, **parameters: float) -> Initializer:
    """The initializer of that name, with its parameters; an `Initializer` is returned as it is.

    Args:
        name: one of `names()`, or an Initializer.
        parameters: the initializer's parameters by name; those left out keep their defaults.

    Raises:
        ValueError: there is no such name (the message has the nearest one) or a parameter is out of range.
        TypeError: name is neither, or there is no such parameter.

    >>> get("constant", value=0.1)
    Constant(value=0.1)
    """
    return Initializer.get(name, **parameters)


def names() -> list[str]:
    """Every name that `get` knows.

    >>> names()  # doctest: +NORMALIZE_WHITESPACE
    ['constant', 'glorot_normal', 'glorot_uniform', 'he_normal', 'he_uniform', 'lecun_normal', 'lecun_uniform',
     'zeros']
    """
    return Initializer.names()
