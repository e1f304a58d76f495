"""Checking what a caller passes: numbers, counts, seeds, names."""

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

import numpy as np
import pytest

from chainrule.arguments import as_count, as_generator, require, unknown_name


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("sigmoid ", "sigmoid"),
        ("SIGMOID", "sigmoid"),
        ("leaky-relu", "leaky_relu"),
        ("lr", "leaky_relu"),
        ("so", "softmax"),
    ],
)
def test_the_nearest_name(name: str, nearest: str) -> None:
    message = unknown_name("activation", name, ["softmax", "sigmoid", "leaky_relu"])
    assert message == (
        f"unknown activation {name!r}; did you mean {nearest!r}? The names are leaky_relu, sigmoid, softmax"
    )


def test_no_name_is_near() -> None:
    assert unknown_name("engine", "x", ["numpy", "auto"]) == "unknown engine 'x'. The names are auto, numpy"


@pytest.mark.parametrize("value", [0.5, 1, np.float32(0.5), np.int64(1), Fraction(1, 2), 1e300])
def test_real_numbers_in_range_pass(value: Any) -> None:
    require("rate", value, 0)


@pytest.mark.parametrize("value", [True, np.True_, "0.5", None, 1j, np.complex128(1), [0.5], np.array(0.5), Decimal(1)])
def test_what_is_no_real_number_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"^rate must be a finite number greater than 0, got .* of type "):
        require("rate", value, 0)


@pytest.mark.parametrize("value", [0, 2, 2.5, -1, math.nan, math.inf, -math.inf])
def test_numbers_out_of_range_are_refused(value: float) -> None:
    with pytest.raises(
        ValueError, match=rf"^rate must be a finite number greater than 0 and less than 2, got {value}$"
    ):
        require("rate", value, 0, 2)


def test_a_closed_range_has_its_lower_end() -> None:
    require("rate", 0, 0, 1, closed=True)
    with pytest.raises(ValueError, match="rate must be a finite number at least 0 and less than 1, got 1"):
        require("rate", 1, 0, 1, closed=True)


@pytest.mark.parametrize("value", [3, np.int8(3), np.uint64(3)])
def test_counts_become_ints(value: Any) -> None:
    assert as_count("n", value) == 3
    assert type(as_count("n", value)) is int


@pytest.mark.parametrize("value", [3.0, True, np.True_, "3", None, np.array([3])])
def test_what_is_no_whole_number_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"^n must be a whole number, got .* of type "):
        as_count("n", value)


def test_counts_below_the_least_are_refused() -> None:
    assert as_count("n", 0, least=0) == 0
    with pytest.raises(ValueError, match=r"^n must be a whole number of at least 2, got 1$"):
        as_count("n", 1, least=2)


def test_a_generator_is_itself_and_a_seed_always_the_same() -> None:
    rng, seven = np.random.default_rng(1), cast("int", np.int64(7))  # which is no int to a type checker
    assert as_generator("seed", rng) is rng
    assert as_generator("seed", 7).random() == as_generator("seed", seven).random()
    assert as_generator("seed", 7).random() != as_generator("seed", 8).random()
    assert as_generator("seed", None).random() != as_generator("seed", None).random()
    assert as_generator("seed", 2**70).random() == np.random.default_rng(2**70).random()


@pytest.mark.parametrize("seed", [1.0, True, "1", np.random.RandomState(1), [1, 2]])
def test_what_is_no_seed_is_refused(seed: Any) -> None:
    with pytest.raises(TypeError, match=r"^seed must be a whole number or a numpy.random.Generator, got "):
        as_generator("seed", seed)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^seed must be a whole number of at least 0, got -1$"):
        as_generator("seed", -1)
