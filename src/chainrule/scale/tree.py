"""A sum in a fixed order, whoever adds what: the leaves of a binary tree, whose halves meet level by level.

The sum of floating-point numbers depends on their order. In a tree the order is that of the leaves' numbers: a worker
adds what it has, others the rest, and the root has the same bits for any number of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["Node", "Parts", "merged", "root"]

Node = tuple[int, int]
"""The level, 0 for the leaves, and the number on it: a node's children are 2i and 2i + 1 of the level below."""
Parts = Mapping[Node, Any]
"""The sums of some nodes: numbers or arrays."""


def merged(several: Iterable[Parts], leaves: int) -> dict[Node, Any]:
    """The sums of as few nodes as hold all that is in several parts: wherever both children are there, they are added.

    Args:
        several: parts that have no node in common.
        leaves: how many leaves the whole tree has; one without a sibling goes up by itself.

    >>> merged([{(0, 0): 1.0, (0, 2): 4.0}, {(0, 1): 2.0}], 3)
    {(2, 0): 7.0}
    """
    top = root(leaves)
    sums: dict[Node, Any] = {}
    for parts in several:
        for node, value in parts.items():
            while node != top:
                level, i = node
                sibling = (level, i ^ 1)
                if sibling in sums:
                    other = sums.pop(sibling)
                    value = other + value if i % 2 else value + other
                elif i % 2 or (i + 1) << level < leaves:
                    break  # the sibling has still to come
                node = (level + 1, i // 2)
            sums[node] = value
    return sums


def root(leaves: int) -> Node:
    """The node that has all of so many leaves under it.

    >>> root(1), root(5)
    ((0, 0), (3, 0))
    """
    return (leaves - 1).bit_length(), 0
