"""Many seeds at once: the fan of loss curves of the same settings, and how many of the runs solve it."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from chainrule.arguments import as_count
from chainrule.arrays import Array
from chainrule.backprop import predicted
from chainrule.engines.cores import available_cores
from chainrule.play.choices import ChoiceError, Choices
from chainrule.play.fitting import MOST_WORK
from chainrule.play.measured import right
from chainrule.play.recorder import Send, spread
from chainrule.play.setup import Setup, prepare
from chainrule.training.many import train_many
from chainrule.training.runs import Runs
from chainrule.training.samples import accuracy

__all__ = ["MOST_SEEDS", "fan"]

MOST_SEEDS = 1000
MARKS = 60
"""Points of each loss curve."""
SECONDS = 0.1
"""Of a block of runs: what the page waits for news where a run is no longer."""


def fan(choices: Choices, count: int, send: Send, cancelled: Callable[[], bool], run: int) -> None:
    """Train with the seeds from `choices.seed` on, and send what there is: at once, and after each block of runs.

    Given parameters and edits are left out: they belong to one run. A run that diverges has a loss of NaN.

    Args:
        choices: the settings.
        count: how many seeds, 1 to 1,000.
        send: takes each frame: Seeds of the page's contract, with all runs so far; the first has none.
        cancelled: whether nobody wants them any more; the runs under way end then.
        run: the page's number, which every frame carries.

    Raises:
        ChoiceError: the settings make no run, or that many are too much.
    """
    try:
        count = as_count("count", count)
    except (TypeError, ValueError) as error:
        raise ChoiceError(str(error), "count") from None
    if count > MOST_SEEDS:
        raise ChoiceError(f"count must be at most {MOST_SEEDS:,} seeds, got {count:,}"[:100], "count")
    setup = prepare(choices)
    work = count * choices.epochs * len(setup.train[0]) * setup.network.parameters.size
    if work > MOST_WORK:
        raise ChoiceError(
            f"seeds · epochs · samples · parameters would be {work:,}; the most is {int(MOST_WORK):,}: "
            "take fewer of them",
            "count",
        )
    begun, done, size = time.perf_counter(), 0, available_cores()
    losses = [np.zeros((0, len(marks(choices))))]
    accuracies = [losses[0]]

    def tell(seconds_left: float | None) -> None:
        """Send all runs so far."""
        shares = np.concatenate(accuracies)
        header = {
            "type": "seeds",
            "run": run,
            "done": done,
            "of": count,
            "solved": None if setup.task == "regression" else int((shares[:, -1] == 1).sum()),
            "seconds_left": seconds_left,
        }
        seeds = np.arange(choices.seed, choices.seed + done, dtype=float)
        send(header, {"epoch": marks(choices), "loss": np.concatenate(losses), "accuracy": shares, "seed": seeds})

    tell(None)
    while done < count:
        block_begun = time.perf_counter()
        size = min(size, count - done)
        runs = trained(setup, choices, range(choices.seed + done, choices.seed + done + size), cancelled)
        if not runs.completed.all():
            return
        done += size
        assert runs.loss is not None
        losses.append(runs.loss)
        accuracies.append(accuracy_of(setup, runs))
        now = time.perf_counter()
        tell((now - begun) / done * (count - done))
        size = max(available_cores(), min(4 * size, int(size * SECONDS / (now - block_begun))))


def marks(choices: Choices) -> Array:
    """The epochs of each curve."""
    return spread(choices.epochs - 1, MARKS)


def trained(setup: Setup, choices: Choices, seeds: range, cancelled: Callable[[], bool]) -> Runs:
    """Some of the runs, each as `Network.fit` would do it; those that were cancelled are not completed."""
    X, y = setup.train
    structure = setup.network.structure
    with np.errstate(all="ignore"):  # what diverges says so by its loss
        return train_many(
            structure.sizes,
            X,
            y,
            seeds=seeds,
            hidden=[layer.activation for layer in structure.layers[:-1]],
            output=structure.layers[-1].activation,
            normalization=[layer.normalization for layer in structure.layers[:-1]],
            dropout=choices.dropout,
            initializer=choices.initializer,
            epochs=choices.epochs,
            record_at=marks(choices).tolist(),
            record=("loss", "accuracy" if knows_classes(setup) else "parameters"),
            stopped=cancelled,
            **setup.fit_arguments,
        )


def knows_classes(setup: Setup) -> bool:
    """Whether the package has an accuracy for the loss, or the task has none."""
    nothing = np.zeros((1, 1))
    return setup.task == "regression" or not np.isnan(accuracy(setup.loss, nothing, nothing))


def accuracy_of(setup: Setup, runs: Runs) -> Array:
    """The accuracy of each run at each mark, (runs, marks), as `measured.right` has it."""
    if runs.parameters is None:
        assert runs.accuracy is not None
        return runs.accuracy
    structure = setup.network.structure
    X, y = setup.train
    y = setup.loss.encode(y, structure.sizes[-1], np.float64)
    shares = [right(setup, predicted(structure, numbers, X)[1], y) for numbers in runs.parameters]
    return np.array(shares)
