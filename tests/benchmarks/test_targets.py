"""Whether a figure is reached is read off the results, and an explanation stands only where it is not."""

from typing import Any

import pytest

from benchmarks import targets
from benchmarks.targets import TARGETS, judge
from benchmarks.works import WORKS


def ratio(value: float) -> dict[str, Any]:
    return {"ratio": {"median": value, "lowest": value, "highest": value}}


def verdict(key: str, results: dict[str, Any]) -> targets.Verdict:
    (found,) = [verdict for verdict in judge(results) if verdict.target.key == key]
    return found


def test_keys_are_distinct_and_works_exist() -> None:
    keys = [target.key for target in TARGETS]
    assert len(set(keys)) == len(keys)
    assert set(targets.EXPLANATIONS) <= set(keys)
    assert len({work.name for work in WORKS}) == len(WORKS)


def test_best_of_both_variants_counts() -> None:
    results = {"xor": {"peers": {"JAX, one scan": ratio(11), "JAX, jitted step": ratio(60), "PyTorch eager": ratio(5)}}}
    found = verdict("xor-jax", results)
    assert (found.found, found.beside, found.met) == (11, "JAX, one scan", True)


def test_best_peer_is_nobody_of_ours() -> None:
    peers = {"chainrule, compiled": ratio(0.5), "in-place NumPy": ratio(3), "JAX, one scan": ratio(7), "Keras": {}}
    found = verdict("step-8", {"step-8": {"peers": peers}})
    assert (found.found, found.beside, found.met) == (3, "in-place NumPy", False)


def test_share_is_of_the_fastest_product() -> None:
    found = verdict("wide-peak", {"wide": {"limits": {"product_share": {"NumPy": 1.2, "JAX": 0.84}}}})
    assert (found.found, found.beside, found.met) == (84, "JAX", False)


@pytest.mark.parametrize(("seconds", "met"), [(2.9, True), (3.0, False)])
def test_figure_to_stay_under(seconds: float, met: bool) -> None:
    assert verdict("reproduce", {"start": {"reproduce": {"again": {"median": seconds}}}}).met is met


@pytest.mark.parametrize(
    "results", [{}, {"start": {"failed": "no"}}, {"start": {"reproduce": {"failed": "no"}}}, {"xor": {"failed": "no"}}]
)
def test_what_was_not_measured_is_neither(results: dict[str, Any]) -> None:
    assert {verdict.met for verdict in judge(results)} == {None}


def test_explanation_stands_only_beside_a_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(targets.EXPLANATIONS, "xor-memory", "because")
    said = [verdict("xor-memory", {"start": {"reproduce": {"megabytes": mb}}}).explanation for mb in (100, 300)]
    assert said == ["", "because"]


def test_a_smaller_work_meets_nothing() -> None:
    result = {"peers": {"chainrule": {"seconds": {"median": 0.1}}}}
    assert verdict("population-seconds", {"population": result}).met is True
    assert verdict("population-seconds", {"population": {**result, "quick": True}}).met is None
