"""The loop that everyone writes in NumPy: rows are samples, each line as the textbook has it, new arrays everywhere."""

from __future__ import annotations

import numpy as np

from chainrule.arrays import Array

from ..task import Job, Outcome

__all__ = ["Textbook"]


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def cross_entropy(p: Array, y: Array, several: bool) -> float:
    if several:
        return float(-(y * np.log(p)).sum() / len(y))
    return float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).sum() / len(y))


class Textbook:
    """Its trainer."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.softmax = job.task.output == "softmax"

    def reset(self) -> None:
        self.W, self.b = [w.copy() for w in self.job.weights], [b.copy() for b in self.job.biases]
        self.losses: list[float] = []

    def run(self, epochs: int) -> None:
        job, W, b = self.job, self.W, self.b
        rate, momentum, size = job.task.learning_rate, job.task.momentum, job.task.batch_size
        vW, vb = [np.zeros_like(w) for w in W], [np.zeros_like(v) for v in b]
        last = len(W) - 1
        for order in job.orders(epochs):
            losses = []
            for start in range(0, len(order), size):
                if job.full_batch:
                    X, y = job.X, job.y
                else:
                    X, y = job.X[order[start : start + size]], job.y[order[start : start + size]]
                a = [X]
                for i in range(len(W)):
                    z = a[-1] @ W[i] + b[i]
                    a.append(softmax(z) if self.softmax and i == last else sigmoid(z))
                losses.append(cross_entropy(a[-1], y, self.softmax))
                delta = (a[-1] - y) / len(X)
                for i in range(last, -1, -1):
                    dW, db = a[i].T @ delta, delta.sum(axis=0)
                    if i > 0:
                        delta = delta @ W[i].T * a[i] * (1 - a[i])
                    vW[i] = momentum * vW[i] - rate * dW
                    vb[i] = momentum * vb[i] - rate * db
                    W[i] = W[i] + vW[i]
                    b[i] = b[i] + vb[i]
            self.losses.append(sum(losses) / len(losses))

    def outcome(self) -> Outcome:
        return Outcome(np.array(self.losses), self.W, self.b)
