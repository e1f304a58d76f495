"""One-click stories: a name, under which strings.json has two sentences (stories.<name>), and the settings that differ.

    report_linear       the report's first experiment: a 2-2-2-1 network learns the diagonal
    report_xor          the report's second experiment: 2-3-3-1 learns XOR
    vanishing_gradient  six sigmoid layers: the first layer's gradient is a tiny part of the last's; nothing is learned
    vanishing_solved    the same depth with tanh: it learns
    dead_relu           a rate too large has killed ReLU units: they are 0 everywhere, for ever
    divergence          a rate too large for a regression: the loss grows without end
    symmetry            all weights begin at 0: the units stay copies of one another
    overfitting         few noisy points and many weights: the validation loss rises while the loss falls
    spiral              2-8-8-1 on a spiral, mini-batches, 20,000 epochs: the long run that streams

Every one begins from the defaults of all that it does not name.
"""

from __future__ import annotations

from typing import Any

__all__ = ["STORIES"]


def sgd(learning_rate: float, momentum: float) -> dict[str, Any]:
    """The settings of gradient descent."""
    return {"optimizer": "sgd", "optimizer_settings": {"learning_rate": learning_rate, "momentum": momentum}}


def layers(activation: str, *sizes: int) -> dict[str, Any]:
    """Hidden layers of one activation."""
    return {"hidden": list(sizes), "activations": [activation] * len(sizes)}


STORIES: list[dict[str, Any]] = [
    {
        "name": "report_linear",
        "settings": {"data": "linear", "n": 100, **layers("sigmoid", 2, 2), **sgd(0.3, 0.9), "epochs": 20_000},
    },
    {
        "name": "report_xor",
        "settings": {"data": "xor", **layers("sigmoid", 3, 3), **sgd(0.3, 0.9), "epochs": 5000},
    },
    {
        "name": "vanishing_gradient",
        "settings": {
            "data": "circles",
            **layers("sigmoid", *[6] * 6),
            "initializer": "glorot_normal",
            **sgd(0.3, 0.9),
            "epochs": 1000,
        },
    },
    {
        "name": "vanishing_solved",
        "settings": {
            "data": "circles",
            **layers("tanh", *[6] * 6),
            "initializer": "glorot_normal",
            **sgd(0.03, 0.9),
            "epochs": 1000,
        },
    },
    {
        "name": "dead_relu",
        "settings": {"data": "xor", **layers("relu", 3, 3), **sgd(1.0, 0.9), "epochs": 1000},
    },
    {
        "name": "divergence",
        "settings": {"data": "waves", **layers("tanh", 8, 8), **sgd(1.0, 0.9), "epochs": 500},
    },
    {
        "name": "symmetry",
        "settings": {"data": "xor", **layers("sigmoid", 3, 3), "initializer": "zeros", **sgd(0.3, 0.9)},
    },
    {
        "name": "overfitting",
        "settings": {
            "data": "moons",
            "n": 60,
            "noise": 0.35,
            "validation_share": 0.5,
            **layers("tanh", 16, 16),
            "optimizer": "adam",
            "optimizer_settings": {"learning_rate": 0.01},
            "epochs": 1000,
        },
    },
    {
        "name": "spiral",
        "settings": {
            "data": "spirals",
            "n": 200,
            "noise": 0.02,
            "validation_share": 0.2,
            **layers("tanh", 8, 8),
            "optimizer": "adam",
            "optimizer_settings": {"learning_rate": 0.01},
            "batch_size": 10,
            "epochs": 20_000,
        },
    },
]
