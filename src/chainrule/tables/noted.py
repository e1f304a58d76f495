"""What a person should hear of rows that are predicted for: columns ignored, values filled, texts never seen."""

from __future__ import annotations

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
    filled: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, Unknown] = field(default_factory=dict)

    def __add__(self, other: Noted) -> Noted:
        nothing = Unknown()
        return Noted(
            tuple(dict.fromkeys(self.ignored + other.ignored)),
            {name: self.filled.get(name, 0) + other.filled.get(name, 0) for name in {**self.filled, **other.filled}},
            {
                name: self.unknown.get(name, nothing) + other.unknown.get(name, nothing)
                for name in {**self.unknown, **other.unknown}
            },
        )

    def lines(self) -> list[str]:
        """In words.

        >>> Noted(filled={"size": 2}, unknown={"town": Unknown(3, ("Ulm",))}).lines()[0]
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
