"""The general formulas, as the report concludes them: the whole of training in a handful of lines."""

from __future__ import annotations

from dataclasses import replace

from chainrule.explain import penalty_steps
from chainrule.explain.activation_chain import matrix_places, recorded_backward
from chainrule.explain.forward_steps import function_name
from chainrule.explain.nodes import (
    Add,
    Call,
    Divide,
    Elementwise,
    MatMul,
    Negative,
    Node,
    Number,
    Symbol,
    Total,
    Transpose,
)
from chainrule.explain.normalization_formulas import Normalized, goes_over
from chainrule.explain.parts import parts
from chainrule.explain.passage import GRADIENTS
from chainrule.explain.recorded import Place, has_reduction, written
from chainrule.explain.step import Equation
from chainrule.explain.trace import Trace
from chainrule.explain.update_steps import rule_equations
from chainrule.formulas.activations import Activation, Identity
from chainrule.formulas.expression import Expression
from chainrule.formulas.normalizations import Normalization

__all__ = ["general_formulas"]


def general_formulas(trace: Trace) -> list[Equation]:
    """Forward, backward and update of a layer i."""
    groups: dict[tuple[Activation, Normalization | None], list[int]] = {}
    for number, layer in enumerate(trace.structure.layers, start=1):
        groups.setdefault((layer.activation, layer.normalization), []).append(number)
    several = len(groups) > 1
    drops = trace.keep is not None

    def where(layers: list[int]) -> str:
        return ("layer " if len(layers) == 1 else "layers ") + ", ".join(map(str, layers)) if several else ""

    delta, left = Symbol("delta", "i"), Symbol("dropped" if drops else "a", "i−1")
    found = [Equation(Symbol("z", "i"), Add((MatMul(left, Symbol("weight", "i")), Symbol("bias", "i"))))]
    for (f, norm), layers in groups.items():
        found += normalized(norm, where(layers))
        enters = Symbol("z" if norm is None else "normalized", "i")
        value: Node = enters if isinstance(f, Identity) else Call(function_name(f), (enters,))
        found.append(Equation(Symbol("a", "i"), value, where(layers)))
    kept = Add((Number(1.0), Negative(Symbol("rate", "i"))))
    if drops:
        thinned = Elementwise((Symbol("a", "i"), Symbol("keep", "i")))
        found.append(Equation(Symbol("dropped", "i"), Divide(thinned, kept)))
    below = Symbol("grad_dropped" if drops else "grad_a", "i")
    found.append(Equation(below, MatMul(Symbol("delta", "i+1"), Transpose(Symbol("weight", "i+1")))))
    if drops:
        found.append(Equation(Symbol("grad_a", "i"), Divide(Elementwise((below, Symbol("keep", "i"))), kept)))
    for (f, norm), layers in groups.items():
        found.append(Equation(*through(f, "z" if norm is None else "normalized"), where(layers)))
        found += learned(f, "z" if norm is None else "normalized", where(layers))
        found += normalized_backward(norm, where(layers))
    found.append(Equation(Symbol("grad_weight", "i"), MatMul(Transpose(left), delta)))
    rows = Total("s", Symbol("delta", "i", ("s", "j")))
    found.append(Equation(Symbol("grad_bias", "i", (0, "j")), rows, "the sum over the samples s"))
    found += penalty_steps.equations(trace)
    if not trace.has_rule:
        return found
    return [*found, *rule_equations(trace, "i", dict.fromkeys(part.name for part in parts(trace.structure)))]


def of_layer(norm: Normalization) -> Normalized:
    """The formulas of a layer i."""
    return Normalized("i", goes_over(norm), letter="s" if goes_over(norm) == "samples" else "k")


def normalized(norm: Normalization | None, where: str) -> list[Equation]:
    """μ, σ², ẑ and n, entry by entry."""
    if norm is None:
        return []
    formula = of_layer(norm)
    at = ("s", "j")
    return [
        Equation(formula.mean_of("mean", *at), formula.mu(*at), where),
        Equation(formula.mean_of("variance", *at), formula.variance(*at), where),
        Equation(formula.of("standardized", *at), formula.standardized(*at), where),
        Equation(formula.of("normalized", *at), formula.normalized(*at), where),
    ]


def normalized_backward(norm: Normalization | None, where: str) -> list[Equation]:
    """∂L by γ, β and ẑ; by z along three ways, and collapsed."""
    if norm is None:
        return []
    formula, at = of_layer(norm), ("s", "j")
    others = replace(formula, letter="k")  # where the sample of the left side is s already
    return [
        Equation(formula.learned("grad_gamma", "j"), replace(formula, letter="s").grad_gamma("j"), where),
        Equation(formula.learned("grad_beta", "j"), replace(formula, letter="s").grad_beta("j"), where),
        Equation(formula.g(*at), formula.grad_standardized(*at), where),
        Equation(formula.mean_of("grad_variance", *at), formula.grad_variance(*at), where),
        Equation(formula.mean_of("grad_mean", *at), formula.grad_mean(*at), where),
        Equation(formula.of("delta", *at), formula.three_ways(*at), where),
        Equation(formula.of("delta", *at), others.collapsed(*at), ", ".join(filter(None, ("the same", where)))),
    ]


def learned(f: Activation, enters: str, where: str) -> list[Equation]:
    """∂L by what an activation learns."""
    symbols = ("grad_a", "z", "a", *f.trained)
    slopes = f.trained_slopes(*map(Expression.symbol, symbols))
    kinds = {"grad_a": "grad_a", "z": enters, "a": "a"}
    places = {name: of_sample(kind) for name, kind in kinds.items()}
    shared = getattr(f, "shared", False)
    found = []
    for name, slope in zip(f.trained, slopes, strict=True):
        term = written(slope, places, "j")
        whole = Total("s", Total("j", term) if shared else term)
        found.append(Equation(Symbol(f"grad_{name}", "i", (0, 0 if shared else "j")), whole, where))
    return found


def of_sample(kind: str) -> Place:
    """Where a unit's entry of a matrix stands, in the row of a sample s."""
    return lambda unit: Symbol(kind, "i", ("s", unit))


def through(f: Activation, enters: str) -> tuple[Node, Node]:
    """Both sides of ∂L by what enters the activation, in matrices; in entries where units depend on one another."""
    recorded = recorded_backward(f)
    kinds = {"grad_a": "grad_a", "z": enters, "a": "a"}
    if has_reduction(recorded):
        entries = {name: of_sample(kind) for name, kind in kinds.items()}
        return Symbol(GRADIENTS[enters], "i", ("s", "j")), written(recorded, entries, "j")
    return Symbol(GRADIENTS[enters], "i"), written(recorded, matrix_places("i", enters), matrices=True)
