"""The model of a step gives back the times that it is made of."""

import pytest

from benchmarks import scale_model

MODEL = {"latency": 0.004, "task": 0.0005, "row": 3e-8, "bytes": 14_000, "bandwidth": scale_model.BANDWIDTH}


def test_its_constants_are_found_again() -> None:
    workers = {
        str(w): {
            "besides": {"median": scale_model.seconds(MODEL, w, 0, wire=False)},
            "step": {"median": scale_model.seconds(MODEL, w, 1e7, wire=False)},
        }
        for w in (1, 2, 4, 8)
    }
    found = scale_model.fitted({"workers": workers, "rows": 1e7, "parameters": 1217})
    for name in ("latency", "task", "row"):
        assert found[name] == pytest.approx(MODEL[name], rel=1e-9)


def test_more_workers_are_faster_until_their_tasks_cost_more() -> None:
    times = [scale_model.seconds(MODEL, w, 1e9) for w in (1, 10, 100)]
    assert times == sorted(times, reverse=True)
    assert scale_model.seconds(MODEL, 100_000, 1e7) > scale_model.seconds(MODEL, 100, 1e7)


@pytest.mark.parametrize(
    ("workers", "levels", "tasks"), [(1, 1, 1), (16, 1, 16), (17, 2, 19), (256, 2, 272), (257, 3, 276)]
)
def test_the_tree_of_tasks(workers: int, levels: int, tasks: int) -> None:
    assert scale_model.levels(workers) == levels
    assert scale_model.tasks(workers) == tasks
