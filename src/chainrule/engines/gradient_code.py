"""Writes the gradient of a layer's block [W; b]: one product, or sums across the lanes of registers."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chainrule.engines.products import across_lanes, product, transposed_into
from chainrule.engines.rows import InMemory, Rows
from chainrule.engines.update_code import (
    ALL_LANES,
    Load,
    Store,
    first_lanes,
    parameters_and_slots,
    scalars_of,
    step,
)
from chainrule.engines.values import Index, Pointer, Value

if TYPE_CHECKING:
    from chainrule.engines.kernel import Batch

__all__ = ["gradient_across_lanes", "gradient_of_block"]


def gradient_of_block(batch: Batch, i: int, delta: Rows) -> None:
    """∂L/∂[W; b] = [a_prev; 1] @ deltaᵀ of layer i: each of its rows is a sum of rows of deltaᵀ."""
    code, plan, layer = batch.code, batch.plan, batch.layers[i]
    d_in, d_out = layer.fan_in, layer.fan_out
    whole, rest = divmod(d_out, code.lanes)

    def body(
        a_prev: InMemory,
        delta: Rows,
        gradient: Pointer,
        transposed: Pointer,
        h: Pointer,
        *arrays: Pointer,
    ) -> None:
        stride = transposed_into(code, delta.get, transposed, d_out, plan.vectors)
        changed = dict(zip(("theta", *plan.update.slots), arrays, strict=plan.fused))
        scalars = scalars_of(plan, h) if plan.fused else {}

        def take(begin: int, vectors: int, load: Load, store: Store) -> None:
            """The columns of the block from there on, so many vectors wide."""

            def of_transposed(k: Index, v: Index) -> Value:
                return transposed.vector(k * stride + begin + v * code.lanes)

            def receive(r: Index, v: Index, value: Value) -> None:
                place = r * d_out + begin + v * code.lanes
                if plan.fused:
                    step(plan, value, changed, scalars, place, load, store)
                else:
                    store(gradient, load(gradient, place) + value if batch.adds else value, place)

            shape = d_in + 1, plan.samples, vectors
            product(code, a_prev.spread, of_transposed, shape, receive, unrolled=False)

        if whole:
            take(0, whole, *ALL_LANES)
        if rest:
            take(whole * code.lanes, 1, *first_lanes(rest))

    changed = parameters_and_slots(plan, batch.theta, batch.slots).values() if plan.fused else ()
    arrays = batch.a[i], delta, batch.gradient + layer.offset, batch.scratch + plan.places["transposed"]
    at = (array + layer.offset for array in changed)
    batch.once(("gradient", d_in, d_out), (*arrays, batch.h, *at), body)


def gradient_across_lanes(batch: Batch, deltas: Sequence[Rows]) -> None:
    """∂L/∂θ as sums over samples, a register of parameters at a time."""
    code, sums = batch.code, []
    for k, (layer, a_prev, delta) in enumerate(zip(batch.layers, batch.a, deltas, strict=False)):
        for i in range(layer.fan_in + 1):
            for j in range(layer.fan_out):
                terms = [
                    delta.get(j, v) if i == layer.fan_in else a_prev.get(i, v) * delta.get(j, v)
                    for v in range(batch.plan.vectors)
                ]
                sums.append(functools.reduce(operator.add, terms))
        for name in layer.places:
            sums += batch.sums[k, name]
    for place in range(0, len(sums), code.lanes):
        some = sums[place : place + code.lanes]
        value = across_lanes(code, some)
        batch.gradient.set_first(
            len(some), batch.gradient.first(len(some), place) + value if batch.adds else value, place
        )
