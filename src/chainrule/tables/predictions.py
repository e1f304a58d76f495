"""Predictions for the rows of a table, as CSV: a row each, in the table's order."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from chainrule.tables.model import TableModel
from chainrule.tables.noted import Noted
from chainrule.tables.reading import Table

if TYPE_CHECKING:
    from chainrule.arrays import Array

__all__ = ["as_csv", "header"]

ROWS = 20_000
"""Rows that are written at a time."""


def header(model: TableModel) -> str:
    """The first line: prediction, and probability_CLASS of every class."""
    text = io.StringIO()
    names = [f"probability_{label}" for label in model.preprocessing.target.classes]
    csv.writer(text, lineterminator="\n").writerow(["prediction", *names])
    return text.getvalue()


def as_csv(model: TableModel, table: Table) -> tuple[str, Noted]:
    """The text without its header, and what is noted of what was ignored, filled and unknown.

    Raises:
        TableError: the table lacks columns, or they hold something else.
    """
    frame, noted = model.checked(table)
    outputs = model.outputs(frame)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for start in range(0, len(outputs), ROWS):
        writer.writerows(rows(model, outputs[start : start + ROWS]))
    return text.getvalue(), noted


def rows(model: TableModel, outputs: Array) -> list[list[object]]:
    """What is predicted, and the probabilities, with all their digits."""
    predicted = model.labels(outputs).tolist()
    if not model.preprocessing.target.classes:
        return [[value] for value in predicted]
    return [[label, *values] for label, values in zip(predicted, outputs.tolist(), strict=True)]
