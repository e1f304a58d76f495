"""What a search may give to one setting: a value of a range, or one of some choices."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Choices", "Range", "Searched", "searched_in"]


@dataclass(frozen=True)
class Range:
    """Numbers from low to high, both included.

    Attributes:
        low: the least.
        high: the greatest; of a range with steps the last one that a step reaches.
        log: whether their logarithms are equally likely, and not they.
        step: from one number to the next; None for all numbers between, which for whole ones are steps of 1.
        whole: whether they are whole.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    whole: bool = False

    @property
    def ends(self) -> tuple[float, ...]:
        """What the setting must be able to have."""
        return self.low, self.high

    def grid(self, name: str) -> tuple[float, ...]:
        """Every number of the range.

        Raises:
            ValueError: there are infinitely many, or their logarithms are meant.

        >>> Range(0.0, 0.3, step=0.1).grid("dropout")
        (0.0, 0.1, 0.2, 0.3)
        """
        step = self.step or (1 if self.whole and not self.log else None)
        if step is None:
            raise ValueError(f"a grid needs the values of {name}; give it choices, or a range with a step")
        numbers = [self.low + i * step for i in range(round((self.high - self.low) / step) + 1)]
        return tuple(int(one) if self.whole else round(one, 12) for one in numbers)

    def to_json(self) -> dict[str, Any]:
        """The range as a space file says it."""
        said: dict[str, Any] = {"low": self.low, "high": self.high}
        return said | ({"log": True} if self.log else {}) | ({"step": self.step} if self.step else {})


@dataclass(frozen=True)
class Choices:
    """Some values, in no order.

    Attributes:
        values: at least one, all different.
    """

    values: tuple[Any, ...]

    @property
    def ends(self) -> tuple[Any, ...]:
        """What the setting must be able to have."""
        return self.values

    def grid(self, name: str) -> tuple[Any, ...]:
        """Every one of them."""
        return self.values

    def to_json(self) -> dict[str, Any]:
        """The choices as a space file says them."""
        return {"choices": list(self.values)}


Searched = Range | Choices


def searched_in(name: str, said: Mapping[str, Any], kind: type) -> Searched:
    """What a table of a space file says of a setting.

    Args:
        name: of the setting.
        said: `{low, high}` with `log` or `step`, or `{choices}`.
        kind: int, float or str: the type of its values.

    Raises:
        ValueError: it says nothing that can be searched; the message says what to write.
    """
    example = "{ low = 1, high = 9 }, with log = true or step = 2 if you like, or { choices = [1, 2] }"
    if set(said) == {"choices"}:
        return choices_of(name, said["choices"])
    if not {"low", "high"} <= set(said) <= {"low", "high", "log", "step"}:
        raise ValueError(f"{name} must be a value, or {example}, got the keys {', '.join(said) or 'none'}")
    if kind is str:
        raise ValueError(f"{name} is a text and has no range; write {{ choices = [...] }}")
    low, high, log, step = said["low"], said["high"], said.get("log", False), said.get("step")
    for key, value in {"low": low, "high": high, "step": 1 if step is None else step}.items():
        is_number = isinstance(value, int if kind is int else (int, float)) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value):
            what = "a whole number" if kind is int else "a finite number"
            raise ValueError(f"{key} of {name} must be {what}, got {value!r}")
    if not isinstance(log, bool):
        raise ValueError(f"log of {name} must be true or false, got {log!r}")
    if low >= high:
        raise ValueError(f"the range of {name} is empty: low = {low} must be below high = {high}")
    if log and low <= 0:
        raise ValueError(f"{name} has no logarithm at low = {low}; let low be above 0, or leave out log")
    if step is not None:
        if log:
            raise ValueError(f"{name} has log and step; leave out one of them")
        if not 0 < step <= high - low:
            raise ValueError(f"step = {step} of {name} must be above 0 and at most high − low = {high - low:g}")
        high = low + math.floor((high - low) / step + 1e-9) * step
        high = high if kind is int else round(high, 12)
    number = int if kind is int else float
    return Range(number(low), number(high), log, None if step is None else number(step), kind is int)


def choices_of(name: str, values: Any) -> Choices:
    """Choices, if these are some.

    Raises:
        ValueError: there are none, or one comes twice.
    """
    if not isinstance(values, list) or not values:
        raise ValueError(f"choices of {name} must be a list of values, got {values!r}")
    if any(isinstance(value, (list, dict)) or values.count(value) > 1 for value in values):
        raise ValueError(f"choices of {name} must be single values, all different, got {values!r}")
    return Choices(tuple(values))
