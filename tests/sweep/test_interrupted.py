"""A sweep that is killed or stopped: nothing finished is lost or done again, and it ends as if nothing had been."""

import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chainrule.tables import model as of_model
from tests.sweeps_made import told, trials, with_space

LINE = re.compile(r"trial +(\d+) of \d+: (held out \S+)")


def begun(*arguments: object) -> subprocess.Popen[str]:
    """A sweep in a process of its own, whose output comes line by line."""
    command = [sys.executable, "-u", "-m", "chainrule", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished_in(output: str) -> list[tuple[str, ...]]:
    """The trials that these lines tell of."""
    return [found.groups() for found in LINE.finditer(output)]


def until(process: subprocess.Popen[str], lines: int) -> list[str]:
    """So many lines of trials, or all there are."""
    assert process.stdout is not None
    seen: list[str] = []
    for line in process.stdout:
        seen += [line] if LINE.match(line) else []
        if len(seen) >= lines:
            break
    return seen


@pytest.mark.long
def test_killed_twenty_times_it_ends_as_if_it_had_never_been(tmp_path: Path) -> None:
    words = with_space(tmp_path)
    whole, killed, n = tmp_path / "whole", tmp_path / "killed", 60
    assert subprocess.run(
        [sys.executable, "-m", "chainrule", *map(str, words), "--trials", str(n), "-o", str(whole)],
        capture_output=True,
        check=True,
    )
    moments, shown = random.Random(0), []
    for _ in range(20):
        with begun(*words, "--trials", n, "-o", killed) as process:
            lines = until(process, moments.randrange(1, 4))
            time.sleep(moments.uniform(0, 0.06))
            process.kill()
            out, err = process.communicate()
        assert (process.returncode, err) == (-signal.SIGKILL, "")
        shown += finished_in("".join(lines) + out)
        assert not (killed / "sweep.json").exists()
    with begun(*words, "--trials", n, "-o", killed) as process:
        out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    shown += finished_in(out)
    numbers = [number for number, _ in shown]
    assert len(numbers) == len(set(numbers))  # none was run twice
    assert trials(killed) == trials(whole)  # none was lost, and the same bits
    assert len(trials(killed)) == n
    at = {str(number): f"held out {value:.4g}" for number, value, *_ in trials(killed)}
    assert all(at[number] == value for number, value in shown)
    parameters = [of_model.load(output).network.parameters for output in (whole, killed)]
    assert (parameters[0] == parameters[1]).all()


@pytest.mark.long
def test_ctrl_c_ends_it_and_keeps_what_is_done(tmp_path: Path) -> None:
    words, output = with_space(tmp_path), tmp_path / "run"
    with begun(*words, "--trials", 5000, "-o", output) as process:
        seen = until(process, 6)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 0
    assert err == "chainrule: interrupted; what is done is kept, and the same command goes on\n"
    done = finished_in("".join(seen) + out)
    assert [number for number, _ in done] == [str(number) for number in range(1, len(done) + 1)]
    assert 6 <= len(done) < 5000
    assert told(output)["interrupted"] is True
    assert len(told(output)["trials"]) == len(done)
    assert of_model.load(output).network.structure.sizes[0] == 4
    assert subprocess.run(
        [sys.executable, "-m", "chainrule", *map(str, words), "--trials", str(len(done) + 2), "-o", str(output)],
        capture_output=True,
        check=True,
    )
    assert len(told(output)["trials"]) == len(done) + 2


@pytest.mark.long
def test_ctrl_c_before_a_trial_is_done_leaves_nothing(tmp_path: Path) -> None:
    words = with_space(
        tmp_path, "learning_rate = { low = 1e-9, high = 1e-8 }\nepochs = 100_000_000\npatience = 100_000_000"
    )
    with begun(*words, "--trials", 5, "-o", tmp_path / "run") as process:
        while not (tmp_path / "run" / "study.db").exists():
            time.sleep(0.05)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 1
    assert err.endswith(("no trial was finished, and nothing is left of it\n", "nothing was written\n"))  # as it comes
    assert not (tmp_path / "run").exists()
