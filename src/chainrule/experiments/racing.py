"""Time to solve: how soon networks of one kind solve a task, each kind at the rate that suits it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypedDict

import numpy as np

from chainrule.arrays import Array
from chainrule.experiments.intervals import Interval, bootstrap, listed, number, percent, wilson
from chainrule.experiments.rivals import best_rate
from chainrule.experiments.study import Watch
from chainrule.experiments.tasks import Task, Trained, tasks
from chainrule.formulas.initializers import Initializer

__all__ = ["Race", "Solved", "overlap", "race", "races", "said", "summary"]


@dataclass(frozen=True)
class Race:
    """A task, how networks are trained on it, and the rates that each kind of network may try."""

    task: Task
    rates: tuple[float, ...]
    options: Mapping[str, Any]

    @property
    def sizes(self) -> str:
        """Those of the networks, as people write them."""
        return "-".join(map(str, self.task.sizes))

    def train(
        self,
        watch: Watch,
        hidden: str,
        initializer: Initializer,
        seeds: list[int],
        *,
        keep: bool = False,
        **options: Any,
    ) -> Trained:
        """Train networks of an activation and an initialization; the rest is as of `Task.train`."""
        return self.task.by(hidden, initializer).train(watch, seeds, keep=keep, **self.options, **options)


def races(epochs: int) -> tuple[Race, Race]:
    """XOR by gradient descent with momentum, for six times as many epochs, and the spirals by Adam."""
    known = tasks()
    return (
        Race(replace(known["xor"], epochs=6 * epochs), (0.03, 0.1, 0.3, 1.0), {"optimizer": "sgd", "momentum": 0.9}),
        Race(replace(known["spirals"], epochs=epochs), (0.001, 0.003, 0.01, 0.03), {"optimizer": "adam"}),
    )


class Solved(TypedDict):
    """How networks of one kind do on a task.

    Attributes:
        rate: the learning rate that was chosen for them.
        share: of those that solve it.
        epochs: until it is solved, median; a network that does not solve it counts as the last epoch.
    """

    rate: float
    share: Interval
    epochs: Interval


def race(watch: Watch, on: Race, hidden: str, initializer: Initializer, seeds: range, search: range) -> Solved:
    """How networks of one kind do: the rate is chosen on the seeds of the search, and judged on others.

    Args:
        watch: who is told how it goes.
        on: what is to be solved, and how.
        hidden: the activation.
        initializer: of the weights.
        seeds: of the networks that count.
        search: of the networks, at each of the rates, by which the rate is chosen; none of `seeds`.
    """
    rates, shape = np.repeat(on.rates, len(search)), (len(on.rates), len(search))
    tried = on.train(watch, hidden, initializer, list(search) * len(on.rates), learning_rate=rates)
    rate = on.rates[best_rate(tried.epochs.reshape(shape), tried.loss.reshape(shape))]
    found = summary(on.train(watch, hidden, initializer, list(seeds), learning_rate=rate).epochs, on)
    return {"rate": rate, "share": found["share"], "epochs": found["epochs"]}


def summary(epochs: Array, on: Race) -> dict[str, Interval]:
    """The share of the networks that solve the task and the median epochs until then."""
    return {
        "share": wilson(int(np.isfinite(epochs).sum()), len(epochs)),
        "epochs": bootstrap(np.minimum(epochs, on.task.epochs)),
    }


def said(kinds: Mapping[str, Solved], end: int) -> str:
    """Who is how fast, the fastest first; then whom less than half solve it with, the most first.

    >>> kind = {"rate": 1.0, "share": wilson(9, 10), "epochs": bootstrap([30.0, 30.0])}
    >>> said({"a": kind, "b": {**kind, "share": wilson(4, 10)}, "c": {**kind, "share": wilson(0, 10)}}, 100)
    'a 30 (30 to 30) epochs; less than half in 100: b 40.0 % (16.8 to 68.7 %); none: c'
    """
    ranked = sorted(kinds, key=lambda name: kinds[name]["epochs"]["value"])
    fast = [name for name in ranked if kinds[name]["share"]["value"] > 0.5]
    slow = sorted(
        (name for name in kinds if 0 < kinds[name]["share"]["value"] <= 0.5),
        key=lambda name: -kinds[name]["share"]["value"],
    )
    none = [name for name in kinds if kinds[name]["share"]["value"] == 0]
    parts = [
        ", ".join(f"{name} {number(kinds[name]['epochs'])}" + " epochs" * (name == fast[0]) for name in fast),
        f"less than half in {end:,}: " + ", ".join(f"{name} {percent(kinds[name]['share'])}" for name in slow)
        if slow
        else "",
        f"none: {listed(none)}" if none else "",
    ]
    return "; ".join(part for part in parts if part)


def overlap(one: Interval, other: Interval) -> bool:
    """Whether two intervals have a point in common.

    >>> overlap(wilson(9, 10), wilson(5, 10)), overlap(wilson(90, 100), wilson(50, 100))
    (True, False)
    """
    return one["low"] <= other["high"] and other["low"] <= one["high"]
