"""The page's own forward pass, in TypeScript, gives what the network predicts."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import erfc

import chainrule as cr
from chainrule.arrays import Array
from chainrule.formulas.expression import Expression
from chainrule.play import choices, moments, setup
from chainrule.play.layers import described, formula
from tests.exported_networks import scattered

FRONTEND = Path(__file__).parents[2] / "frontend"
VITEST = FRONTEND / "node_modules" / "vitest" / "vitest.mjs"
MEAN, SCALE = np.array([0.5, -1.0]), np.array([2.0, 0.25])
ACTIVATIONS = cr.activations.names()


def features(x1: Any, x2: Any) -> list[Any]:
    return [x1, x2, np.square(x1), x1 * x2, np.sin(x2)]


def plane() -> Array:
    """Ordinary points of the plane, and some far out."""
    X = np.random.default_rng(3).normal(size=(40, 2))
    X[37], X[38], X[39] = MEAN, 300.0, -2e4
    return X


def packed(array: Array) -> str:
    return base64.b64encode(np.ascontiguousarray(array, np.float64).tobytes()).decode()


def case(name: str, net: cr.Network) -> dict[str, Any]:
    """A network as the page gets it, and what it predicts."""
    X = plane()
    x1, x2 = ((X - MEAN) / SCALE).T
    symbols = Expression.symbol("x1"), Expression.symbol("x2")
    with np.errstate(all="ignore"):
        expected = net.predict(np.stack(features(x1, x2), axis=1))
    network = {
        "mean": list(MEAN),
        "scale": list(SCALE),
        "features": [{"name": str(f), "formula": formula(f)} for f in features(*symbols)],
        "layers": described(net),
    }
    return {"name": name, "network": network, "numbers": packed(net.numbers), "X": packed(X), "y": packed(expected)}


def networks() -> list[dict[str, Any]]:
    cases = []
    for hidden in ACTIVATIONS:
        for normalization in (None, "batch_norm", "layer_norm"):
            output = "softmax" if hidden == "softmax" else hidden
            net = cr.Network([5, 6, 4, 3], hidden=["tanh", hidden], output=output, normalization=normalization)
            cases.append(case(f"{hidden}, {normalization}", scattered(net)))
    return cases


def whole_run() -> dict[str, Any]:
    """What the page is really sent of a run: all features, three classes, standardized."""
    features = next(field["options"] for field in choices.schema() if field["name"] == "features")
    raw = {"data": "spirals", "classes": 3, "standardize": True, "features": features, "epochs": 20, "dropout": 0.25}
    made = choices.parse(raw)
    sent: list[tuple[dict[str, Any], dict[str, Array]]] = []
    moments.record(made, lambda header, arrays: sent.append((header, arrays)), lambda: False, 1)
    (start, given), *later = sent
    numbers = [arrays["numbers"][-1] for header, arrays in later if header["type"] == "moments"][-1]
    expected = moments.network_at(made, 20).network.predict(setup.prepare(made).inputs)
    return {
        "name": "a run",
        "network": start,
        "numbers": packed(numbers),
        "X": packed(given["X"]),
        "y": packed(expected),
    }


def erfc_table() -> dict[str, str]:
    x = np.concatenate([np.linspace(-7, 26.5, 3001), np.geomspace(1e-300, 26, 500)])
    return {"x": packed(x), "erfc": packed(erfc(x))}


@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
def test_the_page_computes_what_the_network_predicts(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not VITEST.exists():
        assert os.environ.get("CI") != "true", "CI needs Node and `npm ci` in frontend/ for the page's tests"
        pytest.skip("the page's tests need Node and `npm ci` in frontend/")
    cases = tmp_path / "cases.json"
    cases.write_text(json.dumps({"networks": [*networks(), whole_run()], "erfc": erfc_table()}, allow_nan=False))
    environment = {**os.environ, "CHAINRULE_PREDICTIONS": str(cases)}
    command = [node, str(VITEST), "run", "test/predictions.test.ts"]
    done = subprocess.run(command, cwd=FRONTEND, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(ACTIVATIONS) * 3 + 2} passed" in done.stdout
