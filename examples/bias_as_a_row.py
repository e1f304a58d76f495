"""The bias is the last row of each matrix, and a column of ones stands beside the samples. Right.

chainrule diagnose examples/bias_as_a_row.py
"""

import numpy as np


def with_ones(a):
    """A column of ones on the right."""
    return np.hstack([a, np.ones((len(a), 1))])


def gradients(thetas, X, y):
    """The gradient of each matrix, in its shape."""
    a = [X]
    for theta in thetas:
        a.append(1 / (1 + np.exp(-with_ones(a[-1]) @ theta)))
    delta, grads = (a[-1] - y) / len(y), []
    for k in reversed(range(len(thetas))):
        grads.insert(0, with_ones(a[k]).T @ delta)
        delta = delta @ thetas[k][:-1].T * a[k] * (1 - a[k])
    return grads


def loss(prediction, y):
    """The cross entropy that is printed."""
    return -np.mean(y * np.log(prediction) + (1 - y) * np.log(1 - prediction))
