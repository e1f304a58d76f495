"""Blocks on the workers of a Dask cluster: what is computed of them comes here, they do not."""

from __future__ import annotations

import asyncio
import math
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chainrule.scale import here, there
from chainrule.scale.cluster import arrays_may_travel
from chainrule.scale.tree import merged, root
from chainrule.training.blocks import LOOK_AGAIN

if TYPE_CHECKING:
    from distributed import Client

    from chainrule.arrays import Array
    from chainrule.scale.block import Block, Facts, Range, Taking
    from chainrule.scale.pieces import Piece

__all__ = ["OnDask"]

HELD = 0.5
"""The share of the workers' memory that blocks may take, where the steps take whole ones; of mini-batches as much for
each worker as `here.HELD`. Of more, each is read whenever it is needed."""
TOGETHER = 16
"""How many partial sums one task adds."""
RUNS = 4
"""Runs of neighbouring blocks for each worker, where nothing says yet who holds which."""
AHEAD = 3
"""Blocks that are read ahead of those that come here."""


class OnDask:
    """The blocks of some pieces, on the workers of a cluster.

    Args:
        client: of the cluster.
        pieces: what is to be read there.
        taking: what the rows must be.
        batch_size: rows of a step; None for all.
    """

    def __init__(self, client: Client, pieces: Sequence[Piece], taking: Taking, batch_size: int | None = None) -> None:
        self.client, self.pieces, self.taking, self.batch_size = client, pieces, taking, batch_size
        self.runs: list[Sequence[int]] = [range(k, k + 1) for k in range(len(pieces))]  # blocks that lie together
        self.held: list[Any] = []  # futures of the blocks of each run
        self.place: dict[int, str] = {}  # the worker that computed on each run last
        self.copies: list[Any] = []  # futures of what goes to idle workers
        self.looked = -math.inf  # when idle workers were last looked for
        self.last: list[Any] = []  # futures of the last sums
        self.parts: list[tuple[Any, ...]] = [()] * len(pieces)  # futures of what Dask's delayed objects stand for
        if any(piece.parts for piece in pieces):
            with arrays_may_travel():
                each = iter(client.compute([part for piece in pieces for part in piece.parts]))
            self.parts = [tuple(next(each) for _ in piece.parts) for piece in pieces]

    def survey(self, told: Callable[[int], None]) -> list[Facts]:
        """What is to be known of each block; if the workers have room, they hold them from then on."""
        workers = self.client.scheduler_info(n_workers=-1)["workers"].values()
        loss = self.taking.loss
        (first,) = self.submit(there.facts_of_read, *self.to_read(self.runs[0]), loss).result()
        streams = self.batch_size is not None and self.batch_size < first.n
        room = sum(here.HELD if streams else HELD * (worker["memory_limit"] or 0) for worker in workers)
        if first.nbytes * len(self.pieces) > room:
            futures = [self.submit(there.facts_of_read, *self.to_read(run), loss) for run in self.runs]
        else:
            if not any(piece.parts for piece in self.pieces):  # which lie where Dask computed them
                self.runs = runs_of(len(self.pieces), RUNS * len(workers))
            self.held = [self.submit(there.read_all, *self.to_read(run)) for run in self.runs]
            futures = [self.submit(there.facts_of_all, blocks, loss) for blocks in self.held]
        found: list[Facts] = []
        for future in futures:
            found += future.result()
            told(len(found))
        if self.held:
            self.parts = [()] * len(self.parts)  # the blocks are what is needed of them
            self.put_together()
        return found

    def to_read(self, run: Sequence[int]) -> tuple[list[Piece], Taking, list[tuple[Any, ...]]]:
        """What a worker needs to read the blocks of a run. It names no worker: Dask would wait for one that is gone."""
        return [replace(self.pieces[k], parts=()) for k in run], self.taking, [self.parts[k] for k in run]

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The future of what a worker makes of these arguments, as often as it is asked.

        Each task is a group of its own: of large groups with few dependencies Dask believes that they create data, and
        sends their tasks to whoever is idle, wherever the blocks lie.
        """
        alone = f"{function.__name__}-{uuid.uuid4().hex}", 0
        with arrays_may_travel():
            return self.client.submit(function, *arguments, key=alone)

    def put_together(self) -> None:
        """Make one run of all that a worker holds: the fewer there are, the less a step asks of the scheduler."""
        lies = self.client.who_has(self.held)
        found: dict[str, list[int]] = {}
        for r, blocks in enumerate(self.held):
            found.setdefault(min(lies.get(blocks.key) or ("",)), []).append(r)
        self.held = [self.submit(there.chained, [self.held[r] for r in runs]) for runs in found.values()]
        self.runs = [[k for r in runs for k in self.runs[r]] for runs in found.values()]

    def even_out(self, place: dict[int, str]) -> None:
        """Now and then, have blocks copied to workers that have none: one has come, or is back after a death.

        Nobody waits for that: until it is done, whoever has the blocks goes on computing.
        """
        self.place |= place  # a batch may take some runs only
        unknown = len(self.place) < len(self.held) or not all(copy.done() for copy in self.copies)
        if unknown or time.monotonic() - self.looked < LOOK_AGAIN:
            return
        self.looked, self.copies = time.monotonic(), []
        for idle in self.client.nthreads().keys() - self.place.values():
            runs: dict[str, list[int]] = {}
            for run, worker in self.place.items():
                runs.setdefault(worker, []).append(run)
            busiest = max(runs.values(), key=lambda some: sum(len(self.runs[run]) for run in some))
            if len(busiest) > 1:
                given = busiest[-1]
            elif len(self.runs[busiest[0]]) > 1:
                given = self.halve(busiest[0])
            else:
                return
            self.place[given] = idle
            # Were it a task that others need, Dask would wait for that worker for ever once all have died.
            near = {"workers": [idle], "allow_other_workers": True}
            self.copies.append(self.client.submit(there.nothing, self.held[given], pure=False, **near))

    def halve(self, run: int) -> int:
        """Make two runs of one; the number of the second."""
        blocks, held, half = self.runs[run], self.held[run], len(self.runs[run]) // 2
        self.runs[run], self.held[run] = blocks[:half], self.submit(there.some_of, held, slice(half))
        self.runs.append(blocks[half:])
        self.held.append(self.submit(there.some_of, held, slice(half, None)))
        return len(self.runs) - 1

    def total(self, function: Callable[..., Array], ranges: Sequence[Range], *arguments: Any) -> Array:
        """The sum of function(block, rows, *arguments) over some rows, in the order of a tree.

        A worker adds up what it holds; what is left of the tree is added by others, and the last few sums here.
        """
        leaves = len(ranges)
        sums = [self.adding(run, function, rows, leaves, arguments, run) for run, rows in self.tasks(ranges).items()]
        # The last sums are let go of only now: a client speaks every 10 ms, and would else have said that first.
        self.last = sums
        while len(sums) > TOGETHER:
            some = [sums[i : i + TOGETHER] for i in range(0, len(sums), TOGETHER)]
            sums = [self.submit(there.merged_sums, each, leaves) for each in some]
        found = self.client.sync(arrived, sums)
        if self.held:
            self.even_out({run: worker for one in found for run, worker in one.where.items()})
        return merged((one.parts for one in found), leaves)[root(leaves)]

    def tasks(self, ranges: Sequence[Range]) -> dict[int, list[tuple[int, int, Range]]]:
        """The rows of each task, by the run that they lie in: as `there.sums_of` takes them."""
        lies = {k: (r, i) for r, run in enumerate(self.runs) for i, k in enumerate(run)}
        found: dict[int, list[tuple[int, int, Range]]] = {}
        for number, rows in enumerate(ranges):
            r, i = lies[rows.block]
            found.setdefault(r, []).append((number, i, rows))
        return found

    def adding(self, run: int, *how: Any) -> Any:
        """The future of the sums of what lies in a run."""
        if self.held:
            return self.submit(there.sums_of, self.held[run], *how)
        return self.submit(there.sums_of_read, *self.to_read(self.runs[run]), *how)

    def blocks(self, order: Sequence[int]) -> Iterator[Block]:
        """Blocks one after another, brought here; the workers read the next ones meanwhile."""
        ahead: deque[Any] = deque()
        for k in order:
            ahead.append(self.one(k))
            if len(ahead) > AHEAD:
                yield ahead.popleft().result()[0]
        while ahead:
            yield ahead.popleft().result()[0]

    def one(self, k: int) -> Any:
        """The future of a list of one block."""
        if not self.held:
            return self.submit(there.read_all, *self.to_read([k]))
        r = next(r for r, run in enumerate(self.runs) if k in run)
        i = self.runs[r].index(k)
        return self.submit(there.some_of, self.held[r], slice(i, i + 1))

    def close(self) -> None:
        """Let the blocks go."""
        self.held, self.parts, self.last, self.copies = [], [], [], []


async def arrived(futures: Sequence[Any]) -> list[Any]:
    """The results, each fetched as soon as it is there: while others still compute."""
    return list(await asyncio.gather(*futures))


def runs_of(pieces: int, runs: int) -> list[Sequence[int]]:
    """So many runs of neighbouring pieces: what lies together, a worker adds up to little.

    >>> runs_of(5, 2)
    [range(0, 2), range(2, 5)]
    """
    runs = min(runs, pieces)
    return [range(pieces * r // runs, pieces * (r + 1) // runs) for r in range(runs)]
