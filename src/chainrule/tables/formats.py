"""Tables that know their types: Parquet, JSON lines (an object a line) and NumPy's .npz."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.tables import dialect
from chainrule.tables.csv_reading import opened
from chainrule.tables.required import module

__all__ = ["read_json_lines", "read_npz", "read_parquet"]


def read_parquet(
    content: Path | io.BytesIO, *, delimiter: str | None, texts: Collection[str]
) -> tuple[Any, str, list[str]]:
    """The table, the SHA-256 of its bytes, and notes."""
    pq = module("pyarrow.parquet")
    made = pq.ParquetFile(content).read()
    index = [name for name in made.column_names if name.startswith("__index_level_")]
    notes = ["the index that pandas wrote is left out"] if index else []
    return made.drop_columns(index), digest(content), notes


def read_json_lines(
    content: Path | io.BytesIO, *, delimiter: str | None, texts: Collection[str]
) -> tuple[Any, str, list[str]]:
    """The table, the SHA-256 of its bytes, and notes.

    Raises:
        ValueError: a line is no object, or a column changes its type; a message that begins with a comma begins with
            the place.
    """
    pj, pa = module("pyarrow.json"), module("pyarrow")
    with opened(content) as file:
        about = dialect.examine(file)
    if about.head.lstrip()[:1] == "[":
        raise ValueError('it is one JSON list; write JSON lines, one object a line, such as {"a": 1, "b": "x"}')
    if not about.head.strip():
        raise ValueError("the file is empty; it needs one object a line")
    if isinstance(content, io.BytesIO):
        content.seek(0)
    try:
        made = pj.read_json(content, read_options=pj.ReadOptions(block_size=2**23))
    except pa.ArrowInvalid as error:
        text = str(error)
        row = re.search(r" in row (\d+)", text)
        where = f", row {int(row[1]) + 1}" if row else ""
        if column := re.search(r"Column\(/(.*?)\) changed from (\w+) to (\w+)", text):
            raise ValueError(
                f"{where}, column {column[1]!r}: the values change from {column[2]} to {column[3]}; write all of them "
                "as one or the other"
            ) from None
        raise ValueError(f"{where}: no JSON object a line ({text.removeprefix('JSON parse error: ')})") from None
    return made, about.sha256, []


def read_npz(
    content: Path | io.BytesIO, *, delimiter: str | None, texts: Collection[str]
) -> tuple[Any, str, list[str]]:
    """The table, the SHA-256 of its bytes, and notes: an array (n,) is a column, X (n, d) is the columns X_1 to X_d.

    Raises:
        ValueError: the arrays are of different lengths, of other shapes, or need pickle.
    """
    pa = module("pyarrow")
    columns: dict[str, Any] = {}
    try:
        with opened(content) as file, np.load(file, allow_pickle=False) as stored:
            for name in stored.files:
                array = stored[name]
                if array.ndim not in (1, 2):
                    raise ValueError(f", array {name!r}: its shape is {array.shape}; pass arrays (n,) or (n, d)")
                parts = array.T if array.ndim == 2 else [array]
                for i, part in enumerate(parts, start=1):
                    values = part.astype(str) if part.dtype.kind in "US" else part
                    missing = np.isnan(values) if values.dtype.kind == "f" else None
                    columns[f"{name}_{i}" if array.ndim == 2 else name] = pa.array(values, mask=missing)
    except (zipfile.BadZipFile, EOFError):
        raise ValueError("it is no .npz file; write it with numpy.savez") from None
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"its columns have different lengths, {lengths}; every array must have one row a sample")
    return pa.table(columns), digest(content), []


def digest(content: Path | io.BytesIO) -> str:
    """SHA-256 of the bytes."""
    if isinstance(content, io.BytesIO):
        return hashlib.sha256(content.getvalue()).hexdigest()
    made = hashlib.sha256()
    with content.open("rb") as file:
        for piece in dialect.pieces(file):
            made.update(piece)
    return made.hexdigest()
