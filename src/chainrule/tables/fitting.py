"""The numbers of a preprocessing, found by scikit-learn's own parts from the rows that are trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from chainrule.tables.columns import Column
from chainrule.tables.preprocessing import Category, Number, Preprocessing, Rows
from chainrule.tables.required import sklearn
from chainrule.tables.target import Target

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["fitted"]


def fitted(frame: pd.DataFrame, columns: Sequence[Column], target: Target, rows: Rows) -> Preprocessing:
    """The preprocessing of these columns, of the numbers and categories in these rows.

    Args:
        frame: the table.
        columns: what its columns are; those that are "unused" are left out.
        target: what is predicted, its mean and scale found.
        rows: those that are trained on: the others must not be looked at.
    """
    numbers = [fitted_number(frame, column, rows) for column in columns if column.kind in ("number", "boolean")]
    categories = [fitted_category(frame, column, rows) for column in columns if column.kind == "category"]
    return Preprocessing(tuple(numbers), tuple(categories), target)


def fitted_number(frame: pd.DataFrame, column: Column, rows: Rows) -> Number:
    """Median, mean and standard deviation; of a truth the most frequent value in place of the median."""
    values = frame[column.name].to_numpy()[rows].astype(np.float64).reshape(-1, 1)
    if np.isnan(values).all():
        return Number(column.name, 0.0, 0.0, 1.0, column.kind)
    strategy = "most_frequent" if column.kind == "boolean" else "median"
    imputer = sklearn("impute").SimpleImputer(strategy=strategy).fit(values)
    scaler = sklearn("preprocessing").StandardScaler().fit(imputer.transform(values))
    fill, mean, scale = imputer.statistics_[0], scaler.mean_[0], scaler.scale_[0]
    return Number(column.name, float(fill), float(mean), float(scale), column.kind)


def fitted_category(frame: pd.DataFrame, column: Column, rows: Rows) -> Category:
    """The values that occur, and the most frequent one."""
    values = frame[column.name].iloc[rows].dropna().to_numpy(object).astype(str).astype(object).reshape(-1, 1)
    if not len(values):
        return Category(column.name, "", ("",))
    imputer = sklearn("impute").SimpleImputer(strategy="most_frequent").fit(values)
    encoder = sklearn("preprocessing").OneHotEncoder(handle_unknown="ignore").fit(values)
    return Category(column.name, str(imputer.statistics_[0]), tuple(map(str, encoder.categories_[0])))
