"""Writes a formula as source text: the operations that it recorded, in the infix notation that C and Python share.

A part that a formula uses more than once gets a name and is computed once. What differs from language to language, the
calls and the numbers, is a `Language`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chainrule.formulas.expression import Expression

__all__ = ["Language", "UnknownOperationError", "Writer", "key_of"]

COMPARISON, SUM, PRODUCT, SIGN, ATOM = 1, 2, 3, 4, 5
"""How tightly an operation binds, from the loosest on."""
INFIX = {
    "greater": (">", COMPARISON),
    "greater_equal": (">=", COMPARISON),
    "less": ("<", COMPARISON),
    "less_equal": ("<=", COMPARISON),
    "equal": ("==", COMPARISON),
    "add": ("+", SUM),
    "subtract": ("-", SUM),
    "multiply": ("*", PRODUCT),
    "divide": ("/", PRODUCT),
}


class UnknownOperationError(NotImplementedError):
    """A formula uses an operation that the exported file has no word for."""


@dataclass(frozen=True)
class Language:
    """How a language calls functions and spells numbers.

    Attributes:
        name: what it is called in messages.
        calls: for an operation, by NumPy's name for it and ".reduce" if it is a reduction over the units, the text
            that its arguments are put into, in place of {}.
        number: the text of a number.
    """

    name: str
    calls: Mapping[str, str]
    number: Callable[[float], str]


@dataclass
class Writer:
    """Writes parts of one formula.

    Attributes:
        language: the language.
        known: the texts of symbols, by their names, and of parts that are computed already, by their keys.
        used: the calls that were written, by NumPy's names.
    """

    language: Language
    known: Mapping[str, str]
    used: set[str] = field(default_factory=set)

    def write(self, expression: Any) -> tuple[list[tuple[str, str]], str]:
        """The named parts with their texts, in the order in which they are computed, and the text of the whole.

        >>> z = Expression.symbol("z")
        >>> Writer(Language("C", {}, str), {"z": "z"}).write((z + 1) * (z + 1) - (2 - z))
        ([('t1', 'z + 1.0')], 't1 * t1 - (2.0 - z)')
        """
        uses: Counter[str] = Counter()
        self.count(expression, uses)
        named: list[tuple[str, str]] = []
        names: dict[str, str] = {}

        def text(part: Any) -> tuple[str, int]:
            if not isinstance(part, Expression):
                number = self.language.number(float(part))
                return (f"({number})" if number.startswith("-") else number), ATOM
            key = key_of(part)
            if key in self.known:
                return self.known[key], ATOM
            if key not in names:
                written = self.operation(part, text)
                if uses[key] == 1:
                    return written
                names[key] = f"t{len(named) + 1}"
                named.append((names[key], written[0]))
            return names[key], ATOM

        return named, text(expression)[0]

    def count(self, part: Any, uses: Counter[str]) -> None:
        """How often each part is used by others, below what is known."""
        if isinstance(part, Expression) and key_of(part) not in self.known:
            uses[key_of(part)] += 1
            if uses[key_of(part)] == 1:
                for argument in part.arguments:
                    self.count(argument, uses)

    def operation(self, part: Expression, text: Callable[[Any], tuple[str, int]]) -> tuple[str, int]:
        """The text of one operation, and how tightly it binds."""
        name = part.operation_name
        arguments = [text(argument) for argument in part.arguments]
        if name in INFIX:
            sign, level = INFIX[name]
            (left, left_level), (right, right_level) = arguments
            left = left if left_level >= level else f"({left})"
            # a - (b - c) is not a - b - c, and in rounded numbers a + (b + c) is not a + b + c either
            right = right if right_level > level else f"({right})"
            return f"{left} {sign} {right}", level
        if name == "negative":
            inner, level = arguments[0]
            return f"-{inner if level == ATOM else f'({inner})'}", SIGN
        if name not in self.language.calls:
            raise UnknownOperationError(
                f"there is no way to write {name}, used by a formula, in {self.language.name}; "
                "write the formula in the functions of chainrule.formulas.elementary that predictions can use"
            )
        self.used.add(name)
        return self.language.calls[name].format(*(inner for inner, _ in arguments)), ATOM


def key_of(part: Any) -> str:
    """What two parts share if and only if they are the same formula."""
    return repr(part)
