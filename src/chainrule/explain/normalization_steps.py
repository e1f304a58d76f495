"""A normalization, step by step: forward, and backward by the long chain and by the collapsed one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from chainrule.explain.nodes import Add, Divide, Index, Multiply, Negative, Node, Number, Partial, Power, Symbol
from chainrule.explain.normalization_formulas import TWO, Normalized, goes_over, summed
from chainrule.explain.step import Equation, Step, Values
from chainrule.explain.trace import Trace

__all__ = ["backward", "forward", "normalized_of"]

ROW, COLUMN = "i", "j"
"""The letters of an entry that stands for any."""


def normalized_of(trace: Trace, i: int) -> Normalized:
    """The formulas of layer i's normalization."""
    layer = trace.structure.layers[i - 1]
    assert layer.normalization is not None
    return Normalized(i, goes_over(layer.normalization), len(trace.X), layer.fan_out)


def anywhere(formula: Normalized, kind: str) -> Symbol:
    """The general entry of a mean, or of ∂L by it."""
    return formula.mean_of(kind, ROW, COLUMN)


def forward(trace: Trace, values: Values, i: int) -> Iterator[Step]:
    """μ, σ², ẑ and n."""
    formula, found = normalized_of(trace, i), trace.inside[i]
    norm = trace.structure.layers[i - 1].normalization
    assert norm is not None
    values.put(Symbol("epsilon", i), "given", float(norm.epsilon))
    values.put(Symbol("d", i), "given", float(formula.d))
    over = "over the samples" if formula.over == "samples" else "over the units of a layer"
    of_each = "of each unit, " if formula.over == "samples" else "of each sample, "
    mean, variance = anywhere(formula, "mean"), anywhere(formula, "variance")
    make = maker(values, i, "forward")
    yield make(
        "mean",
        f"the mean {of_each}{over}",
        Symbol(mean.kind, i),
        found.mean,
        formula.mu,
        left=mean,
        remark=alone(formula, found.mean.size),
    )
    yield make(
        "variance",
        f"the variance {of_each}{over}",
        Symbol(variance.kind, i),
        found.variance,
        formula.variance,
        left=variance,
    )
    yield make(
        "standardized",
        "standardized: mean 0 and variance 1" + (" but for ε" if norm.epsilon >= 1e-3 else ""),
        Symbol("standardized", i),
        found.standardized,
        formula.standardized,
        remark="ε keeps the root from 0 where all entries are equal." if i == 1 else "",
    )
    yield make(
        "normalized",
        "what enters the activation: scaled by γ, shifted by β",
        Symbol("normalized", i),
        trace.values_of(i)["normalized"],
        formula.normalized,
    )


def alone(formula: Normalized, means: int) -> str:
    """What is to be said where a mean is of a single entry."""
    if (formula.n if formula.over == "samples" else formula.d) > 1:
        return ""
    one = "sample" if formula.over == "samples" else "unit"
    return f"A single {one} is its own mean: every ẑ is 0, and no gradient passes. Take more than one {one}."


def backward(trace: Trace, values: Values, i: int) -> Iterator[Step]:
    """∂L by β, γ and ẑ; then by σ² and μ; then by z, along three ways and collapsed."""
    formula, found, learned = normalized_of(trace, i), trace.inside[i], trace.numbers.grad_trained[i - 1]
    make, n = maker(values, i, "backward"), len(trace.X)

    def over_samples(of: str, by: str) -> Callable[[int, int], Node]:
        return lambda _, j: summed([formula.link(s, j, of, formula.learned(by, j)) for s in range(n)])

    for name in ("beta", "gamma"):
        closed = getattr(formula, f"grad_{name}")
        yield make(
            f"grad_{name}",
            f"the gradient of {'β' if name == 'beta' else 'γ'}" + (": the sum over the samples" if n > 1 else ""),
            Symbol(f"grad_{name}", i),
            learned[name],
            lambda _, j, closed=closed: closed(j),
            left=formula.learned(f"grad_{name}", COLUMN),
            partial=over_samples("normalized", name),
        )
    yield make(
        "grad_standardized",
        "back to what is standardized",
        Symbol("grad_standardized", i),
        found.grad_standardized,
        formula.grad_standardized,
        partial=lambda s, j: formula.link(s, j, "normalized", formula.of("standardized", s, j)),
    )
    variance, mean = (anywhere(formula, f"grad_{kind}") for kind in ("variance", "mean"))
    yield make(
        "grad_variance",
        "how the loss moves with the variance: through every ẑ",
        Symbol(variance.kind, i),
        found.grad_variance,
        formula.grad_variance,
        left=variance,
        partial=lambda s, j: formula.total(
            s, j, lambda r, c: formula.link(r, c, "standardized", formula.mean_of("variance", s, j))
        ),
        notes=slope_in_variance(formula),
    )
    yield make(
        "grad_mean",
        "how the loss moves with the mean: through every ẑ and the variance",
        Symbol(mean.kind, i),
        found.grad_mean,
        formula.grad_mean,
        left=mean,
        partial=lambda s, j: mean_partial(formula, s, j),
        notes=slopes_in_mean(formula),
        remark="The second way is closed: deviations from their mean add up to 0.",
    )
    yield from deltas(trace, values, formula, make)


def deltas(trace: Trace, values: Values, formula: Normalized, make: Callable[..., Step]) -> Iterator[Step]:
    """∂L/∂z, the long way and collapsed."""
    i = formula.layer
    assert isinstance(i, int)
    values.put(Symbol("delta-long", i), f"delta{i}-long", trace.inside[i].delta)
    yield make(
        "delta",
        "back through the normalization: three ways lead from there to the loss",
        Symbol("delta", i),
        trace.inside[i].delta,
        formula.three_ways,
        partial=lambda s, j: three_partials(formula, s, j),
        notes=slopes_in_z(formula),
        remark="Through its own ẑ with μ and σ² held fast, through σ², and through μ.",
        key=f"delta{i}-long",
        keep=False,
    )
    yield make(
        "delta",
        "the same, collapsed",
        Symbol("delta", i),
        trace.numbers.delta[i - 1],
        formula.collapsed,
        notes=(
            Equation(
                formula.unfolded(ROW, COLUMN),
                formula.collapsed(ROW, COLUMN),
                "the derivatives by variance and mean put in; then what is standardized is recognised, "
                "and the root taken out",
            ),
        ),
        remark="This is what is computed from here on: of the gradient it takes away its mean, and what goes along "
        "with ẑ, because neither shifting all entries together nor stretching them changes ẑ.",
    )


def slope_in_variance(formula: Normalized) -> tuple[Equation, ...]:
    """∂ẑ/∂σ²."""
    slope = Partial(formula.of("standardized", ROW, COLUMN), anywhere(formula, "variance"))
    power = Power(formula.spread(ROW, COLUMN), Divide(Number(3.0), TWO))
    written_out = Negative(Divide(formula.deviation_from_mean(ROW, COLUMN), Multiply((TWO, power))))
    short = Divide(formula.of("standardized", ROW, COLUMN), Multiply((TWO, formula.spread(ROW, COLUMN))))
    return Equation(slope, written_out), Equation(written_out, Negative(short))


def slopes_in_mean(formula: Normalized) -> tuple[Equation, ...]:
    """∂ẑ/∂μ and ∂σ²/∂μ."""
    mean = anywhere(formula, "mean")
    direct = Partial(formula.of("standardized", ROW, COLUMN), mean)
    deviations = formula.total(ROW, COLUMN, formula.deviation_from_mean)
    through_variance = Negative(Divide(Multiply((TWO, deviations)), formula.count))
    return (
        Equation(direct, Negative(Divide(Number(1.0), formula.root(ROW, COLUMN)))),
        Equation(Partial(anywhere(formula, "variance"), mean), through_variance),
        Equation(through_variance, Number(0.0)),
    )


def slopes_in_z(formula: Normalized) -> tuple[Equation, ...]:
    """∂ẑ/∂z with μ and σ² held fast, ∂σ²/∂z and ∂μ/∂z."""
    z = formula.of("z", ROW, COLUMN)
    squares = Divide(Multiply((TWO, formula.deviation_from_mean(ROW, COLUMN))), formula.count)
    return (
        Equation(Partial(formula.of("standardized", ROW, COLUMN), z), Divide(Number(1.0), formula.root(ROW, COLUMN))),
        Equation(Partial(anywhere(formula, "variance"), z), squares),
        Equation(Partial(anywhere(formula, "mean"), z), Divide(Number(1.0), formula.count)),
    )


def mean_partial(formula: Normalized, row: Index, column: Index) -> Node:
    """∂L/∂μ in partial derivatives."""
    mean = formula.mean_of("mean", row, column)
    direct = formula.total(row, column, lambda r, c: formula.link(r, c, "standardized", mean))
    variance = formula.mean_of("variance", row, column)
    second = Multiply((formula.mean_of("grad_variance", row, column), Partial(variance, mean)))
    return Add((*(direct.terms if isinstance(direct, Add) else (direct,)), second))


def three_partials(formula: Normalized, row: Index, column: Index) -> Node:
    """∂L/∂z in partial derivatives."""
    z = formula.of("z", row, column)
    links = [formula.link(row, column, "standardized", z)]
    for kind in ("variance", "mean"):
        slope = Partial(formula.mean_of(kind, row, column), z)
        links.append(Multiply((formula.mean_of(f"grad_{kind}", row, column), slope)))
    return Add(tuple(links))


def maker(values: Values, i: int, phase: str) -> Callable[..., Step]:
    """Makes steps of layer i: a formula of row and column is their general form, with letters, and that of entries."""

    def make(
        name: str,
        title: str,
        symbol: Symbol,
        result: Any,
        closed: Callable[[Any, Any], Node],
        *,
        left: Symbol | None = None,
        partial: Callable[[int, int], Node] | None = None,
        key: str = "",
        keep: bool = True,
        **rest: Any,
    ) -> Step:
        key = key or f"{name}{i}"
        matrix = values.put(symbol if keep else Symbol(f"{name}-long", i), key, result)
        return Step(
            key=key,
            phase=phase,
            layer=i,
            title=title,
            symbol=symbol,
            left=left or Symbol(symbol.kind, i, (ROW, COLUMN)),
            formula=closed(ROW, COLUMN),
            forms=(closed,) if partial is None else (partial, closed),
            closed=closed,
            values=values,
            result=matrix,
            **rest,
        )

    return make
