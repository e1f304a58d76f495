"""A formula as data: which elementary operations it consists of, in which order.

Call a formula with `Expression.symbol` in place of arrays and it returns the graph of operations that it would have
done. An engine turns that graph into calls of its own (in place, or fused), so it computes exactly the text of the
formula without containing any mathematics.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

__all__ = ["Expression"]


class Expression(NDArrayOperatorsMixin):
    """One operation and what it is applied to; a symbol where there is no operation.

    Attributes:
        operation: the NumPy ufunc, or ``np.where``; None for a symbol.
        arguments: Expressions and plain numbers, in the order of the call.
        over_units: True where the ufunc is a reduction over the units of a layer.
        name: the name of a symbol, "" for an operation.

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
        over_units: bool = False,
        name: str = "",
    ) -> None:
        self.operation = operation
        self.arguments = tuple(arguments)
        self.over_units = over_units
        self.name = name

    @classmethod
    def symbol(cls, name: str) -> "Expression":
        """What a formula is given in place of an array: a name and nothing else."""
        return cls(None, name=name)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> "Expression":
        if method == "__call__" and not options:
            return Expression(ufunc, inputs)
        if method == "reduce" and options == {"axis": -1, "keepdims": True}:
            return Expression(ufunc, inputs, over_units=True)
        return NotImplemented

    def __array_function__(
        self, function: Callable[..., Any], types: Any, arguments: Sequence[Any], options: dict[str, Any]
    ) -> "Expression":
        if function is np.where and len(arguments) == 3 and not options:
            return Expression(np.where, arguments)
        return NotImplemented

    def __repr__(self) -> str:
        if self.operation is None:
            return self.name
        name = self.operation.__name__ + (".reduce" if self.over_units else "")
        return f"{name}({', '.join(map(repr, self.arguments))})"
