"""An output folder that is written whole or not at all."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

__all__ = ["prepare", "write"]


def prepare(folder: Path) -> None:
    """Make sure that files can be written into the folder, before any long work; make it if it is not there.

    Raises:
        OSError: it is a file, or may not be written to; the message names it and says what to do.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise type(error)(
            f"cannot write into the folder {str(folder)!r} ({error.strerror}); name another one with -o"
        ) from None


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write these files into the folder: first all of them under temporary names, then each under its own.

    What was there under the same names is replaced only when everything has been written; a full disk or a lost
    permission leaves it as it was.

    Raises:
        OSError: a file could not be written.
    """
    written: list[tuple[str, Path]] = []
    try:
        for name, content in files.items():
            descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
            written.append((temporary, folder / name))
            with os.fdopen(descriptor, "wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
                os.fchmod(file.fileno(), 0o644)
        while written:
            os.replace(*written[-1])
            written.pop()
    except OSError as error:
        raise type(error)(
            f"writing into the folder {str(folder)!r} failed ({error.strerror}); what was there is kept"
        ) from None
    finally:
        for temporary, _ in written:
            Path(temporary).unlink(missing_ok=True)
