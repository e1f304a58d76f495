"""Every exported form takes the raw numbers of the table and says what `chainrule predict` says."""

import csv
import ctypes
import io
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pytest

from chainrule.arrays import Array
from chainrule.tables import model as of_model
from chainrule.tables.reading import read
from tests.tables_made import breast_cancer, called, diabetes, iris, mixed, ran, written

TABLES = {
    "two classes": (breast_cancer(), "diagnosis", []),
    "three classes": (iris(), "species", []),
    "whole numbers": (
        iris().assign(species=lambda t: t["species"].astype("category").cat.codes),
        "species",
        ["--task", "classification"],
    ),
    "regression": (diabetes(), "target", []),
    "categories and holes": (mixed(), "dear", ["--drop", "price"]),
    "price": (mixed(), "price", ["--drop", "dear"]),
}
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


class Trained:
    """A run, the raw inputs of its table's rows, and what `chainrule predict` says of them."""

    def __init__(self, folder: Path, name: str) -> None:
        frame, target, options = TABLES[name]
        if name == "two classes":  # a hole in a column of numbers
            frame = frame.copy()
            frame.loc[::7, "mean area"] = np.nan
        data, self.run = written(folder / "t.csv", frame), folder / "run"
        ran("train", data, "--target", target, *options, "--epochs", 20, "-o", self.run)
        self.model = of_model.load(self.run)
        self.raw = self.model.preprocessing.raw(read(data).frame)
        rows = list(csv.DictReader(io.StringIO(ran("predict", self.run, data))))
        self.said = [row["prediction"] for row in rows]
        names = [name for name in rows[0] if name != "prediction"] or ["prediction"]
        self.outputs = np.array([[float(row[name]) for name in names] for row in rows])

    @property
    def of_network(self) -> Array:
        """The outputs as the network has them: one column for two classes."""
        return self.outputs[:, 1:] if self.outputs.shape[1] == 2 else self.outputs


@pytest.fixture(scope="module", params=list(TABLES))
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return Trained(tmp_path_factory.mktemp("exports"), request.param)


def export(trained: Trained, capsys: pytest.CaptureFixture[str], form: str, ending: str) -> Path:
    path = trained.run.parent / f"my-model{ending}"
    code, out, err = called(capsys, "export", trained.run, "--to", form, "-o", path)
    assert (code, err) == (0, "")
    assert f"my-model{ending}: {path.stat().st_size:,} bytes" in out
    return path


def test_python_says_the_same(trained: Trained, capsys: pytest.CaptureFixture[str]) -> None:
    text = export(trained, capsys, "python", ".py").read_text()
    module: dict[str, object] = {}
    exec(text, module)
    assert callable(module["predict"])
    np.testing.assert_allclose(module["predict"](trained.raw), trained.of_network, rtol=1e-12, atol=1e-15)
    for i, name in enumerate(trained.model.preprocessing.encoded_names):
        assert f"#   {i}: {ascii(name)[1:-1]}\n" in text


@pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")
def test_c_says_the_same(trained: Trained, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    header = export(trained, capsys, "c", ".h")
    assert COMPILER is not None
    assert header.read_bytes().isascii()
    source = tmp_path / "caller.c"
    source.write_text(
        f'#include "{header}"\nvoid predict(const float *x, float *y) {{ my_model_predict(x, y); }}\n',
        encoding="utf-8",
    )
    library = tmp_path / "caller.so"
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-O1", "-fPIC", "-shared"]
    subprocess.run([COMPILER, *flags, str(source), "-o", str(library), "-lm"], check=True)
    predict = ctypes.CDLL(str(library)).predict
    outputs = np.empty(trained.of_network.shape, np.float32)
    raw = np.ascontiguousarray(trained.raw, np.float32)
    for x, y in zip(raw, outputs, strict=True):
        predict(x.ctypes.data_as(ctypes.c_void_p), y.ctypes.data_as(ctypes.c_void_p))
    np.testing.assert_allclose(outputs, trained.of_network, rtol=1e-5, atol=1e-5 * max(1, np.ptp(trained.outputs)))
    for i, name in enumerate(trained.model.preprocessing.encoded_names):
        assert f" *   {i}: {ascii(name)[1:-1]}\n" in header.read_text()


def test_onnx_says_the_same(trained: Trained, capsys: pytest.CaptureFixture[str]) -> None:
    session = onnxruntime.InferenceSession(export(trained, capsys, "onnx", ".onnx"))
    found = session.run(None, {"X": trained.raw.astype(np.float32)})
    if trained.model.preprocessing.target.classes:
        labels, probabilities = found
        np.testing.assert_allclose(probabilities, trained.outputs, rtol=1e-5, atol=1e-5)
        clear = np.sort(trained.outputs, axis=1)[:, -1] > 0.501
        assert (labels.astype(str) == np.array(trained.said))[clear].all()
    else:
        np.testing.assert_allclose(found[0], trained.outputs, rtol=1e-5, atol=1e-5 * np.ptp(trained.outputs))
    columns = session.get_modelmeta().custom_metadata_map["columns"]
    assert json.loads(columns) == trained.model.preprocessing.encoded_names


def test_safetensors_is_the_model(trained: Trained, capsys: pytest.CaptureFixture[str]) -> None:
    path = export(trained, capsys, "safetensors", ".safetensors")
    assert of_model.load(path).preprocessing == trained.model.preprocessing
    assert (of_model.load(path).network.numbers == trained.model.network.numbers).all()


def test_a_model_is_not_overwritten_by_its_own_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trained = Trained(tmp_path, "three classes")
    model = trained.run / "model.safetensors"
    code, _, err = called(capsys, "export", trained.run, "--to", "safetensors", "-o", model)
    assert code == 2
    assert "is the model itself; name another file with -o" in err
    code, _, err = called(capsys, "export", trained.run, "--to", "python", "-o", tmp_path)
    assert code == 2
    assert "is a folder" in err


def test_names_that_would_end_a_comment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.DataFrame({"a */ b": np.arange(40.0), 'ü"\n': np.arange(40.0) ** 2 % 7, "y": ["*/", "/*"] * 20})
    run = tmp_path / "run"
    assert (
        called(capsys, "train", written(tmp_path / "t.csv", frame), "--target", "y", "--epochs", 2, "-o", run)[0] == 0
    )
    assert called(capsys, "export", run, "--to", "c", "-o", tmp_path / "m.h")[0] == 0
    text = (tmp_path / "m.h").read_text()
    assert text[: text.index("*/")].count("/*") == 1
    assert "a * / b" in text
    assert called(capsys, "export", run, "--to", "python", "-o", tmp_path / "m.py")[0] == 0
    exec((tmp_path / "m.py").read_text(), {})
