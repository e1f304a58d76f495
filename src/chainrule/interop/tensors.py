"""The tensors of a network by name: what a file calls them, and where each lies in the vector of all numbers.

Layout "chainrule": `layers.0.weight` (d_in, d_out), `layers.0.bias` (d_out,), and what else layer 0 has by its own
name: `layers.0.gamma`, `.beta`, `.running_mean`, `.running_variance` of a normalization, `layers.0.alpha` of PReLU.

Layout "torch": `layers.0.weight` (d_out, d_in) and `layers.0.bias`, as of a ModuleList `layers` of Linear;
`norms.0.weight`, `.bias`, `.running_mean`, `.running_var`, as of a ModuleDict or ModuleList `norms` of BatchNorm1d or
LayerNorm; `activations.0.weight`, as of one `activations` of PReLU. The number is that of the layer.
"""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.arguments import unknown_name
from chainrule.arrays import Array
from chainrule.formulas.normalizations import Normalization
from chainrule.structure import Structure

__all__ = ["LAYOUTS", "Place", "places"]

LAYOUTS = {
    "chainrule": "layers.N.weight is (d_in, d_out): z = a_prev @ weight + bias",
    "torch": "layers.N.weight is (d_out, d_in), as of torch.nn.Linear; norms.N as of torch.nn.BatchNorm1d or "
    "LayerNorm, activations.N as of torch.nn.PReLU, of layer N each",
}
"""What a file says of the names and shapes of its tensors."""

TORCH_NAMES = {"gamma": "weight", "beta": "bias", "running_variance": "running_var", "alpha": "weight"}


@dataclass(frozen=True)
class Place:
    """Where a tensor lies in the vector of all numbers, and which shape it has in a file."""

    where: slice
    shape: tuple[int, ...]
    transposed: bool = False

    def view(self, vector: Array) -> Array:
        """The tensor, as a view of the vector of all numbers."""
        return (
            vector[self.where].reshape(self.shape[::-1]).T
            if self.transposed
            else vector[self.where].reshape(self.shape)
        )


def places(structure: Structure, layout: str) -> dict[str, Place]:
    """The place of every tensor, by its name in a file of this layout.

    Raises:
        ValueError: there is no such layout, or two tensors of a layer have one name.

    >>> [*places(Structure.of([2, 3, 1], hidden="prelu", output="identity"), "torch")]
    ['layers.0.weight', 'layers.0.bias', 'activations.0.weight', 'layers.1.weight', 'layers.1.bias']
    """
    if layout not in LAYOUTS:
        raise ValueError(unknown_name("layout", str(layout), LAYOUTS))
    transposed = layout == "torch"
    found: list[tuple[str, Place]] = []
    for i, layer in enumerate(structure.layers):
        bias = slice(layer.offset + layer.fan_in * layer.fan_out, layer.end)
        shape = (layer.fan_out, layer.fan_in) if transposed else (layer.fan_in, layer.fan_out)
        found.append((f"layers.{i}.weight", Place(slice(layer.offset, bias.start), shape, transposed)))
        found.append((f"layers.{i}.bias", Place(bias, (layer.fan_out,))))
        where = {**layer.places, **layer.statistics}
        for stage in layer.stages:
            part = ("norms" if isinstance(stage, Normalization) else "activations") if transposed else "layers"
            for name in (*stage.trained, *stage.statistics):
                stored = f"{part}.{i}.{TORCH_NAMES.get(name, name) if transposed else name}"
                found.append((stored, Place(where[name], (where[name].stop - where[name].start,))))
    named = dict(found)
    if len(named) < len(found):
        raise ValueError(
            f"a layer of {structure} has two tensors of one name; an activation may not call what it learns "
            "'weight', 'bias', 'gamma' or 'beta'"
        )
    return named
