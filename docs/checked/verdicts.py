r"""What an entry of report-checked.md is: something that the report says, and how its verdict is computed.

A `Link` is one "=" of a printed formula: its text is evaluated (`printed_formula`) and the verdict is what comes of it.
A `Claim` is said in words: a function computes what it says, and where the figures do not bear its verdict out there is
an error, and no page.
"""

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from checked.printed_formula import ONE, WHOLE, Outcome, Place, UnreadableError, case, cells_of, compare

TOLERANCE = 1e-7  # what is right agrees to 1e-9, what is wrong is off by more than 1e-3
SEEDS = range(5)


class Verdict(Enum):
    """What can become of an entry: its symbol and words, and what they mean."""

    RIGHT = "✓ right", "right as it stands"
    WRONG = "✗ wrong as printed", "wrong, or contradicted by another part of the report"
    CONDITION = (
        "◐ right under a condition",
        "right under a condition, or in one reading, that the report does not state",
    )
    GARBLED = "? unreadable in our copy", "not checked: the copy has lost it"
    ELSEWHERE = "→ checked by a run", "needs training as long as the report's; another test does it"
    OPINION = "– opinion, setting or plan", "nothing that could be false"

    def __init__(self, words: str, meaning: str) -> None:
        self.words, self.meaning = words, meaning


RIGHT, WRONG, CONDITION, GARBLED, ELSEWHERE, OPINION = Verdict


@dataclass
class Entry:
    """Something that the report says. `tests` is what the page names as its test."""

    says: str
    id: str = field(default="", init=False)
    tests: str = field(default="", init=False)

    def find(self) -> tuple[Verdict, str]:
        """The verdict, by computation, and the text beside it."""
        raise NotImplementedError

    @functools.cached_property
    def finding(self) -> tuple[Verdict, str]:
        """What `find` gives, computed once."""
        return self.find()


@dataclass
class Claim(Entry):
    """Something said in words. `check` gives whether the computation bears the verdict out, and what it found."""

    verdict: Verdict
    check: Callable[[], tuple[bool, str]]

    def find(self) -> tuple[Verdict, str]:
        borne_out, text = self.check()
        if not borne_out:
            raise ArithmeticError(f"{self.id} is not “{self.verdict.words}”: {text}")
        return self.verdict, text


@dataclass
class Link(Entry):
    """One "=" of a formula: `left` is a quantity, `says` what the report prints as equal to it.

    Attributes:
        title: what the formula is called on the page.
        note: what kind of step it is; why it is wrong, if it is.
        fixes: what to print instead, by place.
        left_fix: what to print on the left instead.
        cases: what to try it on.
        layers: the values of i to try.
    """

    left: str
    title: str
    note: str
    fixes: dict[Place, str] = field(default_factory=dict)
    left_fix: str = ""
    cases: Sequence[str] = (ONE,)
    layers: Sequence[int] = (0,)

    def corrected(self) -> tuple[str, str]:
        """Both sides as they should be printed."""
        left, cells = self.left_fix or self.left, cells_of(self.says)
        if cells is None:
            return left, self.fixes.get(WHOLE, self.says)
        return left, matrix(
            [[self.fixes.get((r, c), x) for c, x in enumerate(row, 1)] for r, row in enumerate(cells, 1)]
        )

    def outcomes(self, left: str, right: str) -> dict[tuple[str, int], dict[Place, list[Outcome]]]:
        """What came of it: by case and i, and then by place, one outcome for each network."""
        found: dict[tuple[str, int], dict[Place, list[Outcome]]] = {}
        for key in itertools.product(self.cases, self.layers):
            places = found.setdefault(key, {})
            for seed in SEEDS:
                for place, outcome in compare(left, right, case(key[0], seed), key[1]).items():
                    places.setdefault(place, []).append(outcome)
        return found

    def faults(self, left: str, right: str) -> dict[tuple[str, int], dict[Place, list[Outcome]]]:
        """The outcomes at those places that are not right, for those cases that have some."""
        faults = {
            key: {place: outcomes for place, outcomes in places.items() if not is_right(outcomes)}
            for key, places in self.outcomes(left, right).items()
        }
        return {key: places for key, places in faults.items() if places}

    def find(self) -> tuple[Verdict, str]:
        faults = self.faults(self.left, self.says)
        if not faults:
            return RIGHT, self.note
        everything = [outcome for places in faults.values() for outcomes in places.values() for outcome in outcomes]
        if all(isinstance(outcome, UnreadableError) for outcome in everything):
            return GARBLED, f"{self.note} The copy has `{self.says}`."
        left, right = self.corrected()
        if self.faults(left, right):
            raise ArithmeticError(f"{self.id}: the correction is wrong too")
        texts = [self.describe(*key, places) for key, places in faults.items()]
        if WHOLE in self.fixes:
            texts.append(f"Right: {inline(f'{left} = {right}')}.")
        elif self.left_fix:
            texts.append(f"Right: {inline(left)} on the left.")
        faulty_cases = {name for name, _ in faults}
        return (WRONG if faulty_cases == set(self.cases) else CONDITION), " ".join([*texts, self.note])

    def describe(self, name: str, i: int, places: dict[Place, list[Outcome]]) -> str:
        """What is wrong in one case, in words: places that fail for the same reason together."""
        if self.left_fix and not self.fixes:  # it is not the entries that are wrong: one figure for all of them
            by_network = zip(*places.values(), strict=True)
            places = {WHOLE: [max(o for o in outcomes if isinstance(o, float)) for outcomes in by_network]}
        by_reason: dict[str, list[Place]] = {}
        for place, outcomes in places.items():
            by_reason.setdefault(reason(outcomes), []).append(place)
        texts = []
        for why, where in by_reason.items():
            fixes = ", ".join(inline(self.fixes[place]) for place in where if place in self.fixes and place != WHOLE)
            at = f"{places_in_words(where)}: " if where != [WHOLE] else ""
            texts.append(f"{at}{why}{f'; right: {fixes}' if fixes else ''}")
        tried = [name] if len(self.cases) > 1 else []
        tried += [f"i = {i}"] if len(self.layers) > 1 else []
        if tried:
            texts = [f"for {', '.join(tried)}: {'; '.join(texts)}"]
        return " ".join(f"{text[0].upper()}{text[1:]}." for text in texts)

    def shown(self) -> str:
        """The right side for the page, what is wrong in red; dots for what cannot be read."""
        cells = cells_of(self.says)
        if cells is None:
            return red(self.says) if WHOLE in self.fixes else self.says
        bad: dict[Place, list[Outcome]] = {}
        if not self.left_fix:
            for places in self.faults(self.left, self.says).values():
                bad |= places

        def cell(text: str, place: Place) -> str:
            if place not in bad:
                return text
            return r"\cdots" if isinstance(bad[place][0], UnreadableError) else red(text)

        return matrix([[cell(x, (r, c)) for c, x in enumerate(row, 1)] for r, row in enumerate(cells, 1)])


def reason(outcomes: list[Outcome]) -> str:
    """Why an entry is not right: the error that evaluating it ends in, or how far off it is."""
    errors = [str(outcome) for outcome in outcomes if isinstance(outcome, ValueError)]
    numbers = [100 * outcome for outcome in outcomes if isinstance(outcome, float)]
    return errors[0] if errors else f"off by {span(numbers)} %"


def places_in_words(places: list[Place]) -> str:
    """Rows and columns.

    >>> places_in_words([(2, 1)]), places_in_words([(1, 1), (1, 2)])
    ('row 2, column 1', 'row 1, columns 1 and 2')
    """
    rows = {row: [str(c) for r, c in places if r == row] for row, _ in places}
    return "; ".join(f"row {r}, column{'s' if len(c) > 1 else ''} {' and '.join(c)}" for r, c in rows.items())


def is_right(outcomes: list[Outcome]) -> bool:
    """Whether an entry agrees on every network."""
    return all(isinstance(outcome, float) and outcome < TOLERANCE for outcome in outcomes)


def matrix(rows: Iterable[Iterable[str]]) -> str:
    """A matrix as LaTeX."""
    inside = r" \\ ".join(" & ".join(row) for row in rows)
    return rf"\begin{{bmatrix}} {inside} \end{{bmatrix}}"


def red(latex: str) -> str:
    r"""LaTeX in red, for either of the two meanings that \color has in MathJax."""
    return rf"{{\color{{red}}{{{latex}}}}}"


def inline(latex: str) -> str:
    r"""LaTeX within a line, where Markdown may take the "}_" of \hat{a}_{11} for an emphasis, and "@w" for a person.

    >>> inline(r"\hat{a}_{11}^{(0)}@w^{(1)}")
    '$\\hat a_{11}^{(0)} @ w^{(1)}$'
    """
    compact = latex.replace(r"\hat{a}", r"\hat a").replace("@", " @ ")
    return f"${compact}$"


def digits(x: float) -> str:
    """X to two significant digits.

    >>> digits(0.01234), digits(137), digits(1.7e-6), digits(691)
    ('0.012', '140', '1.7e-6', '690')
    """
    return re.sub(r"e-0*", "e-", f"{float(f'{x:.2g}'):.6g}")


def span(numbers: Sequence[float]) -> str:
    """The smallest to the largest, to two digits.

    >>> span([0.5, 2.0]), span([1.0, 1.001])
    ('0.5 to 2', '1')
    """
    low, high = digits(min(numbers)), digits(max(numbers))
    return low if low == high else f"{low} to {high}"


Check = Callable[[], tuple[bool, str]]


class Section:
    """A section of the report and its entries, in order. An entry's id is the section's number and its own."""

    def __init__(self, number: str, title: str) -> None:
        self.number, self.title, self.entries = number, title, list[Entry]()

    def add(self, entry: Entry, tests: str = "") -> None:
        """Put an entry at the end."""
        self.entries.append(entry)
        entry.id = f"{self.number}-{len(self.entries):02d}"
        entry.tests = tests or f"`test_entry[{entry.id}]`"

    def claim(self, says: str, verdict: Verdict) -> Callable[[Check], Check]:
        """Add a claim, which the function below checks; other texts refer to it as §name of the function§."""

        def register(check: Check) -> Check:
            self.add(Claim(says, verdict, check))
            return check

        return register

    def remark(self, says: str, text: str, verdict: Verdict = OPINION, tests: str = "–") -> None:
        """Add something that is not computed here."""
        self.add(Claim(says, verdict, lambda: (True, text)), tests)

    def equation(self, title: str, left: str, *links: tuple[Any, ...], **common: Any) -> None:
        """Add left = link = link …; a link is its LaTeX, its note and, if it is wrong, its fixes by place."""
        for says, note, *fixes in links:
            self.add(Link(says, left=left, title=title, note=note, fixes=dict(*fixes), **common))
