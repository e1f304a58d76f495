"""Writes a network as an ONNX graph: the scaling, MatMul, Add and the activation of each layer, and the outputs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import chainrule
from chainrule.arguments import as_count
from chainrule.interop import atomic
from chainrule.interop.exported import described, exported
from chainrule.interop.exported_scaling import ExportedScaling, exported_scaling
from chainrule.interop.onnx.activations import stage_node
from chainrule.interop.onnx.graph import Graph, stored
from chainrule.interop.onnx.package import required
from chainrule.interop.scaling import Scaling

if TYPE_CHECKING:
    from chainrule.network import Network

__all__ = ["OPSETS", "save", "to_onnx"]

OPSETS = (13, 22)
"""The first and the last opset that is written: from 23 on, files need a newer IR version than 10."""
IR_VERSION = 10


def to_onnx(
    net: Network, *, target_opset: int = 13, classes: Sequence[Any] | None = None, scaling: Scaling | None = None
) -> Any:
    """The predictions of the network as an ONNX model, an `onnx.ModelProto` that onnx's checker has passed.

    Args:
        net: the network; what is float64 becomes float32.
        target_opset: the version of the default operators, from 13 to 22.
        classes: for a classifier, the label of each class, whole numbers or text: one for each of the outputs, which
            must be probabilities (softmax), or two for a single one (sigmoid). None for the output as it is.
        scaling: what raw samples go through before the network, and a regression's outputs after it; it becomes a part
            of the graph, so that `X` is raw and may have missing values (NaN). None for samples as the network takes
            them.

    Raises:
        ImportError: the package onnx is not installed.
        TypeError: an argument is of the wrong kind.
        ValueError: target_opset is out of range, classes do not fit the outputs, the scaling does not fit the
            network, a number is not finite in float32.
        UnknownOperationError: an activation of your own uses an operation that ONNX has none for.
    """
    onnx = required()
    opset = as_count("target_opset", target_opset)
    if not OPSETS[0] <= opset <= OPSETS[1]:
        raise ValueError(f"target_opset must be from {OPSETS[0]} to {OPSETS[1]}, got {opset}")
    graph = Graph(opset)
    layers = exported(net, np.dtype("float32"), fold=True)
    scaled = None if scaling is None else exported_scaling(scaling, net.structure.sizes, np.dtype("float32"))
    if scaled and classes is not None and scaled.has_targets:
        raise ValueError(
            "a classifier's probabilities are not scaled; leave out classes, or the targets of the scaling"
        )
    last = "X" if scaled is None else scaled_inputs(graph, scaled)
    for i, layer in enumerate(layers):
        product = graph.node("MatMul", last, graph.constant(f"layers.{i}.weight", layer.weight))
        last = graph.node("Add", product, graph.constant(f"layers.{i}.bias", layer.bias))
        for stage in layer.stages:
            last = stage_node(graph, stage, last, f"layers.{i}")
    last = last if scaled is None else scaled_outputs(graph, scaled, last)
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
    net: Network,
    path: str | os.PathLike[str],
    *,
    target_opset: int = 13,
    classes: Sequence[Any] | None = None,
    scaling: Scaling | None = None,
) -> None:
    """Write the model of `to_onnx` into a file, whole or not at all; a leading ~ is the home folder.

    Raises:
        OSError: the file cannot be written; what was there is kept.
        ImportError, TypeError, ValueError, UnknownOperationError: as of `to_onnx`.
    """
    model = to_onnx(net, target_opset=target_opset, classes=classes, scaling=scaling)
    atomic.write(Path(path).expanduser(), model.SerializeToString(deterministic=True))


def scaled_inputs(graph: Graph, scaling: ExportedScaling) -> str:
    """The nodes of the raw inputs' scaling; returns the name of what the network takes."""
    last = "X"
    for operator, name in (("Sub", "mean"), ("Sub", "mean_rest"), ("Div", "scale")):
        values = getattr(scaling, name)
        if values is not None:
            last = graph.node(operator, last, graph.constant(f"scaling.{name}", values))
    return graph.node("Where", graph.node("IsNaN", "X"), graph.constant("scaling.fill", scaling.fill), last)


def scaled_outputs(graph: Graph, scaling: ExportedScaling, last: str) -> str:
    """The nodes that bring the outputs to the scale of the targets."""
    for operator, name in (("Mul", "target_scale"), ("Add", "target_mean")):
        values = getattr(scaling, name)
        if values is not None:
            last = graph.node(operator, last, graph.constant(f"scaling.{name}", values))
    return last


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
