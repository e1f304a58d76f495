"""What the command line asks of a sweep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainrule.tables.settings import Settings

__all__ = ["STUDY", "Asked"]

STUDY = "study.db"
"""Where the trials are kept, in the output folder, unless another file is named."""
OF_DATA = ("target", "task", "validation", "seed", "engine", "dtype", "drop", "delimiter")


@dataclass(frozen=True)
class Asked:
    """What the command line asks for.

    Attributes:
        data: the file.
        common: settings of all trials.
        space: the file of the space; None for the built-in one.
        trials: how many in all; None for 50, or all of a grid.
        sampler: its name.
        pruner: its name.
        dask: the address of a cluster; None for this process.
        storage: the file of the search; None for one in the output folder.
        force: whether a former run in the output folder may be replaced.
        output: that folder.
    """

    data: str
    common: Settings
    space: Path | None
    trials: int | None
    sampler: str
    pruner: str
    dask: str | None
    storage: Path | None
    force: bool
    output: Path

    @property
    def data_settings(self) -> Mapping[str, Any]:
        """What decides how the data is read, split and measured, and with what seed."""
        return {name: value for name, value in self.common.to_json().items() if name in OF_DATA}

    @property
    def kept_in(self) -> Path:
        """The file of the search."""
        return self.output / STUDY if self.storage is None else self.storage.expanduser()

    @property
    def command(self) -> list[str]:
        """The words of the command line."""
        words = ["chainrule", "sweep", *self.common.command(self.data, str(self.output))[2:-2]]
        given = {
            "--space": self.space,
            "--trials": self.trials,
            "--sampler": None if self.sampler == "tpe" else self.sampler,
            "--pruner": None if self.pruner == "median" else self.pruner,
            "--dask": self.dask,
            "--storage": self.storage,
        }
        words += [word for name, value in given.items() if value is not None for word in (name, str(value))]
        return [*words, "-o", str(self.output)]
