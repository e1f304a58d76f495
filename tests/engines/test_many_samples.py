"""Steps on many samples: the reference's numbers, and the same bits for any number of threads."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import mapped
from chainrule.engines import choose, many_samples
from chainrule.engines.compiled import plan_of
from chainrule.engines.cores import available_cores
from chainrule.engines.many_samples import ManySamplesEngine, blocks_of
from chainrule.formulas.optimizers import SGD

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3001, 3))
Y = (X.sum(axis=1, keepdims=True) > 0).astype(float)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_samples, "LEAST_WORK", 5_000)


def trained(samples: Any = X, **options: Any) -> tuple[Any, bytes]:
    options = {"engine": "compiled", **options}
    net = cr.Network([3, 5, 1], hidden="tanh", seed=1, dtype=options.pop("dtype", "float64"))
    history = net.fit(samples, Y, optimizer=SGD(0.5, momentum=0.9), epochs=4, **options)
    return history.loss, net.parameters.tobytes()


@pytest.mark.parametrize("options", [{}, {"batch_size": 2900}, {"dtype": "float32"}], ids=str)
def test_any_number_of_threads(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    original = ManySamplesEngine.__init__

    def initialize(self: ManySamplesEngine, job: Any) -> None:
        original(self, job)
        started.append(len(self.gradients))

    monkeypatch.setattr(ManySamplesEngine, "__init__", initialize)
    results = []
    for threads in (1, 2, 7):
        monkeypatch.setenv("CHAINRULE_NUM_THREADS", str(threads))
        results.append(trained(**options))
    assert results[0] == results[1] == results[2]
    assert len(started) == 3
    assert started[0] > 4
    expected, _ = trained(engine="reference", **options)
    np.testing.assert_allclose(results[0][0], expected, rtol=1e-5 if options.get("dtype") else 1e-12)


def test_serial_chunks_are_the_reference_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_samples, "LEAST_WORK", 10**12)
    options: dict[str, Any]
    for options in ({}, {"batch_size": 700}):
        np.testing.assert_allclose(trained(**options)[0], trained(engine="reference", **options)[0], rtol=1e-12)


def test_little_work_is_one_block() -> None:
    net = cr.Network([3, 5, 1])
    from chainrule.engines.batches import Batches
    from chainrule.engines.job import Job

    job = Job(net.structure, net.parameters, X, Y, cr.losses.get("binary_cross_entropy"), SGD(), Batches(3001, 3001))
    plan = plan_of(job)
    assert blocks_of(plan, 100) == 1
    assert blocks_of(plan, 10**7) == many_samples.MOST_BLOCKS
    assert isinstance(choose.start("compiled", job), ManySamplesEngine)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_a_mapped_file_gives_the_same_bits_and_stays_what_it_is(tmp_path: Path, mode: Any, order: Any) -> None:
    path = tmp_path / "X.f64"
    (X if order == "C" else X.T).tofile(path)
    content = path.read_bytes()
    samples = np.memmap(path, np.float64, mode, shape=X.shape, order=order)
    options: dict[str, Any]
    for options in ({}, {"batch_size": 700}, {"batch_size": 20}):
        assert trained(samples, **options) == trained(X, **options)
    assert path.read_bytes() == content
    np.testing.assert_array_equal(samples, X)


def test_release_keeps_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    np.zeros(4096).tofile(path)
    kinds: list[tuple[Any, float]] = [("r+", 1.0), ("c", 2.0)]
    for mode, kept in kinds:
        numbers = np.memmap(path, np.float64, mode)
        numbers[:] = kept
        mapped.release(np.asarray(numbers)[10:].reshape(2, -1))
        assert (numbers == kept).all()
    assert (np.fromfile(path) == 1.0).all()


def test_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHAINRULE_NUM_THREADS", raising=False)
    assert 1 <= available_cores() <= (os.cpu_count() or 1)
    monkeypatch.setenv("CHAINRULE_NUM_THREADS", "3")
    assert available_cores() == 3
    for wrong in ("0", "many", "-1"):
        monkeypatch.setenv("CHAINRULE_NUM_THREADS", wrong)
        with pytest.raises(ValueError, match="CHAINRULE_NUM_THREADS must be a whole number of at least 1"):
            available_cores()
