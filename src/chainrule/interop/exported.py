"""A network as an exporter takes it: layer by layer the tensors, and the stages as recorded formulas of predictions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arrays import Array
from chainrule.formulas.activations import Activation
from chainrule.formulas.dropout import Dropout
from chainrule.formulas.expression import Expression
from chainrule.formulas.normalizations import BatchNorm, Normalization
from chainrule.structure import Layer

if TYPE_CHECKING:
    from chainrule.network import Network

__all__ = ["ExportedLayer", "ExportedStage", "described", "exported", "function_names"]


@dataclass(frozen=True)
class ExportedStage:
    """What a prediction does between a product and the next one.

    Attributes:
        stage: the activation or normalization.
        formula: its value in predictions, of the symbol "z" and of those of `vectors`.
        vectors: what it takes besides z, by name, (units,) or (1,) each.
    """

    stage: Activation | Normalization
    formula: Expression
    vectors: dict[str, Array]

    @property
    def name(self) -> str:
        """Its name, as an identifier."""
        return re.sub(r"\W|^(?=\d)", "_", self.stage.name, flags=re.ASCII)


@dataclass(frozen=True)
class ExportedLayer:
    """z = a_prev @ weight + bias, weight (d_in, d_out), and the stages that follow."""

    weight: Array
    bias: Array
    stages: tuple[ExportedStage, ...]


def exported(net: Network, dtype: np.dtype[Any], *, fold: bool) -> list[ExportedLayer]:
    """The layers of the network, for predictions: nothing drops out.

    Args:
        net: the network.
        dtype: of the tensors.
        fold: whether batch normalization, which in predictions is one factor and one summand a unit, becomes a part of
            the weight and the bias before it.

    Raises:
        ValueError: a parameter is not finite.
    """
    layers = []
    with np.errstate(all="ignore"):
        for layer in net.structure.layers:
            weight, bias = layer.weight(net.numbers), layer.bias(net.numbers)
            stages = [stage for stage in layer.stages if not isinstance(stage, Dropout)]
            if fold and type(layer.normalization) is BatchNorm:
                weight, bias = folded(layer, layer.normalization, net.numbers)
                stages = [layer.activation]
            recorded = [recorded_stage(layer, stage, net.numbers, dtype) for stage in stages]
            layers.append(
                ExportedLayer(
                    weight.astype(dtype), bias.astype(dtype), tuple(s for s in recorded if s.formula.operation)
                )
            )
    for i, one in enumerate(layers):
        vectors = [vector for stage in one.stages for vector in stage.vectors.values()]
        if not all(np.isfinite(tensor).all() for tensor in (one.weight, one.bias, *vectors)):
            raise ValueError(f"layer {i} has a parameter that is not finite in {dtype}; fit the network again first")
    return layers


def folded(layer: Layer, norm: BatchNorm, numbers: Array) -> tuple[Array, Array]:
    """The weight and the bias that do the normalization too, in float64."""
    places = layer.places | layer.statistics
    gamma, beta, mean, variance = (numbers[places[name]].astype(float) for name in norm.trained + norm.statistics)
    scale = gamma / np.sqrt(variance + float(norm.epsilon))
    return layer.weight(numbers) * scale, (layer.bias(numbers) - mean) * scale + beta


def recorded_stage(
    layer: Layer, stage: Activation | Normalization, numbers: Array, dtype: np.dtype[Any]
) -> ExportedStage:
    """The stage with the formula that it records."""
    places = layer.places | layer.statistics
    names = (*stage.trained, *stage.statistics)
    value = stage.evaluate if isinstance(stage, Normalization) else stage.forward
    formula = value(Expression.symbol("z"), *map(Expression.symbol, names))
    return ExportedStage(stage, formula, {name: numbers[places[name]].astype(dtype) for name in names})


def function_names(layers: list[ExportedLayer]) -> Iterator[tuple[str, ExportedStage]]:
    """A name for each formula of the layers, once: elu, and elu_2 for another one with other parameters."""
    found: dict[str, str] = {}
    for stage in (stage for layer in layers for stage in layer.stages):
        if repr(stage.formula) not in found:
            name, n = stage.name, 2
            while name in found.values():
                name, n = f"{stage.name}_{n}", n + 1
            found[repr(stage.formula)] = name
            yield name, stage


def described(net: Network) -> str:
    """The network in a few words of ASCII.

    >>> import chainrule as cr
    >>> described(cr.Network([2, 3, 1], hidden="elu", normalization="batch_norm", dropout=0.5))
    '2-3-1: batch_norm elu, sigmoid'
    """
    stages = (
        " ".join(re.sub(r"\W", "_", s.name, flags=re.ASCII) for s in layer.stages if not isinstance(s, Dropout))
        for layer in net.structure.layers
    )
    return f"{net.structure}: {', '.join(stages)}"
