"""What a network is: every number of θ belongs to exactly one weight or bias, which are views of it."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.formulas import activations, initializers
from chainrule.structure import Structure


@given(st.lists(st.integers(1, 9), min_size=2, max_size=6))
def test_the_views_cover_theta_once_in_order(sizes: list[int]) -> None:
    structure = Structure.of(sizes, hidden="tanh", output="identity")
    theta = np.arange(structure.n_parameters, dtype=np.float64)
    parts = []
    for layer, fan_in, fan_out in zip(structure.layers, sizes[:-1], sizes[1:], strict=True):
        assert layer.weight(theta).shape == (fan_in, fan_out)
        assert layer.bias(theta).shape == (fan_out,)
        assert layer.block(theta).shape == (fan_in + 1, fan_out)
        parts += [layer.weight(theta).ravel(), layer.bias(theta)]
    np.testing.assert_array_equal(np.concatenate(parts), theta)
    assert structure.n_parameters == sum((i + 1) * o for i, o in itertools.pairwise(sizes))
    assert structure.sizes == tuple(sizes)
    assert str(structure) == "-".join(map(str, sizes))


def test_what_is_written_to_a_view_is_written_to_theta() -> None:
    structure = Structure.of([2, 3, 1], hidden="tanh", output="identity")
    theta = np.zeros(structure.n_parameters)
    structure.layers[1].weight(theta)[...] = 1
    structure.layers[1].bias(theta)[...] = 2
    structure.layers[0].block(theta)[-1] = 3
    assert theta.tolist() == [0] * 6 + [3] * 3 + [1] * 3 + [2]


def test_activations_by_layer() -> None:
    def names(hidden: Any) -> list[str]:
        return [layer.activation.name for layer in Structure.of([2, 3, 3, 1], hidden=hidden, output="sigmoid").layers]

    assert names("tanh") == names(activations.get("tanh")) == ["tanh", "tanh", "sigmoid"]
    assert names(["relu", activations.get("tanh")]) == names(("relu", "tanh")) == ["relu", "tanh", "sigmoid"]


@pytest.mark.parametrize("sizes", [(2, 3, 1), np.array([2, 3, 1]), range(3, 0, -1), [np.int64(2), 1]])
def test_any_sequence_of_whole_numbers_will_do(sizes: Any) -> None:
    structure = Structure.of(sizes, hidden="tanh", output="sigmoid")
    assert structure.sizes == tuple(sizes)
    assert all(type(size) is int for size in structure.sizes)


def test_weights_are_drawn_from_the_input_on_and_biases_are_0() -> None:
    structure = Structure.of([4, 3, 2], hidden="tanh", output="sigmoid")
    he = initializers.get("he_normal")
    theta = structure.initialize(he, np.random.default_rng(5), np.dtype("float64"))
    rng = np.random.default_rng(5)
    for layer in structure.layers:
        np.testing.assert_array_equal(layer.weight(theta), he.draw(rng, layer.fan_in, layer.fan_out))
        assert not layer.bias(theta).any()


def test_a_float32_network_starts_where_its_float64_twin_does() -> None:
    structure, he = Structure.of([4, 3, 2], hidden="tanh", output="sigmoid"), initializers.get("he_normal")
    double, single = (
        structure.initialize(he, np.random.default_rng(5), np.dtype(dtype)) for dtype in ("float64", "float32")
    )
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, double.astype(np.float32))


def test_a_structure_cannot_be_changed_and_equals_its_like() -> None:
    structure = Structure.of([2, 1], hidden=[], output="sigmoid")
    with pytest.raises(AttributeError):
        structure.layers = ()  # type: ignore[misc]
    assert structure == Structure.of([2, 1], hidden="tanh", output="sigmoid")
    assert structure != Structure.of([2, 1], hidden="tanh", output="identity")
