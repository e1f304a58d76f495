"""Random networks with a mistake planted in a backward pass, and how often the diagnosis names it.

`learner` is written as a learner would write it and shares no line with the package: what finds the mistakes must not
be what makes them. The mean over the samples is taken early (in delta) or late (in dW and db), as programs differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import chainrule as cr

Array = Any
PLANTED = (*range(1, 23), 25, 26, 28)  # 24 and 30 need more than one call: see diagnose_rates.py


@dataclass(frozen=True)
class Draw:
    """A network, samples, and the mistakes in its learner's backward pass: number → the layer (from 0) it is in."""

    net: cr.Network
    X: Array
    y: Array
    loss: str
    mistakes: dict[int, int] = field(default_factory=dict)
    form: int = 0  # which of the forms that a mistake has
    late: bool = False
    rate: float = 0.1

    @property
    def names(self) -> list[str]:
        """The activation of every layer."""
        return [layer.activation.name for layer in self.net.structure.layers]

    def diagnosis(self) -> cr.Diagnosis:
        """What the package says of it."""
        weights, biases = learner(self)
        return cr.diagnose(self.net, self.X, self.y, self.loss, grad_weights=weights, grad_biases=biases)


def sigma(z: Array) -> Array:
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


def softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


FUNCTIONS: dict[str, Any] = {
    "sigmoid": sigma,
    "tanh": np.tanh,
    "relu": lambda z: np.where(z > 0, z, 0),
    "identity": lambda z: z,
    "softmax": softmax,
}


@np.errstate(all="ignore")
def learner(draw: Draw) -> tuple[list[Array], list[Array]]:
    """The gradients as this learner computes them."""
    weights, names, n = draw.net.weights, draw.names, len(draw.X)
    has = draw.mistakes
    A, Z = [draw.X], []
    for W, b, name in zip(weights, draw.net.biases, names, strict=True):
        Z.append(A[-1] @ W + (0 if has.get(20) == -1 else b))
        A.append(FUNCTIONS[name](Z[-1]))
    last = len(weights) - 1
    count: float = n
    if 3 in has:
        count = (draw.X.shape[1], 2)[draw.form % 2]
    if 1 in has:
        count = 1 if 3 not in has else count / n
    early = 1 if draw.late else count
    dWs: list[Array] = [None] * (last + 1)
    dbs: list[Array] = [None] * (last + 1)
    delta = raw = np.zeros(0)
    for i in range(last, -1, -1):
        a_prev, z, a, name = A[i], Z[i], A[i + 1], names[i]
        if i == last:
            upstream = output_error(draw, a) / early
        else:
            W = weights[i + 1]
            if has.get(12) == i:
                W = W - draw.rate * dWs[i + 1]
            if has.get(16) == i:
                W = dWs[i + 1]
            upstream = (raw if has.get(11) == i else delta) @ (W if has.get(13) == i else W.T)
        raw = upstream
        delta = through(draw, i, upstream, z, a, name)
        if has.get(2) == i and draw.form % 2 == 0:
            delta = delta / n
        share = (n if 2 in has and draw.form % 2 == 1 and has[2] == i else 1) * (count if draw.late else 1)
        left = a if has.get(14) == i else a_prev
        if has.get(26) == i:
            left = slope(names[i - 1], Z[i - 1], a_prev)
        dWs[i] = left.T @ delta / share
        if has.get(15) == i:
            dWs[i] = weights[i] * delta.sum(axis=0) / share
        dbs[i] = delta.sum(axis=0) / share
        if has.get(17) == i:
            dbs[i] = delta / share
        if has.get(18) == i:
            dbs[i] = np.full(delta.shape[1], np.sum(delta)) / share
        if has.get(19) == i:
            dbs[i] = (delta.T @ a_prev).sum(axis=1) / share
        if has.get(20) == i:
            dbs[i] = 0.0 * dbs[i]
    sign = -1 if 21 in has and (draw.form % 2 == 0 or draw.loss != "binary_cross_entropy") else 1
    factor = (2, 0.5, 0.25)[draw.form % 3] if 4 in has else 1
    return [sign * factor * dW for dW in dWs], [sign * factor * db for db in dbs]


def output_error(draw: Draw, p: Array) -> Array:
    """∂loss/∂a of each sample, or p − y where the learner has cancelled the output's derivative."""
    y, n, has = draw.y, len(draw.y), draw.mistakes
    error = p - y
    if 21 in has and draw.loss == "binary_cross_entropy" and draw.form % 2 == 1:
        error = p * (1 - p) * -(y / p + (1 - y) / (1 - p))
    if 22 in has:
        table = p[:, 0] - y  # (n,) minus (n, 1): row i has label i, column j prediction j
        error = table.mean(axis=0).reshape(n, 1) if draw.form % 2 else table.sum(axis=0).reshape(n, 1)
    if draw.loss == "mean_squared_error":
        error = 2 * error / y.shape[1]
    return error


def slope(name: str, z: Array, a: Array) -> Array:
    """The derivative of an activation."""
    return {
        "sigmoid": a * (1 - a),
        "tanh": 1 - a**2,
        "relu": np.where(z > 0, 1.0, 0.0),
        "identity": np.ones_like(z),
        "softmax": a * (1 - a),
    }[name]


def through(draw: Draw, i: int, upstream: Array, z: Array, a: Array, name: str) -> Array:
    """∂L/∂z from ∂L/∂a, as this learner computes it."""
    has, last = draw.mistakes, len(draw.names) - 1
    if i == last and draw.loss.endswith("entropy") and has.get(8) != i:
        return upstream
    if (has.get(9) == i) or (has.get(10) == i):
        return upstream
    D = slope(name, z, a)
    if has.get(5) == i:
        D = sigma(a) * (1 - sigma(a))
    if has.get(6) == i:
        D = 1 - np.tanh(a) ** 2 if draw.form % 2 else 1 - np.tanh(a)
    if has.get(7) == i:
        if draw.form % 2:
            return upstream * (1 - upstream)
        D = z * (1 - z)
    if has.get(25) == i:
        D = np.where(a >= 0, 1.0, 0.0)
    if has.get(28) == i:
        D = np.zeros_like(z)
    if name == "softmax":
        return a * (upstream - (upstream * a).sum(axis=1, keepdims=True))
    return upstream * D


def places(draw: Draw, number: int) -> list[int]:
    """The layers in which a learner of this network can make the mistake."""
    names, sizes = draw.names, draw.net.structure.sizes
    last, squared = len(names) - 1, draw.loss.endswith("squared_error")
    every, hidden = range(last + 1), range(last)
    chained = [i for i in every if i < last or squared]  # where a derivative is taken
    return {
        4: [last] if squared else [],
        5: [i for i in chained if names[i] == "sigmoid"],
        6: [i for i in chained if names[i] == "tanh"],
        7: [i for i in chained if names[i] == "sigmoid"],
        8: [last] if not squared else [],
        9: [last] if squared and names[last] != "identity" else [],
        10: [i for i in hidden if names[i] not in ("identity", "relu")],
        11: [i for i in hidden if i + 1 in chained and names[i + 1] != "identity"],
        12: list(hidden),
        13: [i for i in hidden if sizes[i + 1] == sizes[i + 2]],
        14: [i for i in every if sizes[i] == sizes[i + 1]],
        16: list(hidden),
        18: [i for i in every if sizes[i + 1] > 1 and names[i] != "softmax"],  # where the units' sum is 0 anyway
        22: [last] if sizes[-1] == 1 else [],
        25: [i for i in hidden if names[i] == "relu"],
        26: [i for i in every if i > 0 and names[i - 1] != "identity"],
        28: [i for i in chained if names[i] == "identity"],
        **{each: [last] for each in (1, 3, 21)},
        **{each: list(every) for each in (2, 15, 17, 19, 20)},
    }[number]


def random_draw(rng: np.random.Generator, dtype: str = "float64") -> Draw:
    """A network of 1 to 4 layers with random widths, activations, loss, weights, biases and samples."""
    n_layers = int(rng.integers(1, 5))
    sizes = [int(size) for size in rng.integers(2, 7, n_layers)]
    if n_layers > 1 and rng.random() < 0.5:
        sizes[1] = sizes[0]
    loss = str(rng.choice(["binary_cross_entropy", "categorical_cross_entropy", "mean_squared_error"]))
    loss = "half_squared_error" if loss == "mean_squared_error" and rng.random() < 0.5 else loss
    k = int(rng.integers(2, 5)) if loss.startswith("categorical") or rng.random() < 0.4 else 1
    if loss.endswith("squared_error"):
        output = str(rng.choice(["sigmoid", "tanh", "identity"]))
    else:
        output = "sigmoid" if loss.startswith("binary") else "softmax"
    hidden = [str(name) for name in rng.choice(["sigmoid", "tanh", "relu", "identity"], n_layers - 1)]
    net = cr.Network([*sizes, k], hidden=hidden, output=output, seed=rng, dtype=dtype)
    spread = rng.uniform(0.7, 2)
    net.parameters[...] = rng.normal(0, spread, net.parameters.size)
    n = int(rng.integers(5, 40))
    X = rng.normal(size=(n, sizes[0])).astype(dtype)
    if loss.startswith("binary"):
        y = rng.integers(0, 2, (n, k)).astype(dtype)
    elif loss.startswith("categorical"):
        y = np.eye(k, dtype=dtype)[rng.integers(0, k, n)]
    else:
        y = rng.random((n, k)).astype(dtype)
    return Draw(
        net, X, y, loss, {}, int(rng.integers(6)), bool(rng.integers(2)), float(rng.choice([0.01, 0.1, 0.5, 1.0]))
    )


def differ(one: Any, other: Any) -> bool:
    """Whether some tensor of two gradients differs by more than a millionth of its size, and more than 1e-9."""
    return any(
        a.shape != b.shape or np.abs(a - b).max() > max(1e-9, 1e-6 * np.abs(a).max(), 1e-6 * np.abs(b).max())
        for a, b in zip([*one[0], *one[1]], [*other[0], *other[1]], strict=True)
    )


def planted(rng: np.random.Generator, number: int, second: int | None = None) -> Draw:
    """A draw with this mistake, or these two, each of which changes the numbers."""
    for _ in range(10_000):
        draw = random_draw(rng)
        wanted = [number] if second is None else [number, second]
        options = [places(draw, each) for each in wanted]
        if not all(options):
            continue
        made = replace(draw, mistakes={k: int(rng.choice(v)) for k, v in zip(wanted, options, strict=True)})
        both = learner(made)
        if not all(np.isfinite(tensor).all() for tensor in (*both[0], *both[1])):
            continue
        fewer = [replace(made, mistakes={k: v for k, v in made.mistakes.items() if k != out}) for out in wanted]
        if all(differ(both, learner(one)) for one in fewer) and differ(both, learner(draw)):
            return made
    raise ValueError(f"no network in which mistakes {number} and {second} both show")


def pairs(rng: np.random.Generator, count: int) -> Iterator[tuple[int, int]]:
    """Pairs of mistakes that can be made in one network, and that are two.

    How often one divides is one question, for mistakes 1 and 3; and mistake 22 has a mean or a sum of its own.
    """
    excluded = {frozenset(pair) for pair in ((1, 3), (1, 22), (2, 22), (8, 9), (4, 8))}
    while count:
        one, two = (int(number) for number in rng.choice(PLANTED, 2, replace=False))
        if frozenset((one, two)) not in excluded:
            count -= 1
            yield one, two
