"""The training of a network on a table: split, preprocessing, network, fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.formulas import optimizers
from chainrule.network import Network
from chainrule.tables import columns as of_columns
from chainrule.tables import target as of_target
from chainrule.tables.columns import Column
from chainrule.tables.fitting import fitted
from chainrule.tables.model import TableModel
from chainrule.tables.preprocessing import Preprocessing
from chainrule.tables.profile import Origin
from chainrule.tables.reading import Table
from chainrule.tables.required import sklearn
from chainrule.tables.settings import Settings
from chainrule.training.callbacks import Callback, Checkpoint, EarlyStopping

if TYPE_CHECKING:
    import pandas as pd

    from chainrule.arrays import Array
    from chainrule.training.history import History

__all__ = ["LOSSES", "Prepared", "dtype_of", "fit", "prepare", "understood"]

LOSSES = {True: "categorical_cross_entropy", False: "binary_cross_entropy"}
SAMPLE = 1000
"""Rows that are kept for what is costly: the importance of columns."""
LARGE = 1_000_000
"""Numbers in a table from which on float32 is used."""


@dataclass(frozen=True)
class Prepared:
    """Arrays ready for a network, and what they came from; the table itself may go.

    Attributes:
        columns: what the columns of the table are.
        preprocessing: fitted on the rows that are trained on.
        X: inputs of those rows, (n, d_in); y: class indices, or standardized numbers, (n,).
        X_held_out: of the others; empty where none are held out.
        y_held_out: likewise.
        sample: columns of at most 1,000 rows, held-out ones where there are such; y_sample, row_numbers: of them.
    """

    columns: list[Column]
    preprocessing: Preprocessing
    X: Array
    y: Array
    X_held_out: Array
    y_held_out: Array
    sample: pd.DataFrame
    y_sample: Array
    row_numbers: Array

    @property
    def n(self) -> int:
        """How many rows are trained on."""
        return len(self.X)

    @property
    def data(self) -> tuple[Any, Any]:
        """They, as `Network.fit` takes X and y."""
        return self.X, self.y

    @property
    def validation_data(self) -> tuple[Any, Any] | None:
        """Those held out, as it takes them; None where there are none."""
        return (self.X_held_out, self.y_held_out) if len(self.y_held_out) else None

    @property
    def used(self) -> dict[str, Any]:
        """What else run.json says of how they were used."""
        return {}

    @property
    def loss(self) -> str:
        """The loss that goes with the target."""
        target = self.preprocessing.target
        return LOSSES[target.n_outputs > 1] if target.classes else "mean_squared_error"

    def truth(self, y: Array) -> Array:
        """y as the target is, not standardized."""
        target = self.preprocessing.target
        return y if target.classes else target.mean + target.scale * y


def understood(
    table: Origin, settings: Settings, ask: Callable[[str], str] | None
) -> tuple[list[Column], of_target.Target]:
    """What the columns are, and the target.

    Raises:
        TableError: the table cannot be learned from; the message says where and why.
    """
    of_columns.known(table, [settings.target], option="--target")
    of_columns.known(table, settings.drop, option="--drop")
    target = of_target.chosen(table, settings.target, settings.task, ask)
    names = [name for name in table.columns if name != settings.target and name not in settings.drop]
    found = of_columns.infer(table, names)
    if all(column.kind == "unused" for column in found):
        raise table.error(
            f"no column is left to predict {settings.target!r} from: "
            + ("; ".join(f"{column.name} is {column.note}" for column in found[:5]) or "there is only the target")
        )
    return found, target


def split(table: Table, y: Array, settings: Settings, *, classes: Sequence[Any]) -> tuple[Array, Array]:
    """The rows to train on and those held out; every class has its share of both.

    Raises:
        TableError: there are too few rows.
    """
    n = len(y)
    if settings.validation == 0:
        return np.arange(n), np.arange(0)
    held_out = int(np.ceil(n * settings.validation))
    least = max(len(classes), 1)
    if held_out < least or n - held_out < least:
        raise table.error(
            f"of {n} rows, --validation {settings.validation:g} holds out {held_out}, and "
            + (f"{least} classes need" if classes else "there must be")
            + f" at least {least} there and {least} to learn from; pass another --validation, or 0 for none"
        )
    rows = sklearn("model_selection").train_test_split(
        np.arange(n), test_size=held_out, random_state=settings.seed, stratify=y if classes else None
    )
    return np.sort(rows[0]), np.sort(rows[1])


def prepare(table: Table, found: list[Column], target: of_target.Target, settings: Settings) -> Prepared:
    """Split the rows, fit the preprocessing, and make the arrays."""
    y = target.read(table)
    rows, held_out = split(table, y, settings, classes=target.classes)
    if not target.classes:
        scaler = sklearn("preprocessing").StandardScaler().fit(y[rows].reshape(-1, 1))
        target = replace(target, mean=float(scaler.mean_[0]), scale=float(scaler.scale_[0]))
        y = (y - target.mean) / target.scale
    made = fitted(table.frame, found, target, rows)
    dtype = dtype_of(settings, len(y) * len(made.encoded_names))
    kept = (held_out if len(held_out) else rows)[:SAMPLE]
    sample = table.frame[made.names].iloc[kept].reset_index(drop=True)
    return Prepared(
        found,
        made,
        made.inputs(table.frame, dtype, rows),
        y[rows],
        made.inputs(table.frame, dtype, held_out),
        y[held_out],
        sample,
        y[kept],
        kept,
    )


def dtype_of(settings: Settings, n_numbers: int) -> str:
    """The dtype for a table of so many numbers.

    >>> dtype_of(Settings("y"), 1000), dtype_of(Settings("y"), 10**6)
    ('float64', 'float32')
    """
    return settings.dtype if settings.dtype != "auto" else "float32" if n_numbers >= LARGE else "float64"


def fit(
    prepared: Prepared,
    settings: Settings,
    *,
    watchers: Sequence[Callback] = (),
    checkpoints: Path | None = None,
    every: int = 10,
    resume: bool = False,
    backend: Any = None,
) -> tuple[TableModel, History, EarlyStopping]:
    """Train; the network has the parameters of its best epoch, whatever ended the run.

    Args:
        prepared: the arrays.
        settings: of the network and the run.
        watchers: who else looks on.
        checkpoints: the folder of checkpoints, None for none.
        every: how many epochs from one to the next.
        resume: whether to go on from the newest of them.
        backend: who reads and computes, as of `Network.fit`.

    Raises:
        ValueError: a setting is out of range; the message says which.
        DivergenceError: the loss became NaN or infinite.
    """
    target = prepared.preprocessing.target
    network = Network(
        [prepared.X.shape[1], *settings.layers, target.n_outputs],
        hidden=settings.activation,
        output=("softmax" if target.n_outputs > 1 else "sigmoid") if target.classes else "identity",
        dropout=settings.dropout,
        seed=settings.seed,
        dtype=prepared.X.dtype,
    )
    rate = {} if settings.learning_rate is None else {"learning_rate": settings.learning_rate}
    validation_data = prepared.validation_data
    stopping = EarlyStopping(
        "val_loss" if validation_data else "loss", patience=settings.patience, restore_best_weights=True
    )
    keeping = [] if checkpoints is None else [Checkpoint(checkpoints, every=every)]
    history = network.fit(
        *prepared.data,
        prepared.loss,
        optimizer=optimizers.get(settings.optimizer, **rate),
        epochs=settings.epochs,
        batch_size=settings.batch_of(prepared.n),
        validation_data=validation_data,
        l2=settings.l2,
        callbacks=[stopping, *watchers, *keeping],
        engine=settings.engine,
        resume_from=checkpoints if resume else None,
        backend=backend,
        verbose=0,
    )
    return TableModel(network, prepared.preprocessing), history, stopping
