"""Operators that change shapes and kinds only: read as long as samples stay rows, and refused otherwise."""

from __future__ import annotations

import numpy as np

from chainrule.interop.onnx.call import Call
from chainrule.interop.onnx.errors import refused
from chainrule.interop.onnx.values import Value, apply, close, constant, input_of

__all__ = ["both_classes", "cast", "number_of_samples", "reshaped"]


def cast(call: Call) -> Value:
    """Nothing, from one kind of floats to another."""
    kinds = {1: "float", 10: "float16", 11: "double", 16: "bfloat16"}
    call.require(call.attributes.get("to") in kinds or call[0].core is None, "it rounds what the network computes")
    return call[0]


def reshaped(call: Call) -> Value:
    """Nothing, as long as samples stay rows; the input may become rows here, and the outputs lose theirs."""
    z, name = call[0], call.node.op_type
    core = z.core
    if core is None:
        raise refused(call.node, "it reshapes a constant as the network's input says")
    if name == "Flatten":
        call.require(call.attributes.get("axis", 1) == 1, "its axis must be 1: samples stay rows")
        return as_rows(z)
    if name == "Reshape":
        shape = [int(size) for size in call.array(1, "its shape").ravel()]
        if shape == [-1, 1] or (shape == [-1] and core.width == 1):  # skl2onnx's, of several outputs too
            return apply("Squeeze", z, node=call.node)
        samples = core.member[0] if core.operation == "Input" and core.member else None
        same_rows = len(shape) == 2 and (
            (shape[0] in (0, samples) and shape[1] in (-1, core.width)) or (shape[0] == -1 and shape[1] == core.width)
        )
        call.require(same_rows, f"it must keep samples as rows, of {core.width} numbers, but its shape is {shape}")
        return as_rows(z)
    if core.operation == "NumberOfSamples":
        return z
    axes = call.axes()
    call.require(axes in ([], [1], [-1]), f"it must keep samples as rows, but its axes are {axes}")
    if name == "Squeeze":
        call.require(core.width == 1, f"it must take the axis of a single number, but there are {core.width}")
        return apply("Squeeze", z, node=call.node)
    call.require(core.operation == "Squeeze", "it adds an axis")
    return core.arguments[0]


def as_rows(z: Value) -> Value:
    """The value with one row a sample; all but an input of more dimensions has that already."""
    assert z.core is not None
    shape = z.core.member
    if z.core.operation != "Input" or shape is None or len(shape) == 2:
        return z
    return input_of((shape[0], "d" if z.core.width is None else z.core.width), z.core.node) * z.scale + z.shift


def number_of_samples(call: Call) -> Value:
    """The number of samples, as an old way to flatten asks for it; it may only become the first of a shape."""
    if call.node.op_type == "Gather":
        core, index = call[0].core, call.array(1, "which number it takes")
        of_shape = core is not None and core.operation == "Shape" and index.size == 1 and not index.any()
        call.require(of_shape, "it takes a part of something, and only the number of samples may be taken, of a shape")
    return apply("NumberOfSamples", node=call.node)


def both_classes(call: Call) -> Value:
    """The probabilities 1 − p and p of two classes, for which p stands; or a shape that begins with the samples."""
    first = call[0].core
    if first is not None and first.operation == "NumberOfSamples":
        sizes = [call.array(i, "each part of a shape but the first") for i in range(1, len(call.inputs))]
        return constant(np.concatenate([np.zeros(1), *map(np.ravel, sizes)]))  # 0 stands for what there is
    call.require(len(call.inputs) == 2 and call.attributes.get("axis") in (1, -1), CONCAT)
    other, p = call[0], call[1]
    call.require(other.core is p.core is not None, CONCAT)
    call.require(close(other.scale, -p.scale) and close(other.shift, 1 - p.shift), CONCAT)
    return apply("Concat", p, node=call.node)


CONCAT = "it joins columns that are not the probabilities 1 - p and p of two classes"
