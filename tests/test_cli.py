"""The command line, as a person meets it: in a process of its own where exit codes and streams matter."""

import inspect
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chainrule import __version__
from chainrule.cli import cli, main
from chainrule.experiments.reproduce import reproduce

SHORT = ["--epochs-linear", "6", "--epochs-xor", "6"]


def command(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run `python -m chainrule` with these arguments."""
    return subprocess.run(
        [sys.executable, "-m", "chainrule", *arguments], capture_output=True, text=True, check=False, **options
    )  # type: ignore[call-overload]


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command in this process."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    streams = capsys.readouterr()
    code = ended.value.code
    return (code if isinstance(code, int) else 0 if code is None else 99), streams.out, streams.err


def test_reproduce_prints_what_it_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "out"
    code, out, err = called(
        capsys, "reproduce", "-o", str(folder), "--seed", "3", "--momentum", "0.9", *SHORT[:3], "5002"
    )
    assert (code, err) == (1, "")  # six epochs solve nothing
    results = json.loads((folder / "results.json").read_text())
    assert (results["seed"], results["momentum"]) == (3, 0.9)
    for result in results["experiments"].values():
        assert f"Acc: {result['accuracy']}" in out
        for epoch, loss in result["loss"].items():
            if int(epoch) % 5000 == 0:
                assert f"epoch {epoch}: {loss}\n" in out
        for claim in result["claims"]:
            assert claim["claim"].split()[0] in out
    assert "does not hold" in out
    assert "not reached" in out
    assert str(folder / "index.html") in out.replace("\n", "")
    assert (folder / "index.html").exists()


def test_reproduce_json_is_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = called(capsys, "reproduce", "-o", str(tmp_path), "--json", *SHORT)
    assert (code, err) == (1, "")
    assert json.loads(out) == json.loads((tmp_path / "results.json").read_text())


def test_exit_code_is_0_where_every_claim_holds(tmp_path: Path) -> None:
    done = command("reproduce", "-o", str(tmp_path), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["holds"] is True


def test_defaults_are_those_of_the_function() -> None:
    """They stand twice, so that `--help` need not import what computes."""
    defaults = {parameter.name: parameter.default for parameter in inspect.signature(reproduce).parameters.values()}
    options = {option.name: option.default for option in cli.commands["reproduce"].params}
    for name in ("seed", "momentum", "epochs_linear", "epochs_xor"):
        assert options[name] == defaults[name]


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert called(capsys, "--version")[:2] == (0, f"chainrule, version {__version__}\n")
    code, out, _ = called(capsys, "--help")
    assert code == 0
    assert "reproduce" in out
    code, out, _ = called(capsys, "reproduce", "--help")
    assert code == 0
    for option in ("--seed", "-o", "--epochs-linear", "--epochs-xor", "--momentum", "--json"):
        assert option in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["reproduce", "--momentum", "1.5"], r"'--momentum': 1.5 is not in the range 0<=x<1"),
        (["reproduce", "--momentum", "nan"], r"momentum must be .* less than 1, got nan"),
        (["reproduce", "--seed", "-1"], r"'--seed': -1 is not in the range x>=0"),
        (["reproduce", "--seed", "one"], r"'--seed': 'one' is not a valid integer"),
        (["reproduce", "--epochs-xor", "0"], r"'--epochs-xor': 0 is not in the range x>=1"),
        (["reproduce", "--epochs-linear", "-5"], r"'--epochs-linear': -5 is not in the range x>=1"),
        (["reproduce", "--epoch-xor", "5"], r"No such option.*--epoch"),
        (["reproduce", "extra"], r"unexpected extra argument \(extra\)"),
        (["reproduse"], r"No such command 'reproduse'"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = called(capsys, *arguments)
    assert code == 2
    assert re.fullmatch(r"chainrule: [^\n]+\n", err)
    assert re.search(said, err)


def test_output_that_is_no_folder_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    precious = tmp_path / "file"
    precious.write_text("precious")
    code, out, err = called(capsys, "reproduce", "-o", str(precious), *SHORT)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"chainrule: cannot write into the folder .*file.*name another one with -o\n", err)
    assert precious.read_text() == "precious"


@pytest.mark.skipif(os.name != "posix", reason="signals to a process")
def test_interrupt_writes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    running = subprocess.Popen(
        [sys.executable, "-u", "-m", "chainrule", "reproduce", "-o", str(folder), "--epochs-linear", "100000000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    while not running.stdout.readline().startswith("epoch 0"):
        pass
    time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "Traceback" not in out + err
    assert err.strip() == "chainrule: interrupted; nothing was written"
    assert list(folder.iterdir()) == []


def test_divergence_is_one_line_and_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from chainrule.formulas.optimizers import SGD

    monkeypatch.setattr("chainrule.experiments.experiment.SGD", lambda rate, momentum: SGD(1e308, momentum=momentum))
    code, _, err = called(capsys, "reproduce", "-o", str(tmp_path), *SHORT)
    assert code == 1
    assert re.fullmatch(r"chainrule: training diverged in epoch \d+: .*\n", err)
    assert list(tmp_path.iterdir()) == []


def test_colours_only_where_wanted(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    plain = command("reproduce", "-o", str(tmp_path), *SHORT, env=clean)
    forced = command("reproduce", "-o", str(tmp_path), *SHORT, env={**clean, "FORCE_COLOR": "1"})
    assert "\x1b[" not in plain.stdout
    assert "\x1b[" in forced.stdout
