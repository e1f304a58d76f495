"""The names that other people's code calls us by, and what importing them costs."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import chainrule as cr

PACKAGE = Path(cr.__file__).parent
MODULES = [
    info.name
    for info in pkgutil.walk_packages([str(PACKAGE)], "chainrule.")
    if not info.ispkg and not info.name.endswith("__main__")
]


def test_the_names_of_the_package() -> None:
    assert {
        *("derive", "Derivation", "trace", "Trace", "check_gradients", "GradientCheck"),
        *("Network", "Gradients", "SGD", "History", "Callback", "PrintLoss", "DivergenceError"),
        *("EarlyStopping", "ModelCheckpoint", "ReduceLROnPlateau", "LearningRateScheduler", "CSVLogger", "TensorBoard"),
        *("TerminateOnNaN", "LambdaCallback", "MLflowLogger", "WandbLogger", "Checkpoint"),
        *("activations", "losses", "initializers", "optimizers", "schedules", "callbacks", "datasets"),
        *("Adagrad", "Adadelta", "RMSprop", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "Lion", "Rprop", "LBFGS"),
    } <= set(cr.__all__)
    assert sorted(cr.__all__) == sorted(set(cr.__all__))
    for name in cr.__all__:
        assert getattr(cr, name) is not None


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_offers(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    assert module.__all__
    for public in module.__all__:
        assert hasattr(module, public), public


def parameters(function: Callable[..., Any]) -> tuple[list[str], dict[str, Any]]:
    """Which parameters may be passed by position, and which by name only, with their defaults."""
    signature = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
    return (
        [p.name for p in signature if p.kind is p.POSITIONAL_OR_KEYWORD],
        {p.name: p.default for p in signature if p.kind is p.KEYWORD_ONLY},
    )


def test_signatures() -> None:
    assert parameters(cr.Network.__init__) == (
        ["sizes"],
        {
            "hidden": "sigmoid",
            "output": "sigmoid",
            "normalization": None,
            "dropout": 0.0,
            "initializer": "he_normal",
            "seed": None,
            "dtype": "float64",
        },
    )
    positional, named = parameters(cr.Network.fit)
    assert positional == ["X", "y", "loss"]
    assert {"optimizer", "epochs", "batch_size", "shuffle", "validation_data", "callbacks", "engine"} <= set(named)
    assert (named["batch_size"], named["validation_data"], named["callbacks"]) == (None, None, ())
    assert (named["engine"], named["verbose"]) == ("auto", "auto")
    assert (named["optimizer"], named["epochs"], named["shuffle"]) == ("sgd", 1000, True)
    positional, named = parameters(cr.Network.gradients)
    assert positional == ["X", "y", "loss"]
    assert named == {"sample_weight": None, "engine": "reference"}
    assert parameters(cr.Network.predict) == (["X"], {})
    assert parameters(cr.SGD) == (
        ["learning_rate"],
        {"clip_value": None, "clip_norm": None, "momentum": 0.0, "nesterov": False},
    )
    assert parameters(cr.SGD.step)[0] == ["parameters", "gradients", "state"]
    assert parameters(cr.datasets.linear) == (["n"], {"seed": 0})
    assert parameters(cr.datasets.moons) == (["n"], {"noise": 0.1, "seed": 0})
    assert parameters(cr.datasets.circles) == (["n"], {"noise": 0.1, "factor": 0.5, "seed": 0})
    assert parameters(cr.datasets.spirals) == (["n"], {"classes": 2, "turns": 1.5, "noise": 0.02, "seed": 0})
    assert parameters(cr.datasets.gaussians) == (["n"], {"classes": 2, "spread": 0.2, "seed": 0})


def test_the_examples_of_the_design_run() -> None:
    X, y = cr.datasets.xor()
    net = cr.Network([2, 3, 3, 1], hidden="sigmoid", output="sigmoid", initializer="he_normal", seed=0, dtype="float64")
    assert (len(net.weights), len(net.biases), net.parameters.shape) == (3, 3, (25,))
    assert net.predict(X).shape == (21, 1)
    gradients = net.gradients(X, y, loss="binary_cross_entropy")
    assert isinstance(gradients.loss, float)
    assert (len(gradients.weights), len(gradients.biases)) == (3, 3)
    history = net.fit(
        X, y, loss="binary_cross_entropy", optimizer=cr.SGD(0.3, momentum=0.9), epochs=3, validation_data=(X, y)
    )
    assert len(history.loss) == len(history.epoch) == len(history.history["val_loss"]) == 3
    assert cr.activations.get("tanh").derivative(0.0) == 1
    L = cr.losses.get("binary_cross_entropy")
    assert L([0.0], [1]) > 0 > L.derivative([0.0], [1])[0]
    optimizer = cr.SGD(0.001)
    params, state = optimizer.step([1.0], [2.0], optimizer.init([1.0]))
    assert (params.tolist(), state["t"]) == ([0.998], 1)


@pytest.mark.parametrize("name", cr.__all__)
def test_any_name_may_be_the_first_that_is_asked_for(name: str) -> None:
    code = f"import chainrule\nprint(chainrule.{name})"
    assert (
        name.lower()
        in subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.lower()
    )


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("", {"numpy"}),  # a public name is imported when it is first asked for
        ("chainrule.Network([2, 3, 1]).predict([[0.0, 1.0]])", set()),
    ],
    ids=["import", "predict"],
)
def test_nothing_heavy_is_imported(code: str, absent: set[str]) -> None:
    code = f"import chainrule\n{code}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = set(printed.split())
    assert "chainrule" in loaded
    assert loaded.isdisjoint(absent | {"matplotlib", "rich", "click", "jinja2", "llvmlite", "scipy", "pandas"})


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_lets_a_library_differentiate(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert not imported & {"autograd", "jax", "torch", "tensorflow", "sympy", "casadi", "aesara", "pytensor"}


def test_the_version_is_a_version() -> None:
    assert [part.isdigit() for part in cr.__version__.split(".")[:2]] == [True, True]
