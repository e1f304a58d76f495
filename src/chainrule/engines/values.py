"""What code computes with: numbers and vectors with the usual operators, pointers, variables of loops.

Python that computes with these writes the instructions that will compute it, through llvmlite's builder of LLVM's
intermediate representation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir

if TYPE_CHECKING:
    from chainrule.engines.emitter import Code

__all__ = ["INTEGER", "Index", "Pointer", "Value", "Variable", "where"]

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

    def truncated(self) -> Value:
        """A float that is a whole number, as one."""
        return Value(self.code, self.code.builder.fptosi(self.ir, INTEGER))

    def spread(self) -> Value:
        """A number in every lane."""
        code, undefined = self.code, ir.Constant(ir.VectorType(self.type, self.code.lanes), ir.Undefined)
        first = code.builder.insert_element(undefined, self.ir, ir.Constant(ir.IntType(32), 0))
        return code.shuffle(Value(code, first), Value(code, first), [0] * code.lanes)

    def __getitem__(self, lane: int) -> Value:
        return Value(self.code, self.code.builder.extract_element(self.ir, ir.Constant(ir.IntType(32), lane)))


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
