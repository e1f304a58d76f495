"""An array (units, samples) of a kernel: the value of unit j for the v-th vector of samples is one vector."""

from __future__ import annotations

from typing import Any

from chainrule.engines.values import Index, Pointer, Value

__all__ = ["InMemory", "InRegisters", "OneRow", "PerUnit", "Readable", "Rows"]


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


class OneRow:
    """One row of another array, whatever the unit: what all units of a sample have in common."""

    def __init__(self, rows: InMemory, row: int) -> None:
        self.rows, self.row = rows, row

    def get(self, j: Index, v: Index) -> Value:
        """Its value for the v-th vector of samples."""
        return self.rows.get(self.row, v)


class PerUnit:
    """A number for each unit, or one for all of them, whatever the sample."""

    def __init__(self, pointer: Pointer, *, shared: bool) -> None:
        self.pointer, self.shared = pointer, shared

    def get(self, j: Index, v: Index) -> Value:
        """Unit j's number in every lane."""
        return self.pointer[0 if self.shared else j].spread()


Rows = InMemory | InRegisters
Readable = Rows | OneRow | PerUnit
