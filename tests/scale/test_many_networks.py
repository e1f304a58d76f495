"""Many runs on a cluster are the runs of one process, to the bit: whoever finishes first, and whoever dies."""

import contextlib
import math
import os
import random
import signal
import subprocess
import sys
import threading
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.formulas import initializers
from chainrule.scale import many
from chainrule.scale.cluster import joined
from chainrule.training.runs import RECORDS

X, Y = cr.datasets.xor()
N = 30


OWN = np.random.default_rng(0).normal(scale=0.1, size=(N, 21, 2)) + X  # samples of each run's own


def train(X: Any = X, Y: Any = Y, **options: Any) -> cr.Runs:
    usual: dict[str, Any] = {
        "hidden": "tanh", "seeds": range(N), "learning_rate": np.linspace(0.1, 0.5, N), "momentum": 0.9,
        "epochs": 40, "record_at": [0, 7, 39], "engine": "compiled",
    }  # fmt: skip
    if "optimizer" in options:  # which has its own
        del usual["learning_rate"], usual["momentum"]
    return cr.train_many([2, 3, 1], X, Y, **{**usual, **options})


def assert_same(runs: cr.Runs, expected: cr.Runs) -> None:
    assert runs.completed.all()
    assert (runs.engine, runs.epoch.tolist()) == (expected.engine, expected.epoch.tolist())
    for name in RECORDS:
        here, there = getattr(runs, name), getattr(expected, name)
        assert (here is None) == (there is None)
        if there is not None:
            assert here.dtype == there.dtype
            assert here.tobytes() == there.tobytes()


def test_samples_travel_without_a_warning(client: Any) -> None:
    import dask

    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 kiB"}):
        assert_same(train(X=OWN, Y=np.stack([Y] * N), backend=client), train(X=OWN, Y=np.stack([Y] * N)))


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a run took long, so that every block is one run."""
    monkeypatch.setattr(many, "BLOCK_SECONDS", 0.0)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"batch_size": 4},
        {"batch_size": 4, "shuffle": False, "engine": "numpy"},
        {"engine": "reference", "epochs": 8, "record_at": None},
        {"dtype": "float32"},
        {"dropout": 0.3},
        {"normalization": "batch_norm", "batch_size": 7},
        {"optimizer": "lbfgs", "epochs": 8, "record_at": [3, 7], "engine": "numpy"},
        {"optimizer": "lbfgs", "epochs": 8, "record_at": [3, 7]},
        {"initial_scale": np.linspace(0.5, 2, N)},
        {"seeds": [3] * N},
        {"X": OWN, "Y": np.stack([Y] * N)},
        {"record": ["loss"]},
        {"loss": "half_squared_error", "output": "identity", "learning_rate": [0.1] * (N - 1) + [1e5], "epochs": 400},
        {"optimizer": cr.SGD(cr.schedules.ExponentialDecay(0.3, 10, 0.5)), "engine": "auto"},
    ],
    ids=str,
)
def test_the_bits_of_one_process(client: Any, options: dict[str, Any]) -> None:
    assert_same(train(backend=client, **options), train(**options))


@pytest.mark.usefixtures("small_blocks")
def test_the_bits_are_the_same_however_the_runs_are_cut(client: Any) -> None:
    assert_same(train(backend=client), train())


def test_an_address_and_the_current_client(client: Any) -> None:
    expected = train()
    assert_same(train(backend=client.scheduler.address), expected)
    with client.as_current():
        assert_same(train(backend="dask"), expected)


@pytest.mark.usefixtures("small_blocks")
def test_the_client_holds_some_blocks_and_the_cluster_keeps_none(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    held = []

    def end(self: many.Blocks, *arguments: Any) -> float | None:
        held.append(len(self.client.futures))
        return original(self, *arguments)

    original = many.Blocks.end
    monkeypatch.setattr(many.Blocks, "end", end)
    train(backend=client)
    assert len(held) == N
    shared, threads = 1, 2
    most = shared + many.IN_FLIGHT * threads
    assert 2 <= max(held) <= 2 * most < N  # what has ended is let go of a moment later
    deadline = time.monotonic() + 20
    while client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.tasks)) == []
    assert not client.futures


@pytest.mark.long
def test_workers_that_are_killed_at_random_moments_cost_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "PATIENCE", math.inf)
    options: dict[str, Any] = {"seeds": range(1500), "learning_rate": 0.3, "epochs": 6000, "record_at": None}
    expected, moments, killed, ended = train(**options), random.Random(8), [0], threading.Event()

    def kill(nannies: Any) -> None:
        while killed[0] < 20 and not ended.wait(moments.uniform(0.05, 0.6)):
            process = moments.choice(list(nannies.values())).process
            pid = process.pid if process is not None and process.status.name == "running" else None
            if pid is not None:  # one that only begins is not begun again
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed[0] += 1

    with joined("local") as client:
        killer = threading.Thread(target=kill, args=[client.cluster.workers])
        killer.start()
        try:
            while killer.is_alive():
                assert_same(train(backend=client, **options), expected)
        finally:
            ended.set()
            killer.join()
    assert killed[0] == 20


class Deadly(initializers.Initializer, abstract=True):
    """Weights that no worker survives."""

    def draw(self, *arguments: Any, **options: Any) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)


def test_runs_that_kill_whoever_takes_them(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "MOST_LIVES", 0)
    with pytest.raises(RuntimeError, match="the workers that train runs 0 to 0 die, one after another"):
        train(backend=client, seeds=[1], learning_rate=0.1, initializer=Deadly())
    assert_same(train(backend=client), train())


@dataclass(frozen=True)
class DeadlyOnce(initializers.Initializer, abstract=True):
    """Weights that cost one worker its life."""

    file: str = ""

    def draw(self, rng: np.random.Generator, fan_in: int, fan_out: int) -> Any:
        if not Path(self.file).exists():
            Path(self.file).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return rng.normal(size=(fan_in, fan_out))


def test_what_dask_gives_up_goes_out_again(client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []

    def send(self: many.Blocks) -> None:
        sent.append(1)
        original(self)

    original = many.Blocks.send
    monkeypatch.setattr(many.Blocks, "send", send)

    def allow(failures: int) -> int:
        def change(dask_scheduler: Any) -> int:
            before, dask_scheduler.allowed_failures = dask_scheduler.allowed_failures, failures
            return int(before)

        return int(client.run_on_scheduler(change))

    before = allow(0)
    try:
        runs = train(backend=client, initializer=DeadlyOnce(str(tmp_path / "killed")))
    finally:
        allow(before)
    assert len(sent) > 1
    assert_same(runs, train(initializer=DeadlyOnce(str(tmp_path / "killed"))))


class Faulty(initializers.Initializer, abstract=True):
    """Weights that cannot be drawn."""

    def draw(self, *arguments: Any, **options: Any) -> Any:
        raise UnhappyError("weights", 3)


class UnhappyError(ArithmeticError):
    """An error of somebody's own."""

    def __init__(self, what: str, times: int) -> None:
        super().__init__(what, times)


def test_an_error_of_a_block_reaches_the_caller(client: Any) -> None:
    with pytest.raises(UnhappyError) as raised:
        train(backend=client, initializer=Faulty())
    assert raised.value.args == ("weights", 3)
    assert_same(train(backend=client), train())


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("presses", [1, 2])
def test_interrupt_keeps_what_is_completed(client: Any, monkeypatch: pytest.MonkeyPatch, presses: int) -> None:
    expected, calls = train(), []

    def end(self: many.Blocks, *arguments: Any) -> float | None:
        calls.append(1)
        if len(calls) == 6:
            signal.raise_signal(signal.SIGINT)
        if len(calls) == 7 and presses == 2:
            signal.raise_signal(signal.SIGINT)
        return original(self, *arguments)

    original = many.Blocks.end
    monkeypatch.setattr(many.Blocks, "end", end)
    runs = train(backend=client)
    assert runs.loss is not None
    assert expected.loss is not None
    assert 6 <= runs.completed.sum() < N if presses == 1 else runs.completed.sum() == 6
    assert (runs.loss[runs.completed] == expected.loss[runs.completed]).all()
    assert np.isnan(runs.loss[~runs.completed]).all()


def test_a_cluster_that_loses_its_last_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=60
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):

        def end(self: many.Blocks, *arguments: Any) -> float | None:
            cluster.scale(0)
            return original(self, *arguments)

        def show(message: Any, *arguments: Any, **options: Any) -> None:
            told.append(str(message))
            signal.raise_signal(signal.SIGINT)

        told: list[str] = []
        original = many.Blocks.end
        monkeypatch.setattr(many.Blocks, "end", end)
        monkeypatch.setattr(many, "PATIENCE", 0)
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = show
            runs = train(backend=client, seeds=range(1_000_000), learning_rate=0.3, record=["loss"])
    assert "the cluster has no worker any more" in told[-1]
    assert 0 < runs.completed.sum() < len(runs.completed)


@pytest.mark.skipif(os.name != "posix", reason="processes have no groups")
def test_ctrl_c_of_a_terminal_leaves_the_workers_of_this_machine_alive(tmp_path: Path) -> None:
    """A terminal sends it to all processes of a command, the workers among them."""
    program = """
import chainrule as cr
from chainrule.scale.many import Blocks

class Telling(Blocks):
    def end(self, *arguments):
        print("a block has ended", flush=True)
        return super().end(*arguments)

if __name__ == "__main__":
    from chainrule.scale import many

    many.Blocks = Telling
    options = {"learning_rate": 0.3, "epochs": 5000, "record": ["loss"], "engine": "compiled", "backend": "dask"}
    runs = cr.train_many([2, 3, 3, 1], *cr.datasets.xor(), seeds=range(100_000), **options)
    print(runs.completed.sum())
"""
    file = tmp_path / "program.py"
    file.write_text(program)
    with subprocess.Popen(
        [sys.executable, str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "a block has ended\n"
        os.killpg(process.pid, signal.SIGINT)
        out, complaints = process.communicate(timeout=60)
    assert process.returncode == 0, complaints
    assert 0 < int(out.splitlines()[-1]) < 100_000


def test_what_is_not_for_a_cluster(client: Any) -> None:
    with pytest.raises(ValueError, match="threads is for this process"):
        train(backend=client, threads=2)
    with pytest.raises(TypeError, match="backend must be 'dask', the address of a scheduler"):
        train(backend=3)
    with pytest.raises(ValueError, match="'cluster' is no address of a Dask scheduler"):
        train(backend="cluster")


def test_another_processor_is_told(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "processor", lambda job: "abacus")
    with pytest.warns(UserWarning, match=r"a worker's processor is .* bits\), and this one abacus") as told:
        train(backend=client)
    assert len(told) == 1
