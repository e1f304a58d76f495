"""An array (units, samples) of a kernel: the value of unit j for the v-th vector of samples is one vector."""

from __future__ import annotations

from typing import Any

from chainrule.engines.values import Index, Pointer, Value

__all__ = ["InMemory", "InRegisters", "Rows"]


class InMemory:
    """One that lies in memory: `stride` places from one unit's row to the next's."""

    def __init__(self, pointer: Pointer, stride: int) -> None:
        self.pointer, self.stride = pointer, stride

    def get(self, j: Index, v: Index) -> Value:
        """Unit j of the v-th vector of samples."""
        return self.pointer.vector(j * self.stride + v * self.pointer.code.lanes)

    def put(self, j: Index, v: Index, value: Value) -> None:
        """Set it."""
        self.pointer.set_vector(value, j * self.stride + v * self.pointer.code.lanes)

    def spread(self, j: Index, k: Index) -> Value:
        """Unit j of sample k, in every lane."""
        return self.pointer[j * self.stride + k].spread()


class InRegisters:
    """One that is in Python's hands while the code is written, and in registers when it runs; its indices are known."""

    def __init__(self) -> None:
        self.values: dict[tuple[Any, Any], Value] = {}

    def get(self, j: Any, v: Any) -> Value:
        """Unit j of the v-th vector of samples."""
        return self.values[j, v]

    def put(self, j: Any, v: Any, value: Value) -> None:
        """Set it."""
        self.values[j, v] = value


Rows = InMemory | InRegisters
