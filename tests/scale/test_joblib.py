"""The estimators in joblib's pools: the scores of one process, and workers that leave each other their cores."""

import os
from typing import Any

import joblib
import pytest
from sklearn.model_selection import GridSearchCV, cross_val_score

from chainrule.engines import cores
from chainrule.sklearn import MLPClassifier, MLPRegressor
from tests.sklearn import data

threadpoolctl = pytest.importorskip("threadpoolctl")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
def test_a_search_on_a_cluster_finds_what_one_process_finds(client: Any, engine: str) -> None:
    X, y = data.multiclass()
    model = MLPClassifier(hidden_layer_sizes=(6,), max_iter=30, random_state=0, engine=engine)
    grid = {"activation": ["tanh", "gelu"], "learning_rate_init": [0.001, 0.05]}
    expected = GridSearchCV(model, grid, cv=3, error_score="raise").fit(X, y)
    with client.as_current(), joblib.parallel_config(backend="dask"):
        search = GridSearchCV(model, grid, cv=3, error_score="raise").fit(X, y)
    assert search.best_params_ == expected.best_params_
    for name, values in expected.cv_results_.items():
        if "score" in name and "time" not in name:
            assert (search.cv_results_[name] == values).all()
    assert (search.predict_proba(X) == expected.predict_proba(X)).all()


def test_folds_on_a_cluster(client: Any) -> None:
    X, y = data.numbers()
    for solver in ("lbfgs", "sgd"):
        model = MLPRegressor(hidden_layer_sizes=(6,), solver=solver, max_iter=50, random_state=0)
        expected = cross_val_score(model, X, y, cv=4)
        with client.as_current(), joblib.parallel_config(backend="dask"):
            assert (cross_val_score(model, X, y, cv=4) == expected).all()


def threads_here() -> tuple[int, list[int]]:
    """How many threads an engine takes here, and how many BLAS does."""
    pools = threadpoolctl.threadpool_info()
    return cores.available_cores(), [pool["num_threads"] for pool in pools if pool["user_api"] == "blas"]


def test_tasks_of_a_cluster_have_a_core_each(client: Any) -> None:
    with client.as_current(), joblib.parallel_config(backend="dask"):
        for engine, blas in joblib.Parallel()(joblib.delayed(threads_here)() for _ in range(4)):
            assert engine == 1
            assert set(blas) <= {1}
    assert client.submit(cores.available_cores, pure=False).result() == 1


def test_a_worker_in_this_process_takes_no_core_from_it() -> None:
    distributed = pytest.importorskip("distributed")
    here = cores.available_cores()
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None, silence_logs=60
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        assert client.submit(cores.available_cores).result() == 1
        assert cores.available_cores() == here


def test_processes_of_joblib_have_the_threads_that_it_gives_them() -> None:
    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        told = joblib.Parallel(n_jobs=2)(joblib.delayed(threads_here)() for _ in range(2))
    for engine, blas in told:
        assert engine == 1
        assert set(blas) <= {1}


def test_what_the_user_says_goes_before(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> int:
        os.environ["CHAINRULE_NUM_THREADS"] = "3"
        try:
            return cores.available_cores()
        finally:
            del os.environ["CHAINRULE_NUM_THREADS"]

    assert client.submit(told).result() == 3
    here = cores.available_cores()
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # as Dask sets it for the workers that it starts from here
    assert cores.available_cores() == here
