"""`chainrule train` on folders of Parquet files: the same run however the files are named, and what a run leaves."""

import json
import shutil
import signal
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from chainrule.engines.cores import available_cores
from chainrule.scale import here, rows
from chainrule.scale.block import Taking
from chainrule.tables import model as of_model
from chainrule.tables.streamed import source
from chainrule.tables.watching import Watching
from tests.tables.test_train import FILES
from tests.tables_made import called, folder_of, mixed

COMMON = ("--drop", "price", "--target", "dear", "--epochs", 8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "houses", mixed(600), files=3, rows=70)


def numbers(run: Path) -> Any:
    return of_model.load(run).network.parameters


def test_a_folder_is_learned_from(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "run"
    code, out, err = called(capsys, "train", folder, "--target", "dear", "--drop", "price", "-o", run)
    assert (code, {path.name for path in run.iterdir()}) == (0, FILES)
    assert "600 rows, 6 columns" in " ".join(out.split())
    assert err == (
        f"chainrule: {folder}: missing numbers become the mean of their column, since a median would take a second "
        "pass\n"
    )
    metrics, about = (json.loads((run / name).read_text()) for name in ("metrics.json", "run.json"))
    assert metrics["validation"]["accuracy"] > 0.9
    assert metrics["validation"]["rows"] + metrics["train"]["rows"] == 600
    assert {column["column"] for column in metrics["importance"][:2]} == {"size", "rooms"}
    used, page = about["used"], (run / "index.html").read_text()
    assert (used["files"], used["row_groups"], used["rows_trained_on"]) == (3, 9, metrics["train"]["rows"])
    assert used["sha256_of"] == "the names, sizes and footers of the files"
    assert about["data"]["rows"] == 600
    assert "<dt>sha256 of</dt><dd>the names, sizes and footers of the files</dd>" in page
    assert about["command"][:3] == ["chainrule", "train", str(folder)]

    table = of_model.load(run)
    assert called(capsys, "predict", run, folder / "part-1.parquet", "-o", tmp_path / "p.csv")[0] == 0
    assert (tmp_path / "p.csv").read_text().count("\n") == 201
    assert table.preprocessing.numbers[0].fill == table.preprocessing.numbers[0].mean


def test_however_the_files_are_named_the_run_is_the_same(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = sorted(folder.iterdir())
    for k, data in enumerate([[folder], [folder / "*.parquet"], files]):
        assert called(capsys, "train", *data, *COMMON, "-o", tmp_path / f"run{k}")[0] == 0
    command = json.loads((tmp_path / "run2" / "run.json").read_text())["command"]
    assert command[:5] == ["chainrule", "train", *map(str, files)]
    monkeypatch.setattr(here, "HELD", 0)  # every block is read in every epoch
    assert called(capsys, "train", folder, *COMMON, "-o", tmp_path / "run3")[0] == 0
    for k in (1, 2, 3):
        np.testing.assert_array_equal(numbers(tmp_path / f"run{k}"), numbers(tmp_path / "run0"))


def test_a_large_file_is_not_read_as_a_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder_of(tmp_path / "f", mixed(600), rows=100) / "part-0.parquet"
    assert not source.streams([str(file)])
    monkeypatch.setattr(source, "LARGE", 1000)
    assert called(capsys, "train", file, *COMMON, "-o", tmp_path / "run")[0] == 0
    assert json.loads((tmp_path / "run" / "run.json").read_text())["used"]["row_groups"] == 6


def test_many_rows_give_what_a_table_in_memory_gives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = mixed(2000).dropna()
    folder = folder_of(tmp_path / "f", frame, files=2, rows=150)
    frame.to_parquet(tmp_path / "whole.parquet", index=False)
    for data, run in ((folder, "streamed"), (tmp_path / "whole.parquet", "whole")):
        assert called(capsys, "train", data, "--target", "price", "--drop", "dear", "-o", tmp_path / run)[0] == 0
    r2 = [
        json.loads((tmp_path / run / "metrics.json").read_text())["validation"]["r2"] for run in ("streamed", "whole")
    ]
    assert min(r2) > 0.99


def test_without_rows_held_out_it_is_judged_by_those_trained_on(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = called(capsys, "train", folder, *COMMON, "--validation", 0, "-o", tmp_path / "run")
    assert (code, "600 rows trained on (none were held out)" in out) == (0, True)
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert (metrics["validation"], metrics["train"]["rows"], list(metrics["history"])) == (None, 600, ["loss"])


def test_it_goes_on_where_it_stopped_with_the_same_bits(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def train(run: str, epochs: int, *more: object) -> None:
        arguments = ("train", folder, "--target", "price", "--drop", "dear", "--epochs", epochs, "-o", tmp_path / run)
        code, _, err = called(capsys, *arguments, "--checkpoint-every", 2, *more)
        assert code == 0, err

    train("once", 9)
    train("twice", 4)
    train("twice", 9, "--resume")
    np.testing.assert_array_equal(numbers(tmp_path / "twice"), numbers(tmp_path / "once"))

    frame = mixed(600, seed=1)
    folder_of(folder, frame, files=3, rows=70)
    code, _, err = called(
        capsys,
        "train",
        folder,
        "--target",
        "price",
        "--drop",
        "dear",
        "--epochs",
        9,
        "-o",
        tmp_path / "twice",
        "--resume",
    )
    assert (code, "other bytes" in err) == (2, True)


def test_ctrl_c_keeps_the_best_so_far(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Watching.on_epoch_end

    def pressed(self: Watching, epoch: int, logs: Any) -> None:
        before(self, epoch, logs)
        if epoch == 3:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Watching, "on_epoch_end", pressed)
    code, _, err = called(capsys, "train", folder, *COMMON, "-o", tmp_path / "run")
    assert (code, "interrupted; the best so far is kept" in err) == (0, True)
    assert json.loads((tmp_path / "run" / "metrics.json").read_text())["stopped_by"] == "interrupt"


def test_ctrl_c_before_the_first_epoch_leaves_nothing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(self: here.Here, told: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(here.Here, "survey", pressed)
    assert called(capsys, "train", folder, *COMMON, "-o", tmp_path / "run")[0] == 1
    assert not (tmp_path / "run").exists()


def test_the_digest_is_of_the_files_wherever_they_lie(folder: Path, tmp_path: Path) -> None:
    found = source.opened([str(folder)]).sha256
    shutil.copytree(folder, tmp_path / "elsewhere")
    assert source.opened([str(tmp_path / "elsewhere")]).sha256 == found
    folder_of(folder, mixed(600, seed=9), files=3, rows=70)
    assert source.opened([str(folder)]).sha256 != found


def test_what_is_left_out_and_what_takes_memory_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = mixed(100)
    (tmp_path / "year=2020").mkdir()
    frame.set_index(pd.Index([7, *range(99)])).to_parquet(tmp_path / "year=2020" / "b.parquet")
    monkeypatch.setattr(source, "LARGE_GROUP", 100)
    found = source.opened([str(tmp_path)])
    assert [note.partition(" ")[0] for note in found.notes] == ["the", "'year'", "a"]
    assert "index" not in " ".join(found.columns)


def test_only_a_few_row_groups_are_in_memory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(tmp_path / "f", mixed(3000), rows=50)
    monkeypatch.setattr(here, "HELD", 0)
    monkeypatch.setattr(rows, "WINDOW", 0)  # each is a window of its own
    made, most = list[Any](), []
    before = Taking.block

    def counted(self: Taking, *arguments: Any) -> Any:
        block = before(self, *arguments)
        if block.X.shape[0] <= 50:  # not what is held out
            made.append(weakref.ref(block))
            most.append(sum(one() is not None for one in made))
        return block

    monkeypatch.setattr(Taking, "block", counted)
    arguments = ("train", folder, *COMMON, "--batch-size", 10, "-o", tmp_path / "run")
    assert called(capsys, *arguments)[0] == 0
    assert len(most) == 60 * 9  # looked through once, and then in eight epochs
    assert max(most) <= available_cores() + 4
