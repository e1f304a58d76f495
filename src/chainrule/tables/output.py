"""What a command hands out: to standard output, or into a file that is written whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from chainrule.interop import atomic

__all__ = ["hand_out"]


def hand_out(texts: Iterable[str], path: Path | None) -> None:
    """Write texts one after another to the file, or to standard output where there is none.

    Raises:
        OSError: it could not be written; the message names where to.
    """
    if path is None:
        to_standard_output(texts)
    elif path.exists() and not path.is_file():
        if path.is_dir():
            raise IsADirectoryError(f"{str(path)!r} is a folder; name a file in it with -o")
        try:  # a device or a pipe is written into and never replaced
            with path.open("w", encoding="utf-8") as file:
                file.writelines(texts)
        except OSError as error:
            raise type(error)(error.errno, f"cannot write {str(path)!r} ({error.strerror})") from None
    else:
        atomic.write(path.expanduser(), (text.encode() for text in texts))


def to_standard_output(texts: Iterable[str]) -> None:
    """Write the texts; where nobody reads on (`| head`), end silently."""
    try:
        for text in texts:
            sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        give_up_standard_output()
    except OSError as error:
        give_up_standard_output()
        raise OSError(f"cannot write to standard output ({error.strerror}); name a file with -o") from None


def give_up_standard_output() -> None:
    """What is still to be written goes nowhere: Python would try again when it ends, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
