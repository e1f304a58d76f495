"""Activations that exporters spell as several nodes: the spellings, and how one is recognized.

A spelling is a formula, written here as it stands in the literature. The tensor z that it is a formula of is one of
the tensors of the graph, and its parameter, where it has one, is one of the constants: each is tried, and what the
formula gives is compared with what the graph computes, in the canonical form of `values.py`. So what is recognized is
always the activation, and the order of a graph's nodes does not matter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.formulas import activations
from chainrule.formulas.activations import Activation
from chainrule.formulas.gates import GELUTanh
from chainrule.formulas.normalizations import LayerNorm
from chainrule.formulas.rectifiers import SELU, PReLU
from chainrule.interop.onnx.values import (
    Core,
    Value,
    apply,
    clip,
    constant,
    input_of,
    inverse,
    minimum,
    same_core,
    where,
)

__all__ = ["activated", "decimal", "layer_normalized", "recognized", "rectified"]


def decimal(number: Any) -> float:
    """The shortest decimal that is this number in float32, which is what its author wrote: 0.01, not 0.0099999998.

    >>> decimal(np.float32(0.01))
    0.01
    """
    return float(str(np.float32(number)))


def activated(member: Activation | str, z: Value, *trained: Value, node: Any = None) -> Value:
    """The activation of z."""
    return apply("activation", z, *trained, member=activations.get(member), node=node)


def rectified(z: Value, slope: Array, node: Any = None) -> Value:
    """Leaky ReLU; with a slope for each unit, or one below 0, it is PReLU."""
    if slope.size == 1 and slope.ravel()[0] >= 0:
        return activated(activations.get("leaky_relu", negative_slope=decimal(slope.ravel()[0])), z, node=node)
    return activated(PReLU(shared=slope.size == 1), z, constant(slope), node=node)


def layer_normalized(z: Value, epsilon: float, node: Any = None) -> Value:
    """(z − μ) / √(σ² + ε) over the units."""
    return apply("LayerNormalization", z, member=LayerNorm(epsilon=decimal(epsilon)), node=node)


def exponential(z: Value) -> Value:
    return apply("Exp", z)


def positive(z: Value, x: Value, y: Value) -> Value:
    """The x where z > 0, else y."""
    return where(apply("Greater", z, 0.0), x, y)


def cubic(z: Value) -> Value:
    """What the tanh of GELU's tanh form is taken of."""
    return GELUTanh.STEEPNESS / 2 * (z + GELUTanh.CUBIC * (z * z * z))


def cubic_factored(z: Value) -> Value:
    """The same, factored."""
    return GELUTanh.STEEPNESS / 2 * (z * (1 + GELUTanh.CUBIC * (z * z)))


def below_largest(z: Value) -> Value:
    """What softmax takes the exponential of."""
    return z - apply("ReduceMax", z)


def centred(z: Value) -> Value:
    """What layer normalization divides."""
    return z - apply("ReduceMean", z)


Formula = Callable[[Value, Array], Value]
"""Of z, and of a parameter that most leave aside."""

SPELLINGS: dict[str, tuple[Formula, ...]] = {
    "relu": (lambda z, _: clip(z, 0.0, np.inf), lambda z, _: positive(z, z, constant(0.0))),
    "sigmoid": (lambda z, _: inverse(1 + exponential(-z)),),
    "softplus": (
        lambda z, _: apply("Log", 1 + exponential(z)),
        lambda z, _: activated("relu", z) + activated("softplus", -apply("Abs", z)),
        lambda z, _: z + activated("softplus", -z),
    ),
    "softsign": (lambda z, _: z / (1 + apply("Abs", z)),),
    "gelu": (lambda z, _: 0.5 * (z * (1 + apply("Erf", z / math.sqrt(2)))),),
    "gelu_tanh": (
        lambda z, _: 0.5 * (z * (1 + activated("tanh", cubic(z)))),
        lambda z, _: 0.5 * (z * (1 + activated("tanh", cubic_factored(z)))),
        lambda z, _: z * activated("sigmoid", 2 * cubic(z)),
        lambda z, _: z * activated("sigmoid", 2 * cubic_factored(z)),
    ),
    "silu": (lambda z, _: z * activated("sigmoid", z),),
    "mish": (lambda z, _: z * activated("tanh", activated("softplus", z)),),
    "hard_sigmoid": (lambda z, _: clip(z + 3, 0.0, 6.0) / 6, lambda z, _: clip(z / 6 + 0.5, 0.0, 1.0)),
    "hard_swish": (lambda z, _: z * activated("hard_sigmoid", z),),
    "selu": (
        lambda z, _: SELU.LAMBDA * activated(activations.get("elu", alpha=decimal(SELU.ALPHA)), z),
        lambda z, _: positive(z, SELU.LAMBDA * z, SELU.LAMBDA * SELU.ALPHA * (exponential(z) - 1)),
    ),
    "softmax": (
        lambda z, _: exponential(below_largest(z)) / apply("ReduceSum", exponential(below_largest(z))),
        lambda z, _: exponential(z) / apply("ReduceSum", exponential(z)),
    ),
    "log_softmax": (
        lambda z, _: apply("Log", activated("softmax", z)),
        lambda z, _: below_largest(z) - apply("Log", apply("ReduceSum", exponential(below_largest(z)))),
    ),
    "leaky_relu": (
        lambda z, slope: positive(z, z, slope * z),
        lambda z, slope: activated("relu", z) - slope * activated("relu", -z),
    ),
    "leaky_relu_below_1": (lambda z, slope: apply("Max", z, slope * z),),
    "elu": (
        lambda z, alpha: positive(z, z, alpha * (exponential(z) - 1)),
        lambda z, alpha: positive(z, z, alpha * (exponential(minimum(z, 0.0)) - 1)),
        lambda z, alpha: activated("relu", z) + alpha * (exponential(minimum(z, 0.0)) - 1),
        lambda z, alpha: activated("relu", z) + minimum(alpha * (exponential(z) - 1), 0.0),
    ),
    "softplus_to_20": (
        lambda z, beta: where(apply("Greater", beta * z, 20.0), z, activated("softplus", beta * z) / constant(beta)),
    ),
    "celu": (
        lambda z, alpha: positive(z, z, alpha * (exponential(z / alpha) - 1)),
        lambda z, alpha: activated("relu", z) + alpha * (exponential(minimum(z, 0.0) / alpha) - 1),
        lambda z, alpha: activated("relu", z) + alpha * (exponential(minimum(z / alpha, 0.0)) - 1),
        lambda z, alpha: activated("relu", z) + minimum(alpha * (exponential(z / alpha) - 1), 0.0),
    ),
    "layer_norm": (
        lambda z, epsilon: centred(z) / apply("Sqrt", apply("ReduceMean", centred(z) * centred(z)) + constant(epsilon)),
    ),
}
"""Each is recognized where it is a part of the next: a softplus that is spelled out is mish's too.

PyTorch's softplus is z where β z > 20; there, softplus is greater by e⁻²⁰ / β = 2e-9 / β at most.
"""

PARAMETRIC: dict[str, Callable[..., Value]] = {
    "leaky_relu": rectified,
    "leaky_relu_below_1": lambda z, slope, node: rectified(z, no_larger_than_1(slope), node),
    "elu": lambda z, alpha, node: activated(activations.get("elu", alpha=decimal(alpha)), z, node=node),
    "celu": lambda z, alpha, node: activated(activations.get("celu", alpha=decimal(alpha)), z, node=node),
    "softplus_to_20": lambda z, beta, node: activated("softplus", beta * z, node=node) / constant(beta),
    "layer_norm": lambda z, epsilon, node: layer_normalized(z, float(epsilon), node),
}
"""What the spellings with a parameter spell."""
OF_ONE_NUMBER = ("elu", "celu", "softplus_to_20", "layer_norm")
"""Those whose parameter is one number for all units."""


def no_larger_than_1(slope: Array) -> Array:
    """The slope, if the larger of z and slope · z is z where z > 0.

    Raises:
        ValueError: it is not.
    """
    if (slope > 1).any():
        raise ValueError("the larger of the two is z where z < 0")
    return slope


def by_root() -> dict[str, list[tuple[str, Formula]]]:
    """The spellings by the operation that they end in, so that few are tried on a core."""
    table: dict[str, list[tuple[str, Formula]]] = {}
    for name, formulas in SPELLINGS.items():
        for formula in formulas:
            root = formula(input_of(None), np.full((), 2.0)).core
            assert root is not None
            table.setdefault(root.operation, []).append((name, formula))
    return table


BY_ROOT = by_root()


def recognized(value: Value, tensors: Sequence[Value], parameters: Sequence[Array], node: Any) -> Value:
    """The value, written as an activation if it is one that is spelled out.

    Args:
        value: of a tensor of the graph.
        tensors: of those that it is computed from; the formula's z is among them.
        parameters: constants that it is computed with; the formula's parameter is among them, unless it is 1.
        node: what gave it, for messages.
    """
    while value.core is not None and (found := spelled(value.core, tensors, parameters, node)) is not None:
        value = found * constant(value.scale) + constant(value.shift)
    return value


def spelled(core: Core, tensors: Sequence[Value], parameters: Sequence[Array], node: Any) -> Value | None:
    """The activation that this core is, times a constant and plus a constant; None if it is none.

    Of several, it is the one of the plainest z: softmax of z, and not of z without its maximum, which is the same.
    """
    found: list[tuple[int, Value]] = []
    for name, formula in BY_ROOT.get(core.operation, ()):
        meaning = PARAMETRIC.get(name)
        for parameter in [np.ones(()), *parameters] if meaning else [np.ones(())]:
            if name in OF_ONE_NUMBER and parameter.size > 1:
                continue
            for z in tensors:
                if z.core is None or z.core.size >= core.size:
                    continue
                pattern = formula(z, parameter)
                if not pattern.scale.all() or not same_core(core, pattern.core):
                    continue
                try:
                    meant = meaning(z, parameter, node) if meaning else activated(name, z, node=node)
                except ValueError:  # a parameter that the activation may not have
                    continue
                assert meant.core is not None
                found.append((meant.core.size, (meant - constant(pattern.shift)) / constant(pattern.scale)))
    return min(found, key=lambda pair: pair[0])[1] if found else None
