"""Formulas as data give what the network predicts, in the hands of whoever knows only NumPy's names."""

import json
from typing import Any

import numpy as np
import pytest
from scipy.special import erfc

import chainrule as cr
from chainrule.arrays import Array
from chainrule.formulas import elementary
from chainrule.formulas.expression import Expression
from chainrule.play import layers
from chainrule.play.features import FEATURES
from chainrule.play.layers import described, formula
from tests.exported_networks import CASES, network, samples, scattered

REDUCTIONS: dict[str, Any] = {"add.reduce": np.sum, "maximum.reduce": np.max, "mean.reduce": np.mean}


def computed(recorded: dict[str, Any], symbols: dict[str, Any]) -> Any:
    """The value of a formula, as the page computes it."""
    known = dict(symbols)

    def value(argument: float | str) -> Any:
        return known[argument] if argument in known else float(argument)

    for name, operation, *arguments in recorded["steps"]:
        given = [value(argument) for argument in arguments]
        if operation in REDUCTIONS:
            known[name] = REDUCTIONS[operation](*given, axis=-1, keepdims=True)
        else:
            known[name] = (erfc if operation == "erfc" else getattr(np, operation))(*given)
    return value(recorded["result"])


@np.errstate(all="ignore")
def predicted(network_as_data: list[dict[str, Any]], numbers: Array, X: Array) -> Array:
    """The network's outputs, from data and θ alone."""
    a = X
    for layer in network_as_data:
        weight, bias = numbers[slice(*layer["weight"])], numbers[slice(*layer["bias"])]
        a = a @ weight.reshape(layer["fan_in"], layer["fan_out"]) + bias
        for stage in layer["stages"]:
            vectors = {name: numbers[slice(*place)] for name, place in stage["vectors"].items()}
            a = computed(stage["formula"], {"z": a, **vectors})
    return a


@pytest.mark.parametrize(("activation", "normalization"), CASES)
def test_the_data_predict(activation: str, normalization: str | None) -> None:
    net, X = network(activation, normalization, "float64"), samples("float64")
    data = json.loads(json.dumps(described(net), allow_nan=False))
    assert predicted(data, net.numbers, X).tobytes() == net.predict(X).tobytes()
    assert [stage["kind"] for layer in data for stage in layer["stages"]].count("normalization") == 2 * bool(
        normalization
    )


def test_shared_slopes_and_another_activation_at_the_end() -> None:
    shared = cr.activations.get("prelu", shared=True)
    net = scattered(cr.Network([3, 4, 3], hidden=shared, output="softmax", dropout=0.5))
    X = samples("float64")
    assert predicted(described(net), net.numbers, X).tobytes() == net.predict(X).tobytes()
    assert described(net)[0]["stages"][0]["vectors"] == {"alpha": [16, 17]}


def test_every_operation_is_in_the_docstring_and_no_other() -> None:
    x1_x2 = Expression.symbol("x1"), Expression.symbol("x2")
    found = {step[1] for feature in FEATURES.values() for step in formula(feature(*x1_x2))["steps"]}
    for case in CASES:
        for layer in described(network(*case, "float64")):
            found |= {step[1] for stage in layer["stages"] for step in stage["formula"]["steps"]}
    listed = str(layers.__doc__).split("\n\n    ")[1].split("\n\n")[0]
    assert listed.split() == sorted(found)


def test_a_part_is_computed_once_and_constants_are_told_apart() -> None:
    z = Expression.symbol("z")
    steps = formula(np.where(z == 0.0, -0.0, (z - 1) * (z - 1)) + np.where(z == 0.0, 0.0, np.inf))["steps"]
    assert [step[1] for step in steps] == ["equal", "subtract", "multiply", "where", "where", "add"]
    assert str(steps[3][3]) == "-0.0"
    assert steps[4][4] == "inf"
    assert formula(z)["result"] == "z"
    assert formula(np.nan) == {"steps": [], "result": "nan"}


def test_deep_formulas_of_few_parts_are_quick() -> None:
    part: Any = Expression.symbol("z")
    for _ in range(60):
        part = part + part
    assert len(formula(part)["steps"]) == 60


def test_what_goes_over_samples_is_refused() -> None:
    with pytest.raises(ValueError, match="goes over the samples"):
        formula(elementary.mean_over_samples(Expression.symbol("z")))
