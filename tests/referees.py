"""Independent answers to compare with: differences and a derivative library, and networks to try them on.

Nothing here calls the package's formulas; what `autograd` differentiates is written anew from the textbook.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import autograd
import autograd.numpy as anp
import autograd.scipy.special as asp
import numpy as np
from hypothesis import strategies as st

import chainrule as cr
from chainrule.arrays import Array

STEP = 2.0**-10  # of differences: truncation, about STEP⁴/30, and rounding, about ε/STEP, are both near 1e-13


def differences(f: Callable[[Array], Any], x: Any, pieces: Callable[[Array], Any] | None = None) -> Array:
    """The derivative of f by fourth-order central differences: (f(x−2h) − 8 f(x−h) + 8 f(x+h) − f(x+2h)) / 12h.

    Args:
        f: gives a number or an array.
        x: where, of any shape.
        pieces: names the smooth piece of f that a point lies on, as an array. An entry whose four points do not lie on
            the piece of x is NaN in the result: there is a kink between them, and differences mean nothing.

    Returns:
        Entry [i, …] is the derivative of f in x[i].
    """
    x = np.array(x, dtype=np.float64)
    slopes = []
    for i in range(x.size):
        centre, h = x.flat[i], STEP * max(1.0, abs(x.flat[i]))
        values, smooth, home = [], True, pieces(x) if pieces is not None else np.zeros(0)
        for k in (-2, -1, 1, 2):
            x.flat[i] = centre + k * h
            values.append(np.array(f(x)))  # a copy: f may give x itself
            smooth = smooth and (pieces is None or np.array_equal(pieces(x), home))
        x.flat[i] = centre
        slope = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * h)
        slopes.append(slope if smooth else np.full_like(slope, np.nan))
    return np.array(slopes).reshape(x.shape + np.shape(slopes[0]))


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "identity": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "tanh": lambda z: (anp.exp(2 * z) - 1) / (anp.exp(2 * z) + 1),
    "relu": lambda z: anp.where(z > 0, z, 0.0),
    "softmax": lambda z: anp.exp(z) / anp.sum(anp.exp(z), axis=1, keepdims=True),
    "log_softmax": lambda z: anp.log(anp.exp(z) / anp.sum(anp.exp(z), axis=1, keepdims=True)),
    "leaky_relu": lambda z: anp.where(z > 0, z, 0.01 * z),
    "elu": lambda z: anp.where(z > 0, z, anp.exp(z) - 1),
    "selu": lambda z: 1.0507009873554805 * anp.where(z > 0, z, 1.6732632423543772 * (anp.exp(z) - 1)),
    "celu": lambda z: anp.where(z > 0, z, anp.exp(z) - 1),
    "softplus": lambda z: anp.log(1 + anp.exp(z)),
    "softsign": lambda z: z / (1 + anp.abs(z)),
    "gelu": lambda z: z * (1 + asp.erf(z / anp.sqrt(2))) / 2,
    "gelu_tanh": lambda z: z * (1 + anp.tanh(anp.sqrt(2 / anp.pi) * (z + 0.044715 * z**3))) / 2,
    "silu": lambda z: z / (1 + anp.exp(-z)),
    "mish": lambda z: z * anp.tanh(anp.log(1 + anp.exp(z))),
    "hard_sigmoid": lambda z: anp.where(z < -3, 0.0, anp.where(z > 3, 1.0, (z + 3) / 6)),
    "hard_swish": lambda z: z * anp.where(z < -3, 0.0, anp.where(z > 3, 1.0, (z + 3) / 6)),
}
LOSSES: dict[str, Callable[[Any, Array], Any]] = {
    "binary_cross_entropy": lambda p, y: -anp.sum(y * anp.log(p) + (1 - y) * anp.log(1 - p)) / len(y),
    "categorical_cross_entropy": lambda p, y: -anp.sum(y * anp.log(p)) / len(y),
    "half_squared_error": lambda a, y: anp.sum((a - y) ** 2) / (2 * len(y)),
    "mean_squared_error": lambda a, y: anp.mean((a - y) ** 2),
    "mean_absolute_error": lambda a, y: anp.mean(anp.abs(a - y)),
    "huber": lambda a, y: anp.mean(anp.where(anp.abs(a - y) <= 1, (a - y) ** 2 / 2, anp.abs(a - y) - 0.5)),
    "log_cosh": lambda a, y: anp.mean(anp.log(anp.cosh(a - y))),
    "hinge": lambda a, y: anp.mean(anp.where(y * a < 1, 1 - y * a, 0.0)),
    "poisson": lambda a, y: anp.mean(a - y * anp.log(a)),
}
COUPLED = ("softmax", "log_softmax")
"""Activations of a whole layer, not of each unit by itself."""
KINKED = ("relu", "leaky_relu", "elu", "selu", "celu", "softsign", "hard_sigmoid", "hard_swish")
"""Activations that are not smooth where z is 0, or ±3."""
POSITIVE = ("sigmoid", "softplus", "softmax")
"""Activations whose values can be rates and are never 0."""


@dataclass(frozen=True)
class Case:
    """A network, samples and targets, all random and all within the range where no textbook formula saturates."""

    sizes: tuple[int, ...]
    hidden: tuple[str, ...]
    output: str
    loss: str
    n: int
    seed: int = 0

    def network(self, dtype: str = "float64") -> cr.Network:
        """The network; no weight or bias is 0, so that none can hide a wrong derivative."""
        net = cr.Network(
            self.sizes,
            hidden=list(self.hidden),
            output=self.output,
            initializer="lecun_normal",
            seed=self.seed,
            dtype=dtype,
        )
        for bias in net.biases:
            bias[...] = np.random.default_rng([self.seed, bias.size]).uniform(0.1, 0.5, bias.size)
        return net

    def data(self) -> tuple[Array, Array]:
        """X (n, d_0) and y (n, d_out): the labels certain in some rows, probabilities in others."""
        rng, shape = np.random.default_rng([self.seed, self.n]), (self.n, self.sizes[-1])
        X = rng.uniform(-1, 1, (self.n, self.sizes[0]))
        if self.loss == "binary_cross_entropy":
            return X, np.where(rng.random(shape) < 0.5, rng.integers(0, 2, shape), rng.random(shape))
        if self.loss == "categorical_cross_entropy":
            certain = np.eye(self.sizes[-1])[rng.integers(0, self.sizes[-1], self.n)]
            return X, np.where(rng.random((self.n, 1)) < 0.5, certain, rng.dirichlet(np.ones(self.sizes[-1]), self.n))
        if self.loss == "hinge":
            return X, 2.0 * rng.integers(0, 2, shape) - 1
        if self.loss == "poisson":
            return X, rng.poisson(1.5, shape).astype(np.float64)
        return X, rng.normal(size=shape)

    def pieces(self, z: Sequence[Array], a: Array, y: Array) -> Array:
        """Which smooth piece of each activation, and of the loss, every sample lies on."""
        sides = [
            z > border
            for z, f in zip(z, (*self.hidden, self.output), strict=True)
            for border in ((-3, 3) if f.startswith("hard") else (0,))
            if f in KINKED
        ]
        borders = {"mean_absolute_error": (a - y, [0]), "huber": (a - y, [-1, 1]), "hinge": (y * a, [1])}
        error, at = borders.get(self.loss, (a, []))
        sides += [error > border for border in at]
        return np.concatenate([np.zeros(0), *(side.ravel() for side in sides)])

    def textbook_loss(self, theta: Any, X: Any, y: Array) -> Any:
        """The loss, from nothing but the textbook and `autograd.numpy`."""
        a, start = X, 0
        for fan_in, fan_out, f in zip(self.sizes[:-1], self.sizes[1:], (*self.hidden, self.output), strict=True):
            middle, end = start + fan_in * fan_out, start + (fan_in + 1) * fan_out
            a = ACTIVATIONS[f](anp.dot(a, theta[start:middle].reshape((fan_in, fan_out))) + theta[middle:end])
            start = end
        return LOSSES[self.loss](a, y)

    def autograd(self, theta: Array, X: Array, y: Array, *, of: int = 0) -> Array:
        """The gradient in θ (of=0) or X (of=1) by HIPS autograd."""
        gradient: Array = autograd.grad(self.textbook_loss, of)(theta, X, y)
        return gradient


def valid_outputs(loss: str, n_outputs: int) -> list[str]:
    """The output activations that go with this loss."""
    if loss == "categorical_cross_entropy" and n_outputs == 1:
        return []
    if loss.endswith("cross_entropy"):
        outputs = ["sigmoid", "softmax"]
    else:
        outputs = list(POSITIVE if loss == "poisson" else ACTIVATIONS)
    return [output for output in outputs if output not in COUPLED or n_outputs > 1]


def every_combination() -> Iterator[Case]:
    """Networks in which every activation is hidden and an output, and every loss has its usual outputs.

    Not all triples of the three, which are thousands: hidden activations take turns.
    """
    turns = itertools.cycle(ACTIVATIONS)
    hard = itertools.product(("sigmoid", "relu", "softmax"), ("binary_cross_entropy", "categorical_cross_entropy"))
    for hidden, loss in hard:
        for output in valid_outputs(loss, 3):
            yield Case((3, 4, 2, 3), (hidden, hidden), output, loss, n=5)
    for loss in LOSSES:
        for output in valid_outputs(loss, 3):
            if loss == "half_squared_error" or output in ("identity", "sigmoid", "softmax", "softplus"):
                yield Case((3, 4, 2, 3), (next(turns), next(turns)), output, loss, n=5)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """One to four layers of one to seven units, every activation, loss and output, one to nine samples."""
    sizes: Sequence[int] = draw(st.lists(st.integers(1, 7), min_size=2, max_size=5))
    loss = draw(st.sampled_from([loss for loss in LOSSES if valid_outputs(loss, sizes[-1])]))
    return Case(
        sizes=tuple(sizes),
        hidden=tuple(draw(st.sampled_from(list(ACTIVATIONS))) for _ in sizes[1:-1]),
        output=draw(st.sampled_from(valid_outputs(loss, sizes[-1]))),
        loss=loss,
        n=draw(st.integers(1, 9)),
        seed=draw(st.integers(0, 2**32 - 1)),
    )
