"""A network with its table's preprocessing: from the columns of a table to what is predicted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.interop import safetensors
from chainrule.network import Network
from chainrule.tables.columns import first_row
from chainrule.tables.noted import Noted, Unknown
from chainrule.tables.preprocessing import Preprocessing
from chainrule.tables.profile import Named, gaps_of
from chainrule.tables.reading import Table
from chainrule.tables.required import pandas

if TYPE_CHECKING:
    import pandas as pd

    from chainrule.arrays import Array

__all__ = ["MODEL", "TableModel", "load", "model_path"]

MODEL = "model.safetensors"
ROWS = 50_000
"""Rows that are predicted at a time."""


@dataclass(frozen=True)
class TableModel:
    """What `chainrule train` makes.

    Attributes:
        network: the network.
        preprocessing: what the columns go through before it.
        provenance: what the file says of how it was made.
    """

    network: Network
    preprocessing: Preprocessing
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def outputs(self, frame: pd.DataFrame) -> Array:
        """The probability of each class (n, classes), or the predicted numbers (n, 1).

        Raises:
            TableError, ValueError: as of `inputs`.
        """
        return np.concatenate([self.of_inputs(self.inputs(frame, start)) for start in range(0, len(frame), ROWS)])

    def inputs(self, frame: pd.DataFrame, start: int = 0) -> Array:
        """What the network takes for the rows from start on."""
        rows = np.arange(start, min(start + ROWS, len(frame)))
        return self.preprocessing.inputs(frame, self.network.parameters.dtype.name, rows)

    def of_inputs(self, X: Array) -> Array:
        """The same for inputs of the network, (n, d_in)."""
        a, target = self.network.predict(X).astype(np.float64), self.preprocessing.target
        if not target.classes:
            return target.mean + target.scale * a
        return np.hstack([1 - a, a]) if len(target.classes) == 2 else a

    def labels(self, outputs: Array) -> np.ndarray[Any, Any]:
        """The most probable class of each row, or the numbers, (n,)."""
        classes = self.preprocessing.target.classes
        return np.array(classes, dtype=object)[outputs.argmax(axis=1)] if classes else outputs[:, 0]

    def fit(self, X: Any, y: Any) -> TableModel:
        """It is fitted; scikit-learn's inspection asks for the method."""
        return self

    def to_bytes(self) -> bytes:
        """The file of it."""
        return safetensors.to_bytes(
            self.network, provenance=self.provenance, preprocessing=self.preprocessing.to_json()
        )

    def require_columns(self, table: Named) -> None:
        """Raise unless the table has all columns that the model takes.

        Raises:
            TableError: some are missing.
        """
        missing = [name for name in self.preprocessing.names if name not in table.columns]
        if missing:
            has = ", ".join(map(repr, table.columns[:20]))
            raise table.error(
                f"{'a column is' if len(missing) == 1 else f'{len(missing)} columns are'} missing, "
                f"{', '.join(map(repr, missing[:20]))}{' …' if len(missing) > 20 else ''}; the model was trained on a "
                f"table that has {'it' if len(missing) == 1 else 'them'}, and this one has {has}"
            )

    def ignored(self, columns: Sequence[str]) -> Noted:
        """The note on those of a table's columns that the model does not use."""
        used = {*self.preprocessing.names, self.preprocessing.target.name}
        return Noted(tuple(name for name in columns if name not in used))

    def checked(self, table: Table) -> tuple[pd.DataFrame, Noted]:
        """The columns that the model takes, of a table, and what is noted of ignored, filled and unknown ones.

        Raises:
            TableError: columns are missing, or hold something else than those that the model was trained on.
        """
        self.require_columns(table)
        made = self.preprocessing
        for number in made.numbers:
            require_number(table, number.name)
        for category in made.categories:
            if table.kinds[category.name] in ("date", "nested"):
                kind = table.kinds[category.name]
                raise table.error(f"it holds {kind} values, but the model takes a text here", column=category.name)
        frame = table.frame[made.names]
        filled = {name: int(frame[name].isna().sum()) for name in made.names}
        unknown = {}
        for category in made.categories:
            values = frame[category.name].dropna().astype(str)
            other = values[~values.isin(category.categories)]
            if len(other):
                unknown[category.name] = Unknown(len(other), tuple(dict.fromkeys(other)))
        return frame, self.ignored(table.columns) + Noted(filled=filled, unknown=unknown)

    @property
    def texts(self) -> list[str]:
        """Columns that a file's reader must take as text, whatever they look like."""
        target = self.preprocessing.target
        is_text = bool(target.classes) and isinstance(target.classes[0], str)
        return [column.name for column in self.preprocessing.categories] + ([target.name] if is_text else [])


def require_number(table: Table, name: str) -> None:
    """Raise unless the column holds numbers (or truths), none of them infinite."""
    from chainrule.tables.columns import require_finite

    kind = table.kinds[name]
    if kind == "text":
        series = table.frame[name]
        categories = series.cat.categories
        words = categories[pandas().to_numeric(categories.to_series(), errors="coerce").isna().to_numpy()]
        row = first_row(series.isin(words))
        raise table.error(
            f"it is {str(series.iloc[row])[:40]!r}, but the model takes a number here; correct it, or leave the field "
            "empty",
            row=row,
            column=name,
        )
    if kind not in ("number", "boolean"):
        raise table.error(f"it holds {kind} values, but the model takes numbers here", column=name)
    require_finite(table, gaps_of(table, name))


def model_path(path: Path) -> Path:
    """The file of the model: path itself, or the one in the folder of a run.

    Raises:
        OSError: there is none.
    """
    path = path.expanduser()
    if path.is_dir():
        if not (path / MODEL).exists():
            raise FileNotFoundError(f"{str(path)!r} holds no {MODEL}, so it is no run; make one with chainrule train")
        return path / MODEL
    if not path.exists():
        raise FileNotFoundError(f"{str(path)!r} is not there; name a run's folder or a model's file")
    return path


def load(path: Path) -> TableModel:
    """The model of a run's folder, or of a file.

    Raises:
        ModelFileError: (a ValueError) it is damaged, or a network without a table's preprocessing.
        OSError: it cannot be read.
    """
    path = model_path(path)
    stored = safetensors.read(path)
    if not stored.preprocessing:
        raise safetensors.ModelFileError(
            f"{path}: it holds a network by itself, without the columns of a table; chainrule.load(...).predict(X) "
            "takes its inputs as an array"
        )
    try:
        preprocessing = Preprocessing.from_json(stored.preprocessing)
    except ValueError as error:
        raise safetensors.ModelFileError(f"{path}: {error}") from None
    network = Network.of(stored.structure, stored.numbers, np.random.default_rng())
    sizes = network.structure.sizes
    if sizes[0] != len(preprocessing.encoded_names) or sizes[-1] != preprocessing.target.n_outputs:
        raise safetensors.ModelFileError(
            f"{path}: the preprocessing gives {len(preprocessing.encoded_names)} inputs and "
            f"{preprocessing.target.n_outputs} outputs, but the network is {network.structure}"
        )
    return TableModel(network, preprocessing, stored.provenance)
