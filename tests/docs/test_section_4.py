"""The page on section 4 says what the kept results say, and nothing else."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import section_4
from section_4_entries import ENTRIES

from chainrule.experiments import studies
from chainrule.experiments.intervals import wilson

DOCS = Path(section_4.__file__).parent
KEPT = section_4.read()


def test_page_is_made_of_the_kept_results() -> None:
    assert (DOCS / "section-4.md").read_text(encoding="utf-8") == section_4.render(KEPT), "run `make docs`"


@pytest.mark.parametrize("name", KEPT)
def test_kept_results_are_of_a_full_run_and_give_the_kept_answer(name: str) -> None:
    kept = KEPT[name]
    assert section_4.answer(name, kept) == kept["answer"], "run `make studies`, then `python docs/section_4.py studies`"
    study = studies.get(name)
    assert kept["settings"] == json.loads(json.dumps(study.settings))
    assert kept["method"] == study.method()


def test_pictures_are_there() -> None:
    page = section_4.render(KEPT)
    shown = re.findall(r"!\[[^]]+\]\((images/[^)]+)\)", page)
    assert shown
    for path in shown:
        assert (DOCS / path).read_bytes().startswith(b"\x89PNG")


def test_sentences_are_the_reports() -> None:
    """Each stands in our copy of the report, or in words that differ from it by nothing but what is left out."""
    assert len({entry.says for entry in ENTRIES}) == len(ENTRIES)
    for entry in ENTRIES:
        assert set(entry.needs) <= set(studies.names())
        assert {study for study, _ in entry.pictures} <= set(entry.needs)


def test_a_sentence_waits_for_its_studies() -> None:
    for left_out in KEPT:
        page = section_4.render({name: kept for name, kept in KEPT.items() if name != left_out})
        for entry in ENTRIES:
            assert (entry.says in page) == (set(entry.needs) <= set(KEPT) - {left_out})


def test_verdicts_follow_the_results() -> None:
    kept: dict[str, Any] = copy.deepcopy(KEPT)
    results = kept["convergence"]["results"]
    results["linear"]["solved"] = results["xor"]["solved"] = wilson(1000, 1000)
    results["xor"]["initializers"]["Glorot, gain 4"] = wilson(1, 1000)
    page = section_4.render(kept)
    assert "“They take less than 2500 epochs and 10000 epochs to converge respectively”\n\n**✓ right.**" in page
    assert "no difference that the intervals show. With the weights" in page
    results["xor"]["solved"] = wilson(10, 1000)
    assert "converge respectively”\n\n**✗ wrong" in section_4.render(kept)
