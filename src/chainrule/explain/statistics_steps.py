"""What batch normalization keeps for predictions: the running averages after the step."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.explain.nodes import Add, Divide, Multiply, Negative, Node, Number, Symbol
from chainrule.explain.step import Step, Values
from chainrule.explain.trace import Trace
from chainrule.formulas.normalizations import BatchNorm

__all__ = ["running", "steps"]


def running(layer: int | str, kind: str, column: int | str) -> Node:
    """m · running + (1 − m) · what the batch has; of the variance n / (n − 1) times that."""
    m, entry = Symbol("norm_momentum", layer), (0, column)
    of_batch: tuple[Node, ...] = (Symbol(kind, layer, entry),)
    if kind == "variance":
        of_batch = (Divide(Symbol("n"), Add((Symbol("n"), Negative(Number(1.0))))), *of_batch)
    fresh = Multiply((Add((Number(1.0), Negative(m))), *of_batch))
    return Add((Multiply((m, Symbol(f"running_{kind}", layer, entry))), fresh))


def steps(trace: Trace, values: Values, i: int) -> Iterator[Step]:
    """The running mean and variance of layer i; nothing where it keeps none."""
    layer = trace.structure.layers[i - 1]
    norm, n = layer.normalization, len(trace.X)
    if not isinstance(norm, BatchNorm):
        return
    values.put(Symbol("norm_momentum", i), "given", float(norm.momentum))
    observed = norm.observed(trace.numbers.z[i - 1])
    for kind, of_batch in zip(("mean", "variance"), observed, strict=True):
        before = trace.running[layer.statistics[f"running_{kind}"]]
        values.put(Symbol(f"running_{kind}", i), f"running_{kind}{i}", before)
        if kind == "variance" and n == 1:
            continue  # a single sample has no unbiased variance: the reference takes 0
        of_batch = of_batch[0] * (n / (n - 1)) if kind == "variance" else of_batch[0]
        symbol = Symbol(f"running_{kind}", i, new=True)

        def closed(_: int, column: int, kind: str = kind) -> Node:
            return running(i, kind, column)

        yield Step(
            key=f"new_running_{kind}{i}",
            phase="update",
            layer=i,
            title=f"the running {kind}, which predictions take",
            symbol=symbol,
            left=Symbol(f"running_{kind}", i, (0, "j"), new=True),
            formula=running(i, kind, "j"),
            forms=(closed,),
            closed=closed,
            values=values,
            result=values.put(symbol, f"new_running_{kind}{i}", norm.running(before, of_batch)),
            remark="n / (n − 1) frees the variance of its bias." if kind == "variance" else "",
        )
