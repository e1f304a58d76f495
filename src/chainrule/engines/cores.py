"""How many threads compute at once."""

from __future__ import annotations

import multiprocessing
import os
import sys

from chainrule.arguments import as_count

__all__ = ["available_cores"]


def available_cores() -> int:
    """The cores that this thread may use, or what $CHAINRULE_NUM_THREADS says. It changes no bit of any result.

    Who shares a machine with others of its kind has its share: a task of a Dask worker one core, a process of joblib's
    or another pool what $OMP_NUM_THREADS says there.

    Raises:
        ValueError: $CHAINRULE_NUM_THREADS is no whole number of at least 1.
    """
    wanted = os.environ.get("CHAINRULE_NUM_THREADS")
    if wanted:
        if not wanted.isdecimal():
            raise ValueError(f"CHAINRULE_NUM_THREADS must be a whole number of at least 1, got {wanted!r}")
        return as_count("CHAINRULE_NUM_THREADS", int(wanted))
    if is_dask_task():
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = os.environ.get("OMP_NUM_THREADS", "")
    # Only of a pool's process: in the one that people began, Dask sets the variable for the workers that it starts.
    if multiprocessing.parent_process() is not None and share.isdecimal():
        return max(1, min(cores, int(share)))
    return cores


def is_dask_task() -> bool:
    """Whether this thread is one of a Dask worker's, of which each does a task of its own."""
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return False
    try:
        distributed.get_worker()
    except ValueError:
        return False
    return True
