"""What each tensor of a graph is, node by node: constants are computed, all else becomes a formula of the input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.interop.onnx.call import Call, of_units
from chainrule.interop.onnx.errors import OnnxImportError, refused
from chainrule.interop.onnx.nodes import attributes_of, constant_of, folded
from chainrule.interop.onnx.operators import OPERATORS, TAKE_MATRICES
from chainrule.interop.onnx.patterns import recognized
from chainrule.interop.onnx.tensors import array_of
from chainrule.interop.onnx.values import TooLargeError, Value, constant

__all__ = ["Evaluation"]

NEAR = 24
"""Among how many tensors before a node the z of a spelled-out activation is looked for; no spelling has more."""


class Evaluation:
    """Gives each tensor its value, node by node.

    Attributes:
        stored: the initializers by name.
        folder: where the model's file is.
        opset: the version of the default operators.
        values: what is known so far, by the tensors' names.
        near: of each tensor, those that it is computed from since the last matrix product, the nearest first.
        exact: whether a weight is of double precision.
    """

    def __init__(self, stored: dict[str, Any], folder: Path | None, opset: int) -> None:
        self.stored, self.folder, self.opset = stored, folder, opset
        self.values: dict[str, Value] = {}
        self.near: dict[str, list[str]] = {}
        self.exact = False

    def stored_array(self, name: str) -> Array | None:
        """A constant as the file has it; None if it is none."""
        return array_of(self.stored[name], self.folder) if name in self.stored else None

    def value(self, name: str, node: Any) -> Value | None:
        """The value of an input of a node; None for one that is left out."""
        if not name:
            return None
        if name not in self.values:
            array = self.stored_array(name)
            if array is None:
                raise refused(
                    node, f"it takes {name[:100]!r}, which nothing before it gives: the graph has a loop, or is damaged"
                )
            self.values[name] = self.constant(array, node)
        return self.values[name]

    def constant(self, array: Array, node: Any) -> Value:
        """A constant for arithmetic."""
        if array.dtype.kind not in "fiub":
            raise refused(node, "it computes with text")
        self.exact = self.exact or (array.dtype == np.float64 and array.ndim == 2)
        return constant(array)

    def add(self, node: Any) -> None:
        """Take one more node."""
        name = f"{node.domain}::{node.op_type}" if node.domain not in ("", "ai.onnx") else node.op_type
        inputs = [self.value(tensor, node) for tensor in node.input]
        call = Call(node, inputs, attributes_of(node, self.folder), self.opset)
        if not node.output or any(tensor in self.values or tensor in self.stored for tensor in node.output if tensor):
            raise refused(node, "it gives a tensor that there is already: the graph is damaged")
        output = node.output[0]
        self.near[output] = self.upstream(node)
        try:
            if name == "Constant":
                self.values[output] = self.constant(constant_of(call), node)
            elif inputs and all(v is not None and v.core is None for v in inputs):
                self.values[output] = constant(folded(call))
            elif name in OPERATORS:
                value = OPERATORS[name](call if name in TAKE_MATRICES else of_units(call))
                if value.core is not None and value.core.node is None:
                    value.core.node = node
                self.values[output] = recognized(value, *self.candidates(output), node)
            else:
                raise refused(node, "chainrule has no layer with this operator")
        except TooLargeError as error:
            raise refused(node, str(error)) from None
        except OnnxImportError:
            raise
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:  # what a damaged graph can lead to
            raise refused(node, f"{error}") from None

    def upstream(self, node: Any) -> list[str]:
        """The tensors near the node's output, and itself not among them."""
        if node.op_type in ("MatMul", "Gemm"):
            return []
        found = dict.fromkeys(name for name in node.input if name)
        for name in node.input:
            found |= dict.fromkeys(self.near.get(name, ()))
        return list(found)[:NEAR]

    def candidates(self, output: str) -> tuple[list[Value], list[Array]]:
        """The tensors that a spelled-out activation may be one of, and the constants that may be its parameter."""
        values = [self.values[name] for name in self.near[output]]
        arrays = [value.shift for value in values if value.core is None]
        vectors = [array.ravel() for array in arrays if array.ndim < 2 or array.size == array.shape[-1]]
        sizes_one = [v.reshape(()) if v.size == 1 else v for v in vectors]
        return [value for value in values if value.core is not None], [s for v in sizes_one for s in (v, -v)]
