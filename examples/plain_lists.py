"""No NumPy at all: lists, loops, one sample after the other. Wrong: the gradients are summed, never averaged.

chainrule diagnose examples/plain_lists.py
"""

from math import exp


def gradients(weights, biases, X, y):
    """Lists in the form of weights and biases."""
    grad_w = [[[0.0] * len(row) for row in W] for W in weights]
    grad_b = [[0.0] * len(b) for b in biases]
    for x, target in zip(X, y, strict=True):
        a = [list(x)]
        for W, b in zip(weights, biases, strict=True):
            z = [sum(a[-1][i] * W[i][j] for i in range(len(W))) + b[j] for j in range(len(b))]
            a.append([1 / (1 + exp(-value)) for value in z])
        delta = [p - t for p, t in zip(a[-1], target, strict=True)]
        for k in reversed(range(len(weights))):
            for j, d in enumerate(delta):
                grad_b[k][j] += d
                for i, value in enumerate(a[k]):
                    grad_w[k][i][j] += value * d
            delta = [
                sum(weights[k][i][j] * d for j, d in enumerate(delta)) * value * (1 - value)
                for i, value in enumerate(a[k])
            ]
    return grad_w, grad_b
