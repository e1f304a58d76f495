"""`chainrule train`: a folder that says everything, results that hold, and nothing half-written where it fails."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import train_test_split

import chainrule as cr
from chainrule.cli import cli
from chainrule.tables import model as of_model
from chainrule.tables.reading import read
from chainrule.tables.train_command import sizes
from tests.tables_made import breast_cancer, called, diabetes, iris, mixed, written

FILES = {"model.safetensors", "metrics.json", "run.json", "index.html", "checkpoints"}


def process(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Run `python -m chainrule` with these arguments."""
    command = [sys.executable, "-m", "chainrule", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]


def test_classification_writes_what_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, run = written(tmp_path / "cancer.csv", breast_cancer()), tmp_path / "run"
    code, out, err = called(capsys, "train", data, "--target", "diagnosis", "-o", run)
    assert (code, err) == (0, "")
    assert {path.name for path in run.iterdir()} == FILES
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["validation"]["accuracy"] > 0.9
    assert re.search(rf"accuracy {metrics['validation']['accuracy']:.4g}\b", out)
    assert "mean radius" in out
    assert "target: 2 classes" in out
    assert re.search(r"epoch 1 of 200: loss [\d.]+ · held out [\d.]+ · accuracy 0\.\d+", out)

    frame = breast_cancer()
    rows = np.sort(
        train_test_split(np.arange(569), test_size=114, random_state=0, stratify=frame["diagnosis"] == "malignant")[1]
    )
    model = of_model.load(run)
    table = read(data)
    predicted = model.labels(model.outputs(table.frame))[rows]
    assert metrics["validation"]["rows"] == len(rows) == 114
    assert metrics["validation"]["accuracy"] == accuracy_score(frame["diagnosis"].iloc[rows], predicted.astype(str))
    assert np.sum(metrics["validation"]["confusion"]) == 114
    assert metrics["best_epoch"] == int(np.argmin(metrics["history"]["val_loss"]))


def test_regression_puts_the_target_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, run = written(tmp_path / "d.csv", diabetes()), tmp_path / "run"
    code, out, _ = called(capsys, "train", data, "--target", "target", "-o", run, "--json", "--validation", "0.25")
    assert code == 0
    metrics = json.loads(out)
    assert metrics == json.loads((run / "metrics.json").read_text())
    assert metrics["task"] == "regression"
    rows = np.sort(train_test_split(np.arange(442), test_size=111, random_state=0)[1])
    model = of_model.load(run)
    predicted = model.outputs(read(data).frame)[rows, 0]
    truth = diabetes()["target"].to_numpy()[rows]
    assert metrics["validation"]["r2"] == pytest.approx(r2_score(truth, predicted), rel=1e-9)
    assert metrics["validation"]["r2"] > 0.2
    assert 100 < predicted.mean() < 200


def test_every_kind_of_column_and_three_classes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = mixed()
    frame["class"] = np.digitize(frame["price"], np.quantile(frame["price"], [1 / 3, 2 / 3]))
    data, run = written(tmp_path / "t.csv", frame.drop(columns=["price", "dear"])), tmp_path / "run"
    code, _, _ = called(
        capsys,
        "train",
        data,
        "--target",
        "class",
        "--task",
        "classification",
        "-o",
        run,
        "--epochs",
        60,
        "--dropout",
        0.1,
    )
    assert code == 0
    model = of_model.load(run)
    assert model.network.structure.sizes[-1] == 3
    assert model.preprocessing.target.classes == (0, 1, 2)
    assert json.loads((run / "metrics.json").read_text())["validation"]["accuracy"] > 0.6


def test_same_seed_same_bits_and_the_command_runs_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, one, two = written(tmp_path / "iris.csv", iris()), tmp_path / "one", tmp_path / "two"
    settings = ["--target", "species", "--layers", "8", "--epochs", 15, "--seed", 3, "--l2", 0.001]
    assert called(capsys, "train", data, *settings, "--drop", "petal width (cm)", "-o", one)[0] == 0
    again = json.loads((one / "run.json").read_text())["command"]
    assert again[0] == "chainrule"
    again[again.index(str(one))] = str(two)
    assert called(capsys, *again[1:])[0] == 0
    parameters = [of_model.load(folder).network.parameters for folder in (one, two)]
    assert (parameters[0] == parameters[1]).all()
    assert called(capsys, *again[1:], "--seed", 4, "--force")[0] == 0
    assert (parameters[0] != of_model.load(two).network.parameters).any()


def test_run_json_says_all_that_it_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import hashlib

    data, run = written(tmp_path / "iris.csv", iris()), tmp_path / "run"
    called(capsys, "train", data, "--target", "species", "--epochs", 3, "-o", run)
    told = json.loads((run / "run.json").read_text())
    assert told["data"] == {
        "file": str(data),
        "sha256": hashlib.sha256(data.read_bytes()).hexdigest(),
        "rows": 150,
    }
    assert told["settings"]["layers"] == [32, 16]
    assert told["used"]["split_seed"] == 0
    assert told["used"]["rows_held_out"] == 30
    assert told["versions"]["chainrule"] == cr.__version__
    assert [column["kind"] for column in told["columns"]] == ["number"] * 4


def test_the_page_shows_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, frame, target, parts in (
        ("iris", iris(), "species", ["Confusion matrix", "Calibration"]),
        ("diabetes", diabetes(), "target", ["Residuals"]),
    ):
        data, run = written(tmp_path / f"{name}.csv", frame), tmp_path / name
        called(capsys, "train", data, "--target", target, "--epochs", 5, "-o", run)
        text = (run / "index.html").read_text()
        for part in [*parts, "Learning curves", "Which columns matter", "The network", "A prediction, worked out"]:
            assert f"<h2>{part}</h2>" in text
        assert "<script" not in text
        assert not re.search(r'(src|href)="(?!#|data:)', text)
        assert "prefers-color-scheme: dark" in text
        assert json.loads((run / "run.json").read_text())["data"]["sha256"] in text
        assert "<math" in text


def test_page_escapes_what_the_table_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = iris().rename(columns={"sepal length (cm)": "<script>$x$"})
    frame["species"] = frame["species"].replace("setosa", "<b>$&")
    data, run = written(tmp_path / "t.csv", frame), tmp_path / "run"
    assert called(capsys, "train", data, "--target", "species", "--epochs", 3, "-o", run)[0] == 0
    text = (run / "index.html").read_text()
    assert "<script" not in text
    assert "<b>$" not in text


def test_no_rows_held_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, run = written(tmp_path / "iris.csv", iris()), tmp_path / "run"
    assert called(capsys, "train", data, "--target", "species", "--validation", 0, "--epochs", 5, "-o", run)[0] == 0
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["validation"] is None
    assert metrics["train"]["rows"] == 150


def test_standard_input(tmp_path: Path) -> None:
    done = process(
        "train", "-", "--target", "species", "--epochs", 3, "-o", tmp_path / "run", input=iris().to_csv(index=False)
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "standard input: 150 rows, 5 columns" in done.stdout


def test_resumed_is_as_if_never_interrupted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = written(tmp_path / "iris.csv", iris())
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    settings = ["train", data, "--target", "species", "--dropout", 0.2, "--patience", 500, "--engine", "numpy"]
    assert called(capsys, *settings, "--epochs", 50, "-o", whole)[0] == 0
    assert called(capsys, *settings, "--epochs", 21, "-o", parts)[0] == 0
    assert called(capsys, *settings, "--epochs", 50, "-o", parts, "--resume")[0] == 0
    one, two = (of_model.load(folder).network.parameters for folder in (whole, parts))
    assert (one == two).all()
    found = [json.loads((folder / "metrics.json").read_text()) for folder in (whole, parts)]
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (["--learning-rate", 0.1], "learning_rate is 0.1 now and was None"),
        (["--layers", "8"], r"layers is \[8\] now and was \[32, 16\]"),
        (["--seed", 1], "seed is 1 now and was 0"),
    ],
)
def test_another_run_is_not_resumed(
    change: list[object], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, run = written(tmp_path / "iris.csv", iris()), tmp_path / "run"
    settings = ["train", data, "--target", "species", "--epochs", 12, "-o", run]
    assert called(capsys, *settings)[0] == 0
    before = {path.name: path.stat().st_mtime_ns for path in run.iterdir()}
    code, _, err = called(capsys, *settings, *change, "--resume")
    assert code == 2
    assert re.fullmatch(rf"chainrule: the run in .* was another one: {said}; pass what .*\n", err)
    assert before == {path.name: path.stat().st_mtime_ns for path in run.iterdir()}


def test_other_data_are_not_resumed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, run = written(tmp_path / "iris.csv", iris()), tmp_path / "run"
    settings = ["train", data, "--target", "species", "--epochs", 12, "-o", run]
    called(capsys, *settings)
    written(data, iris().iloc[1:])
    code, _, err = called(capsys, *settings, "--resume")
    assert code == 2
    assert "the data file has other bytes" in err
    code, _, err = called(capsys, "train", data, "--target", "species", "-o", tmp_path / "none", "--resume")
    assert code == 2
    assert "holds no checkpoints to resume from; leave out --resume" in err


@pytest.mark.long
def test_interrupt_keeps_the_best_so_far(tmp_path: Path) -> None:
    data, run = written(tmp_path / "d.csv", diabetes()), tmp_path / "run"
    command = [sys.executable, "-u", "-m", "chainrule", "train", str(data), "--target", "target", "-o", str(run)]
    started = subprocess.Popen(
        [*command, "--epochs", "10000000", "--patience", "10000000", "--engine", "numpy"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    for line in started.stdout:
        if line.startswith("epoch 1 "):
            break
    time.sleep(0.3)
    started.send_signal(signal.SIGINT)
    _, err = started.communicate(timeout=60)
    assert (started.returncode, err) == (0, "chainrule: interrupted; the best so far is kept\n")
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["stopped_by"] == "interrupt"
    assert metrics["best_epoch"] == int(np.argmin(metrics["history"]["val_loss"]))
    model = of_model.load(run)
    assert np.isfinite(model.network.parameters).all()


def test_a_person_is_asked_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = iris()
    frame["species"] = frame["species"].astype("category").cat.codes
    data = written(tmp_path / "t.csv", frame)
    arguments = ["train", str(data), "--target", "species", "--epochs", "2", "-o", str(tmp_path / "run")]
    monkeypatch.setattr("chainrule.tables.beginning.is_terminal", lambda: True)
    done = CliRunner().invoke(cli, arguments, input="amounts\n", standalone_mode=False)
    assert done.exit_code == 0, done.output
    assert "a number with 3 different values" in done.output
    assert of_model.load(tmp_path / "run").preprocessing.target.task == "regression"


def test_linear_and_large_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sizes("none") == ()
    data, run = written(tmp_path / "iris.csv", iris()), tmp_path / "run"
    options = ["--layers", "none", "--dtype", "float32", "--engine", "numpy", "--epochs", 3]
    assert called(capsys, "train", data, "--target", "species", *options, "-o", run)[0] == 0
    network = of_model.load(run).network
    assert network.structure.sizes == (4, 3)
    assert network.parameters.dtype == np.float32


def test_parquet_gives_the_same_model_as_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = mixed()
    written(tmp_path / "t.csv", frame)
    frame.to_parquet(tmp_path / "t.parquet")
    found = []
    for name in ("t.csv", "t.parquet"):
        run = tmp_path / f"run-{name}"
        assert (
            called(capsys, "train", tmp_path / name, "--target", "dear", "--drop", "price", "--epochs", 5, "-o", run)[0]
            == 0
        )
        found.append(of_model.load(run))
    assert found[0].preprocessing == found[1].preprocessing
    assert (found[0].network.parameters == found[1].network.parameters).all()


def test_nothing_of_a_table_is_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = written(tmp_path / "t.csv", mixed())
    before = data.read_bytes()
    called(capsys, "train", data, "--target", "dear", "--epochs", 2, "-o", tmp_path / "run")
    assert data.read_bytes() == before
    assert isinstance(pd.read_csv(data), pd.DataFrame)
