"""A run of the playground as tests look at it: its frames, taken apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.play import choices, moments


def recorded(
    settings: dict[str, Any], cancelled: Callable[[], bool] = lambda: False
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The headers of all frames, and the arrays of all moments together."""
    frames: list[tuple[dict[str, Any], dict[str, Any]]] = []
    moments.record(choices.parse(settings), lambda header, arrays: frames.append((header, arrays)), cancelled, 7)
    parts = [arrays for header, arrays in frames if header["type"] == "moments"]
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}
    return [header for header, _ in frames], arrays
