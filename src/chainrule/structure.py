"""What a network is: its layers, and where the weight and the bias of each lie in the vector θ of all parameters."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.formulas import activations
from chainrule.formulas.activations import Activation, Softmax
from chainrule.formulas.initializers import Initializer

__all__ = ["Layer", "Structure"]


@dataclass(frozen=True)
class Layer:
    """A dense layer: z = a_prev @ W + b, a = f(z), with W (fan_in, fan_out) and b (fan_out,).

    In θ the rows of W come first and b is the row after them, so that both together are one (fan_in + 1, fan_out)
    block: the matrix that multiplies [a_prev, 1].
    """

    fan_in: int
    fan_out: int
    activation: Activation
    offset: int
    """Where the block begins in θ."""

    @property
    def end(self) -> int:
        """Where the block ends in θ."""
        return self.offset + (self.fan_in + 1) * self.fan_out

    def block(self, theta: Array) -> Array:
        """The view of θ that holds W and, in the last row, b: (fan_in + 1, fan_out)."""
        return theta[self.offset : self.end].reshape(self.fan_in + 1, self.fan_out)

    def weight(self, theta: Array) -> Array:
        """The view of θ that is W: (fan_in, fan_out)."""
        return self.block(theta)[:-1]

    def bias(self, theta: Array) -> Array:
        """The view of θ that is b: (fan_out,)."""
        return self.block(theta)[-1]


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
    def of(cls, sizes: Sequence[int], *, hidden: Any, output: str | Activation) -> Structure:
        """The structure with these layer sizes, input first, and these activations.

        Args:
            sizes: at least the input's and the output's size, each a whole number ≥ 1.
            hidden: the activation of the hidden layers, a name or an Activation; or a list of one for each of them.
            output: the activation of the last layer.

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
        n_hidden = len(sizes) - 2
        if isinstance(hidden, str | Activation):
            hidden = [hidden] * n_hidden
        elif not isinstance(hidden, Sequence):
            raise TypeError(f"hidden must be an activation, or a list with one for each hidden layer, got {hidden!r}")
        if len(hidden) != n_hidden:
            raise ValueError(
                f"hidden lists {len(hidden)} activations but {list(sizes)!r} has {n_hidden} hidden layers; "
                "pass one for each, or a single one for all"
            )
        functions = [activations.get(f) for f in (*hidden, output)]
        if isinstance(functions[-1], Softmax) and sizes[-1] == 1:
            raise ValueError("softmax over a single unit is always 1; use output='sigmoid', or one unit for each class")
        layers: list[Layer] = []
        for (fan_in, fan_out), f in zip(itertools.pairwise(sizes), functions, strict=True):
            layers.append(Layer(int(fan_in), int(fan_out), f, layers[-1].end if layers else 0))
        return cls(tuple(layers))

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of units of each layer, the input's first."""
        return (self.layers[0].fan_in, *(layer.fan_out for layer in self.layers))

    @property
    def n_parameters(self) -> int:
        """How many numbers θ holds."""
        return self.layers[-1].end

    def initialize(self, initializer: Initializer, rng: np.random.Generator, dtype: np.dtype[Any]) -> Array:
        """A new θ: the weights drawn layer by layer from the input on, the biases 0.

        The draws are made in float64 and rounded, so that a float32 network starts where its float64 twin does.
        """
        theta = np.zeros(self.n_parameters, dtype=dtype)
        for layer in self.layers:
            layer.weight(theta)[...] = initializer.draw(rng, layer.fan_in, layer.fan_out)
        return theta

    def __str__(self) -> str:
        return "-".join(map(str, self.sizes))
