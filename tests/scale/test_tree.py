"""The sum of many numbers has the same bits, whoever adds what."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.scale.tree import merged, root


@given(st.integers(1, 70), st.randoms(use_true_random=False))
def test_any_split_and_any_order_gives_the_same_bits(leaves: int, random: object) -> None:
    values = np.random.default_rng(leaves).normal(size=leaves) * 10.0 ** np.arange(leaves)
    parts = [{(0, i): values[i]} for i in range(leaves)]
    expected = merged(parts, leaves)
    assert [*expected] == [root(leaves)]
    random.shuffle(parts)  # type: ignore[attr-defined]
    cut = random.randint(0, leaves)  # type: ignore[attr-defined]
    halves = [merged(parts[:cut], leaves), merged(parts[cut:], leaves)]
    assert merged(halves, leaves) == expected
    assert merged(reversed(halves), leaves) == expected


def test_it_is_the_pairwise_sum() -> None:
    a, b, c, d, e = 1e16, 1.0, -1e16, 1.0, 3.0
    total = merged([{(0, i): v} for i, v in enumerate([a, b, c, d, e])], 5)[root(5)]
    assert total == ((a + b) + (c + d)) + e


@pytest.mark.parametrize(("leaves", "top"), [(1, (0, 0)), (2, (1, 0)), (3, (2, 0)), (8, (3, 0)), (9, (4, 0))])
def test_the_root(leaves: int, top: tuple[int, int]) -> None:
    assert root(leaves) == top


def test_what_is_not_there_yet_is_waited_for() -> None:
    assert merged([{(0, 0): 1}, {(0, 3): 4}], 4) == {(0, 0): 1, (0, 3): 4}
