"""The optimizer's step: its mistakes are named, and every right way to write it is right."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.formulas.optimizers import Optimizer

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
        if self.v is None:
            self.v = grad if self.alias else grad.copy()
        else:
            self.v = 0.9 * self.v + grad
        return theta - 0.1 * self.v


def velocity(theta: Any, grad: Any, v: Any) -> Any:
    v = -0.1 * grad if v is None else 0.9 * v - 0.1 * grad
    return theta + v, v


KEPT: dict[str, Any] = {}


def with_a_global(theta: Any, grad: Any) -> Any:
    KEPT["v"] = 0.9 * KEPT.get("v", 0.0) - 0.1 * grad
    return theta + KEPT["v"]


def with_a_default(theta: Any, grad: Any, kept: Any = {"v": 0.0}) -> Any:  # noqa: B006
    kept["v"] = 0.9 * kept["v"] - 0.1 * grad
    return theta + kept["v"]


def with_a_closure() -> Any:
    v = 0.0

    def step(theta: Any, grad: Any) -> Any:
        nonlocal v
        v = 0.9 * v - 0.1 * grad
        return theta + v

    return step


@pytest.mark.parametrize(
    ("step", "optimizer"),
    [
        (with_a_global, MOMENTUM),
        (with_a_default, MOMENTUM),
        (with_a_closure(), MOMENTUM),
        (lambda theta, grad, lr: theta - lr * grad, PLAIN),
        (lambda theta, grad: theta - 0.1 * grad, PLAIN),
        (in_place, PLAIN),
        (in_dict, PLAIN),
        (velocity, MOMENTUM),
        (Stateful().step, MOMENTUM),
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
        (Stateful(alias=True).step, MOMENTUM, "the state keeps your gradient array itself"),
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


@pytest.fixture
def adam() -> Iterator[Any]:
    """An optimizer that counts its steps (Kingma and Ba 2015, Algorithm 1), while the package has none of its own."""

    @dataclass(frozen=True, kw_only=True)
    class Moments(Optimizer):
        beta_1: float = 0.9
        beta_2: float = 0.999

        slots = ("m", "v")

        @staticmethod
        def rule(theta: Any, g: Any, m: Any, v: Any, t: Any, rate: Any, beta_1: Any, beta_2: Any) -> Any:
            m, v = beta_1 * m + (1 - beta_1) * g, beta_2 * v + (1 - beta_2) * g * g
            return theta - rate * m / (1 - beta_1**t) / (np.sqrt(v / (1 - beta_2**t)) + 1e-8), m, v

    yield Moments(0.1)
    Optimizer.family.pop("moments", None)


class Adam:
    """A program of somebody's, with its mistakes."""

    def __init__(self, kind: str) -> None:
        self.kind, self.t, self.kept = kind, 0, {}  # type: ignore[var-annotated]

    def step(self, weights: Any, biases: Any, dW: Any, db: Any) -> Any:
        if self.kind != "shared" and not (self.kind == "stays 1" and self.t):
            self.t += 1
        new = []
        for k, (p, g) in enumerate(zip([*weights, *biases], [*dW, *db], strict=True)):
            if self.kind == "shared":
                self.t += 1
            m, v = self.kept.get(k, (0.0, 0.0))
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            self.kept[k] = m, v
            one, two = (1, 1) if self.kind == "missing" else (1 - 0.9**self.t, 1 - 0.999**self.t)
            new.append(p - 0.1 * m / one / (np.sqrt(v / two) + 1e-8))
        return new[: len(weights)], new[len(weights) :]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("right", ""),
        ("missing", "the correction of the bias is missing"),
        ("stays 1", "the count of steps stays 1"),
        ("shared", "all arrays share one count of steps"),
    ],
)
def test_an_optimizer_that_counts(adam: Any, kind: str, said: str) -> None:
    made = cr.diagnose_code(step=Adam(kind).step, optimizer=adam)
    assert made.ok == (not said)
    assert said in str(made).replace("\n", " ").replace("  ", " ")


def test_decay() -> None:
    made = cr.diagnose_code(step=lambda theta, grad: theta - 0.1 * (grad + 0.01 * theta), optimizer=PLAIN)
    assert "weight decay 0.01" in " ".join(str(made).split())


def nadam(theta: Any, gradient: Any, state: Any) -> Any:
    """NAdam as its paper has it, whose product of momenta does not start at 0."""
    t, m, v, product = state or (0, 0.0, 0.0, 1.0)
    t, m, v = t + 1, 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
    mu, ahead = (0.9 * (1 - 0.5 * 0.96 ** (0.004 * k)) for k in (t, t + 1))
    product *= mu
    mean = ahead * m / (1 - product * ahead) + (1 - mu) * gradient / (1 - product)
    return theta - 0.1 * mean / (np.sqrt(v / (1 - 0.999**t)) + 1e-8), (t, m, v, product)


def test_a_rule_whose_state_does_not_start_at_0_is_right() -> None:
    assert cr.diagnose_code(step=nadam, optimizer=cr.NAdam(0.1)).ok
    assert not cr.diagnose_code(step=nadam, optimizer=cr.Adam(0.1)).ok


@pytest.mark.parametrize("optimizer", [cr.LBFGS(), cr.SGD(0.1, clip_norm=1.0)])
def test_a_rule_that_a_gradient_does_not_determine_is_refused(optimizer: Optimizer) -> None:
    with pytest.raises(ValueError, match=r"a step of LBFGS has no formula|clips the gradient"):
        cr.diagnose_code(step=in_dict, optimizer=optimizer)
