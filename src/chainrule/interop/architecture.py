"""What a network is, as JSON: its sizes, and of each layer the activation, the normalization and the dropout.

    {"sizes": [2, 3, 1],
     "activations": [{"name": "elu", "alpha": 1.0}, {"name": "sigmoid"}],
     "normalizations": [{"name": "batch_norm", "epsilon": 1e-05, "momentum": 0.9}],
     "dropout": [0.0]}

Normalizations and dropout are those of the hidden layers. A formula is named, never written out: whoever reads the text
takes its own formula of that name, so that the text can run no code.
"""

from __future__ import annotations

import dataclasses
import json
import numbers
from typing import Any

from chainrule.formulas import activations, normalizations
from chainrule.formulas.named import Named
from chainrule.structure import Structure

__all__ = ["from_json", "to_json"]

KEYS = ["activations", "dropout", "normalizations", "sizes"]
LARGEST = 2**48
"""More units than any computer holds; beyond it, products of sizes are not worth printing."""


def to_json(structure: Structure) -> str:
    """The structure as JSON of one line.

    Raises:
        ValueError: an activation or normalization is not the one that is found by its name.

    >>> to_json(Structure.of([2, 1], hidden=[], output="sigmoid"))
    '{"sizes": [2, 1], "activations": [{"name": "sigmoid"}], "normalizations": [], "dropout": []}'
    """
    hidden = structure.layers[:-1]
    return json.dumps(
        {
            "sizes": structure.sizes,
            "activations": [described(layer.activation) for layer in structure.layers],
            "normalizations": [layer.normalization and described(layer.normalization) for layer in hidden],
            "dropout": [float(layer.dropout.rate) if layer.dropout else 0.0 for layer in hidden],
        },
        allow_nan=False,
    )


def described(member: Named) -> dict[str, Any]:
    """The name of an activation or normalization, with its parameters.

    >>> described(activations.get("elu"))
    {'name': 'elu', 'alpha': 1.0}
    """
    if member.family.get(member.name) is not type(member):
        raise ValueError(
            f"the {member.kind} {member!r} is not the one that {member.name!r} names here, so a file could not say "
            f"what it is; give its class a name of its own, and derive it without abstract=True"
        )
    fields = [field.name for field in dataclasses.fields(member) if field.init]  # type: ignore[arg-type]
    parameters = {name: plain(getattr(member, name)) for name in fields}
    for name, value in parameters.items():
        if not isinstance(value, bool | float | str):
            raise ValueError(
                f"the {member.kind} {member!r} has a parameter {name!r} that is neither a number nor a bool nor text, "
                "so a file could not say what it is"
            )
    return {"name": member.name, **parameters}


def plain(value: Any) -> Any:
    """A number as Python's own float, as formulas take it."""
    return float(value) if isinstance(value, numbers.Real) and not isinstance(value, bool) else value


def from_json(text: str, n_tensors: int) -> Structure:
    """The structure that the JSON describes.

    Args:
        text: as of `to_json`.
        n_tensors: how many tensors there are to fill it: every layer has two at least, so that a text cannot make us
            build more layers than a file holds.

    Raises:
        ValueError: it is no such text; the message says why.

    >>> str(from_json('{"sizes": [2, 1], "activations": [{"name": "relu"}], "normalizations": [], "dropout": []}', 2))
    '2-1'
    """
    try:
        given = json.loads(text, parse_constant=refuse)
    except RecursionError:
        raise ValueError("the architecture is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"the architecture is no JSON: {error}") from None
    if not isinstance(given, dict) or sorted(given) != KEYS or not all(isinstance(v, list) for v in given.values()):
        raise ValueError(f"the architecture must be an object of the lists {', '.join(KEYS)}")
    sizes, n_layers = given["sizes"], len(given["sizes"]) - 1
    if 2 * n_layers > n_tensors:
        raise ValueError(f"the architecture has {n_layers} layers, too many for the {n_tensors} tensors that there are")
    for size in sizes:
        if isinstance(size, int) and size > LARGEST:
            raise ValueError(f"the architecture has a layer of more than 2**48 units, of sizes {sizes[:8]}")
    if len(given["activations"]) != n_layers or n_layers < 1:
        raise ValueError(f"the architecture has {len(given['activations'])} activations but sizes {sizes[:8]}")
    members = [named(activations.Activation, member) for member in given["activations"]]
    try:
        return Structure.of(
            sizes,
            hidden=members[:-1],
            output=members[-1],
            normalization=[
                None if member is None else named(normalizations.Normalization, member)
                for member in given["normalizations"]
            ],
            dropout=given["dropout"],
        )
    except TypeError as error:
        raise ValueError(f"the architecture is wrong: {error}") from None


def named(family: type[Named], given: Any) -> Any:
    """The member of the family that was `described`."""
    if not isinstance(given, dict) or not isinstance(given.get("name"), str):
        raise ValueError(f"the architecture must give every {family.kind} as an object with a name, got {given!r:.100}")
    name = given["name"]
    if name not in family.family:
        raise ValueError(
            f"the {family.kind} {name[:100]!r} is not known here; if it is your own, import the module that defines it "
            "first, else update chainrule"
        )
    try:
        return family.get(**given)
    except TypeError as error:
        raise ValueError(f"the architecture is wrong: {error}") from None


def refuse(constant: str) -> Any:
    """JSON has no NaN and no infinity, though Python reads them."""
    raise ValueError(f"it holds {constant}")
