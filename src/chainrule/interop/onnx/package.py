"""The package onnx, which only the extra `onnx` brings."""

from __future__ import annotations

from typing import Any

__all__ = ["required"]


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
