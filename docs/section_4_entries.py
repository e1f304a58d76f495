"""A sentence of the report, and how the results of studies judge it."""

from collections.abc import Callable
from dataclasses import dataclass

from checked.verdicts import Verdict

__all__ = ["ENTRIES", "Entry", "Judge", "entry"]

Judge = Callable[..., tuple[Verdict, str]]
"""Gives a verdict and what was found, from the results of some studies."""


@dataclass(frozen=True)
class Entry:
    """A sentence of the report.

    Attributes:
        section: where it stands.
        says: the sentence.
        needs: the studies that it takes to judge it.
        judge: the verdict and what was found, from the results of those studies.
        pictures: study and picture, to show below.
    """

    section: str
    says: str
    needs: tuple[str, ...]
    judge: Judge
    pictures: tuple[tuple[str, str], ...] = ()


ENTRIES: list[Entry] = []


def entry(section: str, says: str, *needs: str, pictures: tuple[tuple[str, str], ...] = ()) -> Callable[[Judge], Judge]:
    """Add a sentence, which the function below judges from the results of the studies that it needs."""

    def register(judge: Judge) -> Judge:
        ENTRIES.append(Entry(section, says, needs, judge, pictures))
        return judge

    return register
