"""Layers as objects with forward and backward, and an optimizer with momentum. Right.

chainrule diagnose examples/layer_objects.py
"""

import numpy as np

OPTIMIZER = {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9}


class Linear:
    """z = x W + b."""

    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        """Keep the input."""
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        """Keep the gradients and pass the rest on."""
        self.dW, self.db = self.x.T @ grad, grad.sum(axis=0)
        return grad @ self.W.T


class Sigmoid:
    """The activation."""

    def forward(self, z):
        """Keep the output."""
        self.a = 1 / (1 + np.exp(-z))
        return self.a

    def backward(self, grad):
        """By the slope a (1 - a)."""
        return grad * self.a * (1 - self.a)


def gradients(weights, biases, X, y):
    """Build the layers, go forward and back."""
    layers = [layer for W, b in zip(weights, biases, strict=True) for layer in (Linear(W, b), Sigmoid())]
    p = X
    for layer in layers:
        p = layer.forward(p)
    grad = (p - y) / (p * (1 - p)) / len(X)
    for layer in reversed(layers):
        grad = layer.backward(grad)
    linear = layers[::2]
    return [layer.dW for layer in linear], [layer.db for layer in linear]


def step(parameters, grads, velocity, learning_rate):
    """v = mu v + g, and w = w - rate v: another form of the same rule."""
    velocity = grads.copy() if velocity is None else 0.9 * velocity + grads
    return parameters - learning_rate * velocity, velocity
