"""How long a person waits for the first result: whole processes, from the command to its end, each run alone."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import chainrule

from . import isolate
from .small_fits import OURS, PEERS
from .steps import first_line, spread

__all__ = ["installed_megabytes", "measure"]

DISTRIBUTIONS = {
    "chainrule": "chainrule",
    "scikit-learn": "scikit-learn",
    "JAX": "jax",
    "PyTorch": "torch",
    "Keras, without a backend": "keras",
}


def measure(*, quick: bool, repeats: int) -> dict[str, Any]:
    """Seconds of every process, and what is installed."""
    times = 1 if quick else min(repeats, 5)
    rows: dict[str, Any] = {}

    def look(name: str, code: str, *, fresh: bool = False, times: int = times) -> None:
        try:
            rows[name] = spread([of_process(["-c", code], fresh=fresh) for _ in range(times)])
        except RuntimeError as error:
            rows[name] = {"failed": first_line(error)}

    look("Python alone", "pass")
    look("NumPy: import", "import numpy")
    look("chainrule: import", "import chainrule; chainrule.Network")
    for engine in ("auto", "compiled", "numpy"):
        code = OURS.replace("ENGINE", engine)
        look(f"chainrule, {engine}: small fit, first on the machine", code, fresh=True, times=min(times, 3))
        look(f"chainrule, {engine}: small fit", code)
    for name, (module, code) in PEERS.items():
        if importlib.util.find_spec(module.split(".")[0]) is None:
            rows[f"{name}: import"] = {"skipped": f"{module.split('.')[0]} not installed"}
        elif not (quick and name == "Keras"):
            look(f"{name}: import", f"import {module}")
            look(f"{name}: small fit", code, times=1 if name == "Keras" else times)
    return {
        "seconds": rows,
        "reproduce": reproduce(1 if quick else 3),
        "installed_megabytes": {name: installed_megabytes(package) for name, package in DISTRIBUTIONS.items()},
    }


def of_process(arguments: list[str], *, fresh: bool = False, cache: str | None = None) -> float:
    """Seconds of a whole Python process, with an empty cache of kernels if it is to be fresh."""
    with tempfile.TemporaryDirectory(prefix="chainrule-bench-") as folder:
        wanted = folder if fresh else cache
        variables = {**os.environ, **({"CHAINRULE_CACHE": wanted} if wanted else {})}
        begun = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *arguments], env=variables, capture_output=True, text=True, cwd=folder, check=False
        )
        seconds = time.perf_counter() - begun
    if done.returncode:
        raise RuntimeError((done.stderr.strip() or f"ended with code {done.returncode}").splitlines()[-1])
    return seconds


def reproduce(times: int) -> dict[str, Any]:
    """Seconds of `chainrule reproduce`: the whole command, pages and figures with it, and the training in it."""
    with tempfile.TemporaryDirectory(prefix="chainrule-bench-") as folder:
        command = ["-m", "chainrule", "reproduce", "-o", str(Path(folder) / "out")]
        cache = str(Path(folder) / "cache")
        try:
            first = of_process(command, cache=cache)
            runs = [(of_process(command, cache=cache), training(Path(folder))) for _ in range(times)]
        except RuntimeError as error:
            return {"failed": first_line(error)}
    again, trained = zip(*runs, strict=True)
    return {"first": first, "again": spread(again), "training": spread(trained), "megabytes": reproduce_memory()}


def training(folder: Path) -> float:
    """Seconds that the last reproduction trained its two networks, by its own account."""
    results = json.loads((folder / "out" / "results.json").read_text(encoding="utf-8"))
    return float(sum(experiment["seconds"] for experiment in results["experiments"].values()))


def reproduce_memory() -> float:
    """The most memory, MB, of a process that trains the XOR job for its 100,000 epochs."""
    return float(isolate.call("first_result:xor_memory", {}, threads=1))


def xor_memory() -> float:
    """The same, in that process."""
    X, y = chainrule.datasets.xor()
    chainrule.Network([2, 3, 3, 1], seed=0).fit(
        X, y, optimizer=chainrule.SGD(0.3, momentum=0.5), epochs=100_000, verbose=0
    )
    return isolate.peak_megabytes()


def installed_megabytes(package: str) -> float | None:
    """What a package and all that it requires take on disk, MB; None if it is not installed."""
    from packaging.requirements import Requirement

    todo, seen, total = [package], set(), 0
    while todo:
        name = todo.pop().lower().replace("_", "-")
        if name in seen:
            continue
        seen.add(name)
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            if name == package:
                return None
            continue
        files = [Path(str(found.locate_file(file))) for file in found.files or ()]
        if name == "chainrule":  # where it is installed editable, its files are elsewhere
            files = [path for path in Path(chainrule.__file__).parent.rglob("*") if path.suffix != ".pyc"]
        total += sum(path.stat().st_size for path in files if path.is_file())
        wanted = (Requirement(text) for text in found.requires or ())
        todo += [want.name for want in wanted if want.marker is None or want.marker.evaluate({"extra": ""})]
    return total / 1e6
