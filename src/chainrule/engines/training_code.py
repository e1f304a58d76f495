"""Writes what surrounds a step: gathering its samples, the optimizer's update, and the loop over steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chainrule.engines.emitter import Code
from chainrule.engines.formula_code import evaluate
from chainrule.engines.plan import Plan, hyperparameters, recorded_rule
from chainrule.engines.rows import InMemory
from chainrule.engines.values import Index, Pointer, Value, Variable, where

__all__ = [
    "ALL_LANES",
    "OPTIMIZER",
    "first_lanes",
    "hyperparameters_of",
    "parameters_and_slots",
    "step",
    "write_chunks",
    "write_gather",
    "write_population",
    "write_train",
    "write_update",
]


def write_update(code: Code, plan: Plan) -> None:
    """Write `update`: one step of the optimizer, with the sum of so many gradients that lie one after another."""
    theta, gradients, count, slots, h, t = code.function(
        "update", ["floats", "floats", "integer", "floats", "floats", "integer"]
    )
    n, arrays = plan.structure.n_parameters, parameters_and_slots(plan, theta, slots)
    scalars = hyperparameters_of(plan, h, t.converted().spread())

    def update(place: Index, load: Load, store: Store) -> None:
        total = Variable(code, load(gradients, place))
        for i in code.loop(count - 1):
            total.value = total.value + load(gradients, (i + 1) * n + place)
        step(plan, total.value, arrays, scalars, place, load, store)

    whole, rest = divmod(n, code.lanes)
    for k in code.shared_loop(whole, unrolled=plan.unrolled):
        update(k * code.lanes, *ALL_LANES)
    for _ in code.by_one() if rest else ():
        update(whole * code.lanes, *first_lanes(rest))
    code.meet()
    code.end()


Load = Callable[[Pointer, Index], Value]
Store = Callable[[Pointer, Value, Index], None]
ALL_LANES: tuple[Load, Store] = Pointer.vector, Pointer.set_vector


def first_lanes(count: int) -> tuple[Load, Store]:
    """How to load and store so many numbers, fewer than a register holds."""
    return lambda at, place: at.first(count, place), lambda at, value, place: at.set_first(count, value, place)


def parameters_and_slots(plan: Plan, theta: Pointer, slots: Pointer) -> dict[str, Pointer]:
    """What a step of the optimizer changes, by the name that its rule has for it."""
    n = plan.structure.n_parameters
    return {"theta": theta, **{name: slots + i * n for i, name in enumerate(plan.optimizer.slots)}}


def hyperparameters_of(plan: Plan, h: Pointer, t: Value) -> dict[str, Value]:
    """What is the same for all parameters."""
    return {"t": t, **{f"h{i}": h[i].spread() for i in range(len(hyperparameters(plan.optimizer)[0]))}}


def step(
    plan: Plan,
    gradient: Value,
    arrays: Mapping[str, Pointer],
    scalars: Mapping[str, Value],
    place: Index,
    load: Load,
    store: Store,
) -> None:
    """Write one step of the optimizer for the parameters at a place, whose gradient this is."""
    symbols = {**scalars, "gradient": gradient, **{name: load(at, place) for name, at in arrays.items()}}
    known: dict[int, Value] = {}
    results = [evaluate(result, symbols, known) for result in recorded_rule(plan.optimizer)]
    for at, result in zip(arrays.values(), results, strict=True):
        store(at, result, place)


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


OPTIMIZER = ["floats", "floats", "integer"]  # its slots, its hyperparameters, and the number of its step


def write_chunks(code: Code, plan: Plan) -> None:
    """Write `chunks`: the loss and the gradient of n samples, from the first-th on, a chunk at a time."""
    theta, gradient, scratch, *samples, first, n, share, slots, h, t = code.function(
        "chunks",
        ["floats", "floats", "floats", *SAMPLES, *SAMPLES, *ROWS, "integer", "integer", "float", *OPTIMIZER],
        returns="float",
    )
    x, y, rows = samples[:3], samples[3:6], samples[6:]

    def batch(first: Value, n: Value) -> Value:
        if plan.reads != "resident":
            code.call("gather_x", *x, *rows, first, n, scratch)
            code.call("gather_y", *y, *rows, first, n, scratch)
        return code.call("batch", theta, gradient, scratch, n, share, slots, h, t)

    if plan.reads != "chunks":
        code.end(batch(first, n))
        return
    zero = code.number(0.0)
    for i in code.loop(plan.structure.n_parameters):
        gradient[i] = zero
    total = Variable(code, zero)
    for c in code.loop((n + plan.samples - 1) / plan.samples):
        begin = c * plan.samples
        left = n - begin
        total.value = total.value + batch(first + begin, where(left < plan.samples, left, plan.samples))
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
        optimizer = slots, h, t + s + 1
        losses[s * spacing] = code.call(
            "chunks", theta, gradient, scratch, *samples, first, n, share_of_sample, *optimizer
        )
        if not plan.fused:
            code.call("update", theta, gradient, 1, *optimizer)
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
