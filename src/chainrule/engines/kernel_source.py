"""Writes the source of a training kernel: the formulas of one network, turned into loops.

Each formula is called once with symbols; what it records is written out as the body of a loop over units and samples,
so the compiled kernel computes the very text of `formulas/`. A kernel knows its activations, its loss and its
optimizer; layer sizes, batch sizes and hyperparameters are arguments, so that it serves every network of that kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.formulas.expression import Expression

if TYPE_CHECKING:
    from chainrule.formulas.activations import Activation
    from chainrule.formulas.losses import Loss
    from chainrule.formulas.optimizers import Optimizer

__all__ = ["MOST_REDUCTIONS", "UnknownOperationError", "hyperparameters", "kernel_source"]

OPERATORS = {
    np.add: "({} + {})",
    np.subtract: "({} - {})",
    np.multiply: "({} * {})",
    np.divide: "({} / {})",
    np.negative: "(-{})",
    np.absolute: "abs({})",
    np.square: "({0} * {0})",
    np.greater: "({} > {})",
    np.greater_equal: "({} >= {})",
    np.less: "({} < {})",
    np.less_equal: "({} <= {})",
    np.equal: "({} == {})",
    np.exp: "f(vector_math.exp({}))",
    np.log: "f(vector_math.log({}))",
    np.log1p: "f(vector_math.log1p({}))",
    np.tanh: "f(vector_math.tanh({}))",
    np.maximum: "f(vector_math.maximum({}, {}))",
    np.heaviside: "f(vector_math.heaviside({}, {}))",
    np.where: "f(vector_math.select({}, {}, {}))",
}
MOST_REDUCTIONS = 8  # of one formula: each takes a row of its own
REDUCTIONS = {np.add: ("0", "{} + {}"), np.maximum: ("-np.inf", "vector_math.maximum({}, {})")}


class UnknownOperationError(NotImplementedError):
    """A formula uses an operation that the compiled engine has no text for."""


def hyperparameters(optimizer: Optimizer) -> tuple[list[float], list[Any]]:
    """The optimizer's numbers, which are arguments of a kernel, and what its rule is called with when recorded.

    What is no number (a choice between two rules) stays what it is and belongs to the kernel.
    """
    numbers: list[float] = []
    recorded: list[Any] = []
    for field in fields(optimizer):
        value = getattr(optimizer, field.name)
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            recorded.append(value)
        else:
            recorded.append(Expression.symbol(f"h[{len(numbers)}]"))
            numbers.append(float(value))
    return numbers, recorded


def kernel_source(
    activations: Sequence[Activation], output: Activation, loss: Loss, optimizer: Optimizer, dtype: np.dtype[Any]
) -> str:
    """The source of the module of a kernel.

    Args:
        activations: the distinct activations of the network; `kinds` refers to them by their place.
        output: the activation of the last layer.
        loss: the loss function.
        optimizer: the update rule.
        dtype: of all numbers.

    Raises:
        UnknownOperationError: a formula uses an operation that has no text here.
    """
    z, a, y, grad_a, share = map(Expression.symbol, ("z[k]", "a[k]", "y[k]", "grad_a[k]", "share"))
    theta, gradient, t = map(Expression.symbol, ("theta[k]", "gradient[k]", "t"))
    slots = [Expression.symbol(f"slots[{s}, k]") for s in range(len(optimizer.slots))]
    results = optimizer.rule(theta, gradient, *slots, t, *hyperparameters(optimizer)[1])

    delta = loss.delta(z, a, y, output, share)
    parts = [HEAD.format(dtype=dtype.name)]
    for kind, f in enumerate(activations):
        parts.append(formula(f"activate_{kind}", ("z", "a"), f.forward(z), "a"))
        parts.append(formula(f"backward_{kind}", ("z", "a", "grad_a"), f.backward(grad_a, z, a), "grad_a"))
    parts.append(formula("output_delta", ("z", "a", "y", "grad_a"), delta, "grad_a", scalars=("share",)))
    parts.append(formula("loss_terms", ("z", "a", "y", "grad_a"), loss.terms(z, a, y, output), "grad_a"))
    parts.append(update(results, len(optimizer.slots)))
    choices = range(len(activations))
    parts.append(
        STEPS.format(
            activate="\n".join(
                f"        if kinds[l] == {kind}:\n            activate_{kind}(z, a, sizes[l + 1], pad, row)"
                for kind in choices
            ),
            backward="\n".join(
                f"            if kinds[l - 1] == {kind}:\n"
                f"                backward_{kind}(zs[below:end], activations[below:end], grad_a, sizes[l], pad, row)"
                for kind in choices
            ),
        )
    )
    return "\n\n".join(parts)


HEAD = '''"""A training kernel, written by chainrule.engines.kernel_source; safe to delete."""

import numpy as np
from numba import njit

from chainrule.engines import loops, vector_math

f = np.{dtype}
compiled = njit(fastmath={{"contract"}}, error_model="numpy", forceinline=True)
'''

STEPS = '''
@njit(fastmath={{"contract"}}, error_model="numpy", nogil=True, cache=True)
def step(theta, gradient, sizes, kinds, zs, activations, deltas, y, terms, row, n, pad, share):
    """The loss of the batch that lies in `activations` and `y`, and its gradient."""
    layers = len(kinds)
    place, begin = 0, 0
    for l in range(layers):
        end = begin + sizes[l] * pad
        block = theta[place : place + (sizes[l] + 1) * sizes[l + 1]]
        z = zs[end : end + sizes[l + 1] * pad]
        a = activations[end : end + sizes[l + 1] * pad]
        loops.affine(block, activations[begin:end], z, sizes[l], sizes[l + 1], pad)
{activate}
        place += len(block)
        begin = end
    end = begin + sizes[layers] * pad
    z, a = zs[begin:end], activations[begin:end]
    loss_terms(z, a, y, terms, sizes[layers], pad, row)
    loss = f(0)
    for j in range(sizes[layers]):
        loss += loops.add_up(terms[j * pad : j * pad + n])
    delta, grad_a = deltas[0], deltas[1]
    output_delta(z, a, y, delta, sizes[layers], pad, row, share)
    for j in range(sizes[layers]):
        for k in range(n, pad):
            delta[j * pad + k] = 0
    for l in range(layers - 1, -1, -1):
        end = begin
        below = end - sizes[l] * pad
        size = (sizes[l] + 1) * sizes[l + 1]
        place -= size
        loops.gradient_of_block(
            gradient[place : place + size], activations[below:end], delta, sizes[l], sizes[l + 1], pad
        )
        if l > 0:
            loops.backward(theta[place : place + size], delta, grad_a, sizes[l], sizes[l + 1], pad)
{backward}
        delta, grad_a = grad_a, delta
        begin = below
    return loss * share


@njit(fastmath={{"contract"}}, error_model="numpy", nogil=True, cache=True)
def train(
    theta, gradient, slots, t, h, sizes, kinds, zs, activations, deltas, y, terms, row, lanes, X, Y, rows, bounds,
    share_of_batch, gathers, losses
):
    """Take as many steps as there are bounds between, each on the rows that they bound."""
    for s in range(len(losses)):
        n = bounds[s + 1] - bounds[s]
        pad = (n + lanes - 1) // lanes * lanes
        if gathers:
            batch = rows[bounds[s] : bounds[s + 1]]
            loops.gather(X, batch, activations, pad)
            loops.gather(Y, batch, y, pad)
        share = f(share_of_batch / n)
        losses[s] = step(theta, gradient, sizes, kinds, zs, activations, deltas, y, terms, row, n, pad, share)
        update(theta, gradient, slots, f(t + s + 1), h)
'''


def formula(name: str, arrays: Sequence[str], expression: Any, out: str, scalars: Sequence[str] = ()) -> str:
    """A function that computes an expression of rows of these arrays into rows of `out`, unit by unit.

    Reductions over units come first, each into a row of its own; the elementwise parts that they share with the result
    are computed again, which only an output layer's few units pay.
    """
    reductions: list[Expression] = []
    find_reductions(expression, reductions)
    if len(reductions) > MOST_REDUCTIONS:
        raise UnknownOperationError(
            f"a formula takes {len(reductions)} sums or maxima over units, the compiled engine at most "
            f"{MOST_REDUCTIONS}; use engine='numpy'"
        )
    known = {id(reduction): f"row[{i} * pad + k]" for i, reduction in enumerate(reductions)}
    slices = "\n".join(f"        {array} = {array}_all[j * pad : (j + 1) * pad]" for array in arrays)
    signature = ", ".join([*(f"{array}_all" for array in arrays), "d", "pad", "row", *scalars])
    lines = ["@compiled", f"def {name}({signature}):"]
    for i, reduction in enumerate(reductions):
        start, combine = REDUCTIONS[reduction.operation]  # type: ignore[index]
        body, value = Text(known).write(reduction.arguments[0])
        lines += [
            "    for k in range(pad):",
            f"        row[{i} * pad + k] = {start}",
            "    for j in range(d):",
            slices,
            "        for k in range(pad):",
            *(f"            {line}" for line in body),
            f"            row[{i} * pad + k] = f({combine.format(f'row[{i} * pad + k]', value)})",
        ]
    body, value = Text(known).write(expression)
    lines += [
        "    for j in range(d):",
        slices,
        "        for k in range(pad):",
        *(f"            {line}" for line in body),
        f"            {out}[k] = {value}",
    ]
    return "\n".join(lines)


def update(results: Sequence[Any], n_slots: int) -> str:
    """The function that applies an optimizer's rule to every parameter."""
    text = Text({})
    lines = ["@compiled", "def update(theta, gradient, slots, t, h):", "    for k in range(len(theta)):"]
    values = []
    body: list[str] = []
    for result in results:
        body, value = text.write(result)
        values.append(value)
    lines += [f"        {line}" for line in body]
    for target, value in zip(["theta[k]", *(f"slots[{s}, k]" for s in range(n_slots))], values, strict=True):
        lines.append(f"        {target} = {value}")
    return "\n".join(lines)


def find_reductions(value: Any, found: list[Expression]) -> None:
    """Append the reductions over units of an expression, inner ones first, each once."""
    if isinstance(value, Expression):
        for argument in value.arguments:
            find_reductions(argument, found)
        if value.over_units and not any(value is other for other in found):
            found.append(value)


class Text:
    """Writes expressions as assignments to local names, each operation once."""

    def __init__(self, known: Mapping[int, str]) -> None:
        self.names: dict[Any, str] = {}
        self.known = known
        self.lines: list[str] = []

    def write(self, value: Any) -> tuple[list[str], str]:
        """The assignments so far, and the text of the value."""
        return self.lines, self.text(value)

    def text(self, value: Any) -> str:
        """The text of a value: a number, a symbol, or the name that its operation was assigned to."""
        if not isinstance(value, Expression):
            return f"f({float(value)!r})"
        if id(value) in self.known:
            return self.known[id(value)]
        if value.operation is None:
            return value.name
        if value.operation not in OPERATORS:
            raise UnknownOperationError(
                f"the compiled engine does not know {value.operation.__name__}, used by a formula; use engine='numpy'"
            )
        arguments = tuple(self.text(argument) for argument in value.arguments)
        key = (value.operation, arguments)
        if key not in self.names:
            self.names[key] = f"v{len(self.names)}"
            self.lines.append(f"{self.names[key]} = {OPERATORS[value.operation].format(*arguments)}")
        return self.names[key]
