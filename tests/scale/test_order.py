"""Which rows of which blocks a step takes."""

import numpy as np
import pytest

from chainrule.engines.batches import Batches
from chainrule.scale.order import BlockBatches, WindowBatches

LENGTHS = [5, 3, 8, 1, 4]


def rows_of(batches: BlockBatches) -> list[tuple[int, int]]:
    return [(one.block, row) for one in batches.ranges() for row in range(one.start, one.stop)]


@pytest.mark.parametrize("size", [1, 2, 7, 20, 21])
@pytest.mark.parametrize("seed", [None, 0])
def test_every_row_once_an_epoch_in_batches_of_the_size(size: int, seed: int | None) -> None:
    batches = BlockBatches(LENGTHS, size, None if seed is None else np.random.default_rng(seed))
    for _ in range(3):
        each = [rows_of(batches) for _ in range(batches.steps_per_epoch)]
        assert [len(rows) for rows in each] == batches.sizes
        taken = [row for rows in each for row in rows]
        assert sorted(taken) == [(k, i) for k, n in enumerate(LENGTHS) for i in range(n)]


def test_the_place_of_rows_in_their_batch() -> None:
    batches = BlockBatches(LENGTHS, 7)
    for _ in range(batches.steps_per_epoch):
        first = 0
        for rows in batches.ranges():
            assert rows.first == first
            first += rows.stop - rows.start


def test_blocks_are_permuted_anew_each_epoch() -> None:
    batches = BlockBatches([1] * 50, 25, np.random.default_rng(0))
    orders = [[one.block for _ in range(2) for one in batches.ranges()] for _ in range(2)]
    assert orders[0] != sorted(orders[0])
    assert orders[0] != orders[1]


def test_a_full_batch_is_never_permuted() -> None:
    batches = BlockBatches(LENGTHS, 21, np.random.default_rng(0))
    assert [one.block for one in batches.ranges()] == [0, 1, 2, 3, 4]


def test_windows_hold_some_rows_or_a_single_block() -> None:
    batches = BlockBatches(LENGTHS, 2, window=8)
    assert batches.windows() == [[0, 1], [2], [3, 4]]
    assert BlockBatches(LENGTHS, 2, window=1).windows() == [[0], [1], [2], [3], [4]]
    assert BlockBatches(LENGTHS, 2, window=100).windows() == [[0, 1, 2, 3, 4]]


def test_small_batches_stream_and_those_of_a_block_do_not() -> None:
    assert BlockBatches(LENGTHS, 7).streams
    assert not BlockBatches(LENGTHS, 8).streams


def test_a_single_block_draws_what_batches_draw() -> None:
    rng, same = np.random.default_rng(1), np.random.default_rng(1)
    ours, theirs = BlockBatches([9], 4, rng), Batches(9, 4, same)
    ours.permute()
    assert (ours.rng.permutation(9)[:4] == theirs.next()).all()  # type: ignore[union-attr]


def test_batches_of_a_window() -> None:
    batches = WindowBatches(np.array([4, 2, 9, 7, 5]), 2, 100)
    rows, bounds = batches.take(2)
    assert (rows.tolist(), bounds.tolist()) == ([4, 2, 9, 7], [0, 2, 4])
    assert batches.left == 1
    rows, bounds = batches.take(1)
    assert (rows.tolist(), bounds.tolist(), batches.left) == ([5], [0, 1], 0)
    again = WindowBatches(np.array([4, 2, 9]), 2, 100)
    assert [again.next().tolist() for _ in range(2)] == [[4, 2], [9]]
