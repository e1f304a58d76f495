"""Threads that run a function of machine code together, and wait for one another."""

from __future__ import annotations

import os
from typing import NamedTuple

from llvmlite import ir

from chainrule.engines.values import INTEGER, Pointer, Value

__all__ = ["TEAM", "Team", "write_meet"]


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
