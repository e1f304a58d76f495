"""A network as an ONNX graph: MatMul, Add and the activation, layer by layer, of the default domain and in float32.

The input is `X`, float (N, d_in). A regressor, and any network by itself, has the output `variable`, float (N, d_out),
which is what `Network.predict` gives. A classifier has `label` and `probabilities`, a tensor and no map. Batch
normalization is folded into the weights. Activations are ONNX' own operators where the opset has them; layer
normalization, and activations of your own, are spelled out as their formulas record themselves.

Needs the extra `onnx`: pip install "chainrule[onnx]".
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import chainrule
from chainrule.arguments import as_count
from chainrule.formulas.expression import Expression
from chainrule.interop import atomic
from chainrule.interop.exported import ExportedStage, described, exported
from chainrule.interop.formula_source import UnknownOperationError, key_of

if TYPE_CHECKING:
    from chainrule.network import Network

__all__ = ["OPSETS", "save", "to_onnx"]

OPSETS = (13, 22)
"""The first and the last opset that is written: from 23 on, files need a newer IR version than 10."""
IR_VERSION = 10

ELEMENTWISE = {
    "add": "Add",
    "subtract": "Sub",
    "multiply": "Mul",
    "divide": "Div",
    "negative": "Neg",
    "absolute": "Abs",
    "greater": "Greater",
    "greater_equal": "GreaterOrEqual",
    "less": "Less",
    "less_equal": "LessOrEqual",
    "equal": "Equal",
    "exp": "Exp",
    "log": "Log",
    "tanh": "Tanh",
    "sqrt": "Sqrt",
    "sign": "Sign",
    "maximum": "Max",
    "minimum": "Min",
    "power": "Pow",
    "where": "Where",
}
"""ONNX' operators by NumPy's names."""
REDUCTIONS = {"mean": "ReduceMean", "add": "ReduceSum", "maximum": "ReduceMax"}


class Graph:
    """The nodes and constants of a graph that is being written."""

    def __init__(self, opset: int) -> None:
        self.opset = opset
        self.nodes: list[Any] = []
        self.constants: dict[str, np.ndarray[Any, Any]] = {}

    def constant(self, name: str, value: Any, dtype: type = np.float32) -> str:
        """The name of a constant, which is stored once."""
        self.constants.setdefault(name, np.asarray(value, dtype))
        return name

    def number(self, value: float) -> str:
        """The name of a plain number."""
        return self.constant(f"number_{float(value)!r}", value)

    def node(self, operator: str, *inputs: str, to: str = "", **attributes: Any) -> str:
        """Add a node; returns the name of its output."""
        from onnx import helper

        output = to or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], name=f"node_{output}", **attributes))
        return output

    def formula(self, expression: Any, known: dict[str, str]) -> str:
        """The nodes of a recorded formula; `known` has the names of its symbols and receives those of its parts."""
        if not isinstance(expression, Expression):
            return self.number(expression)
        key = key_of(expression)
        if key not in known:
            inputs = [self.formula(argument, known) for argument in expression.arguments]
            known[key] = self.operation(expression, inputs)
        return known[key]

    def operation(self, part: Expression, inputs: list[str]) -> str:
        """The nodes of one operation."""
        assert part.operation is not None
        name = part.operation.__name__
        if part.over == "units" and name in REDUCTIONS:
            return self.over_units(REDUCTIONS[name], *inputs)
        if not part.over and name in ELEMENTWISE:
            return self.node(ELEMENTWISE[name], *inputs)
        if not part.over and name in SPELLED:
            return SPELLED[name](self, *inputs)
        raise UnknownOperationError(
            f"there is no way to write {name}, used by a formula, in ONNX; "
            "write the formula in the functions of chainrule.formulas.elementary that predictions can use"
        )

    def over_units(self, operator: str, x: str) -> str:
        """A reduction over the last axis; ReduceSum takes the axes as an input from opset 13 on, the others from 18."""
        if operator == "ReduceSum" or self.opset >= 18:
            return self.node(operator, x, self.constant("last_axis", [-1], np.int64), keepdims=1)
        return self.node(operator, x, axes=[-1], keepdims=1)


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


SPELLED: dict[str, Callable[..., str]] = {
    "square": lambda graph, x: graph.node("Mul", x, x),
    "expm1": lambda graph, x: graph.node("Sub", graph.node("Exp", x), graph.number(1)),
    "log1p": lambda graph, x: graph.node("Log", graph.node("Add", x, graph.number(1))),
    "erfc": lambda graph, x: graph.node("Sub", graph.number(1), graph.node("Erf", x)),
    "heaviside": lambda graph, x, at_zero: graph.node(
        "Where",
        graph.node("Equal", x, graph.number(0)),
        at_zero,
        graph.node("Max", graph.node("Sign", x), graph.number(0)),
    ),
}
"""Operations of formulas that ONNX has no operator for."""

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


def to_onnx(net: Network, *, target_opset: int = 13, classes: Sequence[Any] | None = None) -> Any:
    """The predictions of the network as an ONNX model, an `onnx.ModelProto` that onnx's checker has passed.

    Args:
        net: the network; what is float64 becomes float32.
        target_opset: the version of the default operators, from 13 to 22.
        classes: for a classifier, the label of each class, whole numbers or text: one for each of the outputs, which
            must be probabilities (softmax), or two for a single one (sigmoid). None for the output as it is.

    Raises:
        ImportError: the package onnx is not installed.
        TypeError: an argument is of the wrong kind.
        ValueError: target_opset is out of range, classes do not fit the outputs, a parameter is not finite in float32.
        UnknownOperationError: an activation of your own uses an operation that ONNX has none for.
    """
    onnx = required()
    opset = as_count("target_opset", target_opset)
    if not OPSETS[0] <= opset <= OPSETS[1]:
        raise ValueError(f"target_opset must be from {OPSETS[0]} to {OPSETS[1]}, got {opset}")
    graph = Graph(opset)
    layers = exported(net, np.dtype("float32"), fold=True)
    last = "X"
    for i, layer in enumerate(layers):
        product = graph.node("MatMul", last, graph.constant(f"layers.{i}.weight", layer.weight))
        last = graph.node("Add", product, graph.constant(f"layers.{i}.bias", layer.bias))
        for stage in layer.stages:
            last = stage_node(graph, stage, last, f"layers.{i}")
    helper, numbers = onnx.helper, onnx.TensorProto
    sizes = net.structure.sizes
    if classes is None:
        graph.node("Identity", last, to="variable")
        outputs = [helper.make_tensor_value_info("variable", numbers.FLOAT, ["N", sizes[-1]])]
    else:
        kind, n_classes = classifier(graph, last, net, list(classes))
        outputs = [
            helper.make_tensor_value_info("label", numbers.INT64 if kind == "i" else numbers.STRING, ["N"]),
            helper.make_tensor_value_info("probabilities", numbers.FLOAT, ["N", n_classes]),
        ]
    made = helper.make_graph(
        graph.nodes,
        "chainrule",
        [helper.make_tensor_value_info("X", numbers.FLOAT, ["N", sizes[0]])],
        outputs,
        [stored(name, value) for name, value in graph.constants.items()],
        doc_string=f"A neural network, {described(net)}.",
    )
    operators = [helper.make_opsetid("", opset)]
    model = helper.make_model(
        made,
        opset_imports=operators,
        producer_name="chainrule",
        producer_version=chainrule.__version__,
        ir_version=min(IR_VERSION, helper.find_min_ir_version_for(operators)),
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def save(
    net: Network, path: str | os.PathLike[str], *, target_opset: int = 13, classes: Sequence[Any] | None = None
) -> None:
    """Write the model of `to_onnx` into a file, whole or not at all; a leading ~ is the home folder.

    Raises:
        OSError: the file cannot be written; what was there is kept.
        ImportError, TypeError, ValueError, UnknownOperationError: as of `to_onnx`.
    """
    model = to_onnx(net, target_opset=target_opset, classes=classes)
    atomic.write(Path(path).expanduser(), model.SerializeToString(deterministic=True))


def required() -> Any:
    """The package onnx.

    Raises:
        ImportError: it is not installed; the message says how to.
    """
    try:
        import onnx
    except ImportError:
        raise ImportError('ONNX files need the package onnx: pip install "chainrule[onnx]"') from None
    return onnx


def stage_node(graph: Graph, stage: ExportedStage, z: str, layer: str) -> str:
    """The nodes of an activation or normalization; returns the name of what they give."""
    member = stage.stage
    vectors = {name: graph.constant(f"{layer}.{name}", value) for name, value in stage.vectors.items()}
    if member.name == "prelu" and type(member).__module__.startswith("chainrule."):
        return graph.node("PRelu", z, vectors["alpha"])
    if member.name in ACTIVATIONS and type(member).__module__.startswith("chainrule."):
        return ACTIVATIONS[member.name](graph, z, member)
    return graph.formula(stage.formula, {"z": z, **vectors})


def classifier(graph: Graph, a: str, net: Network, classes: list[Any]) -> tuple[str, int]:
    """The nodes of `label` and `probabilities`; returns "i" for whole numbers or "s" for text, and how many classes."""
    output, n_outputs = net.structure.layers[-1].activation.name, net.structure.sizes[-1]
    if (output, n_outputs == 1) not in (("softmax", False), ("sigmoid", True)):
        raise ValueError(
            f"a classifier ends in softmax, or in a single unit of sigmoid, but this network in {n_outputs} of "
            f"{output}; leave out classes for its outputs as they are"
        )
    if len(set(classes)) != len(classes) or len(classes) != max(n_outputs, 2):
        raise ValueError(f"classes must be {max(n_outputs, 2)} different labels, got {classes!r}")
    if all(isinstance(label, str) for label in classes):
        kind, labels = "s", graph.constant("classes", classes, object)
    elif all(isinstance(label, int | np.integer) and not isinstance(label, bool) for label in classes):
        kind, labels = "i", graph.constant("classes", classes, np.int64)
    else:
        raise TypeError(f"classes must be whole numbers, or all of them text, got {classes!r}")
    if n_outputs == 1:
        graph.node("Concat", graph.node("Sub", graph.number(1), a), a, to="probabilities", axis=-1)
    else:
        graph.node("Identity", a, to="probabilities")
    index = graph.node("ArgMax", "probabilities", axis=-1, keepdims=0)
    graph.node("Gather", labels, index, to="label")
    return kind, len(classes)


def stored(name: str, value: np.ndarray[Any, Any]) -> Any:
    """A constant as onnx stores it."""
    from onnx import TensorProto, helper, numpy_helper

    if value.dtype == object:
        return helper.make_tensor(name, TensorProto.STRING, value.shape, [text.encode() for text in value])
    return numpy_helper.from_array(value, name)
