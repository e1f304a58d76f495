"""Asking for a formula by name: a class is known by being written, and every mistake is answered with what there is."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from chainrule.formulas import activations, initializers, losses, optimizers
from chainrule.formulas.named import Named


@dataclass(frozen=True)
class Colour(Named, kind="colour"):
    pass


@dataclass(frozen=True)
class Mixed(Colour, abstract=True):
    pass


@dataclass(frozen=True)
class DarkGreen(Mixed):
    depth: float = 1.0
    glossy: bool = False


@dataclass(frozen=True)
class RGB(Colour):
    name = "rgb"


def test_a_class_is_known_by_being_written() -> None:
    assert Colour.names() == ["dark_green", "rgb"]
    assert Colour.get("dark_green") == DarkGreen(depth=1.0)
    assert Colour.get("rgb") == RGB()


def test_families_do_not_mix() -> None:
    assert not set(Colour.names()) & {*activations.names(), *losses.names(), *optimizers.names()}


def test_parameters_stand_in_the_order_of_the_formula() -> None:
    assert Colour.get("dark_green", glossy=True, depth=0.5).parameters == (0.5, True)
    assert Colour.get("rgb").parameters == ()


@pytest.mark.parametrize("depth", [np.float64(0.5), np.float32(0.5), Fraction(1, 2)])
def test_parameters_impose_no_dtype(depth: Any) -> None:
    parameter = DarkGreen(depth=depth).parameters[0]
    assert type(parameter) is float
    assert (np.ones(1, np.float32) * parameter).dtype == np.float32
    assert type(DarkGreen(glossy=True).parameters[1]) is bool


def test_an_object_is_returned_as_it_is() -> None:
    green = DarkGreen(depth=2.0)
    assert Colour.get(green) is green
    with pytest.raises(TypeError, match=r"has its parameters already; got depth besides; pass the name 'dark_green'"):
        Colour.get(green, depth=3.0)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("dark_gren", "dark_green"), ("DarkGreen", "dark_green"), ("dark", "dark_green"), ("dg", "dark_green")],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(
        ValueError, match=rf"^unknown colour '{name}'; did you mean '{nearest}'\? The names are dark_green, rgb$"
    ):
        Colour.get(name)


@pytest.mark.parametrize("name", ["xyz", ""])
def test_an_outlandish_name_is_answered_with_all(name: str) -> None:
    with pytest.raises(ValueError, match=rf"^unknown colour '{name}'\. The names are dark_green, rgb$"):
        Colour.get(name)


@pytest.mark.parametrize("name", [None, 3, ["rgb"], RGB])
def test_what_is_neither_name_nor_object_is_refused(name: Any) -> None:
    with pytest.raises(TypeError, match=r"colour must be a name or an object of class Colour, got .*dark_green, rgb"):
        Colour.get(name)


def test_an_unknown_parameter_is_answered_with_those_there_are() -> None:
    with pytest.raises(TypeError, match="colour 'dark_green' has no parameter 'dept'; it has depth, glossy"):
        Colour.get("dark_green", dept=1.0)
    with pytest.raises(TypeError, match="colour 'rgb' has no parameter 'depth'; it takes none"):
        Colour.get("rgb", depth=1.0)


@pytest.mark.parametrize(
    ("get", "names"),
    [
        (
            activations.get,
            [
                *(
                    "identity",
                    "sigmoid",
                    "tanh",
                    "relu",
                    "leaky_relu",
                    "prelu",
                    "elu",
                    "selu",
                    "celu",
                    "softplus",
                    "softsign",
                ),
                *("gelu", "gelu_tanh", "silu", "mish", "hard_sigmoid", "hard_swish", "softmax", "log_softmax"),
            ],
        ),
        (
            losses.get,
            [
                *("binary_cross_entropy", "categorical_cross_entropy", "mean_squared_error", "half_squared_error"),
                *("mean_absolute_error", "huber", "log_cosh", "hinge", "poisson"),
            ],
        ),
        (
            optimizers.get,
            [
                "sgd",
                "adagrad",
                "adadelta",
                "rmsprop",
                "adam",
                "adamw",
                "adamax",
                "nadam",
                "radam",
                "lion",
                "rprop",
                "lbfgs",
            ],
        ),
        (
            initializers.get,
            [
                *("he_normal", "he_uniform", "glorot_normal", "glorot_uniform", "lecun_normal", "lecun_uniform"),
                *("orthogonal", "normal", "uniform", "zeros", "constant"),
            ],
        ),
    ],
)
def test_every_promised_formula_is_there(get: Callable[[str], Named], names: list[str]) -> None:
    assert [get(name).name for name in names] == names
    assert get(names[0]) == get(names[0])
    assert len({get(name) for name in names}) == len(names)
