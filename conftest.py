"""Runs the code blocks of the Markdown files as tests, with the outputs that they show."""

from doctest import ELLIPSIS
from importlib import resources

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

page = resources.files("chainrule.play").joinpath("static/index.html")
pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(doctest_optionflags=ELLIPSIS), SkipParser()],
    patterns=["README.md", "docs/*.md"],
    setup=lambda names: names.update(page_is_built=page.is_file()),
).pytest()
