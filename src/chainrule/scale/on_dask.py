"""Blocks on the workers of a Dask cluster: what is computed of them comes here, they do not."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chainrule.scale.block import Block, Facts, Range, Taking, facts_of
from chainrule.scale.here import read
from chainrule.scale.tree import Node, merged, root

if TYPE_CHECKING:
    from distributed import Client

    from chainrule.arrays import Array
    from chainrule.scale.pieces import Piece

__all__ = ["OnDask"]

HELD = 0.5
"""The share of the workers' memory that blocks may take; of more, each is read whenever it is needed."""
UNEVEN = 2
"""How many more blocks a worker may hold than another, where they could be moved."""
TOGETHER = 16
"""How many partial sums one task adds."""
AHEAD = 3
"""Blocks that are read ahead of those that come here."""


class OnDask:
    """The blocks of some pieces, on the workers of a cluster.

    Args:
        client: of the cluster.
        pieces: what is to be read there.
        taking: what the rows must be.
    """

    def __init__(self, client: Client, pieces: Sequence[Piece], taking: Taking) -> None:
        self.client, self.pieces, self.taking = client, pieces, taking
        self.held: list[Any] = []  # futures of blocks
        self.place: list[str] = []  # where each of them lies
        self.last: list[Any] = []  # futures of the last sums
        self.parts: list[tuple[Any, ...]] = [()] * len(pieces)  # futures of what Dask's delayed objects stand for
        if any(piece.parts for piece in pieces):
            with arrays_may_travel():
                each = iter(client.compute([part for piece in pieces for part in piece.parts]))
            self.parts = [tuple(next(each) for _ in piece.parts) for piece in pieces]

    def survey(self, told: Callable[[int], None]) -> list[Facts]:
        """What is to be known of each block; if the workers have room, they hold them from then on."""
        blocks = [self.reading(k) for k in range(len(self.pieces))]
        futures = [self.client.submit(facts_of, block, self.taking.loss, pure=False) for block in blocks]
        workers = self.client.scheduler_info(n_workers=-1)["workers"].values()
        room = HELD * sum(worker["memory_limit"] or 0 for worker in workers)
        found: list[Facts] = []
        for k, future in enumerate(futures):
            found.append(future.result())
            room -= found[-1].nbytes
            if room < 0:
                blocks[: k + 1] = [None] * (k + 1)  # let go, so that the workers' memory is free
            told(k + 1)
        if room >= 0:
            self.held, self.parts = blocks, [()] * len(blocks)  # the blocks are what is needed of the parts
            self.look_where()
        return found

    def reading(self, k: int) -> Any:
        """The future of a block. It names no worker: Dask would wait for one that is gone."""
        piece = replace(self.pieces[k], parts=())
        with arrays_may_travel():
            return self.client.submit(read, piece, self.taking, *self.parts[k], pure=False)

    def look_where(self) -> None:
        """Note where each block lies, after some were moved if a worker has many more than another."""
        for again in (True, False):
            lies = self.client.who_has(self.held)
            self.place = [min(lies.get(block.key) or ("",)) for block in self.held]
            counts = [self.place.count(worker) for worker in self.client.scheduler_info(n_workers=-1)["workers"]]
            if not again or max(counts, default=0) <= min(counts, default=0) + UNEVEN:
                break
            self.client.rebalance(self.held)

    def total(self, function: Callable[..., Array], ranges: Sequence[Range], *arguments: Any) -> Array:
        """The sum of function(block, rows, *arguments) over some rows, in the order of a tree.

        A worker adds up what it holds; what is left of the tree is added by others, and the last few sums here.
        """
        leaves = len(ranges)
        groups = self.groups(ranges)
        sums = [self.adding(function, ranges, group, leaves, arguments) for group in groups]
        # The last sums are let go of only now: a client speaks every 10 ms, and would else have said that first.
        self.last = sums
        while len(sums) > TOGETHER:
            some = [sums[i : i + TOGETHER] for i in range(0, len(sums), TOGETHER)]
            sums = [self.client.submit(merged_sums, each, leaves, pure=False) for each in some]
        found = self.client.gather(sums)
        if self.held and any(self.place[block] != worker for one in found for block, worker in one.where.items()):
            self.look_where()  # a worker is gone
        return merged((one.parts for one in found), leaves)[root(leaves)]

    def groups(self, ranges: Sequence[Range]) -> list[list[int]]:
        """Which of the rows each task takes, by number: all that one worker holds; of blocks to be read, one each."""
        if not self.held:
            return [[i] for i in range(len(ranges))]
        found: dict[str, list[int]] = {}
        for i, rows in enumerate(ranges):
            found.setdefault(self.place[rows.block], []).append(i)
        return list(found.values())

    def adding(
        self, function: Callable[..., Array], ranges: Sequence[Range], group: list[int], leaves: int, arguments: Any
    ) -> Any:
        """The future of the sums of a group."""
        some = [ranges[i] for i in group]
        blocks = [self.held[rows.block] if self.held else self.reading(rows.block) for rows in some]
        with arrays_may_travel():
            return self.client.submit(sums_of, function, some, group, leaves, arguments, blocks, pure=False)

    def blocks(self, order: Sequence[int]) -> Iterator[Block]:
        """Blocks one after another, brought here; the workers read the next ones meanwhile."""
        ahead: deque[Any] = deque()
        for k in order:
            ahead.append(self.held[k] if self.held else self.reading(k))
            if len(ahead) > AHEAD:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()

    def close(self) -> None:
        """Let the blocks go."""
        self.held, self.parts, self.last = [], [], []


def arrays_may_travel() -> AbstractContextManager[Any]:
    """Dask warns of arrays that travel with a task; θ and the arrays of this process have no other way."""
    import dask

    return dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"})


@dataclass(frozen=True)
class Sums:
    """Sums of nodes of the tree, and where a block of each task was computed on."""

    parts: dict[Node, Array]
    where: dict[int, str]


def sums_of(
    function: Callable[..., Array],
    ranges: Sequence[Range],
    numbers: Sequence[int],
    leaves: int,
    arguments: tuple[Any, ...],
    blocks: Sequence[Block],
) -> Sums:
    """What a worker adds up of the blocks that it holds."""
    from distributed import get_worker

    each = zip(numbers, blocks, ranges, strict=True)
    parts = merged(({(0, i): function(block, rows, *arguments)} for i, block, rows in each), leaves)
    return Sums(parts, {ranges[0].block: get_worker().address})


def merged_sums(several: Sequence[Sums], leaves: int) -> Sums:
    """They added up."""
    where = {block: worker for one in several for block, worker in one.where.items()}
    return Sums(merged((one.parts for one in several), leaves), where)
