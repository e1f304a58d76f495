"""What is brought in: models, runs and tables, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.interop.safetensors import to_bytes
from chainrule.network import Network
from chainrule.play import moments, take_away
from chainrule.play.bring_in import LARGEST_MODEL, from_file, opened
from chainrule.play.choices import Choices, parse
from chainrule.play.features import FEATURES
from chainrule.play.setup import prepare
from tests.exported_networks import scattered


def settings(net: Network) -> Choices:
    """What a model becomes."""
    return parse(json.loads(json.dumps(opened("m.safetensors", to_bytes(net)), allow_nan=False))["settings"])


@pytest.mark.parametrize(
    "net",
    [
        cr.Network([2, 3, 3, 1], seed=0),
        cr.Network([1, 4, 1], hidden="tanh", output="identity", dtype="float32", seed=0),
        cr.Network([7, 4, 5, 3], hidden=["prelu", "relu"], output="softmax", normalization="batch_norm", dropout=0.5),
        cr.Network([3, 1], hidden=[]),
    ],
)
def test_a_model_goes_on_from_its_parameters(net: Network) -> None:
    scattered(net)
    made = prepare(settings(net))
    assert made.feature_names == tuple(FEATURES)[: net.structure.sizes[0]]
    assert made.network.numbers.tolist() == net.numbers.tolist()
    X = np.random.default_rng(0).normal(size=(5, net.structure.sizes[0]))
    np.testing.assert_allclose(made.network.predict(X), net.predict(X), rtol=1e-6 if net.numbers.dtype == "f4" else 0)
    assert made.network.structure.layers[0].dropout == net.structure.layers[0].dropout


def test_what_the_playground_wrote_comes_back_with_its_run() -> None:
    choices = parse(
        {"data": "moons", "n": 40, "features": ["x2", "product"], "standardize": True, "epochs": 20, "seed": 3,
         "optimizer": "adam", "edits": [[5, 0, 1.0]]}
    )  # fmt: skip
    name, _, content = take_away.model(choices, 20, "safetensors")
    back = parse(opened(name, content)["settings"])
    at = moments.network_at(choices, 20)
    assert prepare(back).network.numbers.tobytes() == at.network.numbers.tobytes()
    assert back.to_json() == choices.to_json() | {"edits": [], "parameters": at.network.numbers.tolist()}


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (cr.Network([8, 1]), "takes 8 inputs; the playground has 7 at most"),
        (cr.Network([2, 3, 2], output="softmax"), "has 2 outputs; the playground has 1, or 3 to 6"),
        (cr.Network([2, 3, 7], output="softmax"), "has 7 outputs"),
        (cr.Network([2, 3, 3, 1], normalization=["batch_norm", None]), "differ in normalization"),
        (cr.Network([2, 3, 3, 1], dropout=[0.5, 0.0]), "differ in dropout"),
        (cr.Network([2, 3, 1], hidden=cr.activations.get("elu", alpha=0.5)), "knows elu with its defaults only"),
        (cr.Network([2, 65, 1]), "hidden must be a whole number from 1 to 64, got 65"),
        (cr.Network([2, 3, 1], hidden="softmax"), "activations.*softmax"),
        (cr.Network([2, *[2] * 7, 1]), "hidden must have 0 to 6 items"),
        (cr.Network([2, 64, 64, 64, 64, 64, 60, 1]), "parameters; the most is 20,000"),
    ],
)
def test_networks_that_the_playground_has_not(net: Network, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        opened("m.safetensors", to_bytes(net))


def test_damaged_models_and_those_of_tables(tmp_path: Path) -> None:
    content = bytearray(to_bytes(cr.Network([2, 3, 1], seed=0)))
    content[-1] ^= 1
    with pytest.raises(ValueError, match=r"^'m.safetensors': its checksum does not fit"):
        opened("m.safetensors", bytes(content))
    with pytest.raises(ValueError, match="cut off, or no safetensors file"):
        opened("m.safetensors", b"\x00" * 5)
    with pytest.raises(ValueError, match="cut off, or no safetensors file"):
        opened("m.safetensors", b"\xff" * 100)
    with pytest.raises(ValueError, match="the model of a table"):
        opened("m.safetensors", to_bytes(cr.Network([2, 3, 1]), preprocessing="{}"))
    with pytest.raises(ValueError, match="4,000,001 bytes; the most is 4,000,000"):
        opened("m.safetensors", b"0" * (LARGEST_MODEL + 1))


def test_a_run_comes_back() -> None:
    choices = parse({"data": "spirals", "classes": 3, "hidden": [8], "activations": ["relu"], "epochs": 7})
    saved = json.dumps({"chainrule": cr.__version__, "settings": choices.to_json()}).encode()
    assert parse(opened("run.json", saved)["settings"]) == choices


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "it is no JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"settings": {"epochs": NaN}}', "it holds NaN"),
        ('{"settings": {"epochs": 1e999}}', "epochs must be a whole number"),
        ('{"settings": {"epochs": ' + "9" * 5000 + "}}", "it is no JSON"),
        ("[]", "it is no run of the playground"),
        ('{"settings": 3}', "it is no run of the playground"),
        ('{"settings": {"speed": 3}}', "there is no setting 'speed'"),
        ('{"settings": {"loss": "categorical_cross_entropy"}}', "for more than two classes"),
        ("\ud800", "it is no JSON"),
    ],
)
def test_what_is_no_run(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        opened("run.json", text.encode("utf-8", "surrogatepass"))


def test_other_files_and_tables() -> None:
    assert opened("A.CSV", b"a,b\n1,2\n")["table"]["rows"] == [[1.0, 2.0]]
    for name in ("a.exe", "csv", "", "../../a.pkl"):
        with pytest.raises(ValueError, match="of no kind that can be opened"):
            opened(name, b"")


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_table_from_the_command_line(tmp_path: Path) -> None:
    text = "id,width,height,kind\nr1,100,1,pear\nr2,,3,fig\nr3,300,4,fig\nr4,250,2,pear\n"
    made = from_file(written(tmp_path, "fruit.csv", text), "data")
    assert made == {
        "data": "own", "standardize": True, "own_task": "classification", "class_names": ["fig", "pear"],
        "points": [[100.0, 1.0, 1], [300.0, 4.0, 0], [250.0, 2.0, 1]],
    }  # fmt: skip
    assert prepare(parse(made)).task == "binary"


def test_numbers_to_be_learned_and_numbered_classes(tmp_path: Path) -> None:
    made = from_file(written(tmp_path, "a.csv", "1,2,0.5\n2,1,100\n"), "data")
    assert made["own_task"] == "regression"
    assert made["points"] == [[1.0, 2.0, 0.5], [2.0, 1.0, 100.0]]
    made = from_file(written(tmp_path, "a.csv", "a,b,c\n1,2,-1\n2,1,10\n2,1,3\n"), "data")
    assert made["class_names"] == ["-1", "3", "10"]
    assert [y for _, _, y in made["points"]] == [0, 2, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,x\n", "two columns of numbers before its last one"),
        ("a,b,c\n1,2,x\n2,2,x\n,3,y\n", "one class only"),
        ("a,b,c\n" + "".join(f"{i},1,w{i}\n" for i in range(7)), "has 7 different words; the most is 6"),
        ("a,b,c\n1,,x\n,3,y\n", "no row has all of 'a', 'b' and 'c'"),
        ("a,b,c\n1e7,1,x\n2,3,y\n", "points must be a number from"),
        ("", "is empty"),
    ],
)
def test_tables_of_which_no_run_can_be_made(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_file(written(tmp_path, "a.csv", text), "data")


def test_open_on_the_command_line(tmp_path: Path) -> None:
    net = cr.Network([2, 3, 1], seed=5)
    made: dict[str, Any] = from_file(written(tmp_path, "m.safetensors", to_bytes(net)), "open")
    assert made["parameters"] == net.numbers.tolist()
    with pytest.raises(ValueError, match=r"a table and no run; pass --data a\.csv"):
        from_file(written(tmp_path, "a.csv", "a,b\n1,2\n"), "open")
    with pytest.raises(FileNotFoundError):
        from_file(tmp_path / "none.json", "open")
