"""The frame of the studies: settings, pages, the command line, and what goes wrong."""

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import plots
from chainrule.cli import main
from chainrule.experiments import studies, study_page
from chainrule.experiments.intervals import percent, wilson
from chainrule.experiments.study import Measured, Picture, Study, Table, Watch, plain, setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class Toy(Study):
    """How often a network of one layer learns the linear task in three epochs."""

    name = "toy"
    title = "A toy <study>"
    question = "Is it & does it?"
    seeds: int = setting(6, quick=2, about="Networks.")
    window: tuple[float, float] = setting((0.5, 2.0), about="A range.")

    def method(self) -> str:
        return f"{self.seeds} networks"

    def measure(self, watch: Watch) -> Measured:
        watch.say("training")
        X, y = cr.datasets.linear(20)
        runs = watch.train_many([2, 1], X, y, seeds=self.all_seeds, epochs=3, learning_rate=0.3)
        assert runs.accuracy is not None
        share = wilson(int((runs.accuracy > 0.5).sum()), self.seeds)
        return Measured({"share": share, "nothing": np.nan}, {"accuracy": runs.accuracy})

    @classmethod
    def answer(cls, results: Mapping[str, Any]) -> list[str]:
        return [f"{percent(results['share'])} <do>."]

    @classmethod
    def tables(cls, results: Mapping[str, Any]) -> list[Table]:
        return [Table("Caption", ["what", "how"], [["share", percent(results["share"])]])]

    def figures(self, measured: Measured) -> list[Picture]:
        made, (axes,) = plots.figure(1)
        axes.plot(measured.arrays["accuracy"])
        return [Picture("one", made, "A line & its <words>."), Picture("two", made, "Moves.", moving=b"GIF89a")]


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command in this process."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    streams = capsys.readouterr()
    code = ended.value.code
    return (code if isinstance(code, int) else 0 if code is None else 99), streams.out, streams.err


class Page(HTMLParser):
    """The addresses that a page refers to, its ids and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def test_the_folder_of_a_study(tmp_path: Path) -> None:
    page = Toy().run().save(tmp_path / "toy")
    names = {"index.html", "results.json", "one.svg", "one.png", "two.svg", "two.png", "two.gif"}
    assert {path.name for path in (tmp_path / "toy").iterdir()} == names
    results = json.loads((tmp_path / "toy" / "results.json").read_text())
    assert results["settings"] == {"seeds": 6, "seed": 0, "window": [0.5, 2.0]}
    assert results["results"]["nothing"] is None
    assert (results["question"], results["method"]) == (Toy.question, "6 networks")
    assert results["answer"] == Toy.answer(results["results"])
    ElementTree.parse(tmp_path / "toy" / "one.svg")
    html = page.read_text(encoding="utf-8")
    read = Page(html)
    text = " ".join(read.text.split())
    assert all(address.startswith(("#", "data:")) for address in read.addresses)
    assert len(set(read.ids)) == len(read.ids)
    for said in (Toy.title, Toy.question, *results["answer"], "A line & its <words>.", "Caption", "6 networks"):
        assert said in text
    assert "<do>" not in html
    assert "<script" not in html


def test_answer_follows_the_results() -> None:
    outcome = Toy().run()
    mutated = {**outcome.results, "share": wilson(6, 6)}
    assert Toy.answer(mutated) == ["100.0 % (61.0 to 100.0 %) <do>."] != outcome.answer
    page = study_page.files(dataclasses.replace(outcome, results=mutated))["index.html"]
    assert "100.0 % (61.0 to 100.0 %)" in str(page).replace("\N{NO-BREAK SPACE}", " ")


def test_the_command_of_a_page_does_it_again() -> None:
    outcome = Toy(seeds=4, window=(1.0, 3.0)).run()
    assert study_page.command(outcome) == "chainrule study toy --seeds 4 --window 1.0 3.0"
    assert study_page.command(dataclasses.replace(outcome, study=Toy())) == "chainrule study toy"


def test_same_seed_same_results_and_another_seed_others() -> None:
    first, again, other = (Toy(seed=seed).run() for seed in (0, 0, 100))
    assert first.results == again.results
    png = [study_page.files(outcome)["one.png"] for outcome in (first, again, other)]
    assert png[0] == png[1] != png[2]


def test_index_names_every_study() -> None:
    made = [Toy().run().to_json(), {**Toy().run().to_json(), "study": "other"}]
    page = Page(study_page.index(made))
    assert list(page.addresses) == ["toy/index.html", "other/index.html"]
    assert page.text.count(Toy.question) == 2


def test_names_are_the_files() -> None:
    folder = Path(studies.__file__).parent
    assert {name.replace("-", "_") + ".py" for name in studies.names()} == {p.name for p in folder.glob("[!_]*.py")}
    for name in studies.names():
        study = studies.get(name, quick=True)
        assert study.name == name
        assert study.title
        assert study.question.endswith("?")
        assert studies.get(name) != study
        assert studies.get(name, quick=True, seeds=7).seeds == 7


@pytest.mark.parametrize(
    ("name", "settings", "error", "message"),
    [
        ("convergense", {}, ValueError, "unknown study 'convergense'; did you mean 'convergence'"),
        ("convergence", {"seeds": 1}, ValueError, "seeds must be a whole number of at least 2, got 1"),
        ("convergence", {"seeds": 2.5}, TypeError, "seeds must be a whole number, got 2.5"),
        ("convergence", {"seed": -1}, ValueError, "seed must be a whole number of at least 0, got -1"),
        ("convergence", {"momenta": 1}, TypeError, "has no parameter 'momenta'"),
    ],
)
def test_bad_settings(name: str, settings: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        studies.get(name, **settings)


def test_interrupt_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    real = cr.train_many

    def interrupted(*arguments: Any, **options: Any) -> cr.Runs:
        runs = real(*arguments, **options)
        runs.completed[-1] = False
        return runs

    monkeypatch.setattr("chainrule.experiments.study.train_many", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Toy().run()


def test_plain_values_are_json() -> None:
    value = {1: np.float32(0.5), "a": (np.inf, [np.array(2)]), "b": range(2), "c": None, "d": np.bool_(True)}
    made = plain(value)
    assert made == {"1": 0.5, "a": [None, [2]], "b": [0, 1], "c": None, "d": True}
    json.dumps(made, allow_nan=False)


def test_list_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["study"], ["study", "--list"]):
        code, out, err = called(capsys, *arguments)
        assert (code, err) == (0, "")
        assert all(name in out for name in studies.names())
    code, out, _ = called(capsys, "study", "convergence", "--help")
    assert code == 0
    assert "The first of their seeds.  [default: 0]" in out
    for option in ("--seeds", "--quick", "-o", "--json", "--momentum"):
        assert option in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["study", "convergense"], r"unknown study 'convergense'; did you mean 'convergence'\?"),
        (["study", "convergence", "--seeds", "1"], "seeds must be a whole number of at least 2, got 1"),
        (["study", "convergence", "--seeds", "x"], "'--seeds': 'x' is not a valid integer"),
        (["study", "convergence", "--sead", "1"], "No such option"),
        (["study", "convergence", "extra"], r"unexpected extra argument \(extra\)"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = called(capsys, *arguments)
    assert code == 2
    assert re.fullmatch(r"chainrule: [^\n]+\n", err)
    assert re.search(said, err)
    assert list(tmp_path.iterdir()) == []


def test_output_that_is_no_folder_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    precious = tmp_path / "file"
    precious.write_text("precious")
    code, _, err = called(capsys, "study", "convergence", "--quick", "-o", str(precious))
    assert code == 2
    assert re.fullmatch(r"chainrule: cannot write into the folder .*file.*name another one with -o\n", err)
    assert precious.read_text() == "precious"


@pytest.mark.skipif(os.name != "posix", reason="signals to a process")
def test_ctrl_c_writes_nothing(tmp_path: Path) -> None:
    running = subprocess.Popen(
        [sys.executable, "-u", "-m", "chainrule", "study", "convergence", "--seeds", "100000", "-o", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    while "networks" not in running.stdout.readline():
        pass
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "Traceback" not in out + err
    assert err.strip() == "chainrule: interrupted; nothing was written"
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def only_toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy in the place of all studies."""
    monkeypatch.setattr(studies, "names", lambda: ["toy"])
    monkeypatch.setattr(studies, "study_class", lambda name: Toy)


@pytest.mark.usefixtures("only_toy")
def test_a_study_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = called(capsys, "study", "toy", "--quick", "--window", "1", "2.5", "-o", str(tmp_path / "a"))
    assert (code, err) == (0, "")
    written = json.loads((tmp_path / "a" / "results.json").read_text())
    assert written["settings"] == {"seeds": 2, "seed": 0, "window": [1.0, 2.5]}
    for said in (Toy.title, Toy.question, "  training ...", f"- {written['answer'][0]}", str(tmp_path / "a")):
        assert said in out
    code, out, err = called(capsys, "study", "toy", "--seeds", "4", "--json", "-o", str(tmp_path / "b"))
    assert (code, err) == (0, "")
    assert json.loads(out) == json.loads((tmp_path / "b" / "results.json").read_text())
    code, _, err = called(capsys, "study", "toy", "--window", "1")
    assert code == 2
    assert "--window" in err


@pytest.mark.usefixtures("only_toy")
def test_all_studies_and_their_index(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = called(capsys, "study", "all", "--quick", "-o", str(tmp_path))
    assert (code, err) == (0, "")
    assert {path.name for path in tmp_path.iterdir()} == {"index.html", "toy"}
    assert (tmp_path / Page((tmp_path / "index.html").read_text()).addresses[0]).exists()
    assert "1 studies in" in out


@pytest.mark.usefixtures("only_toy")
def test_ctrl_c_among_all_says_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = Toy.measure
    runs: list[Study] = []

    def second_is_interrupted(study: Toy, watch: Watch) -> Measured:
        runs.append(study)
        if len(runs) == 2:
            raise KeyboardInterrupt
        return real(study, watch)

    monkeypatch.setattr(studies, "names", lambda: ["toy", "toy"])
    monkeypatch.setattr(Toy, "measure", second_is_interrupted)
    code, _, err = called(capsys, "study", "all", "-o", str(tmp_path))
    assert (code, err) == (1, "chainrule: interrupted; toy was written\n")
    assert (tmp_path / "toy" / "results.json").exists()
