"""Which numbers, seeds and names the package takes from a caller, and what it says of the others."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = ["as_count", "as_generator", "require", "require_bool", "unknown_name"]


def unknown_name(kind: str, name: str, names: Iterable[str]) -> str:
    """The message for a name that is not there, with the nearest one that is.

    >>> unknown_name("activation", "sigmiod", ["relu", "sigmoid"])
    "unknown activation 'sigmiod'; did you mean 'sigmoid'? The names are relu, sigmoid"
    """
    import difflib  # here, because it is needed only where something is wrong

    names, given = sorted(names), name.lower()
    nearest = (
        [known for known in names if given == "".join(word[0] for word in known.split("_"))]  # mse
        or difflib.get_close_matches(given, names, n=1, cutoff=0.5)
        or [known for known in names if given and known.startswith(given)]  # he
    )
    hint = f"; did you mean {nearest[0]!r}?" if nearest else "."
    return f"unknown {kind} {name!r}{hint} The names are {', '.join(names)}"


def require(name: str, value: Any, low: float, high: float = math.inf, *, closed: bool = False) -> None:
    """Raise unless value is a finite real number with low < value < high (low ≤ value if closed).

    Raises:
        TypeError: value is no real number (a bool is none).
        ValueError: value is outside the range.

    >>> require("learning_rate", -0.1, 0)
    Traceback (most recent call last):
        ...
    ValueError: learning_rate must be a finite number greater than 0, got -0.1
    """
    wanted = f"a finite number {'at least' if closed else 'greater than'} {low:g}"
    if high < math.inf:
        wanted += f" and less than {high:g}"
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be {wanted}, got {value!r} of type {type(value).__name__}")
    number = float(value)
    if not (math.isfinite(number) and (low <= number if closed else low < number) and number < high):
        raise ValueError(f"{name} must be {wanted}, got {value!r}")


def require_bool(name: str, value: Any) -> None:
    """Raise unless value is True or False.

    Raises:
        TypeError: it is neither.

    >>> require_bool("nesterov", 1)
    Traceback (most recent call last):
        ...
    TypeError: nesterov must be True or False, got 1
    """
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {value!r}")


def as_count(name: str, value: Any, *, least: int = 1) -> int:
    """Value as an int of at least `least`.

    Raises:
        TypeError: value is no whole number (a bool is none).
        ValueError: value is smaller.

    >>> as_count("epochs", 0)
    Traceback (most recent call last):
        ...
    ValueError: epochs must be a whole number of at least 1, got 0
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be a whole number, got {value!r} of type {type(value).__name__}")
    if value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value}")
    return int(value)


def as_generator(name: str, seed: int | np.random.Generator | None) -> np.random.Generator:
    """The generator itself, or a new one from this seed; None takes a seed from the system.

    Raises:
        TypeError: seed is none of these.
        ValueError: seed is negative.

    >>> as_generator("seed", 0).random() == as_generator("seed", 0).random()
    True
    """
    if seed is None or isinstance(seed, np.random.Generator):
        return np.random.default_rng(seed)
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise TypeError(f"{name} must be a whole number or a numpy.random.Generator, got {seed!r}")
    return np.random.default_rng(as_count(name, seed, least=0))
