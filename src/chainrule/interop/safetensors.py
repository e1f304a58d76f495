"""A network in a file of the safetensors format: numbers and text, and nothing that could run.

The file is a length, a header in JSON and the bytes of the tensors. The header's `__metadata__`, text by text:

    format           "chainrule"
    format_version   "1"
    chainrule_version  who wrote it
    architecture     JSON, as of `architecture.py`
    dtype            "float64" or "float32"
    layout           "chainrule" or "torch", as of `tensors.py`
    weight_layout    the same in words
    provenance       JSON of whatever the writer wanted to say
    preprocessing    where there is one: JSON of what a table goes through before the network, as of `tables`
    checksum         SHA-256 of all of the above and of every tensor's name, shape and bytes

Reading believes none of it: sizes, names, shapes and versions are compared with each other and with the length of the
file before anything as large as they say is allocated, and the checksum tells of every changed bit. Numbers that are
not finite are neither written nor read: a network that holds one predicts nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import chainrule
from chainrule.arguments import as_generator
from chainrule.arrays import Array
from chainrule.interop import architecture, atomic
from chainrule.interop.tensors import LAYOUTS, Place, places
from chainrule.structure import Structure

if TYPE_CHECKING:
    from chainrule.network import Network

__all__ = ["FORMAT_VERSION", "ModelFile", "ModelFileError", "load", "read", "save", "to_bytes"]

FORMAT_VERSION = 1
LONGEST_HEADER = 2**24
"""Bytes: enough for a hundred thousand layers."""
CODES = {"float64": "F64", "float32": "F32"}


class ModelFileError(ValueError):
    """A file that is no model, is damaged, or was written by a newer version."""


@dataclass(frozen=True)
class ModelFile:
    """What a file of a model holds.

    Attributes:
        structure: the layers.
        numbers: all parameters, and the running statistics after them.
        metadata: the texts of the file, by name.
        provenance: what the writer said of the model.
        preprocessing: what a table goes through before the network, as JSON; "" for a network by itself.
    """

    structure: Structure
    numbers: Array
    metadata: dict[str, str]
    provenance: dict[str, Any]
    preprocessing: str = ""


def save(
    net: Network,
    path: str | os.PathLike[str],
    *,
    layout: str = "chainrule",
    provenance: Mapping[str, Any] | None = None,
    preprocessing: str = "",
) -> None:
    """Write the network into one file, whole or not at all; a leading ~ is the home folder.

    Args:
        net: the network: its layers, parameters and running statistics. Its generator stays behind.
        path: where; by convention it ends in .safetensors. What is there is replaced.
        layout: "chainrule", or "torch" for weights (d_out, d_in) under the names that PyTorch's modules take.
        provenance: what else the file should say, as JSON can: the date, the data, the loss, the optimizer.
        preprocessing: what a table goes through before the network, as JSON.

    Raises:
        ValueError: an activation that a file cannot name, a parameter that is not finite, an unknown layout.
        TypeError: provenance is nothing that JSON can write.
        OSError: the file cannot be written; what was there is kept.
    """
    content = to_bytes(net, layout=layout, provenance=provenance, preprocessing=preprocessing)
    atomic.write(Path(path).expanduser(), content)


def to_bytes(
    net: Network,
    *,
    layout: str = "chainrule",
    provenance: Mapping[str, Any] | None = None,
    preprocessing: str = "",
) -> bytes:
    """What `save` writes, which says what may be raised."""
    from safetensors.numpy import save as serialized  # here, because only files need it

    structure, numbers = net.structure, net.numbers
    stored = places(structure, layout)
    dtype = numbers.dtype.newbyteorder("<")
    tensors = {name: np.ascontiguousarray(place.view(numbers), dtype) for name, place in stored.items()}
    if trouble := unusable(tensors):
        raise ValueError(f"{trouble}; a file holds finite parameters only: fit the network again before saving it")
    metadata = {
        "format": "chainrule",
        "format_version": str(FORMAT_VERSION),
        "chainrule_version": chainrule.__version__,
        "architecture": architecture.to_json(structure),
        "dtype": numbers.dtype.name,
        "layout": layout,
        "weight_layout": LAYOUTS[layout],
        "provenance": provenance_json(provenance),
    }
    if preprocessing:
        metadata["preprocessing"] = preprocessing
    content = serialized(tensors, {**metadata, "checksum": checksum(metadata, tensors)})
    if int.from_bytes(content[:8], "little") > LONGEST_HEADER:
        raise ValueError(
            f"the names of {len(tensors)} tensors, the provenance and the preprocessing take more than "
            f"{LONGEST_HEADER} bytes, which no reader would believe; shorten the provenance"
        )
    return content


def load(path: str | os.PathLike[str], *, seed: int | np.random.Generator | None = None) -> Network:
    """The network that `Network.save` wrote, in either layout.

    Args:
        path: the file; a leading ~ is the home folder.
        seed: for the generator that further training draws from, as of `Network`.

    Raises:
        ModelFileError: (a ValueError) it is no model, is damaged, or was written by a newer version; the message says
            which file, and what is wrong with it.
        OSError: it cannot be read.

    Example:
        >>> import tempfile
        >>> import chainrule as cr
        >>> net = cr.Network([2, 3, 1], seed=0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     net.save(f"{folder}/m.safetensors")
        ...     twin = cr.load(f"{folder}/m.safetensors")
        >>> bool((twin.parameters == net.parameters).all()), twin
        (True, Network(2-3-1, sigmoid, sigmoid, 13 parameters, float64))
    """
    from chainrule.network import Network

    rng = as_generator("seed", seed)
    model = read(path)
    return Network.of(model.structure, model.numbers, rng)


def read(path: str | os.PathLike[str]) -> ModelFile:
    """What the file holds, checked; raises as `load` does."""
    path = Path(path).expanduser()
    try:
        return read_checked(path)
    except ValueError as error:
        raise ModelFileError(f"{path}: {error}") from None


def read_checked(path: Path) -> ModelFile:
    """What the file holds; every ValueError says what is wrong with it."""
    from safetensors import SafetensorError, safe_open

    with path.open("rb") as opened:
        size, n_header = os.fstat(opened.fileno()).st_size, int.from_bytes(opened.read(8), "little")
    if size < 8 or n_header > size - 8:
        raise ValueError(f"the file is cut off, or no safetensors file: it has {size} bytes")
    if n_header > LONGEST_HEADER:
        raise ValueError(f"its header of {n_header} bytes is longer than any model's")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            require_our_format(metadata)
            names = list(file.keys())
            structure = architecture.from_json(metadata["architecture"], len(names))
            stored = places(structure, metadata["layout"])
            require_tensors(file, names, stored, metadata["dtype"])
            require_length(structure, metadata["dtype"], size - 8 - n_header)
            tensors = {name: file.get_tensor(name) for name in stored}
    except SafetensorError as error:
        raise ValueError(f"the file is cut off or damaged, or no safetensors file ({error})") from None
    told = metadata.pop("checksum")
    if told != checksum(metadata, tensors):
        raise ValueError("its checksum does not fit its content: the file is damaged or was changed by hand")
    if trouble := unusable(tensors):
        raise ValueError(f"{trouble}; a network with such a number predicts nothing")
    numbers = np.empty(structure.n_parameters + structure.n_statistics, metadata["dtype"])
    for name, place in stored.items():
        place.view(numbers)[...] = tensors[name]
    provenance, preprocessing = json.loads(metadata["provenance"]), metadata.get("preprocessing", "")
    return ModelFile(structure, numbers, metadata | {"checksum": told}, provenance, preprocessing)


def require_our_format(metadata: dict[str, str]) -> None:
    """Raise unless the metadata are those of a model of this version."""
    if metadata.get("format") == "chainrule-checkpoint":
        raise ValueError("it is a checkpoint of a run and no model; pass it to Network.fit(resume_from=...)")
    if metadata.get("format") != "chainrule" or "format_version" not in metadata:
        raise ValueError(
            "it is a safetensors file but no model of chainrule: its metadata have no format 'chainrule'; "
            "build a Network of the right sizes and copy the tensors into its weights and biases"
        )
    version, writer = metadata["format_version"], metadata.get("chainrule_version", "an unknown version")
    if version != str(FORMAT_VERSION):
        newer = version.isascii() and version.isdigit() and len(version) < 10 and int(version) > FORMAT_VERSION
        raise ValueError(
            f"it has format version {version[:20]}, written by chainrule {writer[:20]}, and this is chainrule "
            f"{chainrule.__version__}, which reads version {FORMAT_VERSION}"
            + ("; update chainrule" if newer else "; there is no such version: the file is damaged")
        )
    for name in ("architecture", "dtype", "layout", "provenance", "checksum"):
        if name not in metadata:
            raise ValueError(f"its metadata have no {name!r}: the file is damaged")
    if metadata["dtype"] not in CODES:
        raise ValueError(f"its dtype must be 'float64' or 'float32', got {metadata['dtype'][:20]!r}")


def require_tensors(file: Any, names: list[str], stored: dict[str, Place], dtype: str) -> None:
    """Raise unless the file holds the tensors of the architecture, with their shapes and dtype, and no others."""
    for what, these, those in (("no", stored, set(names)), ("also a", names, stored.keys())):
        for name in these:
            if name not in those:
                raise ValueError(f"its architecture does not fit: there is {what} tensor {name[:100]!r}")
    for name, place in stored.items():
        tensor = file.get_slice(name)
        if tuple(tensor.get_shape()) != place.shape:
            raise ValueError(
                f"{name} has shape {tuple(tensor.get_shape())}, but by the architecture it is {place.shape}"
            )
        if tensor.get_dtype() != CODES[dtype]:
            raise ValueError(f"{name} is of dtype {tensor.get_dtype()}, but by the metadata it is {CODES[dtype]}")


def require_length(structure: Structure, dtype: str, n_bytes: int) -> None:
    """Raise unless the file has as many bytes for its tensors as the architecture needs."""
    needed = (structure.n_parameters + structure.n_statistics) * np.dtype(dtype).itemsize
    if needed != n_bytes:
        raise ValueError(f"its tensors take {n_bytes} bytes, but by the architecture {needed}")


def unusable(tensors: Mapping[str, Array]) -> str:
    """What makes a tensor useless for predictions, "" for nothing."""
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(tensor))[0])
            return f"{name} is {tensor[place]} at {list(place)}"
        if name.endswith((".running_variance", ".running_var")) and tensor.min() < 0:
            return f"{name} is negative at [{int(tensor.argmin())}]"
    return ""


def provenance_json(provenance: Mapping[str, Any] | None) -> str:
    """The provenance as JSON."""
    try:
        text = json.dumps(dict(provenance or {}), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"provenance must be a dict of what JSON can write (text, finite numbers, lists, dicts): {error}"
        ) from None
    return text


def checksum(metadata: Mapping[str, str], tensors: Mapping[str, Array]) -> str:
    """SHA-256 over the metadata and every tensor, in the order of their names."""
    ordered = sorted(tensors.items())
    about = [sorted(metadata.items()), [(name, tensor.dtype.name, tensor.shape) for name, tensor in ordered]]
    digest = hashlib.sha256(json.dumps(about).encode())
    for _, tensor in ordered:
        digest.update(np.ascontiguousarray(tensor, tensor.dtype.newbyteorder("<")).data)
    return f"sha256:{digest.hexdigest()}"
