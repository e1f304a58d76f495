"""Blocks stay on the worker that has them, step after step; after a death a worker that has none gets its share."""

import math
from typing import Any

import dask.array as da
import numpy as np
import pytest

import chainrule as cr
from chainrule.formulas import losses
from chainrule.scale.block import Taking
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
    """Two runs that lie on one worker, which has computed on both."""
    structure, loss = Structure.of([D, 1], hidden="tanh", output="sigmoid"), losses.get("binary_cross_entropy")
    made = OnDask(client, [], Taking(structure, loss, np.dtype("float64"), {}))
    first = min(client.nthreads())
    made.held = client.map(np.ones, [1000, 2000], workers=[first], pure=False)
    made.place = {0: first, 1: first}
    client.gather(made.held)  # they are there
    return made


def test_a_worker_without_a_run_gets_one_of_another_that_has_several(client: Any, blocks: OnDask) -> None:
    busy, idle = sorted(client.nthreads())
    blocks.even_out({})
    lies = client.who_has(blocks.held)
    assert sorted(len(lies[one.key]) for one in blocks.held) == [1, 2]
    assert {worker for workers in lies.values() for worker in workers} == {busy, idle}
    moved = next(run for run, one in enumerate(blocks.held) if len(lies[one.key]) == 2)
    stays = blocks.near(1 - moved, np.sum)
    assert client.gather([stays, blocks.near(moved, np.sum)]) == [1000 * (2 - moved), 1000 * (1 + moved)]


def test_nothing_is_copied_where_nobody_is_idle_or_somebody_just_looked(client: Any, blocks: OnDask) -> None:
    busy, idle = sorted(client.nthreads())
    blocks.looked = math.inf
    blocks.even_out({})
    blocks.looked = -math.inf
    blocks.even_out({1: idle})
    assert {len(workers) for workers in client.who_has(blocks.held).values()} == {1}
    assert blocks.place == {0: busy, 1: idle}
