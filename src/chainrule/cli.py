"""The command line: parse, call, print."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from chainrule import __version__
from chainrule.experiments.study_command import Studies
from chainrule.play.command import play
from chainrule.sweep.command import sweep
from chainrule.tables.train_command import train
from chainrule.tables.use_commands import evaluate, export, predict, show

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="chainrule")
def cli() -> None:
    """The neural network whose every number can be seen, checked and explained."""


@cli.command()
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the data and of the initial weights."
)
@click.option("-o", "--output", type=Path, default=Path("reproduction"), show_default=True, help="Folder to write.")
@click.option(
    "--epochs-linear",
    type=click.IntRange(min=1),
    default=20_000,
    show_default=True,
    help="Epochs of the linear experiment.",
)
@click.option(
    "--epochs-xor", type=click.IntRange(min=1), default=100_000, show_default=True, help="Epochs of the XOR experiment."
)
@click.option(
    "--momentum",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.5,
    show_default=True,
    help="Momentum; the report does not say its own.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what results.json holds and nothing else.")
def reproduce(seed: int, output: Path, epochs_linear: int, epochs_xor: int, momentum: float, as_json: bool) -> int:
    """Run both experiments of the report and judge every figure and claim of it.

    Writes index.html, the figures and results.json into the output folder. The exit code is 1 if a claim of the report
    does not hold, or if training diverges.
    """
    from rich.console import Console

    from chainrule.experiments import folder, reproduce_page, reproduce_terminal
    from chainrule.experiments.experiment import Experiment
    from chainrule.experiments.reproduce import EVERY, Outcome
    from chainrule.experiments.reproduce import reproduce as run
    from chainrule.training.callbacks import Callback, PrintLoss

    def before(experiment: Experiment, epochs: int) -> Sequence[Callback]:
        if as_json:
            return ()
        reproduce_terminal.print_heading(experiment, epochs=epochs, seed=seed, momentum=momentum)
        return [PrintLoss(every=EVERY)]

    def after(outcome: Outcome) -> None:
        if not as_json:
            reproduce_terminal.print_outcome(outcome)

    folder.prepare(output)
    made = run(
        seed=seed,
        momentum=momentum,
        epochs_linear=epochs_linear,
        epochs_xor=epochs_xor,
        before=before,
        after=after,
        comparing=(lambda: None) if as_json else reproduce_terminal.print_comparing,
        verbose=0 if as_json else "auto",
    )
    folder.write(output, reproduce_page.files(made))
    if as_json:
        click.echo(json.dumps(made.to_json(), indent=2, allow_nan=False))
    else:
        console = Console()
        reproduce_terminal.print_verdict(made, console)
        console.print(f"{made.seconds:.1f} s; the page is {output / 'index.html'}", highlight=False)
    return 0 if made.holds else 1


@cli.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--quick", is_flag=True, help="Only see whether everything runs; times are not to be quoted.")
@click.option(
    "--repeats", type=click.IntRange(min=1), default=None, help="Runs of each peer.  [default: 9; 2 with --quick]"
)
@click.option(
    "-o",
    "--output",
    type=Path,
    default=None,
    help="Folder for the results.  [default: benchmarks/results; none with --quick]",
)
@click.option("--list", "as_list", is_flag=True, help="Print what can be measured and nothing else.")
def bench(names: tuple[str, ...], quick: bool, repeats: int | None, output: Path | None, as_list: bool) -> int:
    """Measure chainrule beside its peers on the same work, and compare their results before their times.

    Without a NAME, everything is measured. The exit code is 1 if a measurement failed.
    """
    from rich.console import Console

    from chainrule import bench as benchmarks

    run = benchmarks.load()
    if as_list:
        run.listing(Console())
        return 0
    repeats = repeats or (2 if quick else 9)
    return 0 if run.run(names, quick=quick, repeats=repeats, output=output, console=Console()) else 1


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--time-limit", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True, help="Seconds to wait."
)
@click.option("--json", "as_json", is_flag=True, help="Print the diagnosis as JSON and nothing else.")
def diagnose(file: Path, time_limit: float, as_json: bool) -> int:
    """Name the mistake in the backpropagation of a Python FILE.

    The file names its functions: gradients(weights, biases, X, y), and if it has them step, loss, predict, accuracy.
    The exit code is 1 if a mistake was found, 2 if the file could not be asked.
    """
    from chainrule.explain.program import diagnose_file

    made = diagnose_file(file, time_limit=time_limit)
    click.echo(json.dumps(made.to_json(), indent=2) if as_json else str(made))
    return 0 if made.ok else 1


@cli.command()
@click.argument("sizes")
@click.option("--x", multiple=True, metavar="0.3,0.7", help="A sample; once for each.")
@click.option("--y", multiple=True, metavar="1", help="Its target; once for each.")
@click.option("--data", type=click.Path(path_type=Path), help="File of samples, a line each: inputs, then targets.")
@click.option("--rows", default="0:4", show_default=True, help="Which samples of the file.")
@click.option(
    "--hidden", default="sigmoid", show_default=True, help="Activation of the hidden layers, or a,b,… of each."
)
@click.option(
    "--output", "output_activation", default="sigmoid", show_default=True, help="Activation of the last layer."
)
@click.option(
    "--normalization", default=None, help="Of the hidden layers: batch_norm or layer_norm; or a,b,… (none) of each."
)
@click.option("--loss", default=None, help="Loss.  [default: the one that goes with the last activation]")
@click.option("--optimizer", default="sgd", show_default=True, help="Update rule.")
@click.option("--learning-rate", type=float, default=None, help="Its rate.  [default: its own]")
@click.option("--momentum", type=float, default=None, help="Its momentum.  [default: its own]")
@click.option(
    "--set", "settings", multiple=True, metavar="beta_1=0.9", help="A setting of the update rule; once for each."
)
@click.option("--l1", type=float, default=0.0, help="The penalty l1 Σ|w| on the weights.")
@click.option("--l2", type=float, default=0.0, help="The penalty ½ l2 Σw² on the weights.")
@click.option("--dropout", type=float, default=0.0, help="The share of the hidden units that drops out.")
@click.option("--dropout-key", type=int, default=None, help="Of the run.  [default: nothing drops out]")
@click.option("--weights", type=click.Path(path_type=Path), help="File of weights and biases, JSON or .npz.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the weights and the sample.")
@click.option("--notation", type=click.Choice(["report", "standard"]), default="report", show_default=True)
@click.option("--precision", type=click.IntRange(1, 17), default=5, show_default=True, help="Digits that are printed.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "latex", "html", "json"]),
    default=None,
    help="[default: what the file's name says, or text]",
)
@click.option("--worksheet", is_flag=True, help="Leave the numbers blank; the solution is written beside it.")
@click.option("-o", "--file", "file", type=click.Path(path_type=Path), help="File to write.  [default: print]")
def derive(
    file: Path | None, form: str | None, worksheet: bool, sizes: str, output_activation: str, **options: Any
) -> int:
    """Write out one training step of a network, such as 2-3-1, with every number computed and proved.

    Without --x and --data, a sample is drawn from the seed. The exit code is 1 if the proof does not hold.
    """
    from chainrule.experiments import folder
    from chainrule.explain import command

    form = command.format_of(form, file)
    if worksheet and file is None:
        raise ValueError("a worksheet is two files; name the first with -o NAME.html")
    if file is not None:
        if file.is_dir():
            raise IsADirectoryError(f"{str(file)!r} is a folder; name a file in it with -o")
        folder.prepare(file.parent)
    made = command.made(sizes, output=output_activation, rounded=worksheet, **options)
    written = command.files(made, form, "-" if file is None else file.name, worksheet=worksheet)
    if file is None:
        click.echo(written["-"], nl=False)
    else:
        folder.write(file.parent, written)
        click.echo(" and ".join(str(file.parent / name) for name in written))
    return 0 if made.proof.ok else 1


@cli.group(cls=Studies, invoke_without_command=True)
@click.option("--list", "as_list", is_flag=True, help="Print every study and its question.")
@click.pass_context
def study(context: click.Context, as_list: bool) -> None:
    """Answer a question by training many networks.

    Each study writes a page, its figures and results.json; "all" runs every one of them.
    """
    if as_list or context.invoked_subcommand is None:
        assert isinstance(context.command, Studies)
        context.command.print_list()
        context.exit()


for command in (train, sweep, predict, evaluate, export, show, play):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command line and exit: 0, 1 (what was asked failed) or 2 (it could not be asked so)."""
    try:
        code = cli.main(args=arguments, prog_name="chainrule", standalone_mode=False)
    except click.exceptions.Abort:
        fail("interrupted; nothing was written", 1)
    except click.ClickException as error:
        fail(error.format_message(), error.exit_code)
    except ArithmeticError as error:
        fail(str(error), 1)
    except (ValueError, TypeError, OSError, ImportError) as error:
        fail(str(error), 2)
    sys.exit(code)


def fail(message: str, code: int) -> None:
    """One line on standard error, and exit."""
    click.echo(f"chainrule: {message}", err=True)
    sys.exit(code)
