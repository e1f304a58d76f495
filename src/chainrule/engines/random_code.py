"""Writes what `formulas/dropout.py` says: the hash that decides what drops out."""

from __future__ import annotations

import numpy as np
from llvmlite import ir

from chainrule.engines.emitter import Code
from chainrule.engines.rows import Rows
from chainrule.engines.values import INTEGER, Value, where
from chainrule.formulas.dropout import GOLDEN, ROUNDS, Dropout

__all__ = ["keep_rows", "step_key"]


def wrapped(number: int) -> int:
    """The number of 64 bits as LLVM's signed one."""
    return int(np.uint64(number % 2**64).astype(np.int64))


def mixed(code: Code, x: Value) -> Value:
    """Every bit of x spread over all bits of the result."""
    for shift, factor in ROUNDS:
        x = Value(code, code.builder.xor(x.ir, (x >> shift).ir)) * wrapped(factor)
    return x


def step_key(code: Code, key: Value, step: Value) -> Value:
    """The key of a step, from the run's."""
    return mixed(code, key + step * wrapped(GOLDEN))


def keep_rows(
    code: Code,
    dropout: Dropout,
    key: Value,
    slot: Value,
    layer: int,
    shape: tuple[int, int],
    keep: Rows,
    *,
    unrolled: bool,
) -> None:
    """Put 1 or 0 for each unit and sample of a layer into `keep`.

    Args:
        code: the code that is written to.
        dropout: the rate.
        key: the step's.
        slot: the place of the first sample in its batch.
        layer: the layer's number.
        shape: how many units, and how many vectors of samples.
        keep: where they go.
        unrolled: whether the loops are written out.
    """
    units, vectors = shape
    lanes = ir.Constant(ir.VectorType(INTEGER, code.lanes), [ir.Constant(INTEGER, k) for k in range(code.lanes)])
    for j in code.shared_loop(units, unrolled=unrolled):
        row = mixed(code, key + (code.integer(j) + (layer << 32)) * wrapped(GOLDEN))
        for v in code.loop(vectors, unrolled=unrolled):
            sample = (slot + v * code.lanes).spread() + Value(code, lanes)
            hashed = mixed(code, row.spread() + sample * wrapped(GOLDEN)) >> 11
            keep.put(j, v, where(hashed >= dropout.threshold, code.constant(1.0), 0.0))
    code.meet()
