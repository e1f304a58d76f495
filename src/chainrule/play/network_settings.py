"""A network as settings of the playground: its layers, and its parameters to begin with."""

from __future__ import annotations

from typing import Any

from chainrule.arrays import Array
from chainrule.formulas import activations, normalizations
from chainrule.formulas.activations import Activation
from chainrule.formulas.normalizations import Normalization
from chainrule.structure import Layer, Structure

__all__ = ["network_settings"]


def network_settings(structure: Structure, numbers: Array) -> dict[str, Any]:
    """The settings with which a run begins as this network, on the coordinates x1 and x2.

    Args:
        structure: its layers.
        numbers: all parameters, and the running statistics after them.

    Raises:
        ValueError: the playground has no setting for what the network is; the message says which.

    Example:
        >>> import chainrule as cr
        >>> net = cr.Network([2, 4, 3, 1], hidden=["tanh", "relu"], seed=0)
        >>> settings = network_settings(net.structure, net.numbers)
        >>> settings["hidden"], settings["activations"], settings["output"], settings["features"]
        ([4, 3], ['tanh', 'relu'], 'sigmoid', ['x1', 'x2'])
    """
    if structure.sizes[0] != 2:
        raise ValueError(
            f"the playground draws a plane: a network must take 2 inputs, this one takes {structure.sizes[0]}"
        )
    *hidden, last = structure.layers
    return {
        "features": ["x1", "x2"],
        "hidden": [layer.fan_out for layer in hidden],
        "activations": [named(layer, layer.activation) for layer in hidden],
        "output": named(last, last.activation),
        "normalization": the_same(
            ["none" if s is None else named(layer, s) for layer in hidden for s in [layer.normalization]], "none"
        ),
        "dropout": the_same([0.0 if layer.dropout is None else layer.dropout.rate for layer in hidden], 0.0),
        "parameters": [float(number) for number in numbers],
    }


def named(layer: Layer, stage: Activation | Normalization) -> str:
    """The name of a stage whose own parameters are the usual ones."""
    usual = (activations if isinstance(stage, Activation) else normalizations).get(stage.name)
    if usual != stage:
        raise ValueError(
            f"the playground has {stage.name} as {usual!r} only, a layer of {layer.fan_out} units has {stage!r}"
        )
    return stage.name


def the_same(values: list[Any], otherwise: Any) -> Any:
    """What all hidden layers have; the playground sets it for all at once."""
    if len(set(values)) > 1:
        raise ValueError(
            f"the playground has one normalization and one dropout for all hidden layers, these have {values}"
        )
    return values[0] if values else otherwise
