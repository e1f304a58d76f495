"""What a person should hear of rows that are predicted for: columns ignored, values filled, texts never seen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

__all__ = ["Noted", "Unknown"]

SHOWN = 20


@dataclass(frozen=True)
class Unknown:
    """Texts that training did not see: how many values, and some of the different ones in their order."""

    count: int = 0
    texts: tuple[str, ...] = ()

    def __add__(self, other: Unknown) -> Unknown:
        return Unknown(self.count + other.count, tuple(dict.fromkeys(self.texts + other.texts))[:SHOWN])


@dataclass(frozen=True)
class Noted:
    """What was noted of some rows; it adds up.

    Attributes:
        ignored: columns that the model does not use.
        filled: how many missing values each column has.
        unknown: what training did not see in each column.
    """

    ignored: tuple[str, ...] = ()
    filled: Counter[str] = field(default_factory=Counter)
    unknown: dict[str, Unknown] = field(default_factory=dict)

    def __add__(self, other: Noted) -> Noted:
        names = dict.fromkeys([*self.unknown, *other.unknown])
        return Noted(
            tuple(dict.fromkeys(self.ignored + other.ignored)),
            self.filled + other.filled,
            {name: self.unknown.get(name, Unknown()) + other.unknown.get(name, Unknown()) for name in names},
        )

    def lines(self) -> list[str]:
        """In words.

        >>> Noted(filled=Counter(size=2), unknown={"town": Unknown(3, ("Ulm",))}).lines()[0]
        'missing values filled: 2 of size'
        """
        said = []
        if self.ignored:
            said.append(f"ignored, since the model does not use them: {', '.join(self.ignored[:SHOWN])}")
        if any(self.filled.values()):
            filled = ", ".join(f"{count} of {name}" for name, count in self.filled.items() if count)
            said.append(f"missing values filled: {filled}")
        for name, unknown in self.unknown.items():
            shown = ", ".join(map(repr, unknown.texts[:5])) + (" …" if len(unknown.texts) > 5 else "")
            said.append(
                f"column {name!r}: {unknown.count} values that training did not see ({shown}) count as none of its "
                "categories"
            )
        return said
