"""Initializers: the weights before the first step. To add one, write a class with `draw`.

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


@dataclass(frozen=True)
class VarianceScaling(Initializer, abstract=True):
    """Weights of mean 0 and variance gain² · `scale` / fan, where fan is fan_in or the mean of fan_in and fan_out.

    Args:
        gain: > 0, what the standard deviation is multiplied by: the inverse of the activation's slope at 0 where that
            is not 1, so 4 for sigmoid.
    """

    gain: float = 1.0

    scale: ClassVar[float]
    mean_fan: ClassVar[bool] = False
    uniform: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require("gain", self.gain, 0)

    def standard_deviation(self, fan_in: int, fan_out: int) -> float:
        """gain · √(scale / fan).

        >>> get("he_normal", gain=4.0).standard_deviation(fan_in=2, fan_out=3)
        4.0
        """
        return float(self.gain) * math.sqrt(self.scale / ((fan_in + fan_out) / 2 if self.mean_fan else fan_in))

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
class Orthogonal(Initializer):
    """A random matrix with WᵀW = gain² · 1, or WWᵀ where it has more columns than rows (Saxe et al. 2014).

    It keeps the length of every signal, forward or backward, at any depth of linear layers. Every such matrix is as
    probable as any other: Q of the QR decomposition of a Gaussian matrix, the signs chosen so that the diagonal of R is
    positive (Mezzadri 2007).

    Args:
        gain: > 0, the singular value that all share.

    >>> W = get("orthogonal").draw(np.random.default_rng(0), 5, 3)
    >>> bool(np.allclose(W.T @ W, np.eye(3)))
    True
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        require("gain", self.gain, 0)

    def draw(self, rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        gaussian = rng.normal(0, 1, (fan_in, fan_out))
        wide = fan_out > fan_in
        q, r = np.linalg.qr(gaussian.T if wide else gaussian)
        q *= np.where(np.diagonal(r) < 0, -self.gain, self.gain)
        return np.ascontiguousarray(q.T if wide else q)


@dataclass(frozen=True)
class Normal(Initializer):
    """N(mean, stddev²), whatever the layer's size; names and defaults are those of Keras' RandomNormal.

    >>> get("normal", stddev=1.0).draw(np.random.default_rng(0), 1, 2)
    array([[ 0.12573022, -0.13210486]])
    """

    mean: float = 0.0
    stddev: float = 0.05

    def __post_init__(self) -> None:
        require("mean", self.mean, -math.inf)
        require("stddev", self.stddev, 0)

    def draw(self, rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        return rng.normal(self.mean, self.stddev, (fan_in, fan_out))


@dataclass(frozen=True)
class Uniform(Initializer):
    """U(minval, maxval), whatever the layer's size; names and defaults are those of Keras' RandomUniform.

    >>> get("uniform", minval=0.0, maxval=1.0).draw(np.random.default_rng(0), 1, 2)
    array([[0.63696169, 0.26978671]])
    """

    minval: float = -0.05
    maxval: float = 0.05

    def __post_init__(self) -> None:
        require("minval", self.minval, -math.inf)
        require("maxval", self.maxval, float(self.minval))

    def draw(self, rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        return rng.uniform(self.minval, self.maxval, (fan_in, fan_out))


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
     'normal', 'orthogonal', 'uniform', 'zeros']
    """
    return Initializer.names()
