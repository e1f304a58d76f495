"""A node of a graph as Python has it: its attributes, the constant that it is, what it makes of constants alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.interop.onnx.call import Call
from chainrule.interop.onnx.errors import refused
from chainrule.interop.onnx.tensors import array_of

__all__ = ["attributes_of", "constant_of", "folded"]


def attributes_of(node: Any, folder: Path | None) -> dict[str, Any]:
    """The attributes by name, graphs left out: only operators that are not read have any."""
    from onnx import AttributeProto

    kinds: dict[int, Callable[[Any], Any]] = {
        AttributeProto.FLOAT: lambda a: a.f,
        AttributeProto.INT: lambda a: a.i,
        AttributeProto.STRING: lambda a: a.s,
        AttributeProto.TENSOR: lambda a: array_of(a.t, folder),
        AttributeProto.FLOATS: lambda a: list(a.floats),
        AttributeProto.INTS: lambda a: list(a.ints),
        AttributeProto.STRINGS: lambda a: list(a.strings),
    }
    return {a.name: kinds[a.type](a) for a in node.attribute if a.type in kinds}


def constant_of(call: Call) -> Array:
    """The array of a Constant node."""
    for name, value in call.attributes.items():
        if name in ("value", "value_float", "value_floats", "value_int", "value_ints"):
            return np.asarray(value, {"value_float": np.float32, "value_floats": np.float32}.get(name))
    raise refused(call.node, "it has none of the attributes value, value_float(s) and value_int(s)")


def folded(call: Call) -> Array:
    """What the node makes of constants.

    What has more numbers than each of the constants is not computed: a file cannot make more of itself than it holds.
    """
    operation = FOLDED.get(call.node.op_type)
    if operation is None:
        raise refused(call.node, "there is no such operator on constants that chainrule reads")
    arrays = [value.shift for value in call.inputs if value is not None]
    shapes = [array.shape for array in arrays]
    if call.node.op_type in ELEMENTWISE and np.broadcast_shapes(*shapes) not in shapes:
        raise refused(call.node, f"it makes more of constants of the shapes {shapes} than they hold")
    return np.asarray(operation(call, *arrays), float)


def squeezed(call: Call, array: Array, *_: Array) -> Array:
    """The array without axes of one."""
    return np.squeeze(array, tuple(call.axes()) or None)


ELEMENTWISE = ("Add", "Sub", "Mul", "Div", "Pow", "Max", "Min")
FOLDED: dict[str, Callable[..., Any]] = {
    "Add": lambda call, a, b: a + b,
    "Sub": lambda call, a, b: a - b,
    "Mul": lambda call, a, b: a * b,
    "Div": lambda call, a, b: a / b,
    "Pow": lambda call, a, b: np.power(a, b),
    "Max": lambda call, a, b: np.maximum(a, b),
    "Min": lambda call, a, b: np.minimum(a, b),
    "Neg": lambda call, a: -a,
    "Sqrt": lambda call, a: np.sqrt(a),
    "Reciprocal": lambda call, a: 1 / a,
    "Exp": lambda call, a: np.exp(a),
    "Abs": lambda call, a: np.abs(a),
    "Identity": lambda call, a: a,
    "Cast": lambda call, a: a,
    "Concat": lambda call, *arrays: np.concatenate(arrays, call.attributes.get("axis", 0)),
    "Transpose": lambda call, a: np.transpose(a, call.attributes.get("perm")),
    "Reshape": lambda call, a, shape: a.reshape([a.shape[i] if n == 0 else int(n) for i, n in enumerate(shape)]),
    "Squeeze": squeezed,
    "Unsqueeze": lambda call, a, *_: np.expand_dims(a, tuple(call.axes())),
}
"""What is done to constants alone, such as weights that a graph transposes."""
