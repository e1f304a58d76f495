"""What each quantity is called: in the report's letters, or in those of the field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chainrule.arguments import unknown_name
from chainrule.explain.nodes import Index, Symbol

__all__ = ["NAMES", "Letter", "Notation", "get"]


@dataclass(frozen=True)
class Letter:
    """How a symbol is drawn: a letter, perhaps with a hat, a d before it, or as ∂L/∂ of it; a tag below it."""

    base: str
    hat: bool = False
    d: bool = False
    of_loss: bool = False
    tag: str = ""


GREEK = {
    "learning_rate": "η",
    "momentum": "μ",
    "rho": "ρ",
    "epsilon": "ε",
    "weight_decay": "λ",
    "beta_1": "β",
    "beta_2": "β",
    "alpha": "α",
    "velocity": "v",
    "ones": "1",
}
TAGS = {"beta_1": "1", "beta_2": "2"}


@dataclass(frozen=True)
class Notation:
    """A way to write.

    Attributes:
        name: "report" or "standard".
        letters: the letter of every kind of tensor.
        matmul: the sign between matrices that are multiplied; "" for none.
        elementwise: the sign of a product entry by entry.
        transposed: what a transposed matrix has behind it, and whether it is raised.
        row_of_bias: whether an entry of a bias has the row's number 1 before its own.
    """

    name: str
    letters: Mapping[str, Letter]
    matmul: str
    elementwise: str
    transposed: tuple[str, bool]
    row_of_bias: bool

    def letter(self, symbol: Symbol) -> Letter:
        """How this symbol is drawn."""
        if symbol.kind in self.letters:
            return self.letters[symbol.kind]
        slot, _, of = symbol.kind.rpartition("_")
        if of in ("weight", "bias"):  # what an optimizer keeps for a weight or a bias
            return Letter(GREEK.get(slot, slot), tag=self.letters[of].base)
        return Letter(GREEK.get(symbol.kind, symbol.kind), tag=TAGS.get(symbol.kind, ""))

    def entry(self, symbol: Symbol) -> tuple[str, ...]:
        """The indices of an entry as they are printed: counted from 1."""
        entry: tuple[Index, ...] = symbol.entry
        if symbol.kind.endswith("bias") and not self.row_of_bias:
            entry = entry[-1:]
        return tuple(str(index + 1) if isinstance(index, int) else index for index in entry)

    def joined(self, symbol: Symbol) -> str:
        """The indices in one, with commas where a number has two digits."""
        entry = self.entry(symbol)
        return ("," if any(len(index) > 1 for index in entry) else "").join(entry)


REPORT = Notation(
    "report",
    {
        "z": Letter("a"),
        "a": Letter("a", hat=True),
        "grad_a": Letter("a", hat=True, d=True),
        "delta": Letter("a", d=True),
        "weight": Letter("w"),
        "bias": Letter("b"),
        "grad_weight": Letter("w", d=True),
        "grad_bias": Letter("b", d=True),
        "loss": Letter("L"),
        "term": Letter("ℓ"),
    },
    matmul="@",
    elementwise="*",
    transposed=(".T", False),
    row_of_bias=True,
)
STANDARD = Notation(
    "standard",
    {
        "z": Letter("z"),
        "a": Letter("a"),
        "grad_a": Letter("a", of_loss=True),
        "delta": Letter("δ"),
        "weight": Letter("W"),
        "bias": Letter("b"),
        "grad_weight": Letter("W", of_loss=True),
        "grad_bias": Letter("b", of_loss=True),
        "loss": Letter("L"),
        "term": Letter("ℓ"),
    },
    matmul="",
    elementwise="⊙",
    transposed=("T", True),
    row_of_bias=False,
)
NAMES = ("report", "standard")


def get(name: str) -> Notation:
    """The notation of that name.

    Raises:
        ValueError: there is none.

    >>> get("report").letter(Symbol("delta", 1))
    Letter(base='a', hat=False, d=True, of_loss=False, tag='')
    """
    for notation in (REPORT, STANDARD):
        if notation.name == name:
            return notation
    raise ValueError(unknown_name("notation", str(name), NAMES))
