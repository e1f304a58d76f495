"""`chainrule train`: from a table to the folder of a run."""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.tables.terminal import say, show_outcome

if TYPE_CHECKING:
    from rich.console import Console

    from chainrule.tables.outcome import Outcome
    from chainrule.tables.settings import Settings

__all__ = ["train"]


@click.command()
@click.argument("data", metavar="DATA...")
@click.argument("more", nargs=-1, metavar="")
@click.option("--target", required=True, help="The column to predict.")
@click.option("--task", type=click.Choice(["auto", "classification", "regression"]), default="auto", show_default=True)
@click.option(
    "--layers", default="32-16", show_default=True, metavar="32-16", help="Units of the hidden layers, or none."
)
@click.option("--activation", default="relu", show_default=True, help="Of the hidden layers.")
@click.option("--epochs", type=click.IntRange(min=1), default=200, show_default=True, help="At most so many.")
@click.option(
    "--batch-size", type=click.IntRange(min=1), default=None, help="Samples a step.  [default: 32; 200 or 1000 of many]"
)
@click.option(
    "--learning-rate", type=click.FloatRange(min=0, min_open=True), default=None, help="[default: the optimizer's own]"
)
@click.option("--optimizer", default="adam", show_default=True, help="Update rule.")
@click.option("--dropout", type=click.FloatRange(0, 1, max_open=True), default=0.0, show_default=True)
@click.option("--l2", type=click.FloatRange(min=0), default=0.0, show_default=True, help="Penalty ½ l2 Σ w².")
@click.option(
    "--validation",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.2,
    show_default=True,
    help="Share of the rows that are held out.",
)
@click.option(
    "--patience", type=click.IntRange(min=1), default=20, show_default=True, help="Epochs without improvement to wait."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the split, weights and batches."
)
@click.option("--engine", type=click.Choice(["auto", "numpy", "compiled", "reference"]), default="auto")
@click.option("--dtype", type=click.Choice(["auto", "float64", "float32"]), default="auto", help="Of all arithmetic.")
@click.option("--drop", multiple=True, metavar="COLUMN", help="A column to leave out; once for each.")
@click.option("--delimiter", default="", help="Of a text file: one character, or tab.  [default: guessed]")
@click.option(
    "--dask", default=None, metavar="ADDRESS", help="Workers that read and compute: local, tcp://… or tls://…"
)
@click.option("--checkpoint-every", type=click.IntRange(min=0), default=10, show_default=True, help="Epochs; 0: never.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoints in the output folder.")
@click.option("--force", is_flag=True, help="Replace a former run in the output folder.")
@click.option("--json", "as_json", is_flag=True, help="Print what metrics.json holds and nothing else.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("run"), show_default=True)
def train(
    data: str,
    more: tuple[str, ...],
    layers: str,
    drop: tuple[str, ...],
    delimiter: str,
    dask: str | None,
    checkpoint_every: int,
    resume: bool,
    force: bool,
    as_json: bool,
    output: Path,
    **options: Any,
) -> int:
    """Train a network on the table DATA (CSV, TSV, Parquet, JSON lines, .npz, or - for standard input).

    A folder of Parquet files, several of them, or a large one are never read as a whole; with --dask the workers of a
    cluster read them.

    Writes model.safetensors, metrics.json, run.json and index.html into the output folder. Ctrl-C ends the training and
    keeps the best so far.
    """
    from rich.console import Console

    from chainrule.tables import run_folder
    from chainrule.tables.settings import Settings

    settings = Settings(layers=sizes(layers), drop=drop, delimiter=one_character(delimiter), **options)
    run_folder.require_free(output, force=force, resume=resume)
    console = Console(quiet=as_json, stderr=False)
    existed = output.exists()
    try:
        outcome = trained([data, *more], settings, output, console, every=checkpoint_every, resume=resume, dask=dask)
    except (ValueError, ArithmeticError, OSError, KeyboardInterrupt, click.Abort) as error:
        if not existed:  # what was asked cannot be done, or was given up before it began: nothing is left of it
            run_folder.remove_begun(output, keep_checkpoints=not isinstance(error, ValueError | ArithmeticError))
        raise
    if as_json:
        click.echo(json.dumps(outcome.to_json(), indent=2, allow_nan=False, ensure_ascii=False))
    else:
        show_outcome(outcome, output, console)
    return 0


def trained(
    data: Sequence[str],
    settings: Settings,
    output: Path,
    console: Console,
    *,
    every: int,
    resume: bool,
    dask: str | None,
) -> Outcome:
    """Read, train, judge and write."""
    from chainrule.scale.cluster import joined
    from chainrule.tables import beginning, keeping, run_folder, training
    from chainrule.tables.streamed.source import streams
    from chainrule.tables.watching import Watching

    streaming = streams(data, on_dask=dask is not None)
    with nullcontext(None) if dask is None else joined(dask) as client:
        if streaming:
            begun = beginning.streamed(data, settings, output, console, resume=resume, client=client)
        else:
            begun = beginning.in_memory(data[0], settings, output, console, resume=resume)
        prepared, settings = begun.prepared, begun.settings
        run_folder.claim(output, resume=resume)
        checkpoints = output / run_folder.CHECKPOINTS if every else None
        if checkpoints is not None:
            run_folder.begin(output, settings, begun.sha256)
        again = busy("reading again, as the network takes it", console, silent=begun.quick) if streaming else None
        watching = Watching(prepared, settings.epochs, console, again)
        keep: dict[str, Any] = {"checkpoints": checkpoints, "every": every or 1, "resume": resume}
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_, **__: say("training", [str(message)])
            try:
                fitted = training.fit(prepared, settings, watchers=[watching], backend=client, **keep)
            finally:
                watching.close()
    history = fitted[1]
    if not history.loss:
        raise click.Abort
    if history.stopped_by == "interrupt":
        click.echo("chainrule: interrupted; the best so far is kept", err=True)
    with busy("judging", console, silent=begun.quick):
        outcome, run = keeping.judged(
            fitted, prepared, settings, data=data, sha256=begun.sha256, rows=begun.rows, output=output
        )
    keeping.write(output, outcome, run)
    return outcome


def is_terminal() -> bool:
    """Whether a person is there who could answer."""
    return sys.stdin.isatty()


def busy(what: str, console: Console, *, silent: bool) -> AbstractContextManager[object]:
    """Say what is being done: a sign of life on a terminal, elsewhere a line."""
    if console.is_terminal:
        return console.status(f"{what} …")
    if not silent:
        console.print(f"{what} …", highlight=False)
    return nullcontext()


def is_quick(data: str) -> bool:
    """Whether a file is read before anybody could wonder."""
    path = Path(data)
    return data != "-" and path.exists() and path.stat().st_size < 10_000_000


def sizes(text: str) -> tuple[int, ...]:
    """Units of the hidden layers.

    Raises:
        ValueError: it is no such text.

    >>> sizes("32-16"), sizes("none")
    ((32, 16), ())
    """
    if text == "none":
        return ()
    if not re.fullmatch(r"\d{1,6}(-\d{1,6})*", text) or "0" in text.split("-"):
        raise ValueError(f"--layers must be such as 32-16, or none, got {text!r}")
    return tuple(map(int, text.split("-")))


def one_character(text: str) -> str:
    r"""A delimiter as it is meant.

    Raises:
        ValueError: it is more than a character, or one that no file is separated by.

    >>> one_character("tab"), one_character(";")
    ('\t', ';')
    """
    meant = {"tab": "\t", r"\t": "\t", "space": " ", "comma": ",", "semicolon": ";"}.get(text, text)
    if len(meant) > 1 or meant in ('"', "\n", "\r") or not meant.isascii():
        raise ValueError(f"--delimiter must be one character, or tab, got {text!r}")
    return meant
