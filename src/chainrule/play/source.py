"""Values and calls as Python source, laid out as ruff would: in one line where they fit it, else an item a line."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterable
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.formulas.named import Named

__all__ = ["WIDTH", "call", "constructed", "literal", "numbers"]

WIDTH = 100
"""Characters of a line."""


def literal(value: Any) -> str:
    """A plain value as it is written, or a member of a family; numbers in as few digits as give them back.

    >>> literal(0.3), literal(np.float64(2)), literal((1, 2)), literal(cr.Adam()), literal(cr.Adam(0.1))
    ('0.3', '2.0', '[1, 2]', '"adam"', 'cr.Adam(0.1)')
    """
    if isinstance(value, Named):
        return constructed(value) if has_settings(value) else f'"{value.name}"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, np.generic):
        value = value.item()
    return f'"{value}"' if isinstance(value, str) and '"' not in value and value.isprintable() else repr(value)


def has_settings(member: Named) -> bool:
    """Whether a name alone would mean another one."""
    try:
        return type(member).get(member.name) != member
    except TypeError:  # it has a parameter without a default
        return True


def constructed(member: Named) -> str:
    """An optimizer or a schedule with those of its parameters that are not the defaults.

    >>> constructed(cr.SGD(cr.schedules.CosineDecay(0.3), momentum=0.9))
    'cr.SGD(cr.schedules.CosineDecay(0.3), momentum=0.9)'
    >>> constructed(cr.LBFGS(memory=5))
    'cr.LBFGS(memory=5)'
    """
    name = type(member).__name__
    place = "cr" if hasattr(cr, name) else f"cr.{member.kind}s"
    arguments = []
    settable = [field for field in dataclasses.fields(member) if field.init]  # type: ignore[arg-type]
    for i, field in enumerate(settable):
        value = getattr(member, field.name)
        if i == 0 and not field.kw_only:
            arguments.append(literal(value))
        elif value != field.default:
            arguments.append(f"{field.name}={literal(value)}")
    return f"{place}.{name}({', '.join(arguments)})"


def call(start: str, arguments: Iterable[str], end: str = ")") -> str:
    """A call, or a list, in one line or in several.

    >>> call("f(", ["1", "seed=2"])
    'f(1, seed=2)'
    """
    arguments = list(arguments)
    line = f"{start}{', '.join(arguments)}{end}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([start, *(f"    {argument}," for argument in arguments), end])


def numbers(start: str, values: Iterable[float], end: str = "]") -> str:
    """Many numbers, as many in a line as fit it.

    >>> print(numbers("theta[:] = [", [0.5] * 20))
    theta[:] = [
        0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5,
        0.5,
    ]
    """
    text = ", ".join(map(literal, values))
    if len(line := f"{start}{text}{end}") <= WIDTH:
        return line
    indent = " " * 4
    filled = textwrap.fill(f"{text},", WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
    return f"{start}\n{filled}\n{end}"
