"""What a training from a table is asked for: all that, with the data, decides its result."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

__all__ = ["Settings", "together"]

DEFAULT_LAYERS = (32, 16)


@dataclass(frozen=True)
class Settings:
    """The settings of `chainrule train`.

    Attributes:
        target: the column to predict.
        task: "classification", "regression", or "auto".
        layers: units of the hidden layers; none for a linear model.
        activation: of the hidden layers.
        epochs: at most so many.
        batch_size: samples a step; None for 32 of a small table, 200 from 10,000 rows on and 1,000 from 100,000 on.
        learning_rate: of the optimizer; None for its own.
        optimizer: its name.
        dropout: share of the hidden activations left out in a training step, in [0, 1).
        l2: penalty ½ l2 Σ w².
        validation: share of the rows that are held out, in [0, 1); 0 holds none.
        patience: epochs without improvement after which training ends.
        seed: of the split, the initial weights, the batches and the dropout.
        engine: as of `Network.fit`.
        dtype: "float64", "float32", or "auto": float32 from 10⁶ numbers on.
        drop: columns that are left out.
        delimiter: of a text file; "" to guess it.

    Raises:
        ValueError: a number is out of range, or a column is both target and dropped.
    """

    target: str
    task: str = "auto"
    layers: tuple[int, ...] = DEFAULT_LAYERS
    activation: str = "relu"
    epochs: int = 200
    batch_size: int | None = None
    learning_rate: float | None = None
    optimizer: str = "adam"
    dropout: float = 0.0
    l2: float = 0.0
    validation: float = 0.2
    patience: int = 20
    seed: int = 0
    engine: str = "auto"
    dtype: str = "auto"
    drop: tuple[str, ...] = ()
    delimiter: str = ""

    def __post_init__(self) -> None:
        if self.target in self.drop:
            raise ValueError(f"{self.target!r} is the --target and cannot be dropped; leave out --drop {self.target!r}")
        if not all(math.isfinite(value) for value in (self.dropout, self.l2, self.validation, self.learning_rate or 0)):
            raise ValueError("--dropout, --l2, --validation and --learning-rate must be finite numbers")

    def batch_of(self, n: int) -> int:
        """Samples a step for n samples.

        >>> Settings("y").batch_of(120), Settings("y").batch_of(10**6), Settings("y", batch_size=64).batch_of(20)
        (32, 1000, 20)
        """
        return min(n, self.batch_size or (32 if n < 10_000 else 200 if n < 100_000 else 1000))

    def to_json(self) -> dict[str, Any]:
        """The settings by name."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    def command(self, data: str | Sequence[str], output: str) -> list[str]:
        """The words of the command line, of one file or several: every setting that is not the default.

        >>> Settings("species", layers=(8,), seed=3).command("iris.csv", "run")
        ['chainrule', 'train', 'iris.csv', '--target', 'species', '--layers', '8', '--seed', '3', '-o', 'run']
        """
        words = ["chainrule", "train", *([data] if isinstance(data, str) else data)]
        for one in fields(self):
            value, option = getattr(self, one.name), f"--{one.name.replace('_', '-')}"
            if value == one.default and one.name != "target":
                continue
            if one.name == "drop":
                words += [word for name in value for word in (option, name)]
            elif one.name == "layers":
                words += [option, "-".join(map(str, value)) or "none"]
            else:
                words += [
                    option,
                    f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value),
                ]
        return [*words, "-o", output]

    def differences(self, kept: Mapping[str, Any]) -> list[str]:
        """What differs from the settings of a run that is to be resumed; its epochs may be more."""
        return [
            f"{name} is {value!r} now and was {kept.get(name)!r}"
            for name, value in self.to_json().items()
            if name != "epochs" and kept.get(name) != value
        ]


def together(data: Sequence[str]) -> str:
    """What several files are called.

    >>> together(["a.parquet"]), together(["a.parquet", "b.parquet", "c.parquet"])
    ('a.parquet', 'a.parquet and 2 more')
    """
    return data[0] if len(data) == 1 else f"{data[0]} and {len(data) - 1} more"
