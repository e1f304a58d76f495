"""How a text file separates its fields: encoding, delimiter and decimal point, from its bytes and its name."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

__all__ = ["DELIMITERS", "Bytes", "delimiter_of", "examine", "has_decimal_commas"]

DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar", ":": "a colon", " ": "a space"}
"""What separates fields, and what a message calls it; the last two are guessed for advice only."""
SNIFFED = ",;\t|"
HEAD = 65_536
"""Bytes that are looked at to guess."""


@dataclass(frozen=True)
class Bytes:
    """What the bytes of a file tell.

    Attributes:
        sha256: of all of them.
        size: their number.
        encoding: "utf8", or "latin1" where they are not UTF-8.
        head: the first lines as text, without a byte order mark.
    """

    sha256: str
    size: int
    encoding: str
    head: str


def examine(file: BinaryIO) -> Bytes:
    """Read the file once, a piece at a time.

    Raises:
        ValueError: it holds NUL bytes, or is UTF-16: no text that a table is written in.
    """
    digest, size, head, encoding = hashlib.sha256(), 0, b"", "utf8"
    decoder = codecs.getincrementaldecoder("utf8")()
    for piece in pieces(file):
        digest.update(piece)
        size += len(piece)
        head = head or piece[:HEAD]
        if encoding == "utf8":
            try:
                decoder.decode(piece)
            except UnicodeDecodeError:
                encoding = "latin1"
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        encoding = "latin1"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ValueError("it is UTF-16; save it as UTF-8")
    if b"\0" in head:
        raise ValueError("it holds NUL bytes, so it is no text; pass CSV, TSV, JSON lines, Parquet or .npz")
    text = head.decode("utf-8-sig" if encoding == "utf8" else "latin1", errors="ignore")
    return Bytes(digest.hexdigest(), size, encoding, text)


def pieces(file: BinaryIO, size: int = 2**22) -> Iterator[bytes]:
    """The bytes of a file, a few megabytes at a time."""
    while piece := file.read(size):
        yield piece


def delimiter_of(head: str) -> str:
    r"""What separates the fields: what gives the same number of them in every line, and the most; else a comma.

    >>> delimiter_of("a;b;c\n1,5;2;3\n"), delimiter_of("a\n1\n")
    (';', ',')
    """
    best, most = ",", (False, 1)
    for delimiter in SNIFFED:
        counts = counts_of(head, delimiter)
        if counts and counts[0] > 1:
            found = (len(set(counts)) == 1, counts[0])
            if found > most:
                best, most = delimiter, found
    return best


def counts_of(head: str, delimiter: str, lines: int = 50) -> list[int]:
    """The number of fields of the first rows that are whole."""
    reader = csv.reader(io.StringIO(head), delimiter=delimiter)
    counts = []
    try:
        for row in reader:
            if row:
                counts.append(len(row))
            if len(counts) == lines + 1:
                break
    except csv.Error:
        return []
    cut = len(counts) > 1 and not head.endswith(("\n", "\r")) and len(head) > HEAD // 4
    return counts[: -1 if cut else None][:lines]


def has_decimal_commas(head: str, delimiter: str) -> bool:
    r"""Whether numbers are written 3,14: fields of that form, and none with a point.

    >>> has_decimal_commas("a;b\n1,5;2\n", ";"), has_decimal_commas("a;b\n1.5;2\n", ";")
    (True, False)
    """
    if delimiter == ",":
        return False
    try:
        fields = [field.strip() for row in csv.reader(io.StringIO(head), delimiter=delimiter) for field in row]
    except csv.Error:
        return False
    commas, points = (
        sum(bool(re.fullmatch(form, field)) for field in fields) for form in (r"-?\d+,\d+", r"-?\d+\.\d+")
    )
    return commas > 0 and points == 0
