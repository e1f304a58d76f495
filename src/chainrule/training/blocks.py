"""Many runs in blocks, some at a time, each as long as a person waits for a word."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from chainrule.training.loop import deferred_interrupt
from chainrule.training.progress import ProgressBar

__all__ = ["hand_out", "in_blocks"]

BLOCK_SECONDS = 0.1  # how long a block of runs should take: what a person waits for the bar and after Ctrl-C
MOST_IN_A_BLOCK = 4096
LOOK_AGAIN = 1.0  # seconds until somebody is looked for who may have come or gone


def in_blocks(do: Callable[[slice], None], n: int, threads: int, bar: ProgressBar | None) -> None:
    """Do n runs, some at a time in each thread, until all are done or Ctrl-C comes."""

    def timed(block: slice) -> float:
        begun = time.perf_counter()
        do(block)
        return time.perf_counter() - begun

    with ThreadPoolExecutor(threads) as pool:
        hand_out(
            lambda block: pool.submit(timed, block),
            lambda block, future: future.result(),
            n,
            at_once=lambda: threads,
            seconds=BLOCK_SECONDS,
            bar=bar,
        )


def hand_out(
    begin: Callable[[slice], Future[Any]],
    end: Callable[[slice, Future[Any]], float | None],
    n: int,
    *,
    at_once: Callable[[], int],
    seconds: float,
    bar: ProgressBar | None,
    stopped: Callable[[], bool] | None = None,
) -> None:
    """Hand out n runs in blocks until all are done, or until those are that had begun when Ctrl-C came.

    Args:
        begin: begins a block.
        end: takes what a block has come to, and gives the seconds that it took; None if it must begin once more.
        n: how many runs there are.
        at_once: how many blocks may have begun and not ended, now; 0 where nobody is there to end one.
        seconds: how long a block should take.
        bar: is told how many runs are done, and closed.
        stopped: says whether the runs are no longer wanted, as Ctrl-C does.
    """

    def wanted() -> bool:
        return not (interrupted() or (stopped is not None and stopped()))

    begun, done, size = 0, 0, 1
    under_way: dict[Future[Any], slice] = {}
    with deferred_interrupt() as interrupted:
        try:
            while under_way or (begun < n and wanted()):
                most = at_once()
                if most == 0 and not wanted():
                    break
                most = max(1, most)
                while len(under_way) < most and begun < n and wanted():
                    # The last blocks are small, so that nobody waits long for another.
                    block = slice(begun, min(n, begun + max(1, min(size, (n - begun) // (2 * most)))))
                    under_way[begin(block)] = block
                    begun = block.stop
                for future in wait(under_way, LOOK_AGAIN, FIRST_COMPLETED).done:
                    block = under_way.pop(future)
                    took = end(block, future)
                    if took is None:
                        under_way[begin(block)] = block
                        continue
                    runs = block.stop - block.start
                    done += runs
                    size = int(min(MOST_IN_A_BLOCK, 2 * size, max(1, seconds * runs / max(took, 1e-9))))
                if bar is not None:
                    bar.update(done)
        finally:
            if bar is not None:
                bar.close()
