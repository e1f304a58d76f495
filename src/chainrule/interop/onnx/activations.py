"""Activations as ONNX spells them: its own operators where the opset has them, else the custom of exporters."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from chainrule.interop.exported import ExportedStage
from chainrule.interop.onnx.graph import Graph

__all__ = ["stage_node"]


def gelu(graph: Graph, z: str) -> str:
    """½ z (1 + erf(z / √2))."""
    erf = graph.node("Erf", graph.node("Div", z, graph.number(math.sqrt(2))))
    return graph.node("Mul", graph.node("Mul", z, graph.node("Add", erf, graph.number(1))), graph.number(0.5))


def gelu_tanh(graph: Graph, z: str) -> str:
    """z σ(2 √(2/π) (z + 0.044715 z³))."""
    cubic = graph.node("Mul", graph.node("Mul", z, z), graph.number(0.044715))
    u = graph.node(
        "Mul", graph.node("Mul", z, graph.node("Add", cubic, graph.number(1))), graph.number(2 * math.sqrt(2 / math.pi))
    )
    return graph.node("Mul", z, graph.node("Sigmoid", u))


def hard_sigmoid(graph: Graph, z: str) -> str:
    """max(0, min(1, z / 6 + ½))."""
    return graph.node("HardSigmoid", z, alpha=1 / 6, beta=0.5)


ACTIVATIONS: dict[str, Callable[[Graph, str, Any], str]] = {
    "sigmoid": lambda graph, z, f: graph.node("Sigmoid", z),
    "tanh": lambda graph, z, f: graph.node("Tanh", z),
    "relu": lambda graph, z, f: graph.node("Relu", z),
    "leaky_relu": lambda graph, z, f: graph.node("LeakyRelu", z, alpha=float(f.negative_slope)),
    "elu": lambda graph, z, f: graph.node("Elu", z, alpha=float(f.alpha)),
    "celu": lambda graph, z, f: graph.node("Celu", z, alpha=float(f.alpha)),
    "selu": lambda graph, z, f: graph.node("Selu", z, alpha=f.ALPHA, gamma=f.LAMBDA),
    "softplus": lambda graph, z, f: graph.node("Softplus", z),
    "softsign": lambda graph, z, f: graph.node("Softsign", z),
    "softmax": lambda graph, z, f: graph.node("Softmax", z, axis=-1),
    "log_softmax": lambda graph, z, f: graph.node("LogSoftmax", z, axis=-1),
    "hard_sigmoid": lambda graph, z, f: hard_sigmoid(graph, z),
    "silu": lambda graph, z, f: graph.node("Mul", z, graph.node("Sigmoid", z)),
    "gelu": lambda graph, z, f: graph.node("Gelu", z) if graph.opset >= 20 else gelu(graph, z),
    "gelu_tanh": lambda graph, z, f: (
        graph.node("Gelu", z, approximate="tanh") if graph.opset >= 20 else gelu_tanh(graph, z)
    ),
    "hard_swish": lambda graph, z, f: (
        graph.node("HardSwish", z) if graph.opset >= 14 else graph.node("Mul", z, hard_sigmoid(graph, z))
    ),
    "mish": lambda graph, z, f: (
        graph.node("Mish", z)
        if graph.opset >= 18
        else graph.node("Mul", z, graph.node("Tanh", graph.node("Softplus", z)))
    ),
}
"""Activations that ONNX has an operator for, or exporters a custom of spelling; the others are written as recorded."""


def stage_node(graph: Graph, stage: ExportedStage, z: str, layer: str) -> str:
    """The nodes of an activation or normalization; returns the name of what they give."""
    member = stage.stage
    vectors = {name: graph.constant(f"{layer}.{name}", value) for name, value in stage.vectors.items()}
    if member.name == "prelu" and type(member).__module__.startswith("chainrule."):
        return graph.node("PRelu", z, vectors["alpha"])
    if member.name in ACTIVATIONS and type(member).__module__.startswith("chainrule."):
        return ACTIVATIONS[member.name](graph, z, member)
    return graph.formula(stage.formula, {"z": z, **vectors})
