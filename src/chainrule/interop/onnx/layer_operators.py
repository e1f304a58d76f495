"""Operators that are a layer, or do with numbers what is done before one: products, normalizations, scalings, fills."""

from __future__ import annotations

import numpy as np

from chainrule.arrays import Array
from chainrule.formulas.normalizations import BatchNorm
from chainrule.interop.onnx.call import Call, unit_vector
from chainrule.interop.onnx.patterns import decimal, layer_normalized
from chainrule.interop.onnx.values import Value, apply, constant, where

__all__ = ["batch_normalization", "chosen", "dropout", "gemm", "imputer", "layer_normalization", "matmul", "scaler"]

TRAINING = "it is in training mode; export the network for inference"


def product(call: Call, weight: Array) -> Value:
    """x @ weight."""
    call.require(weight.ndim == 2 and weight.size, f"its weight must be a matrix, but it has shape {weight.shape}")
    call.require(call[0].core is not None, "it multiplies constants only")
    return apply("MatMul", call[0], member=weight, node=call.node)


def matmul(call: Call) -> Value:
    """x @ weight, samples as rows."""
    return product(call, call.array(1, "what the samples are multiplied by, its second input,"))


def gemm(call: Call) -> Value:
    """α x @ weight + β bias, the weight transposed with transB."""
    attributes = call.attributes
    call.require(not attributes.get("transA", 0), "its transA must be 0: samples are rows")
    weight = call.array(1, "its weight B")
    call.require(weight.ndim == 2, f"its weight must be a matrix, but it has shape {weight.shape}")
    z = product(call, weight.T if attributes.get("transB", 0) else weight) * attributes.get("alpha", 1.0)
    if call.given(2) is None:
        return z
    return z + constant(unit_vector(call, call.array(2, "its bias C")) * attributes.get("beta", 1.0))


def batch_normalization(call: Call) -> Value:
    """γ (x − mean) / √(variance + ε) + β, with the running statistics."""
    call.require(not call.attributes.get("training_mode", 0), TRAINING)
    gamma, beta, mean, variance = (call.array(i, f"its input {i}") for i in range(1, 5))
    epsilon, momentum = (call.attributes.get(name, default) for name, default in (("epsilon", 1e-5), ("momentum", 0.9)))
    call.require((variance >= 0).all() and epsilon >= 0, "its variance or its epsilon is negative")
    kept = decimal(momentum) if 0 <= momentum < 1 else BatchNorm.momentum
    norm = BatchNorm(epsilon=decimal(epsilon), momentum=kept) if epsilon > 0 else None
    member = (norm, mean, variance, decimal(epsilon))
    return apply("BatchNormalization", call[0], member=member, node=call.node) * gamma + beta


def layer_normalization(call: Call) -> Value:
    """γ ẑ + β, over the units."""
    axis = call.attributes.get("axis", -1)
    call.require(axis in (1, -1), f"its axis must be that of the units, 1 or -1, but it is {axis}")
    z = layer_normalized(call[0], call.attributes.get("epsilon", 1e-5), call.node) * call.array(1, "its scale")
    return z if call.given(2) is None else z + constant(call.array(2, "its bias"))


def dropout(call: Call) -> Value:
    """Nothing: nothing drops out in predictions."""
    training = call.given(2) is not None and call.array(2, "its training_mode").any()
    call.require(not training, TRAINING)
    return call[0]


def chosen(call: Call) -> Value:
    """The one or the other; or a fill for missing values."""
    condition, x, y = call[0], call[1], call[2]
    core = condition.core
    if core is not None and core.operation == "IsNaN":
        return filled(call, core.arguments[0], call.array(1, "what stands for a missing value"), y)
    return where(condition, x, y)


def filled(call: Call, tested: Value, fill: Array, scaled: Value) -> Value:
    """Where the input is missing the fill, else the scaled input: the same scaling of an input without gaps."""
    of_input = all(value.core is not None and value.core.operation == "Input" for value in (tested, scaled))
    call.require(of_input, "missing values are filled in the network's input only")
    call.require(scaled.scale.all(), "it fills what is multiplied by 0")
    raw = (fill - scaled.shift) / scaled.scale
    return apply("Filled", Value(scaled.core, np.ones(()), np.zeros(())), constant(raw)) * scaled.scale + scaled.shift


def imputer(call: Call) -> Value:
    """ai.onnx.ml's Imputer, for missing values that are NaN."""
    replaced = call.attributes.get("replaced_value_float", np.nan)
    call.require(np.isnan(replaced), f"the value that it replaces must be NaN, but it is {replaced:g}")
    fill = np.atleast_1d(call.attributes.get("imputed_value_floats", ()))
    call.require(fill.size, "it has no imputed_value_floats")
    return filled(call, call[0], unit_vector(call, fill.astype(float)), call[0])


def scaler(call: Call) -> Value:
    """ai.onnx.ml's Scaler: (x − offset) · scale."""
    given = (call.attributes.get("offset", 0.0), call.attributes.get("scale", 1.0))
    offset, scale = (unit_vector(call, np.asarray(numbers, float)) for numbers in given)
    return call[0] * scale + -(offset * scale)
