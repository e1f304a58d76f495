"""Checkpoints: a run in files from which it goes on, bit for bit, after whatever ended it."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.arguments import as_count
from chainrule.training.callbacks.callback import Callback
from chainrule.training.checkpoint_file import files, number, write
from chainrule.training.snapshot import Snapshot, identity

if TYPE_CHECKING:
    from chainrule.training.callbacks.callback import Logs

__all__ = ["Checkpoint"]


class Checkpoint(Callback):
    """Writes the run into a folder, after the first epoch, after every so-many-th from there, and after the last.

    `Network.fit(..., resume_from=path)` goes on from the newest file of the folder, or from a file, with the same bits
    as a run that was never interrupted: pass it the same arguments. A file holds the parameters, the running
    statistics, the optimizer's state and rate, the generators, the history, and what callbacks remember. A run of
    L-BFGS cannot be kept so, because SciPy holds its state.

    A write that fails, on a full disk say, is a warning: the run goes on, and the files before it stay.

    Args:
        path: the folder; it is made where there is none. A leading ~ is the home folder.
        every: how many epochs from one file to the next, at least 1.
        keep: how many of the newest files stay, at least 1. Should the newest be damaged, the one before it serves.

    Raises:
        TypeError: every or keep is no whole number.
        ValueError: one of them is below 1; in a run: the folder holds the files of another, or its optimizer is LBFGS.
        OSError: in a run: the folder cannot be made.

    Example:
        >>> import tempfile
        >>> import chainrule as cr
        >>> X, y = cr.datasets.xor()
        >>> folder = tempfile.mkdtemp()
        >>> def trained(epochs, **options):
        ...     net = cr.Network([2, 3, 1], seed=0)
        ...     net.fit(X, y, optimizer="adam", epochs=epochs, engine="numpy", verbose=0, **options)
        ...     return net
        >>> _ = trained(20, callbacks=[cr.callbacks.Checkpoint(folder, every=10)])
        >>> resumed = trained(50, callbacks=[cr.callbacks.Checkpoint(folder, every=10)], resume_from=folder)
        >>> bool((resumed.parameters == trained(50).parameters).all())
        True
    """

    wakes_last = True

    def __init__(self, path: str | os.PathLike[str], *, every: int = 1, keep: int = 2) -> None:
        self.path = Path(path).expanduser()
        self.every, self.keep = as_count("every", every), as_count("keep", keep)

    def on_train_begin(self) -> None:
        run = self._known_run()
        if run.engine.optimizer.name == "lbfgs":
            raise ValueError(
                "a checkpoint cannot hold a run of LBFGS, whose state is SciPy's; use another optimizer, or "
                "Network.save after fit"
            )
        self.path.mkdir(parents=True, exist_ok=True)
        if run.step == 0 and (there := files(self.path)):
            raise ValueError(
                f"{self.path} holds checkpoints already, such as {there[-1].name}; pass resume_from={str(self.path)!r} "
                "to go on from there, or another folder"
            )
        for left in self.path.glob(".epoch-*"):  # by a process that was killed while it wrote
            left.unlink(missing_ok=True)
        self.identity = identity(run.engine.job, run.engine_name, run.callbacks)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        run = self._known_run()
        path = self.path / f"epoch-{epoch + 1:08d}.safetensors"
        try:
            write(path, Snapshot.of(run, self.model, self.identity))
        except OSError as error:
            warnings.warn(f"{error}; training goes on without this checkpoint", stacklevel=2)
            return
        older = [file for file in files(self.path) if number(file) <= epoch + 1]
        for file in older[: -self.keep]:
            file.unlink(missing_ok=True)
