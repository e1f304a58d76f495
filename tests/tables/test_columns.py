"""What columns are taken for, what a target is, and what is refused."""

from pathlib import Path

import pandas as pd
import pytest

from chainrule.tables import target
from chainrule.tables.columns import Column, infer, known
from chainrule.tables.reading import Table, TableError, read
from tests.tables_made import mixed, written


def table(tmp_path: Path, content: str | pd.DataFrame) -> Table:
    return read(written(tmp_path / "t.csv", content))


def kinds(made: Table) -> dict[str, str]:
    return {column.name: column.kind for column in infer(made, list(made.frame.columns))}


def column_of(*values: object, name: str = "x") -> pd.DataFrame:
    return pd.DataFrame({name: values, "other": range(len(values))})


def test_every_kind_is_found(tmp_path: Path) -> None:
    frame = mixed()
    frame["name"] = [f"house {i}" for i in range(len(frame))]
    frame["prose"] = [f"text {i % 100}" for i in range(len(frame))]
    frame["same"], frame["one"], frame["nothing"] = 3, "x", None
    made = table(tmp_path, frame)
    found = {column.name: column for column in infer(made, list(frame.columns))}
    assert {name: column.kind for name, column in found.items()} == {
        "size": "number",
        "rooms": "number",
        "town": "category",
        "garden": "boolean",
        "price": "number",
        "dear": "category",
        "name": "unused",
        "prose": "unused",
        "same": "unused",
        "one": "unused",
        "nothing": "unused",
    }
    assert (found["size"].missing, found["town"].missing) == (6, 5)
    assert found["town"] == Column("town", "category", 3, 5)
    assert [found[name].note for name in ("name", "prose", "same", "nothing")] == [
        "left out: all its texts are different",
        "left out: free text, 100 different ones",
        "left out: one value only",
        "left out: empty",
    ]


def test_a_count_of_the_rows_is_told(tmp_path: Path) -> None:
    made = table(tmp_path, column_of(*range(30), name="id"))
    assert "--drop 'id'" in infer(made, ["id"])[0].note


@pytest.mark.parametrize("dates", [["2020-01-31", "2021-02-01"], ["31.1.2020", "1.2.2021"], ["1/31/2020", "2/1/2021"]])
def test_dates_are_refused_with_advice(dates: list[str], tmp_path: Path) -> None:
    made = table(tmp_path, pd.DataFrame({"when": dates * 3, "x": range(6)}))
    with pytest.raises(
        TableError, match=r"t\.csv, column 'when': it holds dates, .* the weekday, .* or pass --drop 'when'"
    ):
        kinds(made)


def test_words_among_numbers_are_refused_with_the_row(tmp_path: Path) -> None:
    values: list[object] = [i / 4 for i in range(40)]
    values[16] = "n.a."
    with pytest.raises(
        TableError, match=r", row 17, column 'x': it is 'n\.a\.', but most values .* \(1 are not\); correct"
    ):
        kinds(table(tmp_path, column_of(*values)))


def test_categories_may_look_like_numbers(tmp_path: Path) -> None:
    doors = ["2", "3", "4", "5more"] * 10
    assert kinds(table(tmp_path, column_of(*doors)))["x"] == "category"


def test_infinity_is_refused_with_the_row(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r", row 3, column 'x': it is -inf \(1 such values\); correct it, or leave"):
        kinds(table(tmp_path, column_of(1.5, 2.5, "-inf", 3.5)))


def test_unknown_names_are_told_with_the_nearest(tmp_path: Path) -> None:
    made = table(tmp_path, mixed(10))
    with pytest.raises(
        TableError, match=r"no column 'prize', which --target names; did you mean 'price'\? The columns are 'si"
    ):
        known(made, ["prize"], option="--target")


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["a", "b"] * 5, "classification"),
        ([True, False] * 5, "classification"),
        ([i / 3 for i in range(50)], "regression"),
        (list(range(12)), "regression"),
    ],
)
def test_task_is_inferred(values: list[object], task: str, tmp_path: Path) -> None:
    assert target.chosen(table(tmp_path, column_of(*values)), "x", "auto", None).task == task


def test_few_numbers_are_asked_about(tmp_path: Path) -> None:
    made = table(tmp_path, column_of(*[0, 1, 2] * 5))
    with pytest.raises(TableError, match=r"'x' is a number with 3 different values; pass --task classification if"):
        target.chosen(made, "x", "auto", None)
    questions = []
    found = target.chosen(made, "x", "auto", lambda question: questions.append(question) or "classification")  # type: ignore[func-returns-value]
    assert found.classes == (0, 1, 2)
    assert len(questions) == 1
    assert target.chosen(made, "x", "regression", None).classes == ()


@pytest.mark.parametrize(
    ("values", "task", "said"),
    [
        (["a", None, "b", "a"], "auto", r", row 2, column 'x': the target is missing \(1 such rows\); fill it in"),
        ([1.5, 2.5, "inf", 3.5], "auto", r", row 3, column 'x': the target is inf"),
        (["a"] * 5, "auto", r"column 'x': the target is constant: it is a in all 5 rows"),
        ([7] * 5, "auto", r"the target is constant: it is 7 in all 5 rows"),
        (list("abcde"), "auto", r"the target is different in each of the 5 rows"),
        (list(range(9)), "classification", r"different in each of the 9 rows.*or pass --task regression"),
        (["a", "a", "b", "b", "c"], "auto", r", row 5, column 'x': the class 'c' has this row only"),
        (["a", "b"] * 3, "regression", r"--task regression needs a number, but the column holds text"),
        (["2020-01-01", "2021-01-01"] * 3, "auto", r"the column holds date values; make a number of it"),
        ([1.5], "auto", r"there is 1 row; training needs at least two"),
    ],
)
def test_unfit_targets_are_refused(values: list[object], task: str, said: str, tmp_path: Path) -> None:
    made = table(tmp_path, column_of(*values))
    with pytest.raises(TableError, match=said) as raised:
        target.chosen(made, "x", task, None)
    assert str(raised.value).startswith(str(tmp_path / "t.csv"))
    assert "\n" not in str(raised.value)


def test_class_indices_are_those_of_the_sorted_labels(tmp_path: Path) -> None:
    made = table(tmp_path, column_of("b", "a", "c", "a", "b", "c"))
    found = target.chosen(made, "x", "auto", None)
    assert found.classes == ("a", "b", "c")
    assert found.read(made).tolist() == [1, 0, 2, 0, 1, 2]
    other = table(tmp_path, column_of("a", "d", "c"))
    with pytest.raises(
        TableError, match=r", row 2, column 'x': 'd' is none of the classes that the model knows \(a, b, c\)"
    ):
        found.read(other)
