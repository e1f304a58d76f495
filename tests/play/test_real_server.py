"""The server with the real engine behind it: a run comes as frames, and no settings are taken that it cannot do."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from websockets.sync.client import ClientConnection, connect

from chainrule.play import frames
from chainrule.play.server import engine
from chainrule.play.server.channels import Channels
from chainrule.play.server.warming import warm
from tests.play.fakes import Running, running, until


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(engine=engine.real()) as made:
        yield made


@pytest.fixture
def tab(server: Running) -> Iterator[ClientConnection]:
    with connect(f"ws://{server.host}/api/channel", origin=server.origin, max_size=None) as made:
        made.send(json.dumps({"type": "hello", "channel": "tab"}))
        yield made
    assert until(lambda: not server.channels.open)


def frames_of(tab: ClientConnection) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Frames until the run's last."""
    while True:
        header, arrays = frames.unpack(bytes(tab.recv(60)))
        yield header, arrays
        if header["type"] in ("end", "error") or header.get("done", 0) == header.get("of"):
            return


def test_a_run_comes_whole(server: Running, tab: ClientConnection) -> None:
    assert (
        server.post("run", {"channel": "tab", "run": 1, "settings": {"data": "xor", "epochs": 5000, "seed": 1}})[0]
        == 202
    )
    (start, data), *middle, (end, _) = frames_of(tab)
    moments = [arrays for header, arrays in middle if header["type"] == "moments"]
    assert (start["type"], start["epochs"], end["type"], end["how"]) == ("start", 5000, "end", "done")
    assert data["X"].shape[1] == 2
    epochs = np.concatenate([each["epoch"] for each in moments])
    assert (epochs[0], epochs[-1]) == (0, 5000)
    assert moments[-1]["numbers"].shape[1] == start["n_numbers"]
    assert {header["run"] for header, _ in middle} == {1}


def test_seeds_come(server: Running, tab: ClientConnection) -> None:
    settings = {"data": "xor", "epochs": 200}
    assert server.post("seeds", {"channel": "tab", "run": 1, "count": 3, "settings": settings})[0] == 202
    header, arrays = list(frames_of(tab))[-1]
    assert (header["done"], header["of"], len(arrays["loss"])) == (3, 3, 3)


def test_a_long_run_ends_when_it_is_cancelled(server: Running, tab: ClientConnection) -> None:
    story = next(each for each in server.playing.engine.schema()["stories"] if each["name"] == "spiral")
    assert server.post("run", {"channel": "tab", "run": 1, "settings": story["settings"]})[0] == 202
    assert frames.unpack(bytes(tab.recv(60)))[0]["type"] == "start"
    assert server.post("cancel", {"channel": "tab"})[0] == 202
    begun = time.monotonic()
    assert until(lambda: server.channels.at_work == 0)
    assert time.monotonic() - begun < 5


def test_answers_are_about_the_run(server: Running) -> None:
    run = {"settings": {"data": "xor", "epochs": 50}}
    status, _, page = server.post("derive", run | {"epoch": 50, "samples": [0], "notation": "report"})
    assert (status, page["epoch"], page["samples"]) == (200, 50, [0])
    _, _, code = server.post("code", run)
    compile(base64.b64decode(code["bytes"]), "run.py", "exec")
    for form in ("onnx", "safetensors", "c", "python"):
        status, _, model = server.post("model", run | {"epoch": 50, "format": form})
        assert status == 200
        assert base64.b64decode(model["bytes"])
    again = server.post("open", {"name": "a.csv", "bytes": base64.b64encode(b"x,y,z\n1,2,3\n").decode()})[2]
    assert again["table"]["columns"] == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"epochs": -1}, "epochs"),
        ({"epochs": 10**15}, "epochs"),
        ({"epochs": 1.5}, "epochs"),
        ({"epochs": "100"}, "epochs"),
        ({"epochs": None}, "epochs"),
        ({"hidden": [10**9], "activations": ["tanh"]}, "hidden"),
        ({"hidden": [3] * 1000}, "hidden"),
        ({"hidden": {}}, "hidden"),
        ({"n": 0}, "n"),
        ({"n": 10**12}, "n"),
        ({"data": "../../secret"}, "data"),
        ({"data": ["xor"]}, "data"),
        ({"points": [[1e308, 1e308, 0]] * 3, "data": "own"}, "points"),
        ({"points": [[0, 0]], "data": "own"}, "points"),
        ({"edits": [[0, -1, 0.0]]}, "edits"),
        ({"parameters": [1.0]}, "parameters"),
        ({"optimizer_settings": {"learning_rate": -1}}, None),
        ({"nothing": 1}, None),
    ],
)
def test_settings_that_cannot_be_are_400_with_a_message(
    server: Running, settings: dict[str, Any], field: str | None
) -> None:
    status, _, said = server.post("run", {"channel": "tab", "run": 1, "settings": settings})
    if status == 409:  # what only the whole run tells is said through the channel
        status, _, said = server.post("code", {"settings": settings})
    assert status == 400
    assert field in (None, said["error"]["field"])
    assert 10 < len(said["error"]["message"]) < 400


def test_warming_waits_until_nothing_is_under_way() -> None:
    real = engine.real()
    channels = Channels()
    channels.at_work = 1
    thread = warm(real, channels)
    time.sleep(0.5)
    assert thread.is_alive()
    channels.at_work, channels.last_work = 0, -1e9
    thread.join(120)
    assert not thread.is_alive()
