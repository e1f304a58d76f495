"""The progress bar: there for a person at a terminal, nowhere else, and gone when the run is."""

import io
import sys
from typing import Any

import pytest
import rich
from rich.console import Console

import chainrule as cr
from chainrule.training import progress
from chainrule.training.progress import ProgressBar, wants_bar

X, Y = cr.datasets.xor()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a terminal is sent, in place of the one that rich would find."""
    screen = io.StringIO()
    monkeypatch.setattr(rich, "_console", Console(file=screen, force_terminal=True, width=100))
    monkeypatch.setattr(progress, "PATIENCE", 0)
    return screen


@pytest.fixture
def bars(monkeypatch: pytest.MonkeyPatch) -> list[ProgressBar]:
    """Every bar that is made."""
    made: list[ProgressBar] = []
    init = ProgressBar.__init__

    def noted(bar: ProgressBar, epochs: int, title: str) -> None:
        made.append(bar)
        init(bar, epochs, title)

    monkeypatch.setattr(ProgressBar, "__init__", noted)
    return made


def fit(**arguments: Any) -> cr.History:
    return cr.Network([2, 3, 1], seed=0).fit(X, Y, **{"epochs": 30, **arguments})


def test_no_bar_where_standard_output_is_no_terminal(
    terminal: io.StringIO, bars: list[ProgressBar], capsys: pytest.CaptureFixture[str]
) -> None:
    fit()
    assert bars == []
    assert terminal.getvalue() == capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("verbose", "at_terminal", "wanted"),
    [("auto", True, True), ("auto", False, False), (1, False, True), (0, True, False), (2, True, False)],
)
def test_who_wants_a_bar(monkeypatch: pytest.MonkeyPatch, verbose: Any, at_terminal: bool, wanted: bool) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: at_terminal, raising=False)
    assert wants_bar(verbose) == wanted


def test_a_bar_shows_epochs_and_loss_and_is_taken_away(terminal: io.StringIO, bars: list[ProgressBar]) -> None:
    history = fit(verbose=1)
    (made,) = bars
    assert made.bar is not None
    (task,) = made.bar.tasks
    assert (task.total, task.completed) == (30, 30)
    assert task.description == "training 2-3-1"
    assert task.fields["loss"] == history.loss[-1]
    assert not made.bar.live.is_started
    shown = terminal.getvalue()
    assert "training 2-3-1" in shown
    assert "epochs · loss" in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1  # the cursor was hidden, and shown again
    assert shown.rstrip().endswith("\x1b[2K")  # the line of the bar is erased


def test_a_bar_counts_the_epochs_in_parts_where_there_are_mini_batches(
    terminal: io.StringIO, bars: list[ProgressBar]
) -> None:
    fit(verbose=1, batch_size=5)
    assert bars[0].bar is not None
    assert bars[0].bar.tasks[0].completed == 30
    bar = ProgressBar(4, "training")
    bar.update(0.5, 0.25)
    assert bar.bar is not None
    assert bar.bar.tasks[0].completed == 0.5
    assert bar.bar.tasks[0].fields["loss"] == 0.25
    bar.close()


def test_a_short_run_shows_no_bar(
    monkeypatch: pytest.MonkeyPatch, terminal: io.StringIO, bars: list[ProgressBar]
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 1e9)
    fit(verbose=1)
    assert bars[0].bar is None
    assert terminal.getvalue() == ""


def fail(epoch: int, logs: Any) -> None:
    raise LookupError


def test_a_bar_is_taken_away_after_an_error(terminal: io.StringIO, bars: list[ProgressBar]) -> None:
    with pytest.raises(LookupError):
        fit(verbose=1, callbacks=[fail])
    assert bars[0].bar is not None
    assert not bars[0].bar.live.is_started
    assert terminal.getvalue().count("\x1b[?25l") == terminal.getvalue().count("\x1b[?25h") == 1


def test_a_bar_is_taken_away_after_a_divergence(terminal: io.StringIO, bars: list[ProgressBar]) -> None:
    with pytest.raises(cr.DivergenceError):
        cr.Network([2, 1], output="identity", seed=0).fit(
            X, Y, "mean_squared_error", optimizer=cr.SGD(1e6), verbose=1, epochs=1000, batch_size=21
        )
    assert bars[0].bar is not None
    assert not bars[0].bar.live.is_started


def test_a_bar_changes_no_bit(terminal: io.StringIO) -> None:
    assert fit(verbose=1).loss == fit(verbose=0).loss
    assert terminal.getvalue()
