"""Every formula of a derivation gives its result, by arithmetic of the tests' own; and the text is the report's."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import chainrule as cr
from chainrule.explain.nodes import Number, Symbol
from chainrule.explain.step import Step
from chainrule.formulas.activations import Activation
from chainrule.formulas.elementary import exp, square, where
from chainrule.formulas.optimizers import Optimizer
from tests.arithmetic import Arithmetic
from tests.referees import Case, cases, every_combination


def small(**options: object) -> cr.Derivation:
    """The report's 2-3-1 network on one sample."""
    arguments = {"optimizer": cr.SGD(0.3, momentum=0.9), **options}
    return cr.derive(cr.Network([2, 3, 1], seed=0), [[0.3, 0.7]], [1], **arguments)  # type: ignore[arg-type]


def assert_proved(derivation: cr.Derivation, **functions: Callable[[float], float]) -> None:
    """Every entry of every step, in every form and with its numbers, is the result."""
    arithmetic = Arithmetic(derivation.trace, functions)
    for step in derivation.steps:
        largest = float(np.abs(step.result).max())
        for row, column in np.ndindex(step.shape):
            expected = pytest.approx(step.result[row, column], rel=1e-9, abs=1e-12 * max(largest, 1e-3))
            for form in step.forms:
                assert arithmetic.value(form(row, column)) == expected, (step.key, row, column)
            numbers = step.substituted(row, column)
            assert numbers is not None
            assert arithmetic.value(numbers) == expected, (step.key, row, column)


@pytest.mark.parametrize("case", list(every_combination()), ids=str)
def test_every_formula_gives_its_result(case: Case) -> None:
    derivation = cr.derive(case.network(), *case.data(), case.loss, optimizer=cr.SGD(0.3, momentum=0.9, nesterov=True))
    assert_proved(derivation)
    assert derivation.proof.ok


@settings(max_examples=25)
@given(cases())
def test_every_formula_of_any_network(case: Case) -> None:
    assert_proved(cr.derive(case.network(), *case.data(), case.loss, optimizer=cr.SGD(0.1, momentum=0.5)))


def test_a_wrong_result_would_be_seen() -> None:
    derivation = small()
    for at, step in enumerate(derivation.steps):
        wrong = Step(**{**vars(step), "result": step.result * (1 + 1e-6) + 1e-9})
        steps = (*derivation.steps[:at], wrong, *derivation.steps[at + 1 :])
        with pytest.raises(AssertionError):
            assert_proved(type(derivation)(**{**vars(derivation), "steps": steps}))


def test_a_number_knows_its_source_and_all_its_digits() -> None:
    derivation = small(precision=2)
    results = {step.key: step.result for step in derivation.steps}
    results |= {key: value for key, value in derivation.values.tensors.values() if key not in results}
    seen = 0

    def look(node: object) -> None:
        nonlocal seen
        if isinstance(node, Number) and node.source is not None:
            key, row, column = node.source
            if key != "given":
                assert results[key][row, column] == node.value
                seen += 1
        for part in vars(node).values() if hasattr(node, "__dict__") else node if isinstance(node, tuple) else ():
            look(part)

    for step in derivation.steps:
        look(step.substituted(0, 0))
    assert seen > 40


def test_the_results_are_those_of_backprop_to_the_bit() -> None:
    from chainrule.backprop import backprop

    derivation = small()
    trace = derivation.trace
    numbers = backprop(trace.structure, trace.theta, trace.X, trace.y, trace.loss)
    results = {step.key: step.result for step in derivation.steps}
    for i in (1, 2):
        for kind in ("z", "a", "grad_a", "delta", "grad_weight"):
            assert results[f"{kind}{i}"].tobytes() == getattr(numbers, kind)[i - 1].tobytes()
        assert results[f"grad_bias{i}"].tobytes() == numbers.grad_bias[i - 1].tobytes()
    assert results["grad_a0"].tobytes() == numbers.grad_X.tobytes()
    assert results["loss"].tolist() == [[numbers.loss]]


def test_the_steps_are_the_report_s() -> None:
    keys = [step.key for step in small().steps]
    assert keys[:7] == ["z1", "a1", "z2", "a2", "terms-long", "terms", "loss"]
    assert keys[7:16] == [
        *("grad_a2", "delta2-long", "delta2", "grad_weight2", "grad_bias2"),
        *("grad_a1", "delta1", "grad_weight1", "grad_bias1"),
    ]
    assert keys[16:19] == ["grad_a0", "new_velocity_weight1", "new_weight1"]
    assert len(set(keys)) == len(keys)
    assert [step.phase for step in small().steps] == ["forward"] * 4 + ["loss"] * 3 + ["backward"] * 10 + ["update"] * 8


def test_the_general_formulas_are_the_report_s() -> None:
    """Its section 2.3, in its letters; its db is of one sample."""
    text = small().to_text()
    for line in (
        "dâ⁽ⁱ⁾ = da⁽ⁱ⁺¹⁾ @ w⁽ⁱ⁺¹⁾.T",
        "da⁽ⁱ⁾ = dâ⁽ⁱ⁾ * â⁽ⁱ⁾ * (1 − â⁽ⁱ⁾)",
        "dw⁽ⁱ⁾ = â⁽ⁱ⁻¹⁾.T @ da⁽ⁱ⁾",
        "db⁽ⁱ⁾₁ⱼ = Σₛ da⁽ⁱ⁾ₛⱼ    (the sum over the samples s)",
        "dw⁽²⁾₂₁ = da⁽²⁾₁₁ ∂a⁽²⁾₁₁/∂w⁽²⁾₂₁",
        "= da⁽²⁾₁₁ â⁽¹⁾₁₂",
        "a⁽¹⁾₁₂ = â⁽⁰⁾₁₁ w⁽¹⁾₁₂ + â⁽⁰⁾₁₂ w⁽¹⁾₂₂ + b⁽¹⁾₁₂",
    ):
        assert line in text
    standard = small(notation="standard").to_text()
    for line in (
        "z⁽ⁱ⁾ = a⁽ⁱ⁻¹⁾ W⁽ⁱ⁾ + b⁽ⁱ⁾",
        "∂L/∂a⁽ⁱ⁾ = δ⁽ⁱ⁺¹⁾ W⁽ⁱ⁺¹⁾ᵀ",
        "δ⁽ⁱ⁾ = ∂L/∂a⁽ⁱ⁾ ⊙ a⁽ⁱ⁾ ⊙ (1 − a⁽ⁱ⁾)",
        "∂L/∂W⁽ⁱ⁾ = a⁽ⁱ⁻¹⁾ᵀ δ⁽ⁱ⁾",
        "∂L/∂b⁽ⁱ⁾ⱼ = Σₛ δ⁽ⁱ⁾ₛⱼ",
    ):
        assert line in standard
    assert "â" not in standard


@pytest.mark.parametrize(
    ("output", "loss"), [("sigmoid", "binary_cross_entropy"), ("softmax", "categorical_cross_entropy")]
)
def test_the_collapse_is_an_identity(output: str, loss: str) -> None:
    case = Case((2, 3), (), output, loss, n=4, seed=3)
    derivation = cr.derive(case.network(), *case.data(), loss)
    arithmetic = Arithmetic(derivation.trace)
    collapsed = next(step for step in derivation.steps if step.key == "delta1")
    (identity,) = collapsed.notes
    for i, j in np.ndindex(4, 3):
        left, right = (arithmetic.value(side, i=i, j=j) for side in (identity.left, identity.right))
        assert left == pytest.approx(right, rel=1e-9, abs=1e-12)
    long = next(step for step in derivation.steps if step.key == "delta1-long")
    np.testing.assert_allclose(long.result, collapsed.result, rtol=1e-9, atol=1e-15)


@dataclass(frozen=True)
class OwnActivation(Activation, abstract=True):
    """One that the package does not have: cases, a parameter, a power."""

    alpha: float = 0.7
    name = "own"

    @staticmethod
    def value(z: Any, alpha: Any) -> Any:
        return where(z > 0, z + z**2, alpha * (exp(z) - 1))

    @staticmethod
    def slope(z: Any, a: Any, alpha: Any) -> Any:
        return where(z > 0, 1 + 2 * z, a + alpha)


@dataclass(frozen=True, kw_only=True)
class OwnOptimizer(Optimizer, abstract=True):
    """Two vectors, and the number of the step."""

    beta_1: float = 0.9
    name = "own_optimizer"
    slots = ("first_moment", "second_moment")

    @staticmethod
    def rule(theta: Any, gradient: Any, first: Any, second: Any, t: Any, rate: Any, beta: Any) -> Any:
        first, second = beta * first + (1 - beta) * gradient, second + square(gradient)
        return theta - rate * (first / (1 - beta**t)) / np.sqrt(second + 1), first, second


@dataclass(frozen=True, kw_only=True)
class OwnNorm(Optimizer, abstract=True):
    """A rule that is no formula of one parameter."""

    name = "own_norm"

    @staticmethod
    def rule(theta: Any, gradient: Any, t: Any, rate: Any) -> Any:
        return (theta - rate * gradient / np.linalg.norm(gradient),)


def test_formulas_of_the_user_s_own() -> None:
    net = cr.Network([2, 3, 1], hidden=OwnActivation(0.3), output="identity", seed=4)
    X, y = [[0.3, 0.7], [-2, 0.1]], [1, 2]
    derivation = cr.derive(net, X, y, "mean_squared_error", optimizer=OwnOptimizer(0.1))
    assert_proved(derivation, own=lambda z: z + z * z if z > 0 else 0.3 * math.expm1(z))
    assert derivation.proof.ok
    assert "own(x) = (x + x² if x > 0, else 0.3 (e^x − 1))" in derivation.to_text()
    assert r"\begin{cases}" in derivation.to_latex()
    assert "m′_w⁽¹⁾ = β₁ m_w⁽¹⁾ + (1 − β₁) dw⁽¹⁾" in derivation.to_text()
    whole = cr.derive(net, X, y, "mean_squared_error", optimizer=OwnNorm(0.1))
    assert [step.forms for step in whole.of_phase("update")] == [()] * 4
    for text in (whole.to_text(), whole.to_markdown(), whole.to_latex(), whole.to_html()):
        assert "OwnNorm has no formula for one parameter by itself" in text


def test_two_chains_only_where_there_are_two() -> None:
    keys = [step.key for step in small(loss="mean_squared_error").steps]
    assert "delta2" in keys
    assert "delta2-long" not in keys
    assert "terms-long" not in keys


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_a_saturated_network(output: str) -> None:
    net = cr.Network([2, 3, 2], output=output, seed=0)
    net.parameters[...] *= 1e5
    loss = "binary_cross_entropy" if output == "sigmoid" else "categorical_cross_entropy"
    derivation = cr.derive(net, [[0.3, 0.7], [0.5, -2]], [[1, 0], [0, 1]], loss)
    results = {step.key: step.result for step in derivation.steps}
    assert np.isfinite(results["delta2"]).all()
    assert np.isfinite(results["loss"]).all()
    assert not np.isfinite(results["grad_a2"]).all() or not np.isfinite(results["terms-long"]).all()
    for text in (derivation.to_text(), derivation.to_markdown(), derivation.to_latex(), derivation.to_html()):
        assert "∞" in text or "\\infty" in text
    assert "Infinity" in json.dumps(derivation.to_json(), allow_nan=False)


@pytest.mark.parametrize("scale", [0.0, 1e200, np.nan])
def test_whatever_the_numbers_are_they_are_shown(scale: float) -> None:
    net = cr.Network([2, 3, 1], output="identity", seed=0)
    net.parameters[...] *= scale
    derivation = cr.derive(net, [[0.3, 0.7]], [1], "mean_squared_error")
    for text in (derivation.to_text(), derivation.to_markdown(), derivation.to_latex(), derivation.to_html()):
        assert ("NaN" in text or "∞" in text or "infty" in text) == (scale != 0)
    assert derivation.proof.ok == (scale == 0)


def test_one_unit_one_sample() -> None:
    net = cr.Network([1, 1], output="identity", seed=0)
    net.parameters[...] = [2.0, 1.0]
    derivation = cr.derive(net, [[3.0]], [5.0], "half_squared_error", optimizer=cr.SGD(0.1))
    results = {step.key: float(step.result[0, 0]) for step in derivation.steps}
    assert (results["z1"], results["a1"], results["loss"]) == (7.0, 7.0, 2.0)
    assert (results["grad_a1"], results["delta1"], results["grad_weight1"], results["grad_bias1"]) == (2, 2, 6, 2)
    assert results["new_weight1"] == pytest.approx(1.4, rel=1e-15)
    assert results["new_bias1"] == pytest.approx(0.8, rel=1e-15)
    assert_proved(derivation)


def test_the_optimizer_s_state_goes_on() -> None:
    net, optimizer = cr.Network([2, 1], seed=0), cr.SGD(0.3, momentum=0.9)
    first = cr.derive(net, [[0.3, 0.7]], [1], optimizer=optimizer)
    net.parameters[...] = first.trace.updated
    second = cr.derive(net, [[0.3, 0.7]], [1], optimizer=optimizer, state=first.trace.new_state)
    assert_proved(second)
    assert "v_w⁽¹⁾ = ⎡ 0 ⎤" in first.to_text()
    assert "v_w⁽¹⁾ = ⎡ 0 ⎤" not in second.to_text()
    again = cr.Network([2, 1], seed=0)
    again.fit([[0.3, 0.7]], [1], optimizer=optimizer, epochs=2, engine="reference", verbose=0)
    np.testing.assert_array_equal(second.trace.updated, again.parameters)


def test_the_network_is_left_as_it_was() -> None:
    net = cr.Network([2, 3, 1], seed=0)
    before = net.parameters.tobytes()
    cr.derive(net, [[0.3, 0.7]], [1]).to_html()
    assert net.parameters.tobytes() == before


def test_float32() -> None:
    net = cr.Network([2, 3, 1], seed=0, dtype="float32")
    derivation = cr.derive(net, [[0.3, 0.7]], [1])
    assert derivation.steps[0].result.dtype == np.float32
    assert derivation.proof.ok


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"precision": 0}, "precision must be a whole number from 1 to 17, got 0"),
        ({"precision": 18}, "from 1 to 17, got 18"),
        ({"precision": True}, "from 1 to 17, got True"),
        ({"notation": "repot"}, "unknown notation 'repot'; did you mean 'report'"),
        ({"loss": "mse"}, "unknown loss 'mse'"),
        ({"optimizer": "sdg"}, "unknown optimizer 'sdg'"),
    ],
)
def test_bad_options(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(**options)


def test_repr() -> None:
    assert repr(small()) == "Derivation(Trace(2-3-1, 1 sample, loss 0.46683), 25 steps)"
    assert str(small()) == small().to_text()
    assert math.isclose(small().steps[-1].result[0, 0], 0.1119, rel_tol=1e-3)
    assert Symbol("z", 1) == small().steps[0].symbol
