"""The same random state, the same settings: the same weights as scikit-learn's, to the rounding."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sklearn.neural_network
from sklearn.exceptions import ConvergenceWarning

import chainrule.sklearn
from tests.sklearn import data

Load = Callable[[], tuple[Any, Any]]
KINDS: list[tuple[str, Load]] = [
    ("MLPClassifier", data.binary),
    ("MLPClassifier", data.multiclass),
    ("MLPClassifier", data.multilabel),
    ("MLPRegressor", data.numbers),
    ("MLPRegressor", data.several_numbers),
]


def both(kind: str, X: Any, y: Any, **settings: Any) -> tuple[Any, Any]:
    """Ours and theirs, fitted."""
    fitted = []
    for module in (chainrule.sklearn, sklearn.neural_network):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted.append(getattr(module, kind)(**{"hidden_layer_sizes": (7, 5), **settings}).fit(X, y))
    return fitted[0], fitted[1]


def same(ours: Any, theirs: Any, tolerance: float = 1e-10) -> None:
    for mine, other in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        np.testing.assert_allclose(mine, other, rtol=0, atol=tolerance)


@pytest.mark.parametrize("engine", ["numpy", "auto"])
@pytest.mark.parametrize(("kind", "load"), KINDS)
def test_given_the_same_weights_sgd_takes_the_same_steps(kind: str, load: Load, engine: str) -> None:
    X, y = load()
    settings: dict[str, Any] = {
        "solver": "sgd",
        "shuffle": False,
        "batch_size": 25,
        "hidden_layer_sizes": (7, 5),
        "learning_rate_init": 0.05,
    }
    theirs = getattr(sklearn.neural_network, kind)(**settings, random_state=1, activation="tanh")
    ours = getattr(chainrule.sklearn, kind)(**settings, random_state=2, activation="tanh", engine=engine)
    first = {"classes": np.arange(y.shape[1]) if y.ndim == 2 else np.unique(y)} if kind == "MLPClassifier" else {}
    for model in (ours, theirs):
        model.partial_fit(X, y, **first)
    ours.coefs_, ours.intercepts_ = theirs.coefs_, theirs.intercepts_
    for slot in ours._state:
        if slot != "t":
            ours._state[slot] = np.zeros_like(ours._state[slot])
    theirs._optimizer.velocities = [np.zeros_like(v) for v in theirs._optimizer.velocities]
    for _ in range(5):
        for model in (ours, theirs):
            model.partial_fit(X, y)
        same(ours, theirs)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("activation", ["relu", "logistic", "tanh", "identity"])
@pytest.mark.parametrize(("kind", "load"), KINDS)
def test_the_same_random_state_gives_the_same_fit(kind: str, load: Load, activation: str, solver: str) -> None:
    X, y = load()
    settings: dict[str, Any] = {
        "solver": solver,
        "activation": activation,
        "batch_size": 25,
        "max_iter": 12,
        "random_state": 3,
    }
    ours, theirs = both(kind, X, y, **settings)
    same(ours, theirs)
    np.testing.assert_allclose(ours._outputs(X), theirs._forward_pass_fast(X), rtol=0, atol=1e-10)
    if ours.n_outputs_ == 1 or kind == "MLPClassifier":  # theirs prints the mean over the outputs
        np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)


@pytest.mark.parametrize("rate", ["constant", "invscaling", "adaptive"])
def test_the_same_rates_and_the_same_end(rate: str) -> None:
    X, y = data.multiclass()
    settings: dict[str, Any] = {
        "solver": "sgd",
        "learning_rate": rate,
        "learning_rate_init": 0.1,
        "max_iter": 300,
        "tol": 1e-3,
    }
    ours, theirs = both("MLPClassifier", X, y, **settings, n_iter_no_change=3, batch_size=50, random_state=0)
    same(ours, theirs)
    assert (ours.n_iter_, ours.t_) == (theirs.n_iter_, theirs.t_)
    assert ours.best_loss_ == pytest.approx(theirs.best_loss_, rel=1e-10)


@pytest.mark.parametrize(("kind", "load"), [("MLPClassifier", data.binary), ("MLPRegressor", data.numbers)])
def test_early_stopping_holds_out_the_same_samples(kind: str, load: Load) -> None:
    X, y = load()
    if y.dtype.kind in "OU":  # before 1.8 theirs asks whether predictions are NaN, which text cannot answer
        y = np.unique(y, return_inverse=True)[1]
    settings: dict[str, Any] = {
        "early_stopping": True,
        "validation_fraction": 0.2,
        "n_iter_no_change": 5,
        "random_state": 0,
        "max_iter": 300,
    }
    ours, theirs = both(kind, X, y, **settings, batch_size=20, learning_rate_init=0.01)
    same(ours, theirs)
    np.testing.assert_allclose(ours.validation_scores_, theirs.validation_scores_, rtol=1e-9)
    assert ours.best_validation_score_ == max(ours.validation_scores_)
    assert ours.best_loss_ is None
    assert ours.early_stopped_


@pytest.mark.parametrize(("kind", "load"), [*KINDS[:4]])
def test_lbfgs(kind: str, load: Load) -> None:
    X, y = load()
    ours, theirs = both(kind, X, y, solver="lbfgs", activation="tanh", alpha=1.0, random_state=0, max_iter=30)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-5)
    assert ours.score(X, y) == pytest.approx(theirs.score(X, y), abs=0.011)
    ours, theirs = both(kind, X, y, solver="lbfgs", activation="tanh", random_state=0, max_iter=5)
    same(ours, theirs, 1e-6)
    assert ours.n_iter_ == theirs.n_iter_ == 5


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_sample_weights_of_a_full_batch(solver: str) -> None:
    X, y = data.multiclass()
    weights = np.random.default_rng(0).random(len(X))
    settings: dict[str, Any] = {
        "solver": solver,
        "hidden_layer_sizes": (7,),
        "max_iter": 20,
        "random_state": 0,
        "alpha": 0.1,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        ours = chainrule.sklearn.MLPClassifier(**settings).fit(X, y, weights)
        theirs = sklearn.neural_network.MLPClassifier(**settings).fit(X, y, sample_weight=weights)
    same(ours, theirs)


def test_other_settings_are_seen() -> None:
    X, y = data.multiclass()
    ours, _ = both("MLPClassifier", X, y, max_iter=5, random_state=0)
    _, theirs = both("MLPClassifier", X, y, max_iter=5, random_state=0, alpha=0.01)
    with pytest.raises(AssertionError):
        same(ours, theirs)
