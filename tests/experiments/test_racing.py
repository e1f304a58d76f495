"""Time to solve: the rate that the search chooses, the seeds that count, and the sentence."""

from dataclasses import replace

import numpy as np

from chainrule.experiments.intervals import bootstrap, wilson
from chainrule.experiments.racing import Race, Solved, race, races, said, summary
from chainrule.experiments.signals import right
from chainrule.experiments.study import Watch

XOR, SPIRALS = races(60)
SHORT = replace(XOR, rates=(0.0001, 0.3))
GLOROT = right("tanh")


def test_race_takes_the_rate_that_solves_and_other_seeds_than_the_search() -> None:
    found = race(Watch(), SHORT, "tanh", GLOROT, range(6), range(6, 9))
    assert found["rate"] == 0.3
    times = SHORT.train(Watch(), "tanh", GLOROT, list(range(6)), learning_rate=0.3).epochs
    assert np.isfinite(times).any()
    assert found["share"] == wilson(int(np.isfinite(times).sum()), 6)
    assert found["epochs"] == bootstrap(np.minimum(times, 360))


def test_what_diverges_does_not_solve() -> None:
    trained = SPIRALS.train(Watch(), "relu", right("relu"), [0, 1], learning_rate=1e200)
    assert np.isinf(trained.epochs).all()
    assert summary(trained.epochs, SPIRALS) == {"share": wilson(0, 2), "epochs": bootstrap([60.0, 60.0])}


def test_said_ranks_and_sets_aside() -> None:
    slow: Solved = {"rate": 1.0, "share": wilson(2, 10), "epochs": bootstrap([90.0, 100.0])}
    fast: Solved = {"rate": 1.0, "share": wilson(10, 10), "epochs": bootstrap([10.0, 10.0])}
    middle: Solved = {**fast, "epochs": bootstrap([20.0, 20.0])}
    text = said({"slow": slow, "middle": middle, "fast": fast}, 100)
    assert text.startswith("fast 10 (10 to 10) epochs, middle 20 (20 to 20); less than half in 100: slow 20.0 % (")
    assert said({"slow": slow}, 100).startswith("less than half in 100: slow 20.0 %")


def test_both_have_the_same_budget() -> None:
    assert (XOR.task.epochs, SPIRALS.task.epochs) == (360, 60)
    assert len(XOR.rates) == len(SPIRALS.rates)
    assert isinstance(XOR, Race)
    assert XOR.sizes == "2-3-3-1"
