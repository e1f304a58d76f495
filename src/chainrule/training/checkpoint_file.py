"""The files of checkpoints: what is written of a run, and what is read and believed of it.

A file is of the safetensors format: numbers and text, and nothing that could run. It is written whole or not at all,
and a checksum tells of every changed bit. A folder holds the last few of a run, `epoch-00000100.safetensors` for the
one of 100 completed epochs.
"""

from __future__ import annotations

import json
import os
import re
import warnings
from pathlib import Path
from typing import Any

from chainrule.interop import atomic
from chainrule.interop.safetensors import checksum
from chainrule.training.snapshot import Snapshot

__all__ = ["CheckpointError", "files", "newest", "number", "read", "write"]

FORMAT_VERSION = 1
NAME = re.compile(r"epoch-(\d{8,})\.safetensors")


class CheckpointError(ValueError):
    """A file that is no checkpoint, is damaged, or was written by a newer version."""


def files(folder: Path) -> list[Path]:
    """The checkpoints of a folder, the newest last."""
    return sorted((path for path in folder.iterdir() if NAME.fullmatch(path.name)), key=number)


def number(path: Path) -> int:
    """After how many epochs a checkpoint was taken, by its name."""
    found = NAME.fullmatch(path.name)
    assert found is not None
    return int(found[1])


def write(path: Path, snapshot: Snapshot) -> None:
    """Write a snapshot into a file, whole or not at all.

    Raises:
        OSError: it could not be written; what was there is kept.
    """
    from safetensors.numpy import save as serialized  # here, because only files need it

    metadata = {
        "format": "chainrule-checkpoint",
        "format_version": str(FORMAT_VERSION),
        "values": json.dumps(snapshot.values),
        "identity": json.dumps(snapshot.identity),
    }
    told = {**metadata, "checksum": checksum(metadata, snapshot.arrays)}
    atomic.write(path, serialized(snapshot.arrays, told))


def read(path: Path) -> Snapshot:
    """The snapshot that a file holds.

    Raises:
        CheckpointError: it is none, is damaged, or was written by a newer version.
        OSError: it cannot be read.
    """
    from safetensors import SafetensorError, safe_open

    size = path.stat().st_size
    try:
        with path.open("rb") as opened:
            if size < 8 or int.from_bytes(opened.read(8), "little") > size - 8:
                raise ValueError(f"it is cut off: it has {size} bytes")
        with safe_open(path, framework="numpy") as file:
            metadata: dict[str, str] = dict(file.metadata() or {})
            require_our_format(metadata)
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no dict
        told = metadata.pop("checksum", "")
        if told != checksum(metadata, arrays):
            raise ValueError("its checksum does not fit its content: it is damaged or was changed by hand")
    except (SafetensorError, ValueError) as error:
        raise CheckpointError(f"{path}: {error}") from None
    return Snapshot(json.loads(metadata["values"]), arrays, json.loads(metadata["identity"]))


def require_our_format(metadata: dict[str, str]) -> None:
    """Raise unless the metadata are those of a checkpoint of this version."""
    if metadata.get("format") != "chainrule-checkpoint":
        raise ValueError("it is no checkpoint of chainrule; chainrule.load reads models")
    if metadata.get("format_version") != str(FORMAT_VERSION):
        raise ValueError(
            f"it has format version {metadata.get('format_version', '')[:20]!r}, and this chainrule reads version "
            f"{FORMAT_VERSION}; update chainrule"
        )


def newest(path: str | os.PathLike[str]) -> Snapshot | None:
    """The snapshot of a file, or the newest of a folder that can be read.

    Of a folder without any, and where there is nothing, it is None with a warning: the run begins at its beginning, so
    that the same command begins a run and resumes it.

    Raises:
        CheckpointError: the file, or every file of the folder, is damaged, or none that this version reads.
        OSError: it cannot be read.
    """
    path = Path(path).expanduser()
    if path.is_file():
        return read(path)
    found = files(path) if path.is_dir() else []
    if not found:
        warnings.warn(f"there is no checkpoint in {path}: the run begins at its beginning", stacklevel=3)
    troubles: list[Any] = []
    for file in reversed(found):
        try:
            snapshot = read(file)
        except CheckpointError as error:
            troubles.append(error)
            continue
        for trouble in troubles:
            warnings.warn(f"{trouble}; {file.name} is taken instead", stacklevel=3)
        return snapshot
    if troubles:
        raise CheckpointError(f"no checkpoint in {path} can be read: {'; '.join(map(str, troubles))}")
    return None
