"""Three columns of a table as points of one's own: two of them the plane, the third what is to be learned."""

from __future__ import annotations

from typing import Any

from chainrule.play.choices import MOST_CLASSES

__all__ = ["first_choice", "points"]

LONGEST_NAME = 60


def first_choice(table: dict[str, Any]) -> tuple[str, str, str]:
    """The first two columns of numbers, and the last column, which is what to learn.

    Raises:
        ValueError: there are no such columns.

    >>> first_choice({"columns": ["name", "a", "b", "kind"], "rows": [["p", 1.0, 2.0, "x"]]})
    ('a', 'b', 'kind')
    """
    *names, target = table["columns"]
    numeric = [name for i, name in enumerate(names) if is_numeric([row[i] for row in table["rows"]])]
    if len(numeric) < 2:
        raise ValueError(
            f"it needs two columns of numbers before its last one, which is what to learn; it has {len(numeric)} of "
            f"{len(names)}"
        )
    return numeric[0], numeric[1], target


def is_numeric(cells: list[Any]) -> bool:
    """Whether a column has numbers, and nothing else but what is missing."""
    return any(cell is not None for cell in cells) and all(cell is None or isinstance(cell, float) for cell in cells)


def points(table: dict[str, Any], x1: str, x2: str, target: str) -> dict[str, Any]:
    """The settings of these points; a row where one of the three is missing is left out.

    Words are classes, in alphabetical order, and so are at most 6 different whole numbers; other numbers are learned as
    they are. Coordinates are standardized, as columns of a table have any scale.

    Args:
        table: as of `dropped_table.read`.
        x1: the name of the column to the right.
        x2: the name of the column upwards.
        target: the name of the column that is to be learned.

    Raises:
        ValueError: there is no such column, a coordinate is a word, there are too many classes, or no row is left.

    Example:
        >>> table = {"columns": ["a", "b", "kind"], "rows": [[1.0, 2.0, "pear"], [3.0, 4.0, "fig"], [None, 0.0, "fig"]]}
        >>> made = points(table, "a", "b", "kind")
        >>> made["points"], made["class_names"]
        ([[1.0, 2.0, 1], [3.0, 4.0, 0]], ['fig', 'pear'])
    """
    places = [place_of(name, table["columns"]) for name in (x1, x2, target)]
    rows = [[row[place] for place in places] for row in table["rows"]]
    rows = [row for row in rows if None not in row]
    if not rows:
        raise ValueError(f"no row has all of {x1!r}, {x2!r} and {target!r}")
    for row in rows:
        for name, cell in zip((x1, x2), row, strict=False):
            if not isinstance(cell, float):
                raise ValueError(f"column {name!r} holds the word {cell[:40]!r}; a coordinate is a number")
    columns = [{row[i] for row in rows} for i in (0, 1)]
    made: dict[str, Any] = {"data": "own", "standardize": all(len(values) > 1 for values in columns)}
    values = [row[2] for row in rows]
    names = class_names(target, values)
    if names is None:  # a target of any scale: Adam's steps do not grow with it
        made |= {"own_task": "regression", "class_names": [], "points": rows}
        return made | {"optimizer": "adam", "optimizer_settings": {"learning_rate": 0.01}}
    numbered = [[a, b, names.index(label(value))] for a, b, value in rows]
    return made | {
        "own_task": "classification",
        "class_names": [name[:LONGEST_NAME] for name in names],
        "points": numbered,
    }


def place_of(name: str, columns: list[str]) -> int:
    """Where the column stands."""
    if name not in columns:
        raise ValueError(f"there is no column {name[:40]!r}; there are {', '.join(columns)[:200]}")
    return columns.index(name)


def class_names(target: str, values: list[float | str]) -> list[str] | None:
    """The classes by name, in order; None if the target is a number to be learned."""
    different = set(values)
    words = any(isinstance(value, str) for value in different)
    if not words:
        whole = all(value == int(value) for value in different)
        if not whole or len(different) > MOST_CLASSES:
            return None
        return [label(value) for value in sorted(different)]
    if len(different) > MOST_CLASSES:
        raise ValueError(f"column {target!r} has {len(different)} different words; the most is {MOST_CLASSES} classes")
    return sorted({label(value) for value in different})


def label(value: float | str) -> str:
    """A class as it is shown.

    >>> label(2.0), label("two")
    ('2', 'two')
    """
    return value if isinstance(value, str) else f"{value:.17g}"
