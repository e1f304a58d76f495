"""Which networks are diagnosed: every activation without parameters that are learned; the rest is refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.formulas import activations, losses

X, Y = cr.datasets.xor()


@pytest.mark.parametrize("hidden", [name for name in activations.names() if name != "prelu"])
def test_right_gradients_are_right(hidden: str) -> None:
    net = cr.Network([2, 3, 3, 1], hidden=hidden, seed=1)
    right = net.gradients(X, Y)
    made = cr.diagnose(net, X, Y, grad_weights=right.weights, grad_biases=right.biases)
    assert made.ok, made


@pytest.mark.parametrize("loss", [name for name in losses.names() if name != "categorical_cross_entropy"])
def test_right_gradients_of_every_loss_are_right(loss: str) -> None:
    output = {"binary_cross_entropy": "sigmoid", "poisson": "softplus"}.get(loss, "identity")
    net = cr.Network([2, 3, 1], hidden="mish", output=output, seed=1)
    right = net.gradients(X, Y, loss)
    assert cr.diagnose(net, X, Y, loss, grad_weights=right.weights, grad_biases=right.biases).ok
    summed = [len(X) * g for g in right.weights], [len(X) * g for g in right.biases]
    made = cr.diagnose(net, X, Y, loss, grad_weights=summed[0], grad_biases=summed[1])
    assert made.findings[0].mistake == 1


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"normalization": "batch_norm"}, r"layer 1 has BatchNorm\("),
        ({"normalization": [None, "layer_norm"]}, r"layer 2 has LayerNorm\("),
        ({"hidden": ["relu", "prelu"]}, r"layer 2 has PReLU\("),
        ({"dropout": 0.5}, r"layer 1 has Dropout\("),
    ],
)
def test_what_is_not_known_is_refused(options: dict[str, Any], named: str) -> None:
    net = cr.Network([2, 3, 3, 1], seed=1, **options)
    right = net.gradients(X, Y)
    with pytest.raises(ValueError, match=named + ".*hold its gradients against cr.check_gradients"):
        cr.diagnose(net, X, Y, grad_weights=right.weights, grad_biases=right.biases)


def test_a_program_with_learned_slopes_is_refused() -> None:
    def gradients(W: Any, b: Any, X: Any, y: Any) -> Any:
        return np.zeros_like(W), np.zeros_like(b)

    with pytest.raises(ValueError, match="PReLU"):
        cr.diagnose_code(gradients=gradients, output="prelu")
