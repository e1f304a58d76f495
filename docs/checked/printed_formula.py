r"""Reads a formula as the report prints it, LaTeX and all, and says how far it is from the truth.

There are two references: the package's backpropagation, and `Case.truth`, which is written anew here in loops, with
every derivative by differences. Symbols are the report's (docs/notation.md): a^{(i)} goes into the activation of
layer i, \hat{a}^{(i)} comes out of it, and dX is ∂L/∂X.
"""

import functools
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.arrays import Array
from chainrule.backprop import backprop

Name = tuple[str, int]
"""A quantity of the report: ("a", 1) is a^(1), ("dw", 2) is dw^(2), LOSS is L."""
LOSS = ("L", 3)
FORWARD = [("â", 0), ("w", 1), ("b", 1), ("a", 1), ("â", 1), ("w", 2), ("b", 2), ("a", 2), ("â", 2), LOSS]
"""The quantities of the forward pass, each after all that it is computed from."""
ONE, FOUR, TANH = "one sample", "four samples", "four samples and tanh in the hidden layer"
"""The cases that a formula is tried on; the report's own is one sample."""


class UnreadableError(ValueError):
    """The text is no formula: cut off or misread."""


class UnevaluableError(ValueError):
    """The formula asks for what does not exist, such as an entry outside a matrix, or the shapes do not fit."""


def central(f: Callable[[float], Any], h: float = 2**-12) -> Any:
    """The derivative of f at 0 by central differences of fourth order: here right to 1e-9 of the largest entry."""
    return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)


class Case:
    """The report's 2-3-1 network with random parameters, n samples, and all that the report has a symbol for."""

    def __init__(self, n: int, hidden: str, seed: int) -> None:
        rng = np.random.default_rng(seed)
        net = cr.Network([2, 3, 1], hidden=hidden, seed=rng)
        net.parameters[...] = rng.standard_normal(net.parameters.size)
        X, y = rng.standard_normal((n, 2)), rng.integers(0, 2, (n, 1)).astype(float)
        numbers = backprop(net.structure, net.parameters, X, y, cr.losses.get("binary_cross_entropy"), collapse=False)
        self.y, self.hidden = y, hidden
        self.values: dict[Name, Array] = {("â", 0): X, ("dâ", 0): numbers.grad_X, LOSS: np.array([[numbers.loss]])}
        for layer in (0, 1):
            found = {
                "w": net.weights[layer],
                "b": net.biases[layer][None],  # a row, as in the report
                "a": numbers.z[layer],
                "â": numbers.a[layer],
                "dâ": numbers.grad_a[layer],
                "da": numbers.delta[layer],
                "dw": numbers.grad_weight[layer],
                "db": numbers.grad_bias[layer][None],
            }
            self.values |= {(letter, layer + 1): value for letter, value in found.items()}
        self.given = {name: self.values[name] for name in FORWARD if name[0] in ("w", "b") or name == ("â", 0)}
        self.truths: dict[Name, Array] = {}

    def forward(self, given: dict[Name, Array]) -> dict[Name, Array]:
        """The forward pass in plain loops; a quantity that is given is left as it is."""
        q: dict[Name, Array] = {}
        for letter, i in FORWARD:
            if (letter, i) in given:
                q[letter, i] = given[letter, i]
            elif letter == "a":
                w, b = q["w", i], q["b", i]
                q["a", i] = np.array(
                    [
                        [sum(x * w[k, j] for k, x in enumerate(sample)) + b[0, j] for j in range(w.shape[1])]
                        for sample in q["â", i - 1]
                    ]
                )
            elif letter == "â":
                q["â", i] = self.activate(q["a", i], i)
            else:
                chances = [p if y else 1 - p for p, y in zip(q["â", 2][:, 0], self.y[:, 0], strict=True)]
                q[LOSS] = np.array([[-sum(map(math.log, chances)) / len(chances)]])
        return q

    def activate(self, a: Any, i: int) -> Any:
        """The activation of layer i; that of the output is always sigmoid."""
        return np.tanh(a) if (i, self.hidden) == (1, "tanh") else f(a)

    def derivative(self, top: Name, at: tuple[int, int], bottom: Name, by: tuple[int, int]) -> float:
        """∂top/∂bottom, an entry of each, by differences of `forward`."""
        if FORWARD.index(bottom) > FORWARD.index(top):
            raise UnevaluableError(f"{latex(top)} does not depend on {latex(bottom)}, which is computed from it")

        def moved(h: float) -> float:
            changed = self.values[bottom].copy()
            changed[by] += h
            return float(self.forward({**self.given, bottom: changed})[top][at])

        return float(central(moved))

    def truth(self, name: Name) -> Array:
        """The quantity by the loops above; one whose name begins with d by differences of the loss."""
        if name not in self.truths:
            if name in FORWARD:
                self.truths[name] = self.forward(self.given)[name]
            else:
                of = (name[0][1:], name[1])
                truth = np.empty_like(self.values[of])
                for row, column in np.ndindex(truth.shape):
                    truth[row, column] = self.derivative(LOSS, (0, 0), of, (row, column))
                self.truths[name] = truth
        return self.truths[name]


@functools.cache
def case(name: str, seed: int) -> Case:
    """The case of that name with this seed; numbers that are read only, so one will do."""
    return Case(1 if name == ONE else 4, "tanh" if name == TANH else "sigmoid", seed)


X = np.linspace(-8, 8, 33)
"""The x of section 2.1."""


def f(x: Any) -> Any:
    """The sigmoid as section 2.1 prints it."""
    return 1 / (1 + np.exp(-x))


SYMBOL = re.compile(r"(d?(?:\\hat\{a\}|[awb]))(?:_\{(\d+)\})?\^\{\(([^)]*)\)\}")
TOKEN = re.compile(
    rf"\s*({SYMBOL.pattern}|f\(x\)|f'|\\frac|\\partial|\\sigma|\\mathbf\{{1\}}|\.T|\d+|[-+*@(){{}}^xeL])"
)


class Reader:
    """Evaluates a formula by recursive descent. Side by side, two numbers are multiplied, and so are two matrices.

    Args:
        text: the LaTeX.
        case: what the symbols stand for.
        i: the layer, for formulas with i.
    """

    def __init__(self, text: str, case: Case, i: int = 0) -> None:
        self.text, self.case, self.i = re.sub(r"\\(big|left|right)(?![a-z])", "", text).strip(), case, i
        self.tokens, self.position = list[str](), 0
        start = 0
        while start < len(self.text):
            match = TOKEN.match(self.text, start)
            if match is None:
                raise self.unreadable()
            self.tokens.append(match[1])
            start = match.end()
        self.tokens.append("")  # the end

    def unreadable(self) -> UnreadableError:
        """The error to raise."""
        return UnreadableError(f"unreadable: `{self.text}`")

    def value(self) -> Any:
        """What the whole text comes to."""
        value = self.sum()
        self.take("")
        return value

    def next_is(self, *tokens: str) -> bool:
        """Whether the next token is one of these."""
        return self.tokens[self.position] in tokens

    def take(self, *expected: str) -> str:
        """The next token, which must be one of those expected, if any are."""
        token = self.tokens[self.position]
        if expected and token not in expected:
            raise self.unreadable()
        self.position += 1
        return token

    def sum(self) -> Any:
        """A sum: a + b − c."""
        value = self.product()
        while self.next_is("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> Any:
        """A product: a b, a * b, a @ b."""
        value = self.factor()
        while not self.next_is("+", "-", ")", "}", ""):
            sign = self.take() if self.next_is("*", "@") else ""
            factor = self.factor()
            matrices = np.ndim(value) == np.ndim(factor) == 2
            value = value @ factor if sign == "@" or (sign == "" and matrices) else value * factor
        return value

    def factor(self) -> Any:
        """A factor: −a, a.T, a^2."""
        if self.next_is("-"):
            self.take()
            return -self.factor()
        value = self.primary()
        if self.next_is(".T"):
            self.take()
            value = value.T
        elif self.next_is("^"):
            self.take()
            value = value ** int(self.take("2"))
        return value

    def primary(self) -> Any:
        """A number, a symbol, a fraction, a function, or a sum in parentheses."""
        token = self.take()
        if token == "(":
            value = self.sum()
            self.take(")")
            return value
        if token == r"\sigma":
            return f(self.primary())
        if token == "f'":
            a = self.primary()
            return central(lambda h: self.case.activate(a + h, self.i))
        if token == "e":
            self.take("^")
            return np.exp(self.braces())
        if token == r"\frac":
            return self.fraction()
        if token == r"\mathbf{1}":
            return np.ones((len(self.case.y), 1))
        if token in ("x", "f(x)"):
            return X if token == "x" else f(X)
        if token.isdigit():
            return int(token)
        name, at = self.symbol(token)
        value = self.case.values[name]
        return value if at is None else value[at]

    def braces(self) -> Any:
        """A sum in braces."""
        self.take("{")
        value = self.sum()
        self.take("}")
        return value

    def fraction(self) -> Any:
        """A fraction of two sums, or of two ∂, which is a derivative by differences."""
        if self.tokens[self.position : self.position + 2] != ["{", r"\partial"]:
            return self.braces() / self.braces()
        parts = []
        for _ in ("top", "bottom"):
            self.take("{")
            self.take(r"\partial")
            parts.append(self.take())
            self.take("}")
        if parts == ["f(x)", "x"]:
            return central(lambda h: f(X + h))
        (top, at), (bottom, by) = map(self.symbol, parts)
        return self.case.derivative(top, at or (0, 0), bottom, by or (0, 0))

    def symbol(self, token: str) -> tuple[Name, tuple[int, int] | None]:
        """The quantity that a symbol stands for, and the entry of it, or None for all of it."""
        if token == "L":
            return LOSS, (0, 0)
        match = SYMBOL.fullmatch(token)
        if match is None:
            raise self.unreadable()
        letter, index, layer = match.groups()
        layers = {"i": self.i, "i+1": self.i + 1, "i-1": self.i - 1}
        name = (letter.replace(r"\hat{a}", "â"), layers[layer] if layer in layers else int(layer))
        if name not in self.case.values:
            raise UnevaluableError(f"there is no {latex(name)}")
        if index is None:
            return name, None
        rows, columns = self.case.values[name].shape
        place = [int(digit) - 1 for digit in index]
        if len(place) != 2:
            raise UnevaluableError(f"{latex(name)} is {rows} × {columns}, and the index {index} names no entry of it")
        if not (0 <= place[0] < rows and 0 <= place[1] < columns):
            raise UnevaluableError(f"{latex(name)} is {rows} × {columns} and has no entry {index}")
        return name, (place[0], place[1])


def latex(name: Name) -> str:
    r"""A quantity as inline LaTeX.

    >>> latex(("dâ", 1))
    '$d\\hat a^{(1)}$'
    """
    return f"${name[0].replace('â', chr(92) + 'hat a')}^{{({name[1]})}}$"


def cells_of(text: str) -> list[list[str]] | None:
    r"""The entries of a printed matrix, row by row; None if the text is no matrix. It may be cut off.

    >>> cells_of(r"\left[ a \quad b \right]"), cells_of("a")
    ([['a', 'b']], None)
    """
    inside = re.sub(r"^(\\begin\{bmatrix\}|\\left\[)|(\\end\{bmatrix\}|\\right\])$", "", text.strip())
    if inside == text.strip():
        return None
    return [[cell.strip() for cell in re.split(r"&|\\quad", row)] for row in inside.split(r"\\")]


Place = tuple[int, int]
"""Row and column of an entry of a printed matrix, counted from 1; WHOLE is a formula that is no matrix."""
WHOLE = (0, 0)
Outcome = float | UnreadableError | UnevaluableError
"""How far an entry is off, as a part of the largest entry of the true matrix; or why that cannot be said."""


def compare(left: str, right: str, case: Case, i: int = 0) -> dict[Place, Outcome]:
    """How far `right` as printed is from the quantity `left`, entry by entry.

    The reference that is farther away counts. So an entry such as ∂L/∂w₁₁, which is differences itself, is held against
    the package's value; and a mere name, dw₁₁, which is the package's value, against differences.
    """
    if left == "f(x)":
        references = [cr.activations.get("sigmoid")(X), (1 + np.tanh(X / 2)) / 2]
    elif left == r"\frac{\partial f(x)}{\partial x}":
        references = [cr.activations.get("sigmoid").derivative(X), central(lambda h: np.tanh((X + h) / 2) / 2)]
    else:
        name, _ = Reader(left, case, i).symbol(left)
        references = [case.values[name], case.truth(name)]
    shape = references[0].shape

    def off(value: Any, at: Any) -> Outcome:
        if isinstance(value, UnreadableError | UnevaluableError):
            return value
        return max(float(np.max(np.abs(value - true[at])) / np.max(np.abs(true))) for true in references)

    cells = cells_of(right)
    if cells is None:
        value = attempt(right, case, i)
        if isinstance(value, np.ndarray) and value.shape != shape:
            value = UnevaluableError(f"the right side is {times(value.shape)}, the left side {times(shape)}")
        return {WHOLE: off(value, ...)}
    fits = (len(cells), len(cells[0])) == shape
    outcomes: dict[Place, Outcome] = {}
    for r, row in enumerate(cells):
        for c, cell in enumerate(row):
            value = attempt(cell, case, i)
            if not fits and not isinstance(value, UnreadableError):
                value = UnevaluableError(f"the right side is {len(cells)} × {len(row)}, the left side {times(shape)}")
            outcomes[r + 1, c + 1] = off(value, (r, c))
    return outcomes


def attempt(text: str, case: Case, i: int) -> Any:
    """The value of the text, or the error that trying ends in."""
    try:
        return Reader(text, case, i).value()
    except (UnreadableError, UnevaluableError) as error:
        return error
    except ValueError as error:  # NumPy's: shapes that do not fit
        return UnevaluableError(f"the shapes do not fit: {error}")


def times(shape: tuple[int, ...]) -> str:
    """A shape in words.

    >>> times((2, 3))
    '2 × 3'
    """
    return " × ".join(map(str, shape))
