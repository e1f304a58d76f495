"""A field of the settings: what kind of value it takes, within which bounds, and what is said of any other value."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.arguments import unknown_name

__all__ = ["ChoiceError", "Field", "shown"]


class ChoiceError(ValueError):
    """A setting that cannot be; `field` names it."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, kw_only=True)
class Field:
    """A setting, declared: the page makes a control of it, `parse` checks what comes back.

    Attributes:
        name: by which the settings have it.
        kind: "choice" of one of the options, "choices" of several, "integer", "number", "switch", "list" of names or
            whole numbers, "points" and "edits" (rows of three numbers), "values" (a few numbers), "numbers" (many), or
            "settings": what an option of another field has for parameters.
        group: where the page shows it.
        default: the value where none is given.
        options: the names that may be chosen.
        least: the smallest number, itself allowed; for a list, of each item.
        most: the largest number, itself allowed.
        logarithmic: whether a slider of it is.
        first: of a number that may be None, which leaves it out: what it is when it is first wanted.
        fewest: how many items at least.
        longest: how many items at most.
        of: for "settings": the field whose option has these parameters.
        parameters: for "settings": the fields of every option.
        where: the field is of use only where those others have one of these values.
    """

    name: str
    kind: str
    group: str
    default: Any
    options: Sequence[str] | None = None
    least: float | None = None
    most: float | None = None
    logarithmic: bool = False
    first: float | None = None
    fewest: int = 0
    longest: int | None = None
    of: str | None = None
    parameters: Mapping[str, Sequence[Field]] | None = None
    where: Mapping[str, Sequence[Any]] | None = None

    def to_json(self) -> dict[str, Any]:
        """The field as the page reads it; what it has not is left out."""
        told = {name: value for name, value in vars(self).items() if value is not None and value is not False}
        if not self.fewest:
            del told["fewest"]
        if self.parameters is not None:
            told["parameters"] = {
                option: [field.to_json() for field in fields] for option, fields in self.parameters.items()
            }
        return {**plain(told), "default": plain(self.default)}

    def parsed(self, value: Any) -> Any:
        """The value, checked, and as Python has it: tuples for lists.

        Raises:
            ChoiceError: it is of another kind, or out of bounds; the message says the bound.

        >>> Field(name="epochs", kind="integer", group="training", default=1, least=1, most=10).parsed(11)
        Traceback (most recent call last):
            ...
        chainrule.play.fields.ChoiceError: epochs must be a whole number from 1 to 10, got 11
        """
        return None if value is None and self.first is not None else KINDS[self.kind](self, value)

    def refuse(self, wanted: str, value: Any) -> ChoiceError:
        """The error for a value that is not what was wanted."""
        return ChoiceError(f"{self.name} must be {wanted}, got {shown(value)}", self.name)


def plain(value: Any) -> Any:
    """A value as JSON has it: lists for tuples."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, tuple | list) else value


def shown(value: Any) -> str:
    """A value that a message may repeat: short, whatever was sent.

    >>> shown(10**5000), shown("x" * 50)
    ('a number of 5001 digits', "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…")
    """
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**40:
        return f"a number of {int(math.log10(abs(value))) + 1} digits"
    if isinstance(value, list | tuple | dict):
        return f"a {type(value).__name__} of {len(value)}"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def bounds(field: Field) -> str:
    """The range of a number in words."""
    low, high = field.least, field.most
    assert low is not None
    assert high is not None
    return f"from {low:,.10g} to {high:,.10g}"


def number(field: Field, value: Any) -> float:
    """A finite number within the bounds; a bool is none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if field.least is None or field.most is None:
        if not is_number or not abs(value) <= 1e300:  # NaN is refused as well
            raise field.refuse("a finite number", value)
    elif not is_number or not field.least <= value <= field.most:
        raise field.refuse(f"a number {bounds(field)}", value)
    return float(value)


def integer(field: Field, value: Any) -> int:
    """A whole number within the bounds; 3.0 is one too, as JavaScript tells them not apart."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not (field.least or 0) <= value <= (field.most or 0):
        raise field.refuse(f"a whole number {bounds(field)}", value)
    return value


def switch(field: Field, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise field.refuse("true or false", value)
    return value


def choice(field: Field, value: Any) -> str:
    """One of the options."""
    if not isinstance(value, str):
        raise field.refuse("a name", value)
    assert field.options is not None
    if value not in field.options:
        raise ChoiceError(unknown_name(field.name, value[:40], field.options), field.name)
    return value


def items(field: Field, value: Any) -> list[Any]:
    """A list that is not too long."""
    most = field.longest if field.longest is not None else 0
    if not isinstance(value, list | tuple):
        raise field.refuse("a list", value)
    if not field.fewest <= len(value) <= most:
        raise ChoiceError(f"{field.name} must have {field.fewest} to {most:,} items, got {len(value):,}", field.name)
    return list(value)


def choices(field: Field, value: Any) -> tuple[str, ...]:
    """Some of the options, in the order of the options, each once."""
    names = {choice(field, item) for item in items(field, value)}
    assert field.options is not None
    return tuple(option for option in field.options if option in names)


def listed(field: Field, value: Any) -> tuple[Any, ...]:
    """A list of options, of whole numbers, or of short texts."""
    if field.options is not None:
        return tuple(choice(field, item) for item in items(field, value))
    if field.least is not None:
        return tuple(integer(field, item) for item in items(field, value))
    texts = items(field, value)
    for text in texts:
        if not isinstance(text, str) or len(text) > 60:
            raise field.refuse("a list of texts of at most 60 characters", text)
    return tuple(texts)


def numbers(field: Field, value: Any) -> tuple[float, ...]:
    """A list of numbers."""
    return tuple(number(field, item) for item in items(field, value))


def triples(field: Field, value: Any) -> list[tuple[float, float, float]]:
    """Rows of three numbers."""
    rows = []
    for row in items(field, value):
        if not isinstance(row, list | tuple) or len(row) != 3:
            raise field.refuse("a list of rows of three numbers", row)
        a, b, c = (number(field, item) for item in row)
        rows.append((a, b, c))
    return rows


def points(field: Field, value: Any) -> tuple[tuple[float, float, float], ...]:
    """Rows of x₁, x₂ and y."""
    return tuple(triples(field, value))


def edits(field: Field, value: Any) -> tuple[tuple[int, int, float], ...]:
    """Rows of an epoch, a place in θ, and the value that it gets."""
    rows = triples(field, value)
    for epoch, place, _ in rows:
        if epoch < 0 or place < 0 or epoch != int(epoch) or place != int(place):
            raise ChoiceError(
                f"{field.name} must be rows of an epoch, a place in θ and a value, got {epoch:g}, {place:g}", field.name
            )
    return tuple((int(epoch), int(place), value) for epoch, place, value in rows)


KINDS: Mapping[str, Callable[[Field, Any], Any]] = {
    "number": number,
    "integer": integer,
    "switch": switch,
    "choice": choice,
    "choices": choices,
    "list": listed,
    "values": numbers,
    "numbers": numbers,
    "points": points,
    "edits": edits,
}
"""Of every kind but "settings", whose parts are fields of their own."""
