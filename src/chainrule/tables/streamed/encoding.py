"""A row group as a network takes it: `Preprocessing.inputs`, straight from the codes of the categories.

Every epoch reads and encodes every row again, so that this is done without scikit-learn, whose encoder compares texts;
the numbers are the same, to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.tables.preprocessing import Category, Preprocessing, Rows
from chainrule.tables.streamed.source import Part
from chainrule.tables.streamed.split import Split
from chainrule.tables.target import Target

if TYPE_CHECKING:
    import pandas as pd

    from chainrule.arrays import Array
    from chainrule.tables.reading import Table

__all__ = ["TrainedRows", "encoded", "targets"]

ROWS = 8192
"""Rows that are encoded at a time, few enough to stay in a cache."""


@dataclass(frozen=True)
class TrainedRows:
    """Reads the rows of a row group that are trained on: X and y.

    Attributes:
        part: the row group.
        split: which of its rows are held out.
        preprocessing: what the columns go through.
        dtype: of X.
    """

    part: Part
    split: Split
    preprocessing: Preprocessing
    dtype: str

    def __call__(self) -> tuple[Any, Any, None]:
        made = self.preprocessing
        table = self.part.table([*made.names, made.target.name])
        held_out, _ = self.split.masks(self.part.number, table.n)
        rows = np.flatnonzero(~held_out)
        return encoded(made, table.frame, rows, self.dtype), targets(made.target, table)[rows], None


def targets(target: Target, table: Table) -> Array:
    """Class indices, or standardized numbers, of all rows of a table, (n,)."""
    y = target.read(table)
    return y if target.classes else (y - target.mean) / target.scale


def encoded(made: Preprocessing, frame: pd.DataFrame, rows: Rows, dtype: str) -> Array:
    """What the network takes for these rows, (n, d_in)."""
    numbers = [(column, frame[column.name].to_numpy()) for column in made.numbers]
    places, first = [], len(numbers)
    for category in made.categories:
        places.append(one_hot_places(category, frame[category.name], first))
        first += len(category.categories)
    X = np.zeros((len(rows), first), dtype)
    for start in range(0, len(rows), ROWS):
        some, below = rows[start : start + ROWS], X[start : start + ROWS]
        for j, (column, values) in enumerate(numbers):
            x = values[some].astype(np.float64)
            x[np.isnan(x)] = column.fill
            x -= column.mean
            x /= column.scale
            below[:, j] = x
        for place in places:
            where = place[some]
            known = np.flatnonzero(where >= 0)
            below[known, where[known]] = 1
    return X


def one_hot_places(category: Category, series: pd.Series, first: int) -> Rows:
    """The input that is 1 in each row, (n,); −1 where the value is unknown.

    Args:
        category: the category.
        series: the column, a Categorical.
        first: the first of its inputs.
    """
    place = {value: first + i for i, value in enumerate(category.categories)}
    of_code = [place.get(str(value), -1) for value in series.cat.categories]
    return np.array([*of_code, place[category.fill]])[series.cat.codes.to_numpy()]  # code −1, the last, is missing
