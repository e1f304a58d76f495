"""Blocks in this process: read when they are needed, and computed on by threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from chainrule.engines.cores import available_cores
from chainrule.scale.block import Block, Facts, Range, Taking, facts_of
from chainrule.scale.tree import merged, root

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.scale.pieces import Piece

__all__ = ["Here", "read"]

HELD = 1 << 29
"""Bytes of blocks that are kept once they were read: 512 MiB. Of more, each is read whenever it is needed."""


def read(piece: Piece, taking: Taking, *parts: Any) -> Block:
    """The block of a piece; what Dask would compute of it was computed, and is passed."""
    return taking.block(piece.name, *piece.read(*parts))


class Here:
    """The blocks of some pieces, in this process.

    Args:
        pieces: what is to be read.
        taking: what the rows must be.
    """

    def __init__(self, pieces: Sequence[Piece], taking: Taking) -> None:
        self.pieces, self.taking = pieces, taking
        self.held: dict[int, Block] = {}
        self.threads = available_cores()

    def block(self, k: int) -> Block:
        """A block, read if it is not held."""
        return self.held[k] if k in self.held else read(self.pieces[k], self.taking, *computed(self.pieces[k].parts))

    def survey(self, told: Callable[[int], None]) -> list[Facts]:
        """What is to be known of each block; if all together are small, they are held from then on."""

        def look(k: int) -> tuple[Facts, Block]:
            block = self.block(k)
            return facts_of(block, self.taking.loss), block

        found: list[Facts] = []
        for k, (facts, block) in enumerate(in_order(look, range(len(self.pieces)), self.threads)):
            found.append(facts)
            if sum(one.nbytes for one in found) / len(found) * len(self.pieces) <= HELD:
                self.held[k] = block
            else:
                self.held.clear()
            del block
            told(k + 1)
        if len(self.held) < len(found):
            self.held.clear()
        return found

    def total(self, function: Callable[..., Array], ranges: Sequence[Range], *arguments: Any) -> Array:
        """The sum of function(block, rows, *arguments) over some rows, in the order of a tree."""

        def leaf(i: int) -> dict[tuple[int, int], Array]:
            rows = ranges[i]
            return {(0, i): function(self.block(rows.block), rows, *arguments)}

        return merged(in_order(leaf, range(len(ranges)), self.threads), len(ranges))[root(len(ranges))]

    def blocks(self, order: Sequence[int]) -> Iterator[Block]:
        """Blocks one after another; the next is read meanwhile."""
        return in_order(self.block, order, 1)

    def close(self) -> None:
        """Let the blocks go."""
        self.held.clear()


def computed(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """What Dask's delayed objects stand for, computed in this thread."""
    if not parts:
        return ()
    import dask

    return tuple(dask.compute(*parts, scheduler="synchronous"))


def in_order(function: Callable[[int], Any], numbers: Iterable[int], threads: int) -> Iterator[Any]:
    """function of each number, in their order; as many as there are threads are computed ahead, and no more."""
    pool = ThreadPoolExecutor(threads)
    ahead: deque[Future[Any]] = deque()
    try:
        for number in numbers:
            ahead.append(pool.submit(function, number))
            if len(ahead) > threads:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
