"""A network learns the same from rows in blocks, wherever they lie and whoever computes on them."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask.array as da
import dask.dataframe as dd
import distributed
import numpy as np
import pandas as pd
import pytest

import chainrule as cr
from chainrule.backprop import backprop
from chainrule.engines import reference
from chainrule.scale import here, on_dask, pieces, rows
from chainrule.scale.block import Block

N, D = 2003, 4
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, D))
Y = (X[:, 0] * X[:, 1] > 0).astype(float)
WEIGHTS = RNG.uniform(0.5, 2, N)
CHUNK = 300
SOURCES = ["arrays", "frame", "parquet", "mapped"]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of about 300 rows, and windows of about three of them."""
    monkeypatch.setattr(pieces, "BLOCK_BYTES", CHUNK * D * 8)
    monkeypatch.setattr(rows, "WINDOW", 3 * CHUNK * (D + 1) * 8 + 100)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parquet files, and a file to be mapped."""
    made = tmp_path_factory.mktemp("data")
    (made / "weighted").mkdir()
    (made / "plain").mkdir()
    frame = pd.DataFrame(X, columns=list("abcd")).assign(y=Y, w=WEIGHTS)
    for i in range(3):
        some = frame.iloc[i * 700 : (i + 1) * 700]
        some.to_parquet(made / f"weighted/part-{i}.parquet", row_group_size=CHUNK, index=False)
        some.drop(columns="w").to_parquet(made / f"plain/part-{i}.parquet", row_group_size=CHUNK, index=False)
    X.tofile(made / "X.bin")
    return made


@pytest.fixture(scope="module")
def three() -> Iterator[Any]:
    """A client of another cluster: three workers of two threads."""
    with (
        distributed.LocalCluster(
            n_workers=3, threads_per_worker=2, dashboard_address="127.0.0.1:0", host="127.0.0.1", silence_logs=40
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


def source(name: str, folder: Path, *, weights: bool = False) -> dict[str, Any]:
    """The data as they are passed to `fit`."""
    weighing: Any = WEIGHTS if weights else None
    if name == "arrays":
        return {"X": da.from_array(X, chunks=(CHUNK, 2)), "y": da.from_array(Y, chunks=500), "sample_weight": weighing}
    if name == "frame":
        columns = list("abcdyw") if weights else list("abcdy")
        frame = dd.from_pandas(pd.DataFrame(X, columns=list("abcd")).assign(y=Y, w=WEIGHTS)[columns], npartitions=7)
        return {"X": frame, "y": "y", "sample_weight": "w" if weights else None}
    if name == "parquet":
        if weights:
            return {"X": folder / "weighted", "y": "y", "sample_weight": "w"}
        return {"X": str(folder / "plain/*.parquet"), "y": ["y"]}
    mapped = np.memmap(folder / "X.bin", np.float64, "r", shape=(N, D))
    return {"X": mapped, "y": Y, "sample_weight": weighing}


def trained(data: dict[str, Any], *, dropout: float = 0.0, dtype: Any = "float64", **how: Any) -> tuple[Any, Any]:
    """A network and the history of its training."""
    how = {"epochs": 6, "optimizer": cr.Adam(0.01), "engine": "compiled", "verbose": 0, **how}
    net = cr.Network([D, 7, 1], hidden="tanh", dropout=dropout, seed=3, dtype=dtype)
    return net, net.fit(**data, **how)


FULL: dict[str, dict[str, Any]] = {
    "adam": {},
    "sgd with penalties": {"optimizer": cr.SGD(0.1, momentum=0.9), "l1": 1e-3, "l2": 1e-2, "max_norm": 1.0},
    "clipping": {"optimizer": cr.Adam(0.01, clip_norm=0.01)},
    "lbfgs": {"optimizer": "lbfgs"},
    "dropout": {"dropout": 0.3},
    "class weights": {"class_weight": {0: 1.0, 1: 3.0}},
    "balanced": {"class_weight": "balanced"},
    "a batch of several blocks": {"batch_size": 700, "shuffle": False},
}


@pytest.mark.parametrize("engine", ["compiled", "numpy", "reference"])
@pytest.mark.parametrize("how", FULL.values(), ids=FULL)
def test_full_and_large_batches_equal_those_of_one_array(folder: Path, how: dict[str, Any], engine: str) -> None:
    net, history = trained({"X": X, "y": Y}, **how, engine=engine)
    found, told = trained(source("arrays", folder), **how, engine=engine)
    np.testing.assert_allclose(found.parameters, net.parameters, rtol=0, atol=1e-12)
    np.testing.assert_allclose(told.loss, history.loss, rtol=0, atol=1e-12)
    assert told.engine == engine


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("weights", [False, True])
def test_every_source_gives_the_same(folder: Path, name: str, weights: bool) -> None:
    how: dict[str, Any] = {"batch_size": 1000, "shuffle": False}  # a mapped file's full batch is read where it lies
    net, _ = trained({"X": X, "y": Y, "sample_weight": WEIGHTS if weights else None}, **how)
    found, _ = trained(source(name, folder, weights=weights), **how)
    np.testing.assert_allclose(found.parameters, net.parameters, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "how", [{}, {"batch_size": 700}, {"batch_size": 50}, {"batch_size": 50, "dropout": 0.3}], ids=str
)
@pytest.mark.parametrize("name", ["arrays", "parquet"])
def test_the_same_bits_here_and_on_any_number_of_workers(
    folder: Path, client: Any, three: Any, how: dict[str, Any], name: str
) -> None:
    data = source(name, folder)
    net, history = trained(data, **how)
    for backend in (client, three):
        found, told = trained(data, **how, backend=backend)
        assert (found.parameters == net.parameters).all()
        assert told.loss == history.loss


@pytest.mark.parametrize("engine", ["compiled", "numpy", "reference"])
@pytest.mark.parametrize("how", [{}, {"dropout": 0.3}, {"weights": True}], ids=str)
def test_mini_batches_in_the_order_of_the_rows_equal_those_of_one_array(
    folder: Path, engine: str, how: dict[str, Any]
) -> None:
    weights = how.get("weights", False)
    rest: dict[str, Any] = {"batch_size": 64, "shuffle": False, "engine": engine, "dropout": how.get("dropout", 0.0)}
    net, history = trained({"X": X, "y": Y, "sample_weight": WEIGHTS if weights else None}, **rest)
    found, told = trained(source("parquet", folder, weights=weights), **rest)
    np.testing.assert_allclose(found.parameters, net.parameters, rtol=0, atol=1e-12)
    np.testing.assert_allclose(told.loss, history.loss, rtol=0, atol=1e-12)


def test_batch_normalization_learns_from_mini_batches(folder: Path) -> None:
    how: dict[str, Any] = {"epochs": 3, "batch_size": 64, "shuffle": False, "verbose": 0, "engine": "compiled"}
    nets = [cr.Network([D, 7, 1], hidden="tanh", normalization="batch_norm", seed=3) for _ in range(2)]
    nets[0].fit(X, Y, **how)
    nets[1].fit(**source("parquet", folder), **how)
    np.testing.assert_allclose(nets[1].numbers, nets[0].numbers, rtol=0, atol=1e-12)
    with pytest.raises(ValueError, match="batch normalization needs all 2003 samples of a batch in one place"):
        nets[1].fit(**source("parquet", folder), verbose=0)


def test_a_shuffled_epoch_takes_every_row_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[np.ndarray] = []
    real = backprop

    def look(structure: Any, theta: Any, rows: Any, *rest: Any, **how: Any) -> Any:
        taken.append(rows[:, 0].copy())
        return real(structure, theta, rows, *rest, **how)

    monkeypatch.setattr(reference, "backprop", look)
    trained(source("parquet", folder), epochs=2, batch_size=64, engine="reference")
    per_epoch = -(-N // 64)
    epochs = [np.concatenate(taken[:per_epoch]), np.concatenate(taken[per_epoch:])]
    for epoch in epochs:
        assert (np.sort(epoch) == np.sort(X[:, 0])).all()
    assert [len(batch) for batch in taken[:per_epoch]] == [64] * (per_epoch - 1) + [N % 64]
    assert (epochs[0] != epochs[1]).any()
    assert (epochs[0] != X[:, 0]).any()


def test_a_single_block_is_as_an_array(folder: Path) -> None:
    one = {"X": da.from_array(X, chunks=(N, D)), "y": da.from_array(Y, chunks=N)}
    net, _ = trained({"X": X, "y": Y}, batch_size=64)
    found, _ = trained(one, batch_size=64)
    assert (found.parameters == net.parameters).all()


@pytest.mark.parametrize("name", ["arrays", "parquet"])
def test_float32(folder: Path, name: str) -> None:
    net, _ = trained({"X": X, "y": Y}, dtype="float32")
    found, _ = trained(source(name, folder), dtype="float32")
    assert found.parameters.dtype == np.float32
    np.testing.assert_allclose(found.parameters, net.parameters, rtol=0, atol=1e-5)


@pytest.mark.parametrize("on_cluster", [False, True])
def test_validation_and_metrics_in_blocks(folder: Path, client: Any, on_cluster: bool) -> None:
    how: dict[str, Any] = {"metrics": ["accuracy"], "batch_size": 64, "shuffle": False}
    _, history = trained({"X": X, "y": Y}, validation_data=(X[:500], Y[:500]), **how)
    held_out = da.from_array(X[:500], chunks=(150, D)), da.from_array(Y[:500], chunks=150)
    backend = client if on_cluster else None
    _, told = trained(source("parquet", folder), validation_data=held_out, backend=backend, **how)
    assert [*told.history] == [*history.history]
    for name, values in history.history.items():
        np.testing.assert_allclose(told.history[name], values, rtol=0, atol=1e-12, err_msg=name)


def test_several_classes_by_their_numbers(client: Any) -> None:
    classes = (X[:, :3].argmax(axis=1)).astype(np.int64)
    nets = [cr.Network([D, 7, 3], hidden="tanh", output="softmax", seed=3) for _ in range(2)]
    how: dict[str, Any] = {"loss": "categorical_cross_entropy", "epochs": 5, "engine": "compiled", "verbose": 0}
    nets[0].fit(X, classes, class_weight="balanced", **how)
    blocks = da.from_array(X, chunks=(CHUNK, D)), da.from_array(classes, chunks=CHUNK)
    nets[1].fit(*blocks, class_weight="balanced", backend=client, **how)
    np.testing.assert_allclose(nets[1].parameters, nets[0].parameters, rtol=0, atol=1e-12)


@pytest.mark.parametrize("how", [{}, {"batch_size": 700}, {"batch_size": 64}], ids=str)
def test_a_resumed_run_has_the_bits_of_an_uninterrupted_one(folder: Path, tmp_path: Path, how: dict[str, Any]) -> None:
    data = source("parquet", folder)
    whole, history = trained(data, epochs=6, **how)
    kept = tmp_path / "kept"
    trained(data, epochs=3, callbacks=[cr.Checkpoint(kept)], **how)
    found, told = trained(data, epochs=6, resume_from=kept, **how)
    assert (found.parameters == whole.parameters).all()
    assert told.loss == history.loss
    other = {"X": da.from_array(X + 1, chunks=(CHUNK, D)), "y": da.from_array(Y, chunks=CHUNK)}
    with pytest.raises(ValueError, match="the checkpoint is one of another run: data is"):
        trained(other, epochs=6, resume_from=kept, **how)


@pytest.mark.parametrize("on_cluster", [False, True])
@pytest.mark.parametrize("how", [{}, {"batch_size": 64}], ids=str)
def test_blocks_that_are_too_much_to_hold_are_read_each_time(
    folder: Path, client: Any, monkeypatch: pytest.MonkeyPatch, on_cluster: bool, how: dict[str, Any]
) -> None:
    data = source("parquet", folder)
    held, _ = trained(data, **how)
    monkeypatch.setattr(here, "HELD", 1000)
    monkeypatch.setattr(on_dask, "HELD", 0.0)
    found, _ = trained(data, backend=client if on_cluster else None, **how)
    assert (found.parameters == held.parameters).all()


def test_no_more_than_a_few_blocks_are_in_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alive, most = 0, 0
    real = here.read

    class Counted(Block):
        def __init__(self, block: Block) -> None:
            nonlocal alive, most
            super().__init__(block.X, block.y, block.weights)
            alive += 1
            most = max(most, alive)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    monkeypatch.setattr(here, "HELD", 0)
    monkeypatch.setattr(here, "read", lambda *arguments: Counted(real(*arguments)))
    trained(source("parquet", folder), batch_size=64)
    assert 0 < most <= 6 < 9


@pytest.mark.parametrize("how", [{"epochs": 40}, {"epochs": 8, "batch_size": 20}], ids=str)
@pytest.mark.parametrize("name", ["arrays", "parquet"])
def test_a_worker_that_is_killed_costs_no_bit(folder: Path, name: str, how: dict[str, Any]) -> None:
    data = source(name, folder)
    net, history = trained(data, **how)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", host="127.0.0.1", silence_logs=50
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        killed = []

        def kill() -> None:
            for k in range(2):
                time.sleep(0.15)
                killed.append(cluster.workers[k].pid)
                os.kill(killed[-1], signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        wait = [lambda epoch, logs: time.sleep(0.02)]  # so that it is not over before
        found, told = trained(data, **how, backend=client, callbacks=wait)
        killer.join()
    assert len(killed) == 2
    assert (found.parameters == net.parameters).all()
    assert told.loss == history.loss


def test_ctrl_c_keeps_what_was_learned(folder: Path) -> None:
    def press(epoch: int, logs: Any) -> None:
        if epoch == 2:
            os.kill(os.getpid(), signal.SIGINT)

    _, history = trained(source("parquet", folder), epochs=1000, batch_size=64, callbacks=[press])
    assert history.stopped_by == "interrupt"
    assert 3 <= len(history.loss) < 1000


def test_threads_end_with_the_run(folder: Path) -> None:
    before = threading.active_count()
    trained(source("parquet", folder), batch_size=64)
    with pytest.raises(cr.DivergenceError):
        trained(source("parquet", folder), batch_size=64, optimizer=cr.SGD(1e308))
    time.sleep(0.1)
    assert threading.active_count() <= before


def test_find_gradients_for_tensorboard(folder: Path) -> None:
    seen = []

    class Look(cr.Callback):
        def on_epoch_end(self, epoch: int, logs: Any) -> None:
            assert self.run is not None
            seen.append(self.run.engine.job.gradient)
            expected = self.model.gradients(X, Y).parameters
            np.testing.assert_allclose(seen[-1], expected, rtol=0, atol=1e-12)

    trained(source("parquet", folder), epochs=2, batch_size=64, callbacks=[Look()])
    assert len(seen) == 2


def test_arrays_of_this_process_travel_without_a_warning(client: Any) -> None:
    import dask

    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 kiB"}):
        found, _ = trained({"X": X, "y": Y}, backend=client)
    net, _ = trained({"X": X, "y": Y})
    np.testing.assert_allclose(found.parameters, net.parameters, rtol=0, atol=1e-12)
