"""Which mistakes explain a gradient: the backward pass made with each of them, and held against the numbers.

A hypothesis is a set of faults. It is tried from the output down: what does not give the numbers of a layer need not be
tried below it, so that pairs of mistakes cost little more than single ones. It is accepted if it gives every number to
near rounding; a looser test, such as the angle between gradients, takes one mistake for another.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.arrays import Array
from chainrule.explain.faults import faults_of, right_line, scale, scales_of, stale_weights
from chainrule.explain.faulty_backprop import Fault, Known, Line, Stage, down
from chainrule.explain.residuals import Given, magnitudes, residual

__all__ = ["Hypothesis", "Outcome", "explanations"]

SCALED: tuple[Line, ...] = ("through", "weight", "bias")  # the lines that a factor may be on
MOST_OPEN = 100  # hypotheses kept from layer to layer; more of them coincide only where nearly all is 0


@dataclass(frozen=True)
class Hypothesis:
    """Faults that explain what has been looked at, and how far their gradient is from the given one."""

    faults: tuple[Fault, ...] = ()
    residual: float = 0.0
    stage: Stage | None = None

    @property
    def keys(self) -> frozenset[tuple[int, str]]:
        """The mistakes, each once in however many layers it is made."""
        return frozenset(fault.key for fault in self.faults)


@dataclass(frozen=True)
class Outcome:
    """What was found.

    Attributes:
        hypotheses: those that explain everything, the best first; they give the same numbers here.
        partial: if there is none, the one that explains most.
        stuck: if there is none, the layer (from 0) at which nothing explains the numbers any more.
    """

    hypotheses: list[Hypothesis]
    partial: Hypothesis = Hypothesis()
    stuck: int | None = None


def explanations(run: Known, given: Given, *, rate: float | None = None, most: int = 2) -> Outcome:
    """The fewest mistakes, up to `most`, that give these numbers; `rate` is the learning rate where it is known."""
    sizes = magnitudes(run, given)
    outcome = Outcome([], stuck=run.last)
    worlds: list[tuple[Known, tuple[Fault, ...]]] = [(run, ())]
    if any(layer.bias(run.theta).any() for layer in run.structure.layers):
        worlds.append((run.without_bias(), (NO_BIAS(run.last),)))
    for budget in range(most + 1):
        found: list[Hypothesis] = []
        for world, faults in worlds:
            if len(faults) > budget:
                continue
            open_, stuck = search(world, given, sizes, Hypothesis(faults), budget, rate)
            if stuck is None:
                found += open_
            elif not faults and outcome.stuck is not None and stuck < outcome.stuck:
                outcome = Outcome([], open_[0], stuck)
        if found:
            least = min(hypothesis.residual for hypothesis in found)
            close = max(1e3 * least, given.relative / 100)
            found = [hypothesis for hypothesis in found if hypothesis.residual <= close]
            return Outcome(sorted(found, key=lambda h: (len(h.keys), len(h.faults))))
    return outcome


def NO_BIAS(layer: int) -> Fault:  # noqa: N802
    """The bias left out of the forward pass."""
    return Fault(20, "unused", "forward", layer, "z = a_prev @ W + b", "z = a_prev @ W", lambda value, _: value)


def search(
    run: Known, given: Given, sizes: list[tuple[float, float]], start: Hypothesis, budget: int, rate: float | None
) -> tuple[list[Hypothesis], int | None]:
    """The hypotheses of at most `budget` mistakes that explain all layers, or (those left, the layer they fail at)."""
    open_ = [start]
    for i in reversed(range(run.last + 1)):
        further = [
            longer for hypothesis in open_ for longer in layer(run, i, given, sizes[i], hypothesis, budget, rate)
        ]
        if not further:
            return open_, i
        open_ = sorted(further, key=lambda h: (len(h.keys), len(h.faults)))[:MOST_OPEN]
    return open_, None


def layer(
    run: Known,
    i: int,
    given: Given,
    sizes: tuple[float, float],
    hypothesis: Hypothesis,
    budget: int,
    rate: float | None,
) -> Iterator[Hypothesis]:
    """The ways to go on from a hypothesis so that layer i is explained too."""
    keys, relative = hypothesis.keys, given.relative
    free = budget - len(keys)
    faults = faults_of(run, i) if budget else []
    factors = scales_of(run, i) if budget else []
    on = {
        line: [fault for fault in faults if fault.line == line]
        + [scale(*factor, line, i, right_line(run, i, line)) for factor in factors]
        for line in SCALED
    }
    above = [fault for fault in faults if fault.line == "below"] + on["through"]
    for down_here in [*choices(above, keys, free), *updated(run, i, given, hypothesis, above, free, rate)]:
        stage = down(run, i, hypothesis.stage, down_here)
        used = keys | {fault.key for fault in down_here}
        for in_weight in choices(on["weight"], used, budget - len(used)):
            value = applied(in_weight, stage.grad_weight, stage)
            off_weight = residual(given.weights[i], value, sizes[0])
            if off_weight > relative:
                continue
            used_too = used | {fault.key for fault in in_weight}
            of_bias = choices(on["bias"], used_too, budget - len(used_too))
            for in_bias in of_bias if given.biases[i] is not None else [()]:
                off_bias = residual(given.biases[i], applied(in_bias, stage.grad_bias, stage), sizes[1])
                if off_bias <= relative:
                    here = (*down_here, *in_weight, *in_bias)
                    yield Hypothesis(
                        (*hypothesis.faults, *here),
                        max(hypothesis.residual, off_weight, off_bias),
                        down(run, i, hypothesis.stage, here),
                    )


@np.errstate(all="ignore")
def applied(faults: Sequence[Fault], value: Array, stage: Stage) -> Array:
    """A line's value with these faults."""
    for fault in faults:
        value = fault.change(value, stage)
    return value


def choices(options: list[Fault], used: frozenset[tuple[int, str]], free: int) -> Iterator[tuple[Fault, ...]]:
    """None, one or two of the options: at most `free` mistakes that are not used already, replacements first."""
    yield ()
    old = [fault for fault in options if fault.key in used]
    new = options if free else old
    for fault in new:
        yield (fault,)
    for pair in itertools.combinations(new if free > 1 else options if free else old, 2):
        one, two = pair
        if len({one.key, two.key} - used) > free or (one.line == two.line and not (one.scales or two.scales)):
            continue
        yield (two, one) if one.scales and not two.scales else pair


def updated(
    run: Known, i: int, given: Given, hypothesis: Hypothesis, others: list[Fault], free: int, rate: float | None
) -> Iterator[tuple[Fault, ...]]:
    """Choices with weights that were updated too early; the learning rate is solved for where it is not known."""
    if i == run.last or (not free and all(fault.number != 12 for fault in hypothesis.faults)):
        return
    earlier = next((fault for fault in hypothesis.faults if fault.number == 12), None)
    with_it = [()] if free < 2 and earlier is None else [(), *((fault,) for fault in others if fault.line != "below")]
    for rest in with_it:
        if earlier is not None:
            rates = [earlier.rate]
        elif rate is not None:
            rates = [rate, -rate]  # the other sign: a sign is wrong too
        else:
            rates = solved(run, i, given, hypothesis, rest)
        for each in rates:
            yield (stale_weights(run, i, each), *rest)


def solved(run: Known, i: int, given: Given, hypothesis: Hypothesis, rest: tuple[Fault, ...]) -> list[float]:
    """The learning rates that would explain dW or db of layer i, both of which are linear in it."""
    zero, one = (down(run, i, hypothesis.stage, (stale_weights(run, i, rate), *rest)) for rate in (0.0, 1.0))
    rates: list[float] = []
    for of, at_zero, at_one in (
        (given.weights[i], zero.grad_weight, one.grad_weight),
        (given.biases[i], zero.grad_bias, one.grad_bias),
    ):
        if of is None or of.shape != at_zero.shape:
            continue
        along = at_one - at_zero
        square = float(np.sum(along * along))
        rate = float(np.sum((of - at_zero) * along)) / square if square > 0 else 0.0
        if 1e-9 < abs(rate) < 1e6 and not any(abs(rate - other) <= 1e-6 * abs(rate) for other in rates):
            rates.append(rate)
    return rates
