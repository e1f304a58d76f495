"""The derivation as plain values: every number in full, and every formula as LaTeX."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import chainrule
from chainrule.explain.notation import PARTS
from chainrule.explain.step import Equation, Step
from chainrule.explain.write_latex import LatexWriter
from chainrule.explain.writer import visible

if TYPE_CHECKING:
    from chainrule.explain.derivation import Derivation
    from chainrule.explain.tensor_check import TensorCheck

__all__ = ["render"]

ROWS = 4
CLIPPING = ("clip_value", "clip_norm")


def render(derivation: Derivation) -> dict[str, Any]:
    """The page as what `json.dumps` takes; NaN and infinities, which JSON lacks, are their names."""
    writer, trace = LatexWriter(derivation.notation, derivation.precision), derivation.trace
    proof = derivation.proof
    made = {
        "chainrule": chainrule.__version__,
        "network": {
            "sizes": list(trace.structure.sizes),
            "activations": [layer.activation.name for layer in trace.structure.layers],
            "normalizations": [layer.normalization and layer.normalization.name for layer in trace.structure.layers],
            "dropout": [layer.dropout.rate if layer.dropout else 0.0 for layer in trace.structure.layers],
            "dtype": str(trace.theta.dtype),
        },
        "loss": {"name": trace.loss.name, "value": trace.numbers.loss},
        "penalty": {"l1": trace.regularization.l1, "l2": trace.regularization.l2, "value": trace.penalty},
        "optimizer": {
            "name": trace.optimizer.name,
            **trace.optimizer.settings,
            **{name: getattr(trace.optimizer, name) for name in CLIPPING if getattr(trace.optimizer, name) is not None},
        },
        "notation": derivation.notation.name,
        "given": {key: value.tolist() for key, value in derivation.values.tensors.values() if given(key)},
        "steps": [step_values(step, writer) for step in derivation.steps],
        "general": [equation(each, writer) for each in derivation.general],
        "proof": {
            "ok": proof.ok,
            "largest_disagreement": proof.largest,
            "tensors": {check.name: compared(check) for check in proof.tensors},
            "penalized": {check.name: compared(check) for check in proof.penalized},
            "engines": {name: proof.disagreement(name) for name in proof.engines},
            "missing": proof.missing,
            "collapsed": {f"layers.{i - 1}": apart for i, apart in proof.long.items()},
        },
    }
    return {name: finite(value) for name, value in made.items()}


def compared(check: TensorCheck) -> dict[str, Any]:
    """A tensor's entries, in every way that they were computed."""
    return {
        "entries": check.entries.tolist(),
        "analytic": check.analytic.tolist(),
        "differences": check.differences.tolist(),
        "complex_step": None if check.complex_step is None else check.complex_step.tolist(),
        "ok": check.ok,
    }


def given(key: str) -> bool:
    """Whether a tensor was there before the first step."""
    return key == "y" or key.startswith(("a0", "keep", "running", *PARTS))


def step_values(step: Step, writer: LatexWriter) -> dict[str, Any]:
    """A step: its numbers in full, its formulas for the first entries."""
    rows, columns = step.shape
    shown = [
        (row, column)
        for row in visible(rows, ROWS)
        for column in visible(columns, ROWS)
        if row is not None and column is not None
    ]
    entries = []
    for row, column in shown:
        numbers = step.substituted(row, column)
        entries.append(
            {
                "row": row,
                "column": column,
                "symbol": writer.write(step.symbol_of(row, column)),
                "forms": [writer.write(form(row, column)) for form in step.forms],
                "substituted": None if numbers is None else writer.write(numbers),
            }
        )
    return {
        **step.to_json(),
        "symbol": writer.write(step.symbol),
        "formula": writer.write(step.formula),
        "notes": [equation(note, writer) for note in step.notes],
        "remark": step.remark,
        "entries": entries,
    }


def equation(value: Equation, writer: LatexWriter) -> dict[str, str]:
    """An equation's two sides."""
    return {"left": writer.write(value.left), "right": writer.write(value.right), "note": value.note}


def finite(value: Any) -> Any:
    """The value with the name of every number that JSON cannot hold."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {name: finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [finite(each) for each in value]
    return value
