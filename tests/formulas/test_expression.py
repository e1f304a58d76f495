"""A formula as data: what was recorded is what would have been computed, and nothing else can be recorded."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from chainrule.arrays import Array
from chainrule.formulas import activations, losses
from chainrule.formulas.elementary import exp, max_over_units, sum_over_units, where
from chainrule.formulas.expression import Expression, called

Z = np.array([[0.5, -2.0, 3.0], [0.0, 1e-3, -700.0]])


def evaluate(value: Any, arrays: Mapping[str, Array]) -> Any:
    """What the recorded operations give on these arrays, samples in rows."""
    if not isinstance(value, Expression):
        return value
    if value.operation is None:
        return arrays[value.name]
    arguments = [evaluate(argument, arrays) for argument in value.arguments]
    if value.over:
        assert isinstance(value.operation, np.ufunc)
        (x,) = arguments
        return value.operation.reduce(x, axis=-1, keepdims=True)
    return value.operation(*arguments)


def test_repr_is_the_formula() -> None:
    z = Expression.symbol("z")
    assert repr(exp(-z) / 2 + z * z) == "add(divide(exp(negative(z)), 2), multiply(z, z))"
    assert repr(where(z > 0, z, 0.0)) == "where(greater(z, 0), z, 0.0)"
    assert repr(sum_over_units(z - max_over_units(z))) == "add.reduce(subtract(z, maximum.reduce(z)))"


def test_a_number_on_the_left_keeps_its_place() -> None:
    assert repr(1 - Expression.symbol("z")) == "subtract(1, z)"


def test_a_part_with_a_letter_is_recorded_like_any_other_and_knows_its_meaning() -> None:
    @called("h")
    def half(x: Any) -> Any:
        return 0.5 * x

    z = Expression.symbol("z")
    part = half(z + 1)
    assert repr(part) == "multiply(0.5, add(z, 1))"
    assert part.called is not None
    letter, function, argument = part.called
    assert (letter, repr(function(z)), repr(argument)) == ("h", "multiply(0.5, z)", "add(z, 1)")
    assert function(z).called is None  # the meaning itself is spelled out
    assert (part + 1).called is None
    assert half(4.0) == 2.0


@pytest.mark.parametrize("name", activations.names())
@np.errstate(all="ignore")
def test_recorded_activations_compute_what_they_compute(name: str) -> None:
    f, z, a, grad_a = activations.get(name), *map(Expression.symbol, ("z", "a", "grad_a"))
    arrays = {"z": Z, "a": f.forward(Z), "grad_a": np.cos(Z)}
    np.testing.assert_array_equal(evaluate(f.forward(z), arrays), f.forward(Z))
    np.testing.assert_array_equal(
        evaluate(f.backward(grad_a, z, a), arrays), f.backward(arrays["grad_a"], Z, arrays["a"])
    )


@pytest.mark.parametrize("name", losses.names())
@np.errstate(all="ignore")
def test_recorded_losses_compute_what_they_compute(name: str) -> None:
    L, a, y, z = losses.get(name), *map(Expression.symbol, ("a", "y", "z"))
    arrays = {"a": np.array([[0.0, 0.5, 1.0]]), "y": np.array([[0.0, 0.25, 0.75]]), "z": Z[:1]}
    np.testing.assert_array_equal(
        evaluate(L.value(a, y, *L.parameters), arrays), L.value(arrays["a"], arrays["y"], *L.parameters)
    )
    np.testing.assert_array_equal(
        evaluate(L.slope(a, y, *L.parameters), arrays), L.slope(arrays["a"], arrays["y"], *L.parameters)
    )
    if L.link is not None:
        np.testing.assert_array_equal(
            evaluate(L.value_from_logits(z, y), arrays), L.value_from_logits(arrays["z"], arrays["y"])
        )


@pytest.mark.parametrize(
    "unsupported",
    [
        lambda z: np.sum(z),
        lambda z: np.add.reduce(z, axis=0),
        lambda z: np.add.accumulate(z),
        lambda z: np.exp(z, out=np.zeros(2)),
        lambda z: np.where(z),
        lambda z: np.concatenate([z, z]),
    ],
)
def test_what_no_engine_could_do_is_refused_when_it_is_written(unsupported: Any) -> None:
    with pytest.raises(TypeError):
        unsupported(Expression.symbol("z"))
