"""The page report-checked.md is what its script makes; every verdict is borne out; what is wrong is found."""

import itertools
import re
from pathlib import Path

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
import report_checked
from checked.printed_formula import (
    FOUR,
    LOSS,
    ONE,
    TANH,
    WHOLE,
    Reader,
    UnevaluableError,
    UnreadableError,
    case,
    cells_of,
    compare,
)
from checked.verdicts import CONDITION, GARBLED, RIGHT, WRONG, Claim, Link, Section, is_right, matrix

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "report-checked.md"
TESTED = [entry for entry in report_checked.ENTRIES.values() if "test_entry" in entry.tests]
LINKS = [entry for entry in TESTED if isinstance(entry, Link)]

# The verdicts on the formulas that are not right: by hand, from reading the report.
NOT_RIGHT = {
    ("w^{(2)}", 1): WRONG,
    (r"\hat{a}^{(i)}", 1): WRONG,
    ("dw^{(2)}", 1): WRONG,
    (r"d\hat{a}^{(1)}", 2): WRONG,
    ("da^{(1)}", 1): GARBLED,
    ("da^{(1)}", 2): GARBLED,
    ("da^{(1)}", 3): WRONG,
    ("dw^{(1)}", 1): WRONG,
    ("dw^{(1)}", 2): WRONG,
    ("dw^{(1)}", 3): WRONG,
    (r"d\hat{a}^{(0)}", 2): WRONG,
    (r"d\hat{a}^{(0)}", 3): WRONG,
    ("da^{(i)}", 1): CONDITION,
    ("db^{(i)}", 1): CONDITION,
}


def nth(link: Link) -> tuple[str, int]:
    """The left side, and the how-manieth "=" of it this is."""
    same = [other.id for other in LINKS if other.left == link.left]
    return link.left, same.index(link.id) + 1


@pytest.mark.parametrize("id_", [entry.id for entry in TESTED])
def test_entry(id_: str) -> None:
    entry = report_checked.ENTRIES[id_]
    verdict, text = entry.finding
    assert text
    if isinstance(entry, Link):
        assert verdict is NOT_RIGHT.get(nth(entry), RIGHT)
        assert (verdict in (WRONG, CONDITION)) == bool(entry.fixes or entry.left_fix)


def test_page_is_what_the_script_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == report_checked.render(), "run `make docs`"


READABLE = [link for link in LINKS if NOT_RIGHT.get(nth(link)) is not GARBLED]
FRESH = range(100, 103)  # networks that no figure of the page was taken from


@pytest.mark.parametrize("link", READABLE, ids=lambda link: link.id)
def test_what_is_given_as_right_is_right_on_other_networks(link: Link) -> None:
    for name, i, seed in itertools.product(link.cases, link.layers, FRESH):
        outcomes = compare(*link.corrected(), case(name, seed), i)
        assert all(isinstance(outcome, float) and outcome < 1e-8 for outcome in outcomes.values())


@pytest.mark.parametrize("link", READABLE, ids=lambda link: link.id)
def test_entry_that_is_off_by_a_thousandth_is_found_and_no_other(link: Link) -> None:
    left, right = link.corrected()
    cells, i = cells_of(right), link.layers[-1]
    places = [(r, c) for r, row in enumerate(cells or [], 1) for c, _ in enumerate(row, 1)] or [WHOLE]
    for place in places:
        if cells is None:
            changed = rf"\frac{{1001}}{{1000}} ({right})"
        else:
            rows = [row.copy() for row in cells]
            rows[place[0] - 1][place[1] - 1] = rf"\frac{{1001}}{{1000}} ({cells[place[0] - 1][place[1] - 1]})"
            changed = matrix(rows)
        outcomes = compare(left, changed, case(ONE, 100), i)
        assert [at for at, outcome in outcomes.items() if not is_right([outcome])] == [place]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("da^{(i)}", r"d\hat{a}^{(i)} * \hat{a}^{(i)} * (1 + \hat{a}^{(i)})"),
        ("dw^{(i)}", r"\hat{a}^{(i-1)}.T@d\hat{a}^{(i)}"),
        ("db^{(i)}", r"\mathbf{1}.T@da^{(i)} + \mathbf{1}.T@da^{(i)}"),
        (r"d\hat{a}^{(1)}", r"da^{(2)}@w^{(2)}"),
        (r"\frac{\partial f(x)}{\partial x}", "f(x)(1+f(x))"),
    ],
)
def test_wrong_formula_is_found(left: str, right: str) -> None:
    section = Section("0", "none")
    section.equation("none", left, (right, "no such formula in the report"), layers=(1,))
    with pytest.raises(ArithmeticError, match="0-01: the correction is wrong too"):
        section.entries[0].find()


def test_claim_that_figures_do_not_bear_out_makes_no_page() -> None:
    section = Section("0", "none")
    section.claim("2 + 2 = 5", RIGHT)(lambda: (2 + 2 == 5, "it is 4"))
    with pytest.raises(ArithmeticError, match="0-01 is not “✓ right”: it is 4"):
        section.entries[0].find()


@pytest.mark.parametrize("name", [ONE, FOUR, TANH])
def test_differences_agree_with_automatic_differentiation(name: str) -> None:
    c = case(name, 7)
    hidden = anp.tanh if name == TANH else lambda z: 1 / (1 + anp.exp(-z))

    def loss(X: anp.ndarray, w1: anp.ndarray, b1: anp.ndarray, w2: anp.ndarray, b2: anp.ndarray) -> anp.ndarray:
        p = 1 / (1 + anp.exp(-(anp.dot(hidden(anp.dot(X, w1) + b1), w2) + b2)))
        return -anp.mean(anp.log(anp.where(c.y == 1, p, 1 - p)))

    names = [("â", 0), ("w", 1), ("b", 1), ("w", 2), ("b", 2)]
    inputs = [c.values[of] for of in names]
    assert c.truth(LOSS)[0, 0] == pytest.approx(loss(*inputs), rel=1e-12)
    for position, (letter, i) in enumerate(names):
        expected = autograd.grad(loss, position)(*inputs)
        np.testing.assert_allclose(c.truth((f"d{letter}", i)), expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (r"\overline{\partial} a_{11}^{(1)}", UnreadableError, "unreadable"),
        (r"da_{11}^{(2)} \frac{\partial a_{11", UnreadableError, "unreadable"),
        ("da_{11}", UnreadableError, "unreadable"),
        ("(a^{(1)}", UnreadableError, "unreadable"),
        ("a^{(1)} +", UnreadableError, "unreadable"),
        ("w_{31}^{(1)}", UnevaluableError, r"\$w\^{\(1\)}\$ is 2 × 3 and has no entry 31"),
        ("w_{01}^{(1)}", UnevaluableError, "has no entry 01"),
        ("w_{1}^{(1)}", UnevaluableError, "the index 1 names no entry"),
        ("a^{(0)}", UnevaluableError, r"there is no \$a\^{\(0\)}\$"),
        (r"\frac{\partial a_{11}^{(1)}}{\partial \hat{a}_{11}^{(1)}}", UnevaluableError, "does not depend on"),
    ],
)
def test_reader_says_what_it_cannot_read(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Reader(text, case(ONE, 0)).value()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 (2)", 5.0),
        ("(1 + 2)^2", 9.0),
        (r"-\frac{1}{2} 2", -1.0),
        ("2 - 1 - 1", 0.0),
        (r"\sigma(0)", 0.5),
        ("e^{0}", 1.0),
        (r"\frac{\partial a_{13}^{(1)}}{\partial w_{22}^{(1)}}", 0.0),
        (r"\frac{\partial a_{11}^{(1)}}{\partial b_{11}^{(1)}}", 1.0),
    ],
)
def test_reader_computes(text: str, expected: float) -> None:
    assert Reader(text, case(ONE, 0)).value() == pytest.approx(expected, abs=1e-12)


def test_page_is_safe_for_github() -> None:
    page = PAGE.read_text(encoding="utf-8")
    text = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({row.count("|") for row in table.splitlines()}) == 1, table
    for line in text.splitlines():
        plain = re.sub(r"`[^`]*`", "", line)
        assert plain.count("$") % 2 == 0
        for formula in re.findall(r"\$([^$]*)\$", plain):
            assert not re.search(r"\}_|\\\\|\||@\w|(?<!\\)<", formula), formula
    assert "§" not in page


def test_page_names_files_and_tests_that_exist() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)]+)\)", re.sub(r"\$[^$]*\$", "", page)):
        assert (PAGE.parent / link).exists(), link
    for path in re.findall(r"`(tests/[\w/.]+\.py)`", page):
        assert (ROOT / path).is_file(), path
    (example,) = re.findall(r"test_entry\[([\d.-]+)\]\"", page)
    assert report_checked.ENTRIES[example] in TESTED


def test_every_entry_is_on_the_page_once_and_in_order() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert re.findall(r"^\| ([\d.]+-\d\d) \|", page, re.MULTILINE) == list(report_checked.ENTRIES)
    names = [entry.check.__name__ for entry in TESTED if isinstance(entry, Claim)]
    assert len(names) == len(set(names))
