"""Writes matrix products: the three of a layer, each as sums of one number times one vector, a register tile at a time.

All are of one form, out[r, v] = Σₜ left[r, t] · right[t, v], where left[r, t] is one number and right[t, v] a whole
vector register. A tile of sums stays in registers while t runs: so many rows by so many vectors that the processor is
busy with multiplying and not with loading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from chainrule.engines.emitter import Code
from chainrule.engines.values import Index, Pointer, Value, Variable

__all__ = ["across_lanes", "product", "transpose"]

DEPTH_AT_ONCE = 256  # of t: what a tile reads of both factors then stays in the nearest cache


def product(
    code: Code,
    left: Callable[[Index, Index], Value],
    right: Callable[[Index, Index], Value],
    shape: tuple[int, int, int],
    receive: Callable[[Index, Index, Value], None],
    partial: Callable[[Index, Index], Value] | None = None,
    *,
    unrolled: bool,
) -> None:
    """Write receive(r, v, Σₜ left(r, t) · right(t, v)) for every row r and every vector v.

    Args:
        code: the code that is written to.
        left: the number at (r, t), in every lane.
        right: the vector at (t, v).
        shape: how many r, t and v there are.
        receive: takes the sum at (r, v).
        partial: gives back what `receive` took, so that a long sum can be taken in parts. None: all at once.
        unrolled: whether the loops are written out.
    """
    rows, depth, vectors = shape
    if unrolled or partial is None or depth <= DEPTH_AT_ONCE:
        part(code, left, right, shape, lambda r, v: code.constant(0.0), receive, unrolled=unrolled)
        return
    whole, rest = divmod(depth, DEPTH_AT_ONCE)
    first = (rows, DEPTH_AT_ONCE, vectors)
    part(code, left, right, first, lambda r, v: code.constant(0.0), receive, unrolled=False)
    for i in code.loop(whole - 1):
        begin = (i + 1) * DEPTH_AT_ONCE
        shifted_left, shifted_right = shifted(left, right, begin)
        part(code, shifted_left, shifted_right, first, partial, receive, unrolled=False)
    if rest:
        shifted_left, shifted_right = shifted(left, right, whole * DEPTH_AT_ONCE)
        part(code, shifted_left, shifted_right, (rows, rest, vectors), partial, receive, unrolled=False)


def shifted(left: Any, right: Any, begin: Index) -> tuple[Any, Any]:
    """Both factors from this t on."""
    return lambda r, t: left(r, t + begin), lambda t, v: right(t + begin, v)


def part(
    code: Code,
    left: Callable[[Index, Index], Value],
    right: Callable[[Index, Index], Value],
    shape: tuple[int, int, int],
    start: Callable[[Index, Index], Value],
    receive: Callable[[Index, Index, Value], None],
    *,
    unrolled: bool,
) -> None:
    """Write one part of a product: the sums begin at `start` and run over this depth."""
    rows, depth, vectors = shape
    tall = 8 if code.registers == 32 else 4  # with three (two) vectors of sums in each row, what registers can hold
    for v0, width in tiles_across(code, vectors, unrolled):
        for r0, height in tiles(code, rows, tall, unrolled, shared=True):
            sums = [[Total(code, start(r0 + r, v0 + v), unrolled) for v in range(width)] for r in range(height)]
            for t in code.loop(depth, unrolled=unrolled):
                across = [right(t, v0 + v) for v in range(width)]
                for r in range(height):
                    factor = left(r0 + r, t)
                    for v in range(width):
                        sums[r][v].value = factor * across[v] + sums[r][v].value
            for r in range(height):
                for v in range(width):
                    receive(r0 + r, v0 + v, sums[r][v].value)


def tiles_across(code: Code, vectors: int, unrolled: bool) -> Iterator[tuple[Any, int]]:
    """Where each tile begins, and how many vectors wide it is: as wide as may be, and never one beside wide ones.

    The wider a tile is, the less it loads for what it computes.
    """
    if code.registers == 16:
        yield from tiles(code, vectors, 2, unrolled)
        return
    threes, rest = divmod(vectors, 3)
    if rest == 1 and threes:
        threes, rest = threes - 1, 4
    yield from tiles(code, 3 * threes, 3, unrolled)
    for begin, width in tiles(code, rest, 2, unrolled):
        yield begin + 3 * threes, width


def tiles(code: Code, count: int, size: int, unrolled: bool, *, shared: bool = False) -> Iterator[tuple[Any, int]]:
    """Where each tile begins, and how large it is: all of one size, then one of what is left."""
    whole, rest = divmod(count, size)
    for i in (code.shared_loop if shared else code.loop)(whole, unrolled=unrolled):
        yield i * size, size
    if rest:
        for _ in code.by_one() if shared else range(1):
            yield whole * size, rest


def Total(code: Code, start: Value, unrolled: bool) -> Any:  # noqa: N802
    """A sum that grows: a variable of a loop, or, where loops are written out, a value in Python's hands."""
    return Known(start) if unrolled else Variable(code, start)


class Known:
    """A value that is replaced while the code is written."""

    def __init__(self, value: Value) -> None:
        self.value = value


def across_lanes(code: Code, vectors: Sequence[Value]) -> Value:
    """The sum of the lanes of each vector: that of the first in the first lane, and so on.

    Pairs of vectors are added crosswise, so that eight sums cost seven additions and not fifty-six.
    """
    sums = [*vectors, *[code.constant(0.0)] * (code.lanes - len(vectors))]
    step = 1
    while step < code.lanes:
        sums = [add_crosswise(code, a, b, step) for a, b in zip(sums[::2], sums[1::2], strict=True)]
        step *= 2
    return sums[0]


def add_crosswise(code: Code, a: Value, b: Value, step: int) -> Value:
    """In lanes whose number has the bit `step`, two lanes of b added; in the others, two of a."""
    low, high = exchanged(code, a, b, step)
    return low + high


def exchanged(code: Code, a: Value, b: Value, step: int) -> tuple[Value, Value]:
    """(a, b) as two rows of blocks of `step` lanes, with the blocks across the diagonal exchanged."""
    n = code.lanes
    low = [lane if not lane & step else lane - step + n for lane in range(n)]
    high = [lane + step if not lane & step else lane + n for lane in range(n)]
    return code.shuffle(a, b, low), code.shuffle(a, b, high)


def transpose(code: Code, rows: Sequence[Value]) -> list[Value]:
    """The columns of a square of as many vectors as a vector has lanes."""
    square = list(rows)
    step = 1
    while step < code.lanes:
        for i in range(code.lanes):
            if not i & step:
                square[i], square[i + step] = exchanged(code, square[i], square[i + step], step)
        step *= 2
    return square


def transposed_into(code: Code, source: Callable[[Index, Index], Value], out: Pointer, units: int, vectors: int) -> int:
    """Write rows of units (units, samples) as rows of samples, and give the distance from one row to the next."""
    lanes = code.lanes
    across = -(-units // lanes)
    stride = across * lanes
    code.meet()  # nobody reads any longer what was there before
    for v in code.shared_loop(vectors):
        for block, height in tiles(code, units, lanes, unrolled=False):
            rows = [source(block + j, v) for j in range(height)]
            rows += [code.constant(0.0)] * (lanes - height)
            for k, column in enumerate(transpose(code, rows)):
                out.set_vector(column, (v * lanes + k) * stride + block)
    code.meet()
    return stride
