"""How many threads compute at once."""

from __future__ import annotations

import os

from chainrule.arguments import as_count

__all__ = ["available_cores"]


def available_cores() -> int:
    """The cores that this process may use, or what $CHAINRULE_NUM_THREADS says. It changes no bit of any result.

    Raises:
        ValueError: $CHAINRULE_NUM_THREADS is no whole number of at least 1.
    """
    wanted = os.environ.get("CHAINRULE_NUM_THREADS")
    if wanted:
        if not wanted.isdecimal():
            raise ValueError(f"CHAINRULE_NUM_THREADS must be a whole number of at least 1, got {wanted!r}")
        return as_count("CHAINRULE_NUM_THREADS", int(wanted))
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
