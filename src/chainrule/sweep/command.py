"""`chainrule sweep`: from a table and a space of settings to the folder of the best run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from chainrule.tables.train_command import one_character, train

__all__ = ["sweep"]

AS_OF_TRAIN = ("data", "target", "task", "validation", "engine", "dtype", "drop", "delimiter")
"""What both commands take, and take alike."""


@click.command()
@click.option(
    "--space",
    type=click.Path(path_type=Path),
    default=None,
    metavar="TOML",
    help="Ranges and choices of settings.  [default: a built-in space]",
)
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=None,
    help="So many in all, former calls' included.  [default: 50; of a grid all]",
)
@click.option("--sampler", type=click.Choice(["tpe", "random", "grid"]), default="tpe", show_default=True)
@click.option("--pruner", type=click.Choice(["median", "hyperband", "none"]), default="median", show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the search and each trial.")
@click.option("--dask", default=None, metavar="ADDRESS", help="Run on this Dask cluster: local, tcp://… or tls://…")
@click.option(
    "--storage",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FILE",
    help="Where trials are kept; it is gone on with.  [default: study.db in the output folder]",
)
@click.option("--force", is_flag=True, help="Replace a former run in the output folder.")
@click.option("--json", "as_json", is_flag=True, help="Print what sweep.json holds and nothing else.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("sweep"), show_default=True)
def sweep(as_json: bool, drop: tuple[str, ...], delimiter: str, seed: int, **options: Any) -> int:
    """Search for the settings of a network on the table DATA, and train the best.

    Writes what `chainrule train` writes of the best trial, sweep.json and sweep.html into the output folder. The same
    command goes on after whatever ended it; Ctrl-C ends the search and keeps what is done.
    """
    import json

    from rich.console import Console

    from chainrule.sweep.asked import Asked
    from chainrule.sweep.sweeping import swept
    from chainrule.tables.settings import Settings

    names = ("target", "task", "validation", "engine", "dtype")
    common = Settings(
        drop=drop, delimiter=one_character(delimiter), seed=seed, **{name: options.pop(name) for name in names}
    )
    told = swept(Asked(common=common, **options), Console(quiet=as_json))
    if as_json:
        click.echo(json.dumps(told, indent=2, allow_nan=False, ensure_ascii=False))
    return 0


sweep.params[:0] = [one for one in train.params if one.name in AS_OF_TRAIN]
