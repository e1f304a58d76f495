"""Tables whose row groups are read by the workers of a cluster: the bits of this process."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.scale import here, on_dask
from chainrule.tables import model as of_model
from chainrule.tables.settings import Settings
from chainrule.tables.streamed.prepared import surveyed
from chainrule.tables.streamed.source import opened
from tests.tables_made import called, cell_of, folder_of, mixed

pytest.importorskip("distributed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "houses", mixed(600), files=3, rows=70)


def test_what_workers_see_has_the_same_bits(folder: Path, client: Any) -> None:
    settings, told = Settings("price", seed=3), list[int]()
    one, other = (
        surveyed(opened([str(folder)]), settings, client=where, told=told.append).seen for where in (None, client)
    )
    assert told == 2 * list(range(1, 10))
    assert one.trained == other.trained
    np.testing.assert_array_equal(one.held_out.rows, other.held_out.rows)
    for name, facts in one.facts.items():
        same = other.facts[name]
        assert (facts.shift, facts.above, facts.squares) == (same.shift, same.above, same.squares)
        assert list(facts.profile.values) == list(same.profile.values)
        np.testing.assert_array_equal(facts.trained, same.trained)


@pytest.mark.parametrize("held", [True, False])
def test_a_run_on_workers_is_the_run_of_this_process(
    held: bool,
    folder: Path,
    client: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not held:  # every block is read whenever it is needed
        monkeypatch.setattr(here, "HELD", 0)
        monkeypatch.setattr(on_dask, "HELD", 0)
    common = ("train", folder, "--target", "dear", "--drop", "price", "--epochs", 5, "--batch-size", 20)
    for where, run in (((), "here"), (("--dask", client.scheduler.address), "there")):
        code, _, err = called(capsys, *common, *where, "-o", tmp_path / run)
        assert code == 0, err
    one, other = (of_model.load(tmp_path / run) for run in ("here", "there"))
    np.testing.assert_array_equal(one.network.parameters, other.network.parameters)
    assert one.preprocessing == other.preprocessing
    metrics = [(tmp_path / run / "metrics.json").read_text() for run in ("here", "there")]
    assert metrics[0] == metrics[1]


def test_what_began_here_goes_on_there(
    folder: Path, client: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ("train", folder, "--target", "price", "--drop", "dear", "--batch-size", 20, "--checkpoint-every", 1)
    there = ("--dask", client.scheduler.address, "--resume")
    calls: list[tuple[str, int, tuple[str, ...]]] = [("once", 6, ()), ("twice", 3, ()), ("twice", 6, there)]
    for run, epochs, where in calls:
        code, _, err = called(capsys, *common, "--epochs", epochs, *where, "-o", tmp_path / run)
        assert code == 0, err
    one, other = (of_model.load(tmp_path / run).network.parameters for run in ("once", "twice"))
    np.testing.assert_array_equal(one, other)


def test_a_full_batch_and_lbfgs_are_summed_where_the_rows_lie(
    folder: Path, client: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ("train", folder, "--target", "price", "--drop", "dear", "--epochs", 6, "--checkpoint-every", 0)
    for optimizer in ("adam", "lbfgs"):
        for where, run in (((), "here"), (("--dask", client.scheduler.address), "there")):
            options = ("--batch-size", 1000, "--optimizer", optimizer)
            code, _, err = called(capsys, *common, *where, *options, "-o", tmp_path / f"{optimizer}-{run}")
            assert code == 0, err
        one, other = (of_model.load(tmp_path / f"{optimizer}-{run}").network for run in ("here", "there"))
        np.testing.assert_array_equal(one.parameters, other.parameters)


def test_what_is_wrong_is_said_by_workers_too(
    folder: Path, client: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cell_of(folder / "part-1.parquet", 149, "size", np.inf)
    arguments = ("train", folder, "--target", "price", "--dask", client.scheduler.address, "-o", tmp_path / "run")
    code, _, err = called(capsys, *arguments)
    assert (code, (tmp_path / "run").exists()) == (2, False)
    assert "part-1.parquet, row 150, column 'size': it is inf" in err


def test_a_file_that_workers_do_not_find(folder: Path, client: Any) -> None:
    source = opened([str(folder)], on_dask=True)
    (folder / "part-2.parquet").unlink()
    with pytest.raises(FileNotFoundError, match=r"part-2.parquet: a worker finds no such file; put the files where"):
        surveyed(source, Settings("price"), client=client, told=lambda done: None)


def test_one_file_is_read_by_workers_if_that_is_asked_for(
    client: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder_of(tmp_path / "f", mixed(300), rows=50) / "part-0.parquet"
    arguments = ("train", file, "--target", "price", "--epochs", 2, "--dask", client.scheduler.address)
    code, _, err = called(capsys, *arguments, "-o", tmp_path / "run")
    assert code == 0, err
    assert '"row_groups": 6' in (tmp_path / "run" / "run.json").read_text()
