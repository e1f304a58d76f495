"""How good predictions are, by scikit-learn's metrics, and beside them what guessing without looking would reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.tables.required import sklearn
from chainrule.tables.target import Target

if TYPE_CHECKING:
    from chainrule.arrays import Array

__all__ = ["MAIN", "measured", "score"]

MAIN = {"classification": "accuracy", "regression": "r2"}
"""The score that is shown while a network trains."""


def score(target: Target, y: Array, outputs: Array) -> float:
    """Accuracy, or R² = 1 − Σ (y − ŷ)² / Σ (y − ȳ)²."""
    if target.classes:
        return float((outputs.argmax(axis=1) == y).mean())
    if len(y) < 2:
        return float("nan")
    return float(sklearn("metrics").r2_score(y, outputs[:, 0]))


def measured(target: Target, y: Array, outputs: Array) -> dict[str, Any]:
    """Every metric by scikit-learn's name.

    Args:
        target: what is predicted.
        y: what is true: class indices or numbers, (n,).
        outputs: probabilities (n, classes), or numbers (n, 1).

    Returns:
        Numbers by name, and for a classification `confusion`, true classes down and predicted ones across. What is not
        defined for these rows is None.
    """
    metrics = sklearn("metrics")
    if not target.classes:
        guess = np.full(len(y), target.mean)
        return {
            "rows": len(y),
            "r2": score(target, y, outputs) if len(y) > 1 else None,
            "mean_absolute_error": float(metrics.mean_absolute_error(y, outputs[:, 0])),
            "root_mean_squared_error": float(np.sqrt(metrics.mean_squared_error(y, outputs[:, 0]))),
            "root_mean_squared_error_of_the_mean": float(np.sqrt(metrics.mean_squared_error(y, guess))),
        }
    predicted, n = outputs.argmax(axis=1), len(target.classes)
    counts = np.bincount(y, minlength=n)
    several = (counts > 0).sum() > 1
    auc = None
    if several and n == 2:
        auc = float(metrics.roc_auc_score(y, outputs[:, 1]))
    elif (counts > 0).all():
        auc = float(metrics.roc_auc_score(y, outputs / outputs.sum(axis=1, keepdims=True), multi_class="ovr"))
    confusion = metrics.confusion_matrix(y, predicted, labels=range(n))
    right = np.divide(confusion.diagonal(), counts, out=np.zeros(n), where=counts > 0)
    return {
        "rows": len(y),
        "accuracy": float(metrics.accuracy_score(y, predicted)),
        "balanced_accuracy": float(right[counts > 0].mean()),
        "f1_macro": float(metrics.f1_score(y, predicted, average="macro", zero_division=0)),
        "log_loss": float(metrics.log_loss(y, outputs / outputs.sum(axis=1, keepdims=True), labels=range(n))),
        "roc_auc": auc,
        "accuracy_of_the_most_frequent_class": float(counts.max() / len(y)),
        "confusion": confusion.tolist(),
    }
