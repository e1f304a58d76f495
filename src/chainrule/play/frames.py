"""Frames: what the engine sends to the page, a header of JSON and arrays of float64, as one file of safetensors.

Eight bytes say how long the header of the file is (little-endian); the header gives each array its place, and its
`__metadata__.frame` is the JSON text of the frame's own header; the numbers follow.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.arrays import Array

__all__ = ["pack", "unpack"]


def pack(header: Mapping[str, Any], arrays: Mapping[str, Array]) -> bytes:
    """One frame as bytes.

    Args:
        header: what the page's contract calls a Header. NaN travels in arrays only.
        arrays: by name; they become float64.

    Raises:
        ValueError: the header holds NaN or infinity, which JSON has not.

    Example:
        >>> unpack(pack({"type": "moments"}, {"loss": np.array([0.5, np.nan])}))
        ({'type': 'moments'}, {'loss': array([0.5, nan])})
    """
    told: dict[str, Any] = {"__metadata__": {"frame": json.dumps(header, allow_nan=False, ensure_ascii=False)}}
    parts, end = [], 0
    for name, array in arrays.items():
        part = np.ascontiguousarray(array, "<f8")
        told[name] = {"dtype": "F64", "shape": part.shape, "data_offsets": [end, end + part.nbytes]}
        parts.append(part.tobytes())
        end += part.nbytes
    head = json.dumps(told, ensure_ascii=False).encode()
    head += b" " * (-len(head) % 8)  # so that the numbers lie where a Float64Array may begin
    return b"".join([struct.pack("<Q", len(head)), head, *parts])


def unpack(frame: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """The header and the arrays of a frame."""
    (length,) = struct.unpack_from("<Q", frame)
    told = json.loads(frame[8 : 8 + length])
    header = json.loads(told.pop("__metadata__")["frame"])
    arrays = {}
    for name, entry in told.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        arrays[name] = np.frombuffer(frame[begin:end], "<f8").reshape(entry["shape"])
    return header, arrays
