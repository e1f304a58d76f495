"""Settings that change: what was meant for the old ones goes along with them, as it does on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chainrule.play.choices import FIELDS
from chainrule.play.fields import Field

__all__ = ["along"]

SHAPE = {"features", "hidden", "normalization"}
"""What decides how many weights there are and what they mean."""
BEGINNING = SHAPE | {"seed", "initializer"}
"""What decides with which weights a run begins."""


def along(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """`after` without what stayed as it was `before` though it was meant for something that has changed.

    Weights that were given or edited go when the network changes, an optimizer's and a schedule's parameters when
    another has no such ones, and new layers take the last one's activation.

    >>> sgd = {"optimizer": "sgd", "optimizer_settings": {"momentum": 0.9}, "seed": 0, "parameters": [1.0, 2.0]}
    >>> along(sgd, sgd | {"optimizer": "adam"})
    {'optimizer': 'adam', 'seed': 0, 'parameters': [1.0, 2.0]}
    >>> along(sgd, sgd | {"seed": 1})["parameters"]
    []
    """
    changed = {name for name, value in after.items() if not same(value, before.get(name))}
    kept = dict(after)
    if changed & BEGINNING and "parameters" not in changed:
        kept["parameters"] = []
    if changed & SHAPE and "edits" not in changed:
        kept["edits"] = []
    if "hidden" in changed and "activations" not in changed:
        names = after.get("activations") or FIELDS["activations"].default
        layers = len(FIELDS["hidden"].parsed(after["hidden"]))
        kept["activations"] = [*names, *[names[-1]] * layers][:layers]
    for name, field in FIELDS.items():
        if field.of in changed and name in after and name not in changed and not fits(field, after):
            del kept[name]
    return kept


def fits(field: Field, settings: Mapping[str, Any]) -> bool:
    """Whether the option that is chosen has all the parameters of these names."""
    assert field.of is not None
    assert field.parameters is not None
    chosen = FIELDS[field.of].parsed(settings[field.of])
    return {parameter.name for parameter in field.parameters[chosen]} >= set(settings[field.name])


def same(value: Any, other: Any) -> bool:
    """Whether a value is as it was; another type is not, an array for a list say, and is refused later on."""
    return type(value) is type(other) and value == other
