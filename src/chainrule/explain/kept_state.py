"""A program's function with what it keeps from call to call as it was at first, so that a run does not see the last."""

from __future__ import annotations

import copy
from collections.abc import Callable
from types import CellType, FunctionType, MethodType
from typing import Any

import numpy as np

__all__ = ["from_the_start"]

DATA = (dict, list, set, tuple, int, float, np.ndarray, np.generic)


def from_the_start(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function on copies of what it may keep: its object, its defaults, its closure, the globals that it names.

    >>> def count(calls=[]):
    ...     calls.append(1)
    ...     return len(calls)
    >>> from_the_start(count)(), from_the_start(count)()
    (1, 1)
    """
    if isinstance(function, MethodType):
        return MethodType(function.__func__, copy.deepcopy(function.__self__))
    if not isinstance(function, FunctionType):
        return function
    named = {name: function.__globals__[name] for name in function.__code__.co_names if name in function.__globals__}
    kept = {name: copied(value) for name, value in named.items()}
    closure = tuple(CellType(copied(cell.cell_contents)) for cell in function.__closure__ or ())
    defaults = copy.deepcopy(function.__defaults__)
    fresh = FunctionType(
        function.__code__, {**function.__globals__, **kept}, function.__name__, defaults, closure or None
    )
    fresh.__kwdefaults__ = copy.deepcopy(function.__kwdefaults__)
    return fresh


def copied(value: Any) -> Any:
    """A copy of data; functions, modules and classes are what they are."""
    return copy.deepcopy(value) if isinstance(value, DATA) else value
