"""The network that people hold: what it predicts, how it trains, and that a seed decides every bit of it."""

import copy
import dataclasses
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.arrays import Array

X, Y = cr.datasets.xor()
CLASSES = cr.datasets.gaussians(30, classes=3, seed=0)


def bits(net: cr.Network) -> bytes:
    return net.parameters.tobytes()


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def softmax(z: Array) -> Array:
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


def train_by_hand(
    net: cr.Network, X: Array, y: Array, probability: Any, eta: float, mu: float, nesterov: bool, epochs: int
) -> tuple[list[float], list[Array]]:
    """A tanh layer and a probabilistic one trained by their cross entropy, as a textbook writes it."""
    (W1, W2), (b1, b2) = ([tensor.copy() for tensor in tensors] for tensors in (net.weights, net.biases))
    theta = [W1, b1, W2, b2]
    velocity, losses = [np.zeros_like(p) for p in theta], []
    for _ in range(epochs):
        h = np.tanh(X @ W1 + b1)
        p = probability(h @ W2 + b2)
        losses.append(-np.mean(np.sum(y * np.log(p) + ((1 - y) * np.log(1 - p) if y.shape[1] == 1 else 0), axis=1)))
        d2 = (p - y) / len(X)
        d1 = d2 @ W2.T * (1 - h**2)
        for p_i, v, g in zip(theta, velocity, (X.T @ d1, d1.sum(0), h.T @ d2, d2.sum(0)), strict=True):
            v *= mu
            v -= eta * g
            p_i += mu * v - eta * g if nesterov else v
    return losses, theta


@pytest.mark.parametrize(("mu", "nesterov"), [(0.0, False), (0.9, False), (0.9, True)])
@pytest.mark.parametrize("engine", ["numpy", "reference"])
@pytest.mark.parametrize("loss", ["binary_cross_entropy", "categorical_cross_entropy"])
def test_full_batches_are_a_plain_numpy_loop(loss: str, engine: str, mu: float, nesterov: bool) -> None:
    if loss == "binary_cross_entropy":
        (X_, y), output, probability = (X, Y), "sigmoid", sigmoid
    else:
        (X_, labels), output, probability = CLASSES, "softmax", softmax
        y = np.eye(3)[labels[:, 0].astype(int)]
    net = cr.Network([2, 4, y.shape[1]], hidden="tanh", output=output, seed=1)
    losses, theta = train_by_hand(net, X_, y, probability, 0.3, mu, nesterov, 50)
    history = net.fit(X_, y, loss, optimizer=cr.SGD(0.3, momentum=mu, nesterov=nesterov), epochs=50, engine=engine)
    np.testing.assert_allclose(history.loss, losses, rtol=1e-12)
    for tensor, expected in zip((net.weights[0], net.biases[0], net.weights[1], net.biases[1]), theta, strict=True):
        np.testing.assert_allclose(tensor, expected, rtol=1e-12, atol=1e-13)


def test_the_loop_by_hand_can_tell() -> None:
    net = cr.Network([2, 4, 1], hidden="tanh", seed=1)
    losses, _ = train_by_hand(net, X, Y, sigmoid, 0.3 * (1 + 1e-9), 0.9, False, 50)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(
            net.fit(X, Y, optimizer=cr.SGD(0.3, momentum=0.9), epochs=50).loss, losses, rtol=1e-12
        )


def test_predict_is_the_forward_pass() -> None:
    net = cr.Network([2, 3, 2], hidden="tanh", output="softmax", seed=0)
    net.parameters[...] += 0.1
    (W1, W2), (b1, b2) = net.weights, net.biases
    np.testing.assert_allclose(net.predict(X), softmax(np.tanh(X @ W1 + b1) @ W2 + b2), rtol=1e-14)
    assert net.predict(X).shape == (21, 2)


def test_weights_and_biases_are_views_of_the_parameters() -> None:
    net = cr.Network([2, 3, 1], seed=0)
    net.weights[1][...] = 7
    net.biases[0][1] = -2
    assert net.parameters.tolist()[6:] == [0, -2, 0, 7, 7, 7, 0]
    net.parameters[...] = 0
    assert not any(tensor.any() for tensor in (*net.weights, *net.biases))


def test_training_goes_on_in_the_same_arrays() -> None:
    net = cr.Network([2, 3, 1], seed=0)
    theta, W = net.parameters, net.weights[0]
    before = theta.copy()
    net.fit(X, Y, epochs=2)
    assert net.parameters is theta
    assert np.shares_memory(W, net.weights[0])
    assert (theta != before).any()


def test_repr() -> None:
    net = cr.Network([2, 3, 1], hidden="tanh", dtype="float32", seed=0)
    assert repr(net) == "Network(2-3-1, tanh, sigmoid, 13 parameters, float32)"


@pytest.mark.parametrize("engine", ["auto", "numpy", "reference"])
def test_gradients_are_one_vector_and_its_views(engine: str) -> None:
    net = cr.Network([2, 3, 1], seed=0)
    gradients = net.gradients(X, Y, loss="binary_cross_entropy", engine=engine)
    assert [tensor.shape for tensor in gradients.weights] == [(2, 3), (3, 1)]
    assert [tensor.shape for tensor in gradients.biases] == [(3,), (1,)]
    for i, layer in enumerate(net.structure.layers):
        np.testing.assert_array_equal(layer.weight(gradients.parameters), gradients.weights[i])
        np.testing.assert_array_equal(layer.bias(gradients.parameters), gradients.biases[i])
    with pytest.raises(dataclasses.FrozenInstanceError):
        gradients.loss = 0.0  # type: ignore[misc]
    p = net.predict(X)
    assert gradients.loss == pytest.approx(float(-np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p))), rel=1e-12)


@pytest.mark.parametrize("engine", ["numpy", "reference"])
def test_the_first_loss_is_the_one_before_the_first_update(engine: str) -> None:
    net = cr.Network([2, 3, 1], seed=0)
    before = net.gradients(X, Y).loss
    history = net.fit(X, Y, optimizer=cr.SGD(1.0), epochs=2, engine=engine)
    assert history.loss[0] == pytest.approx(before, rel=1e-12)
    assert history.loss[1] != pytest.approx(before, rel=1e-3)


def test_the_loss_of_an_epoch_of_mini_batches_is_weighted_by_their_samples() -> None:
    net, twin, eta = cr.Network([2, 3, 1], seed=0), cr.Network([2, 3, 1], seed=0), 0.1
    expected = 0.0
    for rows in (slice(0, 8), slice(8, 16), slice(16, 21)):
        gradients = twin.gradients(X[rows], Y[rows])
        expected += gradients.loss * len(X[rows]) / 21
        twin.parameters[...] -= eta * gradients.parameters
    history = net.fit(X, Y, optimizer=cr.SGD(eta), epochs=1, batch_size=8, shuffle=False)
    assert history.loss == [pytest.approx(expected, rel=1e-12)]
    np.testing.assert_allclose(net.parameters, twin.parameters, rtol=1e-12, atol=1e-14)


def test_val_loss_is_the_loss_on_the_validation_data_after_each_epoch() -> None:
    net, seen = cr.Network([2, 3, 1], seed=0), []
    held_out = cr.datasets.linear(10, seed=1)
    history = net.fit(
        X, Y, epochs=5, validation_data=held_out, callbacks=[lambda *_: seen.append(net.gradients(*held_out).loss)]
    )
    np.testing.assert_allclose(history.history["val_loss"], seen, rtol=1e-12)
    assert len(history.loss) == len(history.epoch) == 5
    other = cr.Network([2, 3, 1], seed=0)
    other.fit(X, Y, epochs=5)
    assert bits(other) == bits(net)


def test_fit_goes_on_from_the_parameters_that_there_are() -> None:
    net, twin = cr.Network([2, 3, 1], seed=0), cr.Network([2, 3, 1], seed=0)
    parts = [net.fit(X, Y, optimizer=cr.SGD(0.3), epochs=epochs).loss for epochs in (3, 4)]
    assert parts[0] + parts[1] == twin.fit(X, Y, optimizer=cr.SGD(0.3), epochs=7).loss
    assert bits(net) == bits(twin)


def shuffled_loss(shuffle: Any, batch_size: int | None = 4, seed: int = 0) -> list[float]:
    return cr.Network([2, 3, 1], seed=seed).fit(X, Y, epochs=3, batch_size=batch_size, shuffle=shuffle).loss


def test_shuffle() -> None:
    assert shuffled_loss(True) == shuffled_loss(True)
    assert shuffled_loss(5) == shuffled_loss(5) == shuffled_loss(np.random.default_rng(5))
    assert len({tuple(shuffled_loss(shuffle)) for shuffle in (True, False, 5, 6)}) == 4


def test_full_batches_are_never_shuffled() -> None:
    assert shuffled_loss(True, None) == shuffled_loss(False, None) == shuffled_loss(5, 21)


def test_shuffle_true_draws_on_from_the_networks_own_generator() -> None:
    rng = np.random.default_rng(3)
    net = cr.Network([2, 3, 1], seed=rng)
    twin = cr.Network([2, 3, 1], seed=3)
    assert net.fit(X, Y, epochs=2, batch_size=4).loss == twin.fit(X, Y, epochs=2, batch_size=4, shuffle=twin.rng).loss
    assert net.fit(X, Y, epochs=2, batch_size=4).loss == twin.fit(X, Y, epochs=2, batch_size=4).loss
    again = cr.Network([2, 3, 1], seed=3)
    assert net.rng is rng
    assert rng.bit_generator.state == twin.rng.bit_generator.state != again.rng.bit_generator.state


def test_same_seed_same_bits() -> None:
    assert bits(cr.Network([2, 3, 1], seed=5)) == bits(cr.Network([2, 3, 1], seed=np.random.default_rng(5)))
    assert bits(cr.Network([2, 3, 1], seed=5)) != bits(cr.Network([2, 3, 1], seed=6))
    assert bits(cr.Network([2, 3, 1])) != bits(cr.Network([2, 3, 1]))


TRAIN_AND_PRINT = """
import hashlib
import chainrule as cr
X, y = cr.datasets.moons(40, seed=1)
for _ in range(2):
    net = cr.Network([2, 16, 8, 1], hidden=["relu", "tanh"], seed=3)
    for batch_size in (None, 7):
        net.fit(X, y, optimizer=cr.SGD(0.1, momentum=0.9), epochs=30, batch_size=batch_size)
    print(hashlib.sha256(net.parameters.tobytes()).hexdigest())
"""


def test_same_seed_same_bits_in_another_process() -> None:
    printed = [
        subprocess.run([sys.executable, "-c", TRAIN_AND_PRINT], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    hashes = "".join(printed).split()
    assert len(hashes) == 4
    assert len(set(hashes)) == 1


def test_float32() -> None:
    single, double = (cr.Network([2, 3, 1], seed=0, dtype=dtype) for dtype in ("float32", "float64"))
    losses = [net.fit(X, Y, optimizer=cr.SGD(0.3), epochs=50).loss for net in (single, double)]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)
    np.testing.assert_allclose(single.parameters, double.parameters, rtol=0, atol=1e-5)
    assert (single.parameters != double.parameters).any()
    gradients = single.gradients(X, Y)
    assert {a.dtype for a in (single.predict(X), single.parameters, gradients.parameters)} == {np.dtype("float32")}


@pytest.mark.parametrize("dtype", ["float64", float, np.float64, np.dtype("f8")])
def test_dtype_is_anything_that_numpy_takes_for_float64(dtype: Any) -> None:
    assert cr.Network([2, 1], dtype=dtype).parameters.dtype == np.float64


def test_targets_in_any_form() -> None:
    vector, column = (cr.Network([2, 3, 1], seed=0).fit(X, y, epochs=3).loss for y in (Y[:, 0].astype(int), Y))
    assert vector == column
    X_, labels = CLASSES
    forms = labels[:, 0], labels, labels.astype(np.int32).ravel().tolist(), np.eye(3)[labels[:, 0].astype(int)]
    losses = [
        cr.Network([2, 3, 3], output="softmax", seed=0).fit(X_, y, "categorical_cross_entropy", epochs=3).loss
        for y in forms
    ]
    assert losses[0] == losses[1] == losses[2] == losses[3]


def test_names_and_objects_are_the_same() -> None:
    by_name = cr.Network([2, 3, 1], hidden="tanh", initializer="glorot_uniform", seed=0)
    by_object = cr.Network(
        [2, 3, 1], hidden=[cr.activations.get("tanh")], initializer=cr.initializers.get("glorot_uniform"), seed=0
    )
    assert bits(by_name) == bits(by_object)
    first = by_name.fit(X, Y, "half_squared_error", optimizer="sgd", epochs=3)
    second = by_object.fit(X, Y, cr.losses.get("half_squared_error"), optimizer=cr.SGD(), epochs=3)
    assert first.loss == second.loss


def solved(data: tuple[Array, Array], sizes: list[int], epochs: int, seed: int) -> bool:
    net = cr.Network(sizes, seed=seed)
    net.fit(*data, optimizer=cr.SGD(0.3, momentum=0.9), epochs=epochs)
    return bool((((net.predict(data[0]) > 0.5) == data[1]).mean()) >= 0.97)


def test_the_reports_two_problems_are_learned() -> None:
    # Not on every seed: about one XOR network in six stays on a plateau for ever.
    assert sum(solved((X, Y), [2, 3, 3, 1], 8000, seed) for seed in range(5)) >= 3
    assert sum(solved(cr.datasets.linear(seed=seed), [2, 2, 2, 1], 2000, seed) for seed in range(5)) >= 3


def test_one_sample_trains() -> None:
    history = cr.Network([2, 3, 1], seed=0).fit(X[:1], Y[:1], optimizer=cr.SGD(1.0), epochs=200)
    assert history.loss[-1] < 0.05 < history.loss[0]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_the_parameters_of_a_copy_are_what_it_predicts_with(copied: Any) -> None:
    net = cr.Network([2, 3, 1], seed=0)
    twin = copied(net)
    twin.parameters[...] = 0
    assert twin.predict([[1.0, 2.0]]).item() == 0.5
    assert net.predict([[1.0, 2.0]]).item() != 0.5
