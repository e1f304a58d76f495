"""A classifier of three classes with its parameters in a dict. Wrong: np.sum(delta) sums over the units too.

chainrule diagnose examples/dict_softmax.py
"""

import numpy as np

OUTPUT = "softmax"
LOSS = "categorical_cross_entropy"
SIZES = [4, 5, 3]


def softmax(z):
    """Probabilities, row by row."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def backward(params, X, y):
    """Loss and gradients; y is one-hot."""
    h = 1 / (1 + np.exp(-(X @ params["W1"] + params["b1"])))
    p = softmax(h @ params["W2"] + params["b2"])
    loss = -np.sum(y * np.log(p)) / len(X)
    delta2 = (p - y) / len(X)
    delta1 = delta2 @ params["W2"].T * h * (1 - h)
    return loss, {
        "W1": X.T @ delta1,
        "b1": np.sum(delta1) * np.ones_like(params["b1"]),
        "W2": h.T @ delta2,
        "b2": np.sum(delta2, axis=0),
    }
