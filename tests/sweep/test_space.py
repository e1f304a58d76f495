"""What a space file may say, and what is said of one that says something else."""

import re
import sys
from pathlib import Path

import pytest

from chainrule.sweep.setting import Choices, Range
from chainrule.sweep.space import KINDS, Space, parsed, read, space_of
from chainrule.tables.settings import Settings
from chainrule.tables.train_command import train

BASE = Settings("species")


def test_ranges_choices_and_values(tmp_path: Path) -> None:
    file = tmp_path / "space.toml"
    file.write_text(
        """
        layers = { choices = ["32-16", "8", "none"] }
        learning_rate = { low = 1e-4, high = 1, log = true }
        dropout = { low = 0, high = 0.55, step = 0.2 }
        batch_size = { low = 16, high = 65, step = 16 }
        l2 = { choices = [0, 0.01] }
        activation = "tanh"
        epochs = 30
        """
    )
    space = read(file)
    assert space.searched == {
        "layers": Choices(("32-16", "8", "none")),
        "learning_rate": Range(1e-4, 1.0, log=True),
        "dropout": Range(0.0, 0.4, step=0.2),
        "batch_size": Range(16, 64, step=16, whole=True),
        "l2": Choices((0.0, 0.01)),
    }
    assert space.fixed == {"activation": "tanh", "epochs": 30}
    made = space.settings(BASE, {"layers": "none", "learning_rate": 0.1, "dropout": 0.2, "batch_size": 32, "l2": 0.01})
    assert made == Settings(
        "species",
        layers=(),
        learning_rate=0.1,
        dropout=0.2,
        batch_size=32,
        l2=0.01,
        activation="tanh",
        epochs=30,
    )
    assert space.most_epochs == 30


@pytest.mark.parametrize(
    ("space", "values", "layers"),
    [
        (Space({"layers": Range(1, 3, whole=True)}, {}), {"layers": 3}, (32, 32, 32)),
        (Space({"layers": Range(0, 3, whole=True)}, {"units": 5}), {"layers": 0}, ()),
        (Space({"units": Range(1, 9, whole=True)}, {}), {"units": 7}, (7, 7)),
        (Space({"units": Range(1, 9, whole=True)}, {"layers": 1}), {"units": 7}, (7,)),
        (Space({"l2": Range(0.0, 1.0)}, {}), {"l2": 0.5}, (32, 16)),
    ],
)
def test_layers_and_units(space: Space, values: dict[str, int], layers: tuple[int, ...]) -> None:
    assert space.settings(BASE, values).layers == layers


def test_the_built_in_space_is_one_and_can_be_written_down(tmp_path: Path) -> None:
    space = read(None)
    assert set(space.to_json()) <= set(KINDS)
    assert space_of(space.to_json()) == space


def test_every_setting_is_one_of_train() -> None:
    options = {one.name for one in train.params}
    assert set(KINDS) - {"units"} <= options


def test_most_epochs() -> None:
    assert space_of({"epochs": {"low": 10, "high": 50}}).most_epochs == 50
    assert space_of({"epochs": {"choices": [30, 90, 10]}}).most_epochs == 90
    assert space_of({"l2": {"low": 0, "high": 1}}).most_epochs == 200


BAD = {
    "no toml": ("units = ", r"Invalid value"),
    "unknown": ("unit = 3", r"unknown setting 'unit'; did you mean 'units'\?"),
    "of the data": ("validation = {low=0.1, high=0.5}", "unknown setting 'validation'"),
    "nothing to search": ("units = 8", "nothing to search"),
    "nothing": ("", "nothing to search"),
    "empty": ("units = {low=9, high=9}", "the range of units is empty: low = 9 must be below high = 9"),
    "turned round": ("l2 = {low=1, high=0.1}", "the range of l2 is empty"),
    "no high": ("units = {low=9}", "units must be a value, or .* got the keys low"),
    "other keys": ("units = {low=1, high=9, base=2}", "got the keys low, high, base"),
    "both": ("units = {low=1, high=9, choices=[1]}", "got the keys low, high, choices"),
    "no keys": ("units = {}", "got the keys none"),
    "no choices": ("units = {choices=[]}", "choices of units must be a list of values, got \\[\\]"),
    "one choice, no list": ("units = {choices=3}", "must be a list of values, got 3"),
    "twice": ("units = {choices=[3, 3]}", "all different"),
    "lists": ("units = {choices=[[3]]}", "single values"),
    "a fraction": ("units = {low=1.5, high=3}", "low of units must be a whole number, got 1.5"),
    "a truth": ("units = {choices=[true, false]}", "units must be a whole number, got True"),
    "a text": ('learning_rate = {low="a", high=1}', "low of learning_rate must be a finite number, got 'a'"),
    "infinite": ("l2 = {low=0, high=inf}", "high of l2 must be a finite number, got inf"),
    "nan": ("l2 = {choices=[nan, 1]}", "l2 must be a finite number, got nan"),
    "range of texts": ('activation = {low="elu", high="relu"}', "activation is a text and has no range"),
    "log of zero": ("l2 = {low=0, high=1, log=true}", "l2 has no logarithm at low = 0"),
    "log of what": ("l2 = {low=1, high=2, log=1}", "log of l2 must be true or false, got 1"),
    "log and step": ("l2 = {low=1, high=2, log=true, step=1}", "l2 has log and step"),
    "long step": ("units = {low=1, high=3, step=4}", "step = 4 of units must be above 0 and at most high − low = 2"),
    "no step": ("l2 = {low=1, high=3, step=0}", "step = 0 of l2 must be above 0"),
    "out of range": ("dropout = {low=0, high=1}", "dropout: 1.0 is not in the range 0<=x<1"),
    "fixed out of range": ("epochs = 0\nunits = {low=1, high=2}", "epochs: 0 is not in the range x>=1"),
    "no units": ("units = {low=0, high=2}", "units must be at least 1, got 0"),
    "layers below none": ("layers = {low=-1, high=2}", "layers must be at least 0, got -1"),
    "no shape": ('layers = {choices=["8x4"]}', 'layers must be such as "32-16", or "none", got \'8x4\''),
    "shapes and numbers": ('layers = {choices=["8", 2]}', "layers must be a text, got 2"),
    "shapes with units": ('layers = {choices=["8", "4"]}\nunits = 3', "units go with a number of layers"),
    "activation": ('activation = {choices=["rellu"]}', "did you mean 'relu'"),
    "optimizer": ('optimizer = "adm"\nunits = {low=1, high=2}', "did you mean 'adam'"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_space(name: str, tmp_path: Path) -> None:
    text, message = BAD[name]
    file = tmp_path / "space.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=message) as raised:
        read(file)
    assert re.match(re.escape(str(file)), str(raised.value))
    assert "\n" not in str(raised.value)


def test_what_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "space.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="no UTF-8 text"):
        read(tmp_path / "space.toml")
    with pytest.raises(OSError, match="cannot be read"):
        read(tmp_path / "none.toml")


@pytest.mark.skipif(sys.version_info >= (3, 11), reason="Python has tomllib")
def test_without_tomli(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tomli", None)
    with pytest.raises(ImportError, match=r"pip install 'chainrule\[sweep\]'"):
        parsed("units = 3")


def test_grids() -> None:
    assert Range(1, 5, whole=True).grid("units") == (1, 2, 3, 4, 5)
    assert Range(16, 64, step=16, whole=True).grid("batch_size") == (16, 32, 48, 64)
    assert Choices(("a", "b")).grid("activation") == ("a", "b")
    for endless in (Range(0.0, 1.0), Range(1, 9, log=True, whole=True)):
        with pytest.raises(ValueError, match="a grid needs the values of l2"):
            endless.grid("l2")
