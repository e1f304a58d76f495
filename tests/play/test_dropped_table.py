"""Small tables of text: separators, decimal commas, headers, and what is no table."""

import json
from typing import Any

import pytest

from chainrule.play.dropped_table import LARGEST, MOST_ROWS, read


def table(text: str | bytes, name: str = "points.csv") -> dict[str, Any]:
    return read(name, text.encode() if isinstance(text, str) else text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "a,b,label\n1.5,-2,yes\n.5,1e1,no\n"),
        ("a.csv", "\ufeffa;b;label\r\n1,5;-2;yes\r\n0,5;10;no\r\n"),
        ("a.tsv", "a\tb\tlabel\n1.5\t-2\tyes\n\n0.5\t+10\tno"),
        ("a.txt", 'a|b|label\n"1.5"|-2|yes\n0.5|10.0|no\n'),
    ],
)
def test_dialects(name: str, text: str) -> None:
    made = table(text, name)
    assert made["columns"] == ["a", "b", "label"]
    assert made["rows"] == [[1.5, -2.0, "yes"], [0.5, 10.0, "no"]]


def test_names_and_cells_are_text_and_json_is_strict() -> None:
    made = table('x,x,,"<b>, ""q"""\n1e999,inf,NaN,<script>alert(1)</script>\n1_000,0x10,?,\u00b2\n')
    assert made["columns"] == ["x", "x (2)", "column 3", '<b>, "q"']
    assert made["rows"] == [["1e999", "inf", None, "<script>alert(1)</script>"], ["1_000", "0x10", None, "\u00b2"]]
    json.dumps(made, allow_nan=False)


def test_numbers_alone_have_no_header() -> None:
    made = table("1,2,0\n3,4,1\n")
    assert made["columns"] == ["x1", "x2", "y"]
    assert len(made["rows"]) == 2


def test_latin1_is_told() -> None:
    made = table("größe,y\n1,2\n".encode("latin1"))
    assert made["columns"] == ["größe", "y"]
    assert "Latin-1" in made["notes"][0]


def test_of_many_rows_an_even_share_is_kept() -> None:
    made = table("a,b\n" + "".join(f"{i},0\n" for i in range(10 * MOST_ROWS)))
    assert [row[0] for row in made["rows"]] == [10.0 * i for i in range(MOST_ROWS)]
    assert made["notes"] == ["It has 20,000 rows; 2,000 of them are kept, evenly spread over the file."]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'points.csv' is empty"),
        ("\n\n ,\n", "is empty"),
        ("a,b\n", "has names of columns but no rows"),
        ("a,b\n1,2\n1,2,3\n", "line 3 of 'points.csv' has 3 fields where the first has 2, with a comma between"),
        (b"a,b\n\x001,2\n", "no table of text: it holds NUL bytes"),
        ("a,b\n1,2\n".encode("utf-16"), "it is UTF-16"),
        (",".join("a" * 101) + "\n", "101 columns; the most is 100"),
        ('a,b\n"' + "x" * 200_000 + '",1\n', "line 2 of 'points.csv' cannot be read"),
        (b"1" * (LARGEST + 1), "2,000,001 bytes; the most is 2,000,000"),
    ],
)
def test_what_is_no_table(text: str | bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        table(text)
