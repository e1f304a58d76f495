"""Intervals: against closed forms, against SciPy, and how they are written."""

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats

from chainrule.experiments.intervals import bootstrap, number, percent, rounded, wilson


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (10, 10), (1, 3), (863, 1000), (0, 1)])
def test_wilson_is_the_closed_form(successes: int, n: int) -> None:
    z, p = scipy.stats.norm.ppf(0.975), successes / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    share = wilson(successes, n)
    assert (share["value"], share["n"]) == (p, n)
    assert share["low"] == pytest.approx(middle - half, rel=1e-12, abs=1e-15)
    assert share["high"] == pytest.approx(middle + half, rel=1e-12)
    assert 0 <= share["low"] <= p <= share["high"] <= 1


def test_bootstrap_covers_the_median_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    intervals = [bootstrap(rng.normal(size=40), resamples=400) for _ in range(200)]
    covered = sum(interval["low"] <= 0 <= interval["high"] for interval in intervals)
    low, high = scipy.stats.binom.ppf([0.0005, 0.9995], 200, 0.95)
    assert low <= covered <= high


def test_bootstrap_of_a_mean_is_the_normal_interval() -> None:
    values = np.random.default_rng(1).normal(5, 2, 400)
    interval = bootstrap(values, np.mean, resamples=5000)
    error = values.std(ddof=1) / math.sqrt(400)
    assert interval["value"] == values.mean()
    assert interval["low"] == pytest.approx(values.mean() - 1.96 * error, abs=0.15 * error)
    assert interval["high"] == pytest.approx(values.mean() + 1.96 * error, abs=0.15 * error)
    assert interval == bootstrap(values, np.mean, resamples=5000)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, math.inf], [math.nan, 1.0], [[1.0, 2.0]]])
def test_bootstrap_refuses_what_has_no_interval(values: Any) -> None:
    with pytest.raises(ValueError, match=r"values must be (at least 2 finite|.*)"):
        bootstrap(values)


def test_wilson_refuses_impossible_counts() -> None:
    for successes, n in ((-1, 10), (11, 10), (0, 0)):
        with pytest.raises(ValueError):
            wilson(successes, n)


def test_as_people_read_them() -> None:
    assert percent(wilson(1, 1)) == "100.0 % (20.7 to 100.0 %)"
    assert number({"value": 0.5, "low": 0.25, "high": 1234.0, "n": 3}) == "0.5 (0.25 to 1,230)"
    assert [rounded(x) for x in (999.6, 99.96, 0.0, 1e-7, -12345)] == ["1,000", "100", "0", "1 · 10⁻⁷", "−12,300"]
