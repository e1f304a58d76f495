"""Each mistake of the catalogue as a change of one line of the backward pass, in every form in which it is made.

`faults_of(run, i)` lists what can go wrong at layer i, the likeliest first. Left out is what changes nothing there
(the transpose of a matrix that does not fit, the derivative of an identity).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.explain.faulty_backprop import Fault, Known, Line, Stage

__all__ = ["faults_of", "right_line", "scale", "scales_of", "stale_weights"]

Change = Callable[[Any, Stage], Any]
RIGHT: dict[Line, str] = {
    "below": "grad_a = delta_next @ W_next.T",
    "through": "delta = grad_a * f'(z)",
    "weight": "dW = a_prev.T @ delta",
    "bias": "db = delta.sum(axis=0)",
}


def faults_of(run: Known, i: int) -> list[Fault]:
    """What can go wrong at layer i, apart from factors, which `scales_of` lists."""
    changes: list[tuple[Line, Any]] = [("below", below), ("through", through), ("weight", weight), ("bias", bias)]
    return [
        Fault(number, kind, line, i, right_line(run, i, line), wrong, change)
        for line, of in changes
        for number, kind, wrong, change in of(run, i)
    ]


def right_line(run: Known, i: int, line: Line) -> str:
    """The right text of a line at layer i."""
    if i == run.last and (line == "below" or (line == "through" and run.collapses)):
        return "delta = (p - y) / n" if run.collapses else "grad_a = dL/da, of every sample by itself"
    return RIGHT[line]


def below(run: Known, i: int) -> Iterator[tuple[int, str, str, Change]]:
    """Wrong ways of ∂L/∂a from the layer above."""
    if i == run.last:
        yield from error_of(run)
        return
    W = run.weight(i + 1)
    yield 11, "raw", "grad_a = grad_a_next @ W_next.T", lambda _, at: at.above.raw @ W.T
    if W.shape[0] == W.shape[1]:
        yield 13, "transpose", "grad_a = delta_next @ W_next", lambda _, at: at.above.delta @ W
    yield 16, "dW", "grad_a = delta_next @ dW_next.T", lambda _, at: at.above.delta @ at.above.grad_weight.T


def through(run: Known, i: int) -> Iterator[tuple[int, str, str, Change]]:
    """Wrong ways of ∂L/∂z from ∂L/∂a."""
    f, z, a = run.structure.layers[i].activation, run.z[i], run.a[i]

    def times(slope: Array) -> Change:
        return lambda _, at: grad_a(at) * slope

    def grad_a(at: Stage) -> Array:
        if at.above is None and run.collapses:  # the long chain, which a wrong derivative does not cancel
            return run.loss.terms_slope(a, run.y) * run.loss.share(run.y.shape)
        return at.raw

    if i == run.last:
        yield from at_the_output(run)
    else:
        omitted = (10, "omitted", "delta = grad_a", lambda _, at: at.raw)
        if f.name == "relu":
            yield 10, "omitted", "delta = grad_a * (a >= 0)", omitted[3]
            yield 25, "omitted", "delta = grad_a * (a >= 0)", omitted[3]
        elif f.name != "identity":
            yield omitted
    if f.name == "identity":
        yield 28, "zero", "delta = grad_a * 0", lambda _, at: np.zeros_like(at.raw)
    elif f.name == "softmax":
        yield 16, "diagonal", "delta = grad_a * a * (1 - a)", times(a * (1 - a))
    elif f.name == "tanh":
        yield 6, "twice", "delta = grad_a * (1 - tanh(a)**2)", times(1 - np.tanh(a) ** 2)
        yield 6, "tanh(a)", "delta = grad_a * (1 - tanh(a))", times(1 - np.tanh(a))
        yield 6, "no square", "delta = grad_a * (1 - a)", times(1 - a)
        yield 7, "z", "delta = grad_a * (1 - z**2)", times(1 - z**2)
    elif f.name == "sigmoid":
        yield 5, "activated", "delta = grad_a * sigmoid'(a)", times(run.slope(i, a, f.forward(a)))
        yield 7, "z", "delta = grad_a * z * (1 - z)", times(z * (1 - z))
        sizes = {1.0, float(run.n)}
        if i == run.last:
            sizes.add(1 / abs(run.loss.share(run.y.shape) * (2 if run.loss.name == "mean_squared_error" else 1)))
        for size in sorted(sizes):
            for sign in (1, -1):
                yield 7, f"error {sign * size:g}", "delta = e * (1 - e), of the error e", of_error(sign * size)
    elif f.name != "relu":
        yield 5, "activated", "delta = grad_a * f'(a)", times(run.slope(i, a, f.forward(a)))


def of_error(size: float) -> Change:
    """e (1 − e) of an error e that is `size` times ∂L/∂a, brought back to its size."""
    return lambda _, at: at.raw * (1 - size * at.raw)


def at_the_output(run: Known) -> Iterator[tuple[int, str, str, Change]]:
    """Wrong ways of the output's delta."""
    p, d = run.a[-1], run.y.shape[1]
    f = run.structure.layers[-1].activation
    if run.collapses:
        for name, factor in {"": 1.0, "2 ": 2.0, f"2/{d} ": 2 / d}.items():
            yield 8, f"{factor:g}", f"delta = {name}(p - y) * f'(z) / n", squared(factor, run)
            if f.name == "softmax":
                diagonal = factor * p * (1 - p)
                yield 8, f"{factor:g} diagonal", f"delta = {name}(p - y) * p * (1 - p) / n", multiplied(diagonal)
        long = run.loss.terms_slope(p, run.y) * run.loss.share(run.y.shape)
        yield 9, "dropped", "delta = grad_a, without f'(z)", replaced(long)
    elif f.name != "identity":
        yield 9, "dropped", "delta = grad_a, without f'(z)", multiplied(1.0)
        if run.loss.name == "mean_squared_error":
            yield 9, "error", "delta = (a - y) / n", multiplied(d / 2)


def error_of(run: Known) -> Iterator[tuple[int, str, str, Change]]:
    """Wrong ways of the error that the backward pass begins with."""
    p, y, share = run.a[-1], run.y, run.loss.share(run.y.shape)
    if run.collapses and run.loss.name == "binary_cross_entropy":
        inner = (-y * (1 - p) - (1 - y) * p) * share
        yield 21, "inner", "grad_a = -(y / p + (1 - y) / (1 - p)) / n", replaced(inner)
    if y.shape[1] == 1 and run.n > 1:
        slope = run.loss.slope_from_logits if run.collapses else run.loss.terms_slope
        pairs = slope(p, y.T)  # (n, n): entry [i, j] holds prediction i against label j
        for name, table in {"all labels": pairs, "all predictions": pairs.T}.items():
            for size, of in {"mean": 1.0, "sum": float(run.n)}.items():
                against = of * table.mean(axis=1, keepdims=True) * share
                yield 22, f"{name} {size}", f"p - y of shape (n, n): each against {name}", replaced(against)


def squared(factor: float, run: Known) -> Change:
    """The delta of a squared error, `factor` times (p − y) f′(z)."""
    f = run.structure.layers[-1].activation
    return lambda _, at: factor * f.backward(at.raw, run.z[-1], run.a[-1])


def multiplied(slope: Any) -> Change:
    """∂L/∂a times this slope."""
    return lambda _, at: at.raw * slope


def replaced(value: Array) -> Change:
    """The line gives this value instead."""
    return lambda _, at: value


def weight(run: Known, i: int) -> Iterator[tuple[int, str, str, Change]]:
    """Wrong ways of ∂L/∂W from ∂L/∂z."""
    if run.a_prev(i).shape == run.a[i].shape:
        yield 14, "own", "dW = a.T @ delta", lambda _, at: run.a[i].T @ at.delta
    yield 15, "weight", "dW = W * delta.sum(axis=0)", lambda _, at: run.weight(i) * at.delta.sum(axis=0)
    if i > 0 and run.structure.layers[i - 1].activation.name != "identity":
        yield 26, "slope", "dW = f'(z_prev).T @ delta", lambda _, at: run.slope(i - 1).T @ at.delta


def bias(run: Known, i: int) -> Iterator[tuple[int, str, str, Change]]:
    """Wrong ways of ∂L/∂b from ∂L/∂z."""
    d, n = run.a[i].shape[1], run.n
    yield 20, "zero", "db = 0", lambda _, at: np.zeros(d)
    if n > 1:
        yield 17, "per sample", "db = delta, of shape (n, d_out)", lambda _, at: at.delta
    if d > 1:
        yield 18, "all", "db = delta.sum()", lambda _, at: np.full(d, at.delta.sum())
        if n not in (1, d):
            yield 18, "units", "db = delta.sum(axis=1), of shape (n,)", lambda _, at: at.delta.sum(axis=1)
    yield 19, "inputs", "db = (a_prev.T @ delta).sum(axis=0)", lambda _, at: (run.a_prev(i).T @ at.delta).sum(axis=0)


def scales_of(run: Known, i: int) -> list[tuple[int, str, float, str]]:
    """The factors that a line at layer i may be wrong by: number, kind, factor, and the factor in words."""
    n, (d_in, d_out) = run.n, (run.X.shape[1], run.y.shape[1])
    here_in, here_out = run.weight(i).shape
    squared = run.loss.name in ("mean_squared_error", "half_squared_error")
    factors: list[tuple[int, str, float, str]] = [(21, "sign", -1, "-1"), (1, "sum", n, "n")]
    if run.loss.mean_over_outputs:
        factors += [(1, "sum of all", n * d_out, "n * d_out"), (3, "outputs", d_out, "d_out")]
    factors += [
        *([(4, "2", 2, "2"), (4, "1/2", 0.5, "1/2"), (4, "1/4", 0.25, "1/4")] if squared else []),
        (2, "twice", 1 / n, "1/n"),
        (3, "features", n / d_in, "n / d_in"),
        (3, "two", n / 2, "n / 2"),
        *([(3, "by outputs", n / d_out, "n / d_out")] if d_out > 1 else []),
        (3, "outputs too", 1 / d_out, "1 / d_out"),
        (3, "by size", 1 / d_in, "1 / d_in"),
        *([(3, "by fan_in", n / here_in, "n / fan_in")] if i > 0 else []),
        *([(3, "by fan_out", n / here_out, "n / fan_out")] if i < run.last else []),
        *([] if squared else [(24, "two passes", 2, "2"), (4, "1/2", 0.5, "1/2")]),
        (24, "three passes", 3, "3"),
    ]
    return [factor for factor in factors if factor[2] != 1]


def scale(number: int, kind: str, factor: float, words: str, line: Line, i: int, right: str) -> Fault:
    """A line at layer i multiplied by a factor."""
    return Fault(number, kind, line, i, right, f"{right}, times {words}", lambda v, _: factor * v, scales=True)


def stale_weights(run: Known, i: int, rate: float) -> Fault:
    """The weights above layer i were updated at this learning rate before ∂L/∂a was computed from them."""

    def change(_: Any, at: Stage) -> Any:
        return at.above.delta @ (run.weight(i + 1) - rate * at.above.grad_weight).T

    wrong = "grad_a = delta_next @ (W_next - rate * dW_next).T"
    return Fault(12, "updated", "below", i, RIGHT["below"], wrong, change, rate=rate)
