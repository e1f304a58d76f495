"""A table of delimited text: pyarrow reads it, and where that fails, the row that is to blame is looked for."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from chainrule.tables import dialect
from chainrule.tables.required import module

__all__ = ["MISSING", "opened", "read_csv"]

MISSING = ["", "NA", "N/A", "#N/A", "n/a", "NaN", "nan", "-nan", "NULL", "null", "None", "?"]
"""What stands for a missing value."""
BLOCK = 2**23
"""Bytes that are parsed at a time: a row must fit."""


def read_csv(
    content: Path | io.BytesIO, *, delimiter: str | None, texts: Collection[str]
) -> tuple[Any, str, list[str]]:
    """The table, the SHA-256 of its bytes, and notes.

    Raises:
        ValueError: no table can be made of it; a message that begins with a comma begins with the place.
    """
    pc, pa = module("pyarrow.csv"), module("pyarrow")
    with opened(content) as file:
        about = dialect.examine(file)
    if not about.head.strip():
        raise ValueError("the file is empty; it needs a header line with the names of the columns, and rows")
    notes = []
    if about.encoding == "latin1":
        notes.append("it is not UTF-8, so it is read as Latin-1; if letters look wrong, save it as UTF-8")
    by_name = "\t" if isinstance(content, Path) and content.suffix.lower() in (".tsv", ".tab") else None
    separator = delimiter or by_name or dialect.delimiter_of(about.head)
    if separator != "," and delimiter is None and by_name is None:
        notes.append(f"its fields are separated by {dialect.DELIMITERS[separator]}")
    commas = dialect.has_decimal_commas(about.head, separator)
    if commas:
        notes.append("its decimal point is a comma")
    if isinstance(content, io.BytesIO):
        content.seek(0)
    try:
        made = pc.read_csv(
            content,
            read_options=pc.ReadOptions(encoding=about.encoding, block_size=BLOCK),
            parse_options=pc.ParseOptions(delimiter=separator, newlines_in_values=True),
            convert_options=pc.ConvertOptions(
                null_values=MISSING,
                strings_can_be_null=True,
                decimal_point="," if commas else ".",
                column_types={name: pa.string() for name in texts},
            ),
        )
    except pa.ArrowInvalid as error:
        with opened(content) as file, io.TextIOWrapper(file, about.encoding, newline="") as text:
            raise ValueError(blamed(text, separator) or str(error)) from None
    made = made.rename_columns([name.strip().lstrip("\ufeff") for name in made.column_names])
    if len(made.column_names) == 1:
        raise ValueError(one_column(made.column_names[0], separator))
    return made, about.sha256, notes


@contextmanager
def opened(content: Path | io.BytesIO) -> Iterator[Any]:
    """The bytes, from their beginning."""
    if isinstance(content, io.BytesIO):
        yield io.BytesIO(content.getvalue())
    else:
        with content.open("rb") as file:
            yield file


def blamed(text: TextIO, separator: str) -> str:
    """What is wrong with the first row that has another number of fields than the header; "" if there is none."""
    reader = csv.reader(text, delimiter=separator)
    width = 0
    try:
        for row in reader:
            if not row:
                continue
            width = width or len(row)
            if len(row) != width:
                return (
                    f", line {reader.line_num}: it has {len(row)} {'field' if len(row) == 1 else 'fields'}, but the "
                    f"header has {width}; complete the row, put text that holds {separator!r} in double quotes, or "
                    "pass the right --delimiter"
                )
    except csv.Error as error:
        return f", line {reader.line_num}: {error}"
    return ""


def one_column(name: str, separator: str) -> str:
    """What to say of a table of a single column: most often, another delimiter was meant."""
    other = next((mark for mark in dialect.DELIMITERS if mark != separator and mark in name.strip()), None)
    advice = (
        f"if its fields are separated by {dialect.DELIMITERS[other]}, pass --delimiter {shown(other)}"
        if other
        else "a table needs a target and at least one column to predict it from"
    )
    by = dialect.DELIMITERS.get(separator, repr(separator))
    return f", line 1: there is only one column, {name[:60]!r}, with {by} as delimiter; {advice}"


def shown(delimiter: str) -> str:
    r"""A delimiter as it is typed.

    >>> shown("\t"), shown(";")
    ('tab', "';'")
    """
    return "tab" if delimiter == "\t" else f"'{delimiter}'"
