"""Ten thousand XOR networks: on two cores of one process, and on two workers; beside joblib over scikit-learn."""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.scale.cluster import local

from .steps import spread

__all__ = ["measure"]

SIZES, WORKERS = [2, 3, 3, 1], 2


def measure(*, quick: bool, repeats: int) -> dict[str, Any]:
    """Seconds of both in turn, whether their bits are the same, and the ratio of neighbours."""
    networks, epochs, repeats = (400, 500, min(repeats, 2)) if quick else (10_000, 5000, min(repeats, 3))
    X, y = cr.datasets.xor()
    how: dict[str, Any] = {"epochs": epochs, "learning_rate": 0.3, "momentum": 0.5, "engine": "compiled", "verbose": 0}
    here, there, ratios, same = [], [], [], True
    with local(WORKERS) as client:
        cr.train_many(SIZES, X, y, seeds=range(20), backend=client, **how)  # compiles, on the workers too
        for _ in range(repeats):
            began = time.perf_counter()
            alone = cr.train_many(SIZES, X, y, seeds=range(networks), threads=WORKERS, **how)
            between = time.perf_counter()
            spread_out = cr.train_many(SIZES, X, y, seeds=range(networks), backend=client, **how)
            there.append(time.perf_counter() - between)
            here.append(between - began)
            ratios.append(there[-1] / here[-1])
            same = same and np.array_equal(np.asarray(alone.parameters), np.asarray(spread_out.parameters))
    return {
        "networks": networks,
        "epochs": epochs,
        "one_process": spread(here),
        "workers": spread(there),
        "ratio": spread(ratios),
        "same_bits": same,
        "joblib": with_joblib(X, y, networks, epochs, 8 if quick else 40),
    }


def with_joblib(X: Any, y: Any, networks: int, epochs: int, few: int) -> dict[str, Any]:
    """Seconds of scikit-learn's MLPClassifier under joblib for all of them, scaled from a few."""
    try:
        from joblib import Parallel, delayed
        from sklearn.neural_network import MLPClassifier
    except ImportError as error:
        return {"skipped": f"{error.name} is not installed"}
    with Parallel(n_jobs=WORKERS) as pool:
        pool(delayed(int)() for _ in range(WORKERS))  # begins its processes
        began = time.perf_counter()
        pool(delayed(fit_quietly)(MLPClassifier, X, y, epochs, seed) for seed in range(few))
        return {"seconds": (time.perf_counter() - began) * networks / few, "trained": few}


def fit_quietly(kind: Any, X: Any, y: Any, epochs: int, seed: int) -> None:
    """So many epochs, without a word about convergence."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kind(
            SIZES[1:-1],
            activation="logistic",
            solver="sgd",
            learning_rate_init=0.3,
            momentum=0.5,
            nesterovs_momentum=False,
            alpha=0,
            batch_size=len(X),
            max_iter=epochs,
            tol=0,
            n_iter_no_change=epochs,
            random_state=seed,
        ).fit(X, y.ravel())
