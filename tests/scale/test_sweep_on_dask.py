"""A sweep on a cluster: the trials are those of one process, whoever computes them and whatever dies meanwhile."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chainrule.sweep.cluster import Cluster
from chainrule.sweep.here import Here
from chainrule.sweep.objective import Found, Report
from chainrule.tables import training
from chainrule.tables.reading import read
from chainrule.tables.settings import Settings
from tests.sweeps_made import told, trials, with_space
from tests.tables_made import iris, ran, written

LONG = Settings("species", layers=(8,), epochs=10_000_000, patience=10_000_000, learning_rate=1e-9)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> training.Prepared:
    """Iris, ready to be trained on."""
    table = read(written(tmp_path_factory.mktemp("data") / "iris.csv", iris()))
    columns, target = training.understood(table, LONG, None)
    return training.prepare(table, columns, target, LONG)


def always(answer: bool) -> Any:
    """A judge who says so of every trial."""

    def judge(index: int) -> Report:
        return lambda epoch, loss: answer

    return judge


def eventually(so: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until it is so."""
    until = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < until
        time.sleep(0.05)


def gathered(place: Any, n: int) -> dict[int, Found]:
    """What came of so many trials."""
    found: dict[int, Found] = {}
    while len(found) < n:
        found |= dict(place.wait(always(False), lambda: False))
    return found


def ended_here(prepared: training.Prepared, settings: Settings) -> list[tuple[int, Found]]:
    """What comes of a trial in this process."""
    here = Here(prepared)
    here.begin(0, settings, 0)
    return here.wait(always(False), lambda: False)


def test_the_trials_are_those_of_one_process(client: Any, tmp_path: Path) -> None:
    words = [*with_space(tmp_path), "--sampler", "random", "--pruner", "none", "--trials", 12]
    out = ran(*words, "-o", tmp_path / "far", "--dask", client.scheduler.address)
    assert "2 trials at once" in out
    ran(*words, "-o", tmp_path / "here")
    assert trials(tmp_path / "far") == trials(tmp_path / "here")
    assert told(tmp_path / "far")["best"]["values"] == told(tmp_path / "here")["best"]["values"]
    assert set(client.run(lambda: "optuna" in sys.modules).values()) == {False}  # workers need no Optuna
    assert client.status == "running"


def test_a_cluster_of_this_machine_with_everything_by_default(tmp_path: Path) -> None:
    ran(*with_space(tmp_path), "--trials", 10, "-o", tmp_path / "run", "--dask", "local")
    found = told(tmp_path / "run")
    assert [one["trial"] for one in found["trials"]] == list(range(1, 11))
    assert "--dask local" in " ".join(found["command"])


@pytest.mark.long
def test_ctrl_c_in_a_terminal_keeps_what_is_done(tmp_path: Path) -> None:
    words = [*with_space(tmp_path), "--trials", 5000, "-o", tmp_path / "run", "--dask", "local"]
    command = [sys.executable, "-u", "-m", "chainrule", *map(str, words)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        lines = (line for line in process.stdout if line.startswith("trial "))
        for _ in range(6):
            next(lines)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the workers get it too
        _, err = process.communicate()
    assert process.returncode == 0
    assert err == "chainrule: interrupted; what is done is kept, and the same command goes on\n"
    assert 6 <= len(told(tmp_path / "run")["trials"]) < 5000


def test_a_trial_that_is_told_to_ends(client: Any, prepared: training.Prepared) -> None:
    place = Cluster(client, prepared)
    place.begin(7, LONG, 100)
    found: list[tuple[int, Found]] = []
    while not found:
        found = place.wait(always(True), lambda: False)
    [(index, what)] = found
    assert (index, what.ended_by) == (7, "pruned")
    assert what.epochs < LONG.epochs
    assert what.epochs % 100 == 0
    place.close()


def test_reports_come_once_and_in_order(client: Any, prepared: training.Prepared) -> None:
    place, seen = Cluster(client, prepared), []

    def judge(index: int) -> Report:
        return lambda epoch, loss: bool(seen.append((index, epoch, loss)))  # type: ignore[func-returns-value]

    settings = Settings("species", layers=(8,), epochs=50, l2=0.1)
    place.begin(0, settings, 10)
    while not (found := place.wait(judge, lambda: False)):
        pass
    here, expected = Here(prepared), list(seen)
    seen.clear()
    here.begin(0, settings, 10)
    [(_, same)] = here.wait(judge, lambda: False)
    assert [epoch for _, epoch, _ in seen] == [10, 20, 30, 40]
    assert seen == expected
    assert found[0][1].value == same.value
    place.close()


def test_a_worker_that_is_killed_costs_no_result(client: Any, prepared: training.Prepared) -> None:
    place, n = Cluster(client, prepared), 8
    settings = [Settings("species", layers=(8,), epochs=4000, patience=4000, seed=seed) for seed in range(n)]
    for index, one in enumerate(settings):
        place.begin(index, one, 0)
    victim = next(iter(client.run(os.getpid).values()))
    killer = threading.Timer(0.2, os.kill, (victim, signal.SIGKILL))
    killer.start()
    found = gathered(place, n)
    killer.join()
    expected = [ended_here(prepared, one)[0][1].value for one in settings]
    assert [found[index].value for index in range(n)] == expected
    place.close()
    client.wait_for_workers(2)


def test_a_trial_that_dask_gives_up_goes_out_again(client: Any, prepared: training.Prepared) -> None:
    place, settings = Cluster(client, prepared), Settings("species", layers=(8,), epochs=2000, patience=2000)
    place.begin(0, settings, 0)
    client.cancel([place.data, *place.futures.values()], force=True)
    [(_, expected)] = ended_here(prepared, settings)
    assert gathered(place, 1)[0].value == expected.value
    assert place.lost == 1
    place.close()


def test_a_cluster_that_is_gone_is_named(
    client: Any, prepared: training.Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chainrule.sweep.cluster.MOST_LOST", 0)
    place = Cluster(client, prepared)
    place.begin(0, LONG, 1)
    client.cancel(list(place.futures.values()), force=True)
    with pytest.raises(ConnectionError, match=r"the Dask cluster is gone .* the finished trials are kept"):
        gathered(place, 1)
    place.close()  # which ends the trial itself


def test_ctrl_c_is_heard_while_nothing_comes(client: Any, prepared: training.Prepared) -> None:
    place = Cluster(client, prepared)
    assert place.wait(always(False), lambda: False) == []
    place.close()


def test_trials_that_were_let_go_hold_no_worker(client: Any, prepared: training.Prepared) -> None:
    place = Cluster(client, prepared)
    for index in range(2):
        place.begin(index, LONG, 0)
    eventually(lambda: sum(map(len, client.processing().values())) == 2)
    place.close()
    assert client.submit(pow, 2, 5).result(timeout=30) == 32


@pytest.mark.long
def test_trials_of_a_client_that_was_killed_hold_no_worker(client: Any, tmp_path: Path) -> None:
    words = [*with_space(tmp_path, "learning_rate = { low = 1e-9, high = 1e-8 }\nepochs = 10_000_000"), "--trials", 5]
    words += ["--pruner", "none", "--dask", client.scheduler.address, "-o", tmp_path / "run"]
    with subprocess.Popen([sys.executable, "-m", "chainrule", *map(str, words)], stdout=subprocess.PIPE) as process:
        eventually(lambda: sum(map(len, client.processing().values())) == 2)
        process.kill()
    assert client.submit(pow, 2, 5).result(timeout=30) == 32
