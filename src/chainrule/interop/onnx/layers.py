"""From the value of a graph's output to the layers of a network: what is affine becomes weights, biases and scaling."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from chainrule.arrays import Array
from chainrule.formulas import activations
from chainrule.formulas.activations import Activation
from chainrule.formulas.normalizations import Normalization
from chainrule.interop.onnx.errors import OnnxImportError, refused
from chainrule.interop.onnx.values import Core, Value, constant

__all__ = ["Chain", "ReadLayer", "chain_of"]


@dataclass
class ReadLayer:
    """A layer in float64: f(norm(a_prev @ weight + bias)), weight (d_in, d_out).

    Attributes:
        vectors: what the activation and the normalization have of their own, by name: "alpha", "gamma", ...
    """

    weight: Array
    bias: Array
    activation: Activation
    normalization: Normalization | None = None
    vectors: dict[str, Array] = field(default_factory=dict)


@dataclass
class Chain:
    """The layers, from the input on, and what is done to numbers before and after them.

    Attributes:
        layers: at least one.
        scale, shift: the first layer takes scale · x + shift, (d_in,) each.
        fill: what stands for a missing x, (d_in,), or None.
        target_scale, target_shift: what is given is target_scale · a + target_shift, (d_out,) each.
        exact: whether a weight is of double precision.
    """

    layers: list[ReadLayer]
    scale: Array
    shift: Array
    fill: Array | None
    target_scale: Array
    target_shift: Array
    exact: bool = False

    @property
    def is_scaled(self) -> bool:
        """Whether the inputs are."""
        return bool((self.scale != 1).any() or self.shift.any())

    @property
    def has_targets(self) -> bool:
        """Whether the outputs are scaled."""
        return bool((self.target_scale != 1).any() or self.target_shift.any())


def chain_of(output: Value) -> Chain:
    """The layers that the value of the output consists of.

    Raises:
        OnnxImportError: it is no chain of layers.
    """
    value = plain_output(output)
    layers: list[ReadLayer] = []
    target = (np.ones(()), np.zeros(()))
    while True:
        value = unfolded(value, keep=bool(layers))
        assert value.core is not None
        if value.core.operation in ("Input", "Filled"):
            break
        layer, after, before = read_layer(value, hidden=bool(layers))
        units = layer.weight.shape[1]
        if not layers:
            target = per_unit(after[0], units, value.core), per_unit(after[1], units, value.core)
        else:
            fold(layers[0], after, value.core, units)
        layers.insert(0, layer)
        value = before
    if not layers:
        raise OnnxImportError("the graph has no layer: there is no matrix product between input and output")
    core, d_in = value.core, layers[0].weight.shape[0]
    if core.operation == "Filled":
        inner, filling = core.arguments
        fill, source = per_unit(filling.shift, d_in, core), inner.core
    else:
        fill, source = None, core
    assert source is not None
    if source.member is not None and len(source.member) != 2:
        raise OnnxImportError(
            f"the input {source.node.name!r} has shape {source.member}; a network takes one sample a row, (N, d_in)"
        )
    return Chain(layers, per_unit(value.scale, d_in, core), per_unit(value.shift, d_in, core), fill, *target)


def plain_output(value: Value) -> Value:
    """The output with its axis, and of the probabilities of two classes the second one's."""
    while value.core is not None and value.core.operation in ("Squeeze", "Concat") and is_plain(value):
        value = value.core.arguments[0]
    value = with_axis(value)
    if value.core is None:
        raise OnnxImportError("the output is a constant: it does not depend on the input")
    return value


def with_axis(value: Value) -> Value:
    """The value as a column, where the axis of a single output was taken away; what is done to it stays the same."""
    while value.core is not None and value.core.operation == "Squeeze" and value.core.width == 1:
        value = value.core.arguments[0] * constant(value.scale) + constant(value.shift)
    return value


def is_plain(value: Value) -> bool:
    """Whether nothing is done to the core."""
    return bool((value.scale == 1).all()) and not value.shift.any()


def unfolded(value: Value, *, keep: bool) -> Value:
    """The value with batch normalization as what it is in predictions: a factor and a summand for each unit.

    Args:
        value: of a tensor.
        keep: whether one stays that can be a layer's: between a product and a hidden layer's activation.
    """
    while value.core is not None and value.core.operation == "BatchNormalization":
        norm, mean, variance, epsilon = value.core.member
        inner = value.core.arguments[0]
        if keep and norm is not None and inner.core is not None and inner.core.operation == "MatMul":
            break
        factor = value.scale / np.sqrt(variance + epsilon)
        value = (inner - constant(mean)) * constant(factor) + constant(value.shift)
    return value


def read_layer(value: Value, *, hidden: bool) -> tuple[ReadLayer, tuple[Array, Array], Value]:
    """The last layer of a value; what is done to its activations, a factor and a summand; and the value before it."""
    core, after = value.core, (np.ones(()), np.zeros(()))
    assert core is not None
    activation, vectors = activations.get("identity"), {}
    z, last = value, core
    if core.operation == "activation":
        activation, after = core.member, (value.scale, value.shift)
        z = unfolded(core.arguments[0], keep=hidden)
        if not hidden and not activation.couples_units:
            z = with_axis(z)
        vectors = {name: v.shift for name, v in zip(activation.trained, core.arguments[1:], strict=True)}
    core = product_or_refusal(z, last)
    norm: Normalization | None = None
    if core.operation != "MatMul":
        if not hidden:
            raise refused(core.node, "it normalizes the outputs; chainrule normalizes hidden layers only")
        vectors |= {"gamma": z.scale, "beta": z.shift}
        if core.operation == "BatchNormalization":
            norm, mean, variance, _ = core.member
            vectors |= {"running_mean": mean, "running_variance": variance}
        else:
            norm = core.member
        z = unfolded(core.arguments[0], keep=False)
        core = product_or_refusal(z, core, normalized=True)
    weight = core.member
    units = weight.shape[1]
    shared = getattr(activation, "shared", False)
    layer = ReadLayer(
        weight=weight * per_unit(z.scale, units, core),
        bias=per_unit(z.shift, units, core),
        activation=activation,
        normalization=norm,
        vectors={n: v.reshape(1) if shared and n == "alpha" else per_unit(v, units, last) for n, v in vectors.items()},
    )
    return layer, after, core.arguments[0]


def product_or_refusal(z: Value, after: Core, *, normalized: bool = False) -> Core:
    """The core of what an activation or normalization is applied to: a product, or a normalization of one."""
    core = z.core
    assert core is not None
    allowed = ("MatMul",) if normalized else ("MatMul", "BatchNormalization", "LayerNormalization")
    if core.operation in allowed:
        return core
    if core.operation in ("Input", "Filled"):
        raise refused(after.node, "it is applied to the network's input, before any matrix product")
    if core.operation in ("activation", "LayerNormalization") and after is not core:
        raise refused(
            after.node,
            f"it follows {core.member.name} without a matrix product between; "
            "chainrule's layers are a product, a normalization and an activation, in this order",
        )
    if core.node is None:
        raise refused(
            after.node, f"what it is applied to ends in {core.operation}, which is no activation of chainrule"
        )
    raise refused(core.node, "what it computes is no layer, and no part of an activation, that chainrule has")


def fold(layer: ReadLayer, after: tuple[Array, Array], core: Core, units: int) -> None:
    """Make what is done to the activations before a layer a part of its weight and bias."""
    if layer.weight.shape[0] != units:
        raise OnnxImportError(
            f"a product takes {layer.weight.shape[0]} columns, but what it multiplies has {units}; the graph is damaged"
        )
    scale, shift = (per_unit(numbers, units, core) for numbers in after)
    layer.bias = layer.bias + shift @ layer.weight
    layer.weight = layer.weight * scale[:, None]


def per_unit(numbers: Array, units: int, core: Core) -> Array:
    """One number for each unit."""
    if numbers.shape not in ((), (1,), (units,)):
        raise refused(core.node, f"it works with {numbers.size} numbers a sample, but there are {units} units")
    return np.broadcast_to(numbers, (units,))
