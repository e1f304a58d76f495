"""A trace holds every number of a step, under its name."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.backprop import backprop

X, Y = cr.datasets.xor()


def test_every_tensor_is_the_reference_s() -> None:
    net = cr.Network([2, 3, 3, 1], seed=0)
    trace = cr.trace(net, X, Y, optimizer=cr.SGD(0.3, momentum=0.9))
    numbers = backprop(net.structure, net.parameters, X, Y, cr.losses.get("binary_cross_entropy"))
    for i in range(3):
        for name in ("z", "a", "grad_a", "delta", "grad_weight", "grad_bias"):
            np.testing.assert_array_equal(trace[f"layers.{i}.{name}"], getattr(numbers, name)[i])
        np.testing.assert_array_equal(trace[f"layers.{i}.weight"], net.weights[i])
        np.testing.assert_array_equal(trace[f"layers.{i}.velocity_weight"], -0.3 * numbers.grad_weight[i])
        np.testing.assert_array_equal(trace[f"layers.{i}.velocity_bias"], -0.3 * numbers.grad_bias[i])
        np.testing.assert_array_equal(trace[f"layers.{i}.new_weight"], net.weights[i] - 0.3 * numbers.grad_weight[i])
        np.testing.assert_allclose(
            trace[f"layers.{i}.update_weight"], -0.3 * numbers.grad_weight[i], rtol=1e-9, atol=1e-15
        )
    np.testing.assert_array_equal(trace["grad_X"], numbers.grad_X)
    assert trace.numbers.loss == numbers.loss
    assert set(trace.tensors) == {"X", "y", "grad_X"} | {
        f"layers.{i}.{name}"
        for i in range(3)
        for name in (
            *("weight", "bias", "z", "a", "grad_a", "delta", "grad_weight", "grad_bias"),
            *("velocity_weight", "velocity_bias", "update_weight", "update_bias", "new_weight", "new_bias"),
        )
    }


def test_the_new_parameters_are_those_of_a_fit() -> None:
    net = cr.Network([2, 3, 1], seed=0)
    trace = cr.trace(net, X, Y, optimizer=cr.SGD(0.3, momentum=0.9))
    net.fit(X, Y, optimizer=cr.SGD(0.3, momentum=0.9), epochs=1, engine="reference", verbose=0)
    assert trace.updated.tobytes() == net.parameters.tobytes()


def test_the_network_is_left_alone() -> None:
    net = cr.Network([2, 3, 1], seed=0)
    before = net.parameters.tobytes()
    trace = cr.trace(net, X, Y)
    net.parameters[...] = 0
    assert trace.theta.tobytes() == before


def test_class_indices_and_float32() -> None:
    net = cr.Network([2, 3], output="softmax", seed=0, dtype="float32")
    trace = cr.trace(net, X[:2], [2, 0], "categorical_cross_entropy")
    assert trace.y.tolist() == [[0, 0, 1], [1, 0, 0]]
    assert {tensor.dtype for tensor in trace.tensors.values()} == {np.dtype("float32")}


def test_texts() -> None:
    trace = cr.trace(cr.Network([2, 3, 1], seed=0), X[:1], Y[:1])
    assert repr(trace).startswith("Trace(2-3-1, 1 sample, loss ")
    assert "layers.0.grad_weight       (2, 3)" in str(trace)
    with pytest.raises(KeyError, match=r"the trace has no 'layers.7.z'; it has X, y, layers.0.weight"):
        trace["layers.7.z"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((X[:, :1], Y), "X has 1 columns but the network takes 2"),
        ((X, Y[:3]), "X has 21 rows but y has 3"),
        ((X, Y, "mse"), "unknown loss 'mse'"),
    ],
)
def test_bad_input(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cr.trace(cr.Network([2, 3, 1]), *arguments)  # type: ignore[arg-type]


def test_the_rate_of_a_schedule_is_that_of_the_step() -> None:
    net, rate = cr.Network([2, 1], seed=0), cr.schedules.ExponentialDecay(0.4, 1, 0.5)
    first = cr.trace(net, [[0.3, 0.7]], [1], optimizer=cr.SGD(rate))
    second = cr.trace(net, [[0.3, 0.7]], [1], optimizer=cr.SGD(rate), state=first.new_state)
    assert (first.optimizer, second.optimizer) == (cr.SGD(0.4), cr.SGD(0.2))
    np.testing.assert_allclose(second.updated, second.theta - 0.2 * second.gradient, rtol=1e-14)
