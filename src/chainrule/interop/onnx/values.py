"""What a tensor of a graph is, as a formula in a canonical form: scale · core + shift, elementwise for each unit.

The core is the input, a matrix product, or an operation on other such values. Constants that are added, multiplied or
divided by are gathered in scale and shift, whatever their order was; products are flat, and constant factors are taken
out of them. So two spellings of one formula that differ only in these are equal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.formulas.rectifiers import ReLU

__all__ = ["Core", "Value", "apply", "clip", "constant", "input_of", "inverse", "maximum", "minimum", "same", "where"]

LARGEST = 1000
"""Operations between two matrix products: far more than any activation has."""


def input_of(shape: tuple[Any, ...] | None, node: Any = None) -> Value:
    """The network's input.

    Args:
        shape: the number of samples first; names stand for what is not known, None where nothing is.
        node: what gives it, for messages.
    """
    core = Core("Input", member=shape, node=node)
    if shape is not None and all(isinstance(size, int) for size in shape[1:]):
        core.width = math.prod(shape[1:])
    return Value(core, ONE, ZERO)


class TooLargeError(ValueError):
    """A formula between two matrix products has more than `LARGEST` operations."""


class Core:
    """An operation on values.

    Attributes:
        operation: its name: an ONNX operator's, "activation", "BatchNormalization", "LayerNormalization", "Input".
        arguments: the values.
        member: the activation or normalization, if it is one.
        node: the node of the graph that gave it, for messages.
        size: how many operations it consists of; a matrix product begins anew.
        width: how many numbers a sample it has; None where the input does not say.
    """

    def __init__(self, operation: str, arguments: tuple[Value, ...] = (), member: Any = None, node: Any = None) -> None:
        self.operation, self.arguments, self.member, self.node = operation, arguments, member, node
        inner = () if operation == "MatMul" else arguments
        self.size: int = 1 + sum(v.core.size for v in inner if v.core is not None)
        computed = (value.core.width for value in arguments if value.core is not None)
        self.width: int | None = member.shape[1] if operation == "MatMul" else next(computed, None)
        if self.size > LARGEST:
            raise TooLargeError(f"it is one of more than {LARGEST} operations between two matrix products")


@dataclass(frozen=True, eq=False)
class Value:
    """scale · core + shift; scale and shift are numbers, or vectors with one for each unit; a constant has no core."""

    core: Core | None
    scale: Array
    shift: Array

    __array_ufunc__ = None  # an array leaves it to the value to be multiplied with it

    def __add__(self, other: Value | float) -> Value:
        other = constant(other)
        if self.core is None:
            return Value(other.core, other.scale, self.shift + other.shift)
        if other.core is None:
            return Value(self.core, self.scale, self.shift + other.shift)
        terms = [*self.terms(), *other.terms()]
        return Value(Core("Sum", tuple(terms)), ONE, self.shift + other.shift)

    def terms(self) -> list[Value]:
        """What it is the sum of, without the shift."""
        assert self.core is not None
        if self.core.operation == "Sum":
            return [Value(term.core, term.scale * self.scale, ZERO) for term in self.core.arguments]
        return [Value(self.core, self.scale, ZERO)]

    def __mul__(self, other: Value | float) -> Value:
        other = constant(other)
        if self.core is None:
            return other * self if other.core is not None else constant(self.shift * other.shift)
        if other.core is None:
            return Value(self.core, self.scale * other.shift, self.shift * other.shift)
        (left, factors), (right, more) = self.factors(), other.factors()
        return Value(Core("Product", (*factors, *more)), left * right, ZERO)

    def factors(self) -> tuple[Array, list[Value]]:
        """A constant, and what else it is the product of."""
        assert self.core is not None
        if self.core.operation == "Product" and not self.shift.any():
            return self.scale, list(self.core.arguments)
        scale, value = self.without_scale()
        return scale, [value]

    def without_scale(self) -> tuple[Array, Value]:
        """A constant, and the value divided by it, core + shift / scale; the constant is 1 where a scale is 0."""
        if not self.scale.all():
            return ONE, self
        return self.scale, Value(self.core, ONE, self.shift / self.scale)

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other: Value | float) -> Value:
        return self + -constant(other)

    def __rsub__(self, other: float) -> Value:
        return -self + other

    def __truediv__(self, other: Value | float) -> Value:
        other = constant(other)
        return self * (constant(1 / other.shift) if other.core is None else inverse(other))

    __radd__, __rmul__ = __add__, __mul__


ZERO, ONE, INFINITY = np.zeros(()), np.ones(()), np.asarray(np.inf)


def constant(number: Any) -> Value:
    """A constant, a number or one for each unit; a value stays as it is."""
    return number if isinstance(number, Value) else Value(None, ZERO, np.asarray(number, float))


def apply(operation: str, *arguments: Value | float, member: Any = None, node: Any = None) -> Value:
    """An operation that has no arithmetic of its own here."""
    return Value(Core(operation, tuple(map(constant, arguments)), member, node), ONE, ZERO)


def inverse(x: Value) -> Value:
    """1 / x."""
    scale, value = x.without_scale()
    return apply("Inverse", value) * constant(1 / scale)


def maximum(x: Value, y: Value | float) -> Value:
    """The larger of two; with a constant it is a clip."""
    y = constant(y)
    x, y = (y, x) if x.core is None else (x, y)
    if y.core is not None:
        return apply("Max", x, y)
    return clip(x, y.shift, INFINITY)


def minimum(x: Value, y: Value | float) -> Value:
    """The smaller of two; with a constant it is a clip."""
    y = constant(y)
    x, y = (y, x) if x.core is None else (x, y)
    if y.core is not None:
        return apply("Min", x, y)
    return clip(x, -INFINITY, y.shift)


def clip(x: Value, low: Any, high: Any) -> Value:
    """min(max(x, low), high), low ≤ high; a clip of a clip, or of a ReLU, is one."""
    core, plain = x.core, bool((x.scale == 1).all()) and not x.shift.any()
    if core is not None and plain and core.operation == "Clip":
        inner, (least, most) = core.arguments[0], (limit.shift for limit in core.arguments[1:])
    elif core is not None and plain and isinstance(core.member, ReLU):
        inner, least, most = core.arguments[0], ZERO, INFINITY
    else:
        return apply("Clip", x, low, high)
    low, high = np.clip(least, low, high), np.clip(most, low, high)
    return apply("Clip", inner, low, high)


def where(condition: Value, x: Value, y: Value) -> Value:
    """The x where the condition holds, else y; what is not above is said of what is.

    Whether it is > or ≥ is one here: what an activation is on either side of its kink is the same at it.
    """
    core = condition.core
    if core is not None and core.operation == "Less":
        return where(apply("Greater", *core.arguments), y, x)
    if core is not None and core.operation == "Greater" and core.arguments[0].core is None:
        return apply("Where", apply("Greater", *core.arguments[::-1]), y, x)
    return apply("Where", condition, x, y)


def close(a: Array, b: Array) -> bool:
    """Whether two constants are the same but for the rounding of a float32."""
    try:
        return bool(np.all((a == b) | (np.isfinite(b) & (np.abs(a - b) <= 1e-6 * np.abs(b)))))
    except ValueError:  # of other lengths
        return False


def same(a: Value, b: Value) -> bool:
    """Whether two values are the same formula."""
    return close(a.scale, b.scale) and close(a.shift, b.shift) and same_core(a.core, b.core)


def same_core(a: Core | None, b: Core | None) -> bool:
    """Whether two cores are the same operation on the same values; what holds tensors of its own is only itself."""
    if a is b:
        return True
    if a is None or b is None or a.operation != b.operation or a.operation in OPAQUE or a.member != b.member:
        return False
    if a.operation not in COMMUTATIVE:
        return len(a.arguments) == len(b.arguments) and all(map(same, a.arguments, b.arguments))
    left = list(b.arguments)
    for x in a.arguments:
        match = next((i for i, y in enumerate(left) if same(x, y)), None)
        if match is None:
            return False
        del left[match]
    return not left


OPAQUE = ("Input", "MatMul", "BatchNormalization")
COMMUTATIVE = ("Sum", "Product", "Max", "Min")
