"""The numbers of every epoch as a table in a file."""

from __future__ import annotations

import csv
import os
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from chainrule.arguments import require_bool
from chainrule.training.callbacks.callback import Callback

if TYPE_CHECKING:
    from chainrule.training.callbacks.callback import Logs

__all__ = ["CSVLogger"]


class CSVLogger(Callback):
    """Writes a row for every epoch as soon as it is known, as Keras' callback of that name does.

    The columns are "epoch", from 0, and the names of the epoch's logs in the order of the alphabet. Numbers are written
    with all their digits.

    Args:
        filename: the file; a leading ~ is the home folder.
        separator: what stands between two columns, one character.
        append: whether to go on in a file that is there, under its header, and not begin it anew. A row that was cut
            off in the middle of being written is taken off first; and where a resumed run begins at a later epoch than
            0, so are the rows at the end of the file of epochs that it does again.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: separator is no single character; in a run: the file that is there has other columns.
        OSError: in a run: the file cannot be written. If that is said of its beginning, no epoch has passed; if it is
            said later, the network keeps what it has learned.

    Example:
        >>> import tempfile, pathlib
        >>> import chainrule as cr
        >>> X, y = cr.datasets.xor()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder) / "log.csv"
        ...     history = cr.Network([2, 3, 1], seed=0).fit(X, y, epochs=2, callbacks=[CSVLogger(path)])
        ...     rows = path.read_text().splitlines()
        >>> rows == ["epoch,loss", f"0,{history.loss[0]}", f"1,{history.loss[1]}"]
        True
    """

    def __init__(self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False) -> None:
        if not isinstance(separator, str):
            raise TypeError(f"separator must be a str, got {separator!r}")
        if len(separator) != 1 or separator in '"\r\n':
            raise ValueError(f"separator must be one character, and no quote or line end, got {separator!r}")
        require_bool("append", append)
        if not isinstance(filename, str | os.PathLike):
            raise TypeError(f"filename must be a str or a path, got {filename!r}")
        self.path, self.separator, self.append = Path(filename).expanduser(), separator, append
        self.file: IO[str] | None = None

    def on_train_begin(self) -> None:
        try:
            mode = "a+" if self.append else "w"  # + to look at what is there
            self.file = open(  # noqa: SIM115 (closed by on_exit)
                self.path, mode, newline="", encoding="utf-8", errors="surrogateescape"
            )
        except OSError as error:
            raise type(error)(error.errno, f"cannot write {str(self.path)!r} ({error.strerror})") from None
        self.columns: list[str] = []

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        assert self.file is not None
        writer = csv.writer(self.file, delimiter=self.separator, lineterminator="\n")
        try:
            if not self.columns:
                self.columns = ["epoch", *sorted(logs)]
                if not (self.append and self._go_on(epoch)):
                    writer.writerow(self.columns)
            writer.writerow([epoch, *(float(logs[name]) for name in self.columns[1:])])
            self.file.flush()
        except OSError as error:
            raise type(error)(error.errno, f"cannot write {str(self.path)!r} ({error.strerror})") from None

    def _go_on(self, epoch: int) -> bool:
        """Whether the file has a header already; brings it to where this epoch's row belongs."""
        assert self.file is not None
        self.file.seek(0)
        lines = self.file.read().split("\n")
        rows = lines[:-1]  # what follows the last line end was cut off
        if lines != [""]:
            header = next(csv.reader(lines[:1], delimiter=self.separator))
            if header != self.columns:
                raise ValueError(
                    f"{str(self.path)!r} has the columns {', '.join(header)!r}, but this run has "
                    f"{', '.join(self.columns)!r}; pass another filename, or append=False to begin the file anew"
                )
            while epoch > 0 and len(rows) > 1 and epoch_of(rows[-1], self.separator) >= epoch:
                rows.pop()
        # The rows are cut in place: what is kept is never away from the disk.
        self.file.truncate(len("".join(f"{row}\n" for row in rows).encode(errors="surrogateescape")))
        self.file.seek(0, os.SEEK_END)
        return bool(rows)

    def on_exit(self, error: BaseException | None) -> None:
        if self.file is not None:
            with suppress(OSError):  # what could not be written has been told of
                self.file.close()
            self.file = None


def epoch_of(row: str, separator: str) -> int:
    """The epoch of a row; -1 if it is none of ours.

    >>> epoch_of("17,0.25", ",")
    17
    """
    first = row.split(separator, 1)[0]
    return int(first) if first.isdecimal() else -1
