"""Gradients with a mistake are called by its name; right ones, however computed, are not."""

import json
from typing import Any

import diagnose_rates
import numpy as np
import planted
import pytest

import chainrule as cr
from chainrule.explain.diagnosis import Diagnosis

X, Y = cr.datasets.xor()
NET = cr.Network([2, 3, 3, 1], seed=1)
RIGHT = NET.gradients(X, Y)


def verdict(weights: Any, biases: Any, **options: Any) -> cr.Diagnosis:
    return cr.diagnose(NET, X, Y, grad_weights=weights, grad_biases=biases, **options)


@pytest.mark.parametrize("number", planted.PLANTED)
def test_a_planted_mistake_is_named_in_its_layer(number: int) -> None:
    for seed in range(8):
        draw = planted.planted(np.random.default_rng([7, seed]), number)
        _, named, in_its_layer = diagnose_rates.single(draw, number)
        assert named, draw
        assert in_its_layer, draw


def test_two_planted_mistakes_are_both_named() -> None:
    rng = np.random.default_rng(11)
    hits = [diagnose_rates.double(planted.planted(rng, *pair)) for pair in planted.pairs(rng, 60)]
    assert np.mean(hits) >= 0.9


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_right_gradients_are_right_however_they_are_computed(dtype: str) -> None:
    wrong, worst = diagnose_rates.alarms(np.random.default_rng(5), 200, dtype)
    assert wrong == 0
    assert worst < (1e-12 if dtype == "float64" else 2e-5)


def test_accumulators_and_optimizers_are_named() -> None:
    for seed in range(3):
        assert diagnose_rates.accumulating(np.random.default_rng(seed))
        assert diagnose_rates.updating(np.random.default_rng(seed))


def test_what_a_finding_says() -> None:
    made = verdict([21 * g for g in RIGHT.weights], [21 * g for g in RIGHT.biases])
    (found,) = made.findings
    assert (found.mistake, found.layer, found.layers) == (1, 3, (3,))
    assert found.message == (
        "Layer 3 and all below: summed, not averaged (mistake 1): every number is 21 times the right one."
    )
    assert (found.right, found.wrong) == ("delta = (p - y) / n", "delta = (p - y) / n, times n")
    assert found.effect
    assert found.mend
    assert made.before == pytest.approx(20, rel=1e-3)
    assert made.after is not None
    assert made.after < 1e-12
    assert not made.ok


@pytest.mark.parametrize("share", [5e-4, 1e-5])
def test_a_gradient_that_is_off_by_little_is_found(share: float) -> None:
    for layer in range(3):
        weights = [g.copy() for g in RIGHT.weights]
        weights[layer].flat[np.abs(weights[layer]).argmax()] *= 1 + share
        (found,) = verdict(weights, RIGHT.biases).findings
        assert (found.mistake, found.layer) == (None, layer + 1)
        assert f"Layer {layer + 1}: dW is wrong, and no mistake of the catalogue" in found.message


def test_the_first_of_two_unknowns_is_where_the_numbers_part() -> None:
    weights = [g + 0.1 if k != 1 else -g for k, g in enumerate(RIGHT.weights)]
    made = verdict(weights, RIGHT.biases)
    assert [found.layer for found in made.findings] == [3]
    weights[2] = RIGHT.weights[2]
    made = verdict(weights, RIGHT.biases)  # the sign in layer 2 is known, what is in layer 1 is not
    assert [(found.mistake, found.layer) for found in made.findings] == [(21, 2), (None, 1)]
    assert "explained by what was found there" in made.findings[1].message


def test_unknown_factor() -> None:
    (found,) = verdict([0.3 * g for g in RIGHT.weights], [0.3 * g for g in RIGHT.biases]).findings
    assert found.mistake is None
    assert found.message.startswith("Every number is 0.3 times the right one")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_a_number(value: float) -> None:
    weights = [g.copy() for g in RIGHT.weights]
    weights[1][2, 0] = value
    (found,) = verdict(weights, RIGHT.biases).findings
    assert (found.mistake, found.layer) == (27, 2)
    assert f"grad_weights[1][2, 0] is {value}" in found.message
    json.dumps(verdict(weights, RIGHT.biases).to_json())


@pytest.mark.parametrize("rate", [None, 0.5])
def test_updated_weights_are_fitted_or_known(rate: float | None) -> None:
    draw = planted.planted(np.random.default_rng(0), 12)
    weights, biases = planted.learner(draw)
    options = {} if rate is None else {"learning_rate": draw.rate}
    made = cr.diagnose(draw.net, draw.X, draw.y, draw.loss, grad_weights=weights, grad_biases=biases, **options)
    assert [found.mistake for found in made.findings] == [12]
    assert f"they fit W - {draw.rate:.6g} dW" in made.findings[0].message


def test_a_bias_for_every_sample_and_other_shapes() -> None:
    delta = NET.predict(X) - Y
    (found,) = verdict(RIGHT.weights, [*RIGHT.biases[:2], delta / 21]).findings
    assert (found.mistake, found.layer) == (17, 3)
    rows = [RIGHT.biases[0][None], RIGHT.biases[1][:, None], float(RIGHT.biases[2][0])]
    assert verdict([g.tolist() for g in RIGHT.weights], rows).ok
    (found,) = verdict(RIGHT.weights, [RIGHT.biases[0], RIGHT.biases[1].sum(), RIGHT.biases[2]]).findings
    assert (found.mistake, found.layer) == (18, 2)


def test_notes_say_what_cannot_be_told() -> None:
    one = NET.gradients(X[:1], Y[:1])
    made = cr.diagnose(NET, X[:1], Y[:1], grad_weights=one.weights, grad_biases=one.biases)
    assert made.ok
    assert "With one sample a sum is a mean" in made.notes[0]
    assert "No bias gradients were given" in verdict(RIGHT.weights, None).notes[0]
    constant = cr.Network([2, 3, 1], initializer="zeros", seed=0)
    right = constant.gradients(X, Y)
    made = cr.diagnose(constant, X, Y, grad_weights=right.weights, grad_biases=right.biases)
    assert made.ok
    assert "All units of layer 1 have the same weights" in made.notes[0]
    assert any("layer 1 is 0 but for rounding" in note for note in made.notes)


def test_relu_mask_has_two_names() -> None:
    draw = planted.planted(np.random.default_rng(3), 25)
    (found,) = draw.diagnosis().findings
    assert (found.mistake, found.alternatives) == (10, (25,))


def test_text_html_and_json() -> None:
    made = verdict([-g for g in RIGHT.weights], [-g for g in RIGHT.biases])
    text = str(made)
    for part in (
        "Wrong: 1 mistake.",
        "a sign (mistake 21)",
        "should be:",
        "but is:",
        "mend:",
        "Evidence: off by 2.0e+00",
    ):
        assert part in text
    assert max(map(len, text.splitlines())) <= 100
    assert "a sign (mistake 21)" in made._repr_html_()
    assert made._repr_latex_().startswith(r"$$\begin{array}{l} \text{Wrong: ")
    assert Diagnosis.from_json(json.loads(json.dumps(made.to_json()))) == made
    odd = Diagnosis((cr.Finding(None, "<b>", None, "<script>alert(1)</script>"),))
    assert "<script>" not in odd._repr_html_()
    assert str(verdict(RIGHT.weights, RIGHT.biases)).startswith("Right.\n")


SHAPES = [
    (RIGHT.weights[:2], RIGHT.biases, ValueError, "grad_weights holds 2 arrays but the network has 3 layers"),
    (RIGHT.weights, RIGHT.biases[:1], ValueError, "grad_biases holds 1 arrays but the network has 3 layers"),
    (
        [*RIGHT.weights[:2], RIGHT.weights[2].T],
        RIGHT.biases,
        ValueError,
        r"grad_weights\[2\] has shape \(1, 3\) but layer 3 has \(3, 1\); its transpose fits: pass \.T",
    ),
    ([g.ravel() for g in RIGHT.weights], RIGHT.biases, ValueError, r"pass \.reshape\(2, 3\)"),
    ([np.zeros((4, 4)), *RIGHT.weights[1:]], RIGHT.biases, ValueError, "pass dL/dW, 2 inputs by 3 units"),
    (RIGHT.weights, [np.zeros(5), *RIGHT.biases[1:]], ValueError, r"grad_biases\[0\] has shape \(5,\) but layer 1 has"),
    (
        [[[1, 2, 3], [4, 5, 6]], *RIGHT.weights[1:]],
        RIGHT.biases,
        TypeError,
        r"grad_weights\[0\] holds int64; gradients",
    ),
    ([["a"], *RIGHT.weights[1:]], RIGHT.biases, TypeError, "must hold real numbers"),
    ([[[1.0], [1.0, 2.0]], *RIGHT.weights[1:]], RIGHT.biases, ValueError, "rows of different length"),
    ({"W1": RIGHT.weights[0]}, RIGHT.biases, TypeError, "must be a list with one array a layer, got an object of type"),
]


@pytest.mark.parametrize(("weights", "biases", "error", "message"), SHAPES)
def test_bad_input(weights: Any, biases: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        verdict(weights, biases)


def test_bad_samples_and_settings() -> None:
    with pytest.raises(ValueError, match="X has 20 rows but y has 21"):
        cr.diagnose(NET, X[:20], Y, grad_weights=RIGHT.weights, grad_biases=RIGHT.biases)
    with pytest.raises(ValueError, match="learning_rate must be a finite number greater than 0"):
        verdict(RIGHT.weights, RIGHT.biases, learning_rate=0)
    with pytest.raises(ValueError, match="unknown loss"):
        verdict(RIGHT.weights, RIGHT.biases, loss="cross")
