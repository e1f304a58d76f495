"""Which samples each step takes: every sample once an epoch, in an order that the generator alone decides."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chainrule.engines.batches import Batches


@given(st.integers(1, 40), st.data())
def test_every_epoch_takes_every_sample_once(n: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, n))
    seed = data.draw(st.none() | st.integers(0, 99))
    batches = Batches(n, size, None if seed is None else np.random.default_rng(seed))
    assert batches.steps_per_epoch == len(batches.sizes) == -(-n // size)
    for _ in range(3):
        epoch = [batches.next().copy() for _ in range(batches.steps_per_epoch)]
        assert [len(rows) for rows in epoch] == batches.sizes
        assert sorted(np.concatenate(epoch)) == list(range(n))
        assert {len(rows) for rows in epoch[:-1]} <= {size}


def test_without_a_generator_the_rows_come_in_their_order() -> None:
    batches = Batches(5, 2)
    assert [batches.next().tolist() for _ in range(6)] == [[0, 1], [2, 3], [4]] * 2


def test_every_epoch_draws_a_new_order() -> None:
    batches = Batches(50, 10, np.random.default_rng(0))
    first, second = (np.concatenate([batches.next().copy() for _ in range(5)]) for _ in range(2))
    assert (first != second).any()
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal([first, second], [rng.permutation(50), rng.permutation(50)])


def test_one_batch_of_all_is_not_permuted_and_draws_nothing() -> None:
    rng = np.random.default_rng(0)
    assert Batches(9, 9, rng).next().tolist() == list(range(9))
    assert rng.random() == np.random.default_rng(0).random()


@given(st.integers(1, 12), st.data())
def test_many_steps_at_once_are_the_same_steps(n: int, data: st.DataObject) -> None:
    size, seed = data.draw(st.integers(1, n)), data.draw(st.none() | st.integers(0, 9))
    one_by_one, at_once = (Batches(n, size, None if seed is None else np.random.default_rng(seed)) for _ in range(2))
    for steps in data.draw(st.lists(st.integers(0, 9), max_size=5)):
        rows, bounds = at_once.take(steps)
        expected = [one_by_one.next().tolist() for _ in range(steps)]
        assert len(bounds) == steps + 1
        assert np.diff(bounds).tolist() == [len(batch) for batch in expected]
        if size < n:
            found = [rows[begin:end].tolist() for begin, end in itertools.pairwise(bounds)]
            assert found == expected
