"""Every formula of the package can be printed: each operation that one is written in has a way to be written down."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain import notation
from chainrule.explain.activation_chain import recorded_backward
from chainrule.explain.nodes import Add, Call, Divide, Multiply, Negative, Node, Number, Power, Symbol, substituted
from chainrule.explain.recorded import OPERATIONS, has_reduction, parts_with_names, written
from chainrule.explain.update_steps import recorded_rule
from chainrule.explain.write_latex import LETTERS, LatexWriter
from chainrule.explain.write_mathml import MathmlWriter
from chainrule.explain.write_text import TextWriter
from chainrule.formulas import activations, losses, optimizers
from chainrule.formulas.expression import Expression
from tests.arithmetic import Arithmetic, call

A, Y, Z = map(Expression.symbol, "ayz")


def operations(recorded: Any) -> set[Any]:
    if not isinstance(recorded, Expression) or recorded.operation is None:
        return set()
    name = recorded.operation.__name__
    own = set() if recorded.over else {name if name in OPERATIONS else recorded.operation}
    return own.union(*map(operations, recorded.arguments))


@pytest.mark.parametrize("name", activations.names())
def test_every_activation_can_be_printed(name: str) -> None:
    f = activations.get(name)
    assert operations(f.forward(Z)) | operations(recorded_backward(f)) <= set(OPERATIONS)


@pytest.mark.parametrize("name", losses.names())
def test_every_loss_can_be_printed(name: str) -> None:
    loss = losses.get(name)
    found = operations(loss.value(A, Y, *loss.parameters)) | operations(loss.slope(A, Y, *loss.parameters))
    if loss.link is not None:
        found |= operations(loss.value_from_logits(Z, Y, *loss.parameters))
    assert found <= set(OPERATIONS)


@pytest.mark.parametrize("name", optimizers.names())
def test_every_optimizer_can_be_printed(name: str) -> None:
    recorded = recorded_rule(optimizers.get(name))
    assert set(recorded) in ({"theta", *optimizers.get(name).slots}, set())
    for formula in recorded.values():
        assert operations(formula) <= set(OPERATIONS)


@pytest.mark.parametrize("x", [-2.5, -0.3, 0.0, 0.7, 3.0])
def test_what_a_letter_stands_for_is_what_the_textbook_says(x: float) -> None:
    recorded = [losses.get("log_cosh").value(A, Y)]
    for name in activations.names():
        f = activations.get(name)
        recorded += [f.forward(Z), recorded_backward(f)]
    arithmetic, letters = Arithmetic(cr.trace(cr.Network([1, 1], seed=0), [[1.0]], [[1.0]])), set()
    for left, right in (pair for formula in recorded for pair in parts_with_names(formula)):
        assert isinstance(left, Call)
        letters.add(left.function)
        value = arithmetic.value(substituted(right, lambda symbol: Number(x)))
        assert value == pytest.approx(call(left.function, [x]), rel=1e-12, abs=1e-15), left.function
        assert value * 1.001 != pytest.approx(call(left.function, [x]), rel=1e-12, abs=1e-15) or value == 0
    assert letters == {"σ", "Φ", "φ", "ω", "ω′", "ln cosh"}
    assert letters <= set(LETTERS)  # LaTeX has each


def test_letters_are_explained_where_they_stand() -> None:
    net = cr.Network([1, 1, 1], hidden="mish", output="identity", seed=0)
    text = cr.derive(net, [[1.0]], [[1.0]], loss="log_cosh").to_text()
    for explained in ("mish(x) = x ω(x)", "where ω(x) = ", "where ω′(x) = ", "where ln cosh(x) = "):
        assert explained in text
    hinge = cr.derive(cr.Network([1, 1], output="identity", seed=0), [[1.0]], [[1.0]], loss="hinge").to_text()
    assert "where H(x) = (1 if x > 0, else 0)" in hinge
    twice = cr.Network([1, 1, 1], hidden="leaky_relu", seed=0)
    assert cr.derive(twice, [[1.0]], [[1.0]]).to_text().count("where H(x)") == 1


def test_a_factor_of_1_and_a_divisor_of_1_take_no_ink() -> None:
    x = {"z": lambda unit: Symbol("x")}
    writer = TextWriter(notation.get("report"), 5)
    assert writer.write(written(activations.get("celu").forward(Z), x)) == "(x if x > 0, else e^x − 1)"
    half = writer.write(written(activations.get("celu", alpha=0.5).forward(Z), x))
    assert half == "(x if x > 0, else 0.5 (e^(x / 0.5) − 1))"


def test_smoothed_targets_are_told() -> None:
    loss = losses.get("categorical_cross_entropy", label_smoothing=0.3)
    net = cr.Network([1, 3], output="softmax", seed=0)
    assert "y (1 − 0.3) + 0.3 / 3 in place of y" in cr.derive(net, [[1.0]], [2], loss=loss).to_text()
    assert "smoothed" not in cr.derive(net, [[1.0]], [2], loss="categorical_cross_entropy").to_text()


def test_an_operation_that_is_not_known_prints_its_name() -> None:
    assert operations(np.arctan(Z)) == {np.arctan}
    node = written(np.arctan(Z), {"z": lambda unit: Symbol("x")})
    assert node == Call("arctan", (Symbol("x"),))


def test_sums_over_units() -> None:
    recorded = np.add.reduce(np.exp(Z), axis=-1, keepdims=True)
    assert has_reduction(recorded)
    assert not has_reduction(np.exp(Z))
    node = written(recorded, {"z": lambda unit: Symbol("z", 1, (0, unit))}, 0, 3)
    assert node == Add(tuple(Call("exp", (Symbol("z", 1, (0, k)),)) for k in range(3)))


X, TWO, MINUS = Symbol("x"), Number(2.0), Number(-2.0)
PRINTED: list[tuple[Node, str, str]] = [
    (Multiply((MINUS, Add((X, TWO)))), "(−2) (x + 2)", r"\left(-2\right) \, \left(x + 2\right)"),
    (Add((X, MINUS, Negative(MINUS))), "x + (−2) − (−2)", r"x + \left(-2\right) - \left(-2\right)"),
    (Divide(X, Divide(TWO, X)), "x / (2 / x)", r"\frac{x}{\frac{2}{x}}"),
    (Divide(Multiply((X, X)), TWO), "x x / 2", r"\frac{x \, x}{2}"),
    (Multiply((Divide(X, TWO), X)), "(x / 2) x", r"\frac{x}{2} \, x"),
    (Power(Add((X, TWO)), TWO), "(x + 2)²", r"{\left(x + 2\right)}^{2}"),
    (Power(Negative(X), TWO), "(−x)²", r"{\left(-x\right)}^{2}"),
    (Negative(Add((X, TWO))), "−(x + 2)", r"-\left(x + 2\right)"),
    (Negative(Multiply((X, X))), "−x x", r"-x \, x"),
    (Call("exp", (Negative(X),)), "e^(−x)", "{e}^{-x}"),
    (Call("max|k", (X,)), "maxₖ(x)", r"\max_{k}\left(x\right)"),
    (Symbol("weight", 12, (0, 10)), "w⁽¹²⁾₁,₁₁", "w^{(12)}_{1,11}"),
    (Symbol("grad_bias", 1, (0, 1)), "db⁽¹⁾₁₂", "db^{(1)}_{12}"),
    (Number(float("inf")), "∞", r"\infty"),
    (Number(-1.5e-9), "−1.5e-09", r"-1.5 \times 10^{-9}"),
]


@pytest.mark.parametrize(("node", "text", "latex"), PRINTED)
def test_brackets_stand_where_they_must(node: Node, text: str, latex: str) -> None:
    assert TextWriter(notation.get("report"), 5).write(node) == text
    assert LatexWriter(notation.get("report"), 5).write(node) == latex
    assert MathmlWriter(notation.get("report"), 5).write(node).startswith("<m")


def test_a_long_sum_is_shortened() -> None:
    terms = tuple(Symbol("z", 1, (0, k)) for k in range(64))
    assert TextWriter(notation.get("standard"), 5).write(Add(terms)) == "z⁽¹⁾₁₁ + z⁽¹⁾₁₂ + z⁽¹⁾₁₃ + … + z⁽¹⁾₁,₆₄"
