"""A block of many runs: what all have in common, what each has of its own, and the one function that trains them.

It is the same function on this machine's threads and on the workers of a cluster, and needs nothing from around it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from chainrule.arguments import as_generator
from chainrule.arrays import Array
from chainrule.backprop import predict
from chainrule.engines.batches import Batches
from chainrule.engines.job import Job
from chainrule.formulas import optimizers
from chainrule.training.marks import NotWanted, Record, Stopped, by_itself, together
from chainrule.training.runs import Runs
from chainrule.training.samples import accuracy

if TYPE_CHECKING:
    import numpy.typing as npt

    from chainrule.formulas.initializers import Initializer
    from chainrule.formulas.optimizers import Optimizer

__all__ = ["Each", "ManyJob", "train_block", "trained_block"]


@dataclass(frozen=True)
class ManyJob:
    """What many runs have in common.

    Attributes:
        job: the job of any one of them; its θ is a blank.
        engine: which engine computes them, as `choose.pick` gave it.
        initializer: draws the initial weights.
        shuffle: whether each epoch permutes the samples.
        marks: the epochs to record, (n_marks,).
        record: what to record.
    """

    job: Job
    engine: str
    initializer: Initializer
    shuffle: bool
    marks: npt.NDArray[np.intp]
    record: Sequence[str]

    def blank(self, n: int) -> Runs:
        """Room for n runs."""
        return Runs.blank(n, self.marks, self.record, self.job.theta, self.engine)


@dataclass(frozen=True)
class Each:
    """What each of n runs has of its own.

    Attributes:
        seeds: of the initial weights, the mini-batches and what drops out, n of them.
        scales: what the initial weights are multiplied by, (n,).
        settings: hyperparameters of the optimizer by name, (n,) each.
        samples: X, y, and weights if there are some, as of a Job, n of each; empty where all runs have the same.
    """

    seeds: Sequence[int]
    scales: npt.NDArray[np.float64]
    settings: Mapping[str, npt.NDArray[np.float64]]
    samples: Mapping[str, Array]

    def block(self, block: slice) -> Each:
        """Those of some of the runs."""
        settings = {name: values[block] for name, values in self.settings.items()}
        samples = {name: values[block] for name, values in self.samples.items()}
        return Each(self.seeds[block], self.scales[block], settings, samples)

    def rules(self, rule: Optimizer) -> list[Optimizer]:
        """The optimizer of each run."""
        return [
            rule.with_checked(**{name: float(values[k]) for name, values in self.settings.items()})
            for k in range(len(self.seeds))
        ]


def trained_block(many: ManyJob, each: Each) -> Runs:
    """Some runs by themselves, and how many seconds they took."""
    begun = time.perf_counter()
    runs = many.blank(len(each.seeds))
    train_block(many, each, runs)
    runs.seconds = time.perf_counter() - begun
    return runs


def train_block(many: ManyJob, each: Each, runs: Runs, stopped: Stopped = None) -> None:
    """Train some runs, and write what they leave behind into `runs`; of those that were stopped, NaN."""
    job, rule = many.job, many.job.optimizer
    structure, drops_out = job.structure, job.structure.drops_out
    alike = job.batches.steps_per_epoch == 1 and not isinstance(rule, optimizers.LBFGS) and not each.samples
    at_once = many.engine == "compiled" and alike
    # Runs that draw nothing but their weights share the draw of a seed.
    drawn = each.seeds if drops_out or not at_once else list(dict.fromkeys(each.seeds))
    rngs = [as_generator("seeds", seed) for seed in drawn]
    thetas = np.array([structure.initialize(many.initializer, rng, job.theta.dtype) for rng in rngs])
    if len(drawn) < len(each.seeds):
        place = {seed: k for k, seed in enumerate(drawn)}
        thetas = thetas[[place[seed] for seed in each.seeds]]
    for layer in structure.layers:
        layer.weight(thetas)[...] *= each.scales[:, None, None].astype(thetas.dtype)
    keys = [int(rng.integers(2**63)) for rng in rngs] if drops_out else [0] * len(each.seeds)
    rules = each.rules(rule)
    with np.errstate(all="ignore"), suppress(NotWanted):  # a run that diverges has a loss of NaN
        if at_once:
            together(job, thetas, rules, keys, many.marks, keeper(job, runs), stopped)
            runs.completed[:] = True
        else:
            for k, (theta, one, rng, key) in enumerate(zip(thetas, rules, rngs, keys, strict=True)):
                fresh = Batches(len(job.X), job.batches.size, rng if many.shuffle else None)
                own = {name: values[k] for name, values in each.samples.items()}
                alone = replace(job, theta=theta, optimizer=one, batches=fresh, key=key, **own)
                by_itself(many.engine, alone, many.marks, keeper(alone, runs.block(slice(k, k + 1))), stopped)
                runs.completed[k] = True
    for recorded in (runs.loss, runs.accuracy, runs.parameters):
        if recorded is not None:
            recorded[~runs.completed] = np.nan


def keeper(job: Job, runs: Runs) -> Record:
    """Keeps what is wanted of runs that have come to a mark."""

    def keep(mark: int, losses: Array, thetas: Array) -> None:
        if runs.loss is not None:
            runs.loss[:, mark] = losses
        if runs.parameters is not None:
            runs.parameters[:, mark] = thetas
        if runs.accuracy is not None:
            runs.accuracy[:, mark] = accuracy(job.loss, predict(job.structure, thetas, job.X), job.y)

    return keep
