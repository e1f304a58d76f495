"""A node of a graph with the values that it is applied to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from chainrule.arrays import Array
from chainrule.interop.onnx.errors import refused
from chainrule.interop.onnx.values import Value, constant

__all__ = ["Call", "of_units", "unit_vector"]


@dataclass(frozen=True)
class Call:
    """A node with what it is applied to.

    Attributes:
        node: the NodeProto.
        inputs: the values of its inputs; None for one that is left out.
        attributes: by name: numbers, bytes, lists of them, arrays.
        opset: the version of its domain.
    """

    node: Any
    inputs: list[Value | None]
    attributes: dict[str, Any]
    opset: int

    def __getitem__(self, i: int) -> Value:
        """An input that must be there."""
        value = self.inputs[i] if i < len(self.inputs) else None
        if value is None:
            raise refused(self.node, f"it has no input {i}")
        return value

    def given(self, i: int) -> Value | None:
        """An input that may be left out."""
        return self.inputs[i] if i < len(self.inputs) else None

    def array(self, i: int, what: str) -> Array:
        """An input that must be a constant."""
        if self[i].core is not None:
            raise refused(self.node, f"{what} must be a constant, but it is computed from the network's input")
        return self[i].shift

    def require(self, holds: Any, why: str) -> None:
        """Refuse the node unless it holds."""
        if not holds:
            raise refused(self.node, why)

    def axes(self) -> list[int]:
        """The axes, an attribute in older opsets and an input in newer ones."""
        if self.given(1) is not None:
            return [int(axis) for axis in self.array(1, "its axes").ravel()]
        return [int(axis) for axis in self.attributes.get("axes", ())]


def unit_vector(call: Call, array: Array) -> Array:
    """A constant as one number, or one for each unit."""
    if array.size == 1:
        return array.reshape(())
    call.require(array.ndim and array.size == array.shape[-1], f"a constant of shape {array.shape} is not one a unit")
    return array.ravel()


def of_units(call: Call) -> Call:
    """The call with its constants as one number, or one for each unit."""
    inputs = [
        constant(unit_vector(call, value.shift)) if value is not None and value.core is None else value
        for value in call.inputs
    ]
    return replace(call, inputs=inputs)
