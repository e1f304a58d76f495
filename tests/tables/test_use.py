"""`chainrule predict`, `evaluate` and `show`: columns by name, what is odd counted and said, every failure one line."""

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, r2_score

import chainrule as cr
from chainrule.interop import safetensors
from chainrule.tables import model as of_model
from chainrule.tables.reading import read
from tests.tables_made import called, diabetes, iris, mixed, ran, written


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Runs on iris, diabetes and the mixed table."""
    folder = tmp_path_factory.mktemp("runs")
    made = {}
    for name, frame, target, drop in (
        ("iris", iris(), "species", []),
        ("diabetes", diabetes(), "target", []),
        ("mixed", mixed(), "dear", ["--drop", "price"]),
    ):
        data = written(folder / f"{name}.csv", frame)
        ran("train", data, "--target", target, *drop, "--epochs", 30, "-o", folder / name)
        made[name] = folder / name
    return made


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_predictions_are_those_of_the_network(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = written(tmp_path / "new.csv", iris().drop(columns="species"))
    code, out, err = called(capsys, "predict", runs["iris"], data)
    assert (code, err) == (0, "")
    found = rows_of(out)
    assert list(found[0]) == ["prediction", "probability_setosa", "probability_versicolor", "probability_virginica"]
    network = cr.load(runs["iris"] / "model.safetensors")
    made = of_model.load(runs["iris"]).preprocessing
    X = (iris().iloc[:, :4].to_numpy() - [c.mean for c in made.numbers]) / [c.scale for c in made.numbers]
    a = network.predict(X)
    probabilities = np.array([[float(row[f"probability_{label}"]) for label in made.target.classes] for row in found])
    assert (probabilities == a).all()
    assert [row["prediction"] for row in found] == [made.target.classes[i] for i in a.argmax(axis=1)]


def test_two_classes_have_two_probabilities(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = called(capsys, "predict", runs["mixed"], written(tmp_path / "new.csv", mixed()))
    assert code == 0
    assert "missing values filled: 6 of size, 5 of town" in err
    for row in rows_of(out):
        no, yes = float(row["probability_no"]), float(row["probability_yes"])
        assert no + yes == pytest.approx(1, abs=1e-15)
        assert row["prediction"] == ("yes" if yes > no else "no")


def test_order_of_columns_and_extra_ones_do_not_matter(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = iris()
    _, out, _ = called(capsys, "predict", runs["iris"], written(tmp_path / "a.csv", frame))
    shuffled = frame[frame.columns[::-1]].assign(comment="x")
    code, other, err = called(capsys, "predict", runs["iris"], written(tmp_path / "b.csv", shuffled))
    assert (code, other) == (0, out)
    assert re.search(r"b\.csv: ignored, since the model does not use them: comment\n", err)


def test_output_file(runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = written(tmp_path / "a.csv", diabetes())
    _, out, _ = called(capsys, "predict", runs["diabetes"], data)
    code, told, _ = called(capsys, "predict", runs["diabetes"] / "model.safetensors", data, "-o", tmp_path / "out.csv")
    assert code == 0
    assert "442 predictions" in told
    assert (tmp_path / "out.csv").read_text() == out
    predicted = pd.read_csv(tmp_path / "out.csv")["prediction"]
    assert np.corrcoef(predicted, diabetes()["target"])[0, 1] > 0.6


def test_unknown_categories_are_counted_and_said(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = mixed().assign(town="Rome")
    frame.loc[:2, "town"] = "Köln"
    code, out, err = called(capsys, "predict", runs["mixed"], written(tmp_path / "new.csv", frame))
    assert code == 0
    assert "column 'town': 117 values that training did not see ('Rome') count as none of its categories" in err
    assert len(rows_of(out)) == 120


def test_missing_columns_are_named(runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = mixed().drop(columns=["town", "size"])
    code, out, err = called(capsys, "predict", runs["mixed"], written(tmp_path / "new.csv", frame))
    assert (code, out) == (2, "")
    assert re.fullmatch(r"chainrule: .*new\.csv: 2 columns are missing, 'size', 'town'; the model was .*\n", err)
    code, _, err = called(capsys, "predict", runs["iris"], written(tmp_path / "other.csv", diabetes()))
    assert code == 2
    assert "4 columns are missing, 'sepal length (cm)'" in err


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("size", "big", r"new\.csv, row 3, column 'size': it is 'big', but the model takes a number here"),
        ("size", "inf", r"new\.csv, row 3, column 'size': it is inf"),
    ],
)
def test_unfit_values_are_named(
    column: str, value: str, said: str, runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = mixed()
    frame[column] = frame[column].astype(object)
    frame.loc[2, column] = value
    code, out, err = called(capsys, "predict", runs["mixed"], written(tmp_path / "new.csv", frame))
    assert (code, out) == (2, "")
    assert re.search(said, err)


def test_a_date_where_a_number_or_text_belongs(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = called(
        capsys, "predict", runs["mixed"], written(tmp_path / "a.csv", mixed().assign(size="2020-01-01"))
    )
    assert code == 2
    assert "column 'size': it holds date values, but the model takes numbers here" in err


def test_categories_that_look_like_numbers_stay_texts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.DataFrame({"doors": ["2", "3", "4", "5more"] * 20, "y": ["a", "b", "b", "a"] * 20})
    run = tmp_path / "run"
    assert (
        called(capsys, "train", written(tmp_path / "t.csv", frame), "--target", "y", "--epochs", 60, "-o", run)[0] == 0
    )
    some = frame[frame["doors"] != "5more"]
    code, out, err = called(capsys, "predict", run, written(tmp_path / "new.csv", some))
    assert (code, err) == (0, "")
    whole = rows_of(called(capsys, "predict", run, written(tmp_path / "all.csv", frame))[1])
    assert rows_of(out) == [row for row, door in zip(whole, frame["doors"], strict=True) if door != "5more"]


def test_evaluate_is_scikit_learns_metrics(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = written(tmp_path / "iris.csv", iris().iloc[::2])
    code, out, err = called(capsys, "evaluate", runs["iris"], data, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    predicted = [row["prediction"] for row in rows_of(called(capsys, "predict", runs["iris"], data)[1])]
    assert found["accuracy"] == accuracy_score(iris()["species"].iloc[::2], predicted)
    code, out, _ = called(capsys, "evaluate", runs["iris"], data)
    assert code == 0
    assert f"{found['log_loss']:.5g}" in out

    data = written(tmp_path / "d.csv", diabetes())
    found = json.loads(called(capsys, "evaluate", runs["diabetes"], data, "--json")[1])
    table = read(data)
    outputs = of_model.load(runs["diabetes"]).outputs(table.frame)[:, 0]
    assert found["r2"] == pytest.approx(r2_score(diabetes()["target"], outputs), rel=1e-12)


def test_evaluate_needs_the_target(runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = written(tmp_path / "a.csv", iris().drop(columns="species"))
    code, _, err = called(capsys, "evaluate", runs["iris"], data)
    assert code == 2
    assert "there is no column 'species', which is the target" in err
    code, _, err = called(
        capsys, "evaluate", runs["iris"], written(tmp_path / "b.csv", iris().replace("setosa", "rose"))
    )
    assert code == 2
    assert "row 1, column 'species': 'rose' is none of the classes that the model knows" in err


def test_show_says_layers_preprocessing_and_provenance(
    runs: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = called(capsys, "show", runs["mixed"], "--json")
    assert code == 0
    told = json.loads(out)
    assert told["parameters"] == of_model.load(runs["mixed"]).network.parameters.size
    assert [layer["units"] for layer in told["layers"]] == [32, 16, 1]
    assert [column["name"] for column in told["preprocessing"]["categories"]] == ["town"]
    assert told["provenance"]["rows"] == 120
    code, out, _ = called(capsys, "show", runs["mixed"])
    assert code == 0
    for part in ("6-32-16-1", "town", "Köln", "2 classes: no, yes", "sha256"):
        assert part in out


def test_show_takes_a_network_by_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cr.Network([2, 3, 1], seed=0).save(tmp_path / "m.safetensors", provenance={"data": "none"})
    code, out, _ = called(capsys, "show", tmp_path / "m.safetensors")
    assert code == 0
    assert "2-3-1, 13 parameters" in out
    code, _, err = called(capsys, "predict", tmp_path / "m.safetensors", written(tmp_path / "a.csv", iris()))
    assert code == 2
    assert "it holds a network by itself, without the columns of a table" in err


def test_what_is_no_model_is_refused(runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = written(tmp_path / "a.csv", iris())
    for path, said in (
        (tmp_path, "holds no model.safetensors, so it is no run"),
        (tmp_path / "none", "is not there; name a run's folder or a model's file"),
        (data, "no safetensors file"),
    ):
        code, _, err = called(capsys, "predict", path, data)
        assert code == 2
        assert re.fullmatch(rf"chainrule: .*{re.escape(said)}.*\n", err)


def test_changed_preprocessing_is_noticed(runs: dict[str, Path], tmp_path: Path) -> None:
    content = (runs["mixed"] / "model.safetensors").read_bytes()
    at = content.index(b"garden")
    changed = tmp_path / "m.safetensors"
    changed.write_bytes(content[:at] + b"burden" + content[at + 6 :])
    with pytest.raises(safetensors.ModelFileError, match="checksum"):
        of_model.load(changed)


def test_preprocessing_that_does_not_fit_the_network(runs: dict[str, Path], tmp_path: Path) -> None:
    model = of_model.load(runs["mixed"])
    path = tmp_path / "m.safetensors"
    safetensors.save(cr.Network([3, 1], seed=0), path, preprocessing=model.preprocessing.to_json())
    with pytest.raises(safetensors.ModelFileError, match="gives 6 inputs and 1 outputs, but the network is 3-1"):
        of_model.load(path)
    safetensors.save(model.network, path, preprocessing='{"version": 99}')
    with pytest.raises(safetensors.ModelFileError, match=r"m\.safetensors: it has version 99"):
        of_model.load(path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_one_line(runs: dict[str, Path], tmp_path: Path) -> None:
    data = written(tmp_path / "a.csv", iris())
    command = [sys.executable, "-m", "chainrule", "predict", str(runs["iris"]), str(data)]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert re.fullmatch(r"chainrule: cannot write to standard output \(No space left on device\); .*\n", done.stderr)


def test_devices_are_written_and_not_replaced(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = written(tmp_path / "a.csv", iris())
    for device, code in (("/dev/null", 0), ("/dev/full", 2)):
        if Path(device).is_char_device():
            assert called(capsys, "predict", runs["iris"], data, "-o", device)[0] == code
            assert Path(device).is_char_device()


def test_large_tables_are_predicted_in_parts(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = written(tmp_path / "a.csv", mixed())
    _, whole, _ = called(capsys, "predict", runs["mixed"], data)
    for module, name in (
        ("chainrule.tables.model", "ROWS"),
        ("chainrule.tables.preprocessing", "ROWS"),
        ("chainrule.tables.predictions", "ROWS"),
    ):
        monkeypatch.setattr(f"{module}.{name}", 7)
    _, parts, _ = called(capsys, "predict", runs["mixed"], data)
    one, two = (pd.read_csv(io.StringIO(text)) for text in (whole, parts))
    assert (one["prediction"] == two["prediction"]).all()
    np.testing.assert_allclose(one["probability_yes"], two["probability_yes"], rtol=1e-12)
