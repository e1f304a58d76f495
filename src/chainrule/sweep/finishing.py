"""The end of a sweep: the best settings are trained as `chainrule train` trains them, and all files are written."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.sweep import page
from chainrule.sweep.asked import Asked
from chainrule.sweep.objective import held_out_loss
from chainrule.sweep.optuna_parts import optuna
from chainrule.sweep.result import Result, result_of
from chainrule.sweep.search import INDEX, Search
from chainrule.sweep.watching import show_result
from chainrule.tables import keeping, run_folder, training
from chainrule.tables.terminal import say, show_outcome
from chainrule.tables.train_command import busy

if TYPE_CHECKING:
    from rich.console import Console

    from chainrule.tables.training import Prepared

__all__ = ["Finish", "is_of", "stopped"]

SWEEP, PAGE = "sweep.json", "sweep.html"
ROUNDING = 1e-9
"""Share of the loss below which nobody needs to hear of a difference."""


@dataclass(frozen=True)
class Finish:
    """What is made of a search.

    Attributes:
        asked: what was asked for.
        search: the search, ended.
        prepared: its data.
        source: the data's file, SHA-256 and rows.
        interrupted: whether Ctrl-C ended it.
    """

    asked: Asked
    search: Search
    prepared: Prepared
    source: Mapping[str, Any]
    interrupted: bool

    def written(self, console: Console) -> dict[str, Any]:
        """Train the best, write everything, and show it; what sweep.json holds.

        Raises:
            click.ClickException: there is no best, or Ctrl-C came again.
            OSError: a file cannot be written.
        """
        best = self.search.best()
        if best is None:
            raise self.nothing_completed()
        settings, output = self.search.settings(best), self.asked.output
        with busy("training the best settings once more", console, silent=False):
            fitted = training.fit(self.prepared, settings)
            if fitted[1].stopped_by == "interrupt":
                raise stopped("the trials are kept, and the same command trains the best of them")
        loss = held_out_loss(fitted[0].network, self.prepared)
        # A worker's BLAS has one thread, and another processor: the last digits may differ, and all that follows.
        if not math.isclose(loss, best.value, rel_tol=ROUNDING):
            trial = f"trial {best.user_attrs[INDEX] + 1}"
            say(trial, [f"its loss was {best.value:.6g} where it ran, and is {loss:.6g} on this machine"])
        outcome, run = keeping.judged(fitted, self.prepared, settings, output=output, **self.source)
        result = result_of(self.search, self.prepared, best)
        about = self.about(run["command"])
        told = about | result.to_json()
        keeping.write(
            output,
            outcome,
            run,
            {SWEEP: keeping.as_text(told), PAGE: page.render(result, about, self.search.space.searched)},
        )
        self.show(result, console)
        show_outcome(outcome, output, console)
        return told

    def about(self, best_command: list[str]) -> dict[str, Any]:
        """How the search was made."""
        return {
            "command": self.asked.command,
            "best_command": best_command,
            "data": {"file": self.source["data"], "sha256": self.source["sha256"], "rows": self.source["rows"]},
            **self.asked.data_settings,
            "rows_held_out": len(self.prepared.y_held_out),
            "space": self.search.space.to_json(),
            "sampler": self.asked.sampler,
            "pruner": self.asked.pruner,
            "storage": str(self.asked.kept_in),
            "interrupted": self.interrupted,
            "versions": {**run_folder.versions(), "optuna": optuna().__version__},
            "created": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        }

    def show(self, result: Result, console: Console) -> None:
        """The table of the best trials, and where to read more."""
        show_result(result, console)
        console.print(f"the page of the search is {self.asked.output / PAGE}", highlight=False, markup=False)

    def nothing_completed(self) -> click.ClickException:
        """Why there is no best trial."""
        trials = self.search.finished()
        if not trials:
            return stopped("no trial was finished, and nothing is left of it")
        return click.ClickException(
            f"none of {len(trials)} trials was completed, each diverged or was pruned; let --space have smaller "
            "learning rates, or pass --pruner none with another -o"
        )


def stopped(what: str) -> click.ClickException:
    """The error where Ctrl-C left no result."""
    return click.ClickException(f"interrupted; {what}")


def is_of(output: Path, kept_in: Path) -> bool:
    """Whether the folder holds what came of the search in this file."""
    try:
        told = json.loads((output / SWEEP).read_text(encoding="utf-8"))
        return bool(Path(told["storage"]).resolve() == kept_in.resolve())
    except (OSError, ValueError, KeyError, TypeError):
        return False
