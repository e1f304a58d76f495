"""Writes what follows a gradient: the penalty, the clipping, the optimizer's step, the bound on norms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chainrule.engines import vector_math
from chainrule.engines.emitter import Code
from chainrule.engines.formula_code import evaluate
from chainrule.engines.plan import Plan
from chainrule.engines.products import across_lanes
from chainrule.engines.values import Index, Pointer, Value, Variable, where
from chainrule.formulas.expression import Expression
from chainrule.formulas.regularization import Regularization

__all__ = [
    "ALL_LANES",
    "Load",
    "Store",
    "evaluate_with",
    "first_lanes",
    "parameters_and_slots",
    "scalars_of",
    "step",
    "waits_for_all",
    "write_prepare",
    "write_update",
]

Load = Callable[[Pointer, Index], Value]
Store = Callable[[Pointer, Value, Index], None]
ALL_LANES: tuple[Load, Store] = Pointer.vector, Pointer.set_vector


def first_lanes(count: int) -> tuple[Load, Store]:
    """How to load and store so many numbers, fewer than a register holds."""
    return lambda at, place: at.first(count, place), lambda at, value, place: at.set_first(count, value, place)


def write_prepare(code: Code, plan: Plan) -> None:
    """Write `prepare`: the sum of so many gradients, with what the penalty adds, clipped; it gives the penalty.

    One of a team does it alone, so that its sums do not depend on how many there are.
    """
    theta, gradients, count, h = code.function("prepare", ["floats", "floats", "integer", "floats"], returns="float")
    n, scalars, restraints = plan.structure.n_parameters, scalars_of(plan, h), plan.update.restraints
    penalty, squares, largest = (Variable(code, code.constant(0.0)) for _ in range(3))

    def gather(place: Index, load: Load, store: Store, weights: bool) -> None:
        total = Variable(code, load(gradients, place))
        for i in code.loop(count - 1):
            total.value = total.value + load(gradients, (i + 1) * n + place)
        if weights and "l1" in restraints:
            weight, numbers = load(theta, place), (scalars["l1"], scalars["l2"])
            total.value = total.value + evaluate_with(Regularization.slope, weight, *numbers)
            penalty.value = penalty.value + evaluate_with(Regularization.value, weight, *numbers)
        if "clip_value" in restraints:
            total.value = clipped(total.value, scalars["clip_value"])
        largest.value = vector_math.maximum(vector_math.absolute(total.value), largest.value)
        store(gradients, total.value, place)

    def add_square(place: Index, load: Load, store: Store, unit: Value) -> None:
        squares.value = squares.value + vector_math.square(load(gradients, place) / unit)

    def scale(place: Index, load: Load, store: Store, factor: Value) -> None:
        store(gradients, load(gradients, place) * factor, place)

    if waits_for_all(plan):
        for _ in code.by_one():
            for begin, end, weights in parts_of_theta(plan):
                for place, load, store in places(code, begin, end):
                    gather(place, load, store, weights)
            if "clip_norm" in restraints:
                unit = largest_lane(code, largest.value)  # a square by itself may overflow
                for place, load, store in places(code, 0, n):
                    add_square(place, load, store, unit)
                norm = unit * vector_math.sqrt(across_lanes(code, [squares.value])[0].spread())
                factor = where(norm > scalars["clip_norm"], scalars["clip_norm"] / norm, 1.0)
                for place, load, store in places(code, 0, n):
                    scale(place, load, store, factor)
    code.meet()
    code.end(across_lanes(code, [penalty.value])[0])


def largest_lane(code: Code, x: Value) -> Value:
    """The largest of a vector's numbers, in every lane."""
    step = code.lanes // 2
    while step:
        x = vector_math.maximum(x, code.shuffle(x, x, [lane ^ step for lane in range(code.lanes)]))
        step //= 2
    return x


def waits_for_all(plan: Plan) -> bool:
    """Whether the whole gradient must be there before the update."""
    return bool({"l1", "clip_norm"} & {*plan.update.restraints})


def parts_of_theta(plan: Plan) -> Iterator[tuple[int, int, bool]]:
    """Where weights, and what is none, begin and end in θ, and whether they are weights."""
    for layer in plan.structure.layers:
        weights = layer.offset + layer.fan_in * layer.fan_out
        yield layer.offset, weights, True
        yield weights, layer.trained_end, False


def places(code: Code, begin: int, end: int) -> Iterator[tuple[Index, Load, Store]]:
    """All places from begin to end, a register's lanes at a time, and how to load and store there."""
    whole, rest = divmod(end - begin, code.lanes)
    for k in code.loop(whole):
        yield k * code.lanes + begin, *ALL_LANES
    if rest:
        yield begin + whole * code.lanes, *first_lanes(rest)


def evaluate_with(formula: Callable[..., Any], *values: Value) -> Value:
    """What a formula makes of these values."""
    symbols = [Expression.symbol(str(i)) for i in range(len(values))]
    return evaluate(formula(*symbols), {str(i): value for i, value in enumerate(values)})


def clipped(gradient: Value, limit: Value) -> Value:
    """The gradient's components brought to ±limit; NaN stays NaN."""
    return vector_math.minimum(vector_math.maximum(gradient, -limit), limit)


def write_update(code: Code, plan: Plan) -> None:
    """Write `update`: one step of the optimizer, with the sum of so many gradients that lie one after another."""
    theta, gradients, count, slots, h = code.function("update", ["floats", "floats", "integer", "floats", "floats"])
    n, arrays, scalars = plan.structure.n_parameters, parameters_and_slots(plan, theta, slots), scalars_of(plan, h)

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
    if "max_norm" in plan.update.restraints:
        for layer in plan.structure.layers:
            bound_norms(code, theta + layer.offset, layer.fan_in, layer.fan_out, scalars["max_norm"])
        code.meet()
    code.end()


def bound_norms(code: Code, weight: Pointer, d_in: int, d_out: int, max_norm: Value) -> None:
    """Scale down the weights that enter each unit, a column, where their norm is larger."""

    def bound(begin: Index, load: Load, store: Store) -> None:
        squares = Variable(code, code.constant(0.0))
        for r in code.loop(d_in):
            value = load(weight, r * d_out + begin)
            squares.value = squares.value + value * value
        norm = vector_math.sqrt(squares.value)
        for r in code.loop(d_in):
            place = r * d_out + begin
            store(weight, evaluate_with(Regularization.bounded, load(weight, place), norm, max_norm), place)

    whole, rest = divmod(d_out, code.lanes)
    for k in code.shared_loop(whole):
        bound(k * code.lanes, *ALL_LANES)
    for _ in code.by_one() if rest else ():
        bound(whole * code.lanes, *first_lanes(rest))


def parameters_and_slots(plan: Plan, theta: Pointer, slots: Pointer) -> dict[str, Pointer]:
    """What a step of the optimizer changes, by the name that its rule has for it."""
    n = plan.structure.n_parameters
    return {"theta": theta, **{name: slots + i * n for i, name in enumerate(plan.update.slots)}}


def scalars_of(plan: Plan, h: Pointer) -> dict[str, Value]:
    """What is the same for all parameters in a step, by its symbol."""
    return {name: h[i].spread() for i, name in enumerate(plan.update.scalars)}


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
    if "clip_value" in scalars:
        gradient = clipped(gradient, scalars["clip_value"])
    symbols = {**scalars, "gradient": gradient, **{name: load(at, place) for name, at in arrays.items()}}
    known: dict[int, Value] = {}
    results = [evaluate(result, symbols, known) for result in plan.update.results]
    for at, result in zip(arrays.values(), results, strict=True):
        store(at, result, place)
