"""The space of a search: for each setting of `chainrule train` a range, some choices, or one value for all trials."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import click

from chainrule.arguments import unknown_name
from chainrule.formulas import activations, optimizers
from chainrule.sweep.setting import Choices, Searched, searched_in
from chainrule.tables.settings import Settings
from chainrule.tables.train_command import sizes, train

__all__ = ["Space", "read"]

KINDS: dict[str, type] = {
    "layers": str,
    "units": int,
    "activation": str,
    "epochs": int,
    "batch_size": int,
    "learning_rate": float,
    "optimizer": str,
    "dropout": float,
    "l2": float,
    "patience": int,
}
"""The settings that a space may name, and of what type they are; layers are numbers too, where they have units."""
UNITS = 32
"""Of a layer, where a space says only how many layers there are."""
LAYERS = 2
"""How many there are where a space says only how many units each has."""


@dataclass(frozen=True)
class Space:
    """What is searched, and what all trials have in common.

    Attributes:
        searched: a range or choices by setting.
        fixed: one value by setting.
    """

    searched: Mapping[str, Searched]
    fixed: Mapping[str, Any]

    def settings(self, common: Settings, values: Mapping[str, Any]) -> Settings:
        """The settings of one trial.

        Args:
            common: of all trials.
            values: of what is searched, by name.

        >>> from chainrule.sweep.setting import Range
        >>> space = Space({"units": Range(4, 8, whole=True)}, {"layers": 2, "epochs": 30})
        >>> made = space.settings(Settings("species"), {"units": 8})
        >>> made.layers, made.epochs
        ((8, 8), 30)
        """
        named = {**self.fixed, **values}
        layers, units = named.pop("layers", None), named.pop("units", None)
        if isinstance(layers, str):
            named["layers"] = sizes(layers)
        elif layers is not None or units is not None:
            named["layers"] = (units or UNITS,) * (LAYERS if layers is None else layers)
        return replace(common, **named)

    @property
    def most_epochs(self) -> int:
        """As many as a trial may take at most."""
        epochs = self.searched.get("epochs")
        if epochs is None:
            return int(self.fixed.get("epochs", Settings("").epochs))
        return int(max(epochs.values) if isinstance(epochs, Choices) else epochs.high)

    def to_json(self) -> dict[str, Any]:
        """The space as a space file says it."""
        return {**{name: one.to_json() for name, one in self.searched.items()}, **self.fixed}


def read(path: Path | None) -> Space:
    """The space of a TOML file; the built-in one where there is none.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no space; the message names the file, the setting, and what to write.
        ImportError: Python has no tomllib, and tomli is not installed.
    """
    name = "the built-in space" if path is None else str(path)
    try:
        if path is None:
            text = resources.files("chainrule.sweep").joinpath("default.toml").read_text(encoding="utf-8")
        else:
            text = path.expanduser().read_text(encoding="utf-8")
    except OSError as error:
        raise type(error)(f"{name}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ValueError(f"{name}: it is no UTF-8 text; a space is a TOML file") from None
    try:
        return space_of(parsed(text))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def parsed(text: str) -> dict[str, Any]:
    """The values of a TOML text."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        try:
            import tomli as tomllib
        except ImportError as error:
            raise ImportError(
                "a space file needs tomli, which is not installed; pip install 'chainrule[sweep]'"
            ) from error
    return tomllib.loads(text)


def space_of(named: Mapping[str, Any]) -> Space:
    """The space that these values say.

    Raises:
        ValueError: a setting is unknown, or a value none of it.
    """
    searched: dict[str, Searched] = {}
    fixed: dict[str, Any] = {}
    for name, value in named.items():
        if name not in KINDS:
            raise ValueError(unknown_name("setting", name, tuple(KINDS)))
        kind = kind_of(name, value)
        if isinstance(value, dict):
            one = searched_in(name, value, kind)
            ends = tuple(require(name, end, kind) for end in one.ends)
            searched[name] = Choices(ends) if isinstance(one, Choices) else one
        else:
            fixed[name] = require(name, value, kind)
    layers = searched.get("layers", fixed.get("layers"))
    shapes = isinstance(layers, str) or (isinstance(layers, Choices) and isinstance(layers.values[0], str))
    if "units" in named and shapes:
        raise ValueError("units go with a number of layers, and its layers are shapes; leave out one of them")
    if not searched:
        raise ValueError("it gives every setting one value, so there is nothing to search; give a range or choices")
    return Space(searched, fixed)


def kind_of(name: str, value: Any) -> type:
    """The type that the values of a setting must have; layers are whole numbers unless they are texts."""
    if name != "layers":
        return KINDS[name]
    first = value
    if isinstance(value, dict):
        choices = value.get("choices", 1)
        first = choices[0] if isinstance(choices, list) and choices else 1
    return str if isinstance(first, str) else int


def require(name: str, value: Any, kind: type) -> Any:
    """The value, if the setting may have it: `chainrule train` says what it takes.

    Raises:
        ValueError: it may not.
    """
    right = isinstance(value, (int, float) if kind is float else kind) and not isinstance(value, bool)
    if not right or (isinstance(value, float) and not math.isfinite(value)):
        what = {int: "a whole number", float: "a finite number", str: "a text"}[kind]
        raise ValueError(f"{name} must be {what}, got {value!r}")
    if name == "layers" and isinstance(value, str):
        try:
            sizes(value)
        except ValueError:
            raise ValueError(f'layers must be such as "32-16", or "none", got {value!r}') from None
    elif name in ("layers", "units"):
        if value < (least := int(name == "units")):
            raise ValueError(f"{name} must be at least {least}, got {value}")
    elif name == "activation":
        activations.get(value)
    elif name == "optimizer":
        optimizers.get(value)
    else:
        option = next(one for one in train.params if one.name == name)
        try:
            option.type.convert(value, option, None)
        except click.BadParameter as error:
            raise ValueError(f"{name}: {error.message.rstrip('.')}") from None
    return float(value) if kind is float else value
