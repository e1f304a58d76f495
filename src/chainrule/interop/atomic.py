"""A file that is written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

__all__ = ["write"]


def write(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write the file: first under a temporary name beside it, to the disk itself, and then under its own.

    A full disk, a lost permission or a power cut leaves what was there. Where the path is a link, what it points to is
    replaced; a file that is replaced keeps its mode.

    Args:
        path: of the file.
        content: of it, whole or in parts.

    Raises:
        OSError: it could not be written; the message names it.
    """
    path = path.resolve()
    temporary = None
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
        with os.fdopen(descriptor, "wb") as file:
            file.writelines([content] if isinstance(content, bytes) else content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
        temporary = None
        sync_folder(path.parent)
    except OSError as error:
        kept = "; what was there is kept" if path.is_file() else ""
        raise type(error)(error.errno, f"cannot write {str(path)!r} ({error.strerror}){kept}") from None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Wait until the folder's new entry is on the disk, where the system has a way to."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
