"""Many runs, some at a time in each thread, in blocks that are as long as a person waits for a word."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from chainrule.training.loop import deferred_interrupt
from chainrule.training.progress import ProgressBar

__all__ = ["in_blocks"]

BLOCK_SECONDS = 0.1  # how long a block of runs should take: what a person waits for the bar and after Ctrl-C
MOST_IN_A_BLOCK = 4096


def in_blocks(do: Callable[[slice], None], n: int, threads: int, bar: ProgressBar | None) -> None:
    """Do n runs, some at a time in each thread, until all are done or Ctrl-C comes."""

    def timed(block: slice) -> float:
        begun = time.perf_counter()
        do(block)
        return (time.perf_counter() - begun) / (block.stop - block.start)

    begun, done, size = 0, 0, 1
    under_way: dict[Future[float], slice] = {}
    with deferred_interrupt() as interrupted, ThreadPoolExecutor(threads) as pool:
        try:
            while under_way or (begun < n and not interrupted()):
                while len(under_way) < threads and begun < n and not interrupted():
                    # The last blocks are small, so that no thread waits long for another.
                    block = slice(begun, min(n, begun + max(1, min(size, (n - begun) // (2 * threads)))))
                    under_way[pool.submit(timed, block)] = block
                    begun = block.stop
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    block = under_way.pop(future)
                    done += block.stop - block.start
                    size = int(min(MOST_IN_A_BLOCK, 2 * size, max(1, BLOCK_SECONDS / max(future.result(), 1e-9))))
                if bar is not None:
                    bar.update(done)
        finally:
            if bar is not None:
                bar.close()
