"""When a fit ends, and at which rate it goes on: scikit-learn's rules, looked at as seldom as they allow.

A fit ends once the loss (or, with early stopping, the score on held-out samples) has not become better by `tol` for
more than `n_iter_no_change` epochs in a row. So after an epoch that was better nothing can end for `n_iter_no_change`
epochs, and the engine runs through them without Python.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.training.callbacks import Callback

__all__ = ["Progress", "Stopping"]


@dataclass
class Progress:
    """How far an estimator has come, in all its fits that went on from one another.

    Attributes:
        losses: the loss of every epoch.
        best_loss: the lowest of them.
        scores: on held-out samples, after every epoch that had some.
        best_score: the highest of them.
        best: the network's numbers there.
        idle: how many epochs in a row were no better.
        samples: how many samples were trained on, each as often as it was.
        rate: the learning rate that was set last; None while it is the optimizer's own.
    """

    losses: list[float] = field(default_factory=list)
    best_loss: float = np.inf
    scores: list[float] = field(default_factory=list)
    best_score: float = -np.inf
    best: Array | None = None
    idle: int = 0
    samples: int = 0
    rate: float | None = None


class Stopping(Callback):
    """Ends a fit.

    Args:
        progress: what came before, which is kept up to date.
        model: the estimator, for its parameters.
        n_samples: that an epoch trains on.
        score: of the network on held-out samples; None without early stopping.
    """

    def __init__(self, progress: Progress, model: Any, n_samples: int, score: Callable[[], float] | None) -> None:
        self.progress, self.estimator, self.n_samples, self.score = progress, model, n_samples, score
        self.schedule = model.learning_rate if model.solver == "sgd" else "constant"
        self.sets_rate = self.schedule in ("invscaling", "adaptive")
        self.looks_at_each = score is not None or self.schedule == "invscaling" or bool(model.verbose)
        self.seen = 0
        self.converged = False

    def on_train_begin(self, logs: Any = None) -> None:
        if self.progress.rate is not None:
            self.learning_rate = self.progress.rate
        self.plan(-1)

    def on_epoch_end(self, epoch: int, logs: Any) -> None:
        assert self.run is not None
        self.take(self.run.so_far().loss)
        self.plan(epoch)

    def plan(self, epoch: int) -> None:
        """Wake at the next epoch after which the fit may end."""
        patience = self.estimator.n_iter_no_change + 1 - self.progress.idle
        ahead = 1 if self.looks_at_each else int(min(max(patience, 1), 10**9))
        self.first = epoch + ahead

    def take(self, losses: Sequence[float]) -> None:
        """Take note of the losses of all epochs so far."""
        progress, model = self.progress, self.estimator
        for loss in losses[self.seen :]:
            self.seen += 1
            progress.samples += self.n_samples
            progress.losses.append(float(loss))
            if model.verbose:
                print(f"Iteration {self.seen}, loss = {loss:.8f}")
            if self.score is None:
                progress.idle = progress.idle + 1 if loss > progress.best_loss - model.tol else 0
                progress.best_loss = min(progress.best_loss, float(loss))
            else:
                self.note_score(self.score())
            if self.schedule == "invscaling" and self.run is not None:
                progress.rate = model.learning_rate_init / (progress.samples + 1) ** model.power_t
                self.learning_rate = progress.rate
            if progress.idle > model.n_iter_no_change:
                self.end()

    def note_score(self, score: float) -> None:
        """Take note of the score on the held-out samples, and of the network where it is the best so far."""
        progress, tol = self.progress, self.estimator.tol
        progress.scores.append(score)
        if self.estimator.verbose:
            print(f"Validation score: {score:f}")
        progress.idle = progress.idle + 1 if score < progress.best_score + tol else 0
        if score > progress.best_score:
            progress.best_score, progress.best = score, self.model.numbers.copy()

    def end(self) -> None:
        """End the fit, or go on at a fifth of the rate where `learning_rate="adaptive"` says so."""
        rate = self.progress.rate or self.estimator.learning_rate_init
        if self.schedule == "adaptive" and rate > 1e-6:
            self.learning_rate = self.progress.rate = rate / 5
            self.progress.idle = 0
            if self.estimator.verbose:
                print(f"No improvement by tol={self.estimator.tol:f}. Setting learning rate to {rate / 5:f}")
        else:
            self.converged = True
            self.stop()
