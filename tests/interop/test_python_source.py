"""The file runs where there is no chainrule, and predicts the same bits."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.arrays import Array
from chainrule.interop.python_source import to_python
from tests.exported_networks import CASES, network, samples, scattered


def run(sources: list[str], X: Array, folder: Path) -> list[Array]:
    """What the files compute, each on its own, in an interpreter that finds no chainrule."""
    for i, source in enumerate(sources):
        (folder / f"m{i}.py").write_text(source, encoding="utf-8")
    np.save(folder / "X.npy", X)
    program = f"""
import sys
sys.modules["chainrule"] = None
sys.modules["scipy"] = None
import numpy as np
X = np.load("X.npy")
np.savez("y.npz", *[__import__(f"m{{i}}").predict(X) for i in range({len(sources)})])
"""
    (folder / "main.py").write_text(program)
    subprocess.run([sys.executable, "-W", "error", "main.py"], cwd=folder, check=True)
    with np.load(folder / "y.npz") as y:
        return [y[f"arr_{i}"] for i in range(len(sources))]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_activation_and_normalization(dtype: str, tmp_path: Path) -> None:
    nets, X = [network(f, norm, dtype) for f, norm in CASES], samples(dtype)
    for (activation, norm), net, y in zip(CASES, nets, run([to_python(n) for n in nets], X, tmp_path), strict=True):
        expected = net.predict(X)
        assert y.dtype == expected.dtype
        if activation == "gelu":  # the standard library's erfc rounds in its own way
            np.testing.assert_allclose(y, expected, rtol={"float64": 1e-12, "float32": 1e-5}[dtype], atol=1e-300)
        else:
            assert y.tobytes() == expected.tobytes(), (activation, norm)


def test_names_that_are_taken_and_one_layer() -> None:
    net = scattered(cr.Network([2, 3], hidden=[], output=cr.activations.get("prelu", shared=True)))
    X = samples("float64")[:, :2]
    model: dict[str, Any] = {}
    exec(to_python(net), model)
    assert model["predict"](X).tobytes() == net.predict(X).tobytes()
    for bad in (X[0], X[:, :1]):
        with pytest.raises(ValueError, match=r"X must have shape \(n, 2\)"):
            model["predict"](bad)


def test_every_float32_is_read_back() -> None:
    net = cr.Network([50, 200, 1], dtype="float32")
    bits = np.random.default_rng(3).integers(0, 2**32, net.numbers.size, dtype=np.uint32).view(np.float32)
    net.numbers[...] = np.where(np.isfinite(bits), bits, 0)
    model: dict[str, Any] = {}
    exec(to_python(net), model)
    assert model["WEIGHT_0"].tobytes() == net.weights[0].tobytes()


def test_numbers_that_are_not_finite_are_refused() -> None:
    net = cr.Network([2, 1])
    net.parameters[0] = np.nan
    with pytest.raises(ValueError, match="layer 0 has a parameter that is not finite"):
        to_python(net)
