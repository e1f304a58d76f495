"""Each layer is updated as soon as its gradient is known. Wrong: the layer below sees the new weights.

    chainrule diagnose examples/updates_in_place.py

The program has no function that returns gradients; the step that it takes, divided by the rate, is one.
"""

import numpy as np

HIDDEN = "sigmoid"
LOSS = "half_squared_error"


def train_step(weights, biases, X, y, rate):
    """One step of gradient descent, in place."""
    a = [X]
    for W, b in zip(weights, biases, strict=True):
        a.append(1 / (1 + np.exp(-(a[-1] @ W + b))))
    error = (a[-1] - y) / len(X)
    for k in reversed(range(len(weights))):
        delta = error * a[k + 1] * (1 - a[k + 1])
        weights[k] -= rate * a[k].T @ delta
        biases[k] -= rate * delta.sum(axis=0)
        error = delta @ weights[k].T


def gradients(weights, biases, X, y, rate=0.5):
    """What `chainrule diagnose` calls: how far a step goes, by the rate."""
    new_weights, new_biases = [W.copy() for W in weights], [b.copy() for b in biases]
    train_step(new_weights, new_biases, X, y, rate)
    return (
        [(old - new) / rate for old, new in zip(weights, new_weights, strict=True)],
        [(old - new) / rate for old, new in zip(biases, new_biases, strict=True)],
    )
