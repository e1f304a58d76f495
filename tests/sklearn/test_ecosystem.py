"""What scikit-learn's users do with an estimator: copies, files, pipelines, searches, frames, sparse matrices."""

import copy
import pickle
import warnings
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import chainrule as cr
from chainrule.sklearn import MLPClassifier, MLPRegressor
from tests.sklearn import data

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def classifier(**settings: Any) -> Any:
    return MLPClassifier(**{"hidden_layer_sizes": (6,), "max_iter": 20, "random_state": 0, **settings})


def regressor(**settings: Any) -> Any:
    return MLPRegressor(**{"hidden_layer_sizes": (6,), "max_iter": 20, "random_state": 0, **settings})


def test_clone_keeps_every_parameter() -> None:
    model = classifier(activation=[cr.activations.get("elu", alpha=0.5)], solver=cr.Adam(0.01), callbacks=[print])
    twin = clone(model)
    assert twin.get_params() == model.get_params()
    assert not hasattr(twin, "network_")


@pytest.mark.parametrize("way", ["pickle", "joblib", "deepcopy", "mapped"])
def test_a_copy_predicts_the_same_and_goes_on_the_same(way: str, tmp_path: Path) -> None:
    X, y = data.multiclass()
    model = classifier(batch_size=25, warm_start=True).fit(X, y)
    if way in ("joblib", "mapped"):
        joblib.dump(model, tmp_path / "m.joblib")
        twin = joblib.load(tmp_path / "m.joblib", mmap_mode="r" if way == "mapped" else None)
    else:
        twin = copy.deepcopy(model) if way == "deepcopy" else pickle.loads(pickle.dumps(model))
    assert (twin.predict_proba(X) == model.predict_proba(X)).all()
    if way != "mapped":  # whose weights cannot be written to
        twin.coefs_[0][...] += 1  # still views of what predicts
        assert (twin.predict_proba(X) != model.predict_proba(X)).any()
        twin.coefs_[0][...] = model.coefs_[0]
        assert (twin.fit(X, y).predict_proba(X) == model.fit(X, y).predict_proba(X)).all()


def test_pipeline_grid_and_folds() -> None:
    X, y = data.multiclass()
    model = make_pipeline(StandardScaler(), classifier(learning_rate_init=0.05))
    search = GridSearchCV(model, {"mlpclassifier__activation": ["tanh", "gelu"]}, cv=3).fit(X, y)
    assert search.best_score_ > 0.9
    assert cross_val_score(model, X, y, cv=3).mean() > 0.9
    Z, targets = data.numbers()
    assert cross_val_score(regressor(solver="lbfgs"), Z, targets, cv=3).mean() > 0.2


def test_set_output_and_names() -> None:
    X, y = data.multiclass()
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    model = classifier().set_output(transform="pandas").fit(frame, y)
    hidden = model.transform(frame)
    assert hidden.columns.tolist() == [f"mlpclassifier{i}" for i in range(6)]
    assert hidden.to_numpy().shape == (150, 6)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_frames_keep_their_names(frame: Any) -> None:
    X, y = data.binary()
    table = frame({name: X[:, i] for i, name in enumerate("abcd")})
    if not hasattr(StandardScaler().fit(table), "feature_names_in_"):
        pytest.skip("this scikit-learn does not know these frames")
    model = classifier().fit(table, y)
    assert model.feature_names_in_.tolist() == ["a", "b", "c", "d"]
    assert set(model.predict(table)) <= {"yes", "no"}
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(table[["b", "a", "c", "d"]])


@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.csc_array])
def test_sparse_rows_are_the_same_rows(form: Any) -> None:
    X, y = data.multiclass()
    X = np.where(X > 0, X, 0)
    dense, thin = classifier().fit(X, y), classifier().fit(form(X), y, X_val=form(X[:9]), y_val=y[:9])
    assert (dense.predict_proba(X) == thin.predict_proba(form(X))).all()
    assert (dense.transform(X) == thin.transform(form(X))).all()


def test_sparse_rows_are_made_dense_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    import chainrule.sklearn.inspection as inspection

    X, y = data.multiclass()
    model = classifier().fit(X, y)
    monkeypatch.setattr(inspection, "ROWS", 40)
    np.testing.assert_allclose(model.predict_proba(sparse.csr_matrix(X)), model.predict_proba(X), rtol=1e-14)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_more_fits_are_one_long_fit_to_the_bit(solver: str) -> None:
    X, y = data.multiclass()
    settings: dict[str, Any] = {"solver": solver, "batch_size": 40, "tol": 0, "n_iter_no_change": 1000}
    whole = classifier(**settings, max_iter=30).fit(X, y)
    warm = classifier(**settings, max_iter=10, warm_start=True).fit(X, y).fit(X, y).fit(X, y)
    bits = [whole.network_.parameters, warm.network_.parameters]
    assert (bits[0] == bits[1]).all()
    assert warm.loss_curve_ == whole.loss_curve_
    assert (warm.t_, warm.n_iter_) == (whole.t_, 10)
    part = classifier(**settings)
    for _ in range(30):
        part.partial_fit(X, y, classes=[0, 1, 2])
    assert (part.network_.parameters == bits[0]).all()
    cold = classifier(**settings, max_iter=10).fit(X, y).fit(X, y)
    assert (cold.network_.parameters != bits[0]).any()


@pytest.mark.parametrize("threads", ["1", "3"])
def test_the_same_bits_on_any_number_of_threads(threads: str, monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = data.multiclass()
    X = np.tile(X, (20, 1))
    y = np.tile(y, 20)
    once = classifier(hidden_layer_sizes=(64,), batch_size=3000, max_iter=3).fit(X, y)
    monkeypatch.setenv("CHAINRULE_NUM_THREADS", threads)
    again = classifier(hidden_layer_sizes=(64,), batch_size=3000, max_iter=3).fit(X, y)
    assert (once.network_.parameters == again.network_.parameters).all()


def test_partial_fit_takes_parts_of_one_class_and_announced_classes() -> None:
    X, y = data.multiclass()
    model = classifier(batch_size=10)
    model.partial_fit(X[:50], y[:50], classes=[0, 1, 2])
    model.partial_fit(X[100:], y[100:])
    assert model.predict_proba(X).shape == (150, 3)
    with pytest.raises(ValueError, match="y has classes"):
        model.partial_fit(X[:2], [0, 7])
    with pytest.raises(ValueError, match="classes must be passed"):
        classifier().partial_fit(X, y)
    with pytest.raises(AttributeError, match="partial_fit"):
        classifier(solver="lbfgs").partial_fit(X, y, classes=[0, 1, 2])


def test_partial_fit_stops_early_and_keeps_the_best() -> None:
    X, y = data.multiclass()
    model = classifier(early_stopping=True, n_iter_no_change=3, learning_rate_init=0.05)
    for _ in range(100):
        model.partial_fit(X, y, classes=[0, 1, 2], X_val=X[::5], y_val=y[::5])
    assert model.early_stopped_
    assert len(model.validation_scores_) < 100
    assert model.score(X[::5], y[::5]) == max(model.validation_scores_) == model.best_validation_score_


def test_float32_stays_float32() -> None:
    X, y = data.numbers()
    model = regressor().fit(X.astype(np.float32), y)
    assert {model.coefs_[0].dtype, model.predict(X).dtype} == {np.dtype("float32")}


def test_weights_of_samples_are_repetitions_and_weights_of_classes() -> None:
    X, y = data.binary()
    times = np.random.default_rng(0).integers(0, 3, len(X))
    settings: dict[str, Any] = {"solver": "lbfgs", "max_iter": 5, "alpha": 0.1}
    weighted = classifier(**settings).fit(X, y, times)
    repeated = classifier(**settings).fit(np.repeat(X, times, axis=0), np.repeat(y, times))
    np.testing.assert_allclose(weighted.coefs_[0], repeated.coefs_[0], rtol=1e-6)
    by_class = classifier(**settings, class_weight={"no": 1, "yes": 3}).fit(X, y)
    by_sample = classifier(**settings).fit(X, y, np.where(y == "yes", 3, 1))
    assert (by_class.coefs_[0] == by_sample.coefs_[0]).all()


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"activation": "tanhh"}, ValueError, "unknown activation 'tanhh'; did you mean 'tanh'"),
        ({"activation": ["tanh", "relu"]}, ValueError, "hidden lists 2 activations but .* 1 hidden layers"),
        ({"solver": "adm"}, ValueError, "unknown optimizer 'adm'; did you mean 'adam'"),
        ({"loss": "logloss"}, ValueError, "unknown loss 'logloss'"),
        ({"hidden_layer_sizes": (3, 0)}, ValueError, "hidden_layer_sizes must be > 0"),
        ({"alpha": -1}, ValueError, "'alpha' parameter"),
        ({"learning_rate": "slow"}, ValueError, "'learning_rate' parameter"),
        ({"engine": "gpu"}, ValueError, "'engine' parameter"),
        (
            {"solver": "sgd", "learning_rate_init": 1e6, "activation": "identity", "max_iter": 200},
            ValueError,
            "non-finite",
        ),
    ],
)
def test_wrong_parameters(settings: dict[str, Any], error: Any, said: str) -> None:
    X, y = data.numbers() if "identity" in settings.values() else data.multiclass()
    with pytest.raises(error, match=said):
        (regressor if "identity" in settings.values() else classifier)(**settings).fit(X, y)


def test_wrong_data() -> None:
    X, y = data.multiclass()
    with pytest.raises(ValueError, match="one class only"):
        classifier().fit(X, np.zeros(len(X)))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        classifier().fit(X, y[:-1])
    with pytest.raises(ValueError, match="Negative values in data passed to `sample_weight`"):
        classifier().fit(X, y, -np.ones(len(X)))
    with pytest.raises(ValueError, match="X_val and y_val belong together"):
        classifier().fit(X, y, X_val=X)
    with pytest.raises(ValueError, match="y has classes"):
        classifier().fit(X, y, X_val=X, y_val=y + 1)
    with pytest.raises(NotFittedError):
        classifier().predict(X)
    with pytest.raises(AttributeError, match="call fit"):
        _ = classifier().coefs_
    with pytest.raises(ValueError, match="the fitted network has layers"):
        classifier(warm_start=True).fit(X, y).set_params(hidden_layer_sizes=(9,)).fit(X, y)
    with pytest.raises(ValueError, match="layer must be from 1 to 2"):
        classifier().fit(X, y).transform(X, layer=3)
    with pytest.warns(UserWarning, match="larger than the 150 samples"):
        classifier(batch_size=1000).fit(X, y)


def test_too_few_epochs_are_a_warning() -> None:
    X, y = data.multiclass()
    with warnings.catch_warnings(), pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(2\)"):
        classifier(max_iter=2).fit(X, y)
    with warnings.catch_warnings(), pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(2\)"):
        classifier(max_iter=2, solver="lbfgs").fit(X, y)
    with warnings.catch_warnings(), pytest.warns(ConvergenceWarning, match="lbfgs: The end reached"):
        classifier(max_fun=5, solver="lbfgs", verbose=1).fit(X, y)
