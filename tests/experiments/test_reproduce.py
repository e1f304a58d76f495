"""The reproduction of the report: what it runs, what it judges, what it writes."""

import dataclasses
import json
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from chainrule.arrays import Array
from chainrule.experiments import folder, reproduce_page
from chainrule.experiments.claims import Claim, as_text, convergence, judge
from chainrule.experiments.experiment import EXPERIMENTS, train
from chainrule.experiments.momentum import MOMENTA, compare
from chainrule.experiments.printed import LINEAR, XOR
from chainrule.experiments.reproduce import Reproduction, reproduce


@pytest.fixture(scope="module")
def full() -> Reproduction:
    """What `chainrule reproduce` does without options."""
    return reproduce(verbose=0)


@pytest.fixture(scope="module")
def short() -> Reproduction:
    """Runs too short for most of the report's figures."""
    return reproduce(epochs_linear=40, epochs_xor=40, verbose=0)


def test_every_claim_of_the_report_holds_on_the_default_seed(full: Reproduction) -> None:
    assert [claim for outcome in full.outcomes for claim in outcome.claims if claim.holds is not True] == []
    assert full.holds
    assert [outcome.accuracy for outcome in full.outcomes] == [1.0, 1.0]


def test_every_figure_of_the_report_is_judged(full: Reproduction) -> None:
    for outcome in full.outcomes:
        printed = outcome.experiment.printed
        judged = [claim.report for claim in outcome.claims]
        assert all(loss in judged for loss in printed.loss.values())
        assert printed.accuracy in judged
        assert list(printed.class_sizes) in judged
        assert f"< {printed.converged_before:,}" in judged


def test_settings_are_the_report_s(full: Reproduction) -> None:
    linear, xor = (outcome.settings for outcome in full.outcomes)
    assert (linear["sizes"], linear["epochs"], linear["n_samples"]) == ([2, 2, 2, 1], 20_000, 100)
    assert (xor["sizes"], xor["epochs"], xor["n_samples"]) == ([2, 3, 3, 1], 100_000, 21)
    for settings in (linear, xor):
        assert settings["learning_rate"] == 0.3
        assert settings["batch_size"] == settings["n_samples"]
        assert settings["initializer"] == "he_normal"


def test_losses_agree_with_a_loop_written_by_hand(short: Reproduction) -> None:
    """The report's network in eight lines, on the same points from the same start."""
    outcome = short.outcomes[1]
    X, y, printed = outcome.X, outcome.y, outcome.experiment.printed
    rng = np.random.default_rng(0)
    W = [rng.normal(0, np.sqrt(2 / k), (k, m)) for k, m in zip(printed.sizes, printed.sizes[1:], strict=False)]
    b = [np.zeros(m) for m in printed.sizes[1:]]
    v = [np.zeros_like(p) for p in W + b]
    losses = []
    for _ in range(40):
        a = [X]
        for k in range(3):
            a.append(1 / (1 + np.exp(-(a[k] @ W[k] + b[k]))))
        losses.append(float(-np.mean(y * np.log(a[3]) + (1 - y) * np.log(1 - a[3]))))
        dW: list[Array] = []
        db: list[Array] = []
        da = (a[3] - y) / len(X)
        for k in (2, 1, 0):
            dW.insert(0, a[k].T @ da)
            db.insert(0, da.sum(axis=0))
            da = (da @ W[k].T) * a[k] * (1 - a[k])
        for p, velocity, gradient in zip(W + b, v, dW + db, strict=True):
            velocity *= 0.5
            velocity -= 0.3 * gradient
            p += velocity
    np.testing.assert_allclose(outcome.history.loss, losses, rtol=1e-12)


def test_momentum_nearest_to_the_printed_losses_is_the_default(full: Reproduction) -> None:
    for comparison in full.comparisons:
        assert comparison is not None
        assert list(comparison.losses) == list(MOMENTA)
        assert comparison.nearest == full.momentum == 0.5
        assert comparison.factors[0.5] < 2 < min(comparison.factors[0.0], comparison.factors[0.9])


def test_a_run_that_is_known_is_not_needed_again() -> None:
    linear = EXPERIMENTS[0]
    loss = train(linear, seed=0, momentum=0.5, epochs=6000, verbose=0)[1].loss
    anew, known = (compare(linear, seed=0, epochs=6000, known=known, verbose=0) for known in ({}, {0.5: loss}))
    assert anew == known
    assert compare(linear, seed=0, epochs=6000, known={0.5: [1.0] * 6000}, verbose=0) != anew


def test_same_seed_same_bits_and_another_seed_other_bits(short: Reproduction) -> None:
    again, other = (reproduce(seed=seed, epochs_linear=40, epochs_xor=40, verbose=0) for seed in (0, 1))
    for mine, same, different in zip(short.outcomes, again.outcomes, other.outcomes, strict=True):
        assert mine.history.loss == same.history.loss
        assert mine.predictions.tobytes() == same.predictions.tobytes()
        assert mine.history.loss != different.history.loss


def test_short_runs_reach_no_verdict_where_there_is_none(short: Reproduction) -> None:
    by_claim = {claim.claim: claim for claim in short.outcomes[0].claims}
    late = by_claim["loss at epoch 5,000 (within a factor of √10)"]
    assert (late.here, late.holds, late.verdict) == (None, None, "not reached")
    assert by_claim["accuracy once converged, at epoch 2,500"].holds is None
    assert by_claim["accuracy"].holds is False
    assert not short.holds


@pytest.mark.parametrize(
    ("loss", "epoch"),
    [
        ([1.0, 0.5, 0.04, 0.03], 2),
        ([1.0, 0.04, 0.05, 0.04], 3),  # back at the bound: not for good
        ([1.0, 0.9], None),
        ([1.0, 0.01, 1.0], None),
    ],
)
def test_convergence(loss: list[float], epoch: int | None) -> None:
    assert convergence(loss) == epoch


def judged(**changes: object) -> dict[str, bool | None]:
    """The verdicts on a run of the XOR experiment that is as the report says, but for these changes."""
    loss = [1.0] * 5000 + [0.001] * 85_000 + [5e-5] * 10_000
    arguments = {
        "printed": XOR,
        "loss": loss,
        "converged": 5000,
        "accuracy_midway": 1.0,
        "accuracy_at_end": 1.0,
        "y": np.repeat([[0.0], [1.0]], [11, 10], axis=0),
    }
    return {claim.claim: claim.holds for claim in judge(**{**arguments, **changes})}  # type: ignore[arg-type]


def test_judge_accepts_what_the_report_says() -> None:
    assert set(judged().values()) == {True}


@pytest.mark.parametrize(
    ("changes", "refuted"),
    [
        ({"loss": [1.0] * 100_000}, {"loss at epoch 90,000", "loss at epoch 95,000"}),
        ({"loss": [1.0] * 90_000 + [1.7e-4] * 10_000}, {"loss at epoch 90,000", "loss at epoch 95,000"}),
        ({"accuracy_at_end": 20 / 21}, {"accuracy"}),
        ({"accuracy_midway": 20 / 21}, {"accuracy once converged"}),
        ({"converged": 10_000}, {"epochs to converge"}),
        ({"converged": None}, {"epochs to converge"}),
        ({"y": np.repeat([[0.0], [1.0]], [12, 9], axis=0)}, {"samples of the two classes"}),
    ],
)
def test_judge_refutes_what_is_not_so(changes: dict[str, object], refuted: set[str]) -> None:
    false = {claim for claim, holds in judged(**changes).items() if holds is False}
    assert len(false) == len(refuted)
    assert all(any(claim.startswith(start) for claim in false) for start in refuted)


def test_printed_figures_of_the_report() -> None:
    """The predictions that it prints, counted, and the loss that they imply for an accuracy of 1."""
    assert LINEAR.predictions.shape == (100,)
    assert XOR.predictions.shape == (21,)
    for printed, epoch in ((LINEAR, 15_000), (XOR, 95_000)):
        p = printed.predictions
        implied = float(-np.mean(np.log(np.where(p > 0.5, p, 1 - p))))
        assert 0.5 * printed.loss[epoch] < implied < printed.loss[epoch]  # it still fell until the last epoch


def test_files(short: Reproduction, tmp_path: Path) -> None:
    files = reproduce_page.files(short)
    names = {
        f"{e}-{f}.{s}" for e in ("linear", "xor") for f in ("loss", "prediction", "decision") for s in ("svg", "png")
    }
    assert set(files) == names | {"index.html", "results.json"}
    for name, content in files.items():
        if name.endswith(".svg"):
            assert ElementTree.fromstring(content).tag.endswith("svg")
        if name.endswith(".png"):
            assert isinstance(content, bytes)
            assert content.startswith(b"\x89PNG")
    folder.write(tmp_path, files)
    assert {path.name for path in tmp_path.iterdir()} == set(files)


def test_results_have_the_promised_keys(short: Reproduction) -> None:
    results = json.loads(reproduce_page.files(short)["results.json"])
    assert set(results["experiments"]) == {"linear", "xor"}
    for outcome, result in zip(short.outcomes, results["experiments"].values(), strict=True):
        assert {"settings", "loss", "accuracy", "predictions", "seconds", "claims"} <= set(result)
        assert all(set(claim) == {"claim", "report", "here", "holds"} for claim in result["claims"])
        assert result["loss"] == {"0": outcome.history.loss[0], "39": outcome.history.loss[39]}
        assert result["predictions"] == outcome.predictions[:, 0].tolist()


class Page(HTMLParser):
    """The addresses that a page refers to, its ids, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def test_page_is_self_contained(short: Reproduction) -> None:
    html = str(reproduce_page.files(short)["index.html"])
    page = Page(html)
    assert all(address.startswith(("#", "data:")) for address in page.addresses)
    assert "url(http" not in html
    assert "<script" not in html
    assert len(set(page.ids)) == len(page.ids)  # six drawings in one page do not take each other's parts
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.ids)


def test_page_shows_every_claim_and_its_figures(short: Reproduction) -> None:
    text = re.sub(r"\s+", " ", Page(str(reproduce_page.files(short)["index.html"])).text)
    for outcome in short.outcomes:
        for claim in outcome.claims:
            assert f"{claim.claim} {as_text(claim.report)} {as_text(claim.here)}" in text
            assert claim.verdict in text
        for epoch, loss in outcome.loss.items():
            assert f"epoch {epoch}: {loss}" in text


def test_page_says_whether_claims_fail(full: Reproduction, short: Reproduction) -> None:
    assert "All 14 figures and claims of the report hold here" in str(reproduce_page.files(full)["index.html"])
    failed = sum(claim.holds is False for outcome in short.outcomes for claim in outcome.claims)
    assert f"{failed} of 14 figures and claims of the report do not hold" in str(
        reproduce_page.files(short)["index.html"]
    )


def test_page_escapes_what_it_shows(short: Reproduction) -> None:
    claims = [Claim("<b>loud</b>", "<", ">", True)]
    outcomes = [dataclasses.replace(outcome, claims=claims) for outcome in short.outcomes]
    html = str(reproduce_page.files(dataclasses.replace(short, outcomes=outcomes))["index.html"])
    assert "&lt;b&gt;loud&lt;/b&gt;" in html
    assert "<b>loud</b>" not in html
