"""The file of a search: a SQLite database that Optuna writes, and who may go on with it."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.sweep.optuna_parts import optuna

if TYPE_CHECKING:
    from optuna import Study

__all__ = ["has_finished", "held", "opened", "require_storage"]

STUDY = "chainrule sweep"
ABOUT = "about"
"""The attribute of the study that says what is searched, in which data."""


def require_storage(path: Path) -> None:
    """Raise unless a search can be kept in this file, or is kept there.

    Raises:
        OSError: it is a folder, or one that is not there would hold it.
        ValueError: it is another file; the message says what to do.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{str(path)!r} is a folder; name a file in it with --storage")
    if not path.exists():
        if not path.parent.is_dir():
            raise FileNotFoundError(f"{str(path.parent)!r} is no folder; --storage must name a file in one")
        return
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            tables = {name for (name,) in database.execute("select name from sqlite_master")}
            studies = (
                {name for (name,) in database.execute("select study_name from studies")} if "studies" in tables else ()
            )
    except sqlite3.Error as error:
        raise ValueError(f"{str(path)!r} cannot be read as a search ({error}); name another --storage") from None
    if STUDY not in studies:
        found = f"the Optuna studies {', '.join(map(repr, sorted(studies)))}" if studies else "other things"
        raise ValueError(f"{str(path)!r} holds {found} and no chainrule sweep; name another --storage")


def has_finished(path: Path) -> bool:
    """Whether the file holds a trial that is done."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            done = database.execute("select count(*) from trials where state in ('COMPLETE', 'PRUNED')").fetchone()[0]
            return bool(done)
    except sqlite3.Error:
        return False


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Nobody else goes on with the search in this file meanwhile; the system ends that with the process.

    Raises:
        OSError: somebody else has it.
    """
    lock = path.with_name(f"{path.name}.lock")
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not lock.exists() or not os.path.samestat(os.fstat(file.fileno()), lock.stat()):
                raise BlockingIOError  # somebody let go of the file just now, and another made one
        except BlockingIOError:
            raise BlockingIOError(
                f"another chainrule sweep is at work with {str(path)!r}; wait for it, or name another --storage"
            ) from None
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def opened(path: Path, about: Mapping[str, Any]) -> Study:
    """The search in this file, which is begun if it is not there.

    Args:
        path: the file; `require_storage` has seen it.
        about: what is searched, in which data: by name, and as JSON has it.

    Raises:
        ValueError: it is a search for something else, and the message names every difference; or it is damaged.
        OSError: it cannot be written.
    """
    from sqlalchemy.exc import SQLAlchemyError

    is_new = not path.exists()
    try:
        storage = optuna().storages.RDBStorage(f"sqlite:///{path}".replace("{", "{{").replace("}", "}}"))
        study: Study = optuna().create_study(storage=storage, study_name=STUDY, load_if_exists=True)
        before = study.user_attrs.get(ABOUT)
        if before is None and not study.trials:
            study.set_user_attr(ABOUT, dict(about))
            return study
    except (SQLAlchemyError, optuna().exceptions.OptunaError, RuntimeError) as error:
        if is_new:
            path.unlink(missing_ok=True)
        raise ValueError(
            f"{str(path)!r} cannot be used ({str(error).splitlines()[0][:200]}); name another --storage"
        ) from None
    if not isinstance(before, dict):
        raise ValueError(f"{str(path)!r} does not say what it is a search for; name another --storage")
    differing = [
        f"{name.replace('_', ' ')} is {about.get(name)!r} now and was {before.get(name)!r}"
        for name in {**about, **before}
        if name != "sha256" and about.get(name) != before.get(name)
    ]
    if before.get("sha256") != about["sha256"]:
        differing.append("the data file has other bytes")
    if differing:
        raise ValueError(
            f"the search in {str(path)!r} was another one: {'; '.join(differing)}; pass what it was begun with, or "
            "begin a new one with another -o or --storage"
        )
    return study
