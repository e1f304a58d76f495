"""The files hold the network of that moment, and tell what goes into it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.interop.safetensors import read
from chainrule.play import moments, setup
from chainrule.play.choices import ChoiceError, parse
from chainrule.play.take_away import model

CASES: dict[str, dict[str, Any]] = {
    "report": {},
    "standardized": {"data": "moons", "n": 30, "standardize": True, "normalization": "batch_norm", "dropout": 0.1},
    "x2 alone": {"features": ["x2"], "standardize": True},
    "features": {
        "data": "spirals",
        "n": 30,
        "classes": 3,
        "features": ["x1", "sin_x2", "product"],
        "standardize": True,
    },
}


def run_of(name: str) -> tuple[Any, Any, Any, Any]:
    """The settings, the run's setup, its network after 10 epochs, and what the file takes."""
    choices = parse({"epochs": 20, "optimizer_settings": {"learning_rate": 0.01}, **CASES[name]})
    prepared, network = setup.prepare(choices), moments.network_at(choices, 10).network
    plain = [["x1", "x2"].index(f) for f in choices.features if f in ("x1", "x2")]
    inputs = prepared.X[:, plain] if len(plain) == len(choices.features) else prepared.inputs
    return choices, prepared, network, inputs


@pytest.mark.parametrize("name", CASES)
def test_python(name: str) -> None:
    choices, prepared, network, inputs = run_of(name)
    file_name, kind, content = model(choices, 10, "python")
    assert (file_name, kind) == (f"network-{network.structure}.py", "text/x-python")
    made: dict[str, Any] = {}
    exec(content, made)
    np.testing.assert_allclose(made["predict"](inputs), network.predict(prepared.inputs), rtol=1e-13)
    assert "after epoch 10" in content.decode("ascii")
    assert ", ".join(choices.features) in content.decode()


@pytest.mark.parametrize("name", CASES)
def test_onnx(name: str) -> None:
    onnx, runtime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    choices, prepared, network, inputs = run_of(name)
    content = model(choices, 10, "onnx")[2]
    session = runtime.InferenceSession(content, providers=["CPUExecutionProvider"])
    [entry] = session.get_inputs()
    y = session.run(None, {entry.name: inputs.astype(np.float32)})[0]
    np.testing.assert_allclose(y, network.predict(prepared.inputs), rtol=1e-4, atol=1e-6)
    made = onnx.load_from_string(content)
    told = json.loads({entry.key: entry.value for entry in made.metadata_props}["playground"])
    assert told["features"] == list(choices.features)
    assert parse(told["settings"]) == choices
    assert ", ".join(choices.features) in made.doc_string


@pytest.mark.parametrize("name", CASES)
def test_safetensors(name: str, tmp_path: Path) -> None:
    choices, prepared, network, _ = run_of(name)
    path = tmp_path / "m.safetensors"
    path.write_bytes(model(choices, 10, "safetensors")[2])
    assert cr.load(path).numbers.tobytes() == network.numbers.tobytes()
    told = read(path).provenance
    assert (told["epoch"], told["features"], told["mean"]) == (10, list(choices.features), prepared.mean.tolist())


@pytest.mark.parametrize("name", CASES)
def test_c(name: str, tmp_path: Path) -> None:
    choices, prepared, network, inputs = run_of(name)
    file_name, _, content = model(choices, 10, "c")
    assert file_name.endswith(".h")
    assert content.startswith(b"/* From the playground of chainrule")
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    (tmp_path / "model.h").write_bytes(content)
    d_in, d_out = inputs.shape[1], network.structure.sizes[-1]
    (tmp_path / "main.c").write_text(
        f"""#include <stdio.h>
#include "model.h"
int main(void) {{
    double x[{d_in}], y[{d_out}];
    for (;;) {{
        for (int j = 0; j < {d_in}; j++) if (scanf("%lf", x + j) != 1) return 0;
        model_predict(x, y);
        for (int j = 0; j < {d_out}; j++) printf("%.17g ", y[j]);
    }}
}}
"""
    )
    subprocess.run([compiler, "main.c", "-o", "main", "-lm"], cwd=tmp_path, check=True)
    fed = " ".join(map(repr, inputs.ravel().tolist()))
    out = subprocess.run([tmp_path / "main"], input=fed, capture_output=True, text=True, check=True).stdout
    y = np.array(out.split(), float).reshape(-1, d_out)
    np.testing.assert_allclose(y, network.predict(prepared.inputs), rtol=1e-12)


def test_what_goes_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    choices = parse({"epochs": 3})
    with pytest.raises(ChoiceError, match="format must be one of onnx, safetensors, c, python, got 'pickle'"):
        model(choices, 1, "pickle")
    with pytest.raises(ChoiceError, match="epoch must be a whole number from 0 to 3"):
        model(choices, 4, "c")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ChoiceError, match=r'pip install "chainrule\[onnx\]"'):
        model(choices, 1, "onnx")
