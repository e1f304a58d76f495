"""What a person sees of a search."""

import io

import pytest
from rich.console import Console

from chainrule.sweep.result import Row
from chainrule.sweep.watching import Watching
from chainrule.tables import training
from tests.sweeps_made import told, with_space
from tests.tables_made import called, ran


def row(trial: int, value: float | None, ended_by: str = "epochs") -> Row:
    """A trial."""
    return Row(trial, value, None if value is None else 0.9, ended_by, 1, 7, 0.1, {"units": 33, "l2": 0.00123456})


def shown(*rows: Row, terminal: bool, before: list[Row]) -> str:
    """What is on the screen after these trials."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=terminal, width=120, color_system=None)
    with Watching(console, 12, before, "accuracy") as watching:
        for one in rows:
            watching.finished(one)
        if watching.bar is not None:
            watching.bar.refresh()
    return screen.getvalue()


def test_a_line_for_each_trial() -> None:
    text = shown(row(2, 0.5), row(3, 0.2), row(4, 0.1, "pruned"), row(5, None, "diverged"), terminal=False, before=[])
    assert text.splitlines() == [
        "trial  2 of 12: held out 0.5 · accuracy 0.900 · best so far · units=33 l2=0.00123",
        "trial  3 of 12: held out 0.2 · accuracy 0.900 · best so far · units=33 l2=0.00123",
        "trial  4 of 12: held out 0.1 · accuracy 0.900 · pruned · units=33 l2=0.00123",
        "trial  5 of 12: diverged in epoch 8 · units=33 l2=0.00123",
    ]


def test_a_bar_on_a_terminal_with_the_best_and_the_time_left() -> None:
    text = shown(row(3, 0.2), row(4, 0.6), terminal=True, before=[row(1, 0.3), row(2, 0.01, "pruned")])
    assert "2 trials are finished already · best so far 0.3 (trial 1)" in text
    assert "Ctrl-C ends the search and keeps what is done" in text
    assert " 4/12 trials · best so far 0.2 (trial 3) · " in text
    assert " left" in text


def test_ctrl_c_in_the_last_training_leaves_the_trials(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("sweep")
    words = [*with_space(folder), "--trials", 2, "-o", folder / "run"]
    fit = training.fit

    def interrupted(prepared: training.Prepared, *arguments: object, **options: object) -> object:
        made = fit(prepared, *arguments, **options)  # type: ignore[arg-type]
        if "watchers" not in options:
            made[1].stopped_by = "interrupt"
        return made

    with monkeypatch.context() as patched:
        patched.setattr(training, "fit", interrupted)
        code, _, err = called(capsys, *words)
    assert code == 1
    assert err == "chainrule: interrupted; the trials are kept, and the same command trains the best of them\n"
    assert {path.name for path in (folder / "run").iterdir()} == {"study.db"}
    assert "2 trials are finished already" in ran(*words)
    assert len(told(folder / "run")["trials"]) == 2
