"""Samples are columns, weights (out, in), parameters in a dict: the style of many courses. Right.

chainrule diagnose examples/columns_are_samples.py
"""

import numpy as np

SIZES = [2, 4, 1]  # the program has two layers
HIDDEN = "tanh"


def predict(parameters, X):
    """The output of every column."""
    A1 = np.tanh(np.dot(parameters["W1"], X) + parameters["b1"])
    return 1 / (1 + np.exp(-(np.dot(parameters["W2"], A1) + parameters["b2"])))


def gradients(parameters, X, Y):
    """The gradients, in a dict of their own."""
    m = X.shape[1]
    W1, b1, W2, b2 = (parameters[key] for key in ("W1", "b1", "W2", "b2"))
    A1 = np.tanh(np.dot(W1, X) + b1)
    A2 = 1 / (1 + np.exp(-(np.dot(W2, A1) + b2)))
    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def accuracy(prediction, y):
    """The share of right classes."""
    return np.mean((prediction > 0.5) == (y > 0.5))
