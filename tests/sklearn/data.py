"""Small data sets of every kind of target."""

from typing import Any

import numpy as np
from sklearn import datasets

__all__ = ["binary", "multiclass", "multilabel", "numbers", "several_numbers", "standardized"]


def standardized(X: Any) -> Any:
    spread = X.std(axis=0)
    return (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1)


def multiclass() -> tuple[Any, Any]:
    X, y = datasets.load_iris(return_X_y=True)
    return standardized(X), y


def binary() -> tuple[Any, Any]:
    X, y = multiclass()
    return X[:100], np.array(["no", "yes"])[y[:100]]


def multilabel() -> tuple[Any, Any]:
    X, y = datasets.make_multilabel_classification(100, n_features=6, n_classes=3, random_state=0)
    return standardized(X), y


def numbers() -> tuple[Any, Any]:
    X, y = datasets.load_diabetes(return_X_y=True)
    return standardized(X)[:200], standardized(y)[:200]


def several_numbers() -> tuple[Any, Any]:
    X, y = numbers()
    return X, np.column_stack([y, np.sin(y)])
