"""What a caller gets wrong: an error that names what was given and says what to do, and a network left as it was."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr

X, Y = cr.datasets.xor()
NAN = np.where(np.arange(42).reshape(21, 2) == 7, math.nan, X)  # row 3, column 1


def make(sizes: Any, **arguments: Any) -> Callable[[], Any]:
    return lambda: cr.Network(sizes, **arguments)


CONSTRUCTION = [
    (make([2]), ValueError, r"sizes must name at least the input and the output layer, got \[2\]; try \[2, 1\]"),
    (make([]), ValueError, r"at least the input and the output layer, got \[\]"),
    (make([2, 0, 1]), ValueError, r"every layer needs at least one unit, got 0 in \[2, 0, 1\]"),
    (make([2, -3, 1]), ValueError, r"every layer needs at least one unit, got -3 in \[2, -3, 1\]"),
    (make([2, 3.0, 1]), TypeError, r"sizes must be whole numbers, got 3\.0 in \[2, 3\.0, 1\]"),
    (make([2, True]), TypeError, r"sizes must be whole numbers, got True in \[2, True\]"),
    (make(["2", 1]), TypeError, r"sizes must be whole numbers, got '2'"),
    (make([[2, 3], 1]), TypeError, r"sizes must be whole numbers, got \[2, 3\]"),
    (make("231"), TypeError, r"sizes must be a list of layer sizes such as \[2, 3, 1\], got '231'"),
    (make(3), TypeError, r"sizes must be a list of layer sizes such as \[2, 3, 1\], got 3"),
    (make(None), TypeError, r"sizes must be a list of layer sizes such as \[2, 3, 1\], got None"),
    (make([2, 3, 1], hidden="sigmiod"), ValueError, r"unknown activation 'sigmiod'; did you mean 'sigmoid'\?"),
    (make([2, 3, 1], output="tahn"), ValueError, r"unknown activation 'tahn'; did you mean 'tanh'\?"),
    (make([2, 3, 1], hidden=None), TypeError, "hidden must be an activation, or a list .* got None"),
    (make([2, 3, 1], hidden=[None]), TypeError, "activation must be a name or an object .* got None of type NoneType"),
    (make([2, 3, 1], output=["tanh"]), TypeError, r"activation must be a name or an object .* got \['tanh'\]"),
    (
        make([2, 3, 3, 1], hidden=["tanh"]),
        ValueError,
        r"hidden lists 1 activations but \[2, 3, 3, 1\] has 2 hidden layers; pass one for each, or a single one",
    ),
    (make([2, 1], hidden=["tanh"]), ValueError, r"hidden lists 1 activations but \[2, 1\] has 0 hidden layers"),
    (make([2, 3, 3, 1], output="softmax"), ValueError, r"softmax over a single unit is always 1"),
    (make([2, 1], output="softmax"), ValueError, r"softmax over a single unit is always 1; use output='sigmoid', or"),
    (make([2, 1], initializer="he"), ValueError, r"unknown initializer 'he'; did you mean 'he_normal'\?"),
    (make([2, 1], initializer=0.1), TypeError, r"initializer must be a name or an object .* got 0\.1 of type float"),
    (make([2, 1], seed=-1), ValueError, r"seed must be a whole number of at least 0, got -1"),
    (make([2, 1], seed=0.5), TypeError, r"seed must be a whole number or a numpy.random.Generator, got 0\.5"),
    (make([2, 1], seed=True), TypeError, r"seed must be a whole number or a numpy.random.Generator, got True"),
    (make([2, 1], seed="0"), TypeError, r"seed must be a whole number or a numpy.random.Generator, got '0'"),
    (make([2, 1], dtype="float16"), ValueError, r"dtype must be 'float64' or 'float32', got 'float16'"),
    (make([2, 1], dtype="int64"), ValueError, r"dtype must be 'float64' or 'float32', got 'int64'"),
    (make([2, 1], dtype="double32"), ValueError, r"dtype must be 'float64' or 'float32', got 'double32'"),
    (make([2, 1], dtype=None), ValueError, r"dtype must be 'float64' or 'float32', got None"),
]


@pytest.mark.parametrize(("call", "error", "message"), CONSTRUCTION)
def test_construction(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


DATA: list[tuple[Any, Any, type[Exception], str]] = [
    (NAN, Y, ValueError, r"X must be finite, but row 3, column 1 is nan \(1 such values\); impute or drop them first"),
    (np.where(X == 1, math.inf, X), Y, ValueError, r"X must be finite, but row 10, column 0 is inf"),
    (X, np.where(Y == 1, math.nan, 0), ValueError, r"y must be finite, but row 11, column 0 is nan \(10 such values\)"),
    (X, np.where(Y == 1, -math.inf, 0), ValueError, r"y must be finite, but row 11, column 0 is -inf"),
    ([], Y, ValueError, r"X is empty, of shape \(0,\); pass at least one sample"),
    (np.zeros((0, 2)), np.zeros((0, 1)), ValueError, r"X is empty, of shape \(0, 2\)"),
    (X, [], ValueError, r"y is empty, of shape \(0,\)"),
    (X[:, :1], Y, ValueError, r"X has 1 columns but the network takes 2 features; pass X of shape \(n, 2\) or build"),
    (X[:, 0], Y, ValueError, r"got shape \(21,\); pass X.reshape\(-1, 1\) if it is one feature"),
    (X[0], Y[0], ValueError, r"got shape \(2,\); pass X.reshape\(1, -1\) if it is one sample"),
    (X[None], Y, ValueError, r"X must be a matrix .* got shape \(1, 21, 2\); pass a 2-D array"),
    (3.0, Y, ValueError, r"X must be a matrix .* got shape \(\)"),
    ([[1, 2], [3]], Y, ValueError, r"X must be a matrix with rows of equal length; NumPy says"),
    (X, [[1], [1, 0]], ValueError, r"y must be a matrix with rows of equal length; NumPy says"),
    (X, Y[:20], ValueError, r"X has 21 rows but y has 20; pass one row of y for each sample"),
    (X, np.hstack([Y, Y, Y]), ValueError, r"y has 3 columns but the network ends in 1 unit; pass y of shape \(n, 1\)"),
    (X, Y[:, :, None], ValueError, r"y must be a matrix .* got shape \(21, 1, 1\)"),
    (
        X,
        2 * Y,
        ValueError,
        r"y must lie in \[0, 1\], but row 11, column 0 is 2\.0; binary_cross_entropy takes labels 0",
    ),
    (X, -Y, ValueError, r"y must lie in \[0, 1\], but row 11, column 0 is -1\.0"),
    (["words"], Y, TypeError, r"X must hold real numbers, got values of dtype <U5; encode words as numbers first"),
    (X.astype(str), Y, TypeError, r"X must hold real numbers, got values of dtype <U32; encode words"),
    (X, ["yes", "no"], TypeError, r"y must hold real numbers, got values of dtype <U3; encode words"),
    (X + 1j, Y, TypeError, r"X must hold real numbers, got values of dtype complex128"),
    ([[0.1, None]], [1], TypeError, r"X must hold real numbers, got values of dtype object; .* leave out None"),
    (None, Y, TypeError, r"X must hold real numbers, got values of dtype object"),
    (X, None, TypeError, r"y must hold real numbers, got values of dtype object"),
]


@pytest.mark.parametrize(("X", "y", "error", "message"), DATA)
def test_data(X: Any, y: Any, error: type[Exception], message: str) -> None:
    net = cr.Network([2, 3, 1], seed=0)
    before = net.parameters.tobytes()
    for call in (net.fit, net.gradients):
        with pytest.raises(error, match=message):
            call(X, y)
    with pytest.raises(error, match="^validation_data: .*" + message):
        net.fit(*cr.datasets.xor(), validation_data=(X, y))
    if message.startswith("X must be finite"):
        with pytest.raises(error, match=message):
            net.predict(X)
    assert net.parameters.tobytes() == before


FIT: list[tuple[dict[str, Any], type[Exception], str]] = [
    (
        {"loss": "binary_crossentropy"},
        ValueError,
        r"unknown loss 'binary_crossentropy'; did you mean 'binary_cross_entropy'",
    ),
    ({"loss": "mse"}, ValueError, r"unknown loss 'mse'; did you mean 'mean_squared_error'\?"),
    ({"loss": None}, TypeError, r"loss must be a name or an object of class Loss, got None of type NoneType"),
    ({"optimizer": "sdg"}, ValueError, r"unknown optimizer 'sdg'; did you mean 'sgd'\?"),
    (
        {"optimizer": 0.3},
        TypeError,
        r"optimizer must be a name or an object of class Optimizer, got 0\.3 of type float",
    ),
    ({"optimizer": cr.SGD}, TypeError, r"optimizer must be a name or an object .* got <class"),
    ({"epochs": 0}, ValueError, r"epochs must be a whole number of at least 1, got 0"),
    ({"epochs": -5}, ValueError, r"epochs must be a whole number of at least 1, got -5"),
    ({"epochs": 1.5}, TypeError, r"epochs must be a whole number, got 1\.5 of type float"),
    ({"epochs": True}, TypeError, r"epochs must be a whole number, got True of type bool"),
    ({"epochs": "10"}, TypeError, r"epochs must be a whole number, got '10' of type str"),
    ({"batch_size": 22}, ValueError, r"batch_size is 22 but there are 21 samples; pass at most 21, or None for all"),
    ({"batch_size": 0}, ValueError, r"batch_size must be a whole number of at least 1, got 0"),
    ({"batch_size": -1}, ValueError, r"batch_size must be a whole number of at least 1, got -1"),
    ({"batch_size": 7.0}, TypeError, r"batch_size must be a whole number, got 7\.0 of type float"),
    ({"shuffle": None}, TypeError, r"shuffle must be True, False, a seed or a numpy.random.Generator, got None"),
    ({"shuffle": "yes"}, TypeError, r"shuffle must be a whole number or a numpy.random.Generator, got 'yes'"),
    ({"shuffle": -1}, ValueError, r"shuffle must be a whole number of at least 0, got -1"),
    ({"engine": "nunpy"}, ValueError, r"unknown engine 'nunpy'; did you mean 'numpy'\?"),
    ({"engine": None}, TypeError, r"engine must be one of auto, compiled, numpy, reference, got None"),
    ({"verbose": 3}, ValueError, r"verbose must be 0, 1, 2 or 'auto', got 3"),
    ({"callbacks": [1]}, TypeError, r"a callback must be a chainrule.Callback or a function of \(epoch, logs\), got 1"),
    ({"validation_data": 3}, TypeError, r"validation_data must be a pair \(X, y\), got .* int; pass \(X, y\), or None"),
    ({"validation_data": X}, TypeError, r"validation_data must be a pair \(X, y\), got an object of type ndarray"),
    (
        {"validation_data": (X, Y, Y)},
        ValueError,
        r"validation_data must be a pair \(X, y\), got 3 things; pass \(X, y\)",
    ),
    ({"validation_data": (X, Y[:3])}, ValueError, r"validation_data: X has 21 rows but y has 3"),
    ({"validation_data": (X, None)}, TypeError, r"validation_data: y must hold real numbers"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), FIT)
def test_fit(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    net = cr.Network([2, 3, 1], seed=0)
    before, state = net.parameters.tobytes(), net.rng.bit_generator.state
    with pytest.raises(error, match=message):
        net.fit(X, Y, **{"batch_size": 4, **arguments})
    assert net.parameters.tobytes() == before
    assert net.rng.bit_generator.state == state


@pytest.mark.parametrize(
    ("output", "loss", "message"),
    [
        (
            "identity",
            "binary_cross_entropy",
            r"binary_cross_entropy needs predictions in \[0, 1\], but output='identity' gives values in \[-inf, inf\]; "
            r"build the network with output='sigmoid'",
        ),
        ("tanh", "binary_cross_entropy", r"output='tanh' gives values in \[-1, 1\]; .* output='sigmoid'"),
        ("relu", "categorical_cross_entropy", r"output='relu' gives values in \[0, inf\]; .* output='softmax'"),
    ],
)
def test_an_output_that_does_not_go_with_the_loss(output: str, loss: str, message: str) -> None:
    net = cr.Network([2, 3, 2], output=output, seed=0)
    for call in (net.fit, net.gradients):
        with pytest.raises(ValueError, match=message):
            call(X, np.hstack([Y, 1 - Y]), loss)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (Y + 2, r"y must hold class indices, whole numbers from 0 to 2, but row 11 is 3\.0; number the classes from 0"),
        (Y / 2, r"y must hold class indices, whole numbers from 0 to 2, but row 11 is 0\.5; number the classes from 0"),
        (
            np.hstack([Y, Y]),
            r"y has 2 columns but the network ends in 3 units; pass class indices \(n,\) or one-hot rows",
        ),
        (
            np.hstack([Y, Y, Y]),
            r"y must hold one distribution a row, .* but row 0 is \[0\.0, 0\.0, 0\.0\]; pass one-hot",
        ),
    ],
)
def test_classes_that_do_not_go_with_the_outputs(y: Any, message: str) -> None:
    net = cr.Network([2, 3], output="softmax", seed=0)
    with pytest.raises(ValueError, match=message):
        net.fit(X, y, "categorical_cross_entropy")


def test_one_class_is_nothing_to_learn() -> None:
    message = r"y holds one class only: all 21 rows are \[1\.0\]; .* pass samples of at least two classes"
    with pytest.raises(ValueError, match=message):
        cr.Network([2, 3, 1]).fit(X, np.ones(21))
    with pytest.raises(ValueError, match="one class only: all 2 rows"):
        cr.Network([2, 3, 1]).fit(X[:2], Y[:2])
    with pytest.raises(ValueError, match=r"y holds one class only: all 21 rows are \[0\.0, 1\.0, 0\.0\]"):
        cr.Network([2, 3], output="softmax").fit(X, np.ones(21), "categorical_cross_entropy")
    # A constant is a target like any other where there are no classes.
    assert len(cr.Network([2, 1], seed=0).fit(X, np.ones(21), "mean_squared_error", epochs=2).loss) == 2


def test_what_is_right_raises_nothing() -> None:
    net = cr.Network([2, 3, 1], seed=0)
    assert np.isfinite(net.predict(X)).all()
    history = net.fit(X, Y, epochs=2, batch_size=21, shuffle=0, engine="auto", validation_data=(X, Y), callbacks=())
    assert len(history.loss) == 2
