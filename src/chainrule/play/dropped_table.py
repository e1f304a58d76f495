r"""A small table of text as rows of numbers and words, read with the standard library alone.

What separates the fields and whether numbers are written 3,14 is guessed from the text, as `chainrule train` does it.
Names and cells are text and nothing else; whoever shows them escapes them.
"""

from __future__ import annotations

import csv
import io
import math
import re
from typing import Any

from chainrule.tables import dialect
from chainrule.tables.csv_reading import MISSING

__all__ = ["LARGEST", "MOST_COLUMNS", "MOST_ROWS", "read"]

LARGEST = 2_000_000
"""Bytes of a file."""
MOST_ROWS = 2000
"""Rows that are kept."""
MOST_COLUMNS = 100
LONGEST = 200
"""Characters of a name or a cell that are kept."""
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def read(name: str, content: bytes) -> dict[str, Any]:
    r"""The table: {"columns": names, "rows": rows of numbers, words and None, "notes": sentences about the reading}.

    A first line of numbers alone is no header: the columns are called x1, x2, … then, and y the last.

    Args:
        name: the file's, for its ending: of .tsv the fields are separated by tabs.
        content: its bytes.

    Raises:
        ValueError: no table can be made of it; the message says why.

    Example:
        >>> read("a.csv", "\ufeffx;label\n1,5;yes\n2,5;no\n;no\n".encode())["rows"]
        [[1.5, 'yes'], [2.5, 'no'], [None, 'no']]
    """
    if len(content) > LARGEST:
        raise ValueError(f"{shown(name)} has {len(content):,} bytes; the most is {LARGEST:,}: take a part of its rows")
    try:
        about = dialect.examine(io.BytesIO(content))
    except ValueError as error:
        raise ValueError(f"{shown(name)} is no table of text: {error}") from None
    text = content.decode("utf-8-sig" if about.encoding == "utf8" else "latin1")
    separator = "\t" if name.lower().endswith((".tsv", ".tab")) else dialect.delimiter_of(about.head)
    commas = dialect.has_decimal_commas(about.head, separator)
    lines = fields_of(name, text, separator)
    if not lines:
        raise ValueError(f"{shown(name)} is empty; a table has a line with the names of its columns, and rows")
    columns, below = header_of([cell_of(field, commas) for field in lines[0]])
    lines = lines[below:]
    if not lines:
        raise ValueError(f"{shown(name)} has names of columns but no rows")
    notes = []
    if about.encoding == "latin1":
        notes.append("It is not UTF-8, so it was read as Latin-1.")
    if commas:
        notes.append("Its decimal point is a comma.")
    if len(lines) > MOST_ROWS:
        notes.append(f"It has {len(lines):,} rows; {MOST_ROWS:,} of them are kept, evenly spread over the file.")
        lines = [lines[i * len(lines) // MOST_ROWS] for i in range(MOST_ROWS)]
    rows = [[cell_of(field, commas) for field in line] for line in lines]
    return {"columns": columns, "rows": rows, "notes": notes}


def fields_of(name: str, text: str, separator: str) -> list[list[str]]:
    """The fields of every line that is not empty; as many in each."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[list[str]] = []
    try:
        for row in reader:
            if not "".join(row).strip():
                continue
            if rows and len(row) != len(rows[0]):
                raise ValueError(
                    f"line {reader.line_num} of {shown(name)} has {len(row)} fields where the first has "
                    f"{len(rows[0])}, with {dialect.DELIMITERS[separator]} between fields; complete it, or put text "
                    f"that holds {separator!r} in double quotes"
                )
            if len(row) > MOST_COLUMNS:
                raise ValueError(f"{shown(name)} has {len(row)} columns; the most is {MOST_COLUMNS}")
            rows.append(row)
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num} of {shown(name)} cannot be read: {error}") from None
    return rows


def cell_of(field: str, commas: bool) -> float | str | None:
    """A number, a word, or None for what is missing.

    >>> cell_of(" 1e3 ", False), cell_of("1,5", True), cell_of("1_000", False), cell_of("NA", False)
    (1000.0, 1.5, '1_000', None)
    """
    field = field.strip()
    if field in MISSING:
        return None
    plain = field.replace(",", ".") if commas else field
    if NUMBER.fullmatch(plain) and math.isfinite(float(plain)):
        return float(plain)
    return field[:LONGEST]


def header_of(first: list[Any]) -> tuple[list[str], int]:
    """The names of the columns, all of them different, and the line at which the rows begin."""
    if all(isinstance(cell, float) for cell in first):
        return [*(f"x{i}" for i in range(1, len(first))), "y"], 0
    names: list[str] = []
    for i, cell in enumerate(first, start=1):
        name = f"column {i}" if cell is None else f"{cell:g}" if isinstance(cell, float) else cell
        others = (f"{name} ({k})" for k in range(2, len(first) + 2))
        names.append(name if name not in names else next(o for o in others if o not in names))
    return names, 1


def shown(name: str) -> str:
    """The name of a file, short.

    >>> shown("a.csv")
    "'a.csv'"
    """
    return repr(name[:60])
