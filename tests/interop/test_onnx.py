"""The graph is what onnx's checker passes, and onnxruntime computes from it what `predict` does."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.arrays import Array
from chainrule.formulas.activations import Activation
from chainrule.formulas.elementary import erfc, expm1, heaviside, log1p, square, tanh
from chainrule.interop.formula_source import UnknownOperationError
from tests.exported_networks import CASES, network, samples, scattered

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")


def outputs(model: Any, X: Array) -> list[Any]:
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    result: list[Any] = session.run(None, {"X": X.astype(np.float32)})
    return result


@pytest.mark.parametrize("opset", [13, 18, 22])
def test_every_activation_and_normalization(opset: int) -> None:
    X = samples("float32")
    for activation, norm in CASES:
        net = network(activation, norm, "float32")
        (y,) = outputs(cr.onnx.to_onnx(net, target_opset=opset), X)
        expected = net.predict(X)
        scale = np.abs(expected).max(axis=1, keepdims=True).clip(1e-30)
        np.testing.assert_allclose(y / scale, expected / scale, rtol=0, atol=1e-5, err_msg=f"{activation} {norm}")


def test_the_conventions() -> None:
    net = scattered(cr.Network([3, 4, 2], hidden="relu", output="identity", normalization="batch_norm", dropout=0.5))
    model = cr.onnx.to_onnx(net)
    assert [node.op_type for node in model.graph.node] == ["MatMul", "Add", "Relu", "MatMul", "Add", "Identity"]
    assert (model.producer_name, model.producer_version) == ("chainrule", cr.__version__)
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 13)]
    assert model.ir_version <= 10
    (x,) = model.graph.input
    assert (x.name, x.type.tensor_type.elem_type) == ("X", onnx.TensorProto.FLOAT)
    assert [d.dim_param or d.dim_value for d in x.type.tensor_type.shape.dim] == ["N", 3]
    assert [output.name for output in model.graph.output] == ["variable"]
    assert cr.onnx.to_onnx(net, target_opset=22).ir_version <= 10


@pytest.mark.parametrize("classes", [[7, -1, 3], ["ärgerlich", "b", ""]])
def test_classifiers_of_many_classes(classes: list[Any]) -> None:
    net, X = scattered(cr.Network([3, 4, 3], output="softmax")), samples("float64")
    model = cr.onnx.to_onnx(net, classes=classes)
    assert [output.name for output in model.graph.output] == ["label", "probabilities"]
    labels, probabilities = outputs(model, X)
    np.testing.assert_allclose(probabilities, net.predict(X), rtol=1e-5, atol=1e-6)
    assert list(labels) == [classes[i] for i in net.predict(X).argmax(axis=1)]


def test_a_classifier_of_two_classes() -> None:
    net, X = scattered(cr.Network([3, 4, 1])), samples("float64")
    labels, probabilities = outputs(cr.onnx.to_onnx(net, classes=[10, 20]), X)
    p = net.predict(X)
    np.testing.assert_allclose(probabilities, np.hstack([1 - p, p]), rtol=1e-5, atol=1e-6)
    assert labels.dtype == np.int64
    assert labels.tolist() == np.where(p[:, 0] > 0.5, 20, 10).tolist()


class Own(Activation, abstract=True):
    """An activation of every operation that ONNX has no operator for."""

    name = "sigmoid"  # and not the package's sigmoid

    @staticmethod
    def value(z: Any) -> Any:
        return log1p(square(z)) + erfc(z) - expm1(-square(tanh(z))) + heaviside(z, 0.5)


class Unknown(Activation, abstract=True):
    """An activation of an operation that no formula of the package uses."""

    name = "unknown"

    @staticmethod
    def value(z: Any) -> Any:
        return np.arctan2(z, 1.0)


def test_an_activation_of_ones_own() -> None:
    net, X = scattered(cr.Network([3, 4, 2], hidden=Own(), output="identity")), samples("float64")
    np.testing.assert_allclose(outputs(cr.onnx.to_onnx(net), X)[0], net.predict(X), rtol=1e-5, atol=1e-5)


def test_a_file(tmp_path: Path) -> None:
    net = scattered(cr.Network([3, 4, 2]))
    cr.onnx.save(net, tmp_path / "m.onnx", target_opset=15)
    first = (tmp_path / "m.onnx").read_bytes()
    assert first == cr.onnx.to_onnx(net, target_opset=15).SerializeToString(deterministic=True)
    assert onnx.load(tmp_path / "m.onnx").opset_import[0].version == 15


def test_what_is_refused() -> None:
    net = cr.Network([2, 3, 1])
    for opset in (12, 23):
        with pytest.raises(ValueError, match="target_opset must be from 13 to 22"):
            cr.onnx.to_onnx(net, target_opset=opset)
    for classes in ([1], [1, 1], [1, 2, 3]):
        with pytest.raises(ValueError, match="classes must be 2 different labels"):
            cr.onnx.to_onnx(net, classes=classes)
    with pytest.raises(TypeError, match="whole numbers, or all of them text"):
        cr.onnx.to_onnx(net, classes=[1, "a"])
    with pytest.raises(ValueError, match="a classifier ends in softmax, or in a single unit of sigmoid"):
        cr.onnx.to_onnx(cr.Network([2, 3, 2]), classes=[0, 1])
    net.parameters[0] = 1e300
    with pytest.raises(ValueError, match="not finite in float32"):
        cr.onnx.to_onnx(net)
    with pytest.raises(UnknownOperationError, match="in ONNX"):
        cr.onnx.to_onnx(cr.Network([2, 3, 1], hidden=Unknown()))


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r'pip install "chainrule\[onnx\]"'):
        cr.onnx.to_onnx(cr.Network([2, 1]))
    with pytest.raises(ImportError, match=r'pip install "chainrule\[onnx\]"'):
        cr.onnx.load("m.onnx")
