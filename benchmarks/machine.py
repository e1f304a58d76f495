"""What a result was measured on, and with."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["PACKAGES", "machine", "processor"]

PACKAGES = ("numpy", "llvmlite", "scikit-learn", "jax", "torch", "keras", "joblib", "mlxtend", "distributed", "dask-ml")


def machine() -> dict[str, Any]:
    """The machine, and the version of all that takes part; None for what is not installed."""
    return {
        "machine": platform.machine(),
        "system": platform.system(),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
        "chainrule": metadata.version("chainrule"),
        "packages": {name: version(name) for name in PACKAGES},
    }


def version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def processor() -> str:
    """What the processor calls itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
