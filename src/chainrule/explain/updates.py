"""The optimizer's step: several updates with given gradients, held against the rule, right and with each mistake.

Every mistake is made with the one text of the rule (`formulas/optimizers/`): other gradients, settings, counts of
steps or states go in.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.explain.adapters import NO_BIAS, Layout
from chainrule.explain.diagnosis import Finding, finding
from chainrule.explain.kept_state import from_the_start
from chainrule.formulas.optimizers import LBFGS, SGD, Optimizer
from chainrule.structure import Structure

__all__ = ["step_findings"]

STEPS = 6
RATE_NAMES = {"lr", "eta", "learning_rate", "rate", "alpha", "step_size"}
STATE_NAMES = {"state", "velocity", "velocities", "v", "cache", "memory", "m", "momentum_buffer", "opt_state"}
STRUCTURE = Structure.of([2, 3, 1], hidden="sigmoid", output="sigmoid")


@dataclass(frozen=True)
class Variant:
    """A rule with a mistake: what it is, and what goes into the rule instead."""

    text: str
    optimizer: Optimizer
    gradient: float = 1.0
    times: int = 1
    reset: bool = False
    count: Callable[[int], Any] = lambda t: t
    decay: float = 0.0
    mistake: int = 30

    def path(self, theta: Array, gradients: Sequence[Array]) -> list[Array]:
        """The parameters after each step."""
        start = self.optimizer.init(theta)
        slots, path = [start[slot] for slot in self.optimizer.slots], []
        for t, g in enumerate(gradients, 1):
            if self.reset:
                slots = [start[slot] for slot in self.optimizer.slots]
            new, *slots = self.optimizer.rule(
                theta, self.gradient * g + self.decay * theta, *slots, self.count(t), *self.optimizer.parameters
            )
            theta = theta + self.times * (new - theta)
            path.append(theta)
        return path


def variants(optimizer: Optimizer) -> Iterator[Variant]:
    """The rule, and then its mistakes."""
    rate = float(optimizer.learning_rates(0, 1)[0])
    yield Variant("", optimizer)
    yield Variant("the step goes up the gradient instead of down", optimizer, gradient=-1)
    yield Variant("the state is set back to 0 at every step", optimizer, reset=True)
    yield Variant("the learning rate is applied twice", optimizer, gradient=rate)
    yield Variant("the learning rate is not applied", optimizer, gradient=1 / rate)
    yield Variant("each step is taken twice", optimizer, times=2)
    for field in dataclasses.fields(optimizer):
        value, name = getattr(optimizer, field.name), field.name
        if isinstance(value, bool):
            yield Variant(f"{name} is {not value} in it, not {value}", replace(optimizer, **{name: not value}))
        elif name in ("momentum", "rho", "beta_1", "beta_2") and 0 < value < 1:
            yield Variant(f"{name} and 1 - {name} change places", replace(optimizer, **{name: 1 - value}))
            yield Variant(
                f"the new gradient counts 1 - {name} in the average, where the rule adds it in full",
                optimizer,
                gradient=1 - value,
            )
    yield Variant("the correction of the bias is missing", optimizer, count=lambda t: 10**9)
    yield Variant("the count of steps stays 1", optimizer, count=lambda t: 1)
    yield Variant("the count of steps begins with 2", optimizer, count=lambda t: t + 1)
    for order in array_orders():
        yield Variant("all arrays share one count of steps", optimizer, count=partial(shared_count, order))


def shared_count(order: Array, t: int) -> Array:
    """The count that each parameter sees where every one of the four arrays adds 1 to it."""
    return 4 * (t - 1) + order


def array_orders() -> list[Array]:
    """The number of each parameter's array, from 1: W, b layer by layer, and all W before all b."""
    layers = [(m.offset, m.end - m.fan_out, m.end) for m in STRUCTURE.layers]
    orders = []
    for numbers in ([(1, 2), (3, 4)], [(1, 3), (2, 4)]):
        order = np.zeros(STRUCTURE.n_parameters)
        for (begin, bias, end), (weight_number, bias_number) in zip(layers, numbers, strict=True):
            order[begin:bias], order[bias:end] = weight_number, bias_number
        orders.append(order)
    return orders


def decaying(path: list[Array], right: Array, optimizer: Optimizer, theta: Array) -> Variant:
    """The rule with the decay of the parameters that its first step shows, if there is one."""
    decay = float(-(path[0] - right) @ theta / (theta @ theta) / optimizer.learning_rate)
    return Variant(f"the parameters are pulled towards 0 as well (weight decay {decay:.3g})", optimizer, decay=decay)


def of_one_gradient(optimizer: Optimizer) -> Optimizer:
    """The optimizer, if each parameter's step follows from its own gradient: so the steps here are compared.

    Raises:
        ValueError: it does not; the message says why.
    """
    if isinstance(optimizer, LBFGS):
        raise ValueError("a step of LBFGS has no formula: a line search finds its length; choose another optimizer")
    if optimizer.clip_value is not None or optimizer.clip_norm is not None:
        raise ValueError(f"{optimizer} clips the gradient; diagnose its step without clip_value and clip_norm")
    return optimizer


def step_findings(step: Callable[..., Any], optimizer: Optimizer | None, layout: Layout | None) -> Iterator[Finding]:
    """What is wrong with an optimizer's step."""
    optimizer = SGD(0.1) if optimizer is None else of_one_gradient(optimizer).at_step(0)  # a program has one rate
    rng = np.random.default_rng(0)
    theta = rng.normal(0, 3, STRUCTURE.n_parameters)
    gradients = [rng.normal(0, 1, theta.size) for _ in range(STEPS)]
    path, layout = first_that_runs(step, optimizer, layout, theta, gradients)
    if (found := judged(path, optimizer, theta, gradients)) is not None:
        yield found
        return
    aliased, _ = run(step, optimizer, layout, theta, gradients, reuse=True)
    if found := judged(aliased, optimizer, theta, gradients):
        detail = "the state keeps your gradient array itself, and changes with it when the array is used again"
        yield finding(30, detail=detail, right="v = g.copy()", wrong="v = g")


def judged(path: list[Array], optimizer: Optimizer, theta: Array, gradients: list[Array]) -> Finding | None:
    """The finding of a path of parameters; None if it is the rule's."""

    def off(other: list[Array], of: Any = slice(None)) -> float:
        return max(
            float(np.abs(mine[of] - right[of]).max() / np.abs(right[of] - theta[of]).max())
            for mine, right in zip(path, other, strict=True)
        )

    right, *wrong = variants(optimizer)
    if off(right.path(theta, gradients)) <= 1e-6:
        return None
    rule = inspect.cleandoc(type(optimizer).__doc__ or "").partition("\n\n")[2].partition("\n\n")[0]
    bias = np.concatenate([np.arange(m.end - m.fan_out, m.end) for m in STRUCTURE.layers])
    others = np.setdiff1d(np.arange(theta.size), bias)
    wrong.append(decaying(path, right.path(theta, gradients)[0], optimizer, theta))
    for variant in wrong:
        if off(variant.path(theta, gradients)) <= 1e-6:
            return finding(variant.mistake, detail=variant.text, right=rule)
    if off(right.path(theta, gradients), others) <= 1e-6 and all(np.array_equal(p[bias], theta[bias]) for p in path):
        return finding(20, detail="the step never updates it")
    known = off(right.path(theta, gradients)[:1] + path[1:])
    text = "wrong from the first step on" if known > 1e-6 else "the first step is right, the later ones are not"
    return Finding(
        30,
        "the update, not the gradient",
        None,
        f"The update is not that of {optimizer!r}, and no known mistake explains it: {text}.",
        right=rule,
        mend="Is this the optimizer that is meant? Name it: optimizer=… (in a file: OPTIMIZER = {…}).",
    )


def first_that_runs(
    step: Callable[..., Any], optimizer: Optimizer, layout: Layout | None, theta: Array, gradients: list[Array]
) -> tuple[list[Array], Layout]:
    """The path in the first container that the step takes; the program's own is tried first."""
    refused = None
    for container in (None, "dict", "pairs", "alternating"):
        tried = layout if container is None else Layout(container, ("parameters",))
        try:
            return run(step, optimizer, tried, theta, gradients)
        except ValueError as error:
            refused = refused or error
    assert refused is not None
    raise refused


def run(
    step: Callable[..., Any],
    optimizer: Optimizer,
    layout: Layout | None,
    theta: Array,
    gradients: list[Array],
    *,
    reuse: bool = False,
) -> tuple[list[Array], Layout]:
    """The parameters after each of the program's steps; `reuse` overwrites one gradient array in place.

    Raises:
        ValueError: the step cannot be called, or returns no parameters; the message says why.
    """
    step = from_the_start(step)
    names = [p.name for p in inspect.signature(step).parameters.values() if p.default is p.empty]
    extra = {name: name.lower() for name in names if name.lower() in RATE_NAMES | STATE_NAMES}
    count = len(names) - len(extra)
    if count < 2 or count % 2:
        raise ValueError(
            f"step takes ({', '.join(names)}) but must take the parameters and their gradients, such as "
            "step(parameters, gradients), and, if it needs them, learning_rate and state"
        )
    half = [name for name in names if name not in extra][: count // 2]
    flat = Layout("flat", tuple(half))
    if layout is None or layout.container == NO_BIAS or len(layout.names) != len(half):
        layout = flat if len(half) == 1 else Layout("lists" if len(half) == 2 else "arguments", tuple(half))

    def pack(vector: Array) -> list[Any]:
        layers = STRUCTURE.layers
        return layout.pack([m.weight(vector) for m in layers], [m.bias(vector) for m in layers])

    parameters, state, path, buffer = pack(theta.copy()), None, [], pack(gradients[0].copy())
    for gradient in gradients:
        if reuse:
            overwrite(buffer, pack(gradient))
        given = iter([*parameters, *(buffer if reuse else pack(gradient.copy()))])
        values = [
            (optimizer.learning_rate if extra[name] in RATE_NAMES else state) if name in extra else next(given)
            for name in names
        ]
        try:
            with np.errstate(all="ignore"):
                returned = step(*values)
        except Exception as error:
            raise ValueError(f"step raised {type(error).__name__}: {str(error).partition(chr(10))[0]}") from None
        if any(kind in STATE_NAMES for kind in extra.values()) and isinstance(returned, tuple):
            *results, state = returned
            returned = results[0] if len(results) == 1 else tuple(results)
        if returned is not None:
            weights, biases = layout.read(returned, STRUCTURE)
            vector = np.concatenate([np.ravel(v) for pair in zip(weights, biases, strict=True) for v in pair])
            parameters = pack(vector)
        else:
            held = parameters if len(parameters) > 1 else parameters[0]
            weights, biases = layout.read(held, STRUCTURE)
        path.append(np.concatenate([np.ravel(v) for pair in zip(weights, biases, strict=True) for v in pair]).copy())
    return path, layout


def overwrite(buffer: Any, values: Any) -> None:
    """The arrays of one container changed in place to those of another of its form."""
    if isinstance(buffer, np.ndarray):
        buffer[...] = values
    elif isinstance(buffer, dict):
        for key in buffer:
            overwrite(buffer[key], values[key])
    else:
        for mine, theirs in zip(buffer, values, strict=True):
            overwrite(mine, theirs)
