"""The worked examples of the field come out digit by digit; where they do not, it is mistake 12 and nothing else."""

from pathlib import Path

import numpy as np
import published_mistakes
import pytest
import worked_examples as examples
from worked_examples import MAZUR, RGU, Printed

import chainrule as cr

PAGE = Path(published_mistakes.__file__).with_name("published-mistakes.md")


@pytest.mark.parametrize(
    ("rows", "off"),
    [
        (examples.mazur(), {"part_o2"}),  # worked from rounded numbers: the last digit
        (examples.rgu_output(), set()),
        (examples.han_kamber(), {"Err6"}),
        (examples.negnevitsky(), set()),
        (examples.trask(), set()),
    ],
    ids=["mazur", "rgu", "han_kamber", "negnevitsky", "trask"],
)
def test_printed_numbers(rows: list[Printed], off: set[str]) -> None:
    assert {row.what for row in rows if not row.agrees} == off
    assert all(row.near(row.value) for row in rows)


def test_a_digit_that_is_wrong_is_found() -> None:
    assert Printed("w", ".1497", 0.14974).agrees
    assert not Printed("w", ".1498", 0.14974).agrees
    assert not Printed("w", ".1496", 0.14974).near(0.14974)


def test_mazur_and_the_tutorial_made_mistake_12_and_no_other() -> None:
    assert published_mistakes.mazur_mistakes() == [12]
    assert published_mistakes.rgu_mistakes() == [12]
    assert not examples.mazur_error().agrees
    assert f"{examples.mazur_error().value:.9f}" == "0.291027774"
    assert f"{examples.mazur_error_with(MAZUR.stale()):.9f}" == "0.291027924"
    with pytest.raises(ArithmeticError, match="not 12 alone"):
        published_mistakes.only_mistake([12, 13])


@pytest.mark.parametrize("example", [MAZUR, RGU], ids=["mazur", "rgu"])
def test_the_checker_names_it(example: examples.Example) -> None:
    before, after = example.net, example.step(example.stale())
    made = cr.diagnose(
        before,
        example.X,
        example.y,
        "half_squared_error",
        grad_weights=[(a - b) / example.rate for a, b in zip(before.weights, after.weights, strict=True)],
        grad_biases=[(a - b) / example.rate for a, b in zip(before.biases, after.biases, strict=True)],
    )
    (found,) = made.findings
    assert (found.mistake, found.layer) == (12, 1)
    assert f"they fit W - {example.rate:.6g} dW" in found.message


def test_long_runs() -> None:
    wrong, _ = examples.mazur_trained(10_000, updated_first=True)
    np.testing.assert_allclose(wrong, [0.015912196, 0.984065734], rtol=0, atol=5e-10)
    assert f"{examples.mazur_trained(9_999, updated_first=False)[1]:.10f}" == "0.0000351085"
    errors = [0.4964100319, 0.0085845257]
    np.testing.assert_allclose(examples.trask_deep(10_000), errors, rtol=0, atol=5e-11)


def test_page_is_what_the_script_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    text = PAGE.read_text(encoding="utf-8")
    monkeypatch.setattr(published_mistakes, "TRASK_STEPS", 10_000)
    made = published_mistakes.render()
    until = "| 10000 |"
    assert made.partition(until)[0] == text.partition(until)[0], "run `make docs`"
    assert made.partition("## Negnevitsky")[2] == text.partition("## Negnevitsky")[2]
