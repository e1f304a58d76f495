"""Dots with intervals: what is drawn is what is given."""

import pytest

from chainrule import plots
from chainrule.experiments.dots import dots, round_numbers
from chainrule.experiments.intervals import wilson


def test_hollow_where_fewer_than_half_solve() -> None:
    rows = [
        {"epochs": {"value": 20.0, "low": 10.0, "high": 30.0, "n": 4}, "solved": wilson(4, 4)},
        {"epochs": {"value": 300.0, "low": 300.0, "high": 300.0, "n": 4}, "solved": wilson(1, 4)},
    ]
    _, (axes,) = plots.figure(1)
    dots(axes, rows, ["first", "second"], [0, 1])
    points = axes.lines[1::2]
    assert [line.get_xdata()[0] for line in points] == [20, 300]  # type: ignore[index]
    assert [line.get_markerfacecolor() for line in points] == [plots.SERIES[0][0], "white"]
    assert [text.get_text() for text in axes.texts] == ["100 %", "25 %"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["first", "second"]


@pytest.mark.parametrize(("low", "high"), [(1, 1e6), (3, 7), (150, 310), (19, 520)])
def test_round_numbers_are_few_and_inside(low: float, high: float) -> None:
    made = round_numbers(low, high)
    assert 1 <= len(made) <= 7
    assert all(low <= each <= high for each in made)
