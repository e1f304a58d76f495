"""The study of optimizers: rates, surfaces, performance profiles, and that its sentences follow its numbers."""

import copy
import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

import chainrule as cr
from chainrule.experiments import studies, surfaces
from chainrule.experiments.intervals import wilson
from chainrule.experiments.rivals import RIVALS, best_rate, profile, ratios
from chainrule.experiments.studies import optimizers
from chainrule.experiments.study import Outcome
from chainrule.experiments.tasks import tasks


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return studies.run("optimizers", quick=True, seeds=4)


def test_results_have_every_part(outcome: Outcome) -> None:
    tasks = outcome.results["tasks"]
    assert list(tasks) == ["linear", "xor", "spirals", "digits", "quadratic", "rosenbrock"]
    for task in tasks.values():
        assert list(task["optimizers"]) == ["SGD", "momentum", "L-BFGS"]
        assert task["optimizers"]["SGD"]["solved"]["n"] == 4
        assert task["optimizers"]["L-BFGS"]["solved"]["n"] == 2
    for picture in outcome.pictures:
        assert all(axes.has_data() for axes in picture.figure.axes)
        assert picture.caption.endswith(".")
    for table in outcome.tables:
        assert {len(row) for row in table.rows} == {len(table.columns)}
    with Image.open(io.BytesIO(outcome.pictures[-1].moving)) as moving:
        assert getattr(moving, "n_frames", 1) > 20


def test_epochs_are_those_of_single_runs(outcome: Outcome) -> None:
    task, found = tasks()["spirals"], outcome.results["tasks"]["spirals"]["optimizers"]["momentum"]
    solved = 0
    for seed in range(4):
        network = cr.Network(task.sizes, seed=seed, **task.options)
        optimizer = cr.SGD(found["rate"], momentum=0.9)
        network.fit(task.X, task.y, optimizer=optimizer, epochs=task.epochs, engine="compiled", verbose=0)
        solved += bool(((network.predict(task.X) > 0.5) == task.y).all())
    assert solved <= round(4 * found["solved"]["value"])  # one that is solved at the end was solved at some mark


def test_lbfgs_counts_evaluations() -> None:
    task = tasks()["linear"]
    taken = optimizers.evaluations(task, cr.LBFGS(), 0)
    assert 1 < taken < 100
    assert np.isinf(optimizers.evaluations(replace(task, epochs=int(taken) - 1), cr.LBFGS(), 0))


@pytest.mark.parametrize("surface", surfaces.SURFACES, ids=lambda surface: surface.name)
def test_surfaces_have_their_gradients_and_their_minimum(surface: surfaces.Surface) -> None:
    points = surface.starts(range(6))
    step = 1e-6 * np.eye(2)
    for k in range(2):
        difference = (surface.value(points + step[k]) - surface.value(points - step[k])) / 2e-6
        np.testing.assert_allclose(surface.gradient(points)[:, k], difference, rtol=1e-5, atol=1e-5)
    lowest = np.array([surface.lowest], float)
    assert surface.value(lowest) == 0
    assert not surface.gradient(lowest).any()
    left, right, bottom, top = surface.window
    assert ((points > [left, bottom]) & (points < [right, top])).all()


def test_paths_are_single_steps_and_may_diverge() -> None:
    quadratic = surfaces.SURFACES[0]
    start = quadratic.starts(range(3))
    optimizer = cr.Adam(0.1)
    together = surfaces.path(quadratic, optimizer, start, 20)
    point, state = start[1], optimizer.init(start[1])
    for k in range(20):
        np.testing.assert_array_equal(together[k, 1], point)
        point, state = optimizer.step(point, quadratic.gradient(point[None])[0], state)
    times, left = surfaces.steps_to_solve(quadratic, cr.SGD(1.0), start, 400)
    assert np.isinf(times).all()
    assert not np.isfinite(left).any()
    # Along the flat direction a plain step leaves 1 − η of what is left: η = 1/100 solves the steep one at once.
    times, _ = surfaces.steps_to_solve(quadratic, cr.SGD(0.01), np.array([[np.cos(np.pi / 6), 0.5]]), 600)
    assert times[0] == np.ceil(np.log(2e-3) / 2 / np.log(0.99))


def test_rates_and_profiles() -> None:
    times = np.array([[5, np.inf, np.inf], [9, 9, 9], [8, 9, 9]])
    assert best_rate(times, np.zeros((3, 3))) == 2
    assert best_rate(np.full((2, 2), np.inf), np.array([[3.0, 4.0], [np.nan, 1.0]])) == 0
    found = ratios(
        {"a": np.array([1.0, 4, np.inf, np.inf]), "b": np.array([2.0, 2, 3, np.inf]), "c": np.full(4, np.nan)}
    )
    assert found["a"].tolist()[:3] == [1, 2, np.inf]
    assert np.isnan(found["a"][3])
    assert profile(found["a"], 1) == wilson(1, 3)
    assert profile(found["b"], 2) == wilson(3, 3)
    for each in RIVALS.values():
        assert len(each.rates) == (7 if each.tuned else 1)
        assert each.at(each.rates[0]).name == each.optimizer.name


def test_answer_follows_the_results(outcome: Outcome) -> None:
    results: dict[str, Any] = copy.deepcopy(outcome.results)
    results["profile"]["SGD"] = {key: wilson(24, 24) for key in ("best", "within_2", "solved")}
    results["tasks"]["digits"]["optimizers"]["SGD"]["epochs"]["value"] = 1.5
    results["tasks"]["digits"]["optimizers"]["SGD"]["solved"] = wilson(4, 4)
    said = " ".join(optimizers.answer(results))
    for sentence in ("SGD is most often within twice", "digits: the fewest epochs takes SGD, 1.5"):
        assert sentence in said
        assert sentence not in " ".join(outcome.answer)


def test_a_median_at_the_limit_bounds_the_factor(outcome: Outcome) -> None:
    results: dict[str, Any] = copy.deepcopy(outcome.results)
    for share, said in ((wilson(1, 4), True), (wilson(4, 4), False)):
        results["tasks"]["linear"]["optimizers"]["SGD"]["solved"] = share
        factor = f"{optimizers.gains(results['tasks']['linear']):.2g} (linear)"
        assert (f"at least {factor}" in " ".join(optimizers.answer(results))) == said


def test_bad_settings() -> None:
    with pytest.raises(ValueError, match="rivals must be from 1 to 14, got 15"):
        studies.get("optimizers", rivals=15)
    with pytest.raises(ValueError, match="curvature must be a whole number of at least 2, got 1"):
        studies.get("optimizers", curvature=1)
