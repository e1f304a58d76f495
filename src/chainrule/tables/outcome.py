"""What came of a training: the model, its metrics, and all that the page of the run shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chainrule.tables import importance, scores
from chainrule.tables.model import TableModel
from chainrule.tables.training import Prepared

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.training.callbacks import EarlyStopping
    from chainrule.training.history import History

__all__ = ["Outcome", "outcome_of"]

ROWS = 50_000
"""Rows of which predictions are made at a time."""


@dataclass(frozen=True)
class Outcome:
    """A trained model and how good it is.

    Attributes:
        model: the model.
        prepared: what it was trained on.
        history: its losses by epoch.
        best_epoch: whose parameters it has.
        train: metrics on the rows that it was trained on.
        validation: on those held out; None where there are none.
        importance: of each column.
        outputs: predictions for the rows that the page speaks of: held-out ones where there are such.
        y: what is true of them.
    """

    model: TableModel
    prepared: Prepared
    history: History
    best_epoch: int
    train: dict[str, Any]
    validation: dict[str, Any] | None
    importance: list[dict[str, Any]]
    outputs: Array
    y: Array

    @property
    def judged(self) -> dict[str, Any]:
        """The metrics that matter: on held-out rows where there are such."""
        return self.validation if self.validation is not None else self.train

    def to_json(self) -> dict[str, Any]:
        """What metrics.json holds."""
        target = self.model.preprocessing.target
        return {
            "task": target.task,
            "target": target.name,
            "classes": list(target.classes),
            "epochs": len(self.history.loss),
            "best_epoch": self.best_epoch,
            "stopped_by": self.history.stopped_by,
            "validation": self.validation,
            "train": self.train,
            "importance": self.importance,
            "history": self.history.history,
        }


def outcome_of(model: TableModel, prepared: Prepared, history: History, stopping: EarlyStopping, seed: int) -> Outcome:
    """Judge the model."""
    target = prepared.preprocessing.target
    outputs = predicted(model, prepared.X)
    y = prepared.truth(prepared.y)
    train, validation = scores.measured(target, y, outputs), None
    if len(prepared.y_held_out):
        outputs, y = predicted(model, prepared.X_held_out), prepared.truth(prepared.y_held_out)
        validation = scores.measured(target, y, outputs)
    found = importance.of_columns(model, prepared.sample, prepared.truth(prepared.y_sample), seed=seed)
    return Outcome(model, prepared, history, stopping.best_epoch, train, validation, found, outputs, y)


def predicted(model: TableModel, X: Array) -> Array:
    """The outputs for inputs of the network, some rows at a time."""
    import numpy as np

    return np.concatenate([model.of_inputs(X[start : start + ROWS]) for start in range(0, len(X), ROWS)])
