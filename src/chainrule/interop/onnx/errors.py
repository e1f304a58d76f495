"""What is said of an ONNX graph that is not read."""

from __future__ import annotations

from typing import Any

__all__ = ["OnnxImportError", "refused"]


class OnnxImportError(ValueError):
    """A file that is no ONNX model, is damaged, or holds something that is no layer of a multilayer perceptron."""


def refused(node: Any, why: str) -> OnnxImportError:
    """The error that names the node, or the input of the graph."""
    if not hasattr(node, "op_type"):
        return OnnxImportError(f"input {node.name[:100]!r}: {why}")
    operator = f"{node.domain}::{node.op_type}" if node.domain else node.op_type
    return OnnxImportError(f"node {node.name[:100]!r} ({operator[:100]}): {why}")
