"""`chainrule predict`, `evaluate`, `export` and `show`: what is done with a run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chainrule.tables.terminal import say
from chainrule.tables.train_command import one_character

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.tables.reading import Table

__all__ = ["evaluate", "export", "predict", "show"]

DELIMITER = click.option("--delimiter", default="", help="Of a text file: one character, or tab.  [default: guessed]")


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("data")
@DELIMITER
@click.option("-o", "--output", type=click.Path(path_type=Path), default=None, help="CSV to write.  [default: print]")
def predict(run: Path, data: str, delimiter: str, output: Path | None) -> int:
    """Predict for every row of the table DATA with the model of RUN, a folder or a file.

    DATA may be a folder of Parquet files too. Columns are found by name. Prints CSV: the prediction, and of a
    classification the probability of each class.
    """
    from chainrule.tables import output as handing
    from chainrule.tables.chunks import chunks_of
    from chainrule.tables.model import load
    from chainrule.tables.noted import Noted
    from chainrule.tables.predictions import as_csv, header

    model = load(run)
    rows = chunks_of(data, model, delimiter=one_character(delimiter) or None)
    noted = Noted()

    def texts() -> Iterator[str]:
        nonlocal noted
        before = header(model)  # which is not written where the first row is already wrong
        for text, more in rows.each(lambda table: as_csv(model, table)):
            noted += more
            yield before + text
            before = ""

    handing.hand_out(texts(), output)
    say(rows.name, [*rows.notes, *noted.lines()])
    if output is not None:
        click.echo(f"{rows.n:,} predictions: {output}")
    return 0


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("data")
@DELIMITER
@click.option("--json", "as_json", is_flag=True, help="Print the metrics as JSON and nothing else.")
def evaluate(run: Path, data: str, delimiter: str, as_json: bool) -> int:
    """Compare the predictions for the table DATA, which has the target too, with what is true."""
    import numpy as np
    from rich.console import Console
    from rich.table import Table as RichTable

    from chainrule.tables import scores
    from chainrule.tables.chunks import chunks_of
    from chainrule.tables.model import load
    from chainrule.tables.noted import Noted

    model = load(run)
    target = model.preprocessing.target
    rows = chunks_of(data, model, delimiter=one_character(delimiter) or None)

    def judged(table: Table) -> tuple[Array, Array, Noted]:
        frame, noted = model.checked(table)
        return target.read(table), model.outputs(frame), noted

    y, outputs, noted = zip(*rows.each(judged), strict=True)
    say(rows.name, [*rows.notes, *sum(noted, Noted()).lines()])
    found = scores.measured(target, np.concatenate(y), np.concatenate(outputs))
    if as_json:
        click.echo(json.dumps(found, indent=2, allow_nan=False))
        return 0
    shown = RichTable(box=None, padding=(0, 2, 0, 0), show_header=False)
    for name, value in found.items():
        if name != "confusion":
            shown.add_row(name.replace("_", " "), "–" if value is None else f"{value:,.5g}")
    Console().print(shown)
    return 0


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--to", "form", type=click.Choice(["onnx", "c", "python", "safetensors"]), required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=None, help="[default: model.ENDING here]")
def export(run: Path, form: str, output: Path | None) -> int:
    """Write the model of RUN for other programs; it takes raw numbers, as they stand in the table."""
    from chainrule.interop import atomic
    from chainrule.tables.exports import FORMATS, exported
    from chainrule.tables.model import load, model_path

    model = load(run)
    output = output or Path(f"model{FORMATS[form][0]}")
    if output.is_dir():
        raise IsADirectoryError(f"{str(output)!r} is a folder; name a file in it with -o")
    if output.exists() and output.samefile(model_path(run)):
        raise FileExistsError(f"{str(output)!r} is the model itself; name another file with -o")
    content = exported(model, form, output.stem)
    atomic.write(output.expanduser(), content)
    click.echo(f"{output}: {len(content):,} bytes")
    return 0


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON and nothing else.")
def show(file: Path, as_json: bool) -> int:
    """Say what the model in FILE, or in the folder of a run, is: layers, parameters, preprocessing, provenance."""
    from chainrule.tables import description

    told = description.described(file)
    if as_json:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        description.show(told)
    return 0
