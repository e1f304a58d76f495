"""A derivative without differences: f(x + ih) = f(x) + ih f′(x), so f′(x) is the imaginary part over h.

Nothing is subtracted, so nothing cancels: with h = 1e-200 the derivative is exact but for rounding (Squire & Trapp
1998). It needs f on complex numbers. Where a formula takes |x|, a maximum or a condition, the real part decides, as it
would without the step (Martins, Sturdza & Alonso 2003).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.backprop import Keep
from chainrule.formulas.dropout import Dropout
from chainrule.formulas.expression import Expression
from chainrule.formulas.losses import Loss
from chainrule.formulas.regularization import Regularization
from chainrule.structure import Layer, Stage, Structure

__all__ = ["NO_PENALTY", "STEP", "gradient", "loss_of"]

STEP = 1e-200
NO_PENALTY = Regularization()


def real_maximum(x: Any, y: Any) -> Any:
    return np.where(np.real(x) >= np.real(y), x, y)


def by_real_part(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda x, y: compare(np.real(x), np.real(y))


OPERATIONS: dict[Any, Callable[..., Any]] = {
    np.absolute: lambda x: np.where(np.real(x) < 0, -x, x),
    np.maximum: real_maximum,
    np.minimum: lambda x, y: np.where(np.real(x) <= np.real(y), x, y),
    np.heaviside: lambda x, at_zero: np.heaviside(np.real(x), np.real(at_zero)),
    np.sign: lambda x: np.sign(np.real(x)),
    np.greater: by_real_part(np.greater),
    np.greater_equal: by_real_part(np.greater_equal),
    np.less: by_real_part(np.less),
    np.less_equal: by_real_part(np.less_equal),
    np.equal: by_real_part(np.equal),
}


def compute(recorded: Any, arrays: Mapping[str, Any]) -> Any:
    """The value of a recorded formula for complex arrays.

    >>> z = Expression.symbol("z")
    >>> compute(np.maximum(z, 0.0), {"z": np.array([-1 + 1j, 2 + 1j])})
    array([0.+0.j, 2.+1.j])
    """
    known: dict[int, Any] = {}

    def value(part: Any) -> Any:
        if not isinstance(part, Expression):
            return part
        if part.operation is None:
            return arrays[part.name]
        if id(part) not in known:
            arguments = [value(argument) for argument in part.arguments]
            if part.over:
                known[id(part)] = reduced(part, arguments[0])
            else:
                known[id(part)] = OPERATIONS.get(part.operation, part.operation)(*arguments)
        return known[id(part)]

    return value(recorded)


def reduced(part: Expression, x: Array) -> Any:
    """What a reduction makes of complex numbers; the largest one is that with the largest real part."""
    axis = {"units": -1, "samples": -2}[part.over]
    if part.operation is np.maximum:
        return np.take_along_axis(x, np.real(x).argmax(axis=axis, keepdims=True), axis=axis)
    if part.operation is np.mean:
        return np.mean(x, axis=axis, keepdims=True)
    return np.add.reduce(x, axis=axis, keepdims=True)


def loss_of(
    structure: Structure,
    X: Array,
    y: Array,
    loss: Loss,
    keep: Keep | None = None,
    regularization: Regularization = NO_PENALTY,
) -> Callable[[Array], complex]:
    """The loss, and the penalty, as a function of a complex θ, from the very formulas that the reference computes.

    Raises:
        TypeError: from the function, if a formula uses an operation that complex numbers do not have.
    """
    z, a, targets = map(Expression.symbol, ("z", "a", "y"))
    recorded = [
        [(stage, names, stage.forward(z, *map(Expression.symbol, names))) for stage, names in stages_of(layer, keep)]
        for layer in structure.layers
    ]
    terms = loss.terms(z, a, targets, structure.layers[-1].activation)
    share = loss.share(y.shape)
    penalty = regularization.value(Expression.symbol("weight"), regularization.l1, regularization.l2)

    @np.errstate(all="ignore")
    def function(theta: Array) -> complex:
        z = a = X
        for i, (layer, stages) in enumerate(zip(structure.layers, recorded, strict=True)):
            z = a = a @ layer.weight(theta) + layer.bias(theta)
            for stage, names, value in stages:
                given = [keep[i]] if keep is not None and names == ("keep",) else layer.trained(theta, stage)
                a = compute(value, {"z": a, **dict(zip(names, given, strict=True))})
        value = np.sum(compute(terms, {"z": z, "a": a, "y": y})) * share
        if regularization.penalizes:
            value += sum(np.sum(compute(penalty, {"weight": layer.weight(theta)})) for layer in structure.layers)
        return complex(value)

    return function


def stages_of(layer: Layer, keep: Keep | None) -> list[tuple[Stage, tuple[str, ...]]]:
    """The stages of a layer, each with the names of what its value takes besides its input."""
    return [
        (stage, ("keep",) if isinstance(stage, Dropout) else stage.trained)
        for stage in layer.stages
        if keep is not None or not isinstance(stage, Dropout)
    ]


def gradient(f: Callable[[Array], Any], theta: Array, entries: Any) -> Array | None:
    """The derivative of f in these entries of θ; None where f does not take complex numbers."""
    complex_theta = theta.astype(np.complex128)
    slopes = []
    for i in entries:
        complex_theta[i] += 1j * STEP
        try:
            value = f(complex_theta)
        except (TypeError, ValueError):
            return None
        complex_theta[i] = theta[i]
        if not isinstance(value, complex | np.complexfloating) or not np.isfinite(value):
            return None
        slopes.append(value.imag / STEP)
    return np.array(slopes)
