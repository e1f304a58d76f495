"""What a normalization computes, forward and backward, as formulas to print: of one entry, or with letters for any.

    μ = mean(z)        σ² = mean((z − μ)²)        ẑ = (z − μ) / √(σ² + ε)        n = γ ẑ + β

A mean goes over the samples of a batch, unit by unit; or over the units of a layer, sample by sample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chainrule.explain.nodes import (
    Add,
    Call,
    Divide,
    Index,
    Multiply,
    Negative,
    Node,
    Number,
    Partial,
    Power,
    Symbol,
    Total,
)
from chainrule.formulas.expression import Expression
from chainrule.formulas.normalizations import Normalization

__all__ = ["Normalized", "goes_over", "summed"]

TWO = Number(2.0)


def goes_over(normalization: Normalization) -> str:
    """What the mean goes over: "samples" or "units"."""
    over: str = normalization.mean(Expression.symbol("z")).over
    return over


def summed(terms: list[Node]) -> Node:
    """The sum; of a single term that term."""
    return Add(tuple(terms)) if len(terms) > 1 else terms[0]


def minus(x: Node, y: Node) -> Node:
    return Add((x, Negative(y)))


@dataclass(frozen=True)
class Normalized:
    """The formulas of a layer's normalization, each of the entry in a row and a column, numbers or letters.

    Attributes:
        layer: the layer's number from 1, or a letter.
        over: what a mean goes over, "samples" or "units".
        n: the number of samples.
        d: the number of units.
        letter: the index that a sum or a mean goes through, where row and column are letters.
    """

    layer: Index
    over: str
    n: int = 1
    d: int = 1
    letter: str = "k"

    # The quantities

    def of(self, kind: str, row: Index, column: Index) -> Symbol:
        """An entry of a matrix (n, d)."""
        return Symbol(kind, self.layer, (row, column))

    def mean_of(self, kind: str, row: Index, column: Index) -> Symbol:
        """The entry of "mean", "variance", or ∂L by one of them, that belongs to an entry of z."""
        if self.over == "samples":
            return Symbol(kind, self.layer, (0, column))
        return Symbol(kind.replace("mean", "row_mean").replace("variance", "row_variance"), self.layer, (row, 0))

    def learned(self, kind: str, column: Index) -> Symbol:
        """The unit's entry of "gamma" or "beta", or of ∂L by one of them."""
        return Symbol(kind, self.layer, (0, column))

    @property
    def count(self) -> Symbol:
        """How many entries a mean goes over."""
        return Symbol("n") if self.over == "samples" else Symbol("d", self.layer)

    def total(self, row: Index, column: Index, of: Callable[[Index, Index], Node]) -> Node:
        """The sum over the entries that share the mean of this one."""
        if isinstance(row, str) or isinstance(column, str):
            return Total(self.letter, of(self.letter, column) if self.over == "samples" else of(row, self.letter))
        if self.over == "samples":
            return summed([of(k, column) for k in range(self.n)])
        return summed([of(row, k) for k in range(self.d)])

    def mean(self, row: Index, column: Index, of: Callable[[Index, Index], Node]) -> Node:
        """Their mean."""
        if isinstance(row, str) or isinstance(column, str):
            at = (self.letter, column) if self.over == "samples" else (row, self.letter)
            return Call(f"mean|{self.letter}", (of(*at),))
        return Divide(self.total(row, column, of), self.count)

    def total_over_samples(self, column: Index, of: Callable[[Index, Index], Node]) -> Node:
        """The sum over the samples, whatever the mean goes over."""
        if isinstance(column, str):
            return Total(self.letter, of(self.letter, column))
        return summed([of(k, column) for k in range(self.n)])

    # Forward

    def deviation_from_mean(self, row: Index, column: Index) -> Node:
        """z − μ."""
        return minus(self.of("z", row, column), self.mean_of("mean", row, column))

    def spread(self, row: Index, column: Index) -> Node:
        """σ² + ε."""
        return Add((self.mean_of("variance", row, column), Symbol("epsilon", self.layer)))

    def root(self, row: Index, column: Index) -> Node:
        """√(σ² + ε)."""
        return Call("sqrt", (self.spread(row, column),))

    def mu(self, row: Index, column: Index) -> Node:
        """μ = (Σ z) / N."""
        return Divide(self.total(row, column, lambda r, c: self.of("z", r, c)), self.count)

    def variance(self, row: Index, column: Index) -> Node:
        """σ² = (Σ (z − μ)²) / N."""
        return Divide(
            self.total(row, column, lambda r, c: Power(self.deviation_from_mean(r, c), TWO)),
            self.count,
        )

    def standardized(self, row: Index, column: Index) -> Node:
        """ẑ = (z − μ) / √(σ² + ε)."""
        return Divide(self.deviation_from_mean(row, column), self.root(row, column))

    def normalized(self, row: Index, column: Index) -> Node:
        """n = γ ẑ + β."""
        scaled = Multiply((self.learned("gamma", column), self.of("standardized", row, column)))
        return Add((scaled, self.learned("beta", column)))

    # Backward

    def g(self, row: Index, column: Index) -> Symbol:
        """∂L/∂ẑ."""
        return self.of("grad_standardized", row, column)

    def g_z(self, row: Index, column: Index) -> Node:
        """∂L/∂ẑ · ẑ."""
        return Multiply((self.g(row, column), self.of("standardized", row, column)))

    def link(self, row: Index, column: Index, of: str, by: Symbol) -> Node:
        """One link of the chain: ∂L/∂(a matrix) times its derivative by something."""
        kind = {"normalized": "grad_normalized", "standardized": "grad_standardized"}[of]
        return Multiply((self.of(kind, row, column), Partial(self.of(of, row, column), by)))

    def grad_beta(self, column: Index) -> Node:
        """∂L/∂β = Σ ∂L/∂n."""
        return self.total_over_samples(column, lambda r, c: self.of("grad_normalized", r, c))

    def grad_gamma(self, column: Index) -> Node:
        """∂L/∂γ = Σ ∂L/∂n ẑ."""
        return self.total_over_samples(
            column, lambda r, c: Multiply((self.of("grad_normalized", r, c), self.of("standardized", r, c)))
        )

    def grad_standardized(self, row: Index, column: Index) -> Node:
        """∂L/∂ẑ = ∂L/∂n γ."""
        return Multiply((self.of("grad_normalized", row, column), self.learned("gamma", column)))

    def grad_variance(self, row: Index, column: Index) -> Node:
        """∂L/∂σ² = −(Σ ∂L/∂ẑ ẑ) / (2 (σ² + ε))."""
        return Negative(Divide(self.total(row, column, self.g_z), Multiply((TWO, self.spread(row, column)))))

    def grad_mean(self, row: Index, column: Index) -> Node:
        """∂L/∂μ = −(Σ ∂L/∂ẑ) / √(σ² + ε)."""
        return Negative(Divide(self.total(row, column, self.g), self.root(row, column)))

    def three_ways(self, row: Index, column: Index) -> Node:
        """∂L/∂z = ∂L/∂ẑ / √(σ² + ε) + ∂L/∂σ² · 2 (z − μ) / N + ∂L/∂μ / N."""
        squares = Divide(Multiply((TWO, self.deviation_from_mean(row, column))), self.count)
        return Add(
            (
                Divide(self.g(row, column), self.root(row, column)),
                Multiply((self.mean_of("grad_variance", row, column), squares)),
                Divide(self.mean_of("grad_mean", row, column), self.count),
            )
        )

    def unfolded(self, row: Index, column: Index) -> Node:
        """The same with ∂L/∂σ² and ∂L/∂μ put in."""
        root, spread = self.root(row, column), self.spread(row, column)
        ratio = Divide(self.deviation_from_mean(row, column), spread)
        return Add(
            (
                Divide(self.g(row, column), root),
                Negative(Multiply((self.mean(row, column, self.g_z), ratio))),
                Negative(Divide(self.mean(row, column, self.g), root)),
            )
        )

    def collapsed(self, row: Index, column: Index) -> Node:
        """∂L/∂z = (g − mean(g) − ẑ mean(g ẑ)) / √(σ² + ε) with g = ∂L/∂ẑ."""
        top = Add(
            (
                self.g(row, column),
                Negative(self.mean(row, column, self.g)),
                Negative(Multiply((self.of("standardized", row, column), self.mean(row, column, self.g_z)))),
            )
        )
        return Divide(top, self.root(row, column))
