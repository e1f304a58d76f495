"""The program that the page hands out does the run of the page: every loss of it, to the last bit."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.formulas.activations import Activation
from chainrule.formulas.initializers import Initializer
from chainrule.play import moments
from chainrule.play.choices import parse
from chainrule.play.features import FEATURES
from chainrule.play.parameters import OPTIMIZERS, SCHEDULES
from chainrule.play.points import DATA
from chainrule.play.python_code import write

SHORT = {"epochs": 30}
OWN = {"data": "own", "points": [[0.1, 0.2, 0], [0.5, -0.7, 1], [1e-3, 2, 2], [0, 0.25, 1], [-3.5, 1, 0]]}
SMALL = {"optimizer": "sgd", "optimizer_settings": {"learning_rate": 0.02}}
CASES: dict[str, dict[str, Any]] = {
    **{f"data {name}": {"data": name, "n": 40, **SMALL} for name in DATA if name != "own"},
    **{f"optimizer {name}": {"optimizer": name, "optimizer_settings": {}} for name in OPTIMIZERS},
    **{f"schedule {name}": {"schedule": name, "batch_size": 6} for name in SCHEDULES},
    **{f"initializer {name}": {"initializer": name} for name in Initializer.names()},
    "own points": {**OWN, **SMALL},
    "own numbers": {**OWN, "own_task": "regression", **SMALL},
    "four classes": {"data": "spirals", "n": 50, "classes": 4, "hidden": [8, 5], "activations": ["relu", "prelu"]},
    "two spirals": {"data": "gaussians", "noise": 0.3, "classes": 2, "n": 30},
    "no hidden layer": {"hidden": [], "activations": []},
    "validation": {"data": "moons", "n": 50, "validation_share": 0.3},
    "standardized, held out": {"data": "circles", "n": 33, "validation_share": 0.25, "standardize": True},
    "every feature": {"data": "circles", "n": 30, "features": list(FEATURES)},
    "some features": {"features": ["product", "sin_x2"], "standardize": True},
    "only x2": {"features": ["x2"]},
    "batches": {"batch_size": 4, "seed": 7},
    "a batch larger than all": {"batch_size": 1000},
    "batch norm and dropout": {"normalization": "batch_norm", "dropout": 0.25, "batch_size": 7},
    "layer norm": {"normalization": "layer_norm", "hidden": [4, 4], "activations": ["tanh", "gelu"]},
    "penalties": {"l1": 1e-3, "l2": 0.01},
    "another output": {"output": "tanh", "loss": "mean_squared_error"},
    "huber": {"data": "waves", "n": 40, "loss": "huber", **SMALL},
    "hinge": {"loss": "hinge"},
    "flags": {"optimizer_settings": {"learning_rate": 0.1, "momentum": 0.5, "nesterov": True}},
    "clipping": {"optimizer_settings": {"clip_value": 0.01, "clip_norm": 0.02}},
    "few evaluations": {"optimizer": "lbfgs", "optimizer_settings": {"max_evaluations": 9}},
    "piecewise": {
        "schedule": "piecewise_constant_decay",
        "schedule_settings": {"boundaries": [5, 20], "factors": [0.1, 0.01]},
    },
    "warm-up": {"schedule": "cosine_decay", "schedule_settings": {"warmup_steps": 10, "decay_steps": 15}},
    "edits": {"edits": [[0, 3, 0.5], [10, 0, -1.5], [10, 1, 2], [20, 4, 0.1], [30, 5, 9]]},
    "edits under a schedule": {
        "edits": [[7, 0, 1.0]],
        "schedule": "one_cycle",
        "optimizer": "adam",
        "batch_size": 5,
        "dropout": 0.1,
        "normalization": "batch_norm",
    },
    "given parameters": {"hidden": [2], "activations": ["elu"], "parameters": [0.5, -1, 2, 1 / 3, 0, 0, 9, 1, -0.1]},
}


def losses_of(program: str, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The losses of every epoch that the program trains."""
    losses: list[float] = []
    fit = cr.Network.fit

    def watched(self: cr.Network, *arguments: Any, **options: Any) -> Any:
        history = fit(self, *arguments, **options)
        losses.extend(history.loss)
        return history

    with monkeypatch.context() as patched:
        patched.setattr(cr.Network, "fit", watched)
        exec(program, {})
    return losses


@pytest.mark.parametrize("name", CASES)
def test_the_program_does_the_run(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    choices = parse(SHORT | CASES[name])
    program = write(choices)
    at = moments.network_at(choices, choices.epochs)
    losses = losses_of(program, monkeypatch)
    assert losses == at.history
    assert capsys.readouterr().out == f"loss {at.history[-1]!r}\n"
    assert all(len(line) <= 120 for line in program.splitlines())


@pytest.mark.parametrize("name", [name for name in Activation.names() if "softmax" not in name])
def test_every_activation(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    choices = parse({"epochs": 3, "hidden": [4], "activations": [name], "optimizer": "adam"})
    assert losses_of(write(choices), monkeypatch) == moments.network_at(choices, 3).history


def test_the_network_ends_as_the_run_does() -> None:
    choices = parse(SHORT | CASES["edits"])
    made: dict[str, Any] = {}
    exec(write(choices), made)
    expected = moments.network_at(choices, 30).network.numbers
    assert made["net"].numbers.tobytes() == expected.tobytes()
    assert expected[5] == 9


def test_only_what_differs_from_the_defaults_is_written() -> None:
    program = write(parse({}))
    assert "Network([2, 3, 3, 1], seed=0)" in program
    assert 'fit(X, y, epochs=5000, optimizer=cr.SGD(0.3, momentum=0.9), engine="compiled")' in program
    assert "numpy" not in program
    assert program.count("\n") == 11


def test_names_from_a_file_are_not_run() -> None:
    choices = parse({**OWN, "class_names": ['"""; raise SystemExit', "b", "c"], **SHORT, **SMALL})
    assert "SystemExit" not in write(choices)


def test_a_run_that_diverges_does_so_in_the_program() -> None:
    choices = parse(
        {"data": "plane", "n": 30, "optimizer_settings": {"learning_rate": 100}, "hidden": [8], "activations": ["relu"]}
    )
    with pytest.raises(cr.DivergenceError), np.errstate(all="ignore"):
        exec(write(choices), {})
