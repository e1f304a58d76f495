"""Writes machine-independent code: functions and loops of a module in LLVM's intermediate representation.

A loop over a range that is known can be unrolled: then its index is a plain `int`, and the same Python writes
straight-line code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from llvmlite import ir

from chainrule.engines.team import TEAM, Team, write_meet
from chainrule.engines.values import INTEGER, Index, Pointer, Value, where

__all__ = ["Code"]


class Code:
    """A module of code for numbers of one dtype, and the function that is being written.

    Attributes:
        lanes: how many numbers a vector register holds.
        team: the threads that run a function together, and share the rounds of its loops; None for a single one.
    """

    def __init__(self, dtype: np.dtype[Any], register_bytes: int, *, has_team: bool = False) -> None:
        self.module = ir.Module()
        self.team: Team | None = None
        self.has_team = has_team
        self.dtype, self.itemsize = dtype, dtype.itemsize
        self.lanes = register_bytes // dtype.itemsize
        self.registers = 16 if register_bytes == 32 else 32
        self.float = ir.DoubleType() if dtype == np.float64 else ir.FloatType()
        self.vector = ir.VectorType(self.float, self.lanes)
        self.integers = ir.VectorType(ir.IntType(8 * self.itemsize), self.lanes)
        self.suffix = f"v{self.lanes}f{8 * self.itemsize}"  # of the names of LLVM's operations on vectors

    def function(self, name: str, arguments: Sequence[str], returns: str = "void") -> list[Any]:
        """Begin a function; its arguments: "float", "integer", or a pointer to "floats", "integers".

        The team's arguments come after these; they are not given back.
        """
        types = {"float": self.float, "integer": INTEGER, "void": ir.VoidType()}
        arguments = [*arguments, *(TEAM if self.has_team else ())]
        signature = [types.get(kind, ir.PointerType()) for kind in arguments]
        self.written = ir.Function(self.module, ir.FunctionType(types[returns], signature), name)
        for argument, kind in zip(self.written.args, arguments, strict=True):
            if kind not in types and not self.has_team:  # another thread may change what a pointer leads to
                argument.add_attribute("noalias")
        entry, body = self.written.append_basic_block("entry"), self.written.append_basic_block("body")
        self.entry, self.builder = ir.IRBuilder(entry), ir.IRBuilder(body)
        self.entry.branch(body)
        self.entry.position_before(entry.terminator)
        elements = {"floats": self.float, "integers": INTEGER}
        values: list[Any] = [
            Pointer(self, argument, elements[kind]) if kind in elements else Value(self, argument)
            for argument, kind in zip(self.written.args, arguments, strict=True)
        ]
        if self.has_team:
            self.team = Team(*values[-len(TEAM) :])
            del values[-len(TEAM) :]
        return values

    @contextmanager
    def aside(self, name: str, arguments: Sequence[str]) -> Iterator[list[Any]]:
        """Write a function of this module's own, and then go on with the one that was being written.

        What its pointers lead to may overlap.
        """
        before = self.written, self.entry, self.builder, self.team
        values = self.function(name, arguments)
        self.written.linkage = "internal"
        for argument in self.written.args:
            argument.attributes.discard("noalias")
        yield values
        self.end()
        self.written, self.entry, self.builder, self.team = before

    def end(self, result: Value | None = None) -> None:
        """End the function."""
        if result is None:
            self.builder.ret_void()
        else:
            self.builder.ret(result.ir)

    def call(self, name: str, *arguments: Any) -> Value:
        """Call a function of the module that was written before, with the whole team."""
        called = self.module.get_global(name)
        if self.team is not None:
            arguments = (*arguments, *self.team)
        values = [a.ir if isinstance(a, Value | Pointer) else ir.Constant(INTEGER, a) for a in arguments]
        return Value(self, self.builder.call(called, values))

    def intrinsic(self, name: str, returns: Any, arguments: Sequence[Any]) -> Any:
        """Call an operation of LLVM's own; its name says the types."""
        name = f"llvm.{name}"
        if name not in self.module.globals:
            ir.Function(self.module, ir.FunctionType(returns, [argument.type for argument in arguments]), name)
        return self.builder.call(self.module.get_global(name), arguments)

    def magnitude(self, x: Value) -> Value:
        """|x|."""
        return Value(self, self.intrinsic(f"fabs.{self.suffix}", x.type, [x.ir]))

    def constant(self, number: float, type_: Any = None) -> Value:
        """A number, in every lane of a vector type."""
        type_ = type_ or self.vector
        element = getattr(type_, "element", type_)
        if isinstance(element, ir.FloatType):
            number = float(np.float32(number))
        if isinstance(type_, ir.VectorType):
            return Value(self, ir.Constant(type_, [ir.Constant(element, number)] * type_.count))
        return Value(self, ir.Constant(type_, number))

    def number(self, number: float) -> Value:
        """A single number of the code's dtype."""
        return self.constant(number, self.float)

    def integer(self, number: Index) -> Value:
        """A whole number."""
        return number if isinstance(number, Value) else Value(self, ir.Constant(INTEGER, number))

    def index(self, places: Index) -> Any:
        """LLVM's value of an index."""
        return places.ir if isinstance(places, Value) else ir.Constant(INTEGER, places)

    def first_lanes(self, count: int) -> Any:
        """True in the first lanes."""
        true, false = (ir.Constant(ir.IntType(1), bit) for bit in (1, 0))
        return ir.Constant(ir.VectorType(ir.IntType(1), self.lanes), [true] * count + [false] * (self.lanes - count))

    def lanes_below(self, count: Value) -> Value:
        """True in so many of the first lanes."""
        numbers = ir.Constant(
            ir.VectorType(INTEGER, self.lanes), [ir.Constant(INTEGER, lane) for lane in range(self.lanes)]
        )
        return count.spread() > Value(self, numbers)

    def gathered(self, numbers: Sequence[Value]) -> Value:
        """A vector of these numbers, one a lane."""
        vector = ir.Constant(self.vector, ir.Undefined)
        for lane, number in enumerate(numbers):
            vector = self.builder.insert_element(vector, number.ir, ir.Constant(ir.IntType(32), lane))
        return Value(self, vector)

    def shuffle(self, x: Value, y: Value, lanes: Sequence[int]) -> Value:
        """The lanes of x, and of y counted on from there, in this order."""
        mask_type = ir.VectorType(ir.IntType(32), len(lanes))
        mask = ir.Constant(mask_type, [ir.Constant(ir.IntType(32), lane) for lane in lanes])
        return Value(self, self.builder.shuffle_vector(x.ir, y.ir, mask))

    def shared_loop(self, rounds: int, *, unrolled: bool = False) -> Iterator[Any]:
        """A loop whose rounds are shared out among the team; each must leave alone what the others write."""
        if self.team is None:
            yield from self.loop(rounds, unrolled=unrolled)
            return
        begin = self.team.thread * rounds / self.team.threads
        end = (self.team.thread + 1) * rounds / self.team.threads
        for i in self.loop(end - begin):
            yield begin + i

    def by_one(self) -> Iterator[None]:
        """Go on with what the last of the team does alone."""
        rounds = 1 if self.team is None else where(self.team.thread.equals(self.team.threads - 1), 1, 0)
        for _ in self.loop(rounds):
            yield

    def meet(self) -> None:
        """Wait until the whole team has come here: what each has written, all can read."""
        if self.team is not None:
            if "meet" not in self.module.globals:
                write_meet(self.module)
            arguments = [self.team.threads.ir, self.team.place.ir]
            self.builder.call(self.module.get_global("meet"), arguments)

    def loop(self, rounds: Index, *, unrolled: bool = False) -> Iterator[Any]:
        """Go on with the index of a loop: once for each round if it is unrolled, else once for all."""
        if isinstance(rounds, int) and (unrolled or rounds <= 1):
            yield from range(rounds)
            return
        before = self.builder.block
        body = self.written.append_basic_block("loop")
        after = self.written.append_basic_block("after")
        zero, count = ir.Constant(INTEGER, 0), self.index(rounds)
        if isinstance(rounds, int):
            self.builder.branch(body)
        else:
            self.builder.cbranch(self.builder.icmp_signed("<", zero, count), body, after)
        self.builder.position_at_end(body)
        index = self.builder.phi(INTEGER)
        index.add_incoming(zero, before)
        yield Value(self, index)
        following = self.builder.add(index, ir.Constant(INTEGER, 1), flags=("nsw",))
        index.add_incoming(following, self.builder.block)
        self.builder.cbranch(self.builder.icmp_signed("<", following, count), body, after)
        self.builder.position_at_end(after)
