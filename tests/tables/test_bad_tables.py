"""What `chainrule train` refuses: one line with the place and the way out, exit code 2, and nothing half-written."""

import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.tables import model as of_model
from tests.tables_made import called, diabetes, iris, written


def process(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Run `python -m chainrule` with these arguments."""
    command = [sys.executable, "-m", "chainrule", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]


def refused(capsys: pytest.CaptureFixture[str], run: Path, *arguments: object) -> str:
    """What is said where nothing is written; one line, exit code 2."""
    code, _, err = called(capsys, "train", *arguments, "-o", run)
    assert code == 2
    assert re.fullmatch(r"chainrule: [^\n]+\n", err)
    assert not run.exists()
    return err


BAD = {
    "empty": ("", [], "t.csv: the file is empty"),
    "header only": ("a,y\n", [], "t.csv: there is a header but no row"),
    "wrong delimiter": ("a,y\n1,2\n", ["--delimiter", ";"], "only one column.*pass --delimiter ','"),
    "ragged": ("a,y\n1,x\n2\n", [], "t.csv, line 3: it has 1 field"),
    "two of a name": ("a,a,y\n1,2,x\n", [], "line 1, column 2: there are two columns 'a'"),
    "unnamed": (",y\n1,x\n", [], "line 1, column 1: the column has no name"),
    "no target": ("a,b\n1,2\n3,4\n", [], "there is no column 'y', which --target names"),
    "dropped": ("a,y\n1,2\n3,4\n", ["--drop", "b"], "there is no column 'b', which --drop names"),
    "target dropped": ("a,y\n1,2\n3,4\n", ["--drop", "y"], "'y' is the --target and cannot be dropped"),
    "constant": ("a,y\n1,x\n2,x\n", [], "the target is constant"),
    "all distinct": ("a,y\n1,x\n2,z\n", [], "the target is different in each of the 2 rows"),
    "one row": ("a,y\n1,x\n", [], "there is 1 row; training needs at least two"),
    "class of one": ("a,y\n1,x\n2,x\n3,z\n", [], "row 3, column 'y': the class 'z' has this row only"),
    "few for all": ("a,y\n1,x\n2,x\n3,z\n4,z\n", [], r"of 4 rows, --validation 0\.2 holds out 1, and 2 classes need"),
    "absent": ("a,y\n1,x\n2,\n", [], "row 2, column 'y': the target is missing"),
    "infinite": ("a,y\n1,1.5\n2,inf\n3,2\n", [], "row 2, column 'y': the target is inf"),
    "date": (
        "a,d,y\n1,2020-01-01,x\n2,2020-02-01,z\n3,2020-02-01,x\n4,2020-02-01,z\n",
        [],
        "column 'd': it holds dates",
    ),
    "few numbers": ("a,y\n" + "1,0\n2,1\n" * 5, [], "pass --task classification if they are classes"),
    "nothing left": (
        "a,y\n1,x\n1,z\n1,x\n1,z\n",
        [],
        "no column is left to predict 'y' from: a is left out: one value",
    ),
    "layers": ("a,y\n1,x\n2,z\n", ["--layers", "8x4"], "--layers must be such as 32-16, or none, got '8x4'"),
    "delimiter": ("a,y\n1,x\n2,z\n", ["--delimiter", "ab"], "--delimiter must be one character, or tab, got 'ab'"),
    "activation": (iris().rename(columns={"species": "y"}), ["--activation", "rellu"], "did you mean 'relu'"),
    "optimizer": (iris().rename(columns={"species": "y"}), ["--optimizer", "adm"], "did you mean 'adam'"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_and_nothing_written(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, options, said = BAD[name]
    data = written(tmp_path / "t.csv", content)
    assert re.search(said, refused(capsys, tmp_path / "run", data, "--target", "y", *options))


def test_mixed_types_name_the_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = iris()
    frame["petal width (cm)"] = frame["petal width (cm)"].astype(object)
    frame.loc[40, "petal width (cm)"] = "wide"
    data = written(tmp_path / "t.csv", frame)
    said = refused(capsys, tmp_path / "run", data, "--target", "species")
    assert "t.csv, row 41, column 'petal width (cm)': it is 'wide', but most values of the column are numbers" in said
    assert (
        called(
            capsys,
            "train",
            data,
            "--target",
            "species",
            "--drop",
            "petal width (cm)",
            "--epochs",
            2,
            "-o",
            tmp_path / "run",
        )[0]
        == 0
    )


def test_a_byte_order_mark_and_latin_1_are_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = iris().replace("setosa", "Köln").to_csv(index=False)
    for encoding in ("utf-8-sig", "latin1"):
        data = written(tmp_path / f"{encoding}.csv", text.encode(encoding))
        code, out, err = called(capsys, "train", data, "--target", "species", "--epochs", 2, "-o", tmp_path / encoding)
        assert code == 0
        assert ("Latin-1" in err) == (encoding == "latin1")
        assert "sepal length (cm)" in out
        assert of_model.load(tmp_path / encoding).preprocessing.target.classes[0] == "Köln"


def test_divergence_is_exit_code_1_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, run = written(tmp_path / "d.csv", diabetes()), tmp_path / "run"
    options = ["--optimizer", "sgd", "--learning-rate", "1e6", "--engine", "numpy"]
    code, _, err = called(capsys, "train", data, "--target", "target", *options, "-o", run)
    assert code == 1
    assert re.fullmatch(r"chainrule: training diverged [^\n]+\n", err)
    assert not run.exists()


def test_a_folder_with_anything_in_it_needs_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, run = written(tmp_path / "iris.csv", iris()), tmp_path / "run"
    settings = ["train", data, "--target", "species", "--epochs", 2, "-o", run]
    run.mkdir()
    assert called(capsys, *settings)[0] == 0  # it is empty
    before = (run / "model.safetensors").read_bytes()
    code, _, err = called(capsys, *settings, "--seed", 5)
    assert code == 2
    assert "holds a former run; name another one with -o, or pass --force" in err
    assert (run / "model.safetensors").read_bytes() == before
    (run / "notes.txt").write_text("mine")
    assert called(capsys, *settings, "--seed", 5, "--force")[0] == 0
    assert (run / "model.safetensors").read_bytes() != before
    assert (run / "notes.txt").read_text() == "mine"
    other = tmp_path / "other"
    other.mkdir()
    (other / "precious").write_text("precious")
    code, _, err = called(capsys, "train", data, "--target", "species", "-o", other)
    assert code == 2
    assert "exists and is not empty" in err
    assert [path.name for path in other.iterdir()] == ["precious"]
    code, _, err = called(capsys, "train", data, "--target", "species", "-o", other / "precious")
    assert code == 2
    assert "is a file; name a folder with -o" in err


def limited() -> None:
    """No file may grow beyond a hundred kilobytes: as on a full disk, a write fails half-way."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


@pytest.mark.long
def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    data, run = written(tmp_path / "iris.csv", iris()), tmp_path / "run"
    settings = ["train", data, "--target", "species", "--epochs", 3, "--checkpoint-every", 0, "-o", run]
    assert process(*settings).returncode == 0
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    done = process(*settings, "--force", "--seed", 9, preexec_fn=limited)
    assert done.returncode == 2
    assert re.fullmatch(r"chainrule: writing into the folder .* failed \(.*\); what was there is kept\n", done.stderr)
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before
    fresh = tmp_path / "fresh"
    done = process(*settings[:-1], fresh, preexec_fn=limited)
    assert done.returncode == 2
    assert not fresh.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission_to_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, closed = written(tmp_path / "iris.csv", iris()), tmp_path / "closed"
    closed.mkdir(mode=0o500)
    code, _, err = called(capsys, "train", data, "--target", "species", "-o", closed / "run")
    assert code == 2
    assert "cannot write into the folder" in err


def test_a_folder_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = written(tmp_path / "iris.csv", iris())
    code, _, err = called(capsys, "train", data, "--target", "species", "-o", data / "run")
    assert code == 2
    assert re.fullmatch(r"chainrule: cannot write into the folder .*; name another one with -o\n", err)
