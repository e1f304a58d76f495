"""The penalty on the weights, written out: each formula gives its result, and the step is the engines'."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.engines import choose
from chainrule.formulas import optimizers
from tests.explain.test_derivation import assert_proved
from tests.explain.test_derive_names import assert_readable, data, network

PENALTIES = [{"l1": 0.03}, {"l2": 0.2}, {"l1": 0.03, "l2": 0.2}]


@pytest.fixture
def compile_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof leaves out the compiled engine, which takes a second a network."""
    monkeypatch.setattr(choose, "can_compile", lambda: False)


@pytest.mark.usefixtures("compile_nothing")
@pytest.mark.parametrize("notation", ["report", "standard"])
@pytest.mark.parametrize("penalty", PENALTIES, ids=str)
def test_every_formula_gives_its_result(penalty: dict[str, float], notation: str) -> None:
    derivation = cr.derive(network(), *data(), optimizer="adam", notation=notation, **penalty)  # type: ignore[arg-type]
    assert_proved(derivation)
    assert_readable(derivation)
    keys = [step.key for step in derivation.steps]
    assert {"penalty", "objective", "penalized_weight1", "penalized_weight2"} < set(keys)
    factors = set(re.findall("λ[₁₂]", derivation.to_text()))
    assert factors == {{"l1": "λ₁", "l2": "λ₂"}[name] for name in penalty}


@pytest.mark.usefixtures("compile_nothing")
@pytest.mark.parametrize("normalization", [None, "batch_norm", "layer_norm"])
def test_with_all_that_a_step_can_have(normalization: str | None) -> None:
    rule = optimizers.get("sgd", momentum=0.9, clip_value=0.05, clip_norm=0.1)
    net = network("prelu", normalization, dropout=0.3)
    derivation = cr.derive(net, *data(), optimizer=rule, dropout_key=5, l1=0.01, l2=0.1)
    assert_proved(derivation)
    assert_readable(derivation)


@pytest.mark.parametrize("clips", [{}, {"clip_norm": 0.05}], ids=str)
@pytest.mark.parametrize("penalty", PENALTIES, ids=str)
@pytest.mark.parametrize("engine", ["reference", "numpy", "compiled"])
def test_the_step_is_that_of_a_fit(engine: str, penalty: dict[str, float], clips: dict[str, float]) -> None:
    net, rule = network(), optimizers.get("sgd", learning_rate=0.3, momentum=0.9, **clips)
    traced = cr.trace(net, *data(), optimizer=rule, **penalty)  # type: ignore[arg-type]
    history = net.fit(*data(), optimizer=rule, epochs=1, engine=engine, verbose=0, **penalty)  # type: ignore[arg-type]
    np.testing.assert_allclose(traced.updated, net.parameters, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(traced.objective, history.loss[0], rtol=1e-12)
    assert traced.penalty > 0


@pytest.mark.parametrize("engine", ["reference", "numpy", "compiled"])
def test_the_gradient_is_the_networks_own_and_the_penaltys(engine: str) -> None:
    net = network()
    traced = cr.trace(net, *data(), l1=0.03, l2=0.2)
    of_loss = net.gradients(*data(), "binary_cross_entropy", engine=engine)
    for i, weight in enumerate(net.weights):
        expected = of_loss.weights[i] + 0.03 * np.sign(weight) + 0.2 * weight
        np.testing.assert_allclose(traced[f"layers.{i}.penalized_weight"], expected, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(traced[f"layers.{i}.grad_weight"], of_loss.weights[i], rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(traced[f"layers.{i}.grad_bias"], of_loss.biases[i], rtol=1e-12, atol=1e-15)


@pytest.mark.usefixtures("compile_nothing")
def test_a_wrong_penalty_would_be_seen_by_the_proof() -> None:
    derivation = cr.derive(network(), *data(), l1=0.03, l2=0.2)
    assert [check.name for check in derivation.proof.penalized] == ["layers.0.weight", "layers.1.weight"]
    trace = derivation.trace
    wrong = type(trace)(**{**vars_of(trace), "penalized": trace.gradient + 2 * (trace.penalized - trace.gradient)})
    assert not type(derivation)(**{**vars_of(derivation), "trace": wrong}).proof.ok


def vars_of(made: object) -> dict[str, Any]:
    """The fields of a dataclass."""
    return {name: getattr(made, name) for name in type(made).__dataclass_fields__}  # type: ignore[attr-defined]


@pytest.mark.usefixtures("compile_nothing")
def test_without_a_penalty_nothing_is_said_of_one() -> None:
    derivation = cr.derive(network(), *data())
    assert "penalty" not in derivation.to_text()
    assert derivation.trace.objective == derivation.trace.numbers.loss
    assert "layers.0.penalized_weight" not in derivation.trace.tensors


@pytest.mark.usefixtures("compile_nothing")
def test_a_weight_of_0_has_no_slope() -> None:
    net = network()
    net.weights[0][0, 1] = 0.0
    derivation = cr.derive(net, *data(), l1=0.5)
    assert_proved(derivation)
    traced = derivation.trace
    assert traced["layers.0.penalized_weight"][0, 1] == traced["layers.0.grad_weight"][0, 1]
    assert derivation.proof.ok


def test_a_penalty_is_not_negative() -> None:
    with pytest.raises(ValueError, match="l1 must be a finite number at least 0, got -1"):
        cr.derive(network(), *data(), l1=-1)
