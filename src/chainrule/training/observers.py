"""The callbacks of a run, and which of them wakes when: only where one overrides a hook does Python wake for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from chainrule.training.callbacks import Callback, Logs, Run

__all__ = ["Observers"]


class Observers:
    """The callbacks of a run of so many epochs."""

    def __init__(self, callbacks: Sequence[Callback], epochs: int) -> None:
        self.callbacks, self.epochs = callbacks, epochs
        self.at_begin = [callback for callback in callbacks if overrides(callback, "on_epoch_begin")]
        self.at_end = [callback for callback in callbacks if overrides(callback, "on_epoch_end")]
        self.at_batches = [
            callback
            for callback in callbacks
            if overrides(callback, "on_train_batch_begin") or overrides(callback, "on_train_batch_end")
        ]

    @property
    def stopped(self) -> bool:
        """Whether one of them ended the run."""
        return any(
            callback.stopped or getattr(getattr(callback, "model", None), "stop_training", False)
            for callback in self.callbacks
        )

    @contextmanager
    def watching(self, run: Run) -> Iterator[None]:
        """They watch the run in here; however it ends, each may close what it holds open."""
        with ExitStack() as stack:
            for callback in reversed(self.callbacks):
                stack.push(partial(leave, callback))
            for callback in self.callbacks:
                callback.run = run
                callback.on_train_begin()
            yield
            for callback in self.callbacks:
                callback.on_train_end()

    def next_due(self, epoch: int, *, every_epoch: bool) -> int:
        """The first epoch, from this one on, at whose end somebody must look: at it, or at the one that comes then.

        >>> Observers([], 100).next_due(7, every_epoch=False), Observers([], 100).next_due(7, every_epoch=True)
        (99, 7)
        """
        last = self.epochs - 1
        if every_epoch or epoch == last:
            return epoch
        ends = [next_waking(callback, epoch) for callback in self.at_end]
        begins = [min(next_waking(callback, epoch + 1), last) - 1 for callback in self.at_begin + self.at_batches]
        return min([last, *ends, *begins])

    def wakes(self, callback: Callback, epoch: int) -> bool:
        """Whether it wakes at this epoch."""
        return epoch == self.epochs - 1 or next_waking(callback, epoch) == epoch

    def begin(self, epoch: int) -> None:
        """Wake those who ask for the beginning of this epoch."""
        for callback in self.at_begin:
            if self.wakes(callback, epoch):
                callback.on_epoch_begin(epoch, {})

    def end(self, epoch: int, logs: Logs) -> None:
        """Wake those who ask for the end of this epoch."""
        for callback in self.at_end:
            if self.wakes(callback, epoch):
                callback.on_epoch_end(epoch, logs)

    def of_batches(self, epoch: int) -> list[Callback]:
        """Who asks for every batch of this epoch."""
        return [callback for callback in self.at_batches if self.wakes(callback, epoch)]


def leave(callback: Callback, kind: object, error: BaseException | None, trace: object) -> None:
    """Let a callback close what it holds open, in the form of an `__exit__`."""
    callback.on_exit(error)


def overrides(callback: Callback, hook: str) -> bool:
    """Whether its class, or the object itself, has a hook of its own."""
    return hook in vars(callback) or getattr(type(callback), hook) is not getattr(Callback, hook)


def next_waking(callback: Callback, epoch: int) -> int:
    """The first epoch, from this one on, at which it wakes in a run without end."""
    return callback.first + -(-max(epoch - callback.first, 0) // callback.every) * callback.every
