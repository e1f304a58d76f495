"""What a person takes away: the link, the code, the network, the pictures, the replay; and what is brought in."""

import json
import runpy
import struct
import zlib
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

import chainrule as cr
from tests.play.browser.conftest import Open, Watched, complaints, serving
from tests.play.browser.driving import fill, trained

STATE = "data=moons&n=80&noise=0.2&hidden=4&activations=tanh&optimizer=adam&learning_rate=0.02&epochs=150&batch_size=16"


def taken(page: Page, button: str, folder: Path) -> Path:
    """The file that a button saves."""
    with page.expect_download() as download:
        page.locator(button).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_link_is_the_run(open_page: Open, watched: Watched) -> None:
    page = open_page(STATE)
    fill(page, "seed", 7)
    wanted = watched.settings
    page.locator("#take-link").click()
    link = page.evaluate("navigator.clipboard.readText()")
    other = page.context.new_page()
    other.goto(link)
    trained(other)
    assert watched.settings == wanted


def test_the_code_gives_the_same_losses(open_page: Open, watched: Watched, tmp_path: Path) -> None:
    page = open_page(STATE)
    page.locator("#take-code").click()
    path = taken(page, "#take-code-save", tmp_path)
    ran = runpy.run_path(str(path))
    page.locator("#pin").click()
    row = page.locator(".compare-table tbody tr").first
    shown = float(row.locator("td").first.inner_text())
    loss = ran["net"].gradients(ran["X"], ran["y"], loss="binary_cross_entropy").loss
    assert loss == pytest.approx(shown, rel=1e-3)


@pytest.mark.parametrize("kind", ["onnx", "safetensors", "c", "python"])
def test_the_network_in_every_format(open_page: Open, tmp_path: Path, kind: str) -> None:
    page = open_page(STATE)
    path = taken(page, f"[data-format={kind}]", tmp_path)
    if kind == "safetensors":
        net = cr.load(path)
    elif kind == "onnx":
        net = cr.onnx.load(path)
    elif kind == "c":
        assert "predict" in path.read_text()
        return
    else:
        predict = runpy.run_path(str(path))["predict"]
        assert predict(np.array([[0.1, 0.2]])).shape == (1, 1)
        return
    assert net.structure.sizes == (2, 4, 1)
    assert net.predict([[0.0, 0.5]]).shape == (1, 1)


def test_pictures(open_page: Open, tmp_path: Path) -> None:
    page = open_page(STATE)
    png = taken(page, "#take-png", tmp_path).read_bytes()
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert min(width, height) > 300
    assert zlib.crc32(png[12:29]) == struct.unpack(">I", png[29:33])[0]
    svg = taken(page, "#take-svg", tmp_path).read_text(encoding="utf-8")
    assert svg.startswith("<svg")
    assert "http" not in svg.replace("http://www.w3.org/", "")


def test_a_run_is_saved_and_brought_back(open_page: Open, watched: Watched, tmp_path: Path) -> None:
    page = open_page(STATE)
    wanted = watched.settings
    path = taken(page, "#take-run", tmp_path)
    assert json.loads(path.read_text())["settings"] == wanted
    page = open_page()
    before = int(page.evaluate("Number(document.documentElement.dataset.run)"))
    page.locator("input[type=file]").first.set_input_files(path)
    trained(page, before)
    assert watched.settings == wanted


def test_a_model_is_brought_in(open_page: Open, watched: Watched, tmp_path: Path) -> None:
    net = cr.Network([2, 5, 1], hidden="relu", seed=3)
    net.save(tmp_path / "model.safetensors")
    page = open_page()
    before = int(page.evaluate("Number(document.documentElement.dataset.run)"))
    page.locator("input[type=file]").first.set_input_files(tmp_path / "model.safetensors")
    trained(page, before)
    assert watched.settings["hidden"] == [5]
    assert watched.settings["activations"] == ["relu"]
    assert watched.settings["parameters"] == net.numbers.tolist()


def test_a_file_that_is_none_is_refused_in_words(open_page: Open, watched: Watched) -> None:
    page = open_page()
    page.locator("input[type=file]").first.set_input_files(
        [{"name": "model.safetensors", "mimeType": "application/octet-stream", "buffer": b"\x00" * 40}]
    )
    expect(page.locator("[role=alert]").first).to_contain_text("safetensors")
    assert all("400" in error for error in watched.errors)  # the browser's own word for the engine's no
    watched.errors.clear()


def test_the_replay_needs_no_server(open_page: Open, browser: Browser, tmp_path: Path) -> None:
    path = taken(open_page(STATE), "#take-replay", tmp_path)
    context = browser.new_context(offline=True)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.extend(complaints(message)))
    page.on("pageerror", lambda error: said.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    cursor = page.locator("#cursor")
    cursor.wait_for()
    last = page.locator(".plane-surface").evaluate("canvas => canvas.toDataURL()")
    cursor.focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(200)
    assert page.locator(".plane-surface").evaluate("canvas => canvas.toDataURL()") != last
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []
    context.close()


def test_the_server_begins_with_a_file(context: BrowserContext, watched: Watched, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = "".join(f"{a:.3f},{b:.3f},{'yes' if a > b else 'no'}\n" for a, b in rng.random((40, 2)))
    (tmp_path / "mine.csv").write_text("width,height,wider\n" + rows)
    with closing(serving("--data", tmp_path / "mine.csv")) as addresses:
        page = context.new_page()
        page.goto(next(addresses))
        trained(page)
        page.close()
    assert watched.settings["data"] == "own"
    assert len(watched.settings["points"]) == 40
    assert watched.settings["class_names"] == ["no", "yes"]
