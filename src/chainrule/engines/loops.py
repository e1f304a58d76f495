"""The loops of the compiled engine: products, and nothing that is a formula.

Units are rows and samples are columns, padded to whole vector registers: the value of unit j for sample k is at
[j * pad + k] of a flat array, so that every innermost loop runs over neighbouring numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

__all__ = ["add_up", "affine", "backward", "gather", "gradient_of_block"]

# All are inlined, so that a loop of three rounds costs three rounds and no call.
compiled = njit(fastmath={"contract"}, error_model="numpy", forceinline=True)
# A sum over samples may be taken in any order: vector lanes apart, then together. Always in the same order for the same
# compiled code, and NaN and infinity stay what they are.
summing = njit(fastmath={"contract", "reassoc", "nsz"}, error_model="numpy", forceinline=True)


@summing
def dot(x: Any, y: Any) -> Any:
    """Σₖ xₖ yₖ."""
    total = x.dtype.type(0)
    for k in range(len(x)):
        total += x[k] * y[k]
    return total


@summing
def add_up(x: Any) -> Any:
    """Σₖ xₖ."""
    total = x.dtype.type(0)
    for k in range(len(x)):
        total += x[k]
    return total


@compiled
def affine(block: Any, a_prev: Any, z: Any, d_in: int, d_out: int, pad: int) -> None:
    """z = a_prev @ W + b, where block is W row by row and then b."""
    for j in range(d_out):
        row = z[j * pad : (j + 1) * pad]
        bias = block[d_in * d_out + j]
        for k in range(pad):
            row[k] = bias
        for i in range(d_in):
            weight, below = block[i * d_out + j], a_prev[i * pad : (i + 1) * pad]
            for k in range(pad):
                row[k] += weight * below[k]


@compiled
def backward(block: Any, delta: Any, grad_a: Any, d_in: int, d_out: int, pad: int) -> None:
    """∂L/∂a_prev = delta @ Wᵀ."""
    for i in range(d_in):
        row = grad_a[i * pad : (i + 1) * pad]
        for k in range(pad):
            row[k] = 0
        for j in range(d_out):
            weight, above = block[i * d_out + j], delta[j * pad : (j + 1) * pad]
            for k in range(pad):
                row[k] += weight * above[k]


@compiled
def gradient_of_block(gradient: Any, a_prev: Any, delta: Any, d_in: int, d_out: int, pad: int) -> None:
    """∂L/∂W = a_prevᵀ @ delta row by row, and then ∂L/∂b = Σ delta; padded samples have a delta of 0."""
    for j in range(d_out):
        above = delta[j * pad : (j + 1) * pad]
        for i in range(d_in):
            gradient[i * d_out + j] = dot(a_prev[i * pad : (i + 1) * pad], above)
        gradient[d_in * d_out + j] = add_up(above)


@compiled
def gather(source: Any, rows: Any, out: Any, pad: int) -> None:
    """The rows of a matrix (n, d) as padded columns; the padding is 0."""
    for j in range(source.shape[1]):
        column = out[j * pad : (j + 1) * pad]
        for k in range(len(rows)):
            column[k] = source[rows[k], j]
        for k in range(len(rows), pad):
            column[k] = 0


def lanes(dtype: np.dtype[Any]) -> int:
    """How many numbers a vector register of 64 bytes holds."""
    return 64 // dtype.itemsize
