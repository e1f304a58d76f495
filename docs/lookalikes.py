"""Right gradients, computed in ways that may look wrong: what must never be called a mistake."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from planted import FUNCTIONS, Draw, learner, sigma, slope

Array = Any


@np.errstate(all="ignore")
def lookalike(draw: Draw) -> tuple[list[Array], list[Array]]:
    """Right gradients of this draw, computed in one of the ways that may look wrong."""
    n, form = len(draw.X), draw.form % 3
    if form == 0:  # sample by sample, added up and divided at the end
        sums: list[Any] = []
        for k in range(n):
            one = replace(draw, X=draw.X[k : k + 1], y=draw.y[k : k + 1])
            weights, biases = learner(one)
            parts = [*weights, *biases]
            sums = [a + b for a, b in zip(sums, parts, strict=True)] if sums else parts
        means = [each / n for each in sums]
        return means[: len(means) // 2], means[len(means) // 2 :]
    weights, biases = learner(draw)
    if form == 1:  # biases as rows, as columns
        return weights, [b[None] if k % 2 else b[:, None] for k, b in enumerate(biases)]
    if form == 2 and draw.loss == "binary_cross_entropy":  # the long chain at the output
        return long_chain(draw)
    return weights, biases


def long_chain(draw: Draw) -> tuple[list[Array], list[Array]]:
    """The gradients with the output's derivative written out and not cancelled."""
    p = sigma(draw.net.weights[-1].dtype.type(0) + forward(draw)[1][-1])
    if min(p.min(), 1 - p.max()) < 1e-3:
        return learner(draw)  # where the long chain loses its digits, which is no mistake of the formula
    delta = (-(draw.y / p) + (1 - draw.y) / (1 - p)) / len(p) * p * (1 - p)
    A, Z = forward(draw)
    weights: list[Array] = []
    biases: list[Array] = []
    for i in reversed(range(len(Z))):
        weights.insert(0, (delta.T @ A[i]).T)
        biases.insert(0, delta.sum(axis=0))
        if i > 0:
            delta = delta @ draw.net.weights[i].T * slope(draw.names[i - 1], Z[i - 1], A[i])
    return weights, biases


def forward(draw: Draw) -> tuple[list[Array], list[Array]]:
    """The activations, the input first, and the pre-activations."""
    A, Z = [draw.X], []
    for W, b, name in zip(draw.net.weights, draw.net.biases, draw.names, strict=True):
        Z.append(A[-1] @ W + b)
        A.append(FUNCTIONS[name](Z[-1]))
    return A, Z
