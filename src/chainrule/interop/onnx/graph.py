"""A graph that is being written: nodes and constants, and a recorded formula as nodes of ONNX' elementary operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.formulas.expression import Expression
from chainrule.interop.formula_source import UnknownOperationError, key_of

__all__ = ["Graph", "stored"]

ELEMENTWISE = {
    "add": "Add",
    "subtract": "Sub",
    "multiply": "Mul",
    "divide": "Div",
    "negative": "Neg",
    "absolute": "Abs",
    "greater": "Greater",
    "greater_equal": "GreaterOrEqual",
    "less": "Less",
    "less_equal": "LessOrEqual",
    "equal": "Equal",
    "exp": "Exp",
    "log": "Log",
    "tanh": "Tanh",
    "sqrt": "Sqrt",
    "sign": "Sign",
    "maximum": "Max",
    "minimum": "Min",
    "power": "Pow",
    "where": "Where",
}
"""ONNX' operators by NumPy's names."""
REDUCTIONS = {"mean": "ReduceMean", "add": "ReduceSum", "maximum": "ReduceMax"}


class Graph:
    """The nodes and constants of a graph that is being written."""

    def __init__(self, opset: int) -> None:
        self.opset = opset
        self.nodes: list[Any] = []
        self.constants: dict[str, np.ndarray[Any, Any]] = {}

    def constant(self, name: str, value: Any, dtype: type = np.float32) -> str:
        """The name of a constant, which is stored once."""
        self.constants.setdefault(name, np.asarray(value, dtype))
        return name

    def number(self, value: float) -> str:
        """The name of a plain number."""
        return self.constant(f"number_{float(value)!r}", value)

    def node(self, operator: str, *inputs: str, to: str = "", **attributes: Any) -> str:
        """Add a node; returns the name of its output."""
        from onnx import helper

        output = to or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], name=f"node_{output}", **attributes))
        return output

    def formula(self, expression: Any, known: dict[str, str]) -> str:
        """The nodes of a recorded formula; `known` has the names of its symbols and receives those of its parts."""
        if not isinstance(expression, Expression):
            return self.number(expression)
        key = key_of(expression)
        if key not in known:
            inputs = [self.formula(argument, known) for argument in expression.arguments]
            known[key] = self.operation(expression, inputs)
        return known[key]

    def operation(self, part: Expression, inputs: list[str]) -> str:
        """The nodes of one operation."""
        assert part.operation is not None
        name = part.operation.__name__
        if part.over == "units" and name in REDUCTIONS:
            return self.over_units(REDUCTIONS[name], *inputs)
        if not part.over and name in ELEMENTWISE:
            return self.node(ELEMENTWISE[name], *inputs)
        if not part.over and name in SPELLED:
            return SPELLED[name](self, *inputs)
        raise UnknownOperationError(
            f"there is no way to write {name}, used by a formula, in ONNX; "
            "write the formula in the functions of chainrule.formulas.elementary that predictions can use"
        )

    def over_units(self, operator: str, x: str) -> str:
        """A reduction over the last axis; ReduceSum takes the axes as an input from opset 13 on, the others from 18."""
        if operator == "ReduceSum" or self.opset >= 18:
            return self.node(operator, x, self.constant("last_axis", [-1], np.int64), keepdims=1)
        return self.node(operator, x, axes=[-1], keepdims=1)


SPELLED: dict[str, Callable[..., str]] = {
    "square": lambda graph, x: graph.node("Mul", x, x),
    "expm1": lambda graph, x: graph.node("Sub", graph.node("Exp", x), graph.number(1)),
    "log1p": lambda graph, x: graph.node("Log", graph.node("Add", x, graph.number(1))),
    "erfc": lambda graph, x: graph.node("Sub", graph.number(1), graph.node("Erf", x)),
    "heaviside": lambda graph, x, at_zero: graph.node(
        "Where",
        graph.node("Equal", x, graph.number(0)),
        at_zero,
        graph.node("Max", graph.node("Sign", x), graph.number(0)),
    ),
}
"""Operations of formulas that ONNX has no operator for."""


def stored(name: str, value: np.ndarray[Any, Any]) -> Any:
    """A constant as onnx stores it."""
    from onnx import TensorProto, helper, numpy_helper

    if value.dtype == object:
        return helper.make_tensor(name, TensorProto.STRING, value.shape, [text.encode() for text in value])
    return numpy_helper.from_array(value, name)
