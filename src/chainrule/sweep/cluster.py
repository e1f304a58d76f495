"""Trials on the workers of a Dask cluster: the data goes to each of them once, settings go there, a few numbers come back.

Reports come as Dask's events, and a trial that is to end learns it from one of Dask's shared events.
"""

from __future__ import annotations

import os
import queue
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chainrule.sweep.objective import Found, Report, run

if TYPE_CHECKING:
    from distributed import Client, Future

    from chainrule.tables.settings import Settings
    from chainrule.tables.training import Prepared

__all__ = ["Cluster"]

SECONDS = 0.2
"""After so long without news, Ctrl-C is listened for."""


class Cluster:
    """The workers of a cluster, a trial on each of their threads.

    Args:
        client: of the cluster.
        prepared: the data.
    """

    def __init__(self, client: Client, prepared: Prepared) -> None:
        self.client = client
        self.data = client.scatter(prepared, broadcast=True)
        self.topic = f"chainrule-sweep-{uuid.uuid4().hex}"
        self.news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.futures: dict[int, Future] = {}
        self.told: dict[int, int] = {}
        client.subscribe_topic(self.topic, lambda event: self.news.put(event[1]))

    def room(self) -> int:
        """As many as the workers have threads."""
        return max(1, sum(self.client.nthreads().values()))

    def begin(self, index: int, settings: Settings, every: int) -> None:
        """Send it there."""
        future = self.client.submit(trial, self.data, settings, index, every, self.topic, pure=False)
        self.futures[index], self.told[index] = future, 0
        future.add_done_callback(lambda _: self.news.put((index, None, None)))

    def wait(self, judge: Callable[[int], Report]) -> list[tuple[int, Found]]:
        """The next trial that has ended, if one does soon; reports are judged meanwhile."""
        while True:
            try:
                index, epoch, loss = self.news.get(timeout=SECONDS)
            except queue.Empty:
                return []
            if index not in self.futures:
                continue
            if epoch is None:
                self.told.pop(index)
                found = self.futures.pop(index).result()
                ending(self.topic, index, self.client).clear()
                return [(index, found)]
            if epoch > self.told[index]:  # a trial that lost its worker begins again, and reports again
                self.told[index] = epoch
                if judge(index)(epoch, loss):
                    ending(self.topic, index, self.client).set()

    def close(self) -> None:
        """Let the workers off."""
        self.client.unsubscribe_topic(self.topic)
        self.client.cancel(list(self.futures.values()))
        self.futures.clear()


def ending(topic: str, index: int, client: Any = None) -> Any:
    """What is set where a trial is to end."""
    from distributed import Event

    return Event(f"{topic}-{index}", client=client)


def trial(prepared: Prepared, settings: Settings, index: int, every: int, topic: str) -> Found:
    """One trial, on a worker: its threads are the workers' business, so arithmetic takes one."""
    from distributed import get_worker
    from threadpoolctl import threadpool_limits

    worker, end = get_worker(), ending(topic, index)

    def report(epoch: int, loss: float) -> bool:
        worker.log_event(topic, (index, epoch, loss))
        return bool(end.is_set())

    os.environ["CHAINRULE_NUM_THREADS"] = "1"
    with threadpool_limits(1):
        return run(prepared, settings, report if every else None, max(1, every))
