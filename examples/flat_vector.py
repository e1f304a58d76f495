"""All parameters in one vector, as optimizers of other libraries want them. Right.

chainrule diagnose examples/flat_vector.py
"""

from itertools import pairwise

import numpy as np

SIZES = [3, 5, 2]
HIDDEN = "tanh"
OUTPUT = "identity"
LOSS = "half_squared_error"


def unpack(theta):
    """Views of the vector: W, b, layer by layer."""
    layers, start = [], 0
    for fan_in, fan_out in pairwise(SIZES):
        W = theta[start : start + fan_in * fan_out].reshape(fan_in, fan_out)
        start += fan_in * fan_out
        layers.append((W, theta[start : start + fan_out]))
        start += fan_out
    return layers


def loss(theta, X, y):
    """Half the squared error, a mean over the samples."""
    (W1, b1), (W2, b2) = unpack(theta)
    return 0.5 * np.sum((np.tanh(X @ W1 + b1) @ W2 + b2 - y) ** 2) / len(X)


def gradients(theta, X, y):
    """The gradient, a vector of the same form."""
    (W1, b1), (W2, b2) = unpack(theta)
    h = np.tanh(X @ W1 + b1)
    e = (h @ W2 + b2 - y) / len(X)
    d = e @ W2.T * (1 - h**2)
    return np.concatenate([(X.T @ d).ravel(), d.sum(0), (h.T @ e).ravel(), e.sum(0)])


def numerical_gradients(theta, X, y, h=1e-6):
    """The program's own check."""
    slopes = np.zeros_like(theta)
    for k in range(theta.size):
        up, down = theta.copy(), theta.copy()
        up[k] += h
        down[k] -= h
        slopes[k] = (loss(up, X, y) - loss(down, X, y)) / (2 * h)
    return slopes
