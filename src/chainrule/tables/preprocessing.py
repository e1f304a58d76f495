"""What a table's columns go through before the first layer: missing values filled, numbers scaled, categories one-hot.

A number x becomes (x − mean) / scale, a missing one first the median; a category becomes a 1 in its own column, a
missing one first the most frequent, an unknown one zeros throughout. The numbers that this takes are found by
scikit-learn's SimpleImputer, StandardScaler and OneHotEncoder, a column at a time, so that a large table is never
copied. They are all that is kept, as JSON; the ColumnTransformer is built from them, here and whenever a model is
loaded.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.interop.scaling import Scaling
from chainrule.tables.required import pandas, sklearn
from chainrule.tables.target import Target

if TYPE_CHECKING:
    import pandas as pd

    from chainrule.arrays import Array

__all__ = ["Category", "Number", "Preprocessing", "Rows"]

Rows = np.ndarray[Any, np.dtype[np.intp]]
VERSION = 1
ROWS = 50_000
"""Rows that are transformed at a time."""


@dataclass(frozen=True)
class Number:
    """A column of numbers or truths: what fills it, and its scale."""

    name: str
    fill: float
    mean: float
    scale: float
    kind: str = "number"


@dataclass(frozen=True)
class Category:
    """A column of categories: what fills it, and its values in order."""

    name: str
    fill: str
    categories: tuple[str, ...]
    kind: str = "category"


@dataclass(frozen=True)
class Preprocessing:
    """From the columns of a table to the inputs of a network, and from its outputs to the target.

    Attributes:
        numbers: the columns of numbers and truths.
        categories: the columns of categories.
        target: what is predicted.
    """

    numbers: tuple[Number, ...]
    categories: tuple[Category, ...]
    target: Target

    @property
    def names(self) -> list[str]:
        """The columns that a table must have."""
        return [column.name for column in self.numbers] + [column.name for column in self.categories]

    @property
    def encoded_names(self) -> list[str]:
        """The inputs of the network in order: the numbers, then a column=value for every category."""
        one_hot = [f"{column.name}={value}" for column in self.categories for value in column.categories]
        return [column.name for column in self.numbers] + one_hot

    @cached_property
    def transformer(self) -> Any:
        """scikit-learn's ColumnTransformer, which does it.

        Fitting on one row of fills makes the imputers know them; the scalers are then told the rest.
        """
        impute, scaling, compose, pipeline = (
            sklearn(part) for part in ("impute", "preprocessing", "compose", "pipeline")
        )
        numeric = pipeline.make_pipeline(impute.SimpleImputer(strategy="median"), scaling.StandardScaler())
        one_hot = pipeline.make_pipeline(
            impute.SimpleImputer(strategy="most_frequent"),
            scaling.OneHotEncoder(
                categories=[np.array(column.categories, dtype=object) for column in self.categories],
                handle_unknown="ignore",
                sparse_output=False,
            ),
        )
        parts = [("numbers", numeric, [column.name for column in self.numbers])] if self.numbers else []
        if self.categories:
            parts.append(("categories", one_hot, [column.name for column in self.categories]))
        made = compose.ColumnTransformer(parts)
        row = {column.name: [column.fill] for column in self.numbers}
        made.fit(frame_of({**row, **{c.name: np.array([c.fill], dtype=object) for c in self.categories}}))
        if self.numbers:
            scaler = made.named_transformers_["numbers"][-1]
            scaler.mean_ = np.array([column.mean for column in self.numbers])
            scaler.scale_ = np.array([column.scale for column in self.numbers])
            scaler.var_ = scaler.scale_**2
        return made

    def inputs(self, frame: pd.DataFrame, dtype: str = "float64", rows: Rows | None = None) -> Array:
        """What the network takes for these rows of a table that has these columns, (n, d_in); None for all rows."""
        rows = np.arange(len(frame)) if rows is None else rows
        made = np.empty((len(rows), len(self.encoded_names)), dtype)
        for start in range(0, len(rows), ROWS):
            made[start : start + ROWS] = self.transformer.transform(self.part(frame, rows[start : start + ROWS]))
        return made

    def raw(self, frame: pd.DataFrame) -> Array:
        """The encoded columns before they are filled and standardized, (n, d_in): what an exported form takes.

        Numbers as they are, NaN where they are missing; categories one-hot already.
        """
        made = self.inputs(frame)
        for i, column in enumerate(self.numbers):
            made[:, i] = frame[column.name]
        return made

    def part(self, frame: pd.DataFrame, rows: Rows) -> pd.DataFrame:
        """Some rows of the columns that are used, as scikit-learn takes them: texts as objects."""
        columns: dict[str, Any] = {c.name: frame[c.name].to_numpy()[rows].astype(np.float64) for c in self.numbers}
        for column in self.categories:
            values = frame[column.name].iloc[rows].to_numpy(object).copy()
            missing = pandas().isna(values)
            values[missing], values[~missing] = np.nan, values[~missing].astype(str)
            columns[column.name] = values
        return frame_of(columns)

    def scaling(self) -> Scaling:
        """The same for the encoded columns, as exports write it; a one-hot column stays as it is."""
        rest = len(self.encoded_names) - len(self.numbers)
        fill, mean, scale = (
            np.array([getattr(column, what) for column in self.numbers] + [usual] * rest, dtype=np.float64)
            for what, usual in (("fill", 0.0), ("mean", 0.0), ("scale", 1.0))
        )
        if self.target.classes:
            return Scaling(fill, mean, scale)
        return Scaling(fill, mean, scale, np.array([self.target.mean]), np.array([self.target.scale]))

    def to_json(self) -> str:
        """All of it as JSON of one line."""
        target = self.target
        return json.dumps(
            {
                "version": VERSION,
                "target": {
                    "name": target.name,
                    "task": target.task,
                    **({"classes": target.classes} if target.classes else {"mean": target.mean, "scale": target.scale}),
                },
                "numbers": [vars(column) for column in self.numbers],
                "categories": [vars(column) for column in self.categories],
            },
            allow_nan=False,
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Preprocessing:
        """What `to_json` wrote.

        Raises:
            ValueError: it is no such text; the message says why.
        """
        try:
            given = json.loads(text)
            if given["version"] != VERSION:
                raise ValueError(
                    f"it has version {given['version']!r}, and this chainrule reads {VERSION}; update chainrule"
                )
            stated = given["target"]
            target = Target(
                str(stated["name"]),
                tuple(stated.get("classes", ())),
                finite(stated.get("mean", 0.0)),
                finite(stated.get("scale", 1.0)),
            )
            numbers = tuple(
                Number(str(c["name"]), finite(c["fill"]), finite(c["mean"]), finite(c["scale"]), str(c["kind"]))
                for c in given["numbers"]
            )
            categories = tuple(
                Category(str(c["name"]), str(c["fill"]), tuple(map(str, c["categories"]))) for c in given["categories"]
            )
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(
                f"the preprocessing is not as this version writes it: {type(error).__name__} {error}"
            ) from None
        made = cls(numbers, categories, target)
        made.require_sound()
        return made

    def require_sound(self) -> None:
        """Raise where the parts do not fit together."""
        classes = self.target.classes
        if not self.names or len(set(self.names)) < len(self.names):
            raise ValueError("the preprocessing has no column, or one of them twice")
        if not all(isinstance(label, str | int | float | bool) for label in classes):
            raise ValueError("the preprocessing has a class that is neither text nor number")
        if len(classes) == 1 or len(set(classes)) < len(classes):
            raise ValueError("the preprocessing has one class, or one of them twice")
        if any(column.scale == 0 for column in self.numbers) or self.target.scale == 0:
            raise ValueError("the preprocessing divides by a scale of 0")
        for column in self.categories:
            if column.fill not in column.categories or len(set(column.categories)) < len(column.categories):
                raise ValueError(f"the preprocessing has no sound categories of {column.name!r}")


def finite(value: Any) -> float:
    """Value as a finite float."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"the preprocessing holds {value!r:.40} where a finite number must stand")
    return float(value)


def frame_of(columns: dict[str, Any]) -> pd.DataFrame:
    """A frame of these columns, none of which is copied."""
    pd = pandas()
    return pd.DataFrame({name: pd.Series(values, copy=False) for name, values in columns.items()}, copy=False)
