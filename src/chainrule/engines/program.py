"""A formula as a list of NumPy calls that write in place: the same operations, but no memory allocated in a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.formulas.expression import Expression

__all__ = ["Call", "in_place", "run"]

Call = partial[Any]
"""A function with all its arguments, the array that it writes to among them."""


def run(calls: Sequence[Call]) -> None:
    """Do the calls, one after another."""
    for call in calls:
        call()


def in_place(results: Sequence[tuple[Any, Array]], symbols: Mapping[str, Array]) -> list[Call]:
    """The calls that compute each expression into its array.

    Args:
        results: expressions, and the arrays that receive their values. Every expression is computed from the values
            that the symbols' arrays have at the start, also where a result's array is a symbol's.
        symbols: the array behind each symbol's name, units in rows: a reduction over
            units goes along axis 0, one over samples along axis 1.

    Example:
        >>> z, array = Expression.symbol("z"), np.array([0.0, 1.0])
        >>> run(in_place([(2 * z + 1, array)], {"z": array}))
        >>> array
        array([1., 3.])
    """
    return _Program(results, symbols).calls


class _Program:
    """Gives an array to every operation of some expressions, reusing those whose values are no longer needed.

    Values are numbered in the order in which they are computed; equal operations on equal values are one value.
    """

    def __init__(self, results: Sequence[tuple[Any, Array]], symbols: Mapping[str, Array]) -> None:
        self.symbols = symbols
        self.dtype = results[0][1].dtype
        self.numbers: dict[Any, int] = {}
        self.seen: dict[int, int] = {}
        self.operations: dict[int, tuple[Expression, tuple[int, ...]]] = {}
        self.arrays: dict[int, Array] = {}
        self.calls: list[Call] = []

        targets = [(self.number(expression), array) for expression, array in results]
        self.last_read = {
            argument: value for value, (_, arguments) in self.operations.items() for argument in arguments
        }
        for value, _ in targets:
            self.last_read[value] = len(self.numbers)
        # A single result's array may hold values on the way to it, unless an input lies there.
        self.free = [array for _, array in targets if len(targets) == 1 and not self.holds_input(array, after=-1)]
        for value, (operation, arguments) in self.operations.items():
            target = next((array for wanted, array in targets if wanted == value), None)
            self.arrays[value] = self.compute(value, operation, arguments, target)
        for value, array in targets:
            held = self.arrays[value]
            if value not in self.operations and any(
                other is not array and np.may_share_memory(held, other) for _, other in targets
            ):
                self.arrays[value] = np.empty_like(held)  # it is a symbol's, which another result is about to overwrite
                self.calls.append(partial(np.copyto, self.arrays[value], held))
        for value, array in targets:
            if self.arrays[value] is not array:
                self.calls.append(partial(np.copyto, array, self.arrays[value]))

    def number(self, value: Any) -> int:
        """The number of a symbol, a plain number or an operation, whose arguments are numbered before it."""
        if id(value) in self.seen:  # a part that is used twice is gone through once
            return self.seen[id(value)]
        key: Any
        if not isinstance(value, Expression):
            key = float(value)
        elif value.operation is None:
            key = value.name
        else:
            key = (value.operation, value.over, *map(self.number, value.arguments))
            self.seen[id(value)] = self.numbers.get(key, len(self.numbers))
        if key not in self.numbers:
            self.numbers[key] = number = len(self.numbers)
            if isinstance(key, float):
                self.arrays[number] = np.array(key, dtype=self.dtype)
            elif isinstance(key, str):
                self.arrays[number] = self.symbols[key]
            else:
                self.operations[number] = (value, key[2:])
        return self.numbers[key]

    def holds_input(self, array: Array, after: int) -> bool:
        """Whether a symbol that is still read after this value lies in the array."""
        return any(
            self.last_read.get(value, -1) > after and np.may_share_memory(array, held)
            for value, held in self.arrays.items()
            if value not in self.operations
        )

    def compute(self, value: int, operation: Expression, arguments: tuple[int, ...], target: Array | None) -> Array:
        """Append the calls of one operation; the array that they write to."""
        function: Any = operation.operation
        inputs = [self.arrays[argument] for argument in arguments]
        shape = np.broadcast_shapes(*(a.shape for a in inputs))
        axis = {"": None, "units": 0, "samples": 1}[operation.over]
        if axis is not None:
            shape = (*shape[:axis], 1, *shape[axis + 1 :])
        elementwise = axis is None and function is not np.where
        done = [
            self.arrays[argument]
            for argument in dict.fromkeys(arguments)
            if argument in self.operations and self.last_read[argument] == value
        ]
        if elementwise:  # an element may be overwritten by what is computed from it alone
            self.free += done
        if target is not None and not (
            self.holds_input(target, after=value)
            or (not elementwise and any(np.may_share_memory(target, array) for array in inputs))
        ):
            out = target
            self.free = [array for array in self.free if array is not target]
        else:
            out = self.take(shape, result_dtype(function, inputs, self.dtype) if elementwise else self.dtype)
        if not elementwise:
            self.free += done

        if function is np.where:
            condition, yes, no = inputs
            self.calls += [partial(np.copyto, out, no), partial(np.copyto, out, yes, where=condition)]
        elif axis is not None:
            reduce = function if function is np.mean else function.reduce
            self.calls.append(partial(reduce, inputs[0], axis=axis, out=out, keepdims=True))
        else:
            self.calls.append(partial(function, *inputs, out=out))
        return out

    def take(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """A free array of this shape and dtype, the last one freed first because it is in the cache; else a new one."""
        for i in reversed(range(len(self.free))):
            if self.free[i].shape == shape and self.free[i].dtype == dtype:
                return self.free.pop(i)
        return np.empty(shape, dtype)


def result_dtype(operation: np.ufunc, inputs: Sequence[Array], dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of an operation's array: bool where its result is true or false, as a comparison's is, else `dtype`."""
    resolved = operation.resolve_dtypes((*(array.dtype for array in inputs), None))[-1]
    return resolved if resolved.kind == "b" else dtype
