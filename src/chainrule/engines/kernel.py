"""Writes the code of a training run: the formulas of one network, and the loops, layout and products around them.

Units are rows and samples are columns: the value of unit j for a vector of samples v lies at one place, so that every
formula is computed for as many samples at once as a register holds. Under the rows of each layer's input lies a row of
ones, so that a layer's block [W; b] multiplies [a_prev; 1] in one product:

    forward     z = blockᵀ @ [a_prev; 1]           (d_out, n)
    backward    ∂L/∂a_prev = W @ delta             (d_in, n)
                ∂L/∂block = [a_prev; 1] @ deltaᵀ   (d_in + 1, d_out)

A small network's step is written out without loops: then all that it computes stays in registers.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chainrule.engines.emitter import Code
from chainrule.engines.formula_code import reductions_of, symbols_of, write_columns
from chainrule.engines.plan import GRAD_A, SHARE, A, Plan, Y, Z
from chainrule.engines.products import across_lanes, product, transposed_into
from chainrule.engines.rows import InMemory, InRegisters, Rows
from chainrule.engines.training_code import (
    ALL_LANES,
    OPTIMIZER,
    Load,
    Store,
    first_lanes,
    hyperparameters_of,
    parameters_and_slots,
    step,
    write_chunks,
    write_gather,
    write_population,
    write_train,
    write_update,
)
from chainrule.engines.values import Index, Pointer, Value, Variable, where

if TYPE_CHECKING:
    from chainrule.formulas.activations import Activation

__all__ = ["write"]

At = Callable[[Index, Index], Value]
Receive = Callable[[Index, Index, Value], None]


def write(plan: Plan) -> str:
    """The source of a kernel: `batch`, `gather_x`, `gather_y`, `chunks`, `update`, `train` and `population`."""
    code = Code(plan.dtype, plan.register_bytes, has_team=plan.has_team)
    Batch(code, plan)
    write_update(code, plan)
    sizes = plan.structure.sizes
    write_gather(code, plan, "gather_x", sizes[0], plan.places["a0"])
    write_gather(code, plan, "gather_y", sizes[-1], plan.places["y"])
    write_chunks(code, plan)
    write_train(code, plan)
    write_population(code, plan)
    return str(code.module)


class Batch:
    """Writes `batch`: forward and backward on n samples that lie in the scratch buffer.

    The function gives share · Σ of the loss's terms, and writes the gradient, or adds to it where a step has several
    chunks of samples.
    """

    def __init__(self, code: Code, plan: Plan) -> None:
        self.code, self.plan, self.layers = code, plan, plan.structure.layers
        self.theta, self.gradient, self.scratch, self.n, share, self.slots, self.h, t = code.function(
            "batch", ["floats", "floats", "floats", "integer", "float", *OPTIMIZER], returns="float"
        )
        self.t = self.scratch + plan.places["t"]
        self.t[0] = t.converted()
        self.scalars = {"share": share.spread()}
        self.functions: dict[tuple[Any, ...], str] = {}  # that were written for layers, by what they depend on
        self.a: list[Rows] = [self.in_memory("a0")]
        self.z: list[Rows] = []
        for i in range(len(self.layers)):
            self.forward(i)
        total, delta = self.at_output()
        deltas = [delta]
        for i in reversed(range(len(self.layers))):
            delta = deltas[0]
            if i > 0:
                deltas.insert(0, self.backward(i, delta))
            if not plan.unrolled:
                self.gradient_of_block(i, delta)
        if plan.unrolled:
            self.gradient_across_lanes(deltas)
        code.meet()
        code.end(across_lanes(code, [total])[0] * share)

    def in_memory(self, name: str) -> InMemory:
        """An array (units, samples) of the scratch buffer."""
        return InMemory(self.scratch + self.plan.places[name], self.plan.stride)

    def array(self, name: str) -> Rows:
        """An array (units, samples) that lives during one step: in registers if all loops are written out."""
        return InRegisters() if self.plan.unrolled else self.in_memory(name)

    def columns(
        self, expression: Any, arrays: Mapping[str, Rows], units: int, receive: Receive, *, shared: bool = True
    ) -> None:
        """A formula for every unit and sample."""
        code, vectors, unrolled = self.code, self.plan.vectors, self.plan.unrolled
        write_columns(code, expression, arrays, self.scalars, units, vectors, receive, unrolled=unrolled, shared=shared)
        code.meet()

    def product(self, left: At, right: At, rows: int, depth: int, out: Rows) -> None:
        """out = left @ right, for every sample."""
        shape = rows, depth, self.plan.vectors
        product(self.code, left, right, shape, out.put, out.get, unrolled=self.plan.unrolled)
        self.code.meet()

    def once(self, key: tuple[Any, ...], arrays: Sequence[Any], body: Callable[..., None]) -> None:
        """Write body(*arrays), as a function that a second layer with the same key calls again."""
        if self.plan.unrolled:
            body(*arrays)
            return
        if key not in self.functions:
            self.functions[key] = f"{key[0]}_{len(self.functions)}"
            with self.code.aside(self.functions[key], ["floats"] * len(arrays)) as pointers:
                body(
                    *(
                        InMemory(pointer, self.plan.stride) if isinstance(array, InMemory) else pointer
                        for array, pointer in zip(arrays, pointers, strict=True)
                    )
                )
        pointers = [array.pointer if isinstance(array, InMemory) else array for array in arrays]
        self.code.call(self.functions[key], *pointers)

    def forward(self, i: int) -> None:
        """z = blockᵀ @ [a_prev; 1] and a = f(z) of layer i."""
        layer = self.layers[i]
        f, d_in, d_out = layer.activation, layer.fan_in, layer.fan_out
        a = self.array(f"a{i + 1}")
        z = self.array(f"z{i + 1}") if i == len(self.layers) - 1 or needs_z(f) else a  # a takes the place of z
        self.a.append(a)
        self.z.append(z)

        def body(block: Pointer, below: Rows, z: Rows, a: Rows) -> None:
            def weight(j: Index, t: Index) -> Value:
                return block[t * d_out + j].spread()

            def entering(t: Index, v: Index) -> Value:
                return self.code.constant(1.0) if self.plan.unrolled and t == d_in else below.get(t, v)

            self.product(weight, entering, d_out, d_in + 1, z)
            self.columns(f.forward(Z), {"z": z}, d_out, a.put)

        self.once(("forward", d_in, d_out, f), (self.theta + layer.offset, self.a[i], z, a), body)

    def at_output(self) -> tuple[Value, Rows]:
        """The sum of the loss's terms, a lane's apart, and delta = ∂L/∂z of the output layer: 0 where no sample is."""
        code, loss, layer = self.code, self.plan.loss, self.layers[-1]
        arrays = {"z": self.z[-1], "a": self.a[-1], "y": self.in_memory("y")}
        total, delta = Variable(code, code.constant(0.0)), self.array("delta")

        def only_samples(v: Index, value: Value) -> Value:
            return where(code.lanes_below(self.n - v * code.lanes), value, 0.0)

        def add(j: Index, v: Index, term: Value) -> None:
            total.value = total.value + only_samples(v, term)

        def put(j: Index, v: Index, value: Value) -> None:
            delta.put(j, v, only_samples(v, value))

        # Every thread adds up all terms: they are few, and the sum is then the same for any number of threads.
        self.columns(loss.terms(Z, A, Y, layer.activation), arrays, layer.fan_out, add, shared=False)
        self.columns(loss.delta(Z, A, Y, layer.activation, SHARE), arrays, layer.fan_out, put)
        return total.value, delta

    def backward(self, i: int, delta: Rows) -> Rows:
        """∂L/∂a_prev = W @ delta of layer i, and from it the delta of the layer below."""
        layer, f = self.layers[i], self.layers[i - 1].activation
        d_in, d_out = layer.fan_in, layer.fan_out
        below = self.array(f"delta{i % 2}")

        def body(block: Pointer, delta: Rows, grad_a: Rows, z: Rows, a: Rows) -> None:
            def weight(j: Index, t: Index) -> Value:
                return block[j * d_out + t].spread()

            self.product(weight, delta.get, d_in, d_out, grad_a)
            self.columns(f.backward(GRAD_A, Z, A), {"grad_a": grad_a, "z": z, "a": a}, d_in, grad_a.put)

        arrays = self.theta + layer.offset, delta, below, self.z[i - 1], self.a[i]
        self.once(("backward", d_in, d_out, f), arrays, body)
        return below

    def gradient_of_block(self, i: int, delta: Rows) -> None:
        """∂L/∂[W; b] = [a_prev; 1] @ deltaᵀ of layer i: each of its rows is a sum of rows of deltaᵀ."""
        code, plan, layer = self.code, self.plan, self.layers[i]
        d_in, d_out = layer.fan_in, layer.fan_out
        whole, rest = divmod(d_out, code.lanes)

        def body(
            a_prev: InMemory,
            delta: Rows,
            gradient: Pointer,
            transposed: Pointer,
            h: Pointer,
            t: Pointer,
            *arrays: Pointer,
        ) -> None:
            stride = transposed_into(code, delta.get, transposed, d_out, plan.vectors)
            changed = dict(zip(("theta", *plan.optimizer.slots), arrays, strict=plan.fused))
            scalars = hyperparameters_of(plan, h, t[0].spread()) if plan.fused else {}

            def take(begin: int, vectors: int, load: Load, store: Store) -> None:
                """The columns of the block from there on, so many vectors wide."""

                def of_transposed(k: Index, v: Index) -> Value:
                    return transposed.vector(k * stride + begin + v * code.lanes)

                def receive(r: Index, v: Index, value: Value) -> None:
                    place = r * d_out + begin + v * code.lanes
                    if plan.fused:
                        step(plan, value, changed, scalars, place, load, store)
                    else:
                        store(gradient, load(gradient, place) + value if self.adds else value, place)

                shape = d_in + 1, plan.samples, vectors
                product(code, a_prev.spread, of_transposed, shape, receive, unrolled=False)

            if whole:
                take(0, whole, *ALL_LANES)
            if rest:
                take(whole * code.lanes, 1, *first_lanes(rest))

        changed = parameters_and_slots(plan, self.theta, self.slots).values() if plan.fused else ()
        arrays = self.a[i], delta, self.gradient + layer.offset, self.scratch + plan.places["transposed"]
        at = (array + layer.offset for array in changed)
        self.once(("gradient", d_in, d_out), (*arrays, self.h, self.t, *at), body)

    def gradient_across_lanes(self, deltas: Sequence[Rows]) -> None:
        """∂L/∂θ as sums over samples, a register of parameters at a time."""
        code, sums = self.code, []
        for layer, a_prev, delta in zip(self.layers, self.a, deltas, strict=False):
            for i in range(layer.fan_in + 1):
                for j in range(layer.fan_out):
                    terms = [
                        delta.get(j, v) if i == layer.fan_in else a_prev.get(i, v) * delta.get(j, v)
                        for v in range(self.plan.vectors)
                    ]
                    sums.append(functools.reduce(operator.add, terms))
        for place in range(0, len(sums), code.lanes):
            some = sums[place : place + code.lanes]
            value = across_lanes(code, some)
            self.gradient.set_first(
                len(some), self.gradient.first(len(some), place) + value if self.adds else value, place
            )

    @property
    def adds(self) -> bool:
        """Whether the gradient is added to what is there."""
        return self.plan.reads == "chunks"


def needs_z(f: Activation) -> bool:
    """Whether z must be kept beside a = f(z): for the way back, or because f looks at all units."""
    return "z" in symbols_of(f.backward(GRAD_A, Z, A)) or bool(reductions_of(f.forward(Z)))
