"""The range test: its rates, its losses against a loop by hand, and that it leaves the network alone."""

import math
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import plots
from chainrule.training.find_rate import RangeTest

X, Y = cr.datasets.xor()
ENGINES = ["reference", "numpy", "compiled"]


def net(**settings: Any) -> cr.Network:
    return cr.Network([2, 6, 1], hidden="tanh", **{"seed": 0, **settings})


@pytest.mark.parametrize("engine", ENGINES)
def test_each_rate_is_one_step(engine: str) -> None:
    found = cr.lr_find(net(), X, Y, optimizer=cr.SGD(momentum=0.9), end_lr=0.1, num_it=25, l2=0.01, engine=engine)
    np.testing.assert_allclose(found.rates, 1e-7 * 1e6 ** (np.arange(25) / 24), rtol=1e-12)
    by_hand, velocity, losses = net(), 0.0, []

    def loss() -> float:
        return by_hand.gradients(X, Y).loss + 0.005 * sum((w**2).sum() for w in by_hand.weights)

    assert found.start == pytest.approx(loss(), rel=1e-12)
    for rate in found.rates:
        gradient = by_hand.gradients(X, Y).parameters
        for layer, weight in zip(by_hand.structure.layers, by_hand.weights, strict=True):
            layer.weight(gradient)[...] += 0.01 * weight
        velocity = 0.9 * velocity - rate * gradient
        by_hand.parameters[...] += velocity
        losses.append(loss())
    np.testing.assert_allclose(found.losses, losses, rtol=1e-10)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("settings", [{}, {"dropout": 0.3}, {"normalization": "batch_norm"}, {"dtype": "float32"}])
def test_the_network_stays_as_it_is(engine: str, settings: dict[str, Any]) -> None:
    network, twin = net(**settings), net(**settings)
    found, again = (cr.lr_find(network, X, Y, batch_size=5, num_it=20, engine=engine) for _ in range(2))
    np.testing.assert_array_equal(network.parameters, twin.parameters)
    np.testing.assert_array_equal(network.running_statistics, twin.running_statistics)
    assert network.rng.random() == twin.rng.random()
    np.testing.assert_array_equal(found.losses, again.losses)
    other = cr.lr_find(net(**settings), X, Y, batch_size=5, num_it=20, engine=engine, shuffle=1)
    assert (other.losses[:10] != found.losses[:10]).any()


def test_it_ends_when_the_loss_explodes() -> None:
    found = cr.lr_find(net(), X, Y, end_lr=1e6)
    assert len(found.rates) == len(found.losses) < 100
    assert found.losses[-1] > 4 * found.start >= found.losses[:-1].max()
    assert found.suggestion < found.steepest < found.rates[-1]
    whole = cr.lr_find(net(), X, Y, end_lr=1e-3, num_it=40)
    assert len(whole.rates) == 40
    assert whole.rates[-1] == pytest.approx(1e-3)


def test_a_loss_that_is_not_finite_ends_it() -> None:
    network = cr.Network([2, 1], output="identity", seed=0)
    found = cr.lr_find(network, 1e100 * X, Y, "mean_squared_error", start_lr=1e-60)
    assert len(found.rates) == 1
    assert found.losses.tolist() == [math.inf]
    with pytest.raises(ValueError, match="falls at none of the rates"):
        _ = found.suggestion


def test_the_suggestion() -> None:
    rates = np.array([1e-3, 1e-2, 1e-1, 1.0, 10.0])
    found = RangeTest(rates, np.array([0.99, 0.8, 0.3, 0.25, 9.0]), 1.0)
    assert (found.suggestion, found.steepest) == (0.1, 0.1)
    assert RangeTest(rates, np.array([0.5, 0.4, 0.3, 0.25, math.nan]), 1.0).steepest == 1e-3
    assert RangeTest(rates[:3], np.array([0.99, 0.2, math.inf]), 1.0).suggestion == 1e-3
    with pytest.raises(
        ValueError, match=r"the loss falls at none of the rates from 0.001 to 10; pass a smaller start_lr"
    ):
        _ = RangeTest(rates, np.array([2.0, 3.0, 4.0, 5.0, math.nan]), 1.0).suggestion


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_the_suggested_rate_trains(optimizer: str) -> None:
    for seed in range(3):
        network = net(seed=seed)
        rate = cr.lr_find(network, X, Y, optimizer=optimizer, end_lr=1e3).suggestion
        history = network.fit(X, Y, optimizer=cr.optimizers.get(optimizer, learning_rate=rate), epochs=400)
        assert history.loss[-1] < 0.5 * history.loss[0]


def test_the_picture() -> None:
    found = cr.lr_find(net(), X, Y, end_lr=1e3)
    figure = found.plot()
    text = plots.to_svg(figure)  # type: ignore[arg-type]
    assert text.count("<svg") == 1
    (axes,) = figure.axes  # type: ignore[union-attr]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), found.losses)
    assert axes.lines[1].get_xdata()[0] == found.suggestion  # type: ignore[index]
    mine = plots.figure(1)[1][0]
    assert found.plot(mine) is mine.get_figure()
    flat = RangeTest(np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0]), 1.0)  # nothing to suggest
    assert len(flat.plot().axes[0].lines) == 1  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"start_lr": 0}, ValueError, "start_lr must be a finite number greater than 0, got 0"),
        ({"end_lr": 1e-8}, ValueError, "end_lr must be a finite number greater than 1e-07, got 1e-08"),
        ({"num_it": 2}, ValueError, "num_it must be a whole number of at least 3, got 2"),
        ({"batch_size": 22}, ValueError, "batch_size is 22 but there are 21 samples"),
        ({"optimizer": "lbfgs"}, ValueError, "LBFGS finds the lengths of its steps by itself"),
        ({"optimizer": "rprop"}, ValueError, "Rprop finds the lengths of its steps by itself"),
        ({"optimizer": "sdg"}, ValueError, "unknown optimizer 'sdg'; did you mean 'sgd'"),
        ({"loss": "hing"}, ValueError, "unknown loss"),
        ({"shuffle": None}, TypeError, "shuffle must be True, False, a seed"),
        ({"engine": "cuda"}, ValueError, "unknown engine 'cuda'"),
        ({"X": X[:, :1]}, ValueError, "X has 1 columns"),
        ({"y": Y[:5]}, ValueError, "X has 21 rows but y has 5"),
    ],
)
def test_what_is_refused(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        cr.lr_find(net(), **{"X": X, "y": Y, **arguments})
