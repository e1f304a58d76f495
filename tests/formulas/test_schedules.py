"""Schedules: their rates step by step against the frameworks' own definitions, and what they refuse."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainrule.formulas import schedules
from chainrule.formulas.schedules import (
    Constant,
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    OneCycle,
    PiecewiseConstantDecay,
    PolynomialDecay,
    Schedule,
    StepDecay,
)


def cosine(step: int, initial: float, steps: int, alpha: float, target: float | None, warmup: int) -> float:
    """Keras' CosineDecay, one step at a time, as its documentation writes it."""

    def decayed(step: int, rate: float) -> float:
        cosine_decay = 0.5 * (1 + math.cos(math.pi * step / steps))
        return ((1 - alpha) * cosine_decay + alpha) * rate

    if target is None:
        return decayed(min(step, steps), initial)
    step = min(step, steps + warmup)
    if step < warmup:
        return (target - initial) * (step / warmup) + initial
    return decayed(step - warmup, target)


def one_cycle(step: int, highest: float, total: int, share: float, divisor: float, final: float) -> float:
    """PyTorch's OneCycleLR with two phases, as its program goes through them."""
    initial = highest / divisor
    phases = [(share * total - 1, initial, highest), (total - 1, highest, initial / final)]
    start = 0.0
    for i, (end, first, last) in enumerate(phases):
        if step <= end or i == 1:
            done = (step - start) / (end - start)
            return last + (first - last) / 2.0 * (math.cos(math.pi * done) + 1)
        start = end
    raise AssertionError


def piecewise(step: int) -> float:
    return 1.0 if step <= 100 else 0.5 if step <= 110 else 0.1


CASES: list[tuple[Schedule, Callable[[int], float]]] = [
    (Constant(0.3), lambda t: 0.3),
    (ExponentialDecay(0.1, 50, 0.3), lambda t: 0.1 * 0.3 ** (t / 50)),
    (ExponentialDecay(0.1, 50, 0.3, staircase=True), lambda t: 0.1 * 0.3 ** (t // 50)),
    (StepDecay(0.1, 50), lambda t: 0.1 * 0.1 ** (t // 50)),
    (InverseTimeDecay(0.1, 50, 0.5), lambda t: 0.1 / (1 + 0.5 * t / 50)),
    (InverseTimeDecay(0.1, 50, 0.5, staircase=True), lambda t: 0.1 / (1 + 0.5 * (t // 50))),
    (PolynomialDecay(0.1, 80, power=2.0), lambda t: (0.1 - 1e-4) * (1 - min(t, 80) / 80) ** 2 + 1e-4),
    (PolynomialDecay(0.1, 80, 0.0), lambda t: 0.1 * (1 - min(t, 80) / 80)),
    (CosineDecay(0.1, 80), lambda t: cosine(t, 0.1, 80, 0.0, None, 0)),
    (CosineDecay(0.1, 80, alpha=0.2), lambda t: cosine(t, 0.1, 80, 0.2, None, 0)),
    (
        CosineDecay(0.01, 80, alpha=0.2, warmup_target=0.3, warmup_steps=20),
        lambda t: cosine(t, 0.01, 80, 0.2, 0.3, 20),
    ),
    (CosineDecay(0.0, 80, warmup_target=0.3), lambda t: cosine(t, 0.0, 80, 0.0, 0.3, 0)),
    (OneCycle(0.5, 120), lambda t: one_cycle(min(t, 119), 0.5, 120, 0.3, 25, 1e4)),
    (OneCycle(0.5, 120, 0.5, 10, 100), lambda t: one_cycle(min(t, 119), 0.5, 120, 0.5, 10, 100)),
    (PiecewiseConstantDecay([100, 110], [1.0, 0.5, 0.1]), piecewise),
]
STEPS = 130


def test_every_schedule_has_a_case() -> None:
    assert {schedule.name for schedule, _ in CASES} == set(schedules.names())


@pytest.mark.parametrize(("schedule", "expected"), CASES, ids=lambda value: getattr(value, "name", ""))
def test_rates(schedule: Schedule, expected: Callable[[int], float]) -> None:
    rates = schedule(np.arange(STEPS))
    assert rates.dtype == np.float64
    np.testing.assert_allclose(rates, [expected(t) for t in range(STEPS)], rtol=1e-12, atol=1e-16)
    for t in (0, 7, 100, STEPS - 1):
        assert schedule(t) == rates[t]
        assert type(schedule(t)) is float
    assert schedule(np.arange(4).reshape(2, 2)).shape == (2, 2)
    assert (rates >= 0).all()


def test_the_schedules_are_told_apart() -> None:
    rates = np.array([schedule(np.arange(STEPS)) for schedule, _ in CASES])
    assert np.abs(rates[:, None] - rates[None]).max(axis=-1)[np.triu_indices(len(rates), 1)].min() > 1e-4


@pytest.mark.parametrize(
    ("schedule", "known"),
    [
        (CosineDecay(0.1), CosineDecay(0.1, 60)),
        (
            CosineDecay(0.0, warmup_target=0.1, warmup_steps=20),
            CosineDecay(0.0, 40, warmup_target=0.1, warmup_steps=20),
        ),
        (CosineDecay(0.0, warmup_target=0.1, warmup_steps=90), CosineDecay(0.0, 1, warmup_target=0.1, warmup_steps=90)),
        (PolynomialDecay(0.1), PolynomialDecay(0.1, 60)),
        (ExponentialDecay(0.1, None, 0.01), ExponentialDecay(0.1, 60, 0.01)),
        (InverseTimeDecay(0.1, None, 9.0), InverseTimeDecay(0.1, 60, 9.0)),
        (OneCycle(0.1), OneCycle(0.1, 60)),
    ],
    ids=repr,
)
def test_a_length_of_none_is_the_whole_run(schedule: Schedule, known: Schedule) -> None:
    with pytest.raises(ValueError, match=f"spans the whole run, .* pass {schedule.length}="):
        schedule(0)
    assert schedule.for_run(60) == known
    assert known.for_run(60) is known
    assert hash(known) == hash(schedule.for_run(60))


@pytest.mark.parametrize("total", [1, 2, 3, 4])
def test_the_shortest_cycles(total: int) -> None:
    rates = OneCycle(0.5, total)(np.arange(6))
    assert np.isfinite(rates).all()
    assert rates.max() <= 0.5


def test_one_cycle_reaches_its_ends() -> None:
    rates = OneCycle(0.5, 101, pct_start=0.51 / 1.01 * 1.0, div_factor=10, final_div_factor=100)(np.arange(101))
    assert rates[0] == pytest.approx(0.05)
    assert rates.max() == pytest.approx(0.5, rel=1e-3)
    assert rates[-1] == pytest.approx(0.0005)
    for share in (0.0, 1.0):
        assert np.isfinite(OneCycle(0.5, 100, pct_start=share)(np.arange(120))).all()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Constant(-0.1), ValueError, "learning_rate must be a finite number at least 0, got -0.1"),
        (
            lambda: CosineDecay(math.nan),
            ValueError,
            "initial_learning_rate must be a finite number at least 0, got nan",
        ),
        (lambda: CosineDecay(0.1, 0), ValueError, "decay_steps must be a whole number of at least 1, got 0"),
        (lambda: CosineDecay(0.1, 1.5), TypeError, "decay_steps must be a whole number, got 1.5"),  # type: ignore[arg-type]
        (lambda: CosineDecay(0.1, 9, -0.1), ValueError, "alpha must be a finite number at least 0, got -0.1"),
        (lambda: CosineDecay(0.1, warmup_steps=5), ValueError, "warmup_steps is 5 but there is no warmup_target"),
        (lambda: CosineDecay(0.1, warmup_target=-1), ValueError, "warmup_target must be"),
        (lambda: ExponentialDecay(0.1, 9, -0.5), ValueError, "decay_rate must be a finite number at least 0"),
        (lambda: ExponentialDecay(0.1, 9, 0.5, staircase=1), TypeError, "staircase must be True or False, got 1"),  # type: ignore[arg-type]
        (lambda: PolynomialDecay(0.1, 9, -1.0), ValueError, "end_learning_rate must be"),
        (lambda: PolynomialDecay(0.1, 9, power=math.inf), ValueError, "power must be"),
        (lambda: OneCycle(0), ValueError, "max_lr must be a finite number greater than 0"),
        (lambda: OneCycle(0.1, 0), ValueError, "total_steps must be a whole number of at least 1"),
        (lambda: OneCycle(0.1, pct_start=1.1), ValueError, "pct_start must be at most 1"),
        (lambda: PiecewiseConstantDecay([5], [0.1]), ValueError, "got 1 values and 1 boundaries; pass 2 values"),
        (lambda: PiecewiseConstantDecay([5, 5], [3, 2, 1]), ValueError, r"boundaries must increase, got \[5, 5\]"),
        (lambda: PiecewiseConstantDecay([5], [0.1, math.nan]), ValueError, "each of values must be"),
        (lambda: PiecewiseConstantDecay([0.5], [0.1, 0.2]), TypeError, "each of boundaries must be a whole number"),  # type: ignore[list-item]
        (lambda: schedules.get("cosine"), ValueError, "unknown schedule 'cosine'; did you mean 'cosine_decay'"),
        (lambda: CosineDecay(0.1).for_run(0), ValueError, "total_steps must be a whole number of at least 1, got 0"),
    ],
)
def test_what_is_refused(make: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()
