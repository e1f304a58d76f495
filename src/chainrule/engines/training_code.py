"""Writes what surrounds a step: gathering its samples, the optimizer's update, and the loop over steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.engines.emitter import Code, Index, Pointer, Value, Variable, where
from chainrule.engines.formula_code import evaluate
from chainrule.engines.plan import Plan, hyperparameters, recorded_rule
from chainrule.engines.rows import InMemory

__all__ = ["write_chunks", "write_gather", "write_population", "write_train", "write_update"]


def write_update(code: Code, plan: Plan) -> None:
    """Write `update`: one step of the optimizer, with the sum of so many gradients that lie one after another."""
    theta, gradients, count, slots, h, t = code.function(
        "update", ["floats", "floats", "integer", "floats", "floats", "integer"]
    )
    optimizer, n = plan.optimizer, plan.structure.n_parameters
    results = recorded_rule(optimizer)
    scalars = {f"h{i}": h[i].spread() for i in range(len(hyperparameters(optimizer)[0]))}
    scalars["t"] = t.converted().spread()
    arrays = {"theta": theta, **{name: slots + i * n for i, name in enumerate(optimizer.slots)}}

    def update(place: Index, load: Callable[[Pointer, Index], Value], store: Any) -> None:
        total = Variable(code, load(gradients, place))
        for i in code.loop(count - 1):
            total.value = total.value + load(gradients, (i + 1) * n + place)
        symbols = {**scalars, "gradient": total.value, **{name: load(at, place) for name, at in arrays.items()}}
        known: dict[int, Value] = {}
        for at, result in zip(arrays.values(), [evaluate(r, symbols, known) for r in results], strict=True):
            store(at, place, result)

    whole, rest = divmod(n, code.lanes)
    code.meet()
    for k in code.shared_loop(whole, unrolled=plan.unrolled):
        update(k * code.lanes, Pointer.vector, lambda at, place, value: at.set_vector(value, place))
    for _ in code.by_one() if rest else ():
        update(
            whole * code.lanes,
            lambda at, place: at.first(rest, place),
            lambda at, place, value: at.set_first(rest, value, place),
        )
    code.meet()
    code.end()


SAMPLES = ["floats", "integer", "integer"]  # the first number, and how far it is to the next row and the next column
ROWS = ["integers", "integer"]  # which rows, and whether they are listed there or follow one another


def write_gather(code: Code, plan: Plan, name: str, columns: int, place: int) -> None:
    """Write a function that puts n samples, from the first-th on, into the scratch buffer."""
    source, row, column, listed, is_listed, first, n, scratch = code.function(
        name, [*SAMPLES, *ROWS, "integer", "integer", "floats"]
    )
    out = InMemory(scratch + place, plan.stride)
    for v in code.shared_loop(plan.vectors):
        starts = []
        for lane in range(code.lanes):
            k = v * code.lanes + lane
            k = first + where(code.integer(k) < n, k, 0)  # what belongs to no sample repeats the first
            starts.append(source + where(is_listed > 0, listed[k * is_listed], k) * row)
        for i in code.loop(columns):
            out.put(i, v, code.gathered([start[i * column] for start in starts]))
    code.meet()
    code.end()


def write_chunks(code: Code, plan: Plan) -> None:
    """Write `chunks`: the loss and the gradient of n samples, from the first-th on, a chunk at a time."""
    theta, gradient, scratch, *samples, first, n, share = code.function(
        "chunks",
        ["floats", "floats", "floats", *SAMPLES, *SAMPLES, *ROWS, "integer", "integer", "float"],
        returns="float",
    )
    x, y, rows = samples[:3], samples[3:6], samples[6:]
    if plan.reads == "resident":
        code.end(code.call("batch", theta, gradient, scratch, n, share))
        return
    if plan.reads == "batches":
        code.call("gather_x", *x, *rows, first, n, scratch)
        code.call("gather_y", *y, *rows, first, n, scratch)
        code.end(code.call("batch", theta, gradient, scratch, n, share))
        return
    zero = code.number(0.0)
    for i in code.loop(plan.structure.n_parameters):
        gradient[i] = zero
    total = Variable(code, zero)
    for c in code.loop((n + plan.samples - 1) / plan.samples):
        begin = c * plan.samples
        left = n - begin
        count = where(left < plan.samples, left, plan.samples)
        code.call("gather_x", *x, *rows, first + begin, count, scratch)
        code.call("gather_y", *y, *rows, first + begin, count, scratch)
        total.value = total.value + code.call("batch", theta, gradient, scratch, count, share)
    code.end(total.value)


def write_train(code: Code, plan: Plan) -> None:
    """Write `train`: so many steps, each on the samples between two bounds; `spacing` places from loss to loss."""
    theta, gradient, scratch, *samples, slots, h, t, share, bounds, steps, losses, spacing = code.function(
        "train",
        [
            *["floats", "floats", "floats", *SAMPLES, *SAMPLES, *ROWS],
            *["floats", "floats", "integer", "float", "integers", "integer", "floats", "integer"],
        ],
    )
    for s in code.loop(steps):
        n = bounds[s + 1] - bounds[s]
        first = bounds[s] * samples[-1]  # a full batch, whose rows are not listed, begins at the first row every time
        share_of_sample = share / n.converted()
        losses[s * spacing] = code.call("chunks", theta, gradient, scratch, *samples, first, n, share_of_sample)
        code.call("update", theta, gradient, 1, slots, h, t + s + 1)
    code.end()


def write_population(code: Code, plan: Plan) -> None:
    """Write `population`: so many steps of each of several networks, one after another, on the same samples.

    Parameters, slots and hyperparameters of the networks lie one after another. Of the losses only the last is kept.
    """
    thetas, gradient, scratch, *samples, slots, h, t, share, bounds, steps, losses, networks = code.function(
        "population",
        [
            *["floats", "floats", "floats", *SAMPLES, *SAMPLES, *ROWS],
            *["floats", "floats", "integer", "float", "integers", "integer", "floats", "integer"],
        ],
    )
    n = plan.structure.n_parameters
    n_slots, numbers = len(plan.optimizer.slots) * n, len(hyperparameters(plan.optimizer)[0])
    for k in code.loop(networks):
        mine = thetas + k * n, gradient, scratch, *samples, slots + k * n_slots, h + k * numbers
        code.call("train", *mine, t, share, bounds, steps, losses + k, 0)
    code.end()
