"""What a terminal sees of a training: a bar with loss, score and time left; elsewhere a line now and then."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Any

from chainrule.tables import scores
from chainrule.tables.model import TableModel
from chainrule.tables.training import SAMPLE, Prepared
from chainrule.training.callbacks import Callback

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress

    from chainrule.training.callbacks import Logs

__all__ = ["Watching"]

SECONDS = 0.2
"""From one look at the score to the next on a terminal."""
LINES = 10
"""About so many lines where there is no terminal."""


class Watching(Callback):
    """Shows how far a training is: epochs, loss, score on held-out rows (at most 1,000 of them), time left.

    Args:
        prepared: what is trained on.
        epochs: at most so many.
        console: where to show it.
        before: what is shown until it begins.
    """

    def __init__(
        self, prepared: Prepared, epochs: int, console: Console, before: AbstractContextManager[object] | None = None
    ) -> None:
        self.prepared, self.epochs, self.console = prepared, epochs, console
        self.before = ExitStack()
        if before is not None:
            self.before.enter_context(before)
        self.bar: Progress | None = None
        self.score_name = scores.MAIN[prepared.preprocessing.target.task]
        self.looked = 0.0

    def on_train_begin(self) -> None:
        self.before.close()
        if not self.console.is_terminal:
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        assert self.run is not None
        run, epochs = self.run, self.epochs

        class RunProgress(Progress):
            """A bar that looks at the run whenever it is drawn: an epoch may take minutes."""

            def get_renderables(self) -> Iterable[RenderableType]:
                for task in self.task_ids:
                    self.update(task, completed=epochs * run.step / run.steps)
                return super().get_renderables()

        self.bar = RunProgress(
            TextColumn("training"),
            BarColumn(bar_width=16),
            MofNCompleteColumn(),
            TextColumn("epochs · {task.fields[told]} ·"),
            TimeRemainingColumn(),
            TextColumn("left at most"),
            console=self.console,
            transient=True,
        )
        self.console.print("Ctrl-C ends the training and keeps the best so far", style="dim")
        self.task = self.bar.add_task("", total=self.epochs, told="")
        self.bar.start()

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        now = time.perf_counter()
        if self.bar is not None:
            if now - self.looked > SECONDS:
                self.looked = now
                self.bar.update(self.task, told=self.told(logs))
        elif epoch % max(1, self.epochs // LINES) == 0 or now - self.looked > 10:
            self.looked = now
            self.console.print(f"epoch {epoch + 1} of {self.epochs}: {self.told(logs)}", highlight=False)

    def told(self, logs: Logs) -> str:
        """Loss and score in words."""
        losses = " · ".join(f"{name.replace('val_loss', 'held out')} {value:.4g}" for name, value in logs.items())
        return f"{losses} · {self.score_name} {self.score():.3f}"

    def score(self) -> float:
        """The score of the parameters as they are now."""
        made, held_out = self.prepared, len(self.prepared.y_held_out) > 0
        X, y = (made.X_held_out, made.y_held_out) if held_out else (made.X, made.y)
        outputs: Any = TableModel(self.model, made.preprocessing).of_inputs(X[:SAMPLE])
        return scores.score(made.preprocessing.target, made.truth(y[:SAMPLE]), outputs)

    def close(self) -> None:
        """Take the bar off the terminal, whatever ended the run."""
        self.before.close()
        if self.bar is not None:
            self.bar.stop()
            self.bar = None
