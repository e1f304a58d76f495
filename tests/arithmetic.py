"""Computes what is printed: the value of a formula's tree, of a line of text, of a piece of MathML.

Nothing here calls the renderers or the formulas of the package: a printed formula must give the printed result by
plain arithmetic. Derivatives within a formula are known here from the textbook.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
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


TEXTBOOK: dict[str, Callable[[float], float]] = {
    "ln cosh": lambda x: math.log(math.cosh(x)),
    "Φ": lambda x: (1 + math.erf(x / math.sqrt(2))) / 2,
    "φ": lambda x: math.exp(-x * x / 2) / math.sqrt(2 * math.pi),
    "ω": lambda x: math.tanh(math.log1p(math.exp(x))),
    "ω′": lambda x: (1 - math.tanh(math.log1p(math.exp(x))) ** 2) / (1 + math.exp(-x)),
    "leaky_relu": lambda x: x if x > 0 else 0.01 * x,
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "celu": lambda x: x if x > 0 else math.expm1(x),
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * math.expm1(x)),
    "softplus": lambda x: math.log1p(math.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "gelu": lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
    "gelu_tanh": lambda x: x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "silu": lambda x: x / (1 + math.exp(-x)),
    "mish": lambda x: x * math.tanh(math.log1p(math.exp(x))),
    "hard_sigmoid": lambda x: min(max(x / 6 + 0.5, 0), 1),
    "hard_swish": lambda x: x * min(max(x / 6 + 0.5, 0), 1),
}


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
        case "sign":
            return float(x > 0) - float(x < 0)
        case "erfc":
            return math.erfc(x)
        case "softmax" | "log_softmax":
            powers = [math.exp(each - max(arguments)) for each in arguments]
            share = powers[int(index) - 1] / sum(powers)
            return share if name.startswith("softmax") else math.log(share)
        case printed if printed in TEXTBOOK:
            return TEXTBOOK[printed](x)
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
        numbers, l1, l2 = trace.numbers, trace.regularization.l1, trace.regularization.l2
        penalized = trace.gradient.copy()
        for layer in trace.structure.layers:
            weight = layer.weight(trace.theta)
            layer.weight(penalized)[...] += l1 * np.sign(weight) + l2 * weight
        weights = [layer.weight(trace.theta) for layer in trace.structure.layers]
        penalty = sum(l1 * np.abs(weight).sum() + l2 / 2 * (weight**2).sum() for weight in weights)
        for name, value in {"l1": l1, "l2": l2, "loss": numbers.loss, "penalty": penalty}.items():
            self.tensors[name, None, False] = np.array(float(value))
        for i, layer in enumerate(trace.structure.layers, start=1):
            before = f"layers.{i - 1}."
            given = {name: tensor for name, tensor in trace.tensors.items() if name.startswith(before)}
            found: dict[str, Any] = {name.removeprefix(before): tensor for name, tensor in given.items()}
            norm = layer.normalization
            if norm is not None:
                found |= {f"row_{name}": found[name] for name in ("mean", "variance")}
                found |= {f"grad_row_{name}": found[f"grad_{name}"] for name in ("mean", "variance")}
                found |= {"epsilon": norm.epsilon, "d": float(layer.fan_out)}
                found |= {name: trace.running[place] for name, place in layer.statistics.items()}
                found["norm_momentum"] = getattr(norm, "momentum", np.nan)
            if layer.dropout is not None:
                found["rate"] = layer.dropout.rate
            self.tensors |= {
                (kind, i, False): np.array(value) if np.ndim(value) == 0 else np.atleast_2d(value)
                for kind, value in found.items()
            }
            learned = {"weight": layer.weight, "bias": layer.bias} | {
                name: (lambda vector, place=place: vector[place]) for name, place in layer.places.items()
            }
            clipped = trace.optimizer.clipped(penalized)
            cut = replace(trace.optimizer, clip_norm=None).clipped(penalized)
            for part, of in learned.items():
                self.tensors[f"clipped_{part}", i, False] = np.atleast_2d(of(clipped))
                self.tensors[f"cut_{part}", i, False] = np.atleast_2d(of(cut))
                for slot in trace.optimizer.slots:
                    self.tensors[f"{slot}_{part}", i, False] = np.atleast_2d(of(trace.state[slot]))
                    self.tensors[f"{slot}_{part}", i, True] = np.atleast_2d(of(trace.new_state[slot]))
        for name in ("clip_value", "clip_norm"):
            if getattr(trace.optimizer, name) is not None:
                self.tensors[name, None, False] = np.array(float(getattr(trace.optimizer, name)))
        before_norm = replace(trace.optimizer, clip_norm=None).clipped(penalized)
        self.tensors["norm", None, False] = np.array(math.hypot(*before_norm.tolist()))
        for name, value in trace.optimizer.settings.items():
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
                x, y = of(left), of(right)
                holds = {">": x > y, "≥": x >= y, "=": x == y, "<": x < y, "≤": x <= y}[sign]
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
                below = ("dropped", bottom.layer - 1, False)
                left = below if below in self.tensors else ("a", bottom.layer - 1, False)
                return float(self.tensors[left][row, bottom.entry[0]])
            case "z", "bias":
                assert bottom.entry[1] == column
                return 1.0
            case "z", "a":
                assert bottom.entry[0] == row
                return float(self.tensors["weight", top.layer, False][bottom.entry[1], column])
            case "a", "z" | "normalized":
                assert isinstance(top.layer, int)
                layer = self.trace.structure.layers[top.layer - 1]
                z, a = self.tensors[bottom.kind, top.layer, False], self.tensors["a", top.layer, False]
                if layer.activation.trained:
                    alpha = self.trace.theta[layer.places["alpha"]]
                    return float(np.broadcast_to(layer.activation.slope(z, a, alpha), z.shape)[row, column])
                slope: Any = layer.activation.derivative(z)
                return float(slope[row, column, bottom.entry[1]] if slope.ndim == 3 else slope[row, column])
            case "a", "alpha":
                entering = ("normalized", top.layer, False)
                entering = entering if entering in self.tensors else ("z", top.layer, False)
                return min(0.0, float(self.tensors[entering][row, column]))
            case "dropped", "a":
                rate = float(self.tensors["rate", top.layer, False])
                return float(self.tensors["keep", top.layer, False][row, column]) / (1 - rate)
            case "z", "dropped":
                return float(self.tensors["weight", top.layer, False][bottom.entry[1], column])
            case "normalized", "gamma":
                return float(self.tensors["standardized", top.layer, False][row, column])
            case "normalized", "beta":
                return 1.0
            case "normalized", "standardized":
                return float(self.tensors["gamma", top.layer, False][0, column])
            case _ if top.kind in INSIDE or bottom.kind in INSIDE:
                return self.partial_inside(top, bottom)
            case "loss", "a":
                return float(self.tensors["grad_a", bottom.layer, False][bottom.entry])
        raise TypeError(f"no derivative of {top} by {bottom}")

    def partial_inside(self, top: Symbol, bottom: Symbol) -> float:
        """A derivative inside a normalization: of ẑ with μ and σ² held fast, of σ² with μ held fast, and of μ."""
        rows = top.kind.startswith("row_") or bottom.kind.startswith("row_")
        z, epsilon = self.tensors["z", top.layer, False], float(self.tensors["epsilon", top.layer, False])
        mean, variance = (self.tensors[kind, top.layer, False] for kind in ("mean", "variance"))
        entry = top.entry if top.kind == "standardized" else bottom.entry if bottom.kind == "z" else top.entry
        row, column = (int(index) for index in entry)
        at = (row, 0) if rows or mean.shape != (1, z.shape[1]) else (0, column)
        count = z.size // mean.size
        spread = float(variance[at]) + epsilon
        match top.kind.removeprefix("row_"), bottom.kind.removeprefix("row_"):
            case "standardized", "z":
                return 1 / math.sqrt(spread)
            case "standardized", "mean":
                return -1 / math.sqrt(spread)
            case "standardized", "variance":
                return -(float(z[row, column]) - float(mean[at])) / 2 * spread**-1.5
            case "variance", "mean":
                return 0.0
            case "variance", "z":
                return 2 * (float(z[row, column]) - float(mean[at])) / count
            case "mean", "z":
                return 1 / count
        raise TypeError(f"no derivative of {top} by {bottom}")


INSIDE = ("standardized", "mean", "variance", "row_mean", "row_variance")

LOWER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
NAMES: dict[str, Any] = {
    "exp": math.exp,
    "ln": lambda x: math.log(x) if x > 0 else -math.inf,
    "abs": abs,
    "max": max,
    "tanh": math.tanh,
    "sqrt": math.sqrt,
    "H": lambda x: float(x > 0),
}


def of_text(line: str) -> float:
    """The value of a line of numbers as the text page prints it."""
    code = line.strip().replace("−", "-").replace("·", "*").replace("√", "sqrt")
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
        case "msqrt":
            return f"call('sqrt',[{code_of_row(parts)}])"
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
