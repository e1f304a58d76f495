"""How sure a number is that was measured over seeds: 95 % intervals of shares and of medians, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypedDict

import numpy as np

from chainrule.arguments import as_count
from chainrule.arrays import Array, as_numbers

__all__ = ["CONFIDENCE", "Interval", "bootstrap", "listed", "number", "percent", "rounded", "wilson"]

CONFIDENCE = 0.95
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Interval(TypedDict):
    """A value, the ends of its interval, and over how many networks it was taken: what results.json holds of it."""

    value: float
    low: float
    high: float
    n: int


def wilson(successes: int, n: int) -> Interval:
    """The share of successes among n trials, with Wilson's score interval (Wilson 1927).

    >>> share = wilson(0, 10)
    >>> share["value"], share["low"], round(share["high"], 4)
    (0.0, 0.0, 0.2775)
    """
    from scipy.stats import binomtest

    n = as_count("n", n)
    found = binomtest(as_count("successes", successes, least=0), n).proportion_ci(CONFIDENCE, method="wilson")
    return {"value": successes / n, "low": max(0.0, float(found.low)), "high": min(1.0, float(found.high)), "n": n}


def bootstrap(
    values: Sequence[float] | Array, statistic: Callable[..., Any] = np.median, *, resamples: int = 2000, seed: int = 0
) -> Interval:
    """A statistic of values measured on independent networks, with its percentile bootstrap interval (Efron 1979).

    Args:
        values: one for each network, finite, at least 2.
        statistic: a function of an array that takes `axis`, such as `numpy.median`.
        resamples: how often the values are drawn again, with replacement.
        seed: of those draws.

    Raises:
        ValueError: fewer than 2 values, or one that is not finite: a run that diverged or never solved its task needs
            a number, such as the limit at which it was stopped, before it can enter a median.

    >>> bootstrap([3.0, 3.0, 3.0])
    {'value': 3.0, 'low': 3.0, 'high': 3.0, 'n': 3}
    """
    from scipy.stats import bootstrap as resample

    array = as_numbers("values", values).astype(np.float64)
    if array.ndim != 1 or len(array) < 2 or not np.isfinite(array).all():
        raise ValueError(f"values must be at least 2 finite numbers, got an array of shape {array.shape}")
    found = resample(
        (array,),
        statistic,
        n_resamples=resamples,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return {"value": float(statistic(array)), "low": float(found.low), "high": float(found.high), "n": len(array)}


def percent(share: Interval) -> str:
    """A share as people read it, with its interval.

    >>> percent(wilson(863, 1000))
    '86.3 % (84.0 to 88.3 %)'
    """
    value, low, high = (f"{100 * share[key]:.1f}" for key in ("value", "low", "high"))
    return f"{value} % ({low} to {high} %)"


def number(interval: Interval, digits: int = 3) -> str:
    """A number as people read it, with its interval.

    >>> number({"value": 1234.5, "low": 1200.0, "high": 1300.0, "n": 10}), number(bootstrap([0.25, 0.25]), 2)
    ('1,230 (1,200 to 1,300)', '0.25 (0.25 to 0.25)')
    """
    value, low, high = (rounded(interval[key], digits) for key in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def rounded(value: float, digits: int = 3) -> str:
    """A number to so many significant digits, with commas between thousands.

    >>> rounded(12345.6), rounded(0.00012345), rounded(3.0), rounded(-1.2345e-6)
    ('12,300', '0.000123', '3', '−1.23 · 10⁻⁶')
    """
    short = float(f"{value:.{digits}g}")
    text = f"{short:,.0f}" if abs(short) >= 10 ** (digits - 1) else f"{short:.{digits}g}"
    text, _, exponent = text.partition("e")
    power = f" · 10{str(int(exponent)).translate(SUPERSCRIPT)}" if exponent else ""
    return text.replace("-", "−") + power


def listed(words: Sequence[str]) -> str:
    """Words as people list them.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
