"""The study of convergence: what it counts, what it concludes, and that its sentences follow its numbers."""

import copy
import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import gaussian_kde, norm

import chainrule as cr
from chainrule.experiments import likelihood, plateau, studies
from chainrule.experiments.experiment import EXPERIMENTS, train_seeds
from chainrule.experiments.intervals import wilson
from chainrule.experiments.likelihood import FINE, Levels
from chainrule.experiments.studies import convergence
from chainrule.experiments.study import Outcome, Watch

LINEAR, XOR = EXPERIMENTS


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return studies.run("convergence", seeds=12, momentum_seeds=8)


def test_results_have_every_part(outcome: Outcome) -> None:
    for task in ("linear", "xor"):
        results = outcome.results[task]
        assert results["solved"]["n"] == 12
        assert results["solved"]["value"] <= results["solved_at_end"]["value"]
        assert list(results["initializers"]) == list(convergence.INITIALIZERS)
        assert results["initializers"]["He"] == results["solved"]
    assert len(outcome.answer) >= 6
    assert len(outcome.tables) == 2
    assert {len(row) for table in outcome.tables for row in table.rows} == {3, 6}
    for picture in outcome.pictures:
        assert all(axes.has_data() for axes in picture.figure.axes)
        assert picture.caption.endswith(".")


def test_counts_are_those_of_single_runs(outcome: Outcome) -> None:
    solved = 0
    for seed in range(12):
        network = cr.Network(XOR.printed.sizes, seed=seed)
        X, y = cr.datasets.xor()
        network.fit(X, y, optimizer=cr.SGD(0.3, momentum=0.5), epochs=10_000, engine="compiled", verbose=0)
        solved += bool(((network.predict(X) > 0.5) == y).all())
    assert outcome.results["xor"]["solved"] == wilson(solved, 12)


def test_a_sample_of_its_own_for_each_seed() -> None:
    runs = train_seeds(LINEAR, [5, 6], Watch(), record_at=[0, 30], momentum=0.5)
    assert runs.loss is not None
    for k, seed in enumerate((5, 6)):
        X, y = cr.datasets.linear(seed=seed)
        network = cr.Network(LINEAR.printed.sizes, seed=seed)
        history = network.fit(X, y, optimizer=cr.SGD(0.3, momentum=0.5), epochs=31, engine="compiled", verbose=0)
        assert runs.loss[k].tolist() == [history.loss[0], history.loss[30]]


def test_answer_follows_the_results(outcome: Outcome) -> None:
    results: dict[str, Any] = copy.deepcopy(outcome.results)
    results["linear"]["solved"], results["xor"]["solved"] = wilson(999, 1000), wilson(100, 1000)
    results["momentum"]["both"]["best"] = 0.123
    results["linear"]["solved_at_end"], results["linear"]["margin"]["correlation"] = wilson(1, 2), 0.0
    results["linear"]["initializers"]["Glorot, gain 4"] = wilson(12, 12)
    results["linear"]["initializers"]["He"] = wilson(0, 12)
    said = " ".join(convergence.Convergence.answer(results))
    for sentence in (
        "true of nearly all networks on the linear task: by then 99.9 %",
        "true of some networks on the XOR task: by then 10.0 %",
        "most likely 0.12",
        "may be stuck as well as late",
        "to the diagonal does not clearly matter",
        "Glorot, gain 4 is better than He's",
    ):
        assert sentence in said
        assert sentence not in " ".join(outcome.answer)


def test_plateaus_are_their_closed_forms() -> None:
    assert pytest.approx((11 * math.log(11) - 10 * math.log(10)) / 21, rel=1e-12) == plateau.ACROSS
    p = 10 / 21
    assert pytest.approx(-p * math.log(p) - (1 - p) * math.log(1 - p), rel=1e-12) == plateau.START
    X, y = cr.datasets.xor()
    assert plateau.entropy(X[:, 0] - X[:, 1], y) == 0  # the solution's view


def test_standing_of_networks_made_by_hand() -> None:
    ridge, silent = cr.Network([2, 3, 3, 1], seed=0), cr.Network([2, 3, 3, 1], initializer="zeros")
    # Two steps across x₁ + x₂ = 1: one on at 0.95, the other on at 1.05; the output is on between them.
    ridge.parameters[...] = 0
    ridge.weights[0][:, :2], ridge.biases[0][:2] = 400.0, [-380.0, -420.0]
    ridge.weights[1][0, 0], ridge.weights[1][1, 0], ridge.biases[1][0] = 40.0, -40.0, -20.0
    ridge.weights[2][0, 0], ridge.biases[2][0] = 20.0, -10.0
    stand = plateau.standing(np.array([ridge.parameters, silent.parameters]))
    assert stand.centre_alone.tolist() == [True, False]
    assert np.ptp(stand.output[0]) < 1e-6
    assert stand.saturated[1] == 0
    assert stand.saturated[0] == pytest.approx(0.5, abs=0.1)
    assert stand.gradient[1] == pytest.approx(np.linalg.norm(silent.gradients(*cr.datasets.xor()).parameters))


def test_solved_means_for_good() -> None:
    marks = np.array([9, 19, 29])
    accuracy = np.array([[1, 1, 1], [1, 0.9, 1], [0.5, 0.9, 1], [1, 1, 0.99], [0, 0, np.nan]])
    assert convergence.solved_at(accuracy, marks).tolist() == [10, 30, 30, math.inf, math.inf]


def test_likelihood_finds_what_drew_the_losses() -> None:
    """Levels that fall with the momentum, with Gaussian noise: the posterior is known in closed form."""
    draws = norm.ppf((np.arange(4000) + 0.5) / 4000)
    momenta = np.linspace(0, 0.9, 10)
    logs = likelihood.log_likelihood(Levels({m: draws - 8 * m for m in momenta}, printed=-3.6))
    low, high = likelihood.interval(logs)
    assert likelihood.best(logs) == pytest.approx(0.45, abs=0.01)
    assert low == pytest.approx(0.45 - 0.125 * 1.96, abs=0.02)  # the kernels widen it a little
    assert high == pytest.approx(0.45 + 0.125 * 1.96, abs=0.02)


def test_likelihood_counts_those_that_never_solve() -> None:
    draws = norm.ppf((np.arange(400) + 0.5) / 400)
    half = np.where(np.arange(400) % 2, draws, np.nan)
    logs = likelihood.log_likelihood(Levels({0.0: draws, 0.9: half}, printed=0.0))
    assert logs[0] - logs[-1] == pytest.approx(math.log(2), abs=0.1)
    few = np.array([1, np.nan, np.nan, np.nan])
    logs = likelihood.log_likelihood(Levels({0.0: few, 0.3: draws, 0.9: draws}, printed=0.0))
    assert np.isneginf(logs[FINE < 0.299]).all()
    assert np.isfinite(logs[FINE > 0.301]).all()
    with pytest.raises(ValueError, match="too few networks solve the task to tell momenta apart; pass more seeds"):
        likelihood.log_likelihood(Levels({0.0: few, 0.9: draws}, printed=0.0))


@pytest.mark.parametrize("at", [-0.5, 0.0, 3.0, 40.0])
def test_log_density_is_scipys(at: float) -> None:
    values = np.random.default_rng(0).normal(1, 2, 30)
    assert likelihood.log_density(values, at) == pytest.approx(gaussian_kde(values).logpdf(at)[0], rel=1e-10)


def test_interval_holds_what_it_says() -> None:
    logs = norm.logpdf(FINE, 0.5, 0.02)
    for confidence in (0.5, 0.95):
        low, high = likelihood.interval(logs, confidence)
        expected = norm.interval(confidence, 0.5, 0.02)
        assert (low, high) == pytest.approx(expected, abs=0.0011)


def test_bad_settings() -> None:
    with pytest.raises(ValueError, match="momentum_seeds must be a whole number of at least 4, got 3"):
        studies.get("convergence", momentum_seeds=3)
    with pytest.raises(ValueError, match="momentum must be a finite number at least 0 and less than 1, got 1"):
        studies.get("convergence", momentum=1)
