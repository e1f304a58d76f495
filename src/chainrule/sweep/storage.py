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

NAME = "chainrule sweep"
"""Of the study in the file."""
TABLES = ("studies", "study", "trial", "version_info", "alembic_version", "sqlite")
"""How the names of Optuna's tables begin, and those of SQLite's own."""
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
        tables = {name for (name,) in selected(path, "select name from sqlite_master where type = 'table'")}
        studies = (
            {name for (name,) in selected(path, "select study_name from studies")} if "studies" in tables else set()
        )
    except sqlite3.Error as error:
        raise ValueError(f"{str(path)!r} cannot be read as a search ({error}); name another --storage") from None
    is_begun = not studies and all(name.startswith(TABLES) for name in tables)  # a kill may come as early as that
    if NAME not in studies and not is_begun:
        found = f"the Optuna studies {', '.join(map(repr, sorted(studies)))}" if studies else "other things"
        raise ValueError(f"{str(path)!r} holds {found} and no chainrule sweep; name another --storage")


def has_finished(path: Path) -> bool:
    """Whether the file holds a trial that is done."""
    try:
        return bool(selected(path, "select 1 from trials where state in ('COMPLETE', 'PRUNED') limit 1"))
    except sqlite3.Error:
        return False


def selected(path: Path, query: str) -> list[tuple[Any, ...]]:
    """What the database answers.

    Raises:
        sqlite3.Error: it is none, or has no such table.
    """
    # Not opened to read only: SQLite would leave files of its own beside it.
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as database:
        return database.execute(query).fetchall()


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


class Connection(sqlite3.Connection):
    """Writes ahead: a kill loses nothing, a power cut at most the last trials, and nothing waits for the disk."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.execute("pragma journal_mode=wal")
        self.execute("pragma synchronous=normal")


@contextmanager
def opened(path: Path, about: Mapping[str, Any]) -> Iterator[Study]:
    """The search in this file, which is begun if it is not there.

    Args:
        path: the file; `require_storage` has seen it.
        about: what is searched, in which data: by name, and as JSON has it.

    Raises:
        ValueError: it is a search for something else, and the message names every difference; or it cannot be used.
    """
    from sqlalchemy.exc import SQLAlchemyError

    is_new = not path.exists()
    try:
        address = f"sqlite:///{path}".replace("{", "{{").replace("}", "}}")  # Optuna fills in what stands in braces
        storage = optuna().storages.RDBStorage(address, engine_kwargs={"connect_args": {"factory": Connection}})
        study: Study = optuna().create_study(storage=storage, study_name=NAME, load_if_exists=True)
        if ABOUT not in study.user_attrs and not study.trials:
            study.set_user_attr(ABOUT, dict(about))
    except (SQLAlchemyError, sqlite3.Error, optuna().exceptions.OptunaError, RuntimeError) as error:
        if is_new:
            path.unlink(missing_ok=True)
        why = str(error.__cause__ or error).splitlines()[0]
        raise ValueError(f"{str(path)!r} cannot be used ({why:.200}); name another --storage") from None
    try:
        require_same(path, study.user_attrs.get(ABOUT), about)
        yield study
    finally:
        storage.remove_session()
        storage.engine.dispose()


def require_same(path: Path, before: Any, about: Mapping[str, Any]) -> None:
    """Raise unless what was searched before is what is searched now.

    Raises:
        ValueError: it is not; the message names every difference.
    """
    if not isinstance(before, dict):
        raise ValueError(f"{str(path)!r} does not say what it is a search for; name another --storage")
    now, then = flat(about), flat(before)
    differing = [
        f"{name} is {now.get(name)!r} now and was {then.get(name)!r}"
        for name in {**now, **then}
        if name != "sha256" and now.get(name) != then.get(name)
    ]
    if before.get("sha256") != about["sha256"]:
        differing.append("the data file has other bytes")
    if differing:
        raise ValueError(
            f"the search in {str(path)!r} was another one: {'; '.join(differing)}; pass what it was begun with, or "
            "begin a new one with another -o or --storage"
        )


def flat(about: Mapping[str, Any]) -> dict[str, Any]:
    """What is searched, each setting of the space by itself."""
    space = about.get("space", {})
    return {name: value for name, value in about.items() if name != "space"} | {
        f"{name} in the space": value for name, value in space.items()
    }
