"""The reproduction on a terminal: the lines that the report prints, then the verdicts."""

from rich.console import Console
from rich.table import Table

from chainrule.experiments.claims import as_text
from chainrule.experiments.experiment import Experiment
from chainrule.experiments.momentum import MOMENTA
from chainrule.experiments.reproduce import Outcome, Reproduction

__all__ = ["print_comparing", "print_heading", "print_outcome", "print_verdict"]


def print_heading(experiment: Experiment, *, epochs: int, seed: int, momentum: float) -> None:
    """What is about to run."""
    printed = experiment.printed
    print(
        f"{experiment.title}: {'-'.join(map(str, printed.sizes))}, {epochs:,} epochs, learning rate "
        f"{printed.learning_rate}, momentum {momentum}, He initialization, seed {seed}"
    )


def print_outcome(outcome: Outcome) -> None:
    """What the report prints after the losses: raw predictions and accuracy."""
    print(f"prediction:\n{outcome.printed_predictions}\nAcc: {outcome.accuracy}\n")


def print_comparing() -> None:
    """Why training goes on."""
    print(f"The report does not say its momentum; trying {', '.join(f'{momentum:g}' for momentum in MOMENTA)}")


def print_verdict(reproduction: Reproduction, console: Console) -> None:
    """The momenta compared, then every figure and claim of the report beside what was obtained."""
    for outcome, comparison in zip(reproduction.outcomes, reproduction.comparisons, strict=True):
        if comparison is not None:
            factors = ", ".join(f"{factor:.2g} with momentum {m:g}" for m, factor in comparison.factors.items())
            console.print(
                f"{outcome.experiment.title}: off the printed losses by a factor of {factors}; "
                f"nearest is {comparison.nearest:g}",
                highlight=False,
            )
    table = Table(title="The report and what was obtained", title_justify="left", title_style="bold")
    table.add_column("experiment")
    table.add_column("claim")
    table.add_column("report", justify="right")
    table.add_column("here", justify="right")
    table.add_column("verdict", no_wrap=True)
    styles = {True: "green", False: "bold red", None: "dim"}
    marks = {True: "✓", False: "✗", None: "–"}
    for outcome in reproduction.outcomes:
        for claim in outcome.claims:
            verdict = f"[{styles[claim.holds]}]{marks[claim.holds]} {claim.verdict}[/]"
            table.add_row(outcome.experiment.name, claim.claim, as_text(claim.report), as_text(claim.here), verdict)
        table.add_section()
    console.print()
    console.print(table)
