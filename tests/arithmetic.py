"""Computes what is printed: the value of a formula's tree, of a line of text, of a piece of MathML.

Nothing here calls the renderers or the formulas of the package: a printed formula must give the printed result by
plain arithmetic. Derivatives within a formula are known here from the textbook.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree

import numpy as np

from chainrule.explain.nodes import (
    Add,
    Call,
    Cases,
    Compare,
    Divide,
    Multiply,
    Negative,
    Node,
    Number,
    Partial,
    Power,
    Symbol,
    Total,
)
from chainrule.explain.trace import Trace


def times(factors: list[float]) -> float:
    """A product in which 0 · ∞ is 0, as cross entropies mean it."""
    return 0.0 if 0.0 in factors else math.prod(factors)


def call(name: str, arguments: list[float]) -> float:
    """A function by the name that is printed."""
    x = arguments[0]
    index = name.partition("|")[2]
    match name.partition("|")[0]:
        case "σ":
            return 1 / (1 + math.exp(-x)) if x > -700 else 0.0
        case "exp":
            return math.exp(min(x, 700))
        case "ln":
            return math.log(x) if x > 0 else -math.inf
        case "abs":
            return abs(x)
        case "sqrt":
            return math.sqrt(x)
        case "tanh":
            return math.tanh(x)
        case "relu":
            return max(x, 0.0)
        case "max" | "largest":
            return max(arguments)
        case "min":
            return min(arguments)
        case "H":
            return float(x > 0)
        case "softmax":
            powers = [math.exp(each - max(arguments)) for each in arguments]
            return powers[int(index) - 1] / sum(powers)
    raise ValueError(f"no function {name!r}")


class Arithmetic:
    """The value of every formula of a derivation: symbols are taken from its trace.

    Args:
        trace: the numbers.
        functions: activations of the test's own, by the name that is printed."""

    def __init__(self, trace: Trace, functions: Mapping[str, Callable[[float], float]] | None = None) -> None:
        self.trace = trace
        self.functions = functions or {}
        self.tensors: dict[tuple[str, object, bool], Any] = {
            ("a", 0, False): trace.X,
            ("y", None, False): trace.y,
            ("n", None, False): np.array(float(len(trace.X))),
            ("d", None, False): np.array(float(trace.y.shape[1])),
            ("t", None, False): np.array(float(trace.new_state["t"])),
        }
        numbers = trace.numbers
        for i, layer in enumerate(trace.structure.layers, start=1):
            found = {
                "z": numbers.z[i - 1],
                "a": numbers.a[i - 1],
                "grad_a": numbers.grad_a[i - 1],
                "delta": numbers.delta[i - 1],
                "grad_weight": numbers.grad_weight[i - 1],
                "grad_bias": numbers.grad_bias[i - 1],
                "weight": layer.weight(trace.theta),
                "bias": layer.bias(trace.theta),
            }
            self.tensors |= {(kind, i, False): np.atleast_2d(value) for kind, value in found.items()}
            for slot in trace.optimizer.slots:
                for part, of in (("weight", layer.weight), ("bias", layer.bias)):
                    self.tensors[f"{slot}_{part}", i, False] = np.atleast_2d(of(trace.state[slot]))
                    self.tensors[f"{slot}_{part}", i, True] = np.atleast_2d(of(trace.new_state[slot]))
        for name, value in vars(trace.optimizer).items():
            self.tensors[name, None, False] = np.array(float(value))
        activation = trace.structure.layers[-1].activation
        terms = trace.loss.terms(numbers.z[-1], numbers.a[-1], trace.y, activation)
        self.tensors["term", None, False] = np.broadcast_to(terms, trace.y.shape)

    def value(self, node: Node, **indices: int) -> float:
        """The value of a formula; indices say what its letters stand for."""

        def of(part: Node) -> float:
            return self.value(part, **indices)

        match node:
            case Number(value=value):
                return value
            case Symbol(kind=kind, layer=layer, entry=entry, new=new):
                at = tuple(indices[index] if isinstance(index, str) else index for index in entry)
                return float(self.tensors[kind, layer, new][at])
            case Add(terms=terms):
                return math.fsum(map(of, terms)) if all(map(math.isfinite, map(of, terms))) else sum(map(of, terms))
            case Negative(of=inner):
                return -of(inner)
            case Multiply(factors=factors):
                return times(list(map(of, factors)))
            case Divide(top=top, bottom=bottom):
                return 0.0 if of(top) == 0 else of(top) / of(bottom)
            case Power(base=base, exponent=exponent):
                return of(base) ** of(exponent)
            case Call(function=function, arguments=arguments):
                if function in self.functions:
                    return self.functions[function](of(arguments[0]))
                return call(function, list(map(of, arguments)))
            case Cases(condition=Compare(left=left, sign=sign, right=right), then=then, otherwise=otherwise):
                holds = {">": of(left) > of(right), "≥": of(left) >= of(right), "=": of(left) == of(right)}[sign]
                return of(then if holds else otherwise)
            case Total(index=index, of=inner):
                return sum(self.value(inner, **indices, **{index: k}) for k in range(self.trace.y.shape[1]))
            case Partial(of=Symbol() as top, by=Symbol() as bottom):
                return self.partial(top, bottom)
        raise TypeError(f"no value for {node!r}")

    def partial(self, top: Symbol, bottom: Symbol) -> float:
        """One entry by another: from z = a_prev W + b, a = f(z) and L."""
        row, column = top.entry or (0, 0)
        assert isinstance(row, int)
        assert isinstance(column, int)
        match top.kind, bottom.kind:
            case "z", "weight":
                assert isinstance(bottom.layer, int)
                assert bottom.entry[1] == column
                return float(self.tensors["a", bottom.layer - 1, False][row, bottom.entry[0]])
            case "z", "bias":
                assert bottom.entry[1] == column
                return 1.0
            case "z", "a":
                assert bottom.entry[0] == row
                return float(self.tensors["weight", top.layer, False][bottom.entry[1], column])
            case "a", "z":
                assert isinstance(top.layer, int)
                activation = self.trace.structure.layers[top.layer - 1].activation
                slope: Any = activation.derivative(self.tensors["z", top.layer, False])
                return float(slope[row, column, bottom.entry[1]] if slope.ndim == 3 else slope[row, column])
            case "loss", "a":
                return float(self.tensors["grad_a", bottom.layer, False][bottom.entry])
        raise TypeError(f"no derivative of {top} by {bottom}")


LOWER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
NAMES: dict[str, Any] = {
    "exp": math.exp,
    "ln": lambda x: math.log(x) if x > 0 else -math.inf,
    "abs": abs,
    "max": max,
    "tanh": math.tanh,
    "H": lambda x: float(x > 0),
}


def of_text(line: str) -> float:
    """The value of a line of numbers as the text page prints it."""
    code = line.strip().replace("−", "-").replace("·", "*")
    code = re.sub(r"\|([^|]*)\|", r"abs(\1)", code)
    code = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda found: f"^({found[0].translate(LOWER)})", code)
    code = re.sub(r"\be\^", "exp", code).replace("^", "**")
    return float(eval(code, {"__builtins__": {}}, NAMES))


def of_mathml(element: ElementTree.Element) -> float:
    """The value of a piece of MathML, from the full digits that each number has as its title."""
    return float(eval(code_of(element), {"__builtins__": {}}, {"call": call, "inf": math.inf, "nan": math.nan}))


OPERATORS = {"−": "-", "·": "*", "+": "+", "(": "(", ")": ")", ",": ","}


def code_of(element: ElementTree.Element) -> str:
    """MathML as arithmetic."""
    parts = list(element)
    match element.tag:
        case "mn":
            return f"({(parts[0] if parts else element).get('title') or element.text})"
        case "mo":
            return OPERATORS[element.text or ""]
        case "mfrac":
            return f"(({code_of(parts[0])})/({code_of(parts[1])}))"
        case "msup":
            if "".join(parts[0].itertext()) == "e":
                return f"call('exp',[{code_of(parts[1])}])"
            return f"(({code_of(parts[0])})**({code_of(parts[1])}))"
        case "mrow":
            return code_of_row(parts)
        case "mtd" | "math":
            assert len(parts) == 1
            return code_of(parts[0])
    raise ValueError(f"no arithmetic for {element.tag}")


def code_of_row(parts: list[ElementTree.Element]) -> str:
    """A row: names of functions before their arguments, bars around what they enclose, the rest as it stands."""
    if len(parts) == 3 and parts[0].tag == "mo" and parts[0].text == "|":
        return f"call('abs',[{code_of(parts[1])}])"
    if len(parts) == 2 and parts[0].tag in ("mi", "msub"):
        name = "|".join(parts[0].itertext())
        inner = code_of(parts[1])
        return f"call({name!r},[{inner[1:-1]}])"
    return "".join(map(code_of, parts)) if parts[0].text != "(" else f"({''.join(map(code_of, parts[1:-1]))})"
