"""L-BFGS: the minimum that SciPy finds when called at once, in a thread that nobody notices."""

import gc
import os
import signal
import threading
from typing import Any

import numpy as np
import pytest
import scipy.optimize
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

import chainrule as cr
from chainrule.arrays import Array
from chainrule.engines import choose
from chainrule.engines.batches import Batches
from chainrule.engines.job import Job
from chainrule.engines.lbfgs import LBFGSEngine
from chainrule.formulas import losses

X, Y = cr.datasets.xor()
ENGINES = ["reference", "numpy", "compiled"]


def net(seed: int = 1, **settings: Any) -> cr.Network:
    return cr.Network([2, 3, 1], hidden="tanh", **{"seed": seed, **settings})


def engine_of(network: cr.Network, optimizer: cr.LBFGS | None = None, gradients: Any = None) -> LBFGSEngine:
    loss = losses.get("binary_cross_entropy")
    X_given, y = X.astype(network.parameters.dtype), Y.astype(network.parameters.dtype)
    job = Job(network.structure, network.parameters, X_given, y, loss, optimizer or cr.LBFGS(), Batches(21, 21))
    data = X_given, y, loss
    return LBFGSEngine(job, gradients or (lambda theta: choose.gradients_of("reference", job.structure, theta, *data)))


@pytest.fixture(autouse=True)
def _leaves_no_thread() -> Any:
    before = threading.active_count()
    yield
    if threading.active_count() != before:  # an error that is kept may hold an engine in a circle
        gc.collect()
    assert threading.active_count() == before


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("l2", [0.0, 0.01])
def test_the_way_is_that_of_scipy_called_at_once(engine: str, l2: float) -> None:
    network, way, values = net(), [], []

    def objective(theta: Array) -> tuple[float, Array]:
        at = net()
        at.parameters[...] = theta
        found = at.gradients(X, Y, engine=engine)
        penalty, slope = 0.0, np.zeros_like(theta)
        for layer, weight in zip(at.structure.layers, at.weights, strict=True):
            penalty += 0.5 * l2 * (weight**2).sum()
            layer.weight(slope)[...] = l2 * weight
        return found.loss + penalty, found.parameters + slope

    def note(intermediate_result: Any) -> None:
        way.append(intermediate_result.x.copy())
        values.append(intermediate_result.fun)

    start = objective(network.parameters)[0]
    options = {"maxiter": 12, "maxcor": 5, "gtol": 0.0, "ftol": 0.0, "maxls": 30}
    scipy.optimize.minimize(
        objective, network.parameters.copy(), jac=True, method="L-BFGS-B", callback=note, options=options
    )
    seen: list[Array] = []
    history = network.fit(
        X,
        Y,
        optimizer=cr.LBFGS(memory=5, gradient_tolerance=0.0, max_line_search=30),
        epochs=12,
        l2=l2,
        engine=engine,
        callbacks=[lambda epoch, logs: seen.append(network.parameters.copy())],
    )
    assert history.engine == engine
    np.testing.assert_allclose(history.loss, [start, *values[:-1]], rtol=1e-12)
    np.testing.assert_allclose(seen, way, rtol=1e-9, atol=1e-12)
    other = net()
    other.fit(X, Y, optimizer=cr.LBFGS(memory=1, gradient_tolerance=0.0), epochs=12, l2=l2, engine=engine)
    assert np.abs(other.parameters - network.parameters).max() > 1e-6


@pytest.mark.parametrize("engine", ENGINES)
def test_a_network_without_hidden_layers_finds_the_convex_optimum(engine: str) -> None:
    X_iris, y = load_iris(return_X_y=True)
    X_iris, n = (X_iris - X_iris.mean(0)) / X_iris.std(0), len(y)
    expected = LogisticRegression(C=10 / n, tol=1e-12, max_iter=10_000).fit(X_iris, y)
    network = cr.Network([4, 3], output="softmax", seed=0)
    network.fit(X_iris, y, "categorical_cross_entropy", optimizer="lbfgs", epochs=300, l2=0.1, engine=engine)
    np.testing.assert_allclose(network.weights[0].T, expected.coef_, atol=1e-6)
    biases = network.biases[0] - network.biases[0].mean()  # a shift of all of them changes no probability
    np.testing.assert_allclose(biases, expected.intercept_ - expected.intercept_.mean(), atol=1e-6)


def test_where_blocks_end_changes_no_bit() -> None:
    networks = [net() for _ in range(2)]
    at_once, stepwise = (engine_of(network) for network in networks)
    expected = at_once.run(30)
    assert stepwise.run(0).tolist() == []
    found = np.concatenate([stepwise.run(steps) for steps in (1, 1, 5, 0, 20, 3)])
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(networks[0].parameters, networks[1].parameters)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_once_converged_nothing_changes(dtype: str) -> None:
    network = cr.Network([2, 1], seed=0, dtype=dtype)
    engine = engine_of(network, cr.LBFGS(gradient_tolerance=1e-4))
    first = engine.run(100)
    theta = network.parameters.copy()
    assert network.parameters.dtype == dtype
    assert np.abs(network.gradients(X, Y).parameters).max() < 2e-4
    assert (np.diff(first) <= 0).all()
    np.testing.assert_array_equal(engine.run(5), np.full(5, first[-1]))
    np.testing.assert_array_equal(network.parameters, theta)
    again = engine_of(network, cr.LBFGS(gradient_tolerance=1e-3))  # it has converged before its first step
    np.testing.assert_array_equal(again.run(3), np.full(3, first[-1]))
    np.testing.assert_array_equal(network.parameters, theta)


def test_it_stops_when_a_callback_says_so() -> None:
    class Stop(cr.Callback):
        def on_epoch_end(self, epoch: int, logs: Any) -> None:
            if epoch == 6:
                self.stop()

    history = net().fit(X, Y, optimizer=cr.LBFGS(), engine="numpy", epochs=100, callbacks=[Stop()])
    assert (len(history.loss), history.stopped_by) == (7, "callback")


def test_ctrl_c_ends_a_run_with_what_was_found() -> None:
    def interrupt(epoch: int, logs: Any) -> None:
        if epoch == 4:
            os.kill(os.getpid(), signal.SIGINT)

    network = net()
    history = network.fit(X, Y, optimizer=cr.LBFGS(), engine="numpy", epochs=100, callbacks=[interrupt])
    assert (len(history.loss), history.stopped_by) == (5, "interrupt")
    assert network.gradients(X, Y).loss < history.loss[-1]


def test_an_error_anywhere_reaches_the_caller_and_ends_the_thread() -> None:
    def fail(epoch: int, logs: Any) -> None:
        raise LookupError("mine")

    before = threading.active_count()
    with pytest.raises(LookupError, match="mine") as kept:
        net().fit(X, Y, optimizer=cr.LBFGS(), engine="numpy", epochs=100, callbacks=[fail])
    assert threading.active_count() == before  # although the error still holds the frames of the run
    assert kept.value

    def gradients(*arguments: Any) -> Any:
        raise ZeroDivisionError("in the loss")

    engine = engine_of(net(), gradients=gradients)
    with pytest.raises(ZeroDivisionError, match="in the loss"):
        engine.run(3)


def test_a_loss_that_is_not_finite_is_told() -> None:
    network = cr.Network([1, 1], output="identity", seed=0)
    network.parameters[...] = 1e200
    with pytest.raises(cr.DivergenceError, match="the loss is inf"):
        network.fit([[1.0], [2.0]], [[0.0], [1.0]], "mean_squared_error", optimizer=cr.LBFGS(), epochs=3)
    assert (network.parameters == 1e200).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_many_runs_are_those_of_fit(engine: str) -> None:
    settings: dict[str, Any] = {"optimizer": cr.LBFGS(), "engine": engine, "l2": 1e-3}
    runs = cr.train_many([2, 3, 1], X, Y, seeds=range(4), hidden="tanh", epochs=9, record_at=[0, 8], **settings)
    assert runs.loss is not None
    assert runs.parameters is not None
    for seed in range(4):
        network = net(seed)
        history = network.fit(X, Y, epochs=9, **settings)
        assert [history.loss[0], history.loss[8]] == runs.loss[seed].tolist()
        np.testing.assert_array_equal(network.parameters, runs.parameters[seed, 1])


def test_sample_weights_count() -> None:
    weights = np.where(np.arange(21) % 3 == 0, 3.0, 0.5)
    network = net()
    network.fit(X, Y, optimizer=cr.LBFGS(), engine="numpy", epochs=60, l2=0.01, sample_weight=weights)
    other = net()
    other.fit(X, Y, optimizer=cr.LBFGS(), engine="numpy", epochs=60, l2=0.01)
    assert np.abs(network.parameters - other.parameters).max() > 1e-3


@pytest.mark.parametrize(
    ("settings", "arguments", "message"),
    [
        ({}, {"batch_size": 4}, "not one of a batch of 4 samples; pass batch_size=None, or choose another optimizer"),
        ({"dropout": 0.5}, {}, "not one of what dropout leaves; build the network without it"),
        ({}, {"max_norm": 1.0}, "not one of weights within max_norm; pass l2= instead"),
        (
            {"normalization": "batch_norm"},
            {},
            "not one of running statistics that each step changes; build the network",
        ),
    ],
)
@pytest.mark.parametrize("engine", [*ENGINES, "auto"])
def test_what_has_no_one_loss_is_refused(
    settings: dict[str, Any], arguments: dict[str, Any], message: str, engine: str
) -> None:
    with pytest.raises(ValueError, match=f"LBFGS needs one loss on all samples for the whole run, {message}"):
        net(**settings).fit(X, Y, optimizer="lbfgs", epochs=3, engine=engine, **arguments)


def test_layer_normalization_is_no_obstacle() -> None:
    history = net(normalization="layer_norm").fit(X, Y, optimizer="lbfgs", engine="numpy", epochs=30)
    assert history.loss[-1] < 0.5 * history.loss[0]


def test_it_ends_where_the_loss_hardly_falls_or_after_so_many_evaluations() -> None:
    X, y = cr.datasets.xor()

    def distinct(**settings: float) -> int:
        net = cr.Network([2, 4, 1], seed=0)
        return len(set(net.fit(X, y, optimizer=cr.LBFGS(**settings), epochs=100, engine="numpy").loss))  # type: ignore[arg-type]

    assert distinct(loss_tolerance=0.1) < distinct(loss_tolerance=1e-3) < distinct()
    assert distinct(max_evaluations=5) <= 6 < distinct()
    with pytest.raises(ValueError, match="loss_tolerance must be"):
        cr.LBFGS(loss_tolerance=-1.0)
    with pytest.raises(ValueError, match="max_evaluations must be"):
        cr.LBFGS(max_evaluations=0)
