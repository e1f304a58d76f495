"""What lies between a product and the next, and what follows a gradient: the reference, and both engines as it."""

from dataclasses import dataclass, field
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import chainrule as cr
from chainrule.arrays import Array
from chainrule.engines import many_samples, plan
from chainrule.formulas.dropout import Dropout, mask, step_key
from tests.referees import differences

SHARED = cr.activations.get("prelu", alpha=0.3, shared=True)
rng = np.random.default_rng(0)
X, CLASSES = rng.normal(size=(23, 4)), rng.integers(0, 3, 23)
WEIGHTS = np.arange(23.0)


@dataclass
class Case:
    """A network, and how it is trained."""

    network: dict[str, Any] = field(default_factory=dict)
    fit: dict[str, Any] = field(default_factory=dict)
    sizes: tuple[int, ...] = (4, 6, 5, 3)

    def build(self, dtype: str = "float64") -> cr.Network:
        return cr.Network(self.sizes, **{"output": "softmax", "seed": 3, "dtype": dtype, **self.network})

    def train(self, engine: str, dtype: str = "float64") -> tuple[Array, Array]:
        """The losses of a run, and all numbers of the network after it."""
        net = self.build(dtype)
        given = {"epochs": 3, "batch_size": 5, "optimizer": cr.SGD(0.1, momentum=0.9), **self.fit}
        history = net.fit(X, CLASSES, "categorical_cross_entropy", shuffle=0, engine=engine, verbose=0, **given)
        return np.array(history.loss), np.concatenate([net.parameters, net.running_statistics])


BATCH, LAYER, PRELU = {"normalization": "batch_norm"}, {"normalization": "layer_norm"}, {"hidden": "prelu"}
CASES = {
    "prelu": Case(PRELU),
    "shared prelu": Case({"hidden": SHARED}),
    "batch_norm": Case(BATCH),
    "batch_norm, all at once": Case(BATCH, {"batch_size": None}),
    "batch_norm, its own epsilon and momentum": Case({"normalization": cr.BatchNorm(epsilon=0.1, momentum=0.5)}),
    "layer_norm": Case(LAYER),
    "one of each": Case({"normalization": ["batch_norm", None], "hidden": ["tanh", "prelu"], "dropout": [0.0, 0.4]}),
    "dropout": Case({"dropout": [0.2, 0.5]}),
    "dropout of relu, all at once": Case({"dropout": 0.3, "hidden": "relu"}, {"batch_size": None}),
    "all": Case({**BATCH, **PRELU, "dropout": 0.3}, {"l1": 0.01, "l2": 0.1, "max_norm": 0.9, "sample_weight": WEIGHTS}),
    "l1 and l2": Case({}, {"l1": 0.01, "l2": 0.1}),
    "max_norm": Case({}, {"max_norm": 0.8}),
    "clip_value": Case({}, {"optimizer": cr.SGD(0.1, clip_value=0.01)}),
    "clip_norm": Case({}, {"optimizer": cr.Adam(0.1, clip_norm=0.05, clip_value=0.04), "l2": 0.1}),
    "sample_weight": Case({}, {"sample_weight": WEIGHTS}),
    "class_weight": Case({}, {"class_weight": {0: 1.0, 1: 5.0, 2: 0.5}, "batch_size": None}),
    "balanced": Case(LAYER, {"class_weight": "balanced", "sample_weight": WEIGHTS}),
    "wide, batch_norm": Case({**BATCH, **PRELU, "dropout": 0.25}, {"l2": 0.01}, (4, 67, 65, 3)),
    "wide, layer_norm": Case({**LAYER, "hidden": SHARED}, {"sample_weight": WEIGHTS, "max_norm": 1.0}, (4, 67, 65, 3)),
}
SMALL = [name for name in CASES if not name.startswith("wide")]


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
@pytest.mark.parametrize("name", CASES)
def test_training_is_the_references(name: str, engine: str) -> None:
    (mine, numbers), (expected, its) = (CASES[name].train(who) for who in (engine, "reference"))
    np.testing.assert_allclose(mine, expected, rtol=1e-10)
    np.testing.assert_allclose(numbers, its, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", SMALL)
def test_every_case_changes_the_training(name: str) -> None:
    plain = Case({}, {"optimizer": CASES[name].fit.get("optimizer", cr.SGD(0.1, momentum=0.9))})
    plain.fit["batch_size"] = CASES[name].fit.get("batch_size", 5)
    if name.startswith("clip"):
        plain.fit["optimizer"] = type(plain.fit["optimizer"])(0.1)
    assert np.abs(CASES[name].train("numpy")[0] - plain.train("numpy")[0]).max() > 1e-4


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
@pytest.mark.parametrize("name", ["all", "batch_norm", "layer_norm", "clip_norm"])
def test_training_in_float32(name: str, engine: str) -> None:
    (mine, numbers), (expected, _) = CASES[name].train(engine, "float32"), CASES[name].train("reference")
    assert numbers.dtype == np.float32
    np.testing.assert_allclose(mine, expected, rtol=2e-4)


@pytest.mark.parametrize("name", ["all", "wide, batch_norm", "wide, layer_norm"])
def test_a_team_of_threads_does_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = CASES[name].train("compiled")
    monkeypatch.setattr(plan, "LEAST_SHARED", 1)
    monkeypatch.setattr(plan, "MOST_UNROLLED", 0)
    shared = CASES[name].train("compiled")
    np.testing.assert_allclose(shared[0], alone[0], rtol=1e-10)
    np.testing.assert_allclose(shared[1], alone[1], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n", [300, 700])
@pytest.mark.parametrize("network", [BATCH, {**LAYER, "dropout": 0.5}, PRELU], ids=str)
def test_many_samples_at_once(network: dict[str, Any], n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_samples, "LEAST_WORK", 1)  # blocks of samples on all cores, if more than one is needed
    draw = np.random.default_rng(1)
    many, y = draw.normal(size=(n, 4)), draw.integers(0, 2, (n, 1))
    nets = [cr.Network([4, 6, 1], **{"seed": 1, **network}) for _ in range(2)]
    mine, reference = (
        net.fit(many, y, epochs=5, optimizer=cr.SGD(0.5, clip_norm=0.1), l2=0.01, engine=engine, verbose=0)
        for net, engine in zip(nets, ("compiled", "reference"), strict=True)
    )
    np.testing.assert_allclose(mine.loss, reference.loss, rtol=1e-10)
    np.testing.assert_allclose(nets[0].parameters, nets[1].parameters, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(nets[0].predict(many), nets[1].predict(many), rtol=1e-8)


@pytest.mark.parametrize("options", [{}, {"batch_size": 4}], ids=str)
@pytest.mark.parametrize("engine", ["compiled", "numpy"])
def test_many_runs_are_single_runs(engine: str, options: dict[str, Any]) -> None:
    network: dict[str, Any] = {**BATCH, **PRELU, "dropout": 0.3}
    fit: dict[str, Any] = {
        "l2": 0.01,
        "max_norm": 1.0,
        "sample_weight": np.arange(21.0),
        "epochs": 8,
        "engine": engine,
        **options,
    }
    points, labels = cr.datasets.xor()
    rate = cr.schedules.get("exponential_decay", initial_learning_rate=0.1, decay_steps=3, decay_rate=0.5)
    runs = cr.train_many([2, 3, 1], points, labels, seeds=range(5), optimizer=cr.Adam(rate), **network, **fit)
    assert runs.parameters is not None
    assert runs.loss is not None
    for seed in range(5):
        net = cr.Network([2, 3, 1], seed=seed, **network)
        history = net.fit(points, labels, optimizer=cr.Adam(rate), verbose=0, **fit)
        assert history.loss[-1] == runs.loss[seed, -1]
        assert np.concatenate([net.parameters, net.running_statistics]).tobytes() == runs.parameters[seed, -1].tobytes()


def textbook(kind: str, epsilon: float = 1e-5) -> Any:
    """The loss of a network 4-6-3 with a normalization and PReLU, by nothing but `autograd.numpy`."""
    axis = 0 if kind == "batch_norm" else 1

    def value(theta: Any) -> Any:
        w, b, gamma, beta, alpha = (theta[i:j] for i, j in ((0, 24), (24, 30), (30, 36), (36, 42), (42, 48)))
        z = anp.dot(X, w.reshape((4, 6))) + b
        mean = anp.mean(z, axis=axis, keepdims=True)
        variance = anp.mean((z - mean) ** 2, axis=axis, keepdims=True)
        n = gamma * (z - mean) / anp.sqrt(variance + epsilon) + beta
        a = anp.where(n > 0, n, alpha * n)
        out = anp.dot(a, theta[48:66].reshape((6, 3))) + theta[66:69]
        p = anp.exp(out) / anp.sum(anp.exp(out), axis=1, keepdims=True)
        return -anp.sum(np.eye(3)[CLASSES] * anp.log(p)) / len(X)

    return value


@pytest.mark.parametrize("engine", ["reference", "numpy", "compiled"])
@pytest.mark.parametrize("kind", ["batch_norm", "layer_norm"])
def test_gradients_are_autograds(kind: str, engine: str) -> None:
    net = cr.Network([4, 6, 3], hidden="prelu", output="softmax", normalization=kind, seed=0)
    net.parameters[30:48] += np.random.default_rng(1).normal(0, 0.2, 18)  # γ, β and α at no special place
    made = net.gradients(X, CLASSES, "categorical_cross_entropy", engine=engine)
    value = textbook(kind)
    assert made.loss == pytest.approx(float(value(net.parameters)), rel=1e-12)
    np.testing.assert_allclose(made.parameters, autograd.grad(value)(net.parameters), rtol=1e-9, atol=1e-14)
    np.testing.assert_array_equal(made.trained[0]["gamma"], made.parameters[30:36])
    wrong = made.parameters.copy()
    wrong[33] *= 1 + 1e-6
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(wrong, autograd.grad(value)(net.parameters), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("kind", ["batch_norm", "layer_norm"])
def test_the_backward_formula_of_a_normalization(kind: str) -> None:
    norm, z = cr.normalizations.get(kind), np.random.default_rng(2).normal(size=(5, 3))
    gamma, beta, upstream = np.array([0.5, -2.0, 1.5]), np.array([0.1, 0.2, 0.3]), np.cos(np.arange(15.0)).reshape(5, 3)

    def weighed(z: Array) -> float:
        return float((norm.forward(z, gamma, beta) * upstream).sum())

    expected = differences(weighed, z)
    np.testing.assert_allclose(norm.backward(upstream, z, None, gamma, beta), expected, rtol=1e-8, atol=1e-10)
    by_complex = np.array(
        [
            np.imag((norm.forward(z + 1e-30j * np.eye(15)[k].reshape(5, 3), gamma, beta) * upstream).sum()) / 1e-30
            for k in range(15)
        ]
    )
    np.testing.assert_allclose(
        norm.backward(upstream, z, None, gamma, beta).ravel(), by_complex, rtol=1e-12, atol=1e-14
    )


@pytest.mark.parametrize("kind", ["batch_norm", "layer_norm"])
@pytest.mark.parametrize(
    "z", [np.zeros((3, 2)), np.full((1, 4), 7.0), np.array([[1e150, -1e150], [3.0, 1e-300]])], ids=str
)
def test_what_does_not_vary_becomes_0(kind: str, z: Array) -> None:
    norm, d = cr.normalizations.get(kind), z.shape[1]
    n = norm.forward(z, np.ones(d), np.zeros(d))
    assert np.isfinite(n).all()
    assert np.abs(n).max() <= np.sqrt(z.size)
    assert np.isfinite(norm.backward(np.ones_like(z), z, n, np.ones(d), np.zeros(d))).all()
    if (z == z[0, 0]).all():
        assert (n == 0).all()


def test_a_prediction_takes_running_statistics() -> None:
    net = cr.Network([4, 6, 3], output="softmax", normalization=cr.BatchNorm(momentum=0.0), seed=0)
    net.fit(X, CLASSES, "categorical_cross_entropy", epochs=1, optimizer=cr.SGD(1e-300), verbose=0)
    z = X @ net.weights[0] + net.biases[0]
    np.testing.assert_allclose(net.running_statistics[:6], z.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(net.running_statistics[6:], z.var(axis=0, ddof=1), rtol=1e-12)
    alone = np.concatenate([net.predict(X[k : k + 1]) for k in range(len(X))])
    np.testing.assert_allclose(net.predict(X), alone, rtol=1e-12)  # whoever stands beside a sample
    standard = (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0, ddof=1) + 1e-5)
    a = 1 / (1 + np.exp(-standard))
    e = np.exp(a @ net.weights[1] + net.biases[1])
    np.testing.assert_allclose(net.predict(X), e / e.sum(axis=1, keepdims=True), rtol=1e-10)


def test_dropout_leaves_out_its_share_and_keeps_the_mean() -> None:
    kept = np.array([mask(Dropout(0.3), step_key(5, step), layer, 50, 40) for step in range(20) for layer in range(2)])
    share = 1 - kept.mean()
    assert abs(share - 0.3) < 4 * np.sqrt(0.3 * 0.7 / kept.size)
    for axes in ((1, 2), (0, 2), (0, 1)):  # no step, unit or sample is left out more often than chance would have it
        n = kept.size / np.prod([kept.shape[k] for k in range(3) if k not in axes])
        assert np.abs(kept.mean(axis=axes) - 0.7).max() < 5 * np.sqrt(0.21 / n)
    flat = kept.reshape(len(kept), -1) - kept.mean()
    neighbours = (flat[:, 1:] * flat[:, :-1]).mean() / 0.21
    assert abs(neighbours) < 4 / np.sqrt(kept.size)
    a = np.ones((50, 40))
    assert abs(Dropout(0.3).forward(a, kept[0]).mean() - 1) < 0.05


def test_dropout_draws_from_the_runs_seed() -> None:
    case = CASES["dropout"]
    first, again = case.train("numpy"), case.train("numpy")
    assert first[1].tobytes() == again[1].tobytes()
    other = Case({**case.network, "seed": 4}, case.fit).train("numpy")
    assert np.abs(first[0] - other[0]).max() > 1e-6


def test_a_penalty_is_in_the_loss_and_leaves_biases_alone() -> None:
    net = cr.Network([4, 3], output="softmax", seed=0)
    net.biases[0][...] = 3.0
    weights = net.weights[0].copy()
    plain = net.gradients(X, CLASSES, "categorical_cross_entropy")
    history = net.fit(
        X, CLASSES, "categorical_cross_entropy", epochs=1, optimizer=cr.SGD(1.0), l1=0.25, l2=0.5, verbose=0
    )
    penalty = 0.25 * np.abs(weights).sum() + 0.25 * np.square(weights).sum()
    assert history.loss[0] == pytest.approx(plain.loss + penalty, rel=1e-12)
    expected = weights - plain.weights[0] - 0.25 * np.sign(weights) - 0.5 * weights
    np.testing.assert_allclose(net.weights[0], expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(net.biases[0], 3.0 - plain.biases[0], rtol=1e-12)


@pytest.mark.parametrize("engine", ["reference", "numpy", "compiled"])
def test_no_unit_has_a_larger_norm_than_max_norm(engine: str) -> None:
    net = cr.Network([4, 9, 3], output="softmax", seed=0)
    net.fit(X, CLASSES, "categorical_cross_entropy", epochs=20, optimizer=cr.SGD(0.5), max_norm=0.7, engine=engine)
    norms = np.concatenate([np.sqrt(np.square(weight).sum(axis=0)) for weight in net.weights])
    assert norms.max() <= 0.7 * (1 + 1e-15)
    assert norms.max() > 0.69


def test_a_weight_of_2_is_a_sample_twice() -> None:
    twice = np.concatenate([X, X[:5]]), np.concatenate([CLASSES, CLASSES[:5]])
    weights = np.where(np.arange(23) < 5, 2.0, 1.0)
    nets = [cr.Network([4, 5, 3], output="softmax", seed=0) for _ in range(2)]
    nets[0].fit(*twice, "categorical_cross_entropy", epochs=30, optimizer=cr.Adam(0.05), verbose=0)
    nets[1].fit(X, CLASSES, "categorical_cross_entropy", epochs=30, optimizer=cr.Adam(0.05), sample_weight=weights)
    np.testing.assert_allclose(nets[1].parameters, nets[0].parameters, rtol=1e-9, atol=1e-11)
    balanced = nets[0].gradients(X, CLASSES, "categorical_cross_entropy", sample_weight=7 * weights)
    same = nets[0].gradients(X, CLASSES, "categorical_cross_entropy", sample_weight=weights)
    np.testing.assert_allclose(balanced.parameters, same.parameters, rtol=1e-12)


@pytest.mark.parametrize(
    ("network", "error", "message"),
    [
        ({"dropout": 1.0}, ValueError, "dropout must be a finite number at least 0 and less than 1, got 1.0"),
        ({"dropout": -0.1}, ValueError, "dropout must be"),
        ({"dropout": [0.1]}, ValueError, "dropout lists 1 rates but .* has 2 hidden layers"),
        ({"dropout": "much"}, TypeError, "dropout must be"),
        ({"normalization": "batchnorm"}, ValueError, "did you mean 'batch_norm'"),
        ({"normalization": ["batch_norm"]}, ValueError, "normalization lists 1"),
        ({"normalization": 3}, TypeError, "normalization must be a name"),
    ],
)
def test_networks_that_cannot_be(network: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        cr.Network([4, 6, 5, 3], **network)


@pytest.mark.parametrize(
    ("fit", "error", "message"),
    [
        ({"l1": -1.0}, ValueError, "l1 must be a finite number at least 0"),
        ({"l2": "much"}, TypeError, "l2 must be"),
        ({"max_norm": 0.0}, ValueError, "max_norm must be a finite number greater than 0"),
        ({"sample_weight": [1.0, 2.0]}, ValueError, r"sample_weight has shape \(2,\); pass one number for each of 23"),
        ({"sample_weight": -WEIGHTS}, ValueError, "at least 0"),
        ({"sample_weight": 0 * WEIGHTS}, ValueError, "not all 0"),
        ({"sample_weight": np.full(23, np.nan)}, ValueError, "finite"),
        ({"class_weight": {0: 1.0}}, ValueError, "class_weight has no weight for class 1"),
        ({"class_weight": "even"}, TypeError, "class_weight must be a dict"),
    ],
)
def test_training_that_cannot_be(fit: dict[str, Any], error: type[Exception], message: str) -> None:
    net = CASES["prelu"].build()
    with pytest.raises(error, match=message):
        net.fit(X, CLASSES, "categorical_cross_entropy", epochs=1, **fit)


def test_class_weight_needs_classes() -> None:
    with pytest.raises(ValueError, match="class_weight needs one class a sample, but mean_squared_error of 1 outputs"):
        cr.Network([4, 1], output="identity").fit(X, X[:, 0], "mean_squared_error", class_weight="balanced")


@pytest.mark.parametrize("alpha", [np.nan, np.inf])
def test_slopes_that_cannot_be(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        cr.activations.get("prelu", alpha=alpha)
    with pytest.raises(TypeError, match="shared must be True or False"):
        cr.activations.get("prelu", shared=1)


def test_momentum_and_epsilon_of_a_normalization() -> None:
    with pytest.raises(ValueError, match="momentum must be"):
        cr.BatchNorm(momentum=1.0)
    with pytest.raises(ValueError, match="epsilon must be"):
        cr.LayerNorm(epsilon=0.0)
