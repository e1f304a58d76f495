"""Many runs are the same runs, one by one: to the bit, for any number of threads, and whatever is recorded."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.training import blocks

X, Y = cr.datasets.xor()
RATES, SCALES = np.linspace(0.1, 0.5, 12), np.linspace(0.5, 2, 12)


def single(k: int, epochs: int, engine: str, **options: Any) -> tuple[cr.History, cr.Network]:
    """The k-th run, by itself."""
    net = cr.Network([2, 3, 1], hidden="tanh", seed=100 + k, dtype=options.pop("dtype", "float64"))
    net.parameters[...] *= net.parameters.dtype.type(SCALES[k])
    optimizer = cr.SGD(float(RATES[k]), momentum=0.9)
    return net.fit(X, Y, optimizer=optimizer, epochs=epochs, engine=engine, **options), net


def together(epochs: int, engine: str, **options: Any) -> cr.Runs:
    return cr.train_many(
        [2, 3, 1],
        X,
        Y,
        hidden="tanh",
        seeds=range(100, 112),
        learning_rate=RATES,
        momentum=0.9,
        initial_scale=SCALES,
        epochs=epochs,
        engine=engine,
        **options,
    )


@pytest.mark.parametrize("engine", ["compiled", "numpy", "reference"])
@pytest.mark.parametrize(
    "options", [{}, {"batch_size": 4}, {"batch_size": 4, "shuffle": False}, {"dtype": "float32"}], ids=str
)
def test_the_bits_of_single_runs(engine: str, options: dict[str, Any]) -> None:
    runs = together(30, engine, record_at=[0, 10, 29], threads=2, **options)
    assert runs.engine == engine
    assert runs.loss is not None
    assert runs.parameters is not None
    assert runs.accuracy is not None
    for k in (0, 5, 11):
        for mark, epoch in enumerate(runs.epoch):
            history, net = single(k, int(epoch) + 1, engine, **options)
            assert history.loss[-1] == runs.loss[k, mark]
            assert net.parameters.tobytes() == runs.parameters[k, mark].tobytes()
            assert ((net.predict(X) > 0.5) == Y).mean() == runs.accuracy[k, mark]


def test_any_number_of_threads_and_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = together(200, "compiled", threads=1)
    for threads, most in ((2, 4096), (5, 1), (3, 2)):
        monkeypatch.setattr(blocks, "MOST_IN_A_BLOCK", most)
        runs = together(200, "compiled", threads=threads)
        for name in ("loss", "accuracy", "parameters"):
            assert getattr(runs, name).tobytes() == getattr(expected, name).tobytes()
        assert runs.completed.all()


def test_only_what_is_wanted_is_recorded() -> None:
    runs = together(5, "compiled", record=["loss"])
    assert runs.loss is not None
    assert runs.loss.shape == (12, 1)
    assert runs.accuracy is runs.parameters is None
    assert runs.epoch.tolist() == [4]
    assert repr(runs).startswith("Runs(12 runs, recorded at 1 epochs")


def test_classes_and_predictions() -> None:
    points, labels = cr.datasets.gaussians(60, classes=3, seed=1)
    runs = cr.train_many(
        [2, 8, 3],
        points,
        labels,
        "categorical_cross_entropy",
        seeds=range(4),
        output="softmax",
        learning_rate=0.5,
        epochs=400,
        engine="compiled",
    )
    assert runs.accuracy is not None
    assert runs.parameters is not None
    net = cr.Network([2, 8, 3], output="softmax")
    net.parameters[...] = runs.parameters[2, 0]
    assert (net.predict(points).argmax(axis=1) == labels[:, 0]).mean() == runs.accuracy[2, 0] > 0.9
    squares = cr.train_many([2, 3, 1], X, Y, "mean_squared_error", seeds=[1], epochs=2)
    assert squares.accuracy is not None
    assert np.isnan(squares.accuracy).all()


def test_a_run_that_diverges_shows_it_and_stops_no_other() -> None:
    runs = cr.train_many(
        [1, 1], [[1.0], [2.0]], [1.0, 0.0], "half_squared_error", seeds=[0, 0], output="identity",
        learning_rate=[1e3, 0.1], epochs=500, engine="compiled",
    )  # fmt: skip
    assert runs.loss is not None
    assert np.isfinite(runs.loss[:, 0]).tolist() == [False, True]


def test_interrupt_keeps_what_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MOST_IN_A_BLOCK", 1)
    calls = []

    def initialize(self: Any, *arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 6:
            import signal

            signal.raise_signal(signal.SIGINT)
        return original(self, *arguments)

    from chainrule.structure import Structure

    original = Structure.initialize
    monkeypatch.setattr(Structure, "initialize", initialize)
    runs = together(20, "compiled", threads=1)
    assert 0 < runs.completed.sum() < 12
    assert runs.loss is not None
    assert (np.isfinite(runs.loss[:, 0]) == runs.completed).all()
    assert repr(runs).startswith(f"Runs({runs.completed.sum()} of 12 runs")


@pytest.mark.parametrize("options", [{}, {"batch_size": 4}], ids=str)
def test_runs_that_are_no_longer_wanted_end_at_once(options: dict[str, Any]) -> None:
    waited = iter(range(1000))
    runs = together(200, "compiled", threads=1, record_at=[0, 199], stopped=lambda: next(waited) > 50, **options)
    assert 0 < runs.completed.sum() < 12
    assert runs.loss is not None
    assert (np.isfinite(runs.loss).all(axis=1) == runs.completed).all()
    whole = together(200, "compiled", threads=1, record_at=[0, 199], **options)
    assert whole.loss is not None
    assert (runs.loss[runs.completed] == whole.loss[runs.completed]).all()
    assert next(waited) < 100


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seeds": []}, "seeds is empty; pass a seed for each run"),
        ({"seeds": [-1]}, "seeds must be a whole number of at least 0, got -1"),
        ({"learning_rate": [0.1, 0.2]}, r"learning_rate must be one number, or one for each of the 3 runs.*\(2,\)"),
        ({"learning_rate": [0.1, 0.2, -1]}, "learning_rate must be a finite number greater than 0, got -1"),
        ({"record_at": [5]}, r"record_at must list increasing epochs from 0 to 4, got \[5\]"),
        ({"record_at": [2, 2]}, "record_at must list increasing epochs"),
        ({"record": ["losses"]}, "record must list some of loss, accuracy, parameters, got 'losses'"),
        ({"batch_size": 22}, "batch_size is 22 but there are 21 samples"),
        ({"threads": 0}, "threads must be a whole number of at least 1, got 0"),
        ({"engine": "numba"}, "unknown engine 'numba'"),
        ({"initial_scale": "big"}, "initial_scale must hold real numbers"),
        ({"speed": 1.0}, "speed"),
    ],
    ids=str,
)
def test_bad_arguments(options: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        cr.train_many([2, 3, 1], X, Y, **{"seeds": range(3), "epochs": 5, **options})


def test_the_accuracy_of_a_sign() -> None:
    runs = cr.train_many(
        [2, 3, 1], X, Y, "hinge", output="tanh", seeds=range(3), learning_rate=0.5, epochs=300, engine="numpy"
    )
    assert runs.accuracy is not None
    assert runs.parameters is not None
    net = cr.Network([2, 3, 1], output="tanh")
    net.parameters[...] = runs.parameters[1, -1]
    assert runs.accuracy[1, -1] == ((net.predict(X) > 0) == (Y > 0.5)).mean() > 0.5


@pytest.mark.parametrize("options", [{}, {"batch_size": 5}, {"dropout": 0.5}], ids=str)
def test_runs_of_the_same_seed_are_by_themselves(options: dict[str, Any]) -> None:
    seeds, rates = [3, 4, 3, 3, 5], [0.1, 0.2, 0.3, 0.1, 0.5]
    runs = cr.train_many([2, 3, 1], X, Y, seeds=seeds, learning_rate=rates, epochs=20, engine="compiled", **options)
    assert runs.parameters is not None
    for k, (seed, rate) in enumerate(zip(seeds, rates, strict=True)):
        net = cr.Network([2, 3, 1], seed=seed, dropout=options.get("dropout", 0.0))
        net.fit(X, Y, optimizer=cr.SGD(rate), epochs=20, engine="compiled", batch_size=options.get("batch_size"))
        assert net.parameters.tobytes() == runs.parameters[k, -1].tobytes()


OWN_X = np.random.default_rng(0).normal(size=(5, 12, 2))
OWN_Y = (OWN_X[..., 0] * OWN_X[..., 1] > 0).astype(float)
WEIGHTS = np.random.default_rng(1).uniform(size=(5, 12))


@pytest.mark.parametrize("engine", ["compiled", "numpy", "reference"])
@pytest.mark.parametrize(
    "options",
    [{}, {"batch_size": 5}, {"dtype": "float32", "dropout": 0.2}, {"class_weight": "balanced"}, {"optimizer": "lbfgs"}],
    ids=str,
)
def test_samples_of_each_runs_own(engine: str, options: dict[str, Any]) -> None:
    fit = {name: options[name] for name in ("batch_size", "class_weight", "optimizer") if name in options}
    network = {name: options[name] for name in ("dtype", "dropout") if name in options}
    sample_weight = WEIGHTS if "class_weight" in options else None
    runs = cr.train_many(
        [2, 3, 1], OWN_X, OWN_Y, seeds=range(5), epochs=4, engine=engine, sample_weight=sample_weight, **options
    )
    assert runs.loss is not None
    assert runs.accuracy is not None
    assert runs.parameters is not None
    for k, (X, y) in enumerate(zip(OWN_X, OWN_Y, strict=True)):
        net = cr.Network([2, 3, 1], seed=k, **network)
        own = None if sample_weight is None else sample_weight[k]
        history = net.fit(X, y, epochs=4, engine=engine, sample_weight=own, **fit)
        assert history.loss[-1] == runs.loss[k, 0]
        assert net.parameters.tobytes() == runs.parameters[k, 0].tobytes()
        assert ((net.predict(X)[:, 0] > 0.5) == y).mean() == runs.accuracy[k, 0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"X": OWN_X[:4]}, r"so X must hold an array for each of the 5 seeds.*\(4, 12"),
        ({"y": OWN_Y[0]}, r"so y must hold an array for each of the 5 seeds, stacked; got shape \(12,\)"),
        ({"sample_weight": np.ones(12)}, r"so sample_weight must hold an array for each.*\(12,\)"),
        ({"y": OWN_Y[:, :11]}, "run 0: X has 12 rows but y has 11"),
        ({"X": np.where(OWN_X[3, 2, 1] == OWN_X, np.nan, OWN_X)}, "run 3: X must be finite, but row 2, column 1"),
        ({"y": OWN_Y * (np.arange(5) != 2)[:, None]}, "run 2: y holds one class only"),
        ({"X": OWN_X[None]}, r"X must be a matrix .* got shape \(1, 5, 12, 2\)"),
    ],
    ids=str,
)
def test_samples_of_each_runs_own_that_do_not_fit(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cr.train_many([2, 3, 1], **{"X": OWN_X, "y": OWN_Y, "seeds": range(5), "epochs": 4, **options})
