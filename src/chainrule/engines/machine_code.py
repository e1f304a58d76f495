"""Turns written code into machine code for this processor, once: what was compiled is kept on disk.

Nothing in here knows what the code computes.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import hashlib
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm

__all__ = ["MachineCode", "cache_folder", "is_ready", "load", "processor", "register_bytes"]

COMPILING = threading.Lock()

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()


@functools.cache
def features() -> dict[str, bool]:
    """What this processor can do."""
    return dict(llvm.get_host_cpu_features())


@functools.cache
def register_bytes() -> int:
    """The size of a vector register of this processor: 64, 32 or 16 bytes."""
    return 64 if features().get("avx512f") else 32 if features().get("avx2") else 16


def processor() -> str:
    """The kind of this processor; on another kind, sums over lanes may round another way."""
    return f"{llvm.get_host_cpu_name()} ({8 * register_bytes()} bits)"


def target_machine() -> Any:
    """LLVM's description of this processor; whoever is given one owns it."""
    flags = ",".join(("+" if on else "-") + name for name, on in sorted(features().items()))
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(cpu=llvm.get_host_cpu_name(), features=flags, opt=3, jit=True)


class MachineCode:
    """The functions of a module; they live as long as this object."""

    def __init__(self, code: bytes) -> None:
        self.engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())
        self.engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self.engine.finalize_object()

    def function(self, name: str, arguments: Sequence[Any], returns: Any) -> Callable[..., Any]:
        """A function by its name, with its ctypes signature; other threads of Python run while it does."""
        function = ctypes.CFUNCTYPE(returns, *arguments)(self.engine.get_function_address(name))
        function.module = self  # type: ignore[attr-defined]  # its code stays while it does
        return function


def load(signature: str, write_source: Callable[[], str]) -> MachineCode:
    """The machine code of a module: from the cache folder, or compiled now and put there.

    Args:
        signature: says all that the source depends on.
        write_source: writes LLVM's intermediate representation of the module.
    """
    path = place_of(signature)
    code = read(path)
    if code is None:
        with COMPILING:  # LLVM does one thing at a time; and what another thread has just compiled lies there now
            code = read(path)
            if code is None:
                with announced("chainrule: compiling for this network, once on this machine ..."):
                    code = compiled(write_source())
                keep(path, code)
    return MachineCode(code)


@contextmanager
def announced(said: str) -> Iterator[None]:
    """Say on a terminal what is going on, and take it back."""
    terminal = sys.stderr if sys.stderr is not None and sys.stderr.isatty() else None
    if terminal:
        print(said, end="\r", file=terminal, flush=True)
    try:
        yield
    finally:
        if terminal:
            print(" " * len(said), end="\r", file=terminal, flush=True)


def is_ready(signature: str) -> bool:
    """Whether `load` will find the machine code in the cache folder."""
    return place_of(signature).exists()


def place_of(signature: str) -> Path:
    """The file in the cache folder for what has this signature, compiled for this processor by this version of LLVM."""
    abilities = sorted(name for name, can in features().items() if can)
    parts = [llvmlite.__version__, llvm.get_process_triple(), llvm.get_host_cpu_name(), *abilities, signature]
    return cache_folder() / f"{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}.machine-code"


def compiled(source: str) -> bytes:
    """Compile for this processor."""
    machine = target_machine()
    module = llvm.parse_assembly(source)
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=3))
    passes.getModulePassManager().run(module, passes)
    return machine.emit_object(module)


def read(path: Path) -> bytes | None:
    """What was written there, if it was written whole: a digest stands in front of it."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, code = content[:32], content[32:]
    return code if hashlib.sha256(code).digest() == digest else None


def keep(path: Path, code: bytes) -> None:
    """Put a file into the cache folder, whole or not at all, also where two processes write it at once."""
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        with os.fdopen(descriptor, "wb") as file:
            file.write(hashlib.sha256(code).digest() + code)
        os.replace(temporary, path)
    except OSError as error:  # a full disk, say: this process has its machine code all the same
        print(f"chainrule: machine code cannot be kept in {path.parent} ({error})", file=sys.stderr)


@functools.cache
def cache_folder() -> Path:
    """The folder for machine code: $CHAINRULE_CACHE, the user's cache folder, or else one for this process."""
    wanted = os.environ.get("CHAINRULE_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "chainrule"
    try:
        folder = Path(wanted).expanduser()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except (OSError, RuntimeError):  # no home folder is a RuntimeError
        temporary = tempfile.mkdtemp(prefix="chainrule-")
        atexit.register(shutil.rmtree, temporary, ignore_errors=True)
        return Path(temporary)
