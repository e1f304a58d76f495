"""Weights (out, in), as in PyTorch, and ReLU. Wrong: ReLU's derivative is forgotten.

chainrule diagnose examples/out_in_weights.py
"""

import numpy as np

HIDDEN = "relu"
OUTPUT = "identity"
LOSS = "mean_squared_error"


def forward(weights, biases, X):
    """Every layer's output."""
    a = [X]
    for k, (W, b) in enumerate(zip(weights, biases, strict=True)):
        z = a[-1] @ W.T + b
        a.append(z if k == len(weights) - 1 else np.maximum(z, 0))
    return a


def backward(weights, biases, X, y):
    """(dW, db) of every layer."""
    a = forward(weights, biases, X)
    delta = 2 * (a[-1] - y) / y.size
    grads = []
    for k in reversed(range(len(weights))):
        grads.append((delta.T @ a[k], delta.sum(axis=0)))
        delta = delta @ weights[k]
    return grads[::-1]
