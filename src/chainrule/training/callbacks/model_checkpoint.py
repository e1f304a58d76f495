"""The network of some epochs of a run, or of the best one, as files."""

from __future__ import annotations

import math
import os
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import numpy as np

from chainrule.arguments import as_count, require_bool
from chainrule.training.callbacks.callback import Callback
from chainrule.training.callbacks.files import require_folder
from chainrule.training.callbacks.monitor import Monitor

if TYPE_CHECKING:
    from chainrule.training.callbacks.callback import Logs

__all__ = ["ModelCheckpoint"]


class ModelCheckpoint(Callback):
    """Saves the network after epochs, with `Network.save`: as a safetensors file, whole or not at all.

    A file holds a network to predict with, and not the state of the run. The parameters that are saved are those after
    the epoch.

    Args:
        filepath: where, with fields that are filled in for each file: `{epoch}`, which counts from 1 as Keras does in
            file names, and the names of the epoch's logs, such as "{epoch:02d}-{val_loss:.2f}.safetensors". A file of
            the same name is replaced.
        monitor: a name of the epoch's logs, "loss" or "val_loss".
        save_best_only: whether to save only where the monitored quantity is better than at every epoch looked at so
            far in the run.
        mode: "min", "max", or "auto", which goes by the quantity's name.
        save_freq: "epoch" for every epoch, or a whole number k ≥ 1 for the epochs k, 2k, 3k, … counted from 1. (In
            Keras a number counts batches.)

    Attributes:
        best: the best value so far, in the run that is watched or was last; of `save_best_only`.
        saved: the path of the last file written; None before the first.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: one is out of range, or filepath is no format; in a run: its epochs have no such quantity.
        OSError: in a run: the folder is missing (said before the first epoch), or a file cannot be written. What was
            there is kept, and the network keeps what it has learned.

    Example:
        >>> import tempfile, pathlib
        >>> import chainrule as cr
        >>> X, y = cr.datasets.xor()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save = ModelCheckpoint(f"{folder}/{{epoch:03d}}-{{loss:.2f}}.safetensors", save_freq=50)
        ...     history = cr.Network([2, 3, 1], seed=0).fit(X, y, epochs=120, callbacks=[save])
        ...     print(*sorted(path.name for path in pathlib.Path(folder).iterdir()))
        050-0.72.safetensors 100-0.71.safetensors
    """

    def __init__(
        self,
        filepath: str | Path,
        monitor: str = "val_loss",
        *,
        save_best_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
    ) -> None:
        require_bool("save_best_only", save_best_only)
        if isinstance(save_freq, str) and save_freq != "epoch":
            raise ValueError(f"save_freq must be 'epoch' or a whole number of epochs, got {save_freq!r}")
        self.every = 1 if isinstance(save_freq, str) else as_count("save_freq", save_freq)
        self.first = self.every - 1
        if not isinstance(filepath, str | Path):
            raise TypeError(f"filepath must be a str or a path, got {filepath!r}")
        self.filepath = str(filepath)
        try:
            self.fields = [name for _, name, _, _ in Formatter().parse(self.filepath) if name is not None]
        except ValueError as error:
            raise ValueError(f"filepath {self.filepath!r} is no format ({error}); write {{{{ for a brace") from None
        self.monitor = Monitor(type(self).__name__, monitor, mode, 0)
        self.save_best_only = save_best_only
        self.remembers = ("best",) if save_best_only else ()
        self._begin()

    def _begin(self) -> None:
        self.best: float = self.monitor.worst
        self.saved: Path | None = None

    def on_train_begin(self) -> None:
        self._begin()
        folder, _ = os.path.split(self.filepath)
        if "{" not in folder:  # else it is known only when the file is written
            require_folder("filepath", self.filepath)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        path = self._path(epoch, logs)
        if (epoch - self.first) % self.every:
            return  # the last epoch wakes everybody
        if self.save_best_only:
            value = self.monitor.value(logs)
            if not self.monitor.improves(value, self.best):
                return
        if not np.isfinite(self.model.numbers).all():
            return  # the run has diverged, of which the next loss tells
        finite = {name: value for name, value in logs.items() if math.isfinite(value)}  # JSON has no others
        self.model.save(path, provenance={"epoch": epoch + 1, **finite})
        self.saved = path
        if self.save_best_only:
            self.best = value

    def _path(self, epoch: int, logs: Logs) -> Path:
        known = {**logs, "epoch": epoch + 1}
        try:
            return Path(self.filepath.format(**known)).expanduser()
        except (KeyError, IndexError, AttributeError, TypeError):
            missing = next((repr(f"{{{field}}}") for field in self.fields if field not in known), "another field")
            raise ValueError(
                f"filepath {self.filepath!r} has {missing}, but the epochs of this run have {', '.join(known)}; "
                "use these names"
            ) from None
        except ValueError as error:
            raise ValueError(f"filepath {self.filepath!r} cannot be filled in ({error}); all are numbers") from None
