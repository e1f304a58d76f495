"""Writes machine-independent code: numbers and vectors with the usual operators, pointers, loops.

A thin layer over llvmlite's builder of LLVM's intermediate representation. Python that computes with `Value`s writes
the instructions that will compute it. A loop over a range that is known can be unrolled: then its index is a plain
`int`, and the same Python writes straight-line code.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir

__all__ = ["Code", "Index", "Pointer", "Value", "Variable", "where"]

# a·b + c may be computed with one rounding. Nothing else may be changed: no assumption about NaN, infinity or order.
CONTRACT = ("contract",)
INTEGER = ir.IntType(64)


class Value:
    """A number, or one number a lane, that the code computes; an operand may be a plain number."""

    def __init__(self, code: Code, value: Any) -> None:
        self.code, self.ir = code, value

    @property
    def type(self) -> Any:
        """LLVM's type."""
        return self.ir.type

    @property
    def is_float(self) -> bool:
        """Whether it is a float or a vector of floats."""
        return isinstance(getattr(self.type, "element", self.type), ir.FloatType | ir.DoubleType)

    def operand(self, other: Any) -> Any:
        """The other operand, as LLVM's value of this one's type."""
        return other.ir if isinstance(other, Value) else self.code.constant(other, self.type).ir

    def binary(self, other: Any, on_floats: str, on_integers: str, swapped: bool = False) -> Value:
        """The result of a builder's instruction."""
        left, right = self.ir, self.operand(other)
        if swapped:
            left, right = right, left
        builder = self.code.builder
        if self.is_float:
            return Value(self.code, getattr(builder, on_floats)(left, right, flags=CONTRACT))
        return Value(self.code, getattr(builder, on_integers)(left, right))

    def compare(self, comparison: str, other: Any) -> Value:
        """A truth value; false where a float is NaN."""
        builder = self.code.builder
        how = builder.fcmp_ordered if self.is_float else builder.icmp_signed
        return Value(self.code, how(comparison, self.ir, self.operand(other)))

    def __add__(self, other: Any) -> Value:
        return self.binary(other, "fadd", "add")

    def __radd__(self, other: Any) -> Value:
        return self.binary(other, "fadd", "add", swapped=True)

    def __sub__(self, other: Any) -> Value:
        return self.binary(other, "fsub", "sub")

    def __rsub__(self, other: Any) -> Value:
        return self.binary(other, "fsub", "sub", swapped=True)

    def __mul__(self, other: Any) -> Value:
        return self.binary(other, "fmul", "mul")

    def __rmul__(self, other: Any) -> Value:
        return self.binary(other, "fmul", "mul", swapped=True)

    def __truediv__(self, other: Any) -> Value:
        return self.binary(other, "fdiv", "sdiv")

    def __rtruediv__(self, other: Any) -> Value:
        return self.binary(other, "fdiv", "sdiv", swapped=True)

    def __neg__(self) -> Value:
        return Value(self.code, self.code.builder.fneg(self.ir))

    def __lt__(self, other: Any) -> Value:
        return self.compare("<", other)

    def __le__(self, other: Any) -> Value:
        return self.compare("<=", other)

    def __gt__(self, other: Any) -> Value:
        return self.compare(">", other)

    def __ge__(self, other: Any) -> Value:
        return self.compare(">=", other)

    def equals(self, other: Any) -> Value:
        """Whether both are the same number."""
        return self.compare("==", other)

    def is_nan(self) -> Value:
        """Whether it is no number."""
        return Value(self.code, self.code.builder.fcmp_unordered("uno", self.ir, self.ir))

    def __lshift__(self, bits: int) -> Value:
        return Value(self.code, self.code.builder.shl(self.ir, self.operand(bits)))

    def __rshift__(self, bits: int) -> Value:
        return Value(self.code, self.code.builder.lshr(self.ir, self.operand(bits)))

    def __and__(self, bits: int) -> Value:
        return Value(self.code, self.code.builder.and_(self.ir, self.operand(bits)))

    def __or__(self, bits: Any) -> Value:
        return Value(self.code, self.code.builder.or_(self.ir, self.operand(bits)))

    def bits(self) -> Value:
        """The same bits as whole numbers."""
        return Value(self.code, self.code.builder.bitcast(self.ir, self.code.integers))

    def as_floats(self) -> Value:
        """The same bits as floats."""
        return Value(self.code, self.code.builder.bitcast(self.ir, self.code.vector))

    def converted(self) -> Value:
        """A whole number as a float of the code's dtype."""
        to = self.code.vector if isinstance(self.type, ir.VectorType) else self.code.float
        return Value(self.code, self.code.builder.sitofp(self.ir, to))

    def spread(self) -> Value:
        """A number in every lane."""
        code, undefined = self.code, ir.Constant(ir.VectorType(self.type, self.code.lanes), ir.Undefined)
        first = code.builder.insert_element(undefined, self.ir, ir.Constant(ir.IntType(32), 0))
        return code.shuffle(Value(code, first), Value(code, first), [0] * code.lanes)

    def __getitem__(self, lane: int) -> Value:
        return Value(self.code, self.code.builder.extract_element(self.ir, ir.Constant(ir.IntType(32), lane)))


class Team(NamedTuple):
    """The threads that run a function together."""

    thread: Value
    """Which of them this is, from 0."""
    threads: Value
    place: Pointer
    """Where they meet: how many have come, and how often all have."""


TEAM = ("integer", "integer", "integers")
PATIENCE = 2000  # how often a thread looks for the others before it lets another process have its core


def write_meet(module: ir.Module) -> None:
    """Write the function in which a thread waits for the others."""
    nobody = ir.FunctionType(ir.IntType(32), [])
    give_way = ir.Function(module, nobody, "sched_yield") if os.name == "posix" else None
    meet = ir.Function(module, ir.FunctionType(ir.VoidType(), [INTEGER, ir.PointerType()]), "meet")
    meet.attributes.add("noinline")
    threads, arrived = meet.args
    begin, last, look, wait, tired, done = map(
        meet.append_basic_block, ("begin", "last", "look", "wait", "tired", "done")
    )
    zero, one = ir.Constant(INTEGER, 0), ir.Constant(INTEGER, 1)
    at = ir.IRBuilder(begin)
    times = at.gep(arrived, [one], source_etype=INTEGER)
    before = at.load_atomic(times, "acquire", 8, typ=INTEGER)
    others = at.atomic_rmw("add", arrived, one, "acq_rel")
    at.cbranch(at.icmp_signed("==", at.add(others, one), threads), last, look)
    at.position_at_end(last)
    at.atomic_rmw("xchg", arrived, zero, "release")
    at.atomic_rmw("add", times, one, "release")
    at.branch(done)
    at.position_at_end(look)
    looked = at.phi(INTEGER)
    looked.add_incoming(zero, begin)
    now = at.load_atomic(times, "acquire", 8, typ=INTEGER)
    at.cbranch(at.icmp_signed("==", now, before), wait, done)
    at.position_at_end(wait)
    following = at.add(looked, one)
    looked.add_incoming(following, wait)
    at.cbranch(at.icmp_signed(">", following, ir.Constant(INTEGER, PATIENCE)), tired, look)
    at.position_at_end(tired)
    if give_way is not None:
        at.call(give_way, [])
    looked.add_incoming(following, tired)
    at.branch(look)
    at.position_at_end(done)
    at.ret_void()


Index = int | Value
"""Where something lies: known when the code is written, or computed when it runs."""


def where(condition: Value, x: Any, y: Any) -> Value:
    """x where the condition holds, y elsewhere; both were computed."""
    code = condition.code
    operands = [o if isinstance(o, Value) else None for o in (x, y)]
    like = next((o.type for o in operands if o is not None), None)
    if like is None:
        like = code.vector if isinstance(condition.type, ir.VectorType) else INTEGER
    left, right = (o.ir if isinstance(o, Value) else code.constant(o, like).ir for o in (x, y))
    return Value(code, code.builder.select(condition.ir, left, right))


class Pointer:
    """The place of an array's first number; `pointer[i]` is the number i places on."""

    def __init__(self, code: Code, pointer: Any, type_: Any) -> None:
        self.code, self.ir, self.type = code, pointer, type_

    def __add__(self, places: Index) -> Pointer:
        if isinstance(places, int) and places == 0:
            return self
        moved = self.code.builder.gep(self.ir, [self.code.index(places)], source_etype=self.type)
        return Pointer(self.code, moved, self.type)

    def __getitem__(self, places: Index) -> Value:
        return Value(self.code, self.code.builder.load((self + places).ir, typ=self.type))

    def __setitem__(self, places: Index, value: Value) -> None:
        self.code.builder.store(value.ir, (self + places).ir)

    def vector(self, places: Index = 0) -> Value:
        """The numbers from there on, one a lane."""
        code = self.code
        return Value(code, code.builder.load((self + places).ir, align=code.itemsize, typ=code.vector))

    def first(self, count: int, places: Index = 0) -> Value:
        """The first `count` of the numbers from there on, one a lane, and 0 in the lanes that are left."""
        code = self.code
        alignment = ir.Constant(ir.IntType(32), code.itemsize)
        arguments = [(self + places).ir, alignment, code.first_lanes(count), code.constant(0.0).ir]
        return Value(code, code.intrinsic(f"masked.load.{code.suffix}.p0", code.vector, arguments))

    def set_vector(self, value: Value, places: Index = 0) -> None:
        """Write every lane."""
        self.code.builder.store(value.ir, (self + places).ir, align=self.code.itemsize)

    def set_first(self, count: int, value: Value, places: Index = 0) -> None:
        """Write the first `count` lanes and nothing else."""
        code = self.code
        alignment = ir.Constant(ir.IntType(32), code.itemsize)
        arguments = [value.ir, (self + places).ir, alignment, code.first_lanes(count)]
        code.intrinsic(f"masked.store.{code.suffix}.p0", ir.VoidType(), arguments)


class Variable:
    """A value that changes in a loop."""

    def __init__(self, code: Code, start: Value) -> None:
        self.code, self.type = code, start.type
        self.place = code.entry.alloca(start.type)
        code.builder.store(start.ir, self.place)

    @property
    def value(self) -> Value:
        """What it is now."""
        return Value(self.code, self.code.builder.load(self.place, typ=self.type))

    @value.setter
    def value(self, value: Value) -> None:
        self.code.builder.store(value.ir, self.place)


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
