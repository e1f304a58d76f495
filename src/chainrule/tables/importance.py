"""Which columns a model looks at: how much of its score is lost when one of them is shuffled (Breiman 2001)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.tables import scores
from chainrule.tables.model import TableModel
from chainrule.tables.required import sklearn

if TYPE_CHECKING:
    import pandas as pd

    from chainrule.arrays import Array

__all__ = ["of_columns"]

REPEATS = 5
MOST = 300
"""Columns, beyond which it would take long."""


def of_columns(model: TableModel, sample: pd.DataFrame, y: Array, *, seed: int) -> list[dict[str, Any]]:
    """Every column with the mean and the standard deviation of what is lost, the most important first.

    Args:
        model: the model.
        sample: its columns, (n, columns).
        y: class indices, or numbers, (n,).
        seed: of the shuffling.

    Returns:
        Nothing for a table that is too wide or has too few rows.
    """
    if len(sample.columns) > MOST or len(sample) < 2:
        return []
    target = model.preprocessing.target

    def lost(fitted: TableModel, X: pd.DataFrame, truth: Array) -> float:
        return scores.score(target, truth, fitted.outputs(X))

    found = sklearn("inspection").permutation_importance(
        model, sample.astype(object), y, scoring=lost, n_repeats=REPEATS, random_state=seed
    )
    order = np.argsort(-found.importances_mean, kind="stable")
    return [
        {
            "column": str(sample.columns[i]),
            "mean": float(found.importances_mean[i]),
            "std": float(found.importances_std[i]),
        }
        for i in order
    ]
