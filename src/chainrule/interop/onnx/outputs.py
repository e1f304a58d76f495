"""Which output of a graph is the network's, which nodes it needs, and what the classes of a classifier are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.interop.onnx.errors import OnnxImportError

__all__ = ["classes_of", "needed_nodes", "output_of"]

PROBABILITIES = ("probabilities", "output_probability")
"""What a classifier's other output is called, here and by scikit-learn's converter."""
LABELS = ("ArgMax", "ArrayFeatureExtractor", "Binarizer", "Gather", "TopK")
"""The operators that labels come from."""


def output_of(graph: Any) -> str:
    """The name of the output that is the network's; labels are none.

    Raises:
        OnnxImportError: there is none, or more than one.
    """
    names = [output.name for output in graph.output]
    if not names:
        raise OnnxImportError("the graph has no output: it is no ONNX file, or is cut off")
    found = [name for name in names if name in PROBABILITIES] or [n for n in names if not is_label(graph, n)]
    if len(found) != 1:
        raise OnnxImportError(f"a network has one output besides labels, but the graph has {names!r:.200}")
    return str(found[0])


def is_label(graph: Any, name: str) -> bool:
    """Whether an output is made of the largest probability's place, or of text."""
    producers = {output: node for node in graph.node for output in node.output}
    for _ in graph.node:
        node = producers.get(name)
        if node is None or node.op_type in LABELS:
            return node is not None
        if node.op_type not in ("Cast", "Identity", "Reshape", "Squeeze", "Flatten"):
            return False
        name = node.input[0] if node.input else ""
    return False


def needed_nodes(graph: Any, output: str) -> list[Any]:
    """The nodes that the output depends on, in the order of the graph."""
    needed, found = {output}, []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            needed.update(node.input)
            found.append(node)
    return found[::-1]


def classes_of(graph: Any, stored: Callable[[str], Array | None]) -> list[Any] | None:
    """The labels of the classes: what a ZipMap maps from, or the constant that a label is taken out of."""
    for node in graph.node:
        if node.op_type == "ZipMap":
            for attribute in node.attribute:
                if labels := [*attribute.ints, *(text.decode("utf-8", "replace") for text in attribute.strings)]:
                    return labels
        if node.op_type in ("ArrayFeatureExtractor", "Gather") and node.input:
            labels_array = stored(node.input[0])
            if labels_array is not None and labels_array.ndim in (1, 2) and labels_array.dtype.kind in "OiU":
                return list(np.ravel(labels_array).tolist())
    return None
