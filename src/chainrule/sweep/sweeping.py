"""A sweep, from the first look at what was asked to the trained best."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from chainrule.experiments import folder
from chainrule.sweep import finishing, storage
from chainrule.sweep import space as of_space
from chainrule.sweep.asked import STUDY, Asked
from chainrule.sweep.here import Here
from chainrule.sweep.optuna_parts import Sampling, optuna
from chainrule.sweep.result import row_of
from chainrule.sweep.search import Place, Search
from chainrule.sweep.watching import Watching
from chainrule.tables import run_folder, scores, terminal, training
from chainrule.tables.reading import Table, read
from chainrule.tables.train_command import busy, is_quick, is_terminal

if TYPE_CHECKING:
    from rich.console import Console

    from chainrule.tables.training import Prepared

__all__ = ["swept"]

TRIALS = 50


def swept(asked: Asked, console: Console) -> dict[str, Any]:
    """Search, train the best, and write; what sweep.json holds.

    Raises:
        ValueError, OSError, ImportError: it cannot be done as it was asked; nothing is left of it.
        click.ClickException: Ctrl-C came too early, or no trial was completed.
    """
    if asked.common.validation == 0:
        raise ValueError("trials are judged on rows that are held out; --validation must be above 0")
    space = of_space.read(asked.space)
    sampling = Sampling(asked.sampler, space, asked.common.seed)
    trials = min(asked.trials or sampling.points, sampling.points) if sampling.grid else asked.trials or TRIALS
    require_free(asked)
    table, asked, prepared = data_of(asked, console)
    source = {"data": asked.data, "sha256": table.sha256, "rows": len(table.frame)}
    del table  # its memory is needed
    about = {
        **asked.data_settings,
        "space": space.to_json(),
        "sampler": asked.sampler,
        "pruner": asked.pruner,
        "sha256": source["sha256"],
    }
    with (
        place_of(asked, prepared, console) as place,
        begun(asked),
        storage.opened(asked.kept_in, about) as study,
    ):
        search = Search(study, sampling, asked.pruner, space, asked.common)
        interrupted = searched(search, trials, place, prepared, console)
        finish = finishing.Finish(asked, search, prepared, source, interrupted=interrupted)
        return finish.written(console)


def require_free(asked: Asked) -> None:
    """Raise unless the folder may be written, and the storage gone on with or begun.

    Raises:
        OSError, ValueError: it may not; the message says what to do.
    """
    output, kept_in = asked.output, asked.kept_in
    was_killed = output.is_dir() and all(path.name.startswith(STUDY) for path in output.iterdir())
    goes_on = kept_in.exists() and ((output / STUDY).exists() or finishing.is_of(output, kept_in))
    run_folder.require_free(output, force=asked.force or was_killed or goes_on, resume=False)
    if asked.storage is not None or kept_in.exists():
        storage.require_storage(kept_in)


def data_of(asked: Asked, console: Console) -> tuple[Table, Asked, Prepared]:
    """The table, what was asked with its task, and the arrays."""
    started = time.perf_counter()
    with busy(f"reading {asked.data}", console, silent=is_quick(asked.data)):
        table = read(asked.data, delimiter=asked.common.delimiter or None)
    ask = terminal.asked if is_terminal() and asked.data != "-" else None
    columns, target = training.understood(table, asked.common, ask)
    asked = replace(asked, common=replace(asked.common, task=target.task))
    terminal.show_table(table, columns, target, time.perf_counter() - started, console)
    terminal.say(table.name, table.notes)
    with busy("preparing", console, silent=is_quick(asked.data)):
        return table, asked, training.prepare(table, columns, target, asked.common)


@contextmanager
def place_of(asked: Asked, prepared: Prepared, console: Console) -> Iterator[Place]:
    """Where trials are run; a cluster is left again."""
    if asked.dask is None:
        yield Here(prepared)
        return
    from chainrule.scale.cluster import joined
    from chainrule.sweep.cluster import Cluster

    console.print("starting a Dask cluster …" if asked.dask == "local" else f"joining {asked.dask} …", style="dim")
    with joined(asked.dask) as client:
        place = Cluster(client, prepared)
        console.print(f"{place.room()} trials at once", highlight=False)
        try:
            yield place
        finally:
            place.close()


@contextmanager
def begun(asked: Asked) -> Iterator[None]:
    """The folder and the storage are ours; where no trial was finished, what is new of them is taken away again.

    Raises:
        OSError: they cannot be written, or somebody else has them.
    """
    output, kept_in = asked.output, asked.kept_in
    had_output, had_storage = output.exists(), kept_in.exists()
    folder.prepare(output)
    try:
        with storage.held(kept_in):
            try:
                yield
            except optuna().exceptions.StorageInternalError as error:
                why = str(error.__cause__ or error).splitlines()[0]
                raise OSError(f"{str(kept_in)!r} failed ({why}); the finished trials in it are kept") from None
    except BaseException:
        if not had_storage and not storage.has_finished(kept_in):
            kept_in.unlink(missing_ok=True)
        if not had_output and not any(output.iterdir()):
            output.rmdir()
        raise


def searched(search: Search, trials: int, place: Place, prepared: Prepared, console: Console) -> bool:
    """Run the search and show it; whether Ctrl-C ended it."""
    before = [row_of(trial) for trial in search.finished()]
    score = scores.MAIN[prepared.preprocessing.target.task]
    try:
        with Watching(console, trials, before, score) as watching:
            interrupted = search.run(trials, place, lambda trial: watching.finished(row_of(trial)))
    except KeyboardInterrupt:
        raise finishing.stopped("the finished trials are kept, and the same command goes on") from None
    if interrupted and search.finished():
        click.echo("chainrule: interrupted; what is done is kept, and the same command goes on", err=True)
    return interrupted
