"""Exports take raw numbers: what they compute is `scaling.outputs(net.predict(scaling.inputs(X)))`."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.arrays import Array
from chainrule.interop.c_source import to_c
from chainrule.interop.exported_scaling import exported_scaling
from chainrule.interop.python_source import to_python
from chainrule.interop.scaling import Scaling
from tests.exported_networks import scattered

COMPILER = shutil.which("gcc") or shutil.which("cc")
STRICT = ["-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic"]
MEAN = np.array([1e6 + 0.3, -2.5, 1e-3])
TARGETS = {"target_mean": np.array([1e3, -7.0]), "target_scale": np.array([250.0, 0.1])}
SCALINGS = {
    "all": Scaling(MEAN + np.array([1, 0, -1e-3]), MEAN, np.array([1.0, 40.0, 1e-4]), **TARGETS),
    "inputs": Scaling(MEAN, MEAN, np.array([1.0, 40.0, 1e-4])),
    "fill": Scaling(np.array([1.0, 2.0, 3.0]), np.zeros(3), np.ones(3)),
    "scale": Scaling(np.zeros(3), np.zeros(3), np.array([2.0, 3.0, 4.0])),
    "mean": Scaling(np.zeros(3), np.ones(3), np.ones(3), np.zeros(2), np.array([3.0, 4.0])),
}


def network(dtype: str = "float64") -> cr.Network:
    return scattered(cr.Network([3, 4, 2], hidden="tanh", output="identity", dtype=dtype))


def raw(scaling: Scaling) -> Array:
    """Samples that a float32 can hold, around the means, with values missing."""
    X = scaling.mean + scaling.scale * np.random.default_rng(4).normal(size=(9, 3))
    X = X.astype(np.float32).astype(float)
    X[1, 0] = X[2] = X[3, 2] = np.nan
    return X


def expected(net: cr.Network, scaling: Scaling, X: Array) -> Array:
    return scaling.outputs(net.predict(scaling.inputs(X)))


def require_close(y: Array, net: cr.Network, scaling: Scaling, X: Array, tolerance: float) -> None:
    """Within the tolerance of what the outputs are as the targets' scale and mean are."""
    wanted = expected(net, scaling, X)
    size = np.abs(wanted).max(axis=0).clip(1)
    np.testing.assert_allclose(y / size, wanted / size, rtol=0, atol=tolerance)


def onnx_outputs(model: Any, X: Array) -> Any:
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"X": X.astype(np.float32)})[0]


@pytest.mark.parametrize("name", SCALINGS)
def test_onnx(name: str) -> None:
    pytest.importorskip("onnx")
    net, scaling = network(), SCALINGS[name]
    X = raw(scaling)
    for opset in (13, 22):
        y = onnx_outputs(cr.onnx.to_onnx(net, scaling=scaling, target_opset=opset), X)
        require_close(y, net, scaling, X, 1e-5)
    with pytest.raises(AssertionError):  # the comparison can tell
        require_close(y * (1 + 3e-5), net, scaling, X, 1e-5)


def test_onnx_writes_what_changes_something() -> None:
    pytest.importorskip("onnx")
    net = network()

    def operators(scaling: Scaling) -> list[str]:
        return [node.op_type for node in cr.onnx.to_onnx(net, scaling=scaling).graph.node]

    layers = ["MatMul", "Add", "Tanh", "MatMul", "Add"]
    assert operators(SCALINGS["fill"]) == ["IsNaN", "Where", *layers, "Identity"]
    assert operators(SCALINGS["scale"]) == ["Div", "IsNaN", "Where", *layers, "Identity"]
    assert operators(SCALINGS["mean"]) == ["Sub", "IsNaN", "Where", *layers, "Mul", "Identity"]
    assert operators(SCALINGS["all"]) == ["Sub", "Sub", "Div", "IsNaN", "Where", *layers, "Mul", "Add", "Identity"]


def test_onnx_files_and_classifiers(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    net = scattered(cr.Network([3, 4, 2], output="softmax"))
    cr.onnx.save(net, tmp_path / "m.onnx", classes=["a", "b"], scaling=SCALINGS["inputs"])
    found = cr.onnx.read(tmp_path / "m.onnx")
    assert found.classes == ["a", "b"]
    with pytest.raises(ValueError, match="probabilities are not scaled"):
        cr.onnx.to_onnx(net, classes=["a", "b"], scaling=SCALINGS["all"])


@pytest.mark.parametrize("name", SCALINGS)
def test_a_scaling_comes_back_from_onnx(name: str) -> None:
    pytest.importorskip("onnx")
    net, scaling = network("float32"), SCALINGS[name]
    X = raw(scaling)
    model = cr.onnx.to_onnx(net, scaling=scaling)
    whole = cr.onnx.from_onnx(model)
    # A mean of a million needs float64; where nothing was made a part of the weights, they are what they were.
    assert whole.parameters.dtype == ("float32" if name == "fill" else "float64")
    full = np.where(np.isnan(X), scaling.fill, X)
    require_close(whole.predict(full), net, scaling, X, 1e-5)


@pytest.mark.parametrize("name", SCALINGS)
def test_a_scaling_is_read_apart(name: str, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    net, scaling = network("float32"), SCALINGS[name]
    X = raw(scaling)
    cr.onnx.save(net, tmp_path / "m.onnx", scaling=scaling)
    found = cr.onnx.read(tmp_path / "m.onnx")
    assert found.scaling is not None
    assert found.network.weights[0].tobytes() == net.weights[0].tobytes()
    require_close(found.scaling.outputs(found.network.predict(found.scaling.inputs(X))), net, scaling, X, 1e-5)


@pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5)])
def test_c(dtype: str, tolerance: float, tmp_path: Path) -> None:
    assert COMPILER is not None
    net, lines, calls = network(), ["#include <stdio.h>"], []
    number = "float" if dtype == "float32" else "double"
    for name, scaling in SCALINGS.items():
        (tmp_path / f"{name}.h").write_text(to_c(net, f"m_{name}", dtype=dtype, scaling=scaling), encoding="ascii")
        rows = [", ".join("NAN" if np.isnan(x) else f"{x:.17g}" for x in row) for row in raw(scaling).tolist()]
        lines.append(f'#include "{name}.h"')
        calls.append(
            f"{{ static const {number} X[9][3] = {{{', '.join(f'{{{row}}}' for row in rows)}}}; {number} y[2];\n"
            f"for (int i = 0; i < 9; i++) {{ m_{name}_predict(X[i], y);"
            'printf("%.17g %.17g\\n", (double)y[0], (double)y[1]); } }'
        )
    (tmp_path / "main.c").write_text("\n".join([*lines, "int main(void) {", *calls, "return 0; }"]))
    subprocess.run([COMPILER, *STRICT, "main.c", "-o", "main", "-lm"], cwd=tmp_path, check=True)
    printed = subprocess.run([str(tmp_path / "main")], capture_output=True, text=True, check=True).stdout.split()
    for (name, scaling), y in zip(SCALINGS.items(), np.array(printed, float).reshape(-1, 9, 2), strict=True):
        require_close(y, net, scaling, raw(scaling), tolerance)
        assert name in SCALINGS


def test_the_c_header_says_what_it_takes() -> None:
    assert "nothing is\n *           scaled here" in to_c(network())
    text = to_c(network(), scaling=SCALINGS["all"])
    assert "raw: they are scaled here" in text
    assert "brought to the scale of the targets" in text
    assert "mean_rest" not in text
    assert "model_mean_rest[i]) / model_scale[i]" in to_c(network(), dtype="float32", scaling=SCALINGS["all"])


@pytest.mark.parametrize("name", SCALINGS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_python(name: str, dtype: str) -> None:
    net, scaling = network(dtype), SCALINGS[name]
    X = raw(scaling)
    model: dict[str, Any] = {}
    exec(to_python(net, scaling=scaling), model)
    wanted = expected(net, scaling, X)
    assert model["predict"](X).tobytes() == wanted.tobytes()


def test_what_does_not_fit_is_refused() -> None:
    ones = np.ones(3)
    for scaling, message in (
        (Scaling(ones[:2], ones, ones), r"fill must have shape \(3,\), as the network has, got \(2,\)"),
        (Scaling(ones, ones, np.array([1.0, 0.0, 1.0])), "scale must not be 0 in float64, but column 1 is"),
        (Scaling(ones, ones * np.nan, ones), "mean must be finite in float64, got nan"),
        (Scaling(ones, ones, ones, target_mean=np.ones(2)), "go together, but only target_mean is given"),
        (Scaling(ones, ones, ones, np.ones(2), np.ones(3)), r"target_scale must have shape \(2,\)"),
    ):
        with pytest.raises(ValueError, match=message):
            to_python(network(), scaling=scaling)
        with pytest.raises(ValueError):
            to_c(network(), scaling=scaling)
    tiny = Scaling(ones, ones, np.array([1.0, 1.0, 1e-60]))
    with pytest.raises(ValueError, match="scale must not be 0 in float32, but column 2 is"):
        exported_scaling(tiny, (3, 2), np.dtype("float32"))
