"""Trials on the workers of a Dask cluster: the data goes to each once, settings go there, a few numbers come back.

Reports come as Dask's events, and a trial that is to end learns it from one of Dask's shared events.
"""

from __future__ import annotations

import asyncio
import queue
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chainrule.sweep.objective import Found, Report, Stopped, run

if TYPE_CHECKING:
    from distributed import Client, Future

    from chainrule.tables.settings import Settings
    from chainrule.tables.training import Prepared

__all__ = ["Cluster"]

SECONDS = 0.2
"""After so long without news, Ctrl-C is listened for."""
MOST_LOST = 20
"""Trials that Dask gives up, after which nothing is sent again."""


class Cluster:
    """The workers of a cluster, a trial on each of their threads.

    Args:
        client: of the cluster.
        prepared: the data.
    """

    def __init__(self, client: Client, prepared: Prepared) -> None:
        self.client, self.prepared = client, prepared
        self.data = client.scatter(prepared, broadcast=True)
        self.topic = f"chainrule-sweep-{uuid.uuid4().hex}"
        self.news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.begun: dict[int, tuple[Settings, int]] = {}
        self.futures: dict[int, Future] = {}
        self.reported: dict[int, int] = {}
        self.lost = 0
        client.subscribe_topic(self.topic, lambda event: self.news.put(event[1]))

    def room(self) -> int:
        """As many as the workers have threads."""
        threads: dict[str, int] = self.client.nthreads()
        return max(1, sum(threads.values()))

    def begin(self, index: int, settings: Settings, every: int) -> None:
        """Send it there."""
        self.begun[index] = settings, every
        self.send(index)

    def send(self, index: int) -> None:
        """Submit a trial, for the first time or again."""
        settings, every = self.begun[index]
        future = self.client.submit(trial, self.data, settings, index, every, self.topic, pure=False)
        self.futures[index] = future
        future.add_done_callback(lambda ended: self.news.put((index, None, ended)))

    def wait(self, judge: Callable[[int], Report], stopped: Stopped) -> list[tuple[int, Found]]:
        """The next trial that has ended, if one does soon; reports are judged meanwhile."""
        while True:
            try:
                index, epoch, told = self.news.get(timeout=SECONDS)
            except queue.Empty:
                return []
            if index not in self.begun:
                continue
            if epoch is not None:
                # A trial that lost its worker begins again, and reports again.
                if epoch > self.reported.get(index, 0):
                    self.reported[index] = epoch
                    if judge(index)(epoch, told):
                        ending(self.topic, index, self.client).set()
            elif told is self.futures[index] and (found := self.result_of(index)) is not None:
                for kept in (self.begun, self.futures, self.reported):
                    kept.pop(index, None)
                ending(self.topic, index, self.client).clear()
                return [(index, found)]

    def result_of(self, index: int) -> Found | None:
        """What a trial gave; None where it was sent again, because every worker that had the data died.

        Raises:
            ConnectionError: its workers died again and again, or the scheduler did.
            ValueError, ArithmeticError: as of the trial itself.
        """
        from distributed.client import CancelledError
        from distributed.scheduler import KilledWorker

        try:
            found: Found = self.futures[index].result()
        except KilledWorker:
            raise ConnectionError(
                "workers died with a trial, again and again; see their logs, they may need more memory; the finished "
                "trials are kept"
            ) from None
        except (CancelledError, OSError, asyncio.TimeoutError) as error:
            self.lost += 1
            if self.lost > MOST_LOST or self.client.status != "running":
                raise ConnectionError(f"the Dask cluster is gone ({error}); the finished trials are kept") from None
            self.data = self.client.scatter(self.prepared, broadcast=True)
            self.send(index)
            return None
        return found

    def close(self) -> None:
        """Let the workers off: a trial that is under way ends with its epoch."""
        self.client.unsubscribe_topic(self.topic)
        self.client.cancel(list(self.futures.values()))
        self.begun.clear()


def ending(topic: str, index: int, client: Any = None) -> Any:
    """What is set where a trial is to end."""
    from distributed import Event

    return Event(f"{topic}-{index}", client=client)


def trial(prepared: Prepared, settings: Settings, index: int, every: int, topic: str) -> Found:
    """One trial, on a worker; its cores are the business of other trials, so BLAS has one, as the engines have."""
    from distributed import get_worker
    from threadpoolctl import threadpool_limits

    worker, end = get_worker(), ending(topic, index)
    key = worker.get_current_task()

    def report(epoch: int, loss: float) -> bool:
        worker.log_event(topic, (index, epoch, loss))
        return bool(end.is_set())

    def let_go() -> bool:
        """Dask forgets a task that was cancelled, or whose client has gone; but it cannot end what runs."""
        task = worker.state.tasks.get(key)
        return task is None or task.state != "executing"

    with threadpool_limits(1):
        return run(prepared, settings, report, every, let_go)
