"""Blocks stay on the worker that has them, step after step; after a death a worker that has none gets its share."""

import math
import time
from typing import Any

import dask.array as da
import distributed
import numpy as np
import pytest

import chainrule as cr
from chainrule.formulas import losses
from chainrule.scale import on_dask
from chainrule.scale.block import Block, Taking
from chainrule.scale.on_dask import OnDask
from chainrule.structure import Structure

N, D, CHUNK = 200_000, 20, 5000


def sent(client: Any) -> int:
    """The bytes that all workers have sent so far."""
    return sum(client.run(lambda dask_worker: dask_worker.transfer_outgoing_bytes_total).values())


@pytest.mark.parametrize("batch_size", [None, N // 2])
def test_steps_send_no_block_to_another_worker(client: Any, batch_size: int | None) -> None:
    X = da.random.default_rng(0).normal(size=(N, D), chunks=(CHUNK, D))
    y = (X[:, 0] * X[:, 1] > 0).astype(float)
    for seed in range(4):
        before = sent(client)
        net = cr.Network([D, 4, 1], seed=seed)
        net.fit(X, y, epochs=8 if batch_size is None else 2, batch_size=batch_size, backend=client, verbose=0)
        assert sent(client) - before < N * (D + 1) * 8 / 10


@pytest.fixture
def blocks(client: Any) -> OnDask:
    """Three blocks in two runs that lie on one worker, which has computed on both."""
    structure, loss = Structure.of([D, 1], hidden="tanh", output="sigmoid"), losses.get("binary_cross_entropy")
    made = OnDask(client, [], Taking(structure, loss, np.dtype("float64"), {}))
    first = min(client.nthreads())
    made.held = client.map(ones, [1, 2], workers=[first], pure=False)
    made.runs, made.place = [range(1), range(1, 3)], {0: first, 1: first}
    client.gather(made.held)  # they are there
    return made


def ones(n: int) -> list[Block]:
    """A run of n blocks."""
    return [Block(np.ones((k + 1, D)), np.ones((k + 1, 1))) for k in range(n)]


def rows_of(run: list[Block]) -> list[int]:
    """The rows of each block."""
    return [len(block) for block in run]


def where(client: Any, blocks: OnDask) -> list[set[str]]:
    """The workers that have each run, once what is under way is there."""
    client.gather(blocks.copies)
    lies = client.who_has(blocks.held)
    return [{*lies[one.key]} for one in blocks.held]


def test_a_worker_without_a_run_gets_one_of_another_that_has_several(client: Any, blocks: OnDask) -> None:
    busy, idle = sorted(client.nthreads())
    blocks.even_out({})
    assert where(client, blocks) == [{busy}, {busy, idle}]
    assert blocks.place == {0: busy, 1: idle}


def test_a_worker_that_comes_gets_half_of_a_run(client: Any, blocks: OnDask) -> None:
    busy, idle = sorted(client.nthreads())
    blocks.held, blocks.runs, blocks.place = blocks.held[1:], [[4, 7]], {0: busy}
    blocks.even_out({})
    assert blocks.runs == [[4], [7]]
    assert where(client, blocks) == [{busy}, {busy, idle}]
    assert client.gather([blocks.submit(rows_of, held) for held in blocks.held]) == [[1], [2]]


def test_nothing_is_copied_without_need(client: Any, blocks: OnDask) -> None:
    busy, idle = sorted(client.nthreads())
    blocks.looked = math.inf  # somebody has just looked
    blocks.even_out({})
    blocks.looked = -math.inf
    blocks.even_out({1: idle})  # nobody is idle
    blocks.place = {0: busy}  # nobody knows yet who computes on the other run
    blocks.even_out({})
    blocks.held, blocks.runs = blocks.held[:1], blocks.runs[:1]  # one block is one worker's
    blocks.even_out({})
    assert where(client, blocks) == [{busy}]


def test_a_worker_that_comes_later_computes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    X = da.random.default_rng(0).normal(size=(1000, D), chunks=(100, D))
    y = (X[:, 0] > 0).astype(float)
    seen: list[set[str]] = []
    even_out = OnDask.even_out

    def watched(self: OnDask, place: dict[int, str]) -> None:
        seen.append({*place.values()})
        even_out(self, place)

    monkeypatch.setattr(OnDask, "even_out", watched)
    monkeypatch.setattr(on_dask, "LOOK_AGAIN", 0.1)
    one = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "host": "127.0.0.1"}
    with (
        distributed.LocalCluster(**one) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):

        class Grow(cr.Callback):
            def on_epoch_end(self, epoch: int, logs: Any) -> None:
                if epoch == 3:
                    cluster.scale(2)
                    client.wait_for_workers(2)
                time.sleep(0.02)
                if len(seen[-1]) == 2:
                    self.stop()

        nets = [cr.Network([D, 4, 1], seed=0) for _ in range(2)]
        grown = nets[0].fit(X, y, epochs=2000, backend=client, callbacks=[Grow()], verbose=0)
        assert 4 < len(grown.loss) < 2000
        assert len(seen[0]) == 1
        history = nets[1].fit(X, y, epochs=len(grown.loss), backend=client, verbose=0)
    assert grown.loss == history.loss
    assert nets[0].parameters.tobytes() == nets[1].parameters.tobytes()
