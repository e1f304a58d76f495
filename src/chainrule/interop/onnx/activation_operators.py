"""Operators that are an activation, or a part of one that is spelled out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chainrule.formulas import activations
from chainrule.formulas.rectifiers import SELU
from chainrule.interop.onnx.call import Call
from chainrule.interop.onnx.patterns import activated, decimal
from chainrule.interop.onnx.values import Value, apply, clip, close, constant, inverse

__all__ = [
    "clipped",
    "compared",
    "elementary",
    "function",
    "gelu",
    "hard_sigmoid",
    "over_units",
    "power",
    "reduction",
    "selu",
    "swish",
    "with_alpha",
]


def function(name: str) -> Callable[[Call], Value]:
    """An operator that is one of our activations, without a parameter."""
    return lambda call: activated(name, call[0], node=call.node)


def elementary(call: Call) -> Value:
    """An operation that is a part of activations only."""
    return apply(call.node.op_type, call[0], node=call.node)


def with_alpha(name: str, parameter: str, default: float) -> Callable[[Call], Value]:
    """An operator that is one of our activations, with ONNX' alpha for its parameter."""

    def read(call: Call) -> Value:
        alpha = decimal(call.attributes.get("alpha", default))
        return activated(activations.get(name, **{parameter: alpha}), call[0], node=call.node)

    return read


def over_units(name: str) -> Callable[[Call], Value]:
    """Softmax and its logarithm."""

    def read(call: Call) -> Value:
        axis = call.attributes.get("axis", 1 if call.opset < 13 else -1)
        call.require(axis in (1, -1), f"its axis must be that of the units, 1 or -1, but it is {axis}")
        return activated(name, call[0], node=call.node)

    return read


def reduction(call: Call) -> Value:
    """A mean, sum or maximum over the units."""
    axes = call.axes()
    call.require(axes in ([1], [-1]), f"it must go over the units, axis 1 or -1, but its axes are {axes}")
    call.require(call.attributes.get("keepdims", 1) == 1, "its keepdims must be 1")
    return apply(call.node.op_type, call[0], node=call.node)


def selu(call: Call) -> Value:
    """SELU, whose numbers are always the same."""
    numbers = [call.attributes.get(name, default) for name, default in (("alpha", SELU.ALPHA), ("gamma", SELU.LAMBDA))]
    call.require(
        close(np.array(numbers), np.array([SELU.ALPHA, SELU.LAMBDA])),
        f"its alpha and gamma are {numbers}, but selu's are {SELU.ALPHA:.6g} and {SELU.LAMBDA:.6g}",
    )
    return activated("selu", call[0], node=call.node)


def gelu(call: Call) -> Value:
    """GELU, or its tanh form."""
    form = call.attributes.get("approximate", b"none")
    call.require(form in (b"none", b"tanh"), f"its approximate must be none or tanh, but it is {form!r:.40}")
    return activated("gelu" if form == b"none" else "gelu_tanh", call[0], node=call.node)


def hard_sigmoid(call: Call) -> Value:
    """max(0, min(1, α z + β)), which is ours for α = 1/6 and β = 1/2."""
    alpha, beta = call.attributes.get("alpha", 0.2), call.attributes.get("beta", 0.5)
    call.require(
        close(np.array([alpha, beta]), np.array([1 / 6, 0.5])),
        f"its alpha and beta are {decimal(alpha)} and {decimal(beta)}, but hard_sigmoid's are 1/6 and 1/2",
    )
    return activated("hard_sigmoid", call[0], node=call.node)


def swish(call: Call) -> Value:
    """z σ(α z)."""
    alpha = call.attributes.get("alpha", 1.0)
    call.require(alpha == 1, f"its alpha is {decimal(alpha)}, but silu's is 1")
    return activated("silu", call[0], node=call.node)


def clipped(call: Call) -> Value:
    """min(max(z, low), high); the limits are attributes before opset 11."""
    limits = [call.given(1), call.given(2)]
    names = (("min", -np.inf), ("max", np.inf))
    low, high = (
        call.attributes.get(name, default) if limit is None else limit
        for limit, (name, default) in zip(limits, names, strict=True)
    )
    call.require(constant(low).core is constant(high).core is None, "its limits must be constants")
    return clip(call[0], constant(low).shift, constant(high).shift)


def power(call: Call) -> Value:
    """A power by 2, 3, 1/2, −1/2 or −1."""
    exponent = call.array(1, "its exponent")
    call.require(exponent.size == 1, "its exponent must be one number")
    z, n = call[0], float(exponent.ravel()[0])
    powers: dict[float, Callable[[], Value]] = {
        1.0: lambda: z,
        2.0: lambda: z * z,
        3.0: lambda: z * z * z,
        0.5: lambda: apply("Sqrt", z),
        -0.5: lambda: inverse(apply("Sqrt", z)),
        -1.0: lambda: inverse(z),
    }
    call.require(n in powers, f"no activation has a power by {n:g}")
    return powers[n]()


def compared(operation: str) -> Callable[[Call], Value]:
    """A comparison."""
    return lambda call: apply(operation, call[0], call[1], node=call.node)
