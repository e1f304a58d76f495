"""The studies, a file each: the file's name is the study's, with hyphens."""

from __future__ import annotations

import pkgutil
from dataclasses import fields
from importlib import import_module
from typing import Any

from chainrule.arguments import unknown_name
from chainrule.experiments.study import Outcome, Study, Watch

__all__ = ["get", "names", "run", "study_class"]


def names() -> list[str]:
    """Every study.

    >>> "convergence" in names()
    True
    """
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def study_class(name: str) -> type[Study]:
    """The class of the study of that name.

    Raises:
        ValueError: there is none; the message has the nearest one.
    """
    if name not in names():
        raise ValueError(unknown_name("study", name, names()))
    import_module(f"{__name__}.{name.replace('-', '_')}")
    return Study.family[name]  # type: ignore[return-value]


def get(name: str, *, quick: bool = False, **settings: Any) -> Study:
    """The study of that name.

    Args:
        name: one of `names()`.
        quick: whether settings that are not given take their smaller values, which only show that everything runs.
        settings: by name; each study's `--help` lists its own.

    Raises:
        TypeError: the study has no such setting, or a setting is of the wrong kind.
        ValueError: there is no such study, or a setting is out of range.

    >>> get("convergence", quick=True).seeds < get("convergence").seeds
    True
    """
    smaller = {}
    if quick:
        declared = {field.name: field.metadata["quick"] for field in fields(study_class(name))}
        smaller = {name: value for name, value in declared.items() if value is not None}
    return study_class(name).get(name, **{**smaller, **settings})


def run(name: str, *, quick: bool = False, watch: Watch | None = None, **settings: Any) -> Outcome:
    """Run the study of that name: `run("convergence", seeds=100).save("folder")`.

    Args:
        name: one of `names()`.
        quick: as of `get`.
        watch: who is told how it goes; None tells nobody.
        settings: as of `get`.

    Raises:
        TypeError: as `get`.
        ValueError: as `get`.
        KeyboardInterrupt: Ctrl-C.
    """
    return get(name, quick=quick, **settings).run(watch)
