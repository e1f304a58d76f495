"""Initializers: the distribution that the formula says, from the moments of many draws."""

import math
from typing import Any

import numpy as np
import pytest

from chainrule.formulas import initializers
from chainrule.formulas.initializers import Constant, VarianceScaling

FAN_IN, FAN_OUT = 500, 400  # one matrix of 200,000 draws
VARIANCES = {
    "he": 2 / FAN_IN,
    "glorot": 2 / (FAN_IN + FAN_OUT),
    "lecun": 1 / FAN_IN,
}
KURTOSIS = {"normal": 3.0, "uniform": 1.8}
RANDOM = [f"{family}_{shape}" for family in VARIANCES for shape in KURTOSIS]


def draw(name: str, seed: int) -> Any:
    return initializers.get(name).draw(np.random.default_rng(seed), FAN_IN, FAN_OUT)


def deviations(W: Any, variance: float, kurtosis: float) -> tuple[float, float]:
    """By how many standard errors the mean and the variance of the draws miss 0 and `variance`."""
    return (
        float(abs(W.mean()) / math.sqrt(variance / W.size)),
        float(abs((W * W).mean() - variance) / (variance * math.sqrt((kurtosis - 1) / W.size))),
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", RANDOM)
def test_mean_and_variance(name: str, seed: int) -> None:
    family, shape = name.split("_")
    assert max(deviations(draw(name, seed), VARIANCES[family], KURTOSIS[shape])) < 5


@pytest.mark.parametrize("name", RANDOM)
def test_the_bounds_on_the_moments_are_narrow_enough_to_fail(name: str) -> None:
    family, shape = name.split("_")
    W = draw(name, 0)
    assert deviations(W, VARIANCES[family] * 1.04, KURTOSIS[shape])[1] > 5  # a standard deviation 2 % off
    assert deviations(W + 0.02 * W.std(), VARIANCES[family], KURTOSIS[shape])[0] > 5


@pytest.mark.parametrize(("family", "variance"), VARIANCES.items())
def test_uniform_draws_fill_the_interval_and_never_leave_it(family: str, variance: float) -> None:
    W, limit = draw(f"{family}_uniform", 0), math.sqrt(3 * variance)
    assert 0.9999 * limit < np.abs(W).max() <= limit
    quarters, _ = np.histogram(W, bins=4, range=(-limit, limit))
    assert (np.abs(quarters - W.size / 4) < 5 * math.sqrt(W.size * 3 / 16)).all()


@pytest.mark.parametrize("family", VARIANCES)
def test_normal_draws_have_the_tails_of_a_normal_distribution(family: str) -> None:
    W = draw(f"{family}_normal", 0) / math.sqrt(VARIANCES[family])
    beyond_two, share = np.count_nonzero(np.abs(W) > 2), math.erfc(math.sqrt(2))
    assert abs(beyond_two - W.size * share) < 5 * math.sqrt(W.size * share * (1 - share))
    assert np.abs(W).max() > 3.5


def test_standard_deviations_by_the_papers() -> None:
    def deviation(name: str) -> float:
        initializer = initializers.get(name)
        assert isinstance(initializer, VarianceScaling)
        return initializer.standard_deviation(8, 24)

    assert deviation("he_normal") == math.sqrt(2 / 8)  # the report's √(2 / size⁽ˡ⁻¹⁾)
    assert deviation("glorot_normal") == math.sqrt(2 / (8 + 24))
    assert deviation("lecun_normal") == math.sqrt(1 / 8)
    assert math.sqrt(3) * deviation("he_uniform") == pytest.approx(math.sqrt(6 / 8), rel=1e-15)
    assert math.sqrt(3) * deviation("glorot_uniform") == pytest.approx(math.sqrt(6 / (8 + 24)), rel=1e-15)
    assert math.sqrt(3) * deviation("lecun_uniform") == pytest.approx(math.sqrt(3 / 8), rel=1e-15)


@pytest.mark.parametrize("name", initializers.names())
def test_shape_dtype_and_same_seed_same_bits(name: str) -> None:
    initializer = initializers.get(name)
    W, again, other = (initializer.draw(np.random.default_rng(seed), 3, 5) for seed in (7, 7, 8))
    assert W.shape == (3, 5)
    assert W.dtype == np.float64
    assert W.tobytes() == again.tobytes()
    assert (W.tobytes() != other.tobytes()) == (name in RANDOM)


def test_what_is_not_random_takes_no_draw() -> None:
    rng = np.random.default_rng(0)
    assert (initializers.get("zeros").draw(rng, 2, 3) == 0).all()
    assert (initializers.get("constant").draw(rng, 2, 3) == 0).all()
    assert (initializers.get("constant", value=-0.25).draw(rng, 2, 3) == -0.25).all()
    assert rng.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize(("value", "error"), [(math.nan, ValueError), (math.inf, ValueError), ("0", TypeError)])
def test_a_constant_is_a_finite_number(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"value must be a finite number .*, got "):
        Constant(value)
