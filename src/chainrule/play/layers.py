"""A network as data: where each weight lies in θ, and the formulas between the products, step by step.

The page computes with what this file gives it and contains no formula of its own, only elementary operations by NumPy's
names. A reduction goes over the units of a sample and keeps its axis: "add.reduce" of (n, d) is (n, 1). These occur,
with every activation, normalization and feature of the package:

    absolute add add.reduce divide equal erfc exp expm1 greater less log log1p maximum maximum.reduce mean.reduce
    minimum multiply negative sign sin sqrt square subtract tanh where

An activation of one's own may use greater_equal, heaviside (of x and its value at 0), less_equal and power besides.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from chainrule.formulas.dropout import Dropout
from chainrule.formulas.expression import Expression
from chainrule.interop.exported import recorded_stage
from chainrule.structure import Layer

if TYPE_CHECKING:
    from chainrule.network import Network

__all__ = ["described", "formula"]


def formula(expression: Any) -> dict[str, Any]:
    """The recorded formula as data: {"steps": [[name, operation, argument, ...], ...], "result": argument}.

    An argument is a number, "inf", "-inf" or "nan", a symbol, or the name of an earlier step: "#1", "#2", .... A part
    that occurs twice is one step.

    Args:
        expression: an Expression, or a number.

    Raises:
        ValueError: the formula goes over the samples, so that it is none of predictions.

    Example:
        >>> z = Expression.symbol("z")
        >>> formula(1 / (1 + abs(z)) + abs(z))["steps"]
        [['#1', 'absolute', 'z'], ['#2', 'add', 1.0, '#1'], ['#3', 'divide', 1.0, '#2'], ['#4', 'add', '#3', '#1']]
    """
    names: dict[str, str] = {}  # by what a step does
    seen: dict[int, str] = {}  # by the part's identity: each is looked at once
    steps: list[list[Any]] = []

    def argument(part: Any) -> float | str:
        if not isinstance(part, Expression):
            number = float(part)
            return number if math.isfinite(number) else str(number)
        if part.operation is None:
            return part.name
        if id(part) not in seen:
            if part.over == "samples":
                raise ValueError(f"{part!r:.100} goes over the samples, and a prediction knows one sample alone")
            step = [part.operation_name, *map(argument, part.arguments)]
            if repr(step) not in names:
                names[repr(step)] = f"#{len(steps) + 1}"
                steps.append([names[repr(step)], *step])
            seen[id(part)] = names[repr(step)]
        return seen[id(part)]

    result = argument(expression)
    return {"steps": steps, "result": result}


def described(network: Network) -> list[dict[str, Any]]:
    """The layers as a prediction goes through them: nothing drops out, batch normalization takes running statistics.

    Each has its "fan_in" and "fan_out", the places of "weight" and "bias" in `Network.numbers` as [start, stop], and
    "stages": kind, name, formula of "z" and of its "vectors", whose places are given too. The identity is no stage.

    Example:
        >>> import chainrule as cr
        >>> first, last = described(cr.Network([2, 3, 1], hidden="prelu", output="identity"))
        >>> first["weight"], first["bias"], first["stages"][0]["vectors"], last["stages"]
        ([0, 6], [6, 9], {'alpha': [9, 12]}, [])
    """
    return [described_layer(network, layer) for layer in network.structure.layers]


def described_layer(network: Network, layer: Layer) -> dict[str, Any]:
    """One of the layers."""
    bias = layer.offset + layer.fan_in * layer.fan_out
    stages = []
    for stage in layer.stages:
        if isinstance(stage, Dropout):
            continue
        recorded = recorded_stage(layer, stage, network.numbers, network.numbers.dtype)
        if recorded.formula.operation is None:
            continue
        places = layer.places | layer.statistics
        stages.append(
            {
                "kind": stage.kind,
                "name": stage.name,
                "formula": formula(recorded.formula),
                "vectors": {name: [places[name].start, places[name].stop] for name in recorded.vectors},
            }
        )
    return {
        "fan_in": layer.fan_in,
        "fan_out": layer.fan_out,
        "weight": [layer.offset, bias],
        "bias": [bias, layer.end],
        "stages": stages,
    }
