"""scikit-learn's `MLPClassifier`.

It starts from weights of its own and shuffles in an order of its own: both are replaced by the job's, so that it does
the same work. What differs is that it keeps predictions off 0 and 1 by the machine's rounding before it takes their
logarithm, where we compute the loss from z.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from ..task import Job, Outcome

__all__ = ["ScikitLearn"]


class OrderOf(np.random.RandomState):
    """A source of randomness that shuffles the samples into the job's order, epoch after epoch."""

    def __init__(self, job: Job) -> None:
        super().__init__(0)
        self.rng, self.before = job.generator(), np.arange(len(job.X))

    def shuffle(self, x: Any) -> None:
        after = self.rng.permutation(len(x))
        x[:] = np.argsort(self.before)[after]  # scikit-learn shuffles what it shuffled before
        self.before = after


class ScikitLearn:
    """Its trainer."""

    def __init__(self, job: Job) -> None:
        task, y = job.task, job.y.astype(int)
        self.job = job
        self.y = y.argmax(axis=1) if task.output == "softmax" else y[:, 0] if y.shape[1] == 1 else y
        self.model = MLPClassifier(
            hidden_layer_sizes=task.sizes[1:-1],
            activation="logistic",
            solver="sgd",
            alpha=0,
            batch_size=task.batch_size,
            learning_rate_init=task.learning_rate,
            momentum=task.momentum,
            nesterovs_momentum=False,
            shuffle=not job.full_batch,
            max_iter=1,
            tol=0,
            warm_start=True,
        )
        self.fit()

    def fit(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # so many epochs are what was asked for
            self.model.fit(self.job.X, self.y)

    def reset(self) -> None:
        for ours, theirs in ((self.job.weights, self.model.coefs_), (self.job.biases, self.model.intercepts_)):
            for start, parameter in zip(ours, theirs, strict=True):
                parameter[...] = start
        self.model.random_state = OrderOf(self.job)
        # What a warm start goes on from; a run that is no better than the last one would end early.
        self.model.loss_curve_, self.model.best_loss_, self.model._no_improvement_count = [], np.inf, 0

    def run(self, epochs: int) -> None:
        self.model.set_params(max_iter=epochs, n_iter_no_change=epochs + 1)
        self.fit()

    def outcome(self) -> Outcome:
        return Outcome(np.array(self.model.loss_curve_), self.model.coefs_, self.model.intercepts_)
