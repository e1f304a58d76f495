"""The playground in a notebook: what Python gives it, what the page asks of it, and what Python reads back."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.arrays import Array
from chainrule.play import frames, notebook
from chainrule.play.choices import ChoiceError
from chainrule.play.widget import Playground

X, y = cr.datasets.xor()
FAST = {"epochs": 50, "optimizer_settings": {"learning_rate": 0.3, "momentum": 0.9}}


class Page:
    """The page's side of the widget: it sends messages and keeps what comes back."""

    def __init__(self, widget: Playground, monkeypatch: pytest.MonkeyPatch) -> None:
        self.widget, self.heard, self.came = widget, list[tuple[dict[str, Any], list[bytes]]](), threading.Condition()
        monkeypatch.setattr(widget, "send", self.hear)

    def hear(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        with self.came:
            self.heard.append((content, list(buffers or [])))
            self.came.notify_all()

    def send(self, content: dict[str, Any], *buffers: bytes) -> None:
        self.widget._handle_custom_msg(content, [memoryview(each) for each in buffers])

    def ask(self, ask: str, *buffers: bytes, **what: Any) -> tuple[dict[str, Any], list[bytes]]:
        self.send({"id": 99, "ask": ask, **what}, *buffers)
        content, came = self.heard[-1]
        assert content["id"] == 99
        return content, came

    def frames_until(self, last: Callable[[dict[str, Any]], bool]) -> list[tuple[dict[str, Any], dict[str, Array]]]:
        def unpacked() -> list[tuple[dict[str, Any], dict[str, Array]]]:
            return [frames.unpack(buffers[0]) for content, buffers in self.heard if content.get("frame")]

        with self.came:
            assert self.came.wait_for(
                lambda: any(header["type"] == "error" or last(header) for header, _ in unpacked()), timeout=60
            )
            return unpacked()


def ended(header: dict[str, Any]) -> bool:
    return header["type"] == "end"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    return Page(Playground("", notebook.given(None, X, y) | FAST), monkeypatch)


def test_a_run_comes_as_frames_and_ends_with_the_losses_of_fit(page: Page) -> None:
    page.send({"id": 1, "ask": "run", "run": 7, "settings": page.widget.settings})
    came = page.frames_until(ended)
    assert came[0][0]["type"] == "start"
    assert {header["run"] for header, _ in came} == {7}
    np.testing.assert_array_equal(came[0][1]["X"], X)
    numbers = [arrays["numbers"] for header, arrays in came if header["type"] == "moments"][-1][-1]
    np.testing.assert_array_equal(numbers, page.widget.network.numbers)


def test_the_newest_run_ends_the_others(page: Page) -> None:
    long = {**page.widget.settings, "epochs": 20_000}
    for run in range(5):
        page.send({"id": run, "ask": "run", "run": run, "settings": long})
    page.send({"id": 9, "ask": "run", "run": 9, "settings": page.widget.settings})
    assert [header["run"] for header, _ in page.frames_until(ended) if ended(header)] == [9]


def test_cancel_silences_a_run(page: Page) -> None:
    page.send({"id": 1, "ask": "run", "run": 1, "settings": {**page.widget.settings, "epochs": 20_000}})
    page.send({"id": 2, "ask": "cancel"})
    with page.widget._at_work:  # whoever was at work has stopped
        assert not any(frames.unpack(buffers[0])[0]["type"] == "end" for content, buffers in page.heard if buffers)


def test_a_widget_that_is_closed_trains_no_more(page: Page) -> None:
    page.send({"id": 1, "ask": "run", "run": 1, "settings": {**page.widget.settings, "epochs": 20_000}})
    page.widget.close()
    with page.widget._at_work:
        assert not any(frames.unpack(buffers[0])[0]["type"] == "end" for content, buffers in page.heard if buffers)


def test_seeds_come_as_frames(page: Page) -> None:
    page.send({"id": 1, "ask": "seeds", "run": 1, "settings": page.widget.settings, "count": 5})
    came = page.frames_until(lambda header: header.get("done") == 5)
    assert came[-1][0]["type"] == "seeds"
    assert came[-1][1]["seed"].shape == (5,)


def test_what_is_asked_for_once_is_answered_with_files_beside_it(page: Page) -> None:
    settings = page.widget.settings
    schema, _ = page.ask("schema")
    assert schema["answer"]["version"] == cr.__version__
    derivation, _ = page.ask("derive", settings=settings, epoch=3, samples=[0, 1], notation="standard")
    assert derivation["answer"]["proved"] is True
    _, (code,) = page.ask("code", settings=settings)
    assert code.decode() == page.widget.code
    model, (content,) = page.ask("model", settings=settings, epoch=50, format="safetensors")
    opened, _ = page.ask("open", content, name=model["answer"]["name"])
    assert opened["answer"]["settings"]["hidden"] == settings["hidden"]


def test_what_is_wrong_is_refused_in_words_and_the_widget_lives_on(page: Page) -> None:
    content, _ = page.ask("derive", settings=page.widget.settings, epoch=3, samples=[99], notation="standard")
    assert content["error"]["field"] == "samples"
    assert "unheard" in page.ask("unheard", settings={})[0]["error"]["message"]
    assert "lacks 'settings'" in page.ask("code")[0]["error"]["message"]
    assert page.ask("run", run=1, settings={"epochs": -1})[0]["error"]["field"] == "epochs"
    assert "answer" in page.ask("schema")[0]


def test_python_sets_what_the_page_shows_and_reads_what_it_trained(page: Page) -> None:
    widget = page.widget
    widget.settings = {**widget.settings, "seed": 3}
    widget.epoch = 0
    start = widget.network
    widget.epoch = 10
    after = widget.network
    assert widget.settings["seed"] == 3
    assert not np.array_equal(start.parameters, after.parameters)
    np.testing.assert_array_equal(widget.parameters, after.parameters)
    with pytest.raises(ChoiceError, match="epochs"):
        widget.settings = {"epochs": 10**9}
    assert widget.settings["epochs"] == 50


def test_settings_are_changed_as_a_whole_and_what_belonged_to_the_old_ones_goes_along() -> None:
    widget = Playground("", notebook.given(cr.Network([2, 3, 1], hidden="tanh", seed=0), X, y) | FAST)
    heard = list[Any]()
    widget.observe(lambda change: heard.append(change.new), "settings")
    widget.settings["seed"] = 8  # a copy
    assert widget.settings["seed"] == 0
    widget.settings |= {"epochs": 60}
    assert [each["epochs"] for each in heard] == [60]
    assert len(widget.settings["parameters"]) == 13
    widget.settings |= {"hidden": [4, 5]}
    assert (widget.settings["parameters"], widget.settings["activations"]) == ([], ["tanh", "tanh"])
    widget.settings |= {"optimizer": "adam"}
    assert widget.settings["optimizer_settings"]["beta_1"] == 0.9
    assert widget.network.structure.sizes == (2, 4, 5, 1)
    with pytest.raises(ChoiceError, match="hidden must be a list, got 5"):
        widget.settings |= {"hidden": 5}
    with pytest.raises(ChoiceError, match="activations must name one for each of the 1 hidden layers, got 2"):
        widget.settings |= {"hidden": [5], "activations": ["relu", "elu"]}


def test_settings_may_name_no_more_than_what_differs() -> None:
    assert Playground("", {"hidden": [8, 8, 8]}).settings["activations"] == ["sigmoid"] * 3
    assert "beta_2" in Playground("", {"optimizer": "adam"}).settings["optimizer_settings"]


def test_a_network_begins_with_its_own_layers_and_parameters() -> None:
    net = cr.Network([2, 4, 3, 1], hidden=["tanh", "relu"], seed=5)
    widget = Playground("", notebook.given(net, X, y) | FAST)
    widget.epoch = 0
    assert (widget.settings["hidden"], widget.settings["activations"]) == ([4, 3], ["tanh", "relu"])
    np.testing.assert_array_equal(widget.parameters, net.parameters)
    np.testing.assert_array_equal(widget.network.predict(X), net.predict(X))


@pytest.mark.parametrize("normalization", [None, "batch_norm", "layer_norm"])
def test_whatever_a_network_has_it_keeps(normalization: str | None) -> None:
    net = cr.Network([2, 4, 4, 1], hidden="elu", normalization=normalization, dropout=0.25, seed=5)
    net.fit(X, y, epochs=3, verbose=0)
    widget = Playground("", notebook.given(net, X, y) | FAST)
    widget.epoch = 0
    np.testing.assert_array_equal(widget.network.predict(X), net.predict(X))
    assert widget.settings["dropout"] == 0.25


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"hidden": cr.activations.get("elu", alpha=0.5)}, "elu"),
        ({"dropout": [0.1, 0.2]}, "differ in dropout"),
    ],
)
def test_a_network_that_the_playground_has_no_settings_for_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        notebook.given(cr.Network([2, 3, 3, 1], seed=0, **options), X, y)


@pytest.mark.parametrize(
    ("samples", "targets", "words"),
    [
        (np.zeros((3, 3)), [0, 1, 0], r"\(n, 2\), got \(3, 3\)"),
        (np.zeros(3), [0, 1, 0], r"\(n, 2\), got \(3,\)"),
        (np.zeros((3, 2)), [0, 1], "3 rows but y has 2"),
        (np.zeros((3, 2)), [0.0, np.nan, 1.0], "NaN"),
        (np.zeros((9, 2)), list("abcdefghi"), "9 classes"),
        (np.zeros((2, 2)), [[1.0, 0.5], [0.0, 1.0]], "one-hot"),
        (np.zeros((100_000, 2)), np.zeros(100_000), r"X\[:"),
    ],
)
def test_samples_that_do_not_fit_are_refused_in_words(samples: Any, targets: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        notebook.points(samples, targets)


def test_targets_tell_the_task() -> None:
    two = [[0.0, 1.0], [1.0, 0.0]]
    assert notebook.points(two, [True, False])["points"] == [[0.0, 1.0, 1], [1.0, 0.0, 0]]
    assert notebook.points(two, [[0, 1], [1, 0]])["points"] == [[0.0, 1.0, 1], [1.0, 0.0, 0]]
    assert notebook.points(two, np.array([[0.5], [3.0]]))["own_task"] == "regression"


def test_arguments_that_do_not_fit_are_refused_in_words() -> None:
    with pytest.raises(TypeError, match="y is missing"):
        notebook.given(None, X, None)
    with pytest.raises(TypeError, match="Network or None"):
        notebook.given("net", X, y)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="2 inputs, it takes 3"):
        notebook.given(cr.Network([3, 1], seed=0), X, y)


def test_without_the_page_or_anywidget_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(notebook, "SCRIPT", tmp_path / "notebook.js")
    with pytest.raises(FileNotFoundError, match="make play"):
        cr.playground()
    (tmp_path / "notebook.js").write_text("export default {}")
    assert cr.playground(seed=4).settings["seed"] == 4
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "chainrule.play.widget")
    with pytest.raises(ImportError, match=r"pip install 'chainrule\[notebook\]'"):
        cr.playground()
