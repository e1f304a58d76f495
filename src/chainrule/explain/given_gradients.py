"""The gradients that somebody hands in: of the network's shapes, or an error that says which is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arrays import Array
from chainrule.explain.residuals import Given
from chainrule.structure import Structure

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["as_given"]


def as_given(structure: Structure, dtype: npt.DTypeLike, n: int, grad_weights: Any, grad_biases: Any) -> Given:
    """Gradients of this network on n samples, checked; grad_biases may be None, or hold None.

    A bias may come as (d_out,), (1, d_out) or (d_out, 1), as one number for all units, or with a row for every sample:
    the last two are mistakes to be named, not shapes to be refused.

    Raises:
        TypeError: an entry does not hold floats.
        ValueError: the count or a shape does not fit; the message says which, and whether the transpose would.
    """
    layers = structure.layers
    weights = tensors("grad_weights", grad_weights, len(layers))
    biases = [None] * len(layers) if grad_biases is None else tensors("grad_biases", grad_biases, len(layers))
    arrays = [floats(f"grad_weights[{i}]", value) for i, value in enumerate(weights)]
    of_biases = [None if value is None else floats(f"grad_biases[{i}]", value) for i, value in enumerate(biases)]
    for i, (array, layer) in enumerate(zip(arrays, layers, strict=True)):
        shape = (layer.fan_in, layer.fan_out)
        if array.shape != shape:
            raise ValueError(
                f"grad_weights[{i}] has shape {array.shape} but layer {i + 1} has {shape}; {hint(array, shape)}"
            )
    of_biases = [
        None if array is None else as_bias(i, array, layer.fan_out, n)
        for i, (array, layer) in enumerate(zip(of_biases, layers, strict=True))
    ]
    single = any(array is not None and array.dtype == np.float32 for array in (*arrays, *of_biases))
    return Given(
        [array.astype(np.float64) for array in arrays],
        [None if array is None else array.astype(np.float64) for array in of_biases],
        "float32" if single or dtype == np.float32 else "float64",
    )


def tensors(name: str, value: Any, count: int) -> list[Any]:
    """Value as a list with one entry a layer."""
    if isinstance(value, dict | str) or not isinstance(value, Sequence | np.ndarray):
        raise TypeError(f"{name} must be a list with one array a layer, got an object of type {type(value).__name__}")
    if len(value) != count:
        layers = "1 layer" if count == 1 else f"{count} layers"
        raise ValueError(f"{name} holds {len(value)} arrays but the network has {layers}; pass one a layer, in order")
    return list(value)


def floats(name: str, value: Any) -> Array:
    """Value as an array of floats."""
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} has rows of different length; pass one matrix") from None
    if array.dtype.kind in "iub" and not array.any():
        return array.astype(np.float64)  # a gradient that is left at 0, which nothing has cut off
    if array.dtype.kind in "iub":
        raise TypeError(
            f"{name} holds {array.dtype}; gradients are fractions, which an array of integers cuts off: "
            "make it with dtype=float"
        )
    if array.dtype.kind != "f":
        raise TypeError(f"{name} must hold real numbers, got values of dtype {array.dtype}")
    return array


def hint(array: Array, shape: tuple[int, ...]) -> str:
    """What to do with an array that should have this shape."""
    if array.T.shape == shape:
        return "its transpose fits: pass .T"
    if array.size == np.prod(shape):
        return f"it holds as many numbers: pass .reshape{shape} if they are in that order"
    return f"pass dL/dW, {shape[0]} inputs by {shape[1]} units"


def as_bias(i: int, array: Array, d: int, n: int) -> Array:
    """A bias gradient as (d,), or as it came where it has a row, or a number, for every sample."""
    if array.shape in ((d,), (1, d), (d, 1)) and not (array.shape == (n, d) and n > 1):
        return array.reshape(d)
    if array.size == 1:
        return np.full(d, array.reshape(()))  # what NumPy makes of it when it is subtracted
    if array.shape in ((n, d), (n,)):
        return array
    if array.shape == (d, n):
        return array.T
    raise ValueError(
        f"grad_biases[{i}] has shape {array.shape} but layer {i + 1} has ({d},); pass dL/db, one number a unit"
    )
