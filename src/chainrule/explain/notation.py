"""What each quantity is called: in the report's letters, or in those of the field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chainrule.arguments import unknown_name
from chainrule.explain.nodes import Index, Symbol

__all__ = ["NAMES", "PARTS", "Letter", "Notation", "get"]


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
    "first_moment": "m",
    "second_moment": "v",
    "largest_second_moment": "v",
    "infinity_norm": "u",
    "sum_of_squares": "s",
    "mean_square": "s",
    "mean_square_step": "u",
    "mean_gradient": "ḡ",
    "momentum_product": "Π",
    "momentum_decay": "ψ",
    "previous_gradient": "p",
    "step_size": "Δ",
    "eta_minus": "η",
    "eta_plus": "η",
    "min_step": "Δ",
    "max_step": "Δ",
    "cut": "c",
    "clipped": "g",
    "clip_value": "c",
    "clip_norm": "c",
    "norm": "‖g‖",
    "penalized": "G",
    "l1": "λ",
    "l2": "λ",
    "penalty": "R",
    "objective": "J",
}
TAGS = {
    "beta_1": "1",
    "beta_2": "2",
    "largest_second_moment": "max",
    "eta_minus": "−",
    "eta_plus": "+",
    "min_step": "min",
    "max_step": "max",
    "l1": "1",
    "l2": "2",
    "clip_value": "value",
    "clip_norm": "norm",
}
PARTS = ("weight", "bias", "gamma", "beta", "alpha")
"""What a layer can learn."""
INNER = {
    "normalized": Letter("n"),
    "standardized": Letter("z", hat=True),
    "mean": Letter("μ"),
    "row_mean": Letter("μ"),
    "variance": Letter("σ²"),
    "row_variance": Letter("σ²"),
    "gamma": Letter("γ"),
    "beta": Letter("β"),
    "alpha": Letter("α"),
    "dropped": Letter("ã"),
}
"""What lies within a layer besides its product and its activation, the same letters in both notations."""
OTHERS = {
    "running_mean": Letter("μ", tag="run"),
    "running_variance": Letter("σ²", tag="run"),
    "norm_momentum": Letter("m"),
    "keep": Letter("r"),
    "rate": Letter("p"),
}


@dataclass(frozen=True)
class Notation:
    """A way to write.

    Attributes:
        name: "report" or "standard".
        letters: the letter of every kind of tensor.
        matmul: the sign between matrices that are multiplied; "" for none.
        elementwise: the sign of a product entry by entry.
        transposed: what a transposed matrix has behind it, and whether it is raised.
        row_of_bias: whether an entry of a bias, or of what else is one row, has the row's number 1 before its own.
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
        if of in PARTS and slot:  # what an optimizer keeps for a weight or a bias
            tags = (TAGS.get(slot, ""), self.letters[of].base)
            return Letter(GREEK.get(slot, slot), tag=",".join(tag for tag in tags if tag))
        return Letter(GREEK.get(symbol.kind, symbol.kind), tag=TAGS.get(symbol.kind, ""))

    def entry(self, symbol: Symbol) -> tuple[str, ...]:
        """The indices of an entry as they are printed: counted from 1."""
        entry: tuple[Index, ...] = symbol.entry
        if not self.row_of_bias and "row_" in symbol.kind:
            entry = entry[:1]
        elif not self.row_of_bias and symbol.kind.endswith(("mean", "variance", *PARTS[1:])):
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
        **INNER,
        **{f"grad_{kind}": replace(letter, d=True) for kind, letter in INNER.items()},
        **OTHERS,
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
        **INNER,
        **{f"grad_{kind}": replace(letter, of_loss=True) for kind, letter in INNER.items()},
        **OTHERS,
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
