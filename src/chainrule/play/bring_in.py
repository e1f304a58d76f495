"""Bring in: a saved model or run becomes settings, a text table becomes columns and rows, points become a data set.

    .safetensors   a model of chainrule -> settings: its layers and its parameters; the whole run, if the playground
                   wrote it
    .json          a run as the page saves it: {"chainrule": version, "settings": {...}} -> settings
    .csv .tsv .txt .tab  -> a table, of which the page asks what to draw

Nothing of a file is believed: sizes are bounded, every setting is checked by `choices.parse`, and the weights are
numbers that cannot run.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chainrule.interop import safetensors
from chainrule.play import choices, dropped_table, setup
from chainrule.play.choices import ChoiceError
from chainrule.play.features import FEATURES
from chainrule.play.table_points import first_choice, points
from chainrule.structure import Structure

__all__ = ["from_file", "opened"]

LARGEST_MODEL = 4_000_000
"""Bytes of a model or a run: more than the largest network of the playground."""
TABLES = (".csv", ".tsv", ".tab", ".txt")


def opened(name: str, content: bytes) -> dict[str, Any]:
    r"""What the page makes of a dropped file: {"settings": …} or {"table": …}.

    Args:
        name: the file's; its ending tells what it is.
        content: its bytes.

    Raises:
        ValueError: it cannot be opened; the message says why.

    Example:
        >>> opened("a.csv", b"x,y,label\n1,2,yes\n")["table"]["columns"]
        ['x', 'y', 'label']
    """
    ending = Path(name).suffix.lower()
    if ending in TABLES:
        return {"table": dropped_table.read(name, content)}
    shown = dropped_table.shown(name)
    if ending not in (".json", ".safetensors"):
        raise ValueError(f"{shown} is of no kind that can be opened; drop a .safetensors, .json, .csv or .tsv file")
    if len(content) > LARGEST_MODEL:
        raise ValueError(f"{shown} has {len(content):,} bytes; the most is {LARGEST_MODEL:,}")
    try:
        return {"settings": run(content) if ending == ".json" else model(content)}
    except ChoiceError as error:
        raise ValueError(f"{shown} does not fit the playground: {error}") from None
    except ValueError as error:
        raise ValueError(f"{shown}: {error}") from None


def run(content: bytes) -> dict[str, Any]:
    """The settings of a saved run, checked."""
    try:
        saved = json.loads(content.decode("utf-8-sig"), parse_constant=refused)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"it is no JSON ({error})") from None
    if not isinstance(saved, dict) or not isinstance(saved.get("settings"), dict):
        raise ValueError('it is no run of the playground, which is {"chainrule": version, "settings": {…}}')
    return runnable(saved["settings"])


def runnable(settings: Mapping[str, Any]) -> dict[str, Any]:
    """All settings of a run, checked, one by one and together."""
    made = choices.parse(settings)
    setup.prepare(made)
    return made.to_json()


def refused(constant: str) -> Any:
    """JSON has no NaN and no infinity, though Python reads them."""
    raise ValueError(f"it holds {constant}")


def model(content: bytes) -> dict[str, Any]:
    """The settings that a model makes: those of the run that the playground wrote into it, or what its layers tell."""
    with tempfile.TemporaryDirectory() as folder:  # the package safetensors tells the metadata of files alone
        path = Path(folder) / "model.safetensors"
        path.write_bytes(content)
        read = safetensors.read_checked(path)
    if read.preprocessing:
        raise ValueError("it is the model of a table, with a preprocessing of its own; chainrule predict uses it")
    settings = {**of_network(read.structure), "parameters": read.numbers.tolist(), "edits": []}
    told = read.provenance.get("settings") if "playground" in read.provenance else None
    if isinstance(told, dict):  # its features and its output are no guesses
        settings = {**settings, **told, "parameters": settings["parameters"], "edits": []}
    return runnable(settings)


def of_network(structure: Structure) -> dict[str, Any]:
    """The settings that such a network needs, and data that suit its outputs.

    Raises:
        ValueError: the playground has no such network.
    """
    n_inputs, *hidden, n_outputs = structure.sizes
    if n_inputs > len(FEATURES):
        raise ValueError(f"its network takes {n_inputs} inputs; the playground has {len(FEATURES)} at most, of a plane")
    *layers, last = structure.layers
    activations = [usual(layer.activation) for layer in layers]
    return {
        **data_for(n_outputs, last.activation.name),
        "features": list(FEATURES)[:n_inputs],
        "hidden": hidden,
        "activations": activations,
        "output": usual(last.activation),
        "normalization": the_same("normalization", [usual(layer.normalization) for layer in layers], "none"),
        "dropout": the_same("dropout", [layer.dropout.rate if layer.dropout else 0.0 for layer in layers], 0.0),
    }


def usual(member: Any) -> str:
    """The name of an activation or a normalization, whose parameters must be the usual ones."""
    if member is None:
        return "none"
    if member != type(member).get(member.name):
        raise ValueError(f"its network has {member!r}; the playground knows {member.name} with its defaults only")
    return str(member.name)


def the_same(what: str, values: list[Any], none: Any) -> Any:
    """The value that all hidden layers have."""
    if len(set(values)) > 1:
        raise ValueError(f"its hidden layers differ in {what}; the playground has one for all of them")
    return values[0] if values else none


def data_for(n_outputs: int, output: str) -> dict[str, Any]:
    """Data that a network of these outputs can learn."""
    if n_outputs == 1:
        return {"data": "xor" if output == "sigmoid" else "saddle"}
    if not 3 <= n_outputs <= choices.MOST_CLASSES:
        raise ValueError(
            f"its network has {n_outputs} outputs; the playground has 1, or 3 to {choices.MOST_CLASSES} for as many "
            "classes"
        )
    return {"data": "gaussians", "classes": n_outputs}


def from_file(path: str | Path, kind: str) -> dict[str, Any]:
    """The settings that `chainrule play` begins with.

    Args:
        path: the file.
        kind: "open" for a model or a run, as `opened` takes it. "data" for a table: its last column is what is to be
            learned, the first two columns of numbers before it are the plane.

    Raises:
        ValueError: it is none, or no run can be made of it.
        OSError: it cannot be read.
    """
    path = Path(path)
    with path.open("rb") as file:
        content = file.read(LARGEST_MODEL + 1)
    if kind == "open":
        made = opened(path.name, content)
        if "settings" not in made:
            raise ValueError(f"{path.name} is a table and no run; pass --data {path.name}")
        settings: dict[str, Any] = made["settings"]
        return settings
    table = dropped_table.read(path.name, content)
    shown = dropped_table.shown(path.name)
    try:
        settings = points(table, *first_choice(table))
        runnable(settings)
    except ValueError as error:
        raise ValueError(f"{shown}: {error}") from None
    return settings
