"""The study of the landscape: losses of many networks at once, directions, climbs, curvature, and what is concluded."""

import copy
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.experiments import loss_surface, studies
from chainrule.experiments.intervals import bootstrap, wilson
from chainrule.experiments.loss_surface import Task
from chainrule.experiments.studies.landscape import KINDS, Landscape, spirals_task, start, xor_task
from chainrule.experiments.study import Outcome

TASKS = {"xor": xor_task(), "spirals": spirals_task()}
tasks = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return studies.run("landscape", seeds=24, spiral_seeds=3, epochs=6000, planes=2, size=11)


@tasks
def test_losses_are_the_networks_own(task: Task) -> None:
    thetas = np.array([[start(task, "he_normal", seed) * scale for seed in range(3)] for scale in (1, 30)])
    found = task.losses(thetas)
    assert found.shape == (2, 3)
    for row, scale in enumerate((1, 30)):
        for seed in range(3):
            network = cr.Network(task.sizes, hidden=task.hidden, seed=seed)
            network.parameters[...] *= scale
            assert found[row, seed] == pytest.approx(network.gradients(task.X, task.y).loss, rel=1e-12)


@tasks
def test_random_directions_have_the_norm_of_every_unit(task: Task) -> None:
    theta = start(task, "he_normal", 1) + 0.1
    direction = loss_surface.random_direction(task, theta, np.random.default_rng(0))
    own, other = task.network(theta), task.network(direction)
    for W, b, D, d in zip(own.weights, own.biases, other.weights, other.biases, strict=True):
        np.testing.assert_allclose((D**2).sum(axis=0) + d**2, (W**2).sum(axis=0) + b**2, rtol=1e-12)
    assert abs(np.corrcoef(theta, direction)[0, 1]) < 0.5
    again = loss_surface.random_direction(task, theta, np.random.default_rng(0))
    assert direction.tobytes() == again.tobytes()


def test_lines_and_planes_go_where_they_say() -> None:
    task = TASKS["xor"]
    a, b = (start(task, "he_normal", seed) for seed in (0, 1))
    line = loss_surface.on_line(task, a, b, np.array([0.0, 0.25, 1.0]))
    np.testing.assert_allclose(line, task.losses(np.array([a, 0.75 * a + 0.25 * b, b])), rtol=1e-12)
    np.testing.assert_array_equal(
        loss_surface.on_line(task, np.array([a, b]), np.array([b, a]), np.array([0.0, 1.0]))[0], line[[0, 2]]
    )
    plane = loss_surface.in_plane(task, a, b, -a, np.array([0.0, 2.0]), np.array([0.0, 0.5, 1.0]))
    assert plane.shape == (3, 2)
    assert plane[1, 1] == pytest.approx(task.losses(a + 2 * b - 0.5 * a), rel=1e-12)


def test_path_plane_of_a_flat_path() -> None:
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(25, 2)))[0].T
    path = rng.normal(size=(30, 2)) @ (basis * [[3], [1]]) + 7
    directions, at, share = loss_surface.path_plane(path)
    assert share == pytest.approx(1, rel=1e-12)
    np.testing.assert_allclose(path[-1] + at @ directions, path, atol=1e-12)
    np.testing.assert_allclose(directions @ directions.T, np.eye(2), atol=1e-12)


def test_curvatures_are_those_of_the_loss() -> None:
    """Against second differences of the loss itself along the directions of the coordinates: the trace."""
    task = TASKS["xor"]
    theta = start(task, "he_normal", 3)
    (eigenvalues,) = loss_surface.curvatures(task, [theta])
    assert len(eigenvalues) == len(theta)
    h = 1e-3
    steps = h * np.eye(len(theta))
    trace = ((task.losses(theta + steps) + task.losses(theta - steps) - 2 * task.losses(theta)) / h**2).sum()
    assert eigenvalues.sum() == pytest.approx(trace, rel=1e-4)
    assert (np.diff(eigenvalues) >= 0).all()


def test_outcome(outcome: Outcome) -> None:
    results = outcome.results
    assert sum(results[kind]["n"] for kind in KINDS[:2]) == 24
    assert results["spirals"]["n"] == 3
    assert [picture.name for picture in outcome.pictures] == ["line", "plane", "path"]
    for picture in outcome.pictures:
        assert all(axes.has_data() or axes.images or axes.collections for axes in picture.figure.axes)
    assert results["xor solved"]["end"]["value"] < results["xor solved"]["start"]["value"]
    text = " ".join(outcome.answer)
    assert "On the straight line from start to end" in text


def test_answer_follows_the_results(outcome: Outcome) -> None:
    results: dict[str, Any] = copy.deepcopy(outcome.results)
    part = {**results["xor solved"], "least": bootstrap([-0.1, -0.1]), "largest": bootstrap([2.0, 2.0])}
    results["xor solved"] = {**part, "rise": bootstrap([0.5, 0.5])}
    results["xor stuck"] = {**part, "n": 5, "barrier": wilson(5, 5), "rise": bootstrap([1.5, 1.5])}
    said = " ".join(Landscape.answer(results))
    for sentence in ("They are stuck on a saddle", "of the stuck networks is steeper", "100.0 % (56.6 to 100.0 %)"):
        assert sentence in said
    results["xor stuck"]["least"], results["xor stuck"]["rise"] = bootstrap([-1e-6, -1e-6]), bootstrap([0.1, 0.1])
    said = " ".join(Landscape.answer(results))
    assert "in a valley with a flat floor" in said
    assert "of the stuck networks is flatter" in said
    results["xor stuck"] = {"n": 0}
    assert "stuck" not in " ".join(Landscape.answer(results))
    assert len(Landscape.tables(results)[0].rows) == 2


@pytest.mark.parametrize("name", ["spiral_seeds", "epochs", "planes", "size"])
def test_bad_settings(name: str) -> None:
    settings: dict[str, Any] = {name: 1}
    with pytest.raises(ValueError, match=f"{name} must be a whole number of at least .*, got 1"):
        studies.get("landscape", **settings)
