"""The optimizer's step: its mistakes are named, and every right way to write it is right."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr

PLAIN = cr.SGD(0.1)
MOMENTUM = cr.SGD(0.1, momentum=0.9)


def in_place(weights: Any, biases: Any, dW: Any, db: Any, lr: float) -> None:
    for each, grad in zip([*weights, *biases], [*dW, *db], strict=True):
        each -= lr * grad


def in_dict(params: Any, grads: Any, lr: float) -> Any:
    return {name: value - lr * grads[name] for name, value in params.items()}


class Stateful:
    """Keeps its velocity."""

    def __init__(self, *, alias: bool = False) -> None:
        self.v: Any = None
        self.alias = alias

    def step(self, theta: Any, grad: Any) -> Any:
        if self.v is None or np.shape(self.v) != np.shape(theta):
            self.v = grad if self.alias else grad.copy()
        elif self.alias:
            self.v = 0.9 * self.v + grad
        else:
            self.v = 0.9 * self.v + grad
        return theta - 0.1 * self.v


def velocity(theta: Any, grad: Any, v: Any) -> Any:
    v = -0.1 * grad if v is None else 0.9 * v - 0.1 * grad
    return theta + v, v


@pytest.mark.parametrize(
    ("step", "optimizer"),
    [
        (lambda theta, grad, lr: theta - lr * grad, PLAIN),
        (lambda theta, grad: theta - 0.1 * grad, PLAIN),
        (in_place, PLAIN),
        (in_dict, PLAIN),
        (velocity, MOMENTUM),
    ],
)
def test_right_steps(step: Any, optimizer: cr.SGD) -> None:
    assert cr.diagnose_code(step=step, optimizer=optimizer).ok


def aliased(theta: Any, grad: Any, v: Any) -> Any:
    if v is None:
        return theta - 0.1 * grad, grad  # the array itself
    v = 0.9 * v + grad
    return theta - 0.1 * v, v


@pytest.mark.parametrize(
    ("step", "optimizer", "said"),
    [
        (lambda theta, grad, lr: theta + lr * grad, PLAIN, "up the gradient"),
        (lambda theta, grad, lr: theta - grad, PLAIN, "the learning rate is not applied"),
        (lambda theta, grad, lr: theta - lr * lr * grad, PLAIN, "the learning rate is applied twice"),
        (lambda theta, grad, lr: theta - lr * grad, MOMENTUM, "the state is set back to 0 at every step"),
        (lambda theta, grad, lr: theta - lr * grad**2, PLAIN, "wrong from the first step on"),
        (aliased, MOMENTUM, "the state keeps your gradient array itself"),
    ],
)
def test_wrong_steps(step: Any, optimizer: cr.SGD, said: str) -> None:
    (found,) = cr.diagnose_code(step=step, optimizer=optimizer).findings
    assert found.mistake == 30
    assert said in found.message


def test_a_bias_that_is_never_updated() -> None:
    def step(weights: Any, biases: Any, dW: Any, db: Any, lr: float) -> Any:
        return [W - lr * g for W, g in zip(weights, dW, strict=True)], biases

    (found,) = cr.diagnose_code(step=step).findings
    assert found.mistake == 20


def test_a_step_that_raises() -> None:
    with pytest.raises(ValueError, match="step raised TypeError: no"):
        cr.diagnose_code(step=raising)
    with pytest.raises(ValueError, match="it returned a str"):
        cr.diagnose_code(step=lambda theta, grad: "done")


def raising(theta: Any, grad: Any) -> Any:
    raise TypeError("no")
