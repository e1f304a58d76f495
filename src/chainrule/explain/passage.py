"""What a layer's numbers pass through between z and what leaves it, and what each of them is called.

    z  (normalized)  a  (dropped)          delta  (grad_normalized)  grad_a  (grad_dropped)

Those in brackets are there where the layer has a normalization, or drops out in the step that is shown.
"""

from __future__ import annotations

from chainrule.explain.nodes import Index, Symbol
from chainrule.structure import Layer

__all__ = ["GRADIENTS", "entering", "kinds", "leaving"]

GRADIENTS = {"z": "delta", "normalized": "grad_normalized", "a": "grad_a", "dropped": "grad_dropped"}
"""What ∂L by each of them is called."""


def kinds(layer: Layer, *, drops: bool) -> tuple[str, ...]:
    """What z, and what each stage makes of it, are called.

    >>> from chainrule.structure import Structure
    >>> kinds(Structure.of([2, 3, 1], hidden="relu", output="relu", normalization="batch_norm").layers[0], drops=False)
    ('z', 'normalized', 'a')
    """
    return (
        "z",
        *(["normalized"] if layer.normalization is not None else []),
        "a",
        *(["dropped"] if drops and layer.dropout is not None else []),
    )


def entering(layer: Layer) -> str:
    """What enters the layer's activation is called."""
    return "z" if layer.normalization is None else "normalized"


def leaving(layers: tuple[Layer, ...], i: int, entry: tuple[Index, ...] = (), *, drops: bool) -> Symbol:
    """What leaves layer i, counted from 1; of 0 it is the input."""
    return Symbol("a" if i == 0 else kinds(layers[i - 1], drops=drops)[-1], i, entry)
