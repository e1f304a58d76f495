"""Where a callback writes: refused before the run begins if it cannot be written."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["require_folder"]


def require_folder(argument: str, path: str | os.PathLike[str]) -> None:
    """Raise unless the folder of a file is there and files can be made in it.

    Args:
        argument: what the path was passed as.
        path: of the file; a leading ~ is the home folder.

    Raises:
        OSError: it is missing, no folder, or may not be written; or the file is a folder.

    >>> require_folder("filename", "no/such/folder/log.csv")
    Traceback (most recent call last):
        ...
    FileNotFoundError: filename 'no/such/folder/log.csv' is in a folder that does not exist; create it first
    """
    folder, shown = Path(path).expanduser().parent, repr(os.fspath(path))
    if not folder.exists():
        raise FileNotFoundError(f"{argument} {shown} is in a folder that does not exist; create it first")
    if not folder.is_dir():
        raise NotADirectoryError(f"{argument} {shown} is in {str(folder)!r}, which is a file; pass another path")
    if Path(path).expanduser().is_dir():
        raise IsADirectoryError(f"{argument} {shown} is a folder; pass the path of a file in it")
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"{argument} {shown} is in a folder that may not be written; pass another path")
