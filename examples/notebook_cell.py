"""A notebook's cells, one array an argument. Wrong: the derivative gets what is activated already.

chainrule diagnose examples/notebook_cell.py
"""

import numpy as np


def sigmoid(x):
    """The activation."""
    return 1 / (1 + np.exp(-x))


def sigmoid_derivative(x):
    """The slope at x."""
    return sigmoid(x) * (1 - sigmoid(x))


def gradients(W1, b1, W2, b2, X, y):
    """Forward and backward."""
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    dz2 = (a2 - y) / len(X)
    dW2 = a1.T @ dz2
    db2 = dz2.sum(axis=0)
    dz1 = dz2 @ W2.T * sigmoid_derivative(a1)
    dW1 = X.T @ dz1
    db1 = dz1.sum(axis=0)
    return dW1, db1, dW2, db2


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    y = np.array([[0], [1], [1], [0]])
    W1, b1, W2, b2 = rng.normal(size=(2, 3)), np.zeros(3), rng.normal(size=(3, 1)), np.zeros(1)
    for _ in range(5000):
        for parameter, gradient in zip((W1, b1, W2, b2), gradients(W1, b1, W2, b2, X, y), strict=True):
            parameter -= 1.0 * gradient
    print(sigmoid(sigmoid(X @ W1 + b1) @ W2 + b2))
