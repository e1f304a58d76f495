"""What a network is: its layers, and where all that each of them learns lies in the vector θ of all parameters."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from chainrule.arrays import Array
from chainrule.formulas import activations, normalizations
from chainrule.formulas.activations import Activation
from chainrule.formulas.dropout import Dropout
from chainrule.formulas.initializers import Initializer
from chainrule.formulas.normalizations import Normalization

__all__ = ["Layer", "Stage", "Structure"]

Stage: TypeAlias = Normalization | Activation | Dropout
"""What a layer's pre-activations go through, one after another; each has its value and its derivative."""


@dataclass(frozen=True)
class Layer:
    """A dense layer: z = a_prev @ W + b, a = f(z), with W (fan_in, fan_out) and b (fan_out,).

    In θ the rows of W come first and b is the row after them, so that both together are one (fan_in + 1, fan_out)
    block: the matrix that multiplies [a_prev, 1]. What the layer's stages learn follows, one number a unit.
    """

    fan_in: int
    fan_out: int
    activation: Activation
    offset: int
    """Where the block begins in θ."""
    normalization: Normalization | None = None
    """Between the product and the activation."""
    dropout: Dropout | None = None
    """After the activation, in training."""
    kept: int = 0
    """Where the layer's running statistics begin, after all parameters."""

    @property
    def end(self) -> int:
        """Where the block ends in θ."""
        return self.offset + (self.fan_in + 1) * self.fan_out

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """What z goes through on the way to what leaves the layer."""
        return tuple(s for s in (self.normalization, self.activation, self.dropout) if s is not None)

    @cached_property
    def places(self) -> dict[str, slice]:
        """Where in θ each vector lies that a stage learns, by its name: "gamma", "beta", "alpha"."""
        places, end = {}, self.end
        for stage in self.stages:
            for name in stage.trained:
                places[name] = slice(end, end + (1 if getattr(stage, "shared", False) else self.fan_out))
                end = places[name].stop
        return places

    @property
    def trained_end(self) -> int:
        """Where all that the layer learns ends in θ."""
        return max([self.end, *(place.stop for place in self.places.values())])

    @cached_property
    def statistics(self) -> dict[str, slice]:
        """Where each vector lies that a stage keeps for predictions."""
        names = [name for stage in self.stages for name in stage.statistics]
        return {
            name: slice(self.kept + i * self.fan_out, self.kept + (i + 1) * self.fan_out)
            for i, name in enumerate(names)
        }

    def block(self, theta: Array) -> Array:
        """The view of θ that holds W and, in the last row, b: (fan_in + 1, fan_out)."""
        return theta[..., self.offset : self.end].reshape(*theta.shape[:-1], self.fan_in + 1, self.fan_out)

    def weight(self, theta: Array) -> Array:
        """The view of θ that is W: (fan_in, fan_out)."""
        return self.block(theta)[..., :-1, :]

    def bias(self, theta: Array) -> Array:
        """The view of θ that is b: (fan_out,)."""
        return self.block(theta)[..., -1, :]

    def trained(self, theta: Array, stage: Stage) -> list[Array]:
        """The views of θ that are what a stage learns, (fan_out,) or (1,) each."""
        return [theta[..., self.places[name]] for name in stage.trained]


@dataclass(frozen=True)
class Structure:
    """The layers of a network, from the input to the output.

    Example:
        >>> structure = Structure.of([2, 3, 1], hidden="sigmoid", output="sigmoid")
        >>> str(structure), structure.n_parameters
        ('2-3-1', 13)
    """

    layers: tuple[Layer, ...]

    @classmethod
    def of(
        cls,
        sizes: Sequence[int],
        *,
        hidden: Any,
        output: str | Activation,
        normalization: Any = None,
        dropout: Any = 0.0,
    ) -> Structure:
        """The structure with these layer sizes, input first, and these activations.

        Args:
            sizes: at least the input's and the output's size, each a whole number ≥ 1.
            hidden: the activation of the hidden layers, a name or an Activation; or a list of one for each of them.
            output: the activation of the last layer.
            normalization: of the hidden layers: a name, a Normalization or None; or a list of one for each of them.
            dropout: the rate of the hidden layers, in [0, 1); or a list of one for each of them.

        Raises:
            TypeError: sizes are no whole numbers, or an activation is neither name nor object.
            ValueError: fewer than two sizes, a size below 1, a list of the wrong length, an unknown name.
        """
        if isinstance(sizes, str) or not isinstance(sizes, Sequence | np.ndarray):
            raise TypeError(f"sizes must be a list of layer sizes such as [2, 3, 1], got {sizes!r}")
        for size in sizes:
            if isinstance(size, bool) or not isinstance(size, int | np.integer):
                raise TypeError(f"sizes must be whole numbers, got {size!r} in {list(sizes)!r}")
            if size < 1:
                raise ValueError(f"every layer needs at least one unit, got {int(size)} in {list(sizes)!r}")
        if len(sizes) < 2:
            raise ValueError(
                f"sizes must name at least the input and the output layer, got {list(sizes)!r}; try [2, 1]"
            )
        functions = [activations.get(f) for f in (*for_each_hidden("hidden", "activation", hidden, sizes), output)]
        normalizing = for_each_hidden("normalization", "normalization", normalization, sizes)
        rates = for_each_hidden("dropout", "rate", dropout, sizes)
        last = functions[-1]
        if last.couples_units and sizes[-1] == 1:
            raise ValueError(
                f"{last.name} over a single unit is always {last(np.zeros(1))[0]:g}; use output='sigmoid', or one unit "
                "for each class"
            )
        layers: list[Layer] = []
        for (fan_in, fan_out), f, norm, rate in zip(
            itertools.pairwise(sizes), functions, [*normalizing, None], [*rates, 0.0], strict=True
        ):
            layer = Layer(
                fan_in=int(fan_in),
                fan_out=int(fan_out),
                activation=f,
                offset=layers[-1].trained_end if layers else 0,
                normalization=None if norm is None else normalizations.get(norm),
                dropout=Dropout(rate) if Dropout(rate).rate else None,
            )
            layers.append(layer)
        return cls(with_statistics(layers))

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of units of each layer, the input's first."""
        return (self.layers[0].fan_in, *(layer.fan_out for layer in self.layers))

    @property
    def n_parameters(self) -> int:
        """How many numbers θ holds."""
        return self.layers[-1].trained_end

    @property
    def n_statistics(self) -> int:
        """How many running statistics lie after θ."""
        return sum(layer.fan_out * len(layer.statistics) for layer in self.layers)

    @property
    def drops_out(self) -> bool:
        """Whether a layer has dropout."""
        return any(layer.dropout for layer in self.layers)

    def initialize(self, initializer: Initializer, rng: np.random.Generator, dtype: np.dtype[Any]) -> Array:
        """A new θ, and the running statistics after it: (n_parameters + n_statistics,).

        The weights are drawn layer by layer from the input on, the biases are 0, and the rest is as its formula says.
        The draws are made in float64 and rounded, so that a float32 network starts where its float64 twin does.
        """
        theta = np.zeros(self.n_parameters + self.n_statistics, dtype=dtype)
        for layer in self.layers:
            layer.weight(theta)[...] = initializer.draw(rng, layer.fan_in, layer.fan_out)
            for stage in layer.stages:
                for name in (*stage.trained, *stage.statistics):
                    assert not isinstance(stage, Dropout)
                    theta[{**layer.places, **layer.statistics}[name]] = stage.start(name)
        return theta

    def __str__(self) -> str:
        return "-".join(map(str, self.sizes))


def for_each_hidden(name: str, what: str, value: Any, sizes: Sequence[int]) -> list[Any]:
    """The value for each hidden layer: the list itself, or the one for all of them.

    >>> for_each_hidden("hidden", "activation", ["relu"], [2, 3, 3, 1])
    Traceback (most recent call last):
        ...
    ValueError: hidden lists 1 activations but [2, 3, 3, 1] has 2 hidden layers; pass one for each, or a single one ...
    """
    n_hidden = len(sizes) - 2
    if isinstance(value, str | Activation | Normalization | int | float | np.number) or (
        value is None and name == "normalization"
    ):
        return [value] * n_hidden
    if not isinstance(value, Sequence | np.ndarray):
        article = "an" if what[0] in "aeiou" else "a"
        raise TypeError(f"{name} must be {article} {what}, or a list with one for each hidden layer, got {value!r}")
    if len(value) != n_hidden:
        raise ValueError(
            f"{name} lists {len(value)} {what}s but {list(sizes)!r} has {n_hidden} hidden layers; "
            "pass one for each, or a single one for all"
        )
    return list(value)


def with_statistics(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """The layers, with their running statistics one after another behind all parameters."""
    placed, end = [], layers[-1].trained_end
    for layer in layers:
        placed.append(replace(layer, kept=end))
        end += layer.fan_out * len(layer.statistics)
    return tuple(placed)
