"""The general formulas, as the report concludes them: the whole of training in a handful of lines."""

from __future__ import annotations

from chainrule.explain.activation_chain import recorded_backward
from chainrule.explain.forward_steps import function_name
from chainrule.explain.nodes import Add, Call, MatMul, Node, Symbol, Total, Transpose
from chainrule.explain.recorded import has_reduction, written
from chainrule.explain.step import Equation
from chainrule.explain.trace import Trace
from chainrule.explain.update_steps import rule_equations
from chainrule.formulas.activations import Activation, Identity

__all__ = ["general_formulas"]


def general_formulas(trace: Trace) -> list[Equation]:
    """Forward, backward and update of a layer i."""
    groups: dict[Activation, list[int]] = {}
    for number, layer in enumerate(trace.structure.layers, start=1):
        groups.setdefault(layer.activation, []).append(number)
    several = len(groups) > 1

    def where(layers: list[int]) -> str:
        return ("layer " if len(layers) == 1 else "layers ") + ", ".join(map(str, layers)) if several else ""

    z, a, delta, grad_a = (Symbol(kind, "i") for kind in ("z", "a", "delta", "grad_a"))
    found = [Equation(z, Add((MatMul(Symbol("a", "i−1"), Symbol("weight", "i")), Symbol("bias", "i"))))]
    for f, layers in groups.items():
        value: Node = z if isinstance(f, Identity) else Call(function_name(f), (z,))
        found.append(Equation(a, value, where(layers)))
    found.append(Equation(grad_a, MatMul(Symbol("delta", "i+1"), Transpose(Symbol("weight", "i+1")))))
    for f, layers in groups.items():
        found.append(Equation(*through(f), where(layers)))
    found.append(Equation(Symbol("grad_weight", "i"), MatMul(Transpose(Symbol("a", "i−1")), delta)))
    rows = Total("s", Symbol("delta", "i", ("s", "j")))
    found.append(Equation(Symbol("grad_bias", "i", (0, "j")), rows, "the sum over the samples s"))
    return [*found, *rule_equations(trace.optimizer, "i")]


def through(f: Activation) -> tuple[Node, Node]:
    """Both sides of delta = …, in matrices; in entries where units depend on one another."""
    recorded = recorded_backward(f)
    if has_reduction(recorded):
        entries = {kind: (lambda unit, kind=kind: Symbol(kind, "i", ("s", unit))) for kind in ("grad_a", "z", "a")}
        return Symbol("delta", "i", ("s", "j")), written(recorded, entries, "j")
    whole = {kind: (lambda unit, kind=kind: Symbol(kind, "i")) for kind in ("grad_a", "z", "a")}
    return Symbol("delta", "i"), written(recorded, whole, matrices=True)
