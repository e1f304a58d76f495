"""A run as TensorBoard shows it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arguments import as_count
from chainrule.engines.choose import gradients_of
from chainrule.training.callbacks.callback import Callback
from chainrule.training.callbacks.logged import imported, scalars

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.structure import Structure
    from chainrule.training.callbacks.callback import Logs

__all__ = ["TensorBoard"]

FLUSH_SECONDS = 10  # what a page that is looked at may lag behind


class TensorBoard(Callback):
    """Writes event files for TensorBoard: of every epoch, from 0, the scalars train/loss, val/loss, learning_rate, ….

    Needs the extra `tensorboard`: pip install "chainrule[tensorboard]". Look at the files with `tensorboard --logdir
    logs`, which is a package of its own. Every run writes a file of its own into the folder; runs that are to be
    compared go into folders of one folder. A resumed run hides what the interrupted one wrote of epochs that it does
    again.

    Args:
        log_dir: the folder; it is made where there is none. A leading ~ is the home folder.
        histogram_freq: every how many epochs, from 0, to write histograms: of the parameters, `layers.0.weight`, and of
            their derivatives on all training samples, `gradients/layers.0.weight`, without dropout and penalties. 0
            writes none; each costs a pass over the data.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: histogram_freq is negative.
        ImportError: in a run: tensorboardX is not installed.
        OSError: in a run: the folder cannot be made or written.

    Example:
        >>> import tempfile, pathlib
        >>> import chainrule as cr
        >>> X, y = cr.datasets.xor()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     history = cr.Network([2, 3, 1], seed=0).fit(X, y, epochs=5, callbacks=[TensorBoard(folder)])
        ...     [path.name.split(".")[:3] for path in pathlib.Path(folder).iterdir()]
        [['events', 'out', 'tfevents']]
    """

    def __init__(self, log_dir: str | os.PathLike[str] = "logs", histogram_freq: int = 0) -> None:
        if not isinstance(log_dir, str | os.PathLike):
            raise TypeError(f"log_dir must be a str or a path, got {log_dir!r}")
        self.path = Path(log_dir).expanduser()
        self.histogram_freq = as_count("histogram_freq", histogram_freq, least=0)
        self.writer: Any = None

    def on_train_begin(self) -> None:
        tensorboardx = imported("tensorboardX", "TensorBoard", 'pip install "chainrule[tensorboard]"')
        run = self._known_run()
        begun = run.step * self.params["epochs"] // run.steps
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.writer = tensorboardx.SummaryWriter(
                str(self.path),
                flush_secs=FLUSH_SECONDS,
                purge_step=begun or None,
                filename_suffix=f".{time.time_ns()}",  # two runs of one second are two files, in their order
            )
        except OSError as error:
            raise type(error)(error.errno, f"cannot write into {str(self.path)!r} ({error.strerror})") from None

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        for name, value in scalars(self, logs).items():
            self.writer.add_scalar(name, value, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            job = self._known_run().engine.job
            _, gradient = gradients_of("numpy", job.structure, job.theta, job.X, job.y, job.loss, job.weights)
            for prefix, vector in (("", job.parameters), ("gradients/", gradient)):
                for name, tensor in named_tensors(job.structure, vector).items():
                    if np.isfinite(tensor).all():
                        self.writer.add_histogram(f"{prefix}{name}", tensor, epoch)

    def on_exit(self, error: BaseException | None) -> None:
        if self.writer is not None:
            self.writer.close()
            self.writer = None


def named_tensors(structure: Structure, vector: Array) -> dict[str, Array]:
    """The tensors that lie in a vector like θ, by the names that they have in files.

    >>> from chainrule.structure import Structure
    >>> [*named_tensors(Structure.of([2, 1], hidden=[], output="prelu"), np.zeros(4))]
    ['layers.0.weight', 'layers.0.bias', 'layers.0.alpha']
    """
    found = {}
    for i, layer in enumerate(structure.layers):
        found[f"layers.{i}.weight"], found[f"layers.{i}.bias"] = layer.weight(vector), layer.bias(vector)
        found |= {f"layers.{i}.{name}": vector[place] for name, place in layer.places.items()}
    return found
