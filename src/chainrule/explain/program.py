"""A learner's file: read in a process of its own, with a time limit, so that nothing it does can stop the verdict.

`diagnose_file` starts the process; `python -m chainrule.explain.program FILE RESULT` is what runs in it.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from chainrule.explain.diagnosis import Diagnosis

__all__ = ["diagnose_file", "names_of"]

FUNCTIONS = {
    "gradients": ("gradients", "gradient", "compute_gradients", "backward", "backprop", "backpropagate", "grad"),
    **{name: (name,) for name in ("step", "loss", "predict", "accuracy", "numerical_gradients")},
}
SETTINGS = {
    "sizes": "SIZES",
    "hidden": "HIDDEN",
    "output": "OUTPUT",
    "trained_on": "LOSS",
    "optimizer": "OPTIMIZER",
}
HOW = (
    "name a function gradients(weights, biases, X, y) that returns (grad_weights, grad_biases), "
    "or step, loss, predict; see docs/diagnose.md"
)


def diagnose_file(path: str | Path, *, time_limit: float = 60.0) -> Diagnosis:
    """The diagnosis of the functions and settings that a file names.

    Raises:
        ValueError: the file cannot be read or asked, or takes too long; the message says what to do.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"there is no file {path}; pass the path of a Python file")
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, "-m", "chainrule.explain.program", str(path), str(result)]
        environment = {**os.environ, "MPLBACKEND": "Agg"}  # no window waits to be closed
        try:
            ended = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=time_limit,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ValueError(
                f"{path} did not end within {time_limit:g} s: it hangs, or trains when it is imported; put what trains "
                "under `if __name__ == '__main__':`, or give it longer with --time-limit"
            ) from None
        if not result.exists():
            raise ValueError(f"{path} ended its process (exit code {ended.returncode}); take out what exits")
        answer = json.loads(result.read_text(encoding="utf-8"))
    if "refused" in answer:
        raise ValueError(answer["refused"])
    return Diagnosis.from_json(answer)


def names_of(module: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `diagnose_code` that a file's names give.

    >>> sorted(names_of({"backward": print, "SIZES": [2, 1], "other": 1}))
    ['gradients', 'sizes']
    """
    found = {
        name: module[called]
        for name, known in FUNCTIONS.items()
        for called in reversed(known)  # the first that is there wins
        if callable(module.get(called))
    }
    return found | {name: module[constant] for name, constant in SETTINGS.items() if constant in module}


def answer(path: Path) -> dict[str, Any]:
    """The diagnosis of a file as plain values, or why there is none."""
    from chainrule.explain.diagnose_code import diagnose_code

    sys.path.insert(0, str(path.parent))
    try:
        module = runpy.run_path(str(path), run_name="diagnosed")
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        return {"refused": f"{path} fails to import: {said(error, path)}"}
    given = names_of(module)
    if not set(given) & set(FUNCTIONS):
        return {"refused": f"{path} has nothing to ask: {HOW}"}
    try:
        return diagnose_code(**given).to_json()
    except (ValueError, TypeError, ArithmeticError) as error:
        return {"refused": f"{path}: {error}"}
    except Exception as error:
        return {"refused": f"{path} could not be asked: {said(error, path)}"}


def said(error: BaseException, path: Path) -> str:
    """An exception in one line, with the last line of the file that it came from."""
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg} (line {error.lineno})"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == path]
    at = f" (line {lines[-1]})" if lines else ""
    text = str(error).partition("\n")[0]
    return f"{type(error).__name__}{': ' if text else ''}{text}{at}"


if __name__ == "__main__":
    file, result_file = Path(sys.argv[1]), Path(sys.argv[2])
    made = answer(file)
    result_file.write_text(json.dumps(made), encoding="utf-8")
