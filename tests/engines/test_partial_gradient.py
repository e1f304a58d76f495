"""The gradient of a batch is the sum of those of its parts, by each engine."""

import pickle
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.engines import partial_gradient
from chainrule.engines.partial_gradient import PartialGradient

ENGINES = ["compiled", "numpy", "reference"]
N = 1003


def data(loss: str, dtype: str) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, 4)).astype(dtype)
    y = (X[:, :1] * X[:, 1:2] > 0).astype(dtype)
    return X, (np.hstack([y, 1 - y, 0 * y]) if loss == "categorical_cross_entropy" else y)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partial_gradient, "AT_ONCE", 128)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("loss", ["binary_cross_entropy", "categorical_cross_entropy", "mean_squared_error"])
def test_the_parts_add_up_to_the_gradient(engine: str, dtype: str, loss: str) -> None:
    X, y = data(loss, dtype)
    output = {"binary_cross_entropy": "sigmoid", "categorical_cross_entropy": "softmax"}.get(loss, "identity")
    net = cr.Network([4, 7, y.shape[1]], hidden="tanh", output=output, normalization="layer_norm", seed=1, dtype=dtype)
    weights = np.random.default_rng(1).uniform(0.5, 1.5, N)
    weights = (weights / weights.mean()).astype(dtype)
    expected = net.gradients(X, y, loss, sample_weight=weights)
    partial = PartialGradient(engine, net.structure, cr.losses.get(loss), np.dtype(dtype), weighted=True)
    share = cr.losses.get(loss).share(y.shape)
    parts = [
        partial.of(net.numbers, X[i : i + 300], y[i : i + 300], weights[i : i + 300], share) for i in range(0, N, 300)
    ]
    total = np.sum(parts, axis=0)
    tolerance = 1e-14 if dtype == "float64" else 1e-6
    np.testing.assert_allclose(total[0], expected.loss, rtol=0, atol=tolerance)
    np.testing.assert_allclose(total[1:], expected.parameters, rtol=0, atol=tolerance)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_drops_out_depends_on_the_place_in_the_batch(engine: str) -> None:
    X, y = data("binary_cross_entropy", "float64")
    net = cr.Network([4, 7, 5, 1], hidden="tanh", dropout=0.4, seed=1)
    partial = PartialGradient(engine, net.structure, cr.losses.get("binary_cross_entropy"), np.dtype("float64"))
    reference = PartialGradient("reference", *[getattr(partial, name) for name in ("structure", "loss", "dtype")])
    whole = reference.of(net.numbers, X, y, None, 1 / N, key=5)
    parts = sum(partial.of(net.numbers, X[i : i + 300], y[i : i + 300], None, 1 / N, 5, i) for i in range(0, N, 300))
    np.testing.assert_allclose(parts, whole, rtol=0, atol=1e-14)
    wrong = sum(partial.of(net.numbers, X[i : i + 300], y[i : i + 300], None, 1 / N, 5, 0) for i in range(0, N, 300))
    assert np.abs(wrong - whole).max() > 1e-6


@pytest.mark.parametrize("engine", ENGINES)
def test_it_can_be_sent_to_another_process(engine: str) -> None:
    X, y = data("binary_cross_entropy", "float64")
    net = cr.Network([4, 7, 1], seed=1)
    partial = PartialGradient(engine, net.structure, cr.losses.get("binary_cross_entropy"), np.dtype("float64"))
    before = partial.of(net.numbers, X, y, None, 1 / N)
    sent = pickle.loads(pickle.dumps(partial))
    assert sent == partial
    assert (sent.of(net.numbers, X, y, None, 1 / N) == before).all()
