"""How a program holds its parameters and samples: packed for its functions, and read back from what they return.

A program is free in its layout: lists, a dict, pairs, one array an argument, one flat vector, the bias as an extra row;
(in, out) or (out, in); samples as rows or as columns. `layouts` lists those that a function's arguments allow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.structure import Structure

__all__ = ["CONTAINERS", "NO_BIAS", "Layout", "layouts"]

CONTAINERS = ("lists", "dict", "dict from 0", "pairs", "alternating", "with bias", "bias first", "flat")
NO_BIAS = "no bias"
WEIGHTS_FIRST = "all weights, then all biases"  # only of what is returned
HELD = {
    "lists": "a list of weights and one of biases",
    "dict": "a dict W1, b1, W2, …",
    "dict from 0": "a dict W0, b0, W1, …",
    "pairs": "a list of pairs (W, b)",
    "alternating": "a list W1, b1, W2, …",
    "arguments": "an argument for each array",
    "with bias": "the bias as the last row of W",
    "bias first": "the bias as the first row of W",
    "flat": "one flat vector",
    NO_BIAS: "no biases",
}
SHAPELESS = ("with bias", "bias first", "flat", NO_BIAS)  # where a bias has no shape of its own


@dataclass(frozen=True)
class Layout:
    """One way to hold parameters and samples.

    Attributes:
        container: what holds the parameters, one of `CONTAINERS` or "arguments".
        names: of the arguments that hold parameters.
        out_in: whether weights are (out, in).
        columns: whether samples are columns.
        bias: the shape of a bias: "(d,)", "(1, d)" or "(d, 1)".
        flat_y: whether y is (n,).
    """

    container: str
    names: tuple[str, ...]
    out_in: bool = False
    columns: bool = False
    bias: str = "(d,)"
    flat_y: bool = False

    def __str__(self) -> str:
        weights, samples = "(out, in)" if self.out_in else "(in, out)", "columns" if self.columns else "rows"
        if self.container in SHAPELESS:
            return f"{HELD[self.container]}, weights {weights}, samples as {samples}"
        return f"{HELD[self.container]}, weights {weights}, biases {self.bias}, samples as {samples}"

    def samples(self, X: Array, y: Array) -> tuple[Array, Array]:
        """X and y as the program takes them."""
        y = y[:, 0] if self.flat_y else y.T if self.columns else y
        return np.array(X.T if self.columns else X, order="C"), np.array(y, order="C")

    def pack(self, weights: Sequence[Array], biases: Sequence[Array]) -> list[Any]:
        """The arguments that hold these parameters: (in, out) each and (out,) each."""
        if self.container in ("with bias", "bias first", "flat"):
            first = self.container == "bias first"
            blocks = [np.vstack([b, W] if first else [W, b]) for W, b in zip(weights, biases, strict=True)]
            if self.container == "flat":
                shaped = [W.T if self.out_in else W for W in weights]
                return [np.concatenate([v.ravel() for pair in zip(shaped, biases, strict=True) for v in pair])]
            mine = [np.array(block.T if self.out_in else block, order="C") for block in blocks]
            return mine if len(self.names) == len(mine) > 1 else [mine]
        if self.container == NO_BIAS:
            mine = [np.array(W.T if self.out_in else W, order="C") for W in weights]
            return mine if len(self.names) == len(mine) else [mine]
        Ws = [np.array(W.T if self.out_in else W, order="C") for W in weights]
        shape = {"(d,)": (-1,), "(1, d)": (1, -1), "(d, 1)": (-1, 1)}[self.bias]
        bs = [np.array(b).reshape(shape) for b in biases]
        if self.container == "lists":
            return [Ws, bs]
        pairs = list(zip(Ws, bs, strict=True))
        if self.container.startswith("dict"):
            start = 0 if self.container.endswith("0") else 1
            named = (
                (f"{letter}{k}", v) for k, pair in enumerate(pairs, start) for letter, v in zip("Wb", pair, strict=True)
            )
            return [dict(named)]
        if self.container == "pairs":
            return [pairs]
        alternating = [v for pair in pairs for v in pair]
        if self.container == "alternating":
            return [alternating]
        weights_first = [name[0].lower() for name in self.names] == ["w"] * len(Ws) + ["b"] * len(bs)
        return [*Ws, *bs] if weights_first else alternating

    def read(self, returned: Any, structure: Structure) -> tuple[list[Any], list[Any]]:
        """Weights (in, out) and biases from what a function returned, in this container or another.

        Raises:
            ValueError: it holds something else; the message says what.
        """
        if isinstance(returned, tuple | list) and len(returned) > 1 and isinstance(returned[0], float | np.floating):
            return self.read(returned[1] if len(returned) == 2 else returned[1:], structure)  # the loss came first
        reasons = []
        if self.container == NO_BIAS:
            weights = [returned] if isinstance(returned, np.ndarray) and returned.ndim == 2 else returned
            shapes = [(layer.fan_in, layer.fan_out) for layer in structure.layers]
            shaped = [np.asarray(W).T if self.out_in else np.asarray(W) for W in weights]
            if [W.shape for W in shaped] != shapes:
                raise ValueError(f"it returned {described(returned)}: weights of shapes {[W.shape for W in shaped]}")
            return shaped, [None] * len(shaped)
        for container in dict.fromkeys((self.container, *CONTAINERS, WEIGHTS_FIRST)):
            try:
                weights, biases = split(container, returned, structure, self.out_in)
                shaped = [np.asarray(W).T if self.out_in else np.asarray(W) for W in weights]
            except (ValueError, TypeError, KeyError, IndexError) as error:
                reasons.append(str(error))
                continue
            expected = [(layer.fan_in, layer.fan_out) for layer in structure.layers]
            if [W.shape for W in shaped] == expected:
                return shaped, list(biases)
            reasons.append(f"weights of shapes {[W.shape for W in shaped]}, not {expected}")
        raise ValueError(f"it returned {described(returned)}: {reasons[0]}")


def described(value: Any) -> str:
    """What a value is, in a few words."""
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"


def split(container: str, returned: Any, structure: Structure, out_in: bool) -> tuple[list[Any], list[Any]]:
    """Weights and biases, as they lie in a container."""
    count = len(structure.layers)
    if container.startswith("dict"):
        if not isinstance(returned, dict):
            raise ValueError("no dict")
        found = {(match[1].lower(), int(match[2])): v for k, v in returned.items() if (match := NAMED.search(str(k)))}
        start = min((number for _, number in found), default=1)
        missing = [f"{letter}{k + start}" for letter in "wb" for k in range(count) if (letter, k + start) not in found]
        if missing:
            raise ValueError(f"a dict with the keys {list(returned)}, none of which is the gradient of {missing[0]}")
        return [found["w", k + start] for k in range(count)], [found["b", k + start] for k in range(count)]
    if container == "flat":
        vector = np.asarray(returned, dtype=np.float64)
        if vector.shape != (structure.n_parameters,):
            raise ValueError(f"a vector of {vector.size} numbers, not {structure.n_parameters}")
        weights = [vector[layer.offset : layer.end - layer.fan_out] for layer in structure.layers]
        shapes = [(m.fan_out, m.fan_in) if out_in else (m.fan_in, m.fan_out) for m in structure.layers]
        biases = [vector[layer.end - layer.fan_out : layer.end] for layer in structure.layers]
        return [W.reshape(shape) for W, shape in zip(weights, shapes, strict=True)], biases
    if not isinstance(returned, tuple | list):
        raise ValueError("no list")
    if container in ("with bias", "bias first"):
        blocks = [np.asarray(block).T if out_in else np.asarray(block) for block in returned]
        if [block.shape for block in blocks] != [(layer.fan_in + 1, layer.fan_out) for layer in structure.layers]:
            raise ValueError(f"matrices of shapes {[np.shape(block) for block in returned]}")
        cut = [(block[1:], block[0]) if container == "bias first" else (block[:-1], block[-1]) for block in blocks]
        return [W.T if out_in else W for W, _ in cut], [b for _, b in cut]
    if container == "lists" and len(returned) == 2 and len(returned[0]) == len(returned[1]) == count:
        return list(returned[0]), list(returned[1])
    if container == "pairs" and len(returned) == count and all(len(pair) == 2 for pair in returned):
        return [pair[0] for pair in returned], [pair[1] for pair in returned]
    if container in ("alternating", "arguments") and len(returned) == 2 * count:
        return list(returned[::2]), list(returned[1::2])
    if container == WEIGHTS_FIRST and len(returned) == 2 * count:
        return list(returned[:count]), list(returned[count:])
    raise ValueError(f"{described(returned)} is not {container} of {count} layers")


NAMED = re.compile(r"([wWbB])[a-z]*_?\[?(\d+)")


def layouts(names: Sequence[str], n_layers: int) -> Iterator[Layout]:
    """The layouts that these arguments may have for a network of so many layers, the commonest first."""
    names, count = tuple(names), len(names)
    containers: list[str] = []
    if count == 2 * n_layers and all(re.match(r"[a-zA-Z_]*\d", name) or n_layers == 1 for name in names):
        containers.append("arguments")
    if count == 2 and not (containers and n_layers > 1):
        containers.append("lists")
    if count == n_layers > 1 and all(re.search(r"\d", name) for name in names):
        containers = ["with bias", "bias first", NO_BIAS]
    if count == 1:
        containers += [*(container for container in CONTAINERS if container != "lists"), NO_BIAS]
    shapeless: set[tuple[bool, bool]] = set()
    for columns, out_in, bias in (
        (False, False, "(d,)"),
        (True, True, "(d, 1)"),
        (False, False, "(1, d)"),
        (False, True, "(d,)"),
        (True, False, "(d, 1)"),
        (False, True, "(1, d)"),
        (True, True, "(d,)"),
    ):
        for flat_y in (False, True):
            for container in containers:
                one_bias = container in SHAPELESS
                if not one_bias or (columns, out_in) not in shapeless:
                    yield Layout(container, names, out_in, columns, "(d,)" if one_bias else bias, flat_y)
        shapeless.add((columns, out_in))
