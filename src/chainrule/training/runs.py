"""What many training runs leave behind, all of them or a block of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chainrule.arrays import Array

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["RECORDS", "Runs"]

RECORDS = ("loss", "accuracy", "parameters")


@dataclass
class Runs:
    """What many training runs leave behind; row k is the run of the k-th seed.

    Attributes:
        epoch: the epochs that were recorded, (n_marks,).
        loss: the loss of those epochs, as `History.loss` has it, (n_runs, n_marks).
        accuracy: the share of samples whose class is right after those epochs, (n_runs, n_marks); NaN where the loss
            knows no classes.
        parameters: θ after those epochs, (n_runs, n_marks, n_parameters); of a network with batch normalization the
            running statistics stand after it.
        seconds: how long all took, seconds.
        completed: which runs were completed, (n_runs,) of bool: all, unless Ctrl-C came. The others hold NaN.
        engine: which engine computed them.

    What was not to be recorded is None.
    """

    epoch: npt.NDArray[np.intp]
    loss: Array | None
    accuracy: Array | None
    parameters: Array | None
    seconds: float
    completed: npt.NDArray[np.bool_]
    engine: str

    @classmethod
    def blank(cls, n: int, marks: npt.NDArray[np.intp], record: Sequence[str], theta: Array, engine: str) -> Runs:
        """Room for n runs of networks like θ, none of them completed."""
        shape = n, len(marks)
        return cls(
            epoch=marks,
            loss=np.full(shape, np.nan) if "loss" in record else None,
            accuracy=np.full(shape, np.nan) if "accuracy" in record else None,
            parameters=np.full((*shape, theta.size), np.nan, theta.dtype) if "parameters" in record else None,
            seconds=0.0,
            completed=np.zeros(n, bool),
            engine=engine,
        )

    def block(self, block: slice) -> Runs:
        """Some of the runs: views, so that what is written there is written here."""
        loss, accuracy, parameters = (
            None if array is None else array[block] for array in (self.loss, self.accuracy, self.parameters)
        )
        return Runs(self.epoch, loss, accuracy, parameters, self.seconds, self.completed[block], self.engine)

    def take(self, other: Runs) -> None:
        """Write what another one holds of the same runs here."""
        for name in (*RECORDS, "completed"):
            here, there = getattr(self, name), getattr(other, name)
            if here is not None:
                here[...] = there

    def __repr__(self) -> str:
        done = f"{self.completed.sum()} of {len(self.completed)}" if not self.completed.all() else len(self.completed)
        return f"Runs({done} runs, recorded at {len(self.epoch)} epochs, {self.seconds:.3g} s)"
