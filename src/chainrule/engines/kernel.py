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
from chainrule.engines.formula_code import only_samples, write_columns
from chainrule.engines.gradient_code import gradient_across_lanes, gradient_of_block
from chainrule.engines.plan import Plan, formulas_of
from chainrule.engines.products import across_lanes, product
from chainrule.engines.random_code import keep_rows
from chainrule.engines.rows import InMemory, InRegisters, OneRow, PerUnit, Readable, Rows
from chainrule.engines.training_code import OPTIMIZER, write_chunks, write_gather, write_population, write_train
from chainrule.engines.update_code import (
    write_prepare,
    write_update,
)
from chainrule.engines.values import Index, Pointer, Value, Variable
from chainrule.formulas.dropout import Dropout

if TYPE_CHECKING:
    from chainrule.structure import Layer, Stage

__all__ = ["write"]

At = Callable[[Index, Index], Value]
Receive = Callable[[Index, Index, Value], None]


def write(plan: Plan) -> str:
    """The source of a kernel: `batch`, `gather_x`, `gather_y`, `chunks`, `prepare`, `update`, `train`, `population`."""
    code = Code(plan.dtype, plan.register_bytes, has_team=plan.has_team)
    Batch(code, plan)
    write_prepare(code, plan)
    write_update(code, plan)
    write_gather(code, plan, "gather_x", plan.structure.sizes[0], plan.places["a0"])
    write_gather(code, plan, "gather_y", plan.targets, plan.places["y"])
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
        self.theta, self.gradient, self.scratch, self.n, share, self.slots, self.h, self.key, self.slot = code.function(
            "batch", ["floats", "floats", "floats", "integer", "float", *OPTIMIZER, "integer"], returns="float"
        )
        self.count = self.scratch + plan.places["n"]
        self.count[0] = self.n.converted()
        self.scalars = {"share": share.spread()}
        self.functions: dict[tuple[Any, ...], str] = {}  # that were written for layers, by what they depend on
        self.sums: dict[tuple[int, str], list[Value]] = {}  # of a layer written without loops, to be added across lanes
        self.a: list[Rows] = [self.in_memory("a0")]
        self.values: list[list[Rows]] = []  # of each layer: z, and what each stage makes of it
        self.keep: dict[int, Rows] = {}
        for i in range(len(self.layers)):
            self.forward(i)
        total, delta = self.at_output()
        deltas = [delta]
        for i in reversed(range(len(self.layers))):
            delta = deltas[0]
            if i > 0:
                deltas.insert(0, self.backward(i, delta))
            if not plan.unrolled:
                gradient_of_block(self, i, delta)
        if plan.unrolled:
            gradient_across_lanes(self, deltas)
        code.meet()
        code.end(across_lanes(code, [total])[0] * share)

    def in_memory(self, name: str) -> InMemory:
        """An array (units, samples) of the scratch buffer."""
        return InMemory(self.scratch + self.plan.places[name], self.plan.stride)

    def array(self, name: str) -> Rows:
        """An array (units, samples) that lives during one step: in registers if all loops are written out."""
        return InRegisters() if self.plan.unrolled else self.in_memory(name)

    def columns(
        self,
        expression: Any,
        arrays: Mapping[str, Readable],
        units: int,
        receive: Receive,
        *,
        shared: bool = True,
        n: Value | None = None,
        first_only: bool = False,
    ) -> None:
        """A formula for every unit and sample."""
        shape, how = (units, self.plan.vectors), {"unrolled": self.plan.unrolled, "shared": shared}
        write_columns(self.code, expression, arrays, self.scalars, shape, receive, **how, n=n, first_only=first_only)
        self.code.meet()

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
        """z = blockᵀ @ [a_prev; 1] of layer i, and what each stage makes of it."""
        layer, stages = self.layers[i], self.plan.stages(self.layers[i])
        d_in, d_out = layer.fan_in, layer.fan_out
        values: list[Rows] = [self.array(f"a{i + 1}")]
        for k in reversed(range(len(stages))):  # what nobody needs any longer, the next takes the place of
            is_z_of_output = k == 0 and i == len(self.layers) - 1
            keeps = formulas_of(stages[k]).needs_x or (k > 0 and formulas_of(stages[k - 1]).needs_y) or is_z_of_output
            values.insert(0, self.array(f"x{i}.{k}") if keeps else values[0])
        self.a.append(values[-1])
        self.values.append(values)
        learning = [stage for stage in stages if not isinstance(stage, Dropout)]

        def body(
            block: Pointer, below: Rows, learned: Pointer, observed: Pointer, count: Pointer, *values: Rows
        ) -> None:
            def weight(j: Index, t: Index) -> Value:
                return block[t * d_out + j].spread()

            def entering(t: Index, v: Index) -> Value:
                return self.code.constant(1.0) if self.plan.unrolled and t == d_in else below.get(t, v)

            self.product(weight, entering, d_out, d_in + 1, values[0])
            n = count[0].truncated()
            for k, stage in enumerate(learning):
                formulas, arrays = formulas_of(stage), {"x": values[k], **self.learned(layer, stage, learned)}
                self.columns(formulas.forward, arrays, d_out, values[k + 1].put, n=n)
                for place, formula in zip(layer.statistics.values(), formulas.observed, strict=False):

                    def keep(j: Index, v: Index, value: Value, begin: int = place.start - layer.kept) -> None:
                        observed[j + begin] = value[0]

                    self.columns(formula, arrays, d_out, keep, n=n, first_only=True)

        observed = self.scratch + self.plan.places["observed"] + (layer.kept - self.plan.structure.n_parameters)
        arrays = self.theta + layer.offset, self.a[i], self.theta + layer.end, observed, self.count
        self.once(("forward", d_in, d_out, *learning), (*arrays, *values[: len(learning) + 1]), body)
        if len(stages) > len(learning):
            self.drop_out(i, stages[-1], values[-2], values[-1])

    def drop_out(self, i: int, dropout: Any, a: Rows, dropped: Rows) -> None:
        """What leaves layer i, from what its activation made."""
        shape, keep = (self.layers[i].fan_out, self.plan.vectors), self.array(f"keep{i}")
        self.keep[i] = keep
        keep_rows(self.code, dropout, self.key, self.slot, i, shape, keep, unrolled=self.plan.unrolled)
        self.columns(formulas_of(dropout).forward, {"x": a, "keep": keep}, shape[0], dropped.put)

    def learned(self, layer: Layer, stage: Stage, at: Pointer) -> dict[str, PerUnit]:
        """What a stage learns, by name; what the layer's stages learn begins there."""
        places = {name: layer.places[name] for name in stage.trained}
        return {
            name: PerUnit(at + (place.start - layer.end), shared=place.stop - place.start < layer.fan_out)
            for name, place in places.items()
        }

    def at_output(self) -> tuple[Value, Rows]:
        """The sum of the loss's terms, a lane's apart, and delta = ∂L/∂z of the output layer: 0 where no sample is."""
        code, plan, layer, last = self.code, self.plan, self.layers[-1], len(self.layers) - 1
        y = self.in_memory("y")
        known = {"z": self.values[-1][0], "a": self.a[-1], "y": y, "weight": OneRow(y, layer.fan_out)}
        total, delta = Variable(code, code.constant(0.0)), self.array("delta")

        def add(j: Index, v: Index, term: Value) -> None:
            total.value = total.value + only_samples(code, self.n, v, term)

        def put(j: Index, v: Index, value: Value) -> None:
            delta.put(j, v, only_samples(code, self.n, v, value))

        # Every thread adds up all terms: they are few, and the sum is then the same for any number of threads.
        self.columns(plan.terms, known, layer.fan_out, add, shared=False)
        self.columns(plan.grad_output if plan.delta is None else plan.delta, known, layer.fan_out, put)
        if plan.delta is None:
            (stage,) = plan.stages(layer)
            arrays = self.values[-1][0], self.a[-1], delta, self.array("terms")
            self.through_stage(last, stage, arrays, self.theta + layer.end, self.gradient + layer.end, self.count)
        return total.value, delta

    def backward(self, i: int, delta: Rows) -> Rows:
        """∂L/∂a_prev = W @ delta of layer i, and from it the delta of the layer below."""
        layer, below, stages = self.layers[i], self.layers[i - 1], self.plan.stages(self.layers[i - 1])
        d_in, d_out = layer.fan_in, layer.fan_out
        learning, values = [stage for stage in stages if not isinstance(stage, Dropout)], self.values[i - 1]
        drops, grad = len(stages) > len(learning), self.array(f"delta{i % 2}")

        def to_below(block: Pointer, delta: Rows, grad: Rows) -> None:
            def weight(j: Index, t: Index) -> Value:
                return block[j * d_out + t].spread()

            self.product(weight, delta.get, d_in, d_out, grad)

        def through_stages(
            grad: Rows, terms: Rows, learned: Pointer, grads: Pointer, count: Pointer, *values: Rows
        ) -> None:
            for k, stage in reversed(list(enumerate(learning))):
                self.through_stage(i - 1, stage, (values[k], values[k + 1], grad, terms), learned, grads, count)

        def both(block: Pointer, delta: Rows, grad: Rows, *arrays: Any) -> None:
            to_below(block, delta, grad)
            through_stages(grad, *arrays)

        factors = self.theta + layer.offset, delta, grad
        learned = self.theta + below.end, self.gradient + below.end
        others = self.array("terms"), *learned, self.count, *values[: len(learning) + 1]
        if drops:
            self.once(("to_below", d_in, d_out), factors, to_below)
            arrays = {"grad": grad, "keep": self.keep[i - 1]}
            self.columns(formulas_of(stages[-1]).backward, arrays, d_in, grad.put)
            self.once(("through_stages", d_in, *learning), (grad, *others), through_stages)
        else:
            self.once(("backward", d_in, d_out, *learning), (*factors, *others), both)
        return grad

    def through_stage(
        self, i: int, stage: Stage, arrays: Sequence[Rows], learned: Pointer, grads: Pointer, count: Pointer
    ) -> None:
        """∂L/∂x of a stage in the place of ∂L/∂y, and the gradient of what the stage learns.

        Args:
            i: the layer; for a function that several layers share, one of them.
            stage: which of its stages.
            arrays: x, y, ∂L/∂y, and one for what is to be summed over the samples.
            learned: where what the layer's stages learn begins.
            grads: where its gradient begins.
            count: where the number of samples stands.
        """
        layer, formulas, n = self.layers[i], formulas_of(stage), count[0].truncated()
        x, y, grad, terms = arrays
        known = {"x": x, "y": y, "grad": grad, **self.learned(layer, stage, learned)}
        for name, formula in formulas.trained.items():
            place = layer.places[name]
            self.columns(formula, known, layer.fan_out, terms.put, n=n)
            self.sum_over_samples(i, name, terms, grads + (place.start - layer.end))
        self.columns(formulas.backward, known, layer.fan_out, grad.put, n=n)

    def sum_over_samples(self, i: int, name: str, terms: Rows, out: Pointer) -> None:
        """The gradient of a vector that layer i learns: sums over samples, and over units where they share a number."""
        code, units, vectors = self.code, self.layers[i].fan_out, self.plan.vectors
        size = self.layers[i].places[name].stop - self.layers[i].places[name].start
        if self.plan.unrolled:
            rows = [functools.reduce(operator.add, [terms.get(j, v) for v in range(vectors)]) for j in range(units)]
            self.sums[i, name] = rows if size == units else [functools.reduce(operator.add, rows)]
            return
        together = units // size  # units whose terms go into one sum
        for k in code.shared_loop(size):
            total = Variable(code, code.constant(0.0))
            for j in code.loop(together):
                for v in code.loop(vectors):
                    total.value = total.value + terms.get(k + j, v)
            result = across_lanes(code, [total.value])[0]
            out[k] = out[k] + result if self.adds else result
        code.meet()

    @property
    def adds(self) -> bool:
        """Whether the gradient is added to what is there."""
        return self.plan.reads == "chunks"
