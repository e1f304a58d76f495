"""What the workers of a cluster make of blocks: each public function is a task, on one run of blocks at least."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chainrule.scale.block import facts_of
from chainrule.scale.here import read
from chainrule.scale.tree import merged

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.formulas.losses import Loss
    from chainrule.scale.block import Block, Facts, Range, Taking
    from chainrule.scale.pieces import Piece
    from chainrule.scale.tree import Node

__all__ = [
    "Sums",
    "chained",
    "facts_of_all",
    "facts_of_read",
    "merged_sums",
    "nothing",
    "read_all",
    "some_of",
    "sums_of",
    "sums_of_read",
]


def read_all(pieces: Sequence[Piece], taking: Taking, parts: Sequence[tuple[Any, ...]]) -> list[Block]:
    """The blocks of some pieces."""
    return list(each_read(pieces, taking, parts))


def facts_of_all(blocks: Sequence[Block], loss: Loss) -> list[Facts]:
    """What is to be known of each."""
    return [facts_of(block, loss) for block in blocks]


def facts_of_read(pieces: Sequence[Piece], taking: Taking, parts: Sequence[tuple[Any, ...]], loss: Loss) -> list[Facts]:
    """The same of blocks that are read for it, and not kept."""
    return [facts_of(block, loss) for block in each_read(pieces, taking, parts)]


def each_read(pieces: Sequence[Piece], taking: Taking, parts: Sequence[tuple[Any, ...]]) -> Iterator[Block]:
    """The blocks of some pieces, one after another."""
    return (read(piece, taking, *each) for piece, each in zip(pieces, parts, strict=True))


def some_of(blocks: Sequence[Block], which: slice) -> list[Block]:
    """Some of them."""
    return list(blocks[which])


def nothing(blocks: Sequence[Block]) -> None:
    """What costs nothing but that the blocks must be there."""


def chained(runs: Sequence[Sequence[Block]]) -> list[Block]:
    """The blocks of some runs, one after another."""
    return [block for blocks in runs for block in blocks]


@dataclass(frozen=True)
class Sums:
    """Sums of nodes of the tree, and on which worker each run was computed on."""

    parts: dict[Node, Array]
    where: dict[int, str]


def sums_of(
    blocks: Sequence[Block],
    function: Callable[..., Array],
    leaf_rows: Sequence[tuple[int, int, Range]],
    leaves: int,
    arguments: tuple[Any, ...],
    run: int,
) -> Sums:
    """What a worker adds up of a run of blocks that it holds.

    Args:
        blocks: of the run.
        function: gives what is added for a block's rows.
        leaf_rows: the numbers of leaves, which of the run's blocks each is of, and its rows.
        leaves: how many leaves the whole tree has.
        arguments: of the function, after block and rows.
        run: its number.
    """
    from distributed import get_worker

    each = ({(0, i): function(blocks[place], rows, *arguments)} for i, place, rows in leaf_rows)
    return Sums(merged(each, leaves), {run: get_worker().address})


def sums_of_read(pieces: Sequence[Piece], taking: Taking, parts: Sequence[tuple[Any, ...]], *adding: Any) -> Sums:
    """The same of a run of blocks that is read for it, and not kept."""
    return sums_of(read_all(pieces, taking, parts), *adding)


def merged_sums(several: Sequence[Sums], leaves: int) -> Sums:
    """They added up."""
    where = {run: worker for one in several for run, worker in one.where.items()}
    return Sums(merged((one.parts for one in several), leaves), where)
