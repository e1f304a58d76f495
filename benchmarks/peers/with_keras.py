"""Keras, by `model.fit`, on JAX."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax

jax.config.update("jax_enable_x64", True)  # before Keras reads it

import keras

from chainrule.arrays import Array

from ..task import Job, Outcome

__all__ = ["Keras"]


class Keras:
    """Its trainer. Batches in the job's order come from a generator."""

    def __init__(self, job: Job) -> None:
        task = job.task
        keras.config.set_floatx(task.dtype)
        self.job = job
        hidden = [keras.layers.Dense(d, activation="sigmoid") for d in task.sizes[1:-1]]
        self.model = keras.Sequential([keras.Input((task.sizes[0],)), *hidden, keras.layers.Dense(task.sizes[-1])])
        self.model.compile(
            optimizer=keras.optimizers.SGD(task.learning_rate, momentum=task.momentum),
            loss=keras.losses.CategoricalCrossentropy(from_logits=True) if task.output == "softmax" else self.binary,
        )
        self.model.optimizer.build(self.model.trainable_variables)

    def binary(self, y: Any, z: Any) -> Any:
        return keras.losses.binary_crossentropy(y, z, from_logits=True) * self.job.task.sizes[-1]  # ours sums

    def reset(self) -> None:
        self.model.set_weights([p for pair in zip(self.job.weights, self.job.biases, strict=True) for p in pair])
        for velocity in self.model.optimizer.momentums:
            velocity.assign(np.zeros(velocity.shape, self.job.X.dtype))

    def run(self, epochs: int) -> None:
        job = self.job
        if job.full_batch:
            self.history = self.model.fit(job.X, job.y, batch_size=len(job.X), epochs=epochs, shuffle=False, verbose=0)
        else:
            steps = job.task.steps_per_epoch
            self.history = self.model.fit(batches(job, epochs), steps_per_epoch=steps, epochs=epochs, verbose=0)

    def outcome(self) -> Outcome:
        parameters = self.model.get_weights()
        return Outcome(np.array(self.history.history["loss"]), parameters[::2], parameters[1::2])


def batches(job: Job, epochs: int) -> Iterator[tuple[Array, Array]]:
    """The samples and targets of every step."""
    n = job.task.batch_size
    for order in job.orders(epochs):
        for start in range(0, len(order), n):
            rows = order[start : start + n]
            yield job.X[rows], job.y[rows]
