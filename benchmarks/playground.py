"""The playground as a person has it: from a touch of a control to the picture, in headless Chromium.

Everything is measured inside the page: its clock starts before the event that a slider sends and stops in the frame
after the one that drew the new run.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .steps import spread

__all__ = ["measure"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)

MEASURING = """
const page = document.documentElement.dataset;
const frame = () => new Promise(requestAnimationFrame);
const after = (wanted) => new Promise((resolve) => {
  const look = () => {
    if (!wanted()) return;
    watching.disconnect();
    resolve(performance.now());
  };
  const watching = new MutationObserver(look);
  watching.observe(document.documentElement, { attributes: true });
  look();
});
const drawn = (before, states) => after(() => Number(page.run) > before && states.includes(page.state));
const slide = (id, value) => {
  const input = document.getElementById(id);
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
};
"""


def measure(*, quick: bool, repeats: int) -> dict[str, Any]:
    """Milliseconds, frames and bytes.

    Raises:
        RuntimeError: there is no Chromium.
    """
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        raise RuntimeError("there is no Chromium; on Debian and Ubuntu: apt install chromium")
    touches = 10 if quick else 15 * repeats
    with serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.goto(address)
        page.evaluate(f"async () => {{ {MEASURING} await drawn(-1, ['done']); }}")
        found = {
            "usable_ms": spread([usable(context.new_page(), address) for _ in range(2 if quick else repeats)]),
            "page": weight(page),
            "slider_ms": spread(page.evaluate(SLIDER, touches)),
            "dragging": page.evaluate(DRAGGING, 1000 if quick else 5000),
            "cursor": page.evaluate(CURSOR, 1000 if quick else 5000),
        }
        spirals = [page.evaluate(SPIRAL) for _ in range(2 if quick else repeats)]
        found["spiral"] = {name: spread([run[name] for run in spirals]) for name in spirals[0]}
        own = address.split("/")[2]
        found["other_hosts"] = sum(own not in url for url in asked if not url.startswith(("blob:", "data:")))
        browser.close()
    return {"chromium": version(), "touches": touches, "playground": found}


@contextmanager
def serving() -> Iterator[str]:
    """A server as a person starts it; its address."""
    command = [sys.executable, "-m", "chainrule", "play", "--no-browser", "--port", "0"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            yield next(
                found[0] for line in process.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+/\S*", line))
            )
        finally:
            process.send_signal(signal.SIGTERM)


def version() -> str:
    """What Chromium calls itself."""
    assert CHROMIUM is not None
    return subprocess.run([CHROMIUM, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]


def usable(page: Any, address: str) -> float:
    """Milliseconds from asking for the page, nothing of it kept, until its first run is drawn."""
    page.route("**/*", lambda route: route.continue_())  # with a route, nothing comes from the browser's cache
    begun = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_function("() => document.documentElement.dataset.state === 'done'", polling="raf")
    taken = 1000 * (time.perf_counter() - begun)
    page.close()
    return taken


def weight(page: Any) -> dict[str, float]:
    """Kilobytes (1,000 bytes) of all that the first load asks for: as they are, and compressed as gzip does."""
    urls = page.evaluate("[location.href, ...performance.getEntriesByType('resource').map((entry) => entry.name)]")
    static = [url for url in dict.fromkeys(urls) if url.startswith("http") and "/api/" not in url.partition("#")[0]]
    bodies = [page.request.get(url.partition("#")[0]).body() for url in static] + [
        page.request.get(urls[0].partition("#")[0].partition("?")[0] + "api/schema").body()
    ]
    return {
        "files": len(bodies),
        "kilobytes": sum(map(len, bodies)) / 1000,
        "compressed_kilobytes": sum(len(gzip.compress(body, 6)) for body in bodies) / 1000,
    }


# Of XOR, 5,000 epochs: the learning rate's slider goes up and down; each touch waits for its picture.
SLIDER = f"""async (touches) => {{ {MEASURING}
  const id = "slider-setting-optimizer_settings-learning_rate";
  const input = document.getElementById(id);
  const low = Number(input.min), high = Number(input.max), taken = [];
  for (let i = 0; i < touches + 5; i++) {{
    const before = Number(page.run);
    const begun = performance.now();
    slide(id, low + (high - low) * (0.55 + 0.2 * Math.sin(i)));
    const ended = await drawn(before, ["done"]);
    if (i >= 5) taken.push(ended - begun);
    await frame();
  }}
  return taken;
}}"""

# The same while dragging: an event every frame, whatever has come; how many different runs are drawn a second.
DRAGGING = f"""async (milliseconds) => {{ {MEASURING}
  const id = "slider-setting-optimizer_settings-learning_rate";
  const input = document.getElementById(id);
  const low = Number(input.min), high = Number(input.max), seen = new Set();
  const begun = performance.now();
  let events = 0;
  while (performance.now() - begun < milliseconds) {{
    slide(id, low + (high - low) * (0.55 + 0.2 * Math.sin(events++ / 10)));
    await frame();
    if (page.state === "done") seen.add(page.run);
  }}
  return {{ events, runs_a_second: seen.size / ((performance.now() - begun) / 1000) }};
}}"""

# The time cursor moves every frame: frames a second, and requests (none: nothing is trained again).
CURSOR = f"""async (milliseconds) => {{ {MEASURING}
  await new Promise((rested) => setTimeout(rested, 500));
  const input = document.getElementById("cursor");
  const low = Number(input.min), high = Number(input.max), gaps = [];
  const requests = performance.getEntriesByType("resource").length, run = page.run;
  await frame();
  const begun = performance.now();
  let before = begun, i = 0;
  while (before - begun < milliseconds) {{
    slide("cursor", Math.round(low + (high - low) * (0.5 + 0.5 * Math.sin(i++ / 20))));
    await frame();
    const now = performance.now();
    gaps.push(now - before);
    before = now;
  }}
  gaps.sort((a, b) => a - b);
  const median = gaps[Math.floor(gaps.length / 2)];
  return {{
    frames_a_second: gaps.length / ((before - begun) / 1000),
    median_gap_ms: median,
    late_share: gaps.filter((gap) => gap > 1.5 * median).length / gaps.length,
    requests: performance.getEntriesByType("resource").length - requests,
    trained_again: page.run !== run,
  }};
}}"""

# The story of the spiral: when its first picture is there, when it is done; and how soon another run is there when that
# is asked for in the midst of it.
SPIRAL = f"""async () => {{ {MEASURING}
  const story = (name) => document.querySelector(`[data-story=${{name}}]`).click();
  const xor = async () => {{
    const before = Number(page.run), begun = performance.now();
    story("report_xor");
    return (await drawn(before, ["done"])) - begun;
  }};
  await xor();
  let before = Number(page.run), begun = performance.now();
  story("spiral");
  const first = await drawn(before, ["training", "done"]);
  const done = await drawn(before, ["done"]);
  await xor();
  before = Number(page.run);
  story("spiral");
  await drawn(before, ["training", "done"]);
  return {{ first_picture_ms: first - begun, done_ms: done - begun, another_ms: await xor() }};
}}"""
