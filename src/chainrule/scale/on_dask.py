"""Blocks on the workers of a Dask cluster: what is computed of them comes here, they do not."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
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
        self.workers = sorted(client.scheduler_info(n_workers=-1)["workers"])
        self.held: list[Any] = []  # futures of blocks
        self.place: list[str] = []  # where each is meant to be
        self.parts: list[tuple[Any, ...]] = [()] * len(pieces)  # futures of what Dask's delayed objects stand for
        if any(piece.parts for piece in pieces):
            flat = client.compute([part for piece in pieces for part in piece.parts])
            each = iter(flat)
            self.parts = [tuple(next(each) for _ in piece.parts) for piece in pieces]

    def survey(self, told: Callable[[int], None]) -> list[Facts]:
        """What is to be known of each block; if the workers have room, they hold them from then on."""
        count = len(self.pieces)
        self.place = [self.workers[k * len(self.workers) // count] for k in range(count)]
        blocks = [self.reading(k) for k in range(count)]
        futures = [self.client.submit(facts_of, block, self.taking.loss, pure=False) for block in blocks]
        room = HELD * sum(
            worker["memory_limit"] or 0 for worker in self.client.scheduler_info(n_workers=-1)["workers"].values()
        )
        found: list[Facts] = []
        for k, future in enumerate(futures):
            found.append(future.result())
            room -= found[-1].nbytes
            if room < 0:
                blocks[: k + 1] = [None] * (k + 1)  # let go, so that the workers' memory is free
            told(k + 1)
        self.held = blocks if room >= 0 else []
        if self.held:
            self.parts = [()] * count  # the blocks are what is needed of them
        return found

    def reading(self, k: int) -> Any:
        """The future of a block."""
        where: dict[str, Any] = {} if self.parts[k] else {"workers": [self.place[k]], "allow_other_workers": True}
        return self.client.submit(read, bare(self.pieces[k]), self.taking, *self.parts[k], pure=False, **where)

    def total(self, function: Callable[..., Array], ranges: Sequence[Range], *arguments: Any) -> Array:
        """The sum of function(block, rows, *arguments) over some rows, in the order of a tree.

        A worker adds up what it holds; what is left of the tree is added by others, and the last few sums here.
        """
        leaves = len(ranges)
        sums = [self.adding(function, ranges, group, leaves, arguments) for group in self.groups(ranges)]
        while len(sums) > TOGETHER:
            sums = [
                self.client.submit(merged, sums[i : i + TOGETHER], leaves, pure=False)
                for i in range(0, len(sums), TOGETHER)
            ]
        return merged(self.client.gather(sums), leaves)[root(leaves)]

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
        if self.held:
            blocks = [self.held[rows.block] for rows in some]
            where = {"workers": [self.place[some[0].block]], "allow_other_workers": True}
            return self.client.submit(sums_of, function, some, group, leaves, arguments, blocks, pure=False, **where)
        blocks = [self.reading(rows.block) for rows in some]
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
        self.held, self.parts = [], []


def bare(piece: Piece) -> Piece:
    """The piece without what Dask computes, which is passed."""
    from dataclasses import replace

    return replace(piece, parts=())


def sums_of(
    function: Callable[..., Array],
    ranges: Sequence[Range],
    numbers: Sequence[int],
    leaves: int,
    arguments: tuple[Any, ...],
    blocks: Sequence[Block],
) -> dict[Node, Array]:
    """What a worker adds up of the blocks that it holds."""
    each = zip(numbers, blocks, ranges, strict=True)
    return merged(({(0, i): function(block, rows, *arguments)} for i, block, rows in each), leaves)
