"""What a network learns, part by part: the weight and the bias of every layer, and what its stages learn."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from chainrule.arrays import Array
from chainrule.structure import Structure

__all__ = ["Part", "parts"]


@dataclass(frozen=True)
class Part:
    """One array that a layer learns.

    Attributes:
        layer: the layer's number, from 1.
        name: "weight", "bias", "gamma", "beta" or "alpha".
        offset: where it begins in θ.
        shape: its shape.
    """

    layer: int
    name: str
    offset: int
    shape: tuple[int, ...]

    @property
    def tensor(self) -> str:
        """Its name among all of the network's, such as "layers.0.gamma"."""
        return f"layers.{self.layer - 1}.{self.name}"

    def of(self, vector: Array) -> Array:
        """The view of a vector laid out as θ that belongs to it."""
        return vector[self.offset : self.offset + math.prod(self.shape)].reshape(self.shape)


def parts(structure: Structure) -> Iterator[Part]:
    """Every part, in the order of θ.

    >>> structure = Structure.of([2, 3, 1], hidden="prelu", output="sigmoid", normalization="layer_norm")
    >>> [part.tensor for part in parts(structure)][:5]
    ['layers.0.weight', 'layers.0.bias', 'layers.0.gamma', 'layers.0.beta', 'layers.0.alpha']
    """
    for i, layer in enumerate(structure.layers, start=1):
        yield Part(i, "weight", layer.offset, (layer.fan_in, layer.fan_out))
        yield Part(i, "bias", layer.end - layer.fan_out, (layer.fan_out,))
        for name, place in layer.places.items():
            yield Part(i, name, place.start, (place.stop - place.start,))
