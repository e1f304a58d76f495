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
from pathlib import Path
from typing import Any

from chainrule.formulas import activations, normalizations
from chainrule.interop import safetensors
from chainrule.play import choices, dropped_table, features
from chainrule.play.choices import ChoiceError

__all__ = ["from_file", "opened", "points"]

LARGEST_MODEL = 4_000_000
"""Bytes of a model or a run: more than the largest network of the playground."""
TABLES = (".csv", ".tsv", ".tab", ".txt")
KINDS = ("data", "open")


def opened(name: str, content: bytes) -> dict[str, Any]:
    """What the page makes of a dropped file: {"settings": …} or {"table": …}.

    Args:
        name: the file's; its ending tells what it is.
        content: its bytes.

    Raises:
        ValueError: it cannot be opened; the message says why.

    Example:
        >>> opened("a.csv", b"x,y,label\\n1,2,yes\\n")["table"]["columns"]
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
    return choices.parse(saved["settings"]).to_json()


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
    settings = network_settings(read) | {"edits": []}
    told = read.provenance.get("settings") if "playground" in read.provenance else None
    if isinstance(told, dict):
        settings = {**told, **settings, "features": told.get("features"), "output": told.get("output")}
    return choices.parse(settings).to_json()
