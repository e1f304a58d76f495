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
    assert (W.tobytes() != other.tobytes()) == (name not in ("zeros", "constant"))


def test_what_is_not_random_takes_no_draw() -> None:
    rng = np.random.default_rng(0)
    assert (initializers.get("zeros").draw(rng, 2, 3) == 0).all()
    assert (initializers.get("constant").draw(rng, 2, 3) == 0).all()
    assert (initializers.get("constant", value=-0.25).draw(rng, 2, 3) == -0.25).all()
    assert rng.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize("name", RANDOM)
def test_gain_multiplies_the_draws(name: str) -> None:
    plain, wide = (initializers.get(name, gain=gain).draw(np.random.default_rng(3), 4, 5) for gain in (1.0, 4.0))
    np.testing.assert_allclose(wide, 4 * plain, rtol=1e-15)
    assert plain.tobytes() == initializers.get(name).draw(np.random.default_rng(3), 4, 5).tobytes()


def test_the_draws_of_every_version_are_the_same() -> None:
    expected = np.random.default_rng(0).normal(0, 1, (2, 3))
    assert initializers.get("he_normal").draw(np.random.default_rng(0), 2, 3).tolist() == expected.tolist()
    limit = math.sqrt(3) * math.sqrt(1 / 2.5)
    expected = np.random.default_rng(0).uniform(-limit, limit, (2, 3))
    assert initializers.get("glorot_uniform").draw(np.random.default_rng(0), 2, 3).tolist() == expected.tolist()


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (4, 4), (3, 7), (40, 12)])
@pytest.mark.parametrize("gain", [1.0, 1.7])
def test_orthogonal_matrices_have_one_singular_value(shape: tuple[int, int], gain: float) -> None:
    W = initializers.get("orthogonal", gain=gain).draw(np.random.default_rng(2), *shape)
    assert W.shape == shape
    assert W.flags.c_contiguous
    np.testing.assert_allclose(np.linalg.svd(W, compute_uv=False), gain, rtol=1e-13)
    rng = np.random.default_rng(2)
    initializers.get("orthogonal").draw(rng, *shape)
    twin = np.random.default_rng(2)
    twin.normal(size=shape)
    assert rng.random() == twin.random()  # as many draws as every random initializer


def test_orthogonal_matrices_are_uniformly_distributed() -> None:
    # A uniform one's entries have mean 0 and variance 1/d; LAPACK's own signs make the diagonal mostly negative.
    rng, d, n = np.random.default_rng(0), 3, 4000
    draws = np.stack([initializers.get("orthogonal").draw(rng, d, d) for _ in range(n)])
    assert np.abs(draws.mean(axis=0)).max() < 5 / math.sqrt(n * d)
    assert np.abs((draws**2).mean(axis=0) - 1 / d).max() < 5 / math.sqrt(n) / d
    assert abs((np.linalg.det(draws) > 0).mean() - 0.5) < 5 * 0.5 / math.sqrt(n)
    unsigned = np.stack([np.linalg.qr(rng.normal(size=(d, d)))[0] for _ in range(n)])
    assert np.abs(unsigned.mean(axis=0)).max() > 5 / math.sqrt(n * d)  # without the signs it is seen


def test_normal_and_uniform_are_what_they_say() -> None:
    W = initializers.get("normal", mean=2.0, stddev=0.1).draw(np.random.default_rng(0), FAN_IN, FAN_OUT)
    assert max(deviations(W - 2, 0.01, 3.0)) < 5
    W = initializers.get("uniform", minval=-1.0, maxval=3.0).draw(np.random.default_rng(0), FAN_IN, FAN_OUT)
    assert max(deviations(W - 1, 16 / 12, 1.8)) < 5
    assert -1 <= W.min() < -0.999 < 2.999 < W.max() <= 3
    for name, variance in {"normal": 0.05**2, "uniform": 0.1**2 / 12}.items():
        assert max(deviations(draw(name, 1), variance, KURTOSIS[name])) < 5


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("he_normal", {"gain": 0.0}, "gain must be a finite number greater than 0, got 0.0"),
        ("orthogonal", {"gain": -1.0}, "gain must be a finite number greater than 0, got -1.0"),
        ("normal", {"stddev": 0.0}, "stddev must be a finite number greater than 0, got 0.0"),
        ("normal", {"mean": math.nan}, "mean must be a finite number"),
        ("uniform", {"minval": 0.1}, "maxval must be a finite number greater than 0.1, got 0.05"),
        ("uniform", {"maxval": math.inf}, "maxval must be a finite number"),
    ],
)
def test_a_parameter_out_of_range_is_refused(name: str, parameters: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        initializers.get(name, **parameters)


@pytest.mark.parametrize(("value", "error"), [(math.nan, ValueError), (math.inf, ValueError), ("0", TypeError)])
def test_a_constant_is_a_finite_number(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"value must be a finite number .*, got "):
        Constant(value)
