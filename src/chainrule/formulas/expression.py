"""A formula as data: which elementary operations it consists of, in which order.

Call a formula with `Expression.symbol` in place of arrays and it returns the graph of operations that it would have
done. An engine turns that graph into calls of its own (in place, or fused), so it computes exactly the text of the
formula without containing any mathematics.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

__all__ = ["Expression", "called", "reductions_of", "symbols_of"]

OVER = {-1: "units", -2: "samples"}
"""What a reduction along an axis goes over."""


class Expression(NDArrayOperatorsMixin):
    """One operation and what it is applied to; a symbol where there is no operation.

    Attributes:
        operation: the NumPy ufunc, or ``np.where``; None for a symbol.
        arguments: Expressions and plain numbers, in the order of the call.
        over: "units" or "samples" where the operation is a reduction over those of a layer, else "".
        name: the name of a symbol, "" for an operation.
        called: the letter, the function and the argument of a part that has a name of its own; None for others.

    Example:
        >>> z = Expression.symbol("z")
        >>> 1 / (1 + np.exp(-z))
        divide(1, add(1, exp(negative(z))))
    """

    def __init__(
        self,
        operation: Callable[..., Any] | None,
        arguments: Sequence[Any] = (),
        *,
        over: str = "",
        name: str = "",
    ) -> None:
        self.operation = operation
        self.arguments = tuple(arguments)
        self.over = over
        self.name = name
        self.called: tuple[str, Callable[[Any], Any], Any] | None = None

    @classmethod
    def symbol(cls, name: str) -> "Expression":
        """What a formula is given in place of an array: a name and nothing else."""
        return cls(None, name=name)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> "Expression":
        if method == "__call__" and not options:
            return Expression(ufunc, inputs)
        if method == "reduce" and options == {"axis": -1, "keepdims": True}:
            return Expression(ufunc, inputs, over="units")
        return NotImplemented

    def __array_function__(
        self, function: Callable[..., Any], types: Any, arguments: Sequence[Any], options: dict[str, Any]
    ) -> "Expression":
        if function is np.where and len(arguments) == 3 and not options:
            return Expression(np.where, arguments)
        if function is np.mean and options.keys() == {"axis", "keepdims"} and options["axis"] in OVER:
            return Expression(np.mean, arguments, over=OVER[options["axis"]])
        return NotImplemented

    def __repr__(self) -> str:
        if self.operation is None:
            return self.name
        return f"{self.operation_name}({', '.join(map(repr, self.arguments))})"

    @property
    def operation_name(self) -> str:
        """NumPy's name of the operation, with ".reduce" after it where it goes over the units; "" of a symbol."""
        name = "" if self.operation is None else self.operation.__name__
        return name + {"": "", "units": ".reduce", "samples": ".over_samples"}[self.over]


def reductions_of(expression: Any) -> list[Expression]:
    """The reductions in a formula, inner ones first, each once."""
    return [part for part in parts_of(expression) if part.over]


def symbols_of(expression: Any) -> set[str]:
    """The names of the symbols in a formula.

    >>> sorted(symbols_of(Expression.symbol("z") * 2 + Expression.symbol("a")))
    ['a', 'z']
    """
    return {part.name for part in parts_of(expression) if part.operation is None}


def parts_of(expression: Any) -> list[Expression]:
    """Every part of a formula, itself the last, inner ones first, each once."""
    found: dict[int, Expression] = {}

    def look(part: Any) -> None:
        if isinstance(part, Expression) and id(part) not in found:
            for argument in part.arguments:
                look(argument)
            found[id(part)] = part

    look(expression)
    return list(found.values())


def called(letter: str) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Gives a part of a formula a letter to be printed by; what is computed and recorded stays the same.

    >>> @called("h")
    ... def half(x):
    ...     return 0.5 * x
    >>> half(4.0), half(Expression.symbol("z")), half(Expression.symbol("z")).called[0]
    (2.0, multiply(0.5, z), 'h')
    """

    def decorate(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        @functools.wraps(function)
        def part(x: Any) -> Any:
            result = function(x)
            if isinstance(result, Expression):
                result.called = letter, function, x
            return result

        return part

    return decorate
