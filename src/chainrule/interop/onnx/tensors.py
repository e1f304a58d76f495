"""The constants of an ONNX model as arrays, from the model itself or from files beside it that are in its folder.

Sizes are compared with the bytes that there are before anything as large as they say is allocated. A file is opened
only where its real place, links followed, is inside the model's folder.
"""

from __future__ import annotations

import math
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.interop.onnx.errors import OnnxImportError

__all__ = ["array_of"]

NUMBERS = {"FLOAT": 4, "DOUBLE": 8, "FLOAT16": 2, "BFLOAT16": 2, "INT32": 4, "INT64": 8, "BOOL": 1}
"""The kinds of numbers that are read, and how many bytes each takes."""


def array_of(tensor: Any, folder: Path | None) -> Array:
    """The tensor as an array of its own kind; of bfloat16 as float32, of text as objects.

    Args:
        tensor: a TensorProto.
        folder: where the model's file is, for tensors that are stored beside it; None where there is none.

    Raises:
        OnnxImportError: the tensor contradicts itself, is of another kind, or is stored where it must not be.
    """
    from onnx import TensorProto, helper, numpy_helper

    name, dims = tensor.name[:100], list(tensor.dims)
    try:
        kind = TensorProto.DataType.Name(tensor.data_type)
    except ValueError:
        kind = str(tensor.data_type)
    count = math.prod(dims)
    if min(dims, default=1) < 0:
        raise OnnxImportError(f"tensor {name!r} has the shape {dims}, which no tensor has")
    if kind == "STRING":
        if len(tensor.string_data) != count:
            raise OnnxImportError(f"tensor {name!r} has {len(tensor.string_data)} texts, but by its shape {count}")
        return np.array([text.decode("utf-8", "replace") for text in tensor.string_data], object).reshape(dims)
    if kind not in NUMBERS:
        raise OnnxImportError(f"tensor {name!r} is of type {kind}; read are tensors of {', '.join(NUMBERS)}, and text")
    needed = count * NUMBERS[kind]
    if tensor.data_location == TensorProto.EXTERNAL:
        raw = external(tensor, needed, folder)
    elif tensor.HasField("raw_data"):
        raw = tensor.raw_data
    else:
        held = len(getattr(tensor, helper.tensor_dtype_to_field(tensor.data_type)))
        if held != count:
            raise OnnxImportError(f"tensor {name!r} has {held} numbers, but by its shape {dims} it has {count}")
        return np.asarray(numpy_helper.to_array(tensor), np.float32 if kind == "BFLOAT16" else None)
    if len(raw) != needed:
        raise OnnxImportError(f"tensor {name!r} has {len(raw)} bytes, but by its shape {dims} it has {needed}")
    whole = TensorProto(dims=dims, data_type=tensor.data_type, raw_data=raw)
    return np.asarray(numpy_helper.to_array(whole), np.float32 if kind == "BFLOAT16" else None)


def external(tensor: Any, needed: int, folder: Path | None) -> bytes:
    """The bytes of a tensor that is stored in a file beside the model."""
    name = tensor.name[:100]
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    if folder is None:
        raise OnnxImportError(
            f"tensor {name!r} is stored in the file {location[:100]!r} beside the model; "
            "give chainrule.onnx.load the path of the model"
        )
    path = inside(folder, location, name)
    numbers = [entries.get(key, default) for key, default in (("offset", "0"), ("length", str(needed)))]
    if not all(number.isascii() and number.isdigit() and len(number) < 19 for number in numbers):
        raise OnnxImportError(f"tensor {name!r} is stored at offset and length {numbers!r:.100}, which are no numbers")
    offset, length = map(int, numbers)
    if length != needed:
        raise OnnxImportError(f"tensor {name!r} is stored in {length} bytes, but by its shape it has {needed}")
    size = path.stat().st_size
    if offset + length > size:
        raise OnnxImportError(
            f"tensor {name!r} is stored in {location!r} up to byte {offset + length}, but the file has {size}: "
            "it is cut off, or another model's"
        )
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(length)


def inside(folder: Path, location: str, name: str) -> Path:
    """The file of this location, which must be one inside the folder."""
    leaves = (
        not location
        or "\0" in location
        or PurePosixPath(location).is_absolute()
        or PureWindowsPath(location).anchor
        or ".." in PureWindowsPath(location).parts
    )
    if not leaves:
        path = (folder / location).resolve()
        leaves = not path.is_relative_to(folder.resolve())
    if leaves:
        raise OnnxImportError(
            f"tensor {name!r} is stored in {location[:200]!r}, which is not inside the model's folder; nothing else is "
            "opened: put the file beside the model and let the model name it so"
        )
    if not path.is_file():
        raise OnnxImportError(f"tensor {name!r} is stored in {location[:200]!r}, but beside the model is no such file")
    return path
