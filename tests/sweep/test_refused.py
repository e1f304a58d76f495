"""What `chainrule sweep` refuses: one line with the way out, exit code 2, and nothing half-written."""

import re
import shutil
import sqlite3
import sys
from pathlib import Path

import optuna
import pytest

from chainrule.scale import cluster
from chainrule.sweep import storage
from tests.sweeps_made import SMALL, told, with_space
from tests.tables_made import called, iris, ran, written


def refused(capsys: pytest.CaptureFixture[str], run: Path, *arguments: object) -> str:
    """What is said where nothing is written; one line, exit code 2."""
    before = contents(run)
    code, _, err = called(capsys, *arguments, "-o", run)
    assert code == 2
    assert re.fullmatch(r"chainrule: [^\n]+\n", err)
    assert contents(run) == before
    return err


def contents(folder: Path) -> dict[str, bytes] | None:
    """The files of a folder; None where there is none."""
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else None


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table, a space, and a sweep of two trials in `run`."""
    folder = tmp_path_factory.mktemp("begun")
    ran(*with_space(folder), "--trials", 2, "-o", folder / "run")
    return folder


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--validation", 0], "trials are judged on rows that are held out"),
        (["--target", "kind"], "there is no column 'kind', which --target names"),
        (["--trials", 0], "0 is not in the range"),
        (["--sampler", "cmaes"], "'cmaes' is not one of 'tpe', 'random', 'grid'"),
        (["--sampler", "grid"], "a grid needs the values of units; give it choices, or a range with a step"),
        (["--space", "none.toml"], "none.toml: cannot be read"),
        (["--storage", "no/folder/study.db"], "'no/folder' is no folder"),
        (["--storage", "."], "is a folder; name a file in it with --storage"),
        (["--dask", "cluster"], "'cluster' is no address of a Dask scheduler"),
        (["--dask", "tcp://127.0.0.1:9"], "no Dask scheduler answers at tcp://127.0.0.1:9"),
        (["--delimiter", ";"], "only one column"),
    ],
)
def test_what_cannot_be_asked(
    options: list[object],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.3)
    assert said in refused(capsys, tmp_path / "run", *with_space(tmp_path), *options)


def test_a_space_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = with_space(tmp_path, "unit = { low = 1, high = 9 }")
    assert "space.toml: unknown setting 'unit'; did you mean 'units'?" in refused(capsys, tmp_path / "run", *words)


def test_settings_that_do_not_go_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = with_space(tmp_path, 'optimizer = "lbfgs"\nbatch_size = { choices = [10, 20] }')
    said = refused(capsys, tmp_path / "run", *words)
    assert "the space has settings that do not go together: " in said


def test_a_grid_too_large(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = with_space(tmp_path, "units = { low = 1, high = 9999 }\nbatch_size = { low = 1, high = 999 }")
    assert "the grid has 9,989,001 points" in refused(capsys, tmp_path / "run", *words, "--sampler", "grid")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--seed", 3], "seed is 3 now and was 0"),
        (["--validation", 0.3], "validation is 0.3 now and was 0.2"),
        (["--drop", "sepal width (cm)"], r"drop is \['sepal width \(cm\)'\] now and was \[\]"),
        (["--sampler", "random"], "sampler is 'random' now and was 'tpe'"),
        (["--pruner", "none"], "pruner is 'none' now and was 'median'"),
    ],
)
def test_a_sweep_of_something_else_is_not_gone_on_with(
    options: list[object], said: str, begun: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = refused(capsys, begun / "run", *with_space(begun), "--trials", 3, *options)
    assert re.search(f"was another one: {said};", message)
    assert refused(capsys, begun / "run", *with_space(begun), "--trials", 3, *options, "--force") == message


def test_another_space_is_named_by_its_settings(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, begun / "run", *with_space(begun, SMALL.replace("16", "17") + "l2 = 0.1"))
    assert "units in the space is {'low': 2, 'high': 17, 'log': True} now and was {'low': 2, 'high': 16" in said
    assert "l2 in the space is 0.1 now and was None; pass" in said
    with_space(begun)


def test_data_that_has_changed(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = with_space(begun)
    written(begun / "iris.csv", iris().iloc[::-1])
    assert "was another one: the data file has other bytes; pass" in refused(capsys, begun / "run", *words)
    with_space(begun)


def other_files(folder: Path) -> dict[str, Path]:
    """Files that are no storage of a sweep, by what is said of each."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    address = f"sqlite:///{folder / 'theirs.db'}"
    engine = optuna.storages.RDBStorage(address)
    optuna.create_study(storage=engine, study_name="theirs")
    engine.remove_session()
    engine.engine.dispose()
    with sqlite3.connect(folder / "songs.db") as database:
        database.execute("create table songs (name text)")
    database.close()
    return {
        "holds the Optuna studies 'theirs' and no chainrule sweep": folder / "theirs.db",
        "holds other things and no chainrule sweep": folder / "songs.db",
        "cannot be read as a search (file is not a database)": written(folder / "text.db", "a text " * 500),
    }


def test_a_storage_of_somebody_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for said, file in other_files(tmp_path).items():
        before = file.read_bytes()
        assert said in refused(capsys, tmp_path / "run", *with_space(tmp_path), "--storage", file)
        assert file.read_bytes() == before


@pytest.mark.parametrize("lost", [["drop table version_info", "drop table alembic_version"], ["drop table trials"], []])
def test_a_storage_that_a_kill_left_half_made_is_gone_on_with(lost: list[str], tmp_path: Path) -> None:
    engine = optuna.storages.RDBStorage(f"sqlite:///{tmp_path / 'study.db'}")
    engine.remove_session()
    engine.engine.dispose()
    with sqlite3.connect(tmp_path / "study.db") as database:
        for statement in lost:
            database.execute(statement)
    database.close()
    ran(*with_space(tmp_path), "--trials", 2, "--storage", tmp_path / "study.db", "-o", tmp_path / "run")
    written(tmp_path / "empty.db", "")
    ran(*with_space(tmp_path), "--trials", 2, "--storage", tmp_path / "empty.db", "-o", tmp_path / "other")


def test_a_kill_before_there_is_a_storage_leaves_a_folder_that_is_free(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "study.db.lock").touch()
    ran(*with_space(tmp_path), "--trials", 1, "-o", tmp_path / "run")
    assert not (tmp_path / "run" / "study.db.lock").exists()


def test_an_output_that_is_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path / "file", "mine")
    assert "is a file; name a folder with -o" in refused(capsys, tmp_path / "file", *with_space(tmp_path))


def test_a_storage_that_is_damaged(begun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = (begun / "run" / "study.db").read_bytes()
    file = written(tmp_path / "half.db", content[: len(content) // 2])
    said = refused(capsys, tmp_path / "run", *with_space(tmp_path), "--storage", file)
    assert "name another --storage" in said


def test_two_at_once(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with storage.held(begun / "run" / "study.db"):
        said = refused(capsys, begun / "run", *with_space(begun), "--trials", 3)
    assert "another chainrule sweep is at work with" in said
    assert {path.name for path in (begun / "run").iterdir()} >= {"study.db"}
    assert not (begun / "run" / "study.db.lock").exists()


def test_a_folder_of_something_else(begun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = with_space(tmp_path)
    run = tmp_path / "run"
    run.mkdir()
    written(run / "notes.txt", "mine")
    assert "exists and is not empty" in refused(capsys, run, *words)
    shutil.copytree(begun / "run", tmp_path / "former", ignore=shutil.ignore_patterns("study.db*"))
    elsewhere = ["--storage", tmp_path / "study.db", "--trials", 2]
    assert "holds a former run" in refused(capsys, tmp_path / "former", *words, *elsewhere)
    assert not (tmp_path / "study.db").exists()
    ran(*words, *elsewhere, "--force", "-o", tmp_path / "former")
    assert told(tmp_path / "former")["storage"] == str(tmp_path / "study.db")
    ran(*words, *elsewhere, "-o", tmp_path / "former")


def test_without_optuna(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    said = refused(capsys, tmp_path / "run", *with_space(tmp_path))
    assert "a search needs Optuna, which is not installed; pip install 'chainrule[sweep]'" in said
