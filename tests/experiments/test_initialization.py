"""The study of initialization: what it measures, and that its sentences follow its numbers."""

import copy
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.experiments import initialization_answer, studies
from chainrule.experiments.intervals import bootstrap, wilson
from chainrule.experiments.layers import before_training, sizes_of_gradients
from chainrule.experiments.studies import initialization
from chainrule.experiments.study import Outcome
from chainrule.experiments.symmetry import between_units
from chainrule.formulas import initializers


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return studies.run("initialization", quick=True, seeds=2, epochs=30)


def test_results_have_every_part(outcome: Outcome) -> None:
    results = outcome.results
    assert list(results["start"]) == ["sigmoid"]
    assert list(results["start"]["sigmoid"]) == list(initialization.signalling())
    assert list(results["XOR"]["kinds"]["sigmoid"]) == list(initialization.learning())
    assert len(results["scale"]["sigmoid"]) == len(results["scales"])
    assert 1 in results["scales"]
    for picture in outcome.pictures:
        assert all(axes.has_data() for axes in picture.figure.axes)
        assert picture.caption.endswith(".")
    for table in outcome.tables:
        assert {len(row) for row in table.rows} == {len(table.columns)}


def test_the_right_weights_are_nearest_to_one_and_zeros_have_no_signal(outcome: Outcome) -> None:
    start = outcome.results["start"]["sigmoid"]
    assert start["zeros"] == {"forward": None, "backward": None}
    for way in ("forward", "backward"):
        assert start["Glorot, gain 4"][way]["low"] > 0.5 > start["Glorot"][way]["high"] > 0.2
        assert start["Glorot"][way]["low"] > start["N(0, 0.05²)"][way]["high"]


def test_orthogonal_weights_keep_a_linear_signal() -> None:
    """‖a Wᵀ‖ = ‖a‖: with the identity the gradient of every layer is the same, to rounding."""
    _, delta = before_training("identity", "orthogonal", 5, range(2))
    sizes = sizes_of_gradients(delta)
    np.testing.assert_allclose(sizes, sizes[:, -1:] * np.ones(5), rtol=1e-12)


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("start", ["zeros", initializers.get("constant", value=0.7)])
def test_copies_stay_copies_to_the_last_bit(engine: str, hidden: str, start: Any) -> None:
    network = cr.Network([2, 3, 3, 1], hidden=hidden, initializer=start, seed=0)
    before = network.parameters.copy()
    network.fit(*cr.datasets.xor(), optimizer=cr.SGD(0.3, momentum=0.9), epochs=200, engine=engine, verbose=0)
    assert between_units(network.structure, network.parameters) == 0
    assert (network.parameters != before).any()


def test_one_bit_is_a_difference() -> None:
    network = cr.Network([2, 3, 3, 1], initializer=initializers.get("constant", value=0.7))
    network.weights[1][1, 2] = np.nextafter(0.7, 1)
    assert between_units(network.structure, network.parameters) == np.nextafter(0.7, 1) - 0.7 > 0
    network = cr.Network([2, 3, 3, 1], initializer="zeros")
    network.biases[0][1] = -0.5
    assert between_units(network.structure, network.parameters) == 0.5


def test_copies_are_counted(outcome: Outcome) -> None:
    kinds = outcome.results["copies"]["kinds"]
    for kind in ("zeros", "constant"):
        assert kinds[kind]["copies"] == wilson(2, 2)
        assert kinds[kind]["end"] == 0
        assert kinds[kind]["solved"]["value"] == 0
    for kind in ("½ ± 10⁻¹²", "Glorot, gain 4"):
        assert kinds[kind]["copies"] == wilson(0, 2)
        assert kinds[kind]["end"] > 0


def test_geometric_mean_and_no_signal() -> None:
    found = initialization.mean_ratio(np.array([8.0, 8.0]), np.array([1.0, 1.0]), depth=4)
    assert found is not None
    assert found["value"] == pytest.approx(2, rel=1e-15)
    for last in (0.0, np.nan, np.inf):
        assert initialization.mean_ratio(np.array([8.0, last]), np.array([1.0, 1.0]), depth=4) is None
    assert initialization_answer.factor(None) == "no signal"


def test_answer_follows_the_results(outcome: Outcome) -> None:
    results: dict[str, Any] = copy.deepcopy(outcome.results)
    results["start"]["sigmoid"]["LeCun"]["forward"] = bootstrap([1.0, 1.0])
    results["start"]["sigmoid"]["He"] = {"forward": None, "backward": None}
    results["copies"]["kinds"]["constant"]["copies"] = wilson(1, 2)
    kinds = results["XOR"]["kinds"]["sigmoid"]
    for kind in kinds:
        kinds[kind] = {"rate": 0.1, "share": wilson(2, 2), "epochs": bootstrap([80.0, 80.0])}
    kinds["orthogonal"]["epochs"] = bootstrap([20.0, 20.0])
    results["scale"]["sigmoid"] = [{"share": wilson(2, 2), "epochs": bootstrap([k, k])} for k in range(11, 0, -1)]
    said = " ".join(initialization.Initialization.answer(results))
    for sentence in (
        "Nearest to 1 are LeCun forward",
        "No gradient at all comes back with He and zeros.",
        "All weights one constant: in 50.0 %",
        "The right one, Glorot, gain 4, is not the fastest: it takes 4 times as long as orthogonal.",
        "with 0.031 to 32 times the weights of Glorot, gain 4; soonest with 32 times, 1 (1 to 1) epochs, beside 6",
    ):
        assert sentence in said
        assert sentence not in " ".join(outcome.answer)


def test_bad_settings() -> None:
    with pytest.raises(ValueError, match="activations must be from 1 to 3, got 4"):
        studies.get("initialization", activations=4)
    with pytest.raises(ValueError, match="search_seeds must be a whole number of at least 1, got 0"):
        studies.get("initialization", search_seeds=0)


def test_times_within_one_look_are_not_told_apart() -> None:
    def kind(epochs: float) -> Any:
        return {
            "rate": 1.0,
            "share": wilson(9, 10),
            "epochs": {"value": epochs, "low": epochs, "high": epochs, "n": 10},
        }

    verdict = initialization_answer.verdict
    assert verdict("relu", {"He": kind(73), "LeCun": kind(80)}, 500).startswith("The right one, He, is among the")
    assert verdict("relu", {"He": kind(73), "LeCun": kind(120)}, 500) == "The right one, He, is the fastest."
    assert "takes 1.6 times as long as LeCun" in verdict("relu", {"He": kind(120), "LeCun": kind(73)}, 500)
