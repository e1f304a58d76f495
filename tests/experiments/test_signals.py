"""The signals in a network: sizes known in closed form, and units that are dead or saturated by construction."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.experiments.signals import LABELS, right, root_mean_square, signals, signals_at_start, steepest, wrong
from chainrule.formulas import activations

X, Y = cr.datasets.spirals(60, turns=1.0)


def test_signals_are_those_of_the_gradients() -> None:
    network = cr.Network([2, 5, 4, 1], hidden=["prelu", "tanh"], normalization=["batch_norm", None], seed=0)
    found = signals(network.structure, network.parameters, X, Y)
    norms = [np.linalg.norm(grad) for grad in network.gradients(X, Y).weights]
    np.testing.assert_allclose(found.grad_weight, norms, rtol=1e-12)
    assert found.delta.shape == found.activation.shape == found.saturated.shape == found.dead.shape == (2,)


def test_dead_and_saturated_units_are_counted() -> None:
    network = cr.Network([2, 4, 1], hidden="relu", seed=0)
    network.weights[0][:], network.biases[0][:] = 0, [-1, -1, -1, 1]
    found = signals(network.structure, network.parameters, X, Y)
    assert (found.dead[0], found.saturated[0]) == (0.75, 0.75)
    network = cr.Network([2, 4, 1], hidden="sigmoid", seed=0)
    network.weights[0][:], network.biases[0][:] = 0, [-5, 5, 0, 1]
    found = signals(network.structure, network.parameters, X, Y)
    assert (found.dead[0], found.saturated[0]) == (0, 0.5)  # a sigmoid is never dead
    assert found.activation[0] == pytest.approx(np.sqrt(np.mean(activations.get("sigmoid")(network.biases[0]) ** 2)))


def test_a_diverged_network_has_signals_of_nan() -> None:
    network = cr.Network([2, 3, 1], hidden="relu", seed=0)
    network.parameters[...] = np.nan
    assert np.isnan(signals(network.structure, network.parameters, X, Y).delta).all()


def test_small_gradients_do_not_underflow() -> None:
    assert root_mean_square(np.array([3e-300, 4e-300])) == pytest.approx(np.sqrt(12.5) * 1e-300, rel=1e-14)
    assert root_mean_square(np.zeros(3)) == 0


@pytest.mark.parametrize("name", LABELS)
def test_every_activation_has_its_initializers(name: str) -> None:
    assert right(name) != wrong(name)
    found = signals_at_start(X, Y, [2, *[32] * 6, 1], seed=0, hidden=name, initializer=right(name))
    assert np.isfinite(found.delta).all()
    assert steepest(activations.get(name)) >= 1 / 6


def test_a_sigmoid_layer_takes_more_than_three_quarters() -> None:
    sizes = [2, *[32] * 12, 1]
    fall = {}
    for initializer in (wrong("sigmoid"), right("sigmoid")):
        delta = [signals_at_start(X, Y, sizes, initializer=initializer, seed=seed).delta for seed in range(10)]
        fall[initializer] = np.mean([np.log(each[0] / each[-1]) for each in delta]) / 11
    assert fall[wrong("sigmoid")] < np.log(0.25) < fall[right("sigmoid")] < 0
