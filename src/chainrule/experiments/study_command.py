"""`chainrule study`: each study a command, whose options are the settings that it declares."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from distributed import Client

    from chainrule.experiments.study import Outcome, Study, Watch

__all__ = ["Studies"]

ALL = "all"
QUICK = "Only see whether everything runs; the answers are not to be quoted."


class Studies(click.Group):
    """The studies as commands; one is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from chainrule.experiments import studies

        return [*studies.names(), ALL]

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        from chainrule.experiments import studies

        return everything() if name == ALL else command(studies.study_class(name))

    def print_list(self) -> None:
        """Every study and its question."""
        from rich.console import Console
        from rich.table import Table

        from chainrule.experiments import studies

        table = Table("study", "question", box=None, padding=(0, 2, 0, 0))
        for name in studies.names():
            table.add_row(name, studies.study_class(name).question)
        Console().print(table)


def command(study: type[Study]) -> click.Command:
    """The command of one study."""
    options: list[click.Parameter] = [folder_option(f"studies/{study.name}"), quick_option()]
    for field in fields(study):
        default, quick = field.default, field.metadata["quick"]
        kind: Any = tuple(map(type, default)) if isinstance(default, tuple) else type(default)
        usual = f"{shown(default)}; {shown(quick)} with --quick" if quick is not None else shown(default)
        options.append(
            click.Option(
                [f"--{field.name.replace('_', '-')}", field.name],
                type=kind,
                nargs=len(default) if isinstance(default, tuple) else 1,
                default=None,
                metavar=" ".join(["LOW", "HIGH"]) if isinstance(default, tuple) else "N" if kind is int else None,
                help=f"{field.metadata['about']}  [default: {usual}]",
            )
        )
    options.append(dask_option())
    options.append(
        click.Option(["--json", "as_json"], is_flag=True, help="Print what results.json holds and nothing else.")
    )

    def call(output: Path, quick: bool, dask: str | None, as_json: bool, **settings: Any) -> int:
        from chainrule.experiments import folder, studies

        given = {name: value for name, value in settings.items() if value is not None}
        asked = studies.get(study.name, quick=quick, **given)
        with cluster(dask) as backend:
            folder.prepare(output)
            outcome = asked.run(watching(asked, backend, silent=as_json))
        page = outcome.save(output)
        if as_json:
            click.echo(json.dumps(outcome.to_json(), indent=2, allow_nan=False))
        else:
            print_answer(outcome, page)
        return 0

    text = f"{study.question}\n\nWrites index.html, the figures and results.json into the output folder."
    return click.Command(study.name, callback=call, params=options, help=text, short_help=study.title)


def everything() -> click.Command:
    """The command that runs every study and writes their index."""

    def call(output: Path, quick: bool, dask: str | None) -> int:
        from chainrule.experiments import folder, studies, study_page

        results: list[dict[str, Any]] = []
        with cluster(dask) as backend:
            folder.prepare(output)
            for name in studies.names():
                asked = studies.get(name, quick=quick)
                try:
                    outcome = asked.run(watching(asked, backend))
                except KeyboardInterrupt:
                    written = ", ".join(result["study"] for result in results) or "nothing"
                    raise click.ClickException(f"interrupted; {written} was written") from None
                print_answer(outcome, outcome.save(output / name))
                click.echo()
                results.append(outcome.to_json())
        folder.write(output, {"index.html": study_page.index(results)})
        seconds = sum(result["seconds"] for result in results)
        click.echo(f"{len(results)} studies in {seconds:.0f} s; the page of all is {output / 'index.html'}")
        return 0

    return click.Command(
        ALL,
        callback=call,
        params=[folder_option("studies"), quick_option(), dask_option()],
        help="Every study, a folder each, and the page of all.",
    )


def folder_option(default: str) -> click.Option:
    """Where to write."""
    return click.Option(
        ["-o", "--output"], type=click.Path(path_type=Path), default=default, show_default=True, help="Folder to write."
    )


def quick_option() -> click.Option:
    """Whether to be quick."""
    return click.Option(["--quick"], is_flag=True, help=QUICK)


def dask_option() -> click.Option:
    """Which cluster trains."""
    return click.Option(
        ["--dask"],
        metavar="ADDRESS",
        help="Train on the Dask cluster of this scheduler, tcp://HOST:PORT or tls://HOST:PORT; 'local' starts one on "
        "this machine. The answers are the same.",
    )


@contextmanager
def cluster(address: str | None) -> Iterator[Client | None]:
    """The cluster of that address; None for this process."""
    if address is None:
        yield None
        return
    from chainrule.scale.cluster import joined

    with joined(address) as client:
        yield client


def shown(value: Any) -> str:
    """A default as it is typed."""
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def watching(study: Study, backend: Client | None, *, silent: bool = False) -> Watch:
    """Who tells a terminal how the study goes, its title first; the cluster trains, if there is one."""
    from chainrule.experiments.study import Watch

    if silent:
        return Watch(backend=backend)
    click.echo(f"{study.title}\n{study.question}")
    return Watch(lambda line: click.echo(f"  {line} ..."), verbose="auto", backend=backend)


def print_answer(outcome: Outcome, page: Path) -> None:
    """The answer, and where to read more."""
    for sentence in outcome.answer:
        click.echo(click.wrap_text(sentence, 100, "- ", "  "))
    click.echo(f"{outcome.seconds:.1f} s; the page is {page}")
