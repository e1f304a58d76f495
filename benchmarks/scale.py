"""Past one process: steps, networks and files on a Dask cluster of this machine, and what that says of larger ones."""

from __future__ import annotations

from typing import Any

from . import isolate
from .scale_model import fitted

__all__ = ["measure"]

PARTS = ("steps", "networks", "files", "deaths", "sweep")


def measure(*, quick: bool, repeats: int) -> dict[str, Any]:
    """Each part in a process of its own, and the model of a step that the first of them gives."""
    found: dict[str, Any] = {}
    for part in PARTS:
        payload = {"quick": quick, "repeats": min(repeats, 5)}
        try:
            found[part] = isolate.call(f"scale_{part}:measure", payload, threads=2)
        except isolate.FailedError as error:
            found[part] = {"failed": str(error)}
    if "failed" not in found["steps"]:
        found["model"] = fitted(found["steps"])
    return {"scale": found}
