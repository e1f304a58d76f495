"""What the project says of itself is true."""

import re
from pathlib import Path

import chainrule

ROOT = Path(__file__).parent.parent


def test_changelog_and_citation_have_the_version() -> None:
    assert f"## [{chainrule.__version__}]" in (ROOT / "CHANGELOG.md").read_text()
    assert f"\nversion: {chainrule.__version__}\n" in (ROOT / "CITATION.cff").read_text()


def test_contributing_is_short() -> None:
    assert len((ROOT / "CONTRIBUTING.md").read_text().splitlines()) < 50


def test_every_dependency_is_explained() -> None:
    project, explained = (ROOT / "pyproject.toml").read_text(), (ROOT / "docs" / "dependencies.md").read_text().lower()
    block = re.findall(r"^(?:dependencies|dev|bench) = \[(.*?)^\]", project, re.DOTALL | re.MULTILINE)
    names = re.findall(r'"([a-z0-9-]+)[=<>]', "".join(block))
    assert {"numpy", "pytest"} <= set(names)
    assert [name for name in names if name not in explained] == []


def test_links_between_the_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())]
    assert links
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []


def test_no_derivative_library_in_the_package() -> None:
    sources = list((ROOT / "src").rglob("*.py"))
    assert len(sources) > 20
    forbidden = re.compile(r"^\s*(import|from)\s+(torch|jax|autograd|tensorflow|sympy|casadi)\b", re.MULTILINE)
    assert forbidden.search("import torch")
    assert [path.name for path in sources if forbidden.search(path.read_text())] == []
