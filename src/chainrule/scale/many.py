"""Many runs on a Dask cluster: blocks of them go out, what they leave behind comes in, in any order.

What all runs have in common is the result of a task of its own, so that the scheduler can make it again when the
worker that holds it dies; a block depends on that, and on nothing else.
"""

from __future__ import annotations

import asyncio
import math
import time
import warnings
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from chainrule.scale.cluster import arrays_may_travel, client_of, imported
from chainrule.training.blocks import LOOK_AGAIN, hand_out
from chainrule.training.many_job import Each, ManyJob, trained_block

if TYPE_CHECKING:
    from distributed import Client

    from chainrule.training.marks import Stopped
    from chainrule.training.progress import ProgressBar
    from chainrule.training.runs import Runs

__all__ = ["train_on_cluster"]

BLOCK_SECONDS = 0.5  # how long a block should take: long beside what it costs to send, short beside a person's patience
PATIENCE = 10  # seconds without a worker until it is said
IN_FLIGHT = 2  # blocks a thread: one that it works on, one that waits there, so that it need not
MOST_LIVES = 5  # how often Dask may give a block up; each time it has died with several workers in a row


def train_on_cluster(
    backend: Any, many: ManyJob, each: Each, runs: Runs, bar: ProgressBar | None, stopped: Stopped = None
) -> None:
    """Train all runs on a cluster, and write what they leave behind into `runs`, until all are done or Ctrl-C comes.

    A second Ctrl-C leaves the blocks that have begun to themselves.

    Raises:
        TypeError, ValueError, ImportError, ConnectionError: as of `client_of`; or the scheduler has gone.
        RuntimeError: a block of runs has cost many workers their life.
    """
    with client_of(backend) as client:
        cluster = Blocks(client, many, each, runs)
        try:
            with suppress(KeyboardInterrupt):
                hand_out(
                    cluster.begin,
                    cluster.end,
                    len(each.seeds),
                    at_once=cluster.at_once,
                    seconds=BLOCK_SECONDS,
                    bar=bar,
                    stopped=stopped,
                )
        finally:
            cluster.close()


class Blocks:
    """Blocks of runs under way on a cluster."""

    def __init__(self, client: Client, many: ManyJob, each: Each, runs: Runs) -> None:
        self.client, self.many, self.each, self.runs = client, many, each, runs
        self.under_way: dict[Future[Any], Any] = {}  # and Dask's own future of each
        self.lives: dict[int, int] = {}  # how often the block that begins at a run was given up
        self.processors = {processor(many)}
        self.threads = 0
        self.counted, self.worked = -math.inf, time.monotonic()  # when the workers were, and when there were some
        self.told = False  # that there are none
        self.send()

    def send(self) -> None:
        """Have what all runs share made on the cluster."""
        with arrays_may_travel():
            self.shared = self.client.submit(itself, self.many, pure=False)

    def at_once(self) -> int:
        """How many blocks the cluster takes now; workers may come and go."""
        now = time.monotonic()
        if now - self.counted > LOOK_AGAIN:
            self.counted, self.threads = now, sum(self.client.nthreads().values())
            if self.threads:
                self.worked, self.told = now, False
            elif now - self.worked > PATIENCE and not self.told:
                self.told = True
                warnings.warn(
                    "the cluster has no worker any more; waiting for one, until Ctrl-C ends it with what is completed",
                    stacklevel=5,
                )
        return IN_FLIGHT * self.threads

    def begin(self, block: slice) -> Future[Any]:
        """Send a block."""
        with arrays_may_travel():
            remote = self.client.submit(there, self.shared, self.each.block(block), pure=False)
        # Not by Dask's executor, which trips over a result that is lost with its worker while it arrives.
        future = asyncio.run_coroutine_threadsafe(arrival(remote), self.client.loop.asyncio_loop)
        self.under_way[future] = remote
        return future

    def end(self, block: slice, future: Future[Any]) -> float | None:
        """Take what a block left behind, and say how long it took; None if it must go out again.

        Raises:
            RuntimeError: it has been given up too often.
            ConnectionError: the scheduler has gone.
        """
        del self.under_way[future]
        try:
            arrived, by = future.result()
        except imported().KilledWorker as error:
            lives = self.lives[block.start] = self.lives.get(block.start, 0) + 1
            if lives > MOST_LIVES:
                raise RuntimeError(
                    f"the workers that train runs {block.start} to {block.stop - 1} die, one after another; see their "
                    "logs: they may need more memory, or fewer threads each"
                ) from error
            self.send()
            return None
        except CancelledError as error:
            raise ConnectionError(
                f"the cluster has let go of runs {block.start} to {block.stop - 1}: its scheduler has gone, or they "
                "were cancelled there"
            ) from error
        self.runs.block(block).take(arrived)
        if by not in self.processors:
            self.processors.add(by)
            warnings.warn(
                f"a worker's processor is {by}, and this one {processor(self.many)}: the last bits of its runs may be "
                "others",
                stacklevel=5,
            )
        return arrived.seconds

    def close(self) -> None:
        """Let go of everything on the cluster."""
        self.client.cancel(list(self.under_way.values()))
        self.shared.release()


async def arrival(remote: Any) -> Any:
    """What Dask's future comes to; made again where it is lost."""
    return await remote


def itself(many: ManyJob) -> ManyJob:
    """What was sent."""
    return many


def there(many: ManyJob, each: Each) -> tuple[Runs, str]:
    """What some runs leave behind, and on which processor."""
    return trained_block(many, each), processor(many)


def processor(many: ManyJob) -> str:
    """The kind of processor here, on which the last bits of compiled runs depend."""
    if many.engine != "compiled":
        return "any"
    from chainrule.engines import machine_code

    return machine_code.processor()
