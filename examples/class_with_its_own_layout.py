"""A class with layers of its own, tanh inside. Right.

    chainrule diagnose examples/class_with_its_own_layout.py

Five lines at the end put the checker's parameters where the class wants them.
"""

from itertools import pairwise

import numpy as np

HIDDEN = "tanh"


class Net:
    """A multilayer perceptron that keeps everything in `self.layers`."""

    def __init__(self, sizes, seed=0):
        rng = np.random.default_rng(seed)
        self.layers = [{"w": rng.normal(size=s), "bias": np.zeros(s[1])} for s in pairwise(sizes)]

    def forward(self, x):
        """Keep every layer's input and output."""
        for layer in self.layers:
            layer["in"] = x
            z = x @ layer["w"] + layer["bias"]
            x = layer["out"] = 1 / (1 + np.exp(-z)) if layer is self.layers[-1] else np.tanh(z)
        return x

    def backward(self, y):
        """Keep every layer's gradients; the mean over the samples is taken at the end."""
        n = len(y)
        delta = self.layers[-1]["out"] - y
        for k in reversed(range(len(self.layers))):
            layer = self.layers[k]
            layer["dw"] = layer["in"].T @ delta / n
            layer["db"] = delta.mean(axis=0)
            if k > 0:
                delta = delta @ layer["w"].T * (1 - layer["in"] ** 2)


def gradients(weights, biases, X, y):
    """What `chainrule diagnose` calls."""
    net = Net([W.shape[0] for W in weights] + [1])
    for layer, W, b in zip(net.layers, weights, biases, strict=True):
        layer["w"], layer["bias"] = W, b
    net.forward(X)
    net.backward(y)
    return [layer["dw"] for layer in net.layers], [layer["db"] for layer in net.layers]
