"""Everything that has a name can be written out: each formula gives its result, and the proof holds."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import chainrule as cr
from chainrule.arrays import Array
from chainrule.engines import choose
from chainrule.formulas import activations, losses, normalizations, optimizers
from chainrule.formulas.normalizations import BatchNorm, LayerNorm
from chainrule.formulas.rectifiers import PReLU
from chainrule.formulas.schedules import ExponentialDecay
from tests.explain.test_derivation import assert_proved
from tests.referees import Case, valid_outputs


@pytest.fixture(autouse=True)
def compile_nothing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof leaves out the compiled engine, which takes a second a network and is tested by itself."""
    if "engine" not in request.fixturenames:
        monkeypatch.setattr(choose, "can_compile", lambda: False)


RULES = [name for name in optimizers.names() if name != "lbfgs"]
NORMALIZATIONS = [None, *normalizations.names()]


def network(hidden: object = "tanh", normalization: object = None, dropout: float = 0.0, n: int = 4) -> cr.Network:
    """A 2-3-2 network in which nothing is 0 and nothing as it starts."""
    net = cr.Network([2, 3, 2], hidden=hidden, output="sigmoid", normalization=normalization, dropout=dropout, seed=1)  # type: ignore[arg-type]
    net.parameters[...] += np.random.default_rng(n).uniform(-0.4, 0.4, net.parameters.size)
    return net


def data(n: int = 4) -> tuple[Array, Array]:
    rng = np.random.default_rng(n)
    return rng.normal(size=(n, 2)), rng.integers(0, 2, (n, 2)).astype(float)


def assert_readable(derivation: cr.Derivation) -> None:
    """Every format renders, and the text fits a terminal."""
    text = derivation.to_text()
    assert max(map(len, text.splitlines())) <= 80, max(text.splitlines(), key=len)
    assert "✓ They agree" in text
    for page in (derivation.to_markdown(), derivation.to_latex(), derivation.to_html()):
        assert "object at 0x" not in page
    assert derivation.to_json()["proof"]["ok"]


TURNS = itertools.cycle(RULES)
NORMS = itertools.cycle(NORMALIZATIONS)


@pytest.mark.parametrize(
    ("hidden", "optimizer", "normalization"), [(name, next(TURNS), next(NORMS)) for name in activations.names()]
)
def test_every_activation(hidden: str, optimizer: str, normalization: str | None) -> None:
    derivation = cr.derive(network(hidden, normalization), *data(), optimizer=optimizer)
    assert_proved(derivation)
    assert_readable(derivation)


@pytest.mark.parametrize("optimizer", RULES)
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_every_optimizer(optimizer: str, normalization: str | None) -> None:
    net = network(normalization=normalization)
    rule = optimizers.get(optimizer)
    state = rule.init(net.parameters)
    for _ in range(3):
        _, state = rule.step(net.parameters, net.gradients(*data()).parameters + 0.1, state)
    derivation = cr.derive(net, *data(), optimizer=rule, state=state)
    assert_proved(derivation)
    assert derivation.proof.ok
    assert "This is step 4" in derivation.to_text()


@pytest.mark.parametrize("loss", losses.names())
def test_every_loss(loss: str) -> None:
    for output, normalization in zip(valid_outputs(loss, 2), itertools.cycle(NORMALIZATIONS), strict=False):
        case = Case((2, 3, 2), ("tanh",), output, loss, n=3)
        if output not in ("identity", "sigmoid", "softmax", "softplus"):  # the others are in test_derivation.py
            continue
        net = cr.Network([2, 3, 2], hidden="tanh", output=output, normalization=normalization, seed=3)
        derivation = cr.derive(net, *case.data(), loss)
        assert_proved(derivation)
        assert derivation.proof.ok


@pytest.mark.parametrize("normalization", [BatchNorm(epsilon=0.1, momentum=0.5), LayerNorm(epsilon=0.1)])
@pytest.mark.parametrize("hidden", [PReLU(alpha=0.3), PReLU(shared=True), "softmax"])
@pytest.mark.parametrize("n", [1, 3])
def test_normalization(normalization: object, hidden: object, n: int) -> None:
    derivation = cr.derive(network(hidden, normalization), *data(n), optimizer="adamax", notation="standard")
    assert_proved(derivation)
    assert_readable(derivation)
    long, collapsed = (next(s for s in derivation.steps if s.key == key) for key in ("delta1-long", "delta1"))
    np.testing.assert_allclose(long.result, collapsed.result, rtol=0, atol=1e-14)


@pytest.mark.parametrize("kind", ["grad_variance", "grad_mean", "delta1-long", "grad_gamma", "grad_beta", "grad_alpha"])
def test_a_wrong_number_inside_would_be_seen(kind: str) -> None:
    derivation = cr.derive(network("prelu", "batch_norm"), *data())
    at = next(k for k, step in enumerate(derivation.steps) if step.key.startswith(kind))
    step = derivation.steps[at]
    wrong = type(step)(**{**vars(step), "result": step.result * (1 + 1e-6)})
    steps = (*derivation.steps[:at], wrong, *derivation.steps[at + 1 :])
    with pytest.raises(AssertionError):
        assert_proved(type(derivation)(**{**vars(derivation), "steps": steps}))


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_dropout(normalization: str | None) -> None:
    net = network("prelu", normalization, dropout=0.4)
    without = cr.derive(net, *data())
    assert "Nothing drops out on this page" in without.to_text().replace("\n", " ")
    derivation = cr.derive(net, *data(), dropout_key=5)
    assert_proved(derivation)
    assert_readable(derivation)
    assert derivation.trace.keep is not None
    assert 0 < derivation.trace.keep[0].sum() < derivation.trace.keep[0].size
    assert derivation.trace["layers.0.dropped"].shape == (4, 3)


def test_what_drops_out_is_what_a_run_drops() -> None:
    net = network(dropout=0.4)
    net.rng = np.random.default_rng(7)
    key = int(np.random.default_rng(7).integers(2**63))
    traced = cr.trace(net, *data(), optimizer=cr.SGD(0.3), dropout_key=key)
    net.fit(*data(), optimizer=cr.SGD(0.3), epochs=1, engine="reference", verbose=0)
    assert traced.updated.tobytes() == net.parameters.tobytes()


def test_running_statistics_are_those_of_a_fit() -> None:
    net = network("relu", "batch_norm")
    derivation = cr.derive(net, *data(), optimizer=cr.SGD(0.3))
    net.fit(*data(), optimizer=cr.SGD(0.3), epochs=1, engine="reference", verbose=0)
    found = [step.result for step in derivation.steps if step.key.startswith("new_running")]
    np.testing.assert_allclose(np.ravel(found), net.running_statistics, rtol=1e-15)


@pytest.mark.parametrize("clips", [{"clip_value": 0.01}, {"clip_norm": 0.01}, {"clip_value": 0.02, "clip_norm": 0.03}])
def test_clipping(clips: dict[str, float]) -> None:
    derivation = cr.derive(network(), *data(), optimizer=optimizers.get("adam", **clips))
    assert_proved(derivation)
    assert_readable(derivation)
    assert any(step.key.startswith("clipped_weight") for step in derivation.steps)


def test_a_schedule_says_the_rate_of_the_step() -> None:
    rule = cr.SGD(ExponentialDecay(0.1, decay_steps=1, decay_rate=0.5))
    net = network()
    state = rule.init(net.parameters)
    for _ in range(2):
        _, state = rule.step(net.parameters, np.zeros_like(net.parameters), state)
    text = " ".join(cr.derive(net, *data(), optimizer=rule, state=state).to_text().split())
    assert "This is step 3. Its learning rate is 0.025, by ExponentialDecay(" in text
    text = " ".join(cr.derive(net, *data(), optimizer=cr.SGD(lambda t: 0.5)).to_text().split())
    assert "by the function <lambda>" in text


def test_lbfgs_is_told_in_words() -> None:
    derivation = cr.derive(network(), *data(), optimizer="lbfgs")
    text = " ".join(derivation.to_text().split())
    assert "A step of LBFGS is no formula of this one gradient" in text
    assert derivation.of_phase("update") == []
    assert not any("new" in name for name in derivation.trace.tensors)
    assert_readable(derivation)


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("engine", ["reference", "numpy", "compiled"])
def test_gradients_of_all_that_is_learned_are_checked(normalization: str | None, engine: str) -> None:
    check = cr.check_gradients(network("prelu", normalization), *data(), engine=engine)
    assert check.ok
    named = {tensor.name: tensor for tensor in check.tensors}
    assert "layers.0.alpha" in named
    assert ("layers.0.gamma" in named) == (normalization is not None)
    assert all(tensor.complex_step is not None for tensor in check.tensors)


@pytest.mark.parametrize("name", ["gamma", "beta", "alpha"])
def test_a_wrong_gradient_of_it_is_found(name: str) -> None:
    from chainrule.explain.gradient_check import network_checks

    net = network("prelu", "batch_norm")
    X, y = data()
    gradient = net.gradients(X, y).parameters
    gradient[net.structure.layers[0].places[name]] *= 1.0005
    loss = losses.get("binary_cross_entropy")
    checks = network_checks(net.structure, net.parameters, X, y, loss, gradient, 1000)
    assert [check.name for check in checks if not check.ok] == [f"layers.0.{name}"]
