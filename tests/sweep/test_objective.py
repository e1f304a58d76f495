"""One trial by itself: when it reports, what ends it, and what is told of it."""

from pathlib import Path

import pytest

from chainrule.sweep.objective import Found, run
from chainrule.tables import training
from chainrule.tables.reading import read
from chainrule.tables.settings import Settings
from tests.tables_made import iris, written

SETTINGS = Settings("species", layers=(6,), epochs=50, learning_rate=0.01)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> training.Prepared:
    """Iris, ready to be trained on."""
    table = read(written(tmp_path_factory.mktemp("data") / "iris.csv", iris()))
    columns, target = training.understood(table, SETTINGS, None)
    return training.prepare(table, columns, target, SETTINGS)


def test_a_trial_that_nobody_ends(prepared: training.Prepared) -> None:
    reports: dict[int, float] = {}
    found = run(prepared, SETTINGS, lambda epoch, loss: bool(reports.update({epoch: loss})), 10)
    _, history, stopping = training.fit(prepared, SETTINGS)
    losses = history.history["val_loss"]
    assert found.ended_by == "epochs"
    assert (found.epochs, found.best_epoch) == (50, stopping.best_epoch)
    assert found.value == min(losses)
    assert reports == {epoch: losses[epoch - 1] for epoch in (10, 20, 30, 40)}


def test_one_that_is_pruned_keeps_its_best(prepared: training.Prepared) -> None:
    found = run(prepared, SETTINGS, lambda epoch, loss: epoch == 20, 10)
    assert (found.ended_by, found.epochs) == ("pruned", 20)
    assert found.value == min(training.fit(prepared, SETTINGS)[1].history["val_loss"][:20])


def test_ctrl_c_that_came_before_the_training_ends_it(prepared: training.Prepared) -> None:
    found = run(prepared, SETTINGS, lambda epoch, loss: False, 0, stopped=lambda: True)
    assert found == Found(None, None, 0, 1, found.seconds, "interrupt")


def test_patience_and_divergence_are_told(prepared: training.Prepared, tmp_path: Path) -> None:
    patient = Settings("species", layers=(6,), epochs=500, learning_rate=0.5, patience=3)
    assert run(prepared, patient, lambda epoch, loss: False, 0).ended_by == "patience"
    table = read(written(tmp_path / "t.csv", "a,y\n" + "".join(f"{i},{i * i}\n" for i in range(30))))
    wild = Settings("y", task="regression", optimizer="sgd", learning_rate=1e30)
    columns, target = training.understood(table, wild, None)
    found = run(training.prepare(table, columns, target, wild), wild, lambda epoch, loss: False, 0)
    assert (found.value, found.score, found.ended_by) == (None, None, "diverged")
