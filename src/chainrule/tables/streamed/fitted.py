"""The numbers of a preprocessing, from what is known of the rows that are trained on.

They are those of `tables.fitting`, up to rounding, but for one: a missing number becomes the mean, since a median is no
sum and would take a second pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.tables.columns import Column
from chainrule.tables.preprocessing import Category, Number, Preprocessing
from chainrule.tables.streamed.facts import Facts
from chainrule.tables.target import Target

__all__ = ["fitted"]


def fitted(facts: Mapping[str, Facts], columns: Sequence[Column], target: Target, n: int) -> Preprocessing:
    """The preprocessing of these columns.

    Args:
        facts: of each column and of the target.
        columns: what the columns are; those that are "unused" are left out.
        target: what is predicted, its mean and scale still to be found.
        n: how many rows are trained on.
    """
    made = {"number": fitted_number, "boolean": fitted_truth}
    numbers = [made[column.kind](column.name, facts[column.name], n) for column in columns if column.kind in made]
    categories = [fitted_category(c.name, facts[c.name]) for c in columns if c.kind == "category"]
    if not target.classes:
        one = facts[target.name]
        target = replace(target, mean=one.mean, scale=scale_of(one.mean, one.squares / n, n))
    return Preprocessing(tuple(numbers), tuple(categories), target)


def fitted_number(name: str, facts: Facts, n: int) -> Number:
    """Mean and standard deviation; what is missing becomes the mean, and so takes from the deviation."""
    return Number(name, facts.mean, facts.mean, scale_of(facts.mean, facts.squares / n, n))


def fitted_truth(name: str, facts: Facts, n: int) -> Number:
    """Mean and standard deviation of a truth, what is missing filled with the more frequent value."""
    counts = counts_of(facts)
    if not counts:
        return Number(name, 0.0, 0.0, 1.0, "boolean")
    fill = most_frequent(counts)
    mean = (counts.get(1.0, 0) + (n - sum(counts.values())) * fill) / n
    return Number(name, fill, mean, scale_of(mean, mean * (1 - mean), n), "boolean")


def fitted_category(name: str, facts: Facts) -> Category:
    """The values that occur, and the most frequent one."""
    counts = counts_of(facts)
    return Category(name, most_frequent(counts), tuple(sorted(counts))) if counts else Category(name, "", ("",))


def counts_of(facts: Facts) -> dict[Any, int]:
    """How often each value occurs in the rows that are trained on, if it does."""
    pairs = zip(facts.profile.values, facts.trained.tolist(), strict=True)
    return {value: count for value, count in pairs if count}


def most_frequent(counts: Mapping[Any, int]) -> Any:
    """The value that occurs most often; of several the least, as scikit-learn's SimpleImputer says.

    >>> most_frequent({"b": 2, "a": 2, "c": 1})
    'a'
    """
    return min(counts, key=lambda value: (-counts[value], value))


def scale_of(mean: float, variance: float, n: int) -> float:
    """The standard deviation; 1 of numbers that differ by rounding only, as scikit-learn's StandardScaler says.

    >>> scale_of(5.0, 4.0, 10), scale_of(5.0, 0.0, 10)
    (2.0, 1.0)
    """
    epsilon = float(np.finfo(np.float64).eps)
    return float(np.sqrt(variance)) if variance > n * epsilon * variance + (n * mean * epsilon) ** 2 else 1.0
