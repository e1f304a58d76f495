"""The study of activations: what it measures, and that its sentences follow its numbers."""

import copy
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.experiments import layers, studies
from chainrule.experiments.intervals import bootstrap, wilson
from chainrule.experiments.studies import activations
from chainrule.experiments.study import Outcome
from chainrule.experiments.tasks import tasks


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return studies.run("activations", quick=True, epochs=60)


def test_results_have_every_part(outcome: Outcome) -> None:
    results = outcome.results
    for part in (results["start"], results["units"], results["XOR"]["kinds"], results["spirals"]["kinds"]):
        assert list(part) == ["sigmoid", "tanh", "relu"]
    assert results["XOR"]["end"] == 6 * results["spirals"]["end"] == 360
    assert results["XOR"]["kinds"]["tanh"]["share"]["n"] == 4
    for picture in outcome.pictures:
        assert all(axes.has_data() for axes in picture.figure.axes)
        assert picture.caption.endswith(".")
    for table in outcome.tables:
        assert {len(row) for row in table.rows} == {len(table.columns)}


def test_sigmoid_loses_the_samples_and_the_gradient_and_tanh_does_not(outcome: Outcome) -> None:
    start = outcome.results["start"]
    assert start["sigmoid"]["kept"]["high"] < 0.2 < start["tanh"]["kept"]["low"]
    assert start["sigmoid"]["gradient"]["high"] < 0.3 < start["tanh"]["gradient"]["low"]
    assert start["sigmoid"]["differs"]["last"]["high"] < 0.01
    assert start["tanh"]["differs"]["last"]["low"] > 0.95  # odd: no mean comes up
    assert start["relu"]["zeros"] == pytest.approx(0.5, abs=0.1)
    assert start["tanh"]["zeros"] == 0


def test_spread_is_the_standard_deviation_over_samples() -> None:
    a = np.array([[1.0, 5.0], [3.0, 5.0]])  # unit 1 varies by 1 around 2, unit 2 not at all
    assert layers.spread(a) == pytest.approx(np.sqrt(0.5), rel=1e-15)
    assert layers.spread(np.stack([a, 2 * a])).tolist() == pytest.approx([np.sqrt(0.5), np.sqrt(2)], rel=1e-15)


def test_densities_leave_out_zeros_and_what_is_not_finite() -> None:
    values = np.array([[0.0] * 50 + [np.inf] + list(range(1, 101)), [0.0] * 151])
    density, edges = activations.densities(values)
    assert density.shape == (2, activations.BINS)
    assert 96 <= density[0].sum() <= 98
    assert density[1].sum() == 0
    assert 1 < edges[0] < edges[-1] < 100


def test_units_made_by_hand() -> None:
    X, y = tasks()["spirals"].X, tasks()["spirals"].y
    network = cr.Network([2, 4, 1], hidden="relu", seed=0)
    network.weights[0][:], network.biases[0][:] = 0, [-1, 1, 1, 1]
    off, dead, saturated = activations.standing(network.structure, network.parameters, X, y)
    assert (off, dead) == (0.25, 0.25)
    assert np.isnan(saturated)  # it has one bound only
    network = cr.Network([2, 4, 1], hidden="tanh", seed=0)
    network.weights[0][:], network.biases[0][:] = 0, [-5, 2, 1, 0]  # tanh 2 = 0.964: slope 0.07, near its bound
    off, dead, saturated = activations.standing(network.structure, network.parameters, X, y)
    assert (off, dead, saturated) == (0.25, 0, 0.5)


def test_relu_dies_at_a_rate_that_is_too_large(outcome: Outcome) -> None:
    units = outcome.results["units"]["relu"]
    assert units["faster"]["dead"]["end"]["value"] > units["suited"]["dead"]["end"]["value"]
    assert units["faster"]["dead"] == units["faster"]["off"]  # its slope is 0 or 1
    assert outcome.results["units"]["tanh"]["suited"]["dead"]["end"]["value"] == 0


def test_answer_follows_the_results(outcome: Outcome) -> None:
    results: dict[str, Any] = copy.deepcopy(outcome.results)
    results["start"]["sigmoid"]["kept"] = bootstrap([1.0, 1.0])
    results["XOR"]["kinds"]["relu"] = {"rate": 1.0, "share": wilson(4, 4), "epochs": bootstrap([11.0, 11.0])}
    for name in ("sigmoid", "tanh"):
        results["XOR"]["kinds"][name] = {"rate": 1.0, "share": wilson(3, 4), "epochs": bootstrap([88.0, 88.0])}
    results["units"]["tanh"]["suited"] |= {"off": None, "dead": None, "saturated": None, "diverged": 2}
    results["units"]["relu"]["suited"]["dead"] = {"start": bootstrap([0.25] * 2), "end": bootstrap([0.75] * 2)}
    said = " ".join(activations.Activations.answer(results))
    for sentence in (
        "sigmoid changes it least",
        "On XOR ReLU is fastest, its interval apart from all others; sigmoid takes 8 times as long. Most surely it is "
        "solved with ReLU, by 100.0 %",
        "Networks that diverge: 2 of 2 with tanh",
        "and 75.0 % (75.0 to 75.0 %) after the last: units die in training",
    ):
        assert sentence in said
        assert sentence not in " ".join(outcome.answer)


def test_bad_settings() -> None:
    with pytest.raises(ValueError, match="activations must be from 3 to 11, got 2"):
        studies.get("activations", activations=2)
    with pytest.raises(ValueError, match="depth must be a whole number of at least 2, got 1"):
        studies.get("activations", depth=1)
