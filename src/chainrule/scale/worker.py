"""What a worker of a cluster that was started here does first: it leaves Ctrl-C to the process that started it.

A terminal sends Ctrl-C to all processes of a command; the client keeps what is completed, if the workers live on.
"""

from __future__ import annotations

import signal
from typing import Any

__all__ = ["dask_setup"]


def dask_setup(worker: Any) -> None:
    """Called by Dask in a worker's main thread as it starts."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
