"""The header compiles without a warning, and what it computes is what `predict` does."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.arrays import Array
from chainrule.formulas.activations import Activation
from chainrule.interop.c_source import to_c
from chainrule.interop.formula_source import UnknownOperationError
from tests.exported_networks import CASES, network, samples, scattered

COMPILER = shutil.which("gcc") or shutil.which("cc")
STRICT = ["-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic"]
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}

needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")


def outputs(nets: list[cr.Network], X: Array, folder: Path, dtype: str | None = None) -> list[Array]:
    """What the headers of these networks compute, all in one program."""
    assert COMPILER is not None
    lines = ["#include <stdio.h>"]
    calls = []
    for i, net in enumerate(nets):
        (folder / f"m{i}.h").write_text(to_c(net, f"m{i}", dtype=dtype), encoding="ascii")
        lines.append(f'#include "m{i}.h"')
        number = "float" if (dtype or net.parameters.dtype) == "float32" else "double"
        rows = ", ".join(f"{{{', '.join(f'{x:.17g}' for x in row)}}}" for row in X.tolist())
        calls.append(
            f"{{ static const {number} X[{len(X)}][M{i}_INPUTS] = {{{rows}}}; {number} y[M{i}_OUTPUTS];\n"
            f"for (int i = 0; i < {len(X)}; i++) {{ m{i}_predict(X[i], y);\n"
            f'for (int j = 0; j < M{i}_OUTPUTS; j++) printf("%.17g\\n", (double)y[j]); }} }}'
        )
    (folder / "main.c").write_text("\n".join([*lines, "int main(void) {", *calls, "return 0; }"]))
    program = folder / "main"
    subprocess.run([COMPILER, *STRICT, str(folder / "main.c"), "-o", str(program), "-lm"], check=True)
    printed = subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout.split()
    numbers = iter(map(float, printed))
    return [np.array([[next(numbers) for _ in range(net.structure.sizes[-1])] for _ in X]) for net in nets]


@needs_compiler
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_activation_and_normalization(dtype: str, tmp_path: Path) -> None:
    nets, X = [network(f, norm, dtype) for f, norm in CASES], samples(dtype)
    for case, net, y in zip(CASES, nets, outputs(nets, X, tmp_path), strict=True):
        expected = net.predict(X)
        scale = np.abs(expected).max(axis=1, keepdims=True)  # what cancels is right beside what it is made of
        np.testing.assert_allclose(y / scale, expected / scale, rtol=0, atol=TOLERANCE[dtype], err_msg=str(case))


@needs_compiler
def test_other_shapes(tmp_path: Path) -> None:
    nets = [
        scattered(cr.Network([3, 1], output="identity")),
        scattered(cr.Network([3, 7, 1], hidden=cr.activations.get("prelu", shared=True), normalization="batch_norm")),
        scattered(cr.Network([3, 2, 9, 4, 3], hidden=[cr.activations.get("elu", alpha=a) for a in (0.5, 1, 0.5)])),
    ]
    X = samples("float64")[:6]
    for net, y in zip(nets, outputs(nets, X, tmp_path), strict=True):
        np.testing.assert_allclose(y, net.predict(X), rtol=1e-12, atol=1e-14)
    for net, y in zip(nets, outputs(nets, X, tmp_path, "float32"), strict=True):
        np.testing.assert_allclose(y, net.predict(X), rtol=1e-5, atol=1e-6)
    with pytest.raises(AssertionError):  # the comparison can tell
        np.testing.assert_allclose(y, net.predict(X) * (1 + 1e-4), rtol=1e-5, atol=1e-6)


def test_formulas_that_differ_have_functions_of_their_own() -> None:
    source = to_c(cr.Network([1, 2, 2, 2, 1], hidden=[cr.activations.get("elu", alpha=a) for a in (0.5, 1, 0.5)]))
    assert source.count("void model_elu(") == source.count("void model_elu_2(") == 1
    assert "model_elu(a, 2);\n    model_dense(a, 2, model_weight_1" in source


def test_the_top_of_the_file_says_how_to_use_it() -> None:
    net = cr.Network([4, 8, 3], output="softmax", normalization="batch_norm", dtype="float32")
    text = to_c(net, "iris")
    assert "float x[IRIS_INPUTS], y[IRIS_OUTPUTS];\n *     iris_predict(x, y);" in text
    assert "3 outputs: softmax, at least 0 and at most 1" in text
    assert f"{4 * (4 * 8 + 8 + 8 * 3 + 3)} bytes of constants" in text
    assert "Batch normalization, with its running statistics, is a part of the weights" in text
    assert "malloc" not in text


class Ramp(Activation, abstract=True):
    """An activation with an operation that predictions elsewhere do not have."""

    name = "ramp"

    @staticmethod
    def value(z: Array) -> Array:
        return np.arctan2(z, 1.0)


def test_what_cannot_be_exported() -> None:
    net = cr.Network([2, 1], hidden=[])
    for name in ("2x", "a-b", "", "*/", 3):
        with pytest.raises(ValueError, match="name must be a C identifier"):
            to_c(net, name)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="dtype must be"):
        to_c(net, dtype="int8")
    with pytest.raises(UnknownOperationError, match="no way to write arctan2, used by a formula, in C"):
        to_c(cr.Network([2, 1], hidden=[], output=Ramp()))
    net.parameters[0] = 1e300
    with pytest.raises(ValueError, match="layer 0 has a parameter that is not finite in float32"):
        to_c(net, dtype="float32")
