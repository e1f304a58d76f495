"""`chainrule.sklearn` beside scikit-learn's own perceptrons: same settings, same folds; scores and times."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.arrays import Array

from . import data

__all__ = ["DATA", "SMALL", "measure", "scores"]

FOLDS, ROUNDS = 5, 3
MNIST = 2000
SMALL = ("iris", "wine", "breast cancer", "diabetes")
"""Those of fewer than a thousand samples."""


def bundled(name: str) -> tuple[Array, Array]:
    """A data set that scikit-learn brings."""
    from sklearn import datasets

    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return X, y


def diabetes() -> tuple[Array, Array]:
    """The diabetes data, the target standardized: a network does not get to its mean of 152 in 200 epochs."""
    X, y = bundled("diabetes")
    return X, (y - y.mean()) / y.std()


def mnist() -> tuple[Array, Array]:
    """Some of the MNIST digits."""
    X, y, _ = data.mnist()
    return X[:MNIST], y[:MNIST]


DATA: dict[str, Callable[[], tuple[Array, Array]]] = {
    "iris": lambda: bundled("iris"),
    "wine": lambda: bundled("wine"),
    "breast cancer": lambda: bundled("breast_cancer"),
    "diabetes": diabetes,
    "digits": lambda: bundled("digits"),
    "MNIST": mnist,
}


def measure(*, quick: bool, repeats: int) -> dict[str, Any]:
    """Every data set; so many rounds of folds are the repeats."""
    sets = {}
    for name, load in DATA.items():
        try:
            sets[name] = compared(*load(), rounds=1 if quick else ROUNDS)
        except ImportError as error:
            sets[name] = {"skipped": str(error)}
    rounds = 1 if quick else ROUNDS
    return {"folds": FOLDS, "rounds": rounds, "repeats": rounds * FOLDS, "sets": sets}


def compared(X: Array, y: Array, *, rounds: int) -> dict[str, Any]:
    """The mean score in per cent and the median time of a fit of each, and of their ratio."""
    ours, theirs, ours_s, theirs_s = np.array(scores(X, y, rounds=rounds)).T
    ratio = theirs_s / ours_s
    return {
        "samples": len(X),
        "features": X.shape[1],
        "score": "accuracy" if y.dtype.kind == "i" else "R²",
        "ours": {"score": 100 * ours.mean(), "seconds": float(np.median(ours_s))},
        "theirs": {"score": 100 * theirs.mean(), "seconds": float(np.median(theirs_s))},
        "ratio": {"median": float(np.median(ratio)), "lowest": ratio.min(), "highest": ratio.max()},
    }


def scores(X: Array, y: Array, *, rounds: int) -> list[tuple[float, float, float, float]]:
    """Our score, theirs, our seconds and theirs, for each fold; both fit with their defaults, which are the same."""
    from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.preprocessing import StandardScaler

    import chainrule.sklearn as ours

    classes = y.dtype.kind == "i"
    folds = (RepeatedStratifiedKFold if classes else RepeatedKFold)(n_splits=FOLDS, n_repeats=rounds, random_state=0)
    kinds = (ours.MLPClassifier, MLPClassifier) if classes else (ours.MLPRegressor, MLPRegressor)
    found = []
    for fold, (train, test) in enumerate(folds.split(X, y)):
        scale = StandardScaler().fit(X[train])
        inside, outside = scale.transform(X[train]), scale.transform(X[test])
        if fold == 0:  # compiled once, and kept on disk
            fitted(kinds[0](random_state=0, max_iter=1), inside, y[train])
        row: dict[Any, tuple[float, float]] = {}
        for kind in kinds if fold % 2 else kinds[::-1]:
            model, seconds = fitted(kind(random_state=fold), inside, y[train])
            row[kind] = model.score(outside, y[test]), seconds
        found.append((row[kinds[0]][0], row[kinds[1]][0], row[kinds[0]][1], row[kinds[1]][1]))
    return found


def fitted(model: Any, X: Array, y: Array) -> tuple[Any, float]:
    """The model, fitted, and how long that took, seconds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that 200 epochs were not enough is said of both
        begun = time.perf_counter()
        model.fit(X, y)
        return model, time.perf_counter() - begun
