"""Runs a function of this package in a process of its own, on so many cores and threads.

Libraries read how many threads to start when they are imported, so it must be said before; and no setting but the
cores that the process may use binds every one of them.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["FailedError", "call", "environment", "peak_megabytes", "without_folders"]

TIMEOUT = 1200.0
PARENT = Path(__file__).parents[__name__.count(".")]


class FailedError(RuntimeError):
    """The process ended without a result; the message is the last line that it said."""


def call(function: str, payload: Mapping[str, Any], *, threads: int, variables: Mapping[str, str] | None = None) -> Any:
    """What the function, "module:name", gives for these keyword arguments; both must fit into JSON.

    Raises:
        FailedError: it raised, or took too long.
    """
    with tempfile.TemporaryDirectory(prefix="chainrule-bench-") as folder:
        answer = Path(folder) / "answer.json"
        command = [sys.executable, "-m", __name__, function, str(threads), str(answer)]
        try:
            done = subprocess.run(
                command,
                input=json.dumps(payload),
                env={**environment(threads), **(variables or {})},
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise FailedError(f"no result within {TIMEOUT:.0f} s") from None
        if done.returncode or not answer.exists():
            said = done.stderr.strip().splitlines()
            raise FailedError(without_folders(said[-1]) if said else f"the process ended with code {done.returncode}")
        return json.loads(answer.read_text(encoding="utf-8"))


def environment(threads: int) -> dict[str, str]:
    """This process's environment, with so many threads for every library that asks."""
    count = str(threads)
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "CHAINRULE_NUM_THREADS")
    xla = f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'} intra_op_parallelism_threads={count}"
    path = os.pathsep.join([str(PARENT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {
        **os.environ,
        **dict.fromkeys(names, count),
        "XLA_FLAGS": xla,
        "JAX_PLATFORMS": "cpu",
        "CUDA_VISIBLE_DEVICES": "",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TORCHINDUCTOR_COMPILE_THREADS": "1",
        "PYTHONPATH": path,
    }


def without_folders(text: str) -> str:
    """The text with every file's name in place of its whole path: results are published.

    >>> without_folders("cannot import name 'a' (/home/me/b.py)")
    "cannot import name 'a' (b.py)"
    """
    return re.sub(r"(?:[A-Za-z]:)?(?:[/\\\\][\w.+-]+)*[/\\\\]([\w.+-]+\.\w+)", r"\1", text)[:200]


def peak_megabytes() -> float:
    """The most memory that this process has held resident so far, MB (10⁶ bytes)."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6
    except (OSError, IndexError):  # not Linux; there, ru_maxrss would count what the parent held before this began
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main() -> None:
    """The other end of `call`."""
    function, threads, answer = sys.argv[1:]
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores[-int(threads) :])
    payload = json.load(sys.stdin)
    module, name = function.split(":")
    found = getattr(importlib.import_module(f".{module}", __package__), name)(**payload)
    Path(answer).write_text(json.dumps(found, allow_nan=False), encoding="utf-8")


if __name__ == "__main__":
    main()
