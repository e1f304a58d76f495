"""Pages on tables and sweeps, and the README's section: their commands, run in an empty folder, say what is shown."""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
SWEEP = (ROOT / "docs" / "sweep.md").read_text(encoding="utf-8")
SECTION = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Ten minutes")[2].partition("\n## ")[0]


def blocks(page: str) -> list[tuple[str, str]]:
    """The commands of a page in order, and what it says that they print ("" where it says nothing)."""
    found = re.findall(r"^```(sh|text)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    made: list[tuple[str, str]] = []
    for kind, text in found:
        if kind == "sh":
            made.append((text, ""))
        else:
            made[-1] = (made[-1][0], text)
    return made


def same(wanted: str, got: str) -> bool:
    return doctest.OutputChecker().check_output(wanted, got, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)


@pytest.mark.long
@pytest.mark.parametrize(("page", "least"), [(PAGE, 7), (SWEEP, 5), (SECTION, 3)], ids=["tables", "sweep", "readme"])
def test_the_page_does_what_it_says(page: str, least: int, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tools / "chainrule").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m chainrule "$@"\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "120"}
    assert len(blocks(page)) >= least
    for commands, wanted in blocks(page):
        done = subprocess.run(
            ["sh", "-e"], input=commands, cwd=work, env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), commands
        if wanted:
            assert same(wanted, done.stdout), f"{commands}\n{done.stdout}"


def test_the_built_in_space_is_the_one_that_is_shown() -> None:
    (shown,) = re.findall(r"^```toml\n(.*?)^```$", SWEEP, re.DOTALL | re.MULTILINE)
    file = ROOT / "src" / "chainrule" / "sweep" / "default.toml"
    assert shown == file.read_text(encoding="utf-8").partition("\n")[2]


def test_other_output_is_noticed() -> None:
    assert same("a ... b\n...\n", "a 1 b\nc\n")
    assert not same("accuracy 0.9...\n", "accuracy 0.81\n")
