"""A run as TensorBoard shows it."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arguments import as_count
from chainrule.training.callbacks.callback import Callback
from chainrule.training.callbacks.logged import imported, scalars

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.structure import Structure
    from chainrule.training.callbacks.callback import Logs

__all__ = ["TensorBoard"]

FLUSH_SECONDS = 10  # what a page that is looked at may lag behind
BINS = 30  # of a histogram: as many as TensorBoard shows


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
        OSError: in a run: the folder cannot be made or written. The network keeps what it has learned.

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
        self.file: Any = None

    def on_train_begin(self) -> None:
        imported("tensorboardX", "TensorBoard", 'pip install "chainrule[tensorboard]"')
        # Not its SummaryWriter: that one writes in a thread, and where the disk is full it waits for ever.
        from tensorboardX.record_writer import RecordWriter

        now, run = time.time_ns(), self._known_run()
        begun = run.step * self.params["epochs"] // run.steps
        # The nanoseconds keep two runs of one second apart, and in their order.
        name = f"events.out.tfevents.{now // 10**9}.{socket.gethostname()}.{now}"
        with self._told_of_errors():
            self.path.mkdir(parents=True, exist_ok=True)
            self.file, self.flushed = RecordWriter(str(self.path / name)), time.monotonic()
            self._write(file_version="brain.Event:2")
            if begun:
                self._write(step=begun, session_log={"status": "START"})

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        from tensorboardX import summary

        told = [summary.scalar(name, value) for name, value in scalars(self, logs).items()]
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            told += [summary.histogram(name, tensor, BINS) for name, tensor in self._tensors().items()]
        with self._told_of_errors():
            for each in told:
                self._write(step=epoch, summary=each)
            if time.monotonic() > self.flushed + FLUSH_SECONDS:
                self.file.flush()
                self.flushed = time.monotonic()

    def _write(self, **event: Any) -> None:
        from tensorboardX.proto.event_pb2 import Event

        self.file.write(Event(wall_time=time.time(), **event).SerializeToString())

    @np.errstate(over="ignore", invalid="ignore")  # the next training loss tells of a diverged network
    def _tensors(self) -> dict[str, Array]:
        """The parameters and their derivatives, by name; those that are not finite have no histogram."""
        job = self._known_run().engine.job
        found = named_tensors(job.structure, job.parameters)
        found |= {f"gradients/{name}": each for name, each in named_tensors(job.structure, job.gradient).items()}
        return {name: tensor for name, tensor in found.items() if np.isfinite(tensor).all()}

    @contextmanager
    def _told_of_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise type(error)(error.errno, f"cannot write into {str(self.path)!r} ({error.strerror})") from None

    def on_exit(self, error: BaseException | None) -> None:
        file, self.file = self.file, None
        if file is not None:
            with suppress(OSError) if isinstance(error, OSError) else self._told_of_errors():
                try:
                    file.flush()
                finally:
                    file.close()


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
