"""The page diagnose.md is what its script makes of the measurements, and they reach what was aimed at."""

import re
from pathlib import Path

import diagnose_page

from chainrule.explain.program import FUNCTIONS, SETTINGS

PAGE = Path(diagnose_page.__file__).with_name("diagnose.md")


def test_page_is_what_the_script_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == diagnose_page.render(diagnose_page.read()), "run `make docs`"


def test_the_figures_are_reached() -> None:
    rates = diagnose_page.read()
    assert set(rates["single"]) == {str(number) for number in (*range(1, 23), 24, 25, 26, 28, 30)}
    for count, _, named, layer in rates["single"].values():
        assert named >= 0.99 * count
        assert layer >= 0.99 * count
    pairs, both = rates["pairs"]
    assert pairs >= 500
    assert both >= 0.9 * pairs
    for dtype in ("float64", "float32"):
        count, wrong, _ = rates["right"][dtype]
        assert (count, wrong) == (1000, 0)


def test_the_page_names_every_function_and_setting_that_a_file_may_have() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in (*FUNCTIONS, *SETTINGS.values()):
        assert re.search(rf"`{name}[`(]", page), name
    for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1, table
