"""What is to be predicted: a class, or a number; and what makes a column unfit to be predicted.

Texts and truths are classes. Numbers are numbers where they have many different values; where they have few, both could
be meant (a rating of 1 to 5, a class 0, 1 or 2), and whoever has the table must say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.tables.columns import FEW, first_row, require_finite, require_one_sort
from chainrule.tables.profile import MOST, Origin, Profile, gaps_of
from chainrule.tables.reading import Table

if TYPE_CHECKING:
    from chainrule.arrays import Array

__all__ = ["TASKS", "Target", "chosen"]

TASKS = ("classification", "regression")
Label = str | int | float | bool


@dataclass(frozen=True)
class Target:
    """The target and its scale.

    Attributes:
        name: the column.
        classes: the labels of a classification in ascending order, at least two; empty for a regression.
        mean: of a regression's target among the rows trained on; 0 for a classification.
        scale: its standard deviation there; 1 for a classification.
    """

    name: str
    classes: tuple[Label, ...] = ()
    mean: float = 0.0
    scale: float = 1.0

    @property
    def task(self) -> str:
        """What it is: "classification" or "regression"."""
        return TASKS[0] if self.classes else TASKS[1]

    @property
    def n_outputs(self) -> int:
        """Units that the network ends in: one for a number or for two classes, else one a class."""
        return len(self.classes) if len(self.classes) > 2 else 1

    def read(self, table: Table) -> Array:
        """The column's values: class indices, or numbers as they are, (n,).

        Raises:
            TableError: the column is missing, or a value is missing, infinite, or no class that is known.
        """
        if self.name not in table.frame.columns:
            raise table.error(f"there is no column {self.name!r}, which is the target")
        profile = gaps_of(table, self.name)
        require_present(table, profile)
        if not self.classes:
            if table.kinds[self.name] not in ("number", "boolean"):
                raise table.error(
                    f"the target must be a number, but the column holds {table.kinds[self.name]}", column=self.name
                )
            require_finite(table, profile, is_target=True)
            return table.frame[self.name].to_numpy(dtype=np.float64)
        labels = labels_of(table, self.name)
        index = {label: i for i, label in enumerate(self.classes)}
        found = np.array([index.get(label, -1) for label in labels.values], dtype=np.intp)[labels.codes]
        if (found < 0).any():
            row = first_row(found < 0)
            raise table.error(
                f"{labels.values[labels.codes[row]]!r} is none of the classes that the model knows "
                f"({', '.join(map(str, self.classes[:20]))})",
                row=row,
                column=self.name,
            )
        return found


@dataclass(frozen=True)
class Labels:
    """The different values of a column in ascending order, and which of them each row has."""

    values: tuple[Label, ...]
    codes: np.ndarray[Any, np.dtype[np.intp]]


def labels_of(table: Table, name: str) -> Labels:
    """The labels of a column that has no missing value."""
    series, kind = table.frame[name], table.kinds[name]
    if kind == "text":
        order = np.argsort(np.asarray(series.cat.categories, dtype=object), kind="stable")
        rank = np.empty(len(order), dtype=np.intp)
        rank[order] = np.arange(len(order))
        return Labels(tuple(str(series.cat.categories[i]) for i in order), rank[series.cat.codes.to_numpy()])
    values, codes = np.unique(series.to_numpy(), return_inverse=True)
    return Labels(as_labels(kind, values.tolist()), codes)


def as_labels(kind: str, values: Sequence[Any]) -> tuple[Label, ...]:
    """Different values of a column of this kind as labels, in their order.

    >>> as_labels("number", [2.0, 1.0]), as_labels("boolean", [1.0, 0.0])
    ((2, 1), (True, False))
    """
    if kind == "text":
        return tuple(map(str, values))
    if kind == "boolean":
        return tuple(map(bool, values))
    whole = all(value == np.floor(value) for value in values)
    return tuple(int(value) if whole else float(value) for value in values)


def require_present(origin: Origin, profile: Profile) -> None:
    """Raise where a value of the target is missing."""
    if profile.missing:
        raise origin.error(
            f"the target is missing ({profile.missing} such rows); fill it in, or leave out the row",
            row=profile.first_missing,
            column=profile.name,
        )


def chosen(origin: Origin, name: str, task: str, ask: Callable[[str], str] | None) -> Target:
    """The target, its task as said or inferred; its mean and scale are still to be found.

    Args:
        origin: where it stands.
        name: the column.
        task: "classification", "regression", or "auto".
        ask: asks a person which of the two is meant; None where nobody is there.

    Raises:
        TableError: the column is no target; the message says in which row and why.
    """
    profile = origin.profile(name, values=True)
    kind, n, distinct = profile.kind, profile.n, profile.distinct
    if kind in ("date", "nested"):
        raise origin.error(
            f"the target must be a number, a truth or a text, but the column holds {kind} values; "
            + ("make a number of it, such as days since a day" if kind == "date" else "name another --target"),
            column=name,
        )
    require_present(origin, profile)
    if kind != "text":
        require_finite(origin, profile, is_target=True)
    if n < 2:
        raise origin.error("there is 1 row; training needs at least two, and learning many more")
    if distinct == 1:
        raise origin.error(
            f"the target is constant: it is {profile.values[0]!s:.40} in all {n} rows, so that there is nothing to "
            "learn; name another --target",
            column=name,
        )
    if task == "auto":
        task = inferred(origin, profile, ask)
    if task == "regression":
        if kind == "text":
            require_one_sort(origin, profile)
            raise origin.error("--task regression needs a number, but the column holds text", column=name)
        return Target(name)
    return Target(name, require_classes(origin, profile))


def inferred(origin: Origin, profile: Profile, ask: Callable[[str], str] | None) -> str:
    """The task by the column's kind and values."""
    if profile.kind == "text":
        require_one_sort(origin, profile)
        return "classification"
    if profile.kind == "boolean":
        return "classification"
    if profile.distinct > FEW or 2 * profile.distinct > profile.n:
        return "regression"
    question = f"the target {profile.name!r} is a number with {profile.distinct} different values"
    if ask is None:
        raise origin.error(
            f"{question}; pass --task classification if they are classes, --task regression if they are amounts"
        )
    return ask(f"{question}: are they classes, or amounts")


def require_classes(origin: Origin, profile: Profile) -> tuple[Label, ...]:
    """The classes, in ascending order.

    Raises:
        TableError: all are different, there are too many, or one has a single row.
    """
    name, n, distinct = profile.name, profile.n, profile.distinct
    if distinct == n:
        number = "" if profile.kind == "text" else ", or pass --task regression"
        raise origin.error(
            f"the target is different in each of the {n} rows, so that no class could be learned; name another "
            f"--target{number}",
            column=name,
        )
    if profile.at_least or distinct > MOST:
        found = "" if profile.at_least else f"{distinct} classes, "
        raise origin.error(
            f"the target has {found}more than {MOST}{' classes' * (not found)}; name another --target", column=name
        )
    labels = as_labels(profile.kind, profile.values)
    if profile.counts.min() < 2:
        alone = int(np.where(profile.counts < 2, profile.firsts, n).argmin())
        raise origin.error(
            f"the class {str(labels[alone])[:40]!r} has this row only, and a class needs one to learn from and "
            "one to be checked on; leave out the row, or give it another class",
            row=int(profile.firsts[alone]),
            column=name,
        )
    return tuple(sorted(labels))
