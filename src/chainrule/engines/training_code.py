"""Writes what surrounds a step: gathering its samples, and the loop over steps."""

from __future__ import annotations

from chainrule.engines.emitter import Code
from chainrule.engines.plan import Plan
from chainrule.engines.random_code import step_key
from chainrule.engines.rows import InMemory
from chainrule.engines.update_code import evaluate_with, waits_for_all
from chainrule.engines.values import Pointer, Value, Variable, where
from chainrule.formulas.normalizations import BatchNorm

__all__ = ["OPTIMIZER", "write_chunks", "write_gather", "write_population", "write_train"]

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


OPTIMIZER = ["floats", "floats", "integer"]  # its slots, the numbers of this step, and the step's key for dropout


def write_chunks(code: Code, plan: Plan) -> None:
    """Write `chunks`: the loss and the gradient of n samples, from the first-th on, a chunk at a time.

    `slot` is the place of the first sample in its batch.
    """
    theta, gradient, scratch, *samples, first, n, share, slots, h, key, slot = code.function(
        "chunks",
        [
            *["floats", "floats", "floats", *SAMPLES, *SAMPLES, *ROWS],
            *["integer", "integer", "float", *OPTIMIZER, "integer"],
        ],
        returns="float",
    )
    x, y, rows = samples[:3], samples[3:6], samples[6:]

    def batch(first: Value, n: Value, slot: Value) -> Value:
        if plan.reads != "resident":
            code.call("gather_x", *x, *rows, first, n, scratch)
            code.call("gather_y", *y, *rows, first, n, scratch)
        return code.call("batch", theta, gradient, scratch, n, share, slots, h, key, slot)

    if plan.reads != "chunks":
        code.end(batch(first, n, slot))
        return
    zero = code.number(0.0)
    for i in code.loop(plan.structure.n_parameters):
        gradient[i] = zero
    total = Variable(code, zero)
    for c in code.loop((n + plan.samples - 1) / plan.samples):
        begin = c * plan.samples
        left = n - begin
        total.value = total.value + batch(first + begin, where(left < plan.samples, left, plan.samples), slot + begin)
    code.end(total.value)


RUN = ["floats", "floats", "integer", "integer", "integer", "float", "integers", "integer", "floats", "integer"]
"""Slots, numbers of the steps, how far it is from one step's to the next's, key, steps taken before, share, bounds,
steps, losses, and how far it is from one loss to the next."""


def write_train(code: Code, plan: Plan) -> None:
    """Write `train`: so many steps, each on the samples between two bounds."""
    theta, gradient, scratch, *samples, slots, h, to_next, key, t, share, bounds, steps, losses, spacing = (
        code.function("train", ["floats", "floats", "floats", *SAMPLES, *SAMPLES, *ROWS, *RUN])
    )
    code.written.attributes.add("noinline")  # one machine code, and so the same bits, for `population` too
    for s in code.loop(steps):
        n = bounds[s + 1] - bounds[s]
        first = bounds[s] * samples[-1]  # a full batch, whose rows are not listed, begins at the first row every time
        share_of_sample = share / n.converted()
        numbers = h + s * to_next
        optimizer = slots, numbers, step_key(code, key, t + s) if plan.drops_out else key
        loss = code.call("chunks", theta, gradient, scratch, *samples, first, n, share_of_sample, *optimizer, 0)
        if waits_for_all(plan):
            loss = loss + code.call("prepare", theta, gradient, 1, numbers)
        losses[s * spacing] = loss
        if not plan.fused:
            code.call("update", theta, gradient, 1, slots, numbers)
        for _ in code.by_one() if plan.structure.n_statistics else ():
            keep_statistics(code, plan, theta, scratch, n)
    code.end()


def keep_statistics(code: Code, plan: Plan, theta: Pointer, scratch: Pointer, n: Value) -> None:
    """Write what the running statistics become after a step, from those of its batch of n samples."""
    observed, kept = scratch + plan.places["observed"], theta + plan.structure.n_parameters
    for layer in plan.structure.layers:
        for name, place in layer.statistics.items():
            norm = layer.normalization
            assert isinstance(norm, BatchNorm)
            begin, size = place.start - plan.structure.n_parameters, place.stop - place.start
            for i in code.loop(size):
                value = observed[i + begin]
                if name == "running_variance":
                    value = value * unbiased(n.converted(), where(n > 1, n - 1, 1).converted())
                kept[i + begin] = evaluate_with(norm.running, kept[i + begin], value)


def unbiased(n: Value, others: Value) -> Value:
    """What makes the mean square of n deviations from their own mean an unbiased variance."""
    return n / others


def write_population(code: Code, plan: Plan) -> None:
    """Write `population`: so many steps of each of several networks, one after another, on the same samples.

    Parameters, slots, numbers and keys of the networks lie one after another. Of the losses only the last is kept.
    """
    thetas, gradient, scratch, *samples, slots, h, to_next, keys, t, share, bounds, steps, losses, networks, of_one = (
        code.function(
            "population",
            ["floats", "floats", "floats", *SAMPLES, *SAMPLES, *ROWS, *RUN[:3], "integers", *RUN[4:], "integer"],
        )
    )
    n, n_kept = plan.structure.n_parameters, plan.structure.n_statistics
    n_slots = len(plan.update.slots) * n
    for k in code.loop(networks):
        mine = thetas + k * (n + n_kept), gradient, scratch, *samples, slots + k * n_slots, h + k * of_one
        code.call("train", *mine, to_next, keys[k], t, share, bounds, steps, losses + k, 0)
    code.end()
