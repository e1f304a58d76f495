"""A training job that every peer is given alike: network, samples, starting weights and the order of the batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

import chainrule as cr
from chainrule.arrays import Array

from . import data

__all__ = ["Job", "Outcome", "Task"]

SEED = 1
ORDER_SEED = 2


@dataclass(frozen=True)
class Task:
    """What is trained: sigmoid layers, cross entropy, gradient descent with momentum."""

    sizes: tuple[int, ...]
    samples: str
    """The name of a data set in `data.py`."""
    n: int
    batch_size: int
    epochs: int
    """The most epochs that a timed run takes."""
    output: str = "sigmoid"
    dtype: str = "float64"
    learning_rate: float = 0.1
    momentum: float = 0.5

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Task:
        """The task of these values, as they come out of JSON."""
        return cls(**{**values, "sizes": tuple(values["sizes"])})

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch; every one of them is full."""
        return self.n // self.batch_size

    @property
    def loss(self) -> str:
        """The loss that belongs to the output."""
        return "categorical_cross_entropy" if self.output == "softmax" else "binary_cross_entropy"

    @property
    def products(self) -> int:
        """Floating point operations of the matrix products of one step, forward and backward."""
        pairs = list(zip(self.sizes, self.sizes[1:], strict=False))
        forward = sum(2 * self.batch_size * d_in * d_out for d_in, d_out in pairs)
        return 3 * forward - 2 * self.batch_size * pairs[0][0] * pairs[0][1]  # no derivative in the samples

    @property
    def exponentials(self) -> int:
        """How often one step needs e to some power: once a unit and sample."""
        return self.batch_size * sum(self.sizes[1:])


@dataclass(frozen=True)
class Outcome:
    """What a peer's run gave."""

    losses: npt.NDArray[np.float64]
    """The mean loss of every epoch, each batch's taken before its update, (epochs,)."""
    weights: list[Array]
    """(d_in, d_out) each."""
    biases: list[Array]


class Job:
    """The task with its arrays."""

    def __init__(self, task: Task) -> None:
        if task.n % task.batch_size:
            raise ValueError(f"{task.n} samples do not divide into batches of {task.batch_size}")
        self.task = task
        self.X, self.y, self.samples = data.load(
            task.samples, n=task.n, sizes=task.sizes, dtype=task.dtype, one_of_many=task.output == "softmax"
        )
        net = self.network()
        self.weights, self.biases = [w.copy() for w in net.weights], [b.copy() for b in net.biases]

    def network(self) -> cr.Network:
        """A network of ours with the starting weights."""
        return cr.Network(self.task.sizes, output=self.task.output, seed=SEED, dtype=self.task.dtype)

    @property
    def full_batch(self) -> bool:
        """Whether a step takes every sample."""
        return self.task.batch_size == len(self.X)

    def generator(self) -> np.random.Generator:
        """Where the order of the batches is drawn from: one permutation an epoch."""
        return np.random.default_rng(ORDER_SEED)

    def orders(self, epochs: int) -> Iterator[npt.NDArray[np.intp]]:
        """The order of the samples in each epoch."""
        rng = self.generator()
        for _ in range(epochs):
            yield np.arange(len(self.X)) if self.full_batch else rng.permutation(len(self.X))

    def reference(self, epochs: int) -> Outcome:
        """What this many epochs come to, by the reference engine: what every peer must come to."""
        return self.train("reference", epochs)

    def train(self, engine: str, epochs: int, net: cr.Network | None = None) -> Outcome:
        """Train by an engine of ours."""
        net = net or self.network()
        task = self.task
        history = net.fit(
            self.X,
            self.y,
            loss=task.loss,
            optimizer=cr.SGD(task.learning_rate, momentum=task.momentum),
            epochs=epochs,
            batch_size=task.batch_size,
            shuffle=self.generator(),
            engine=engine,
            verbose=0,
        )
        return Outcome(np.asarray(history.loss), net.weights, net.biases)
