"""The study of the vanishing gradient: what it measures, and that its sentences follow its numbers."""

import copy
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.experiments import studies, vanishing_answer
from chainrule.experiments.intervals import wilson
from chainrule.experiments.signals import right
from chainrule.experiments.studies import vanishing_gradient
from chainrule.experiments.study import Outcome


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return studies.run("vanishing-gradient", quick=True, epochs=150, width=6)


def test_results_have_every_part(outcome: Outcome) -> None:
    results = outcome.results
    assert list(results["start"]) == list(results["learned"]) == list(results["depth"]) == ["sigmoid", "relu"]
    assert set(results["start"]["sigmoid"]["wrong"]) == set(vanishing_gradient.NAMES)
    assert results["learned"]["relu"]["right"]["5"]["n"] == 2
    assert list(results["depth"]["sigmoid"]["wrong"]) == ["2", "3", "5"]
    for picture in outcome.pictures:
        assert all(axes.has_data() for axes in picture.figure.axes)
        assert picture.caption.endswith(".")
    for table in outcome.tables:
        assert {len(row) for row in table.rows} == {len(table.columns)}


def test_sigmoid_falls_below_its_bound_and_batch_normalization_stops_it(outcome: Outcome) -> None:
    sigmoid = outcome.results["start"]["sigmoid"]
    assert sigmoid["wrong"]["none"]["factor"]["high"] < 0.25 < sigmoid["right"]["none"]["factor"]["low"]
    assert sigmoid["wrong"]["batch_norm"]["factor"]["low"] > 1
    assert outcome.results["start"]["relu"]["right"]["none"]["factor"]["value"] == pytest.approx(1, abs=0.2)


def test_learned_is_counted_at_the_better_rate(outcome: Outcome) -> None:
    X, y = cr.datasets.spirals(96, turns=1.0)
    learned = dict.fromkeys(vanishing_gradient.RATES, 0)
    for rate in learned:
        for seed in range(2):
            network = cr.Network([2, *[6] * 5, 1], hidden="relu", initializer=right("relu"), seed=seed)
            network.fit(X / X.std(), y, optimizer=cr.Adam(rate), epochs=150, engine="compiled", verbose=0)
            learned[rate] += bool(((network.predict(X / X.std()) > 0.5) == y).mean() >= vanishing_gradient.LEARNED)
    assert outcome.results["learned"]["relu"]["right"]["5"] == wilson(max(learned.values()), 2)
    accuracy = np.array([1, 0.5, np.nan, 0.94, 0.95, 0.99])
    assert vanishing_gradient.better(accuracy, 3) == wilson(2, 3)


def test_answer_follows_the_results(outcome: Outcome) -> None:
    results: dict[str, Any] = copy.deepcopy(outcome.results)
    results["start"]["sigmoid"]["wrong"]["none"]["factor"] = {"value": 0.9, "low": 0.8, "high": 1.0, "n": 2}
    results["learned"]["sigmoid"]["right"]["5"] = wilson(2, 2)
    results["start"]["relu"]["wrong"]["layer_norm"]["factor"]["value"] = 0.01
    said = " ".join(vanishing_answer.sentences(results))
    for sentence in (
        "passes 0.9 (0.8 to 1) of the gradient back through a layer, not less than the ¼",
        "networks learn are sigmoid 5",
        "still vanishes with ReLU",
    ):
        assert sentence in said
        assert sentence not in " ".join(outcome.answer)


def test_bad_settings() -> None:
    with pytest.raises(ValueError, match="deepest must be a whole number of at least 5, got 4"):
        studies.get("vanishing-gradient", deepest=4)
    with pytest.raises(ValueError, match="activations must be from 2 to 8, got 9"):
        studies.get("vanishing-gradient", activations=9)
