"""Whether what is fast is right: losses after whole runs beside the reference engine's; and time to 97 % of digits."""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr

from . import data
from .peers import OURS, PEERS
from .steps import agree, first_line, spread, timed
from .task import Job, Outcome, Task

__all__ = ["TARGET", "measure"]

TARGET = 0.97
RUNS = {
    "xor": Task((2, 3, 3, 1), "xor", 21, 21, 20_000, learning_rate=0.3),
    "linear": Task((2, 2, 2, 1), "linear", 100, 100, 20_000, learning_rate=0.3),
    "digits": Task((64, 100, 10), "digits", 1600, 200, 50, "softmax"),
    "digits, float32": Task((64, 100, 10), "digits", 1600, 200, 50, "softmax", "float32"),
}
DIGITS = Task((64, 100, 10), "digits", 1400, 50, 200, "softmax", learning_rate=0.5, momentum=0.9)
AGREED = 1e-3  # two thousand steps apart, at a rate as high as this


def measure(*, quick: bool, repeats: int) -> dict[str, Any]:
    """Both."""
    return {"losses": losses(quick), "to_accuracy": to_accuracy(quick, min(repeats, 5))}


def losses(quick: bool) -> dict[str, Any]:
    """The last loss of every engine on every run, and how far it is off the reference's."""
    found: dict[str, Any] = {}
    for name, task in RUNS.items():
        job = Job(task)
        epochs = task.epochs // 20 if quick else task.epochs
        expected = job.reference(epochs).losses[-1]
        engines: dict[str, Any] = {}
        for peer in OURS:
            try:
                trainer = peer.prepare(job)
                trainer.reset()
                trainer.run(epochs)
                loss = float(trainer.outcome().losses[-1])
                engines[peer.name] = {"loss": loss, "off": abs(loss - expected) / expected}
            except Exception as error:
                engines[peer.name] = {"failed": first_line(error)}
        found[name] = {"epochs": epochs, "samples": job.samples, "reference": float(expected), "engines": engines}
    return found


def to_accuracy(quick: bool, repeats: int) -> dict[str, Any]:
    """How long training takes to the first epoch after which 97 % of the other digits are told right.

    All train alike, so one epoch is the first for all; who is not there by then is named.
    """
    try:
        X, labels, _ = data.digits()
    except ImportError as error:
        return {"skipped": str(error)}
    held_out = X[DIGITS.n :], labels[DIGITS.n :]
    job = Job(DIGITS)
    epochs = epochs_needed(job, *held_out)
    expected = job.reference(epochs)
    rows: dict[str, dict[str, Any]] = {}
    runs = {}
    for peer in PEERS:
        rows[peer.name] = {}
        if peer.missing:
            rows[peer.name]["skipped"] = f"{' and '.join(peer.missing)} not installed"
            continue
        if quick and peer.slow_start:
            rows[peer.name]["skipped"] = "left out of a quick look"
            continue
        try:
            trainer = peer.prepare(job)
            timed(trainer, epochs)
            outcome = trainer.outcome()
            agree(outcome, expected, AGREED)
            rows[peer.name]["accuracy"] = accuracy(outcome, *held_out)
            runs[peer.name] = trainer
        except Exception as error:
            rows[peer.name]["failed"] = first_line(error)
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, trainer in runs.items():
            times[name].append(timed(trainer, epochs) * epochs)
    for name in runs:
        rows[name]["seconds"] = spread(times[name])
    return {"target": TARGET, "epochs": epochs, "test_samples": len(labels) - DIGITS.n, "peers": rows}


def epochs_needed(job: Job, X: Any, labels: Any) -> int:
    """The first number of epochs after which the target is met."""
    net = job.network()
    met: list[int] = []

    def look(epoch: int, logs: object) -> None:
        if not met and (net.predict(X).argmax(axis=1) == labels).mean() >= TARGET:
            met.append(epoch + 1)

    task = job.task
    net.fit(
        job.X,
        job.y,
        loss=task.loss,
        optimizer=cr.SGD(task.learning_rate, momentum=task.momentum),
        epochs=task.epochs,
        batch_size=task.batch_size,
        shuffle=job.generator(),
        callbacks=[look],
        engine="numpy",
        verbose=0,
    )
    if not met:
        raise ArithmeticError(f"{TARGET:.0%} is not met within {task.epochs} epochs")
    return met[0]


def accuracy(outcome: Outcome, X: Any, labels: Any) -> float:
    """The share of digits that a network of these weights tells right."""
    a = X
    for W, b in zip(outcome.weights, outcome.biases, strict=True):
        z = a @ W + b
        a = 1 / (1 + np.exp(-z))
    return float((z.argmax(axis=1) == labels).mean())
