"""What came of a search: its trials, the best of them, and how much each setting mattered, as sweep.json holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chainrule.sweep.optuna_parts import optuna
from chainrule.sweep.search import INDEX, RESULT, Search
from chainrule.tables import scores

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optuna.trial import FrozenTrial

    from chainrule.tables.training import Prepared

__all__ = ["Result", "Row", "result_of", "row_of"]

ENOUGH = 4
"""Completed trials without which nothing is said of how much a setting matters."""


@dataclass(frozen=True)
class Row:
    """A finished trial.

    Attributes:
        trial: which one, from 1.
        value: the loss on the held-out rows after its best epoch; None where it diverged.
        score: accuracy or R² on those rows.
        ended_by: "epochs", "patience", "pruned" or "diverged".
        best_epoch: from 1.
        epochs: how many were trained.
        seconds: they took.
        values: of the settings that are searched.
    """

    trial: int
    value: float | None
    score: float | None
    ended_by: str
    best_epoch: int
    epochs: int
    seconds: float
    values: Mapping[str, Any]

    @property
    def completed(self) -> bool:
        """Whether it can be the best."""
        return self.ended_by in ("epochs", "patience")


@dataclass(frozen=True)
class Result:
    """A search that has ended.

    Attributes:
        rows: the finished trials in order.
        best: the one of the least loss.
        importance: the share of each setting in what the loss varies by, greatest first; none of too few trials.
        loss: its name.
        score: the name of the score.
    """

    rows: Sequence[Row]
    best: Row
    importance: Mapping[str, float]
    loss: str
    score: str

    def ranked(self) -> list[Row]:
        """The completed trials, the best first, then the others."""
        return sorted(self.rows, key=lambda row: (not row.completed, row.value is None, row.value or 0, row.trial))

    def to_json(self) -> dict[str, Any]:
        """What sweep.json holds of it."""
        return {
            "loss": self.loss,
            "score": self.score,
            "best": vars(self.best),
            "importance": dict(self.importance),
            "trials": [vars(row) for row in self.rows],
        }


def row_of(trial: FrozenTrial) -> Row:
    """A finished trial as people read it."""
    found = trial.user_attrs[RESULT]
    return Row(
        trial.user_attrs[INDEX] + 1,
        found["value"],
        found["score"],
        found["ended_by"],
        found["best_epoch"] + 1,
        found["epochs"],
        found["seconds"],
        dict(trial.params),
    )


def result_of(search: Search, prepared: Prepared, best: FrozenTrial) -> Result:
    """The result of a search of which this trial is the best."""
    rows = [row_of(trial) for trial in search.finished()]
    importance = {}
    if len({row.value for row in rows if row.completed}) >= ENOUGH:
        of = optuna().importance
        importance = of.get_param_importances(
            search.study, evaluator=of.FanovaImportanceEvaluator(seed=search.common.seed)
        )
    task = prepared.preprocessing.target.task
    return Result(rows, row_of(best), importance, prepared.loss, scores.MAIN[task])
