"""Every formula of the package can be printed: each operation that one is written in has a way to be written down."""

from typing import Any

import numpy as np
import pytest

from chainrule.explain import notation
from chainrule.explain.activation_chain import recorded_backward
from chainrule.explain.nodes import Add, Call, Divide, Multiply, Negative, Node, Number, Power, Symbol
from chainrule.explain.recorded import OPERATIONS, has_reduction, written
from chainrule.explain.update_steps import recorded_rule
from chainrule.explain.write_latex import LatexWriter
from chainrule.explain.write_mathml import MathmlWriter
from chainrule.explain.write_text import TextWriter
from chainrule.formulas import activations, losses, optimizers
from chainrule.formulas.expression import Expression

A, Y, Z = map(Expression.symbol, "ayz")


def operations(recorded: Any) -> set[Any]:
    if not isinstance(recorded, Expression) or recorded.operation is None:
        return set()
    own = set() if recorded.over_units else {recorded.operation}
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
