"""Tables as they are read: every format gives the same columns, and what is no table is said in one line."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from chainrule.tables.reading import Table, TableError, read
from tests.tables_made import mixed, written


def same(table: Table, frame: pd.DataFrame) -> None:
    """The table holds what the frame does."""
    assert list(table.frame.columns) == list(frame.columns)
    for name in frame:
        found, expected = table.frame[name], frame[name]
        assert (found.isna() == expected.isna()).all()
        there = ~expected.isna()
        if expected.dtype.kind in "fib":
            assert (found[there].to_numpy(float) == expected[there].to_numpy(float)).all()
        else:
            assert found[there].astype(str).tolist() == expected[there].tolist()


def test_every_format_gives_the_same_table(tmp_path: Path) -> None:
    frame = mixed()
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_csv(tmp_path / "t.tsv", index=False, sep="\t")
    frame.to_csv(tmp_path / "semicolon.csv", index=False, sep=";")
    frame.to_csv(tmp_path / "commas.csv", index=False, sep=";", decimal=",")
    frame.to_csv(tmp_path / "bar.txt", index=False, sep="|")
    frame.to_csv(tmp_path / "bom.csv", index=False, encoding="utf-8-sig")
    frame.to_csv(tmp_path / "crlf.csv", index=False, lineterminator="\r\n")
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_json(tmp_path / "t.jsonl", orient="records", lines=True)
    for path in sorted(tmp_path.iterdir()):
        table = read(path)
        same(table, frame)
        assert dict(table.kinds) == {
            "size": "number",
            "rooms": "number",
            "town": "text",
            "garden": "boolean",
            "price": "number",
            "dear": "text",
        }, path.name


def test_npz_gives_its_arrays_as_columns(tmp_path: Path) -> None:
    X, y = np.arange(12.0).reshape(4, 3), np.array(["a", "b", "a", "b"])
    X[1, 1] = np.nan
    np.savez(tmp_path / "t.npz", X=X, kind=y)
    table = read(tmp_path / "t.npz")
    assert list(table.frame.columns) == ["X_1", "X_2", "X_3", "kind"]
    np.testing.assert_array_equal(table.frame[["X_1", "X_2", "X_3"]].to_numpy(), X)
    assert table.frame["kind"].tolist() == y.tolist()


def test_standard_input_is_told_by_its_first_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = mixed(30)
    forms = {
        "csv": frame.to_csv(index=False).encode(),
        "json": frame.to_json(orient="records", lines=True).encode(),
        "parquet": frame.to_parquet(),
    }
    for content in forms.values():
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
        table = read("-")
        same(table, frame)
        assert table.name == "standard input"


def test_latin_1_is_read_and_said(tmp_path: Path) -> None:
    table = read(written(tmp_path / "t.csv", "town,x\nKöln,1\n".encode("latin1")))
    assert table.frame["town"].tolist() == ["Köln"]
    assert any("Latin-1" in note for note in table.notes)
    assert read(written(tmp_path / "u.csv", "town,x\nKöln,1\n")).notes == []


def test_other_delimiters_are_said(tmp_path: Path) -> None:
    notes = " ".join(read(written(tmp_path / "t.csv", "a;b\n1,5;2\n")).notes)
    assert "a semicolon" in notes
    assert "decimal point is a comma" in notes


def test_quoted_fields_may_hold_lines_and_delimiters(tmp_path: Path) -> None:
    table = read(written(tmp_path / "t.csv", 'a,b\n1,"x\ny, z"\n2,w\n'))
    assert table.frame["b"].tolist() == ["x\ny, z", "w"]


def test_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    import hashlib

    path = written(tmp_path / "t.csv", "a,b\n1,2\n")
    assert read(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


BAD = {
    "empty": (b"", "the file is empty; it needs a header line"),
    "blank": (b"\n \n", "the file is empty"),
    "header only": (b"a,b\n", "there is a header but no row below it"),
    "short row": (b"a,b\n1,2\n3\n", r", line 3: it has 1 field, but the header has 2; complete the row"),
    "long row": (b"a,b\n1,2\n3,4,5\n", r", line 3: it has 3 fields, but the header has 2"),
    "long row after a quoted line": (b'a,b\n1,"x\ny"\n3,4,5\n', r", line 4: it has 3 fields"),
    "two columns of a name": (
        b"a,b,a\n1,2,3\n",
        r", line 1, column 3: there are two columns 'a' \(the other is column 1",
    ),
    "no name": (b"a,,c\n1,2,3\n", r", line 1, column 2: the column has no name; name it"),
    "blank name": (b"a, ,c\n1,2,3\n", r", line 1, column 2: the column has no name"),
    "wrong delimiter": (b"a:b\n1:2\n", r"only one column, 'a:b', with a comma as delimiter; .* pass --delimiter ':'"),
    "one column": (b"a\n1\n2\n", r"only one column, 'a', .*; a table needs a target and at least one column"),
    "binary": (b"a,b\n\0\1\2,3\n", "it holds NUL bytes"),
    "UTF-16": ("a,b\n1,2\n".encode("utf-16"), "it is UTF-16; save it as UTF-8"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_table_is_said_in_one_line(name: str, tmp_path: Path) -> None:
    content, said = BAD[name]
    path = written(tmp_path / "bad.csv", content)
    with pytest.raises(TableError, match=said) as raised:
        read(path)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_a_tsv_with_commas_says_which_delimiter(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"with a tab as delimiter; .*pass --delimiter ','"):
        read(written(tmp_path / "t.tsv", "a,b\n1,2\n"))
    same(read(tmp_path / "t.tsv", delimiter=","), pd.DataFrame({"a": [1], "b": [2]}))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"a": 1}\n{"a": "x"}\n', r", row 2, column 'a': the values change from number to string"),
        ('[{"a": 1}]', "it is one JSON list; write JSON lines"),
        ('{"a": 1}\n{"a": tru\n', r"no JSON object a line"),
        ("", "the file is empty"),
    ],
)
def test_bad_json_lines(content: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=said):
        read(written(tmp_path / "t.jsonl", content))


def test_bad_parquet_and_npz(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"t\.parquet: "):
        read(written(tmp_path / "t.parquet", b"PAR1 and nothing more"))
    with pytest.raises(TableError, match=r"t\.npz: it is no \.npz file"):
        read(written(tmp_path / "t.npz", b"PK\x03\x04 and nothing more"))
    np.savez(tmp_path / "u.npz", a=np.arange(3), b=np.arange(4))
    with pytest.raises(TableError, match="its columns have different lengths"):
        read(tmp_path / "u.npz")
    np.savez(tmp_path / "p.npz", a=np.array([{"code": 1}], dtype=object))
    with pytest.raises(TableError, match="pickle"):
        read(tmp_path / "p.npz")


def test_parquet_of_pandas_leaves_its_index_out(tmp_path: Path) -> None:
    frame = mixed(20)
    frame.index = pd.Index(np.arange(20) * 2)
    frame.to_parquet(tmp_path / "t.parquet", index=True)
    table = read(tmp_path / "t.parquet")
    same(table, frame.reset_index(drop=True))


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such file"):
        read(tmp_path / "none.csv")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        read(tmp_path)


def test_no_permission_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "t.csv", "a,b\n1,2\n")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(PermissionError, match=r"t\.csv: cannot be read \(Permission denied\)"):
        read(path)


def test_dates_and_lists_are_known_as_such(tmp_path: Path) -> None:
    table = read(written(tmp_path / "t.csv", "d,x\n2020-01-31,1\n2021-02-01,2\n"))
    assert table.kinds["d"] == "date"
    lines = [json.dumps({"l": [1, 2], "x": 1}), json.dumps({"l": [3], "x": 2})]
    assert read(written(tmp_path / "t.jsonl", "\n".join(lines))).kinds["l"] == "nested"
