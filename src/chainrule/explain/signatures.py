"""Which arguments a learner's function takes: where the parameters, X and y stand in it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Signature", "signature"]

X_NAMES = {"x", "inputs", "input", "data", "features", "samples", "xs", "x_train", "batch"}
Y_NAMES = {"y", "t", "target", "targets", "labels", "label", "ys", "y_train", "y_true", "d"}


@dataclass(frozen=True)
class Signature:
    """Which arguments a function takes: those that hold parameters by name, and where X and y stand."""

    parameters: tuple[str, ...]
    x: int | None
    y: int | None

    def arguments(self, packed: Sequence[Any], X: Any, y: Any) -> list[Any]:
        """All arguments in the function's order."""
        rest = iter(packed)
        count = len(self.parameters) + (self.x is not None) + (self.y is not None)
        return [X if k == self.x else y if k == self.y else next(rest) for k in range(count)]


def signature(name: str, function: Callable[..., Any], *, target: bool = True) -> Signature:
    """The arguments of a function of parameters, X and (if `target`) y; X and y are last if no name tells.

    Raises:
        TypeError: it is no function, or takes too few arguments; the message says what it should take.

    >>> signature("gradients", lambda X, y, W1, W2: None)
    Signature(parameters=('W1', 'W2'), x=0, y=1)
    """
    wanted = f"{name}(weights, biases, X{', y' if target else ''})"
    if not callable(function):
        raise TypeError(f"{name} must be a function such as {wanted}, got {type(function).__name__}")
    try:
        given = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        raise TypeError(f"{name} has no readable arguments; wrap it in a Python function {wanted}") from None
    names = [p.name for p in given if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty]
    data = 2 if target else 1
    if len(names) <= data:
        raise TypeError(
            f"{name} takes ({', '.join(names)}) but must take the parameters and the samples, such as {wanted}: the "
            "checker chooses both; write a function that puts them where your code wants them"
        )
    x = next((k for k, each in enumerate(names) if each.lower() in X_NAMES), None)
    y = next((k for k, each in enumerate(names) if each.lower() in Y_NAMES and k != x), None) if target else None
    if x is None or (target and y is None):
        x, y = len(names) - data, len(names) - 1 if target else None
    return Signature(tuple(each for k, each in enumerate(names) if k not in (x, y)), x, y)
