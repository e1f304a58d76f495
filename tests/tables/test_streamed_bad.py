"""What is wrong with files that stream by: one line with file, row and column, exit code 2, and nothing written."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from chainrule.scale import here
from chainrule.tables.watching import Watching
from tests.tables_made import called, cell_of, folder_of, mixed


def cell(column: str, value: Any) -> Callable[[Path], None]:
    """Row 150 of the second file has this value."""

    return lambda folder: cell_of(folder / "part-1.parquet", 149, column, value)


def second(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Path], None]:
    """The second file is another one."""

    def made(folder: Path) -> None:
        change(pd.read_parquet(folder / "part-1.parquet")).to_parquet(folder / "part-1.parquet", index=False)

    return made


def everywhere(**columns: Any) -> Callable[[Path], None]:
    """Columns of all files are other ones."""

    def made(folder: Path) -> None:
        for file in folder.iterdir():
            frame = pd.read_parquet(file)
            frame.assign(**columns).to_parquet(file, index=False)

    return made


def emptied(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()


def cut_short(folder: Path) -> None:
    file = folder / "part-1.parquet"
    file.write_bytes(file.read_bytes()[:-20])


def damaged_inside(folder: Path) -> None:
    file = folder / "part-1.parquet"
    content = bytearray(file.read_bytes())
    content[4:400] = bytes(396)
    file.write_bytes(bytes(content))


def without_row_groups(folder: Path) -> None:
    schema = pq.ParquetFile(folder / "part-1.parquet").schema_arrow
    pq.write_table(schema.empty_table(), folder / "part-1.parquet")


def with_csv(folder: Path) -> None:
    mixed(10).to_csv(folder / "more.csv", index=False)


WRONG = {
    "infinite": (cell("size", np.inf), r"part-1.parquet, row 150, column 'size': it is inf \(1 such values\)"),
    "target missing": (cell("price", np.nan), r"part-1.parquet, row 150, column 'price': the target is missing \(1 su"),
    "target infinite": (cell("price", -np.inf), r"part-1.parquet, row 150, column 'price': the target is -inf"),
    "lacks a column": (second(lambda f: f.drop(columns="rooms")), r"part-1.parquet lacks 'rooms', where .*part-0"),
    "another column": (second(lambda f: f.assign(more=1)), r"part-1.parquet has 'more' besides, where .*part-0"),
    "another type": (
        second(lambda f: f.assign(size=f["size"].astype(str))),
        r"part-1.parquet, column 'size': it holds (large_)?string, where .*part-0.parquet has double; all files",
    ),
    "no rows": (second(lambda f: f[:0]), r"part-1.parquet has no rows; leave out files that are empty"),
    "no row groups": (without_row_groups, r"part-1.parquet has no rows"),
    "constant": (everywhere(price=3.0), r"houses, column 'price': the target is constant: it is 3.0 in all 600 rows"),
    "nothing left": (
        everywhere(size=1.0, rooms=1, town="a", garden=True, dear="b"),
        r"houses: no column is left to predict 'price' from",
    ),
    "dates": (everywhere(size=pd.Timestamp("2020-01-01")), r"houses, column 'size': it holds dates"),
    "lists": (everywhere(size=[[1, 2]] * 200), r"houses, column 'size': it holds lists or objects"),
    "text where numbers were": (
        everywhere(size=[*map(str, range(199)), "many"]),
        r"part-0.parquet, row 200, column 'size': it is 'many', but most values of the column are numbers \(3 are not",
    ),
    "all files gone": (emptied, r"the folder .*houses holds no Parquet file"),
    "cut short": (cut_short, r"part-1.parquet: it is no Parquet file that can be read"),
    "damaged": (damaged_inside, r"part-1.parquet, rows 1 to 70: it cannot be read"),
    "mixed formats": (with_csv, r"more.csv is no Parquet file, and a folder is read only if all its tables are"),
}


@pytest.mark.parametrize(("change", "wanted"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said(
    change: Callable[[Path], None], wanted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_of(tmp_path / "houses", mixed(600), files=3, rows=70)
    change(folder)
    code, _, err = called(capsys, "train", folder, "--target", "price", "-o", tmp_path / "run")
    assert (code, err.count("\n")) == (2, 1), err
    assert not (tmp_path / "run").exists()
    assert re.search(wanted, err), err


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (
            ["houses", "--target", "prise"],
            r"houses: there is no column 'prise', which --target names; did you mean 'pri",
        ),
        (["houses", "--target", "price", "--drop", "bath"], r"there is no column 'bath', which --drop names"),
        (["houses", "table.csv", "--target", "price"], r"table.csv is no Parquet file .*but several files must all be"),
        (["houses", "-", "--target", "price"], r"standard input is no Parquet file"),
        (["table.csv", "--target", "price", "--dask", "local"], r"table.csv is no Parquet file .*but --dask takes"),
        (["houses", "--target", "price", "--dask", "somewhere"], r"somewhere"),
        (["nowhere/*.parquet", "--target", "price"], r"nowhere/\*.parquet: there is no such file or folder"),
        (["houses", "nowhere.parquet", "--target", "price"], r"nowhere.parquet: there is no such file or folder"),
        (["houses", "--target", "rooms"], r"'rooms' is a number with 5 different values; pass --task classification"),
        (["houses", "--target", "price", "--validation", "0.0001"], r"of 600 rows, --validation 0.0001 holds out 0"),
        (["houses", "--target", "price", "--task", "classification"], r"the class '348.8' has this row only"),
    ],
)
def test_what_is_asked_wrongly_is_said(
    arguments: list[str],
    wanted: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    folder_of(Path("houses"), mixed(600), files=3, rows=70)
    mixed(50).to_csv("table.csv", index=False)
    code, _, err = called(capsys, "train", *arguments, "-o", "run")
    assert (code, err.count("\n"), Path("run").exists()) == (2, 1, False), err
    assert re.search(wanted, err), err


def test_a_class_needs_a_row_to_learn_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kinds = np.array(["common"] * 300, dtype=object)
    kinds[[7, 8]] = "rare"
    folder = folder_of(tmp_path / "f", pd.DataFrame({"x": np.random.default_rng(0).normal(size=300), "kind": kinds}))
    found = set()
    for seed in range(12):
        run = tmp_path / f"run{seed}"
        code, _, err = called(
            capsys, "train", folder, "--target", "kind", "--validation", 0.7, "--seed", seed, "--epochs", 1, "-o", run
        )
        found.add((code, "all rows of the class 'rare' are held out" in err, run.exists()))
    assert found == {(0, False, True), (2, True, False)}


def test_a_file_that_changes_while_it_is_learned_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(tmp_path / "houses", mixed(600), files=3, rows=70)
    before = Watching.on_epoch_end

    def changed(self: Watching, epoch: int, logs: Any) -> None:
        before(self, epoch, logs)
        if epoch == 2:
            cell("size", 1.0)(folder)

    monkeypatch.setattr(Watching, "on_epoch_end", changed)
    monkeypatch.setattr(here, "HELD", 0)
    code, _, err = called(capsys, "train", folder, "--target", "price", "-o", tmp_path / "run")
    assert (code, (tmp_path / "run").exists()) == (2, False)
    assert re.search(r"part-1.parquet has changed while it was trained on; copy the data", err)


def test_numbers_of_several_types_and_columns_that_are_empty_in_a_file_are_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_of(tmp_path / "houses", mixed(600), files=3, rows=70)
    second(lambda f: f.assign(rooms=f["rooms"].astype(np.int32), town=None, size=np.nan))(folder)
    first = pd.read_parquet(folder / "part-0.parquet").assign(garden=None, dear=lambda f: f["dear"].astype("category"))
    first.to_parquet(folder / "part-0.parquet", index=False)
    code, out, err = called(capsys, "train", folder, "--target", "price", "--epochs", 2, "-o", tmp_path / "run")
    assert code == 0, err
    assert re.search(r"garden +boolean +2 +200", out)
    assert re.search(r"town +category +3 +20\d", out)
