"""The folder of a run: what stands in it, when it may be written, and what it takes to run again."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import platform
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import chainrule
from chainrule.experiments import folder
from chainrule.tables.columns import Column
from chainrule.tables.model import MODEL
from chainrule.tables.settings import Settings

__all__ = [
    "CHECKPOINTS",
    "METRICS",
    "PAGE",
    "RUN",
    "begin",
    "claim",
    "record",
    "remove_begun",
    "require_free",
    "require_same",
    "versions",
]

METRICS, PAGE, RUN, CHECKPOINTS = "metrics.json", "index.html", "run.json", "checkpoints"
PACKAGES = ("numpy", "scipy", "scikit-learn", "pandas", "pyarrow", "llvmlite")


def require_free(output: Path, *, force: bool, resume: bool) -> None:
    """Raise unless the run may be written there: a folder with anything in it, a former run too, needs --force.

    Raises:
        OSError: it may not; the message says what to do.
    """
    if output.exists() and not output.is_dir():
        raise NotADirectoryError(f"{str(output)!r} is a file; name a folder with -o")
    if force or not output.is_dir() or not any(output.iterdir()):
        return
    is_run = (output / MODEL).exists() or (output / CHECKPOINTS).is_dir()
    if resume and is_run:
        return
    what = "holds a former run" if is_run else "exists and is not empty"
    also = ", --resume to go on with it" if is_run else ""
    raise FileExistsError(
        f"the folder {str(output)!r} {what}; name another one with -o, or pass --force to replace the files of a run "
        f"in it{also}"
    )


def claim(output: Path, *, resume: bool) -> None:
    """Make the folder, see whether files can be written, and take away the checkpoints of another run.

    Raises:
        OSError: it cannot be written; the message says what to do.
    """
    folder.prepare(output)
    if not resume and (output / CHECKPOINTS).is_dir():
        for kept in [*(output / CHECKPOINTS).glob("epoch-*.safetensors"), output / CHECKPOINTS / RUN]:
            kept.unlink(missing_ok=True)


def begin(output: Path, settings: Settings, sha256: str) -> None:
    """Note beside the checkpoints what the run is.

    Raises:
        OSError: it cannot be written.
    """
    (output / CHECKPOINTS).mkdir(exist_ok=True)
    text = json.dumps({"settings": settings.to_json(), "sha256": sha256}, indent=1, ensure_ascii=False) + "\n"
    folder.write(output / CHECKPOINTS, {RUN: text})


def remove_begun(output: Path, *, keep_checkpoints: bool) -> None:
    """Take away a folder that holds nothing but checkpoints; none at all, where those are to be kept."""
    begun = output.is_dir() and {path.name for path in output.iterdir()} <= {CHECKPOINTS}
    if begun and not (keep_checkpoints and any((output / CHECKPOINTS).glob("epoch-*"))):
        shutil.rmtree(output)


def require_same(output: Path, settings: Settings, sha256: str) -> None:
    """Raise unless the checkpoints are of a run with these settings and this file.

    Raises:
        ValueError: they are not, or there are none; the message names every difference.
    """
    noted = output / CHECKPOINTS / RUN
    if not noted.exists():
        raise ValueError(f"{str(output)!r} holds no checkpoints to resume from; leave out --resume to begin a run")
    try:
        kept = json.loads(noted.read_text(encoding="utf-8"))
        differing = settings.differences(kept["settings"])
        if kept["sha256"] != sha256:
            differing.append("the data file has other bytes")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(f"{noted} is damaged; begin a new run without --resume") from None
    if differing:
        raise ValueError(
            f"the run in {str(output)!r} was another one: {'; '.join(differing)}; pass what it was begun with, or "
            "begin a new run with another -o"
        )


def record(
    *,
    settings: Settings,
    data: str,
    sha256: str,
    rows: int,
    columns: Sequence[Column],
    command: Sequence[str],
    used: Mapping[str, Any],
) -> dict[str, Any]:
    """What run.json holds: all that it takes to run again.

    Args:
        settings: as asked for.
        data: the file, as it was named.
        sha256: of its bytes.
        rows: how many there are.
        columns: what its columns were taken for.
        command: the words of the command line.
        used: what was decided on the way: engine, dtype, batch size, how many rows were held out.
    """
    return {
        "command": list(command),
        "settings": settings.to_json(),
        "data": {"file": data, "sha256": sha256, "rows": rows},
        "columns": [vars(column) for column in columns],
        "used": dict(used),
        "versions": versions(),
        "created": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    }


def versions() -> dict[str, str]:
    """The versions of all that took part."""
    found = {"chainrule": chainrule.__version__, "python": platform.python_version()}
    for package in PACKAGES:
        found[package] = importlib.metadata.version(package)
    return found
