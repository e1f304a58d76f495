"""The preprocessing: what scikit-learn's own fit gives, kept as text, and refused where the text is not sound."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from chainrule.tables.columns import infer
from chainrule.tables.fitting import fitted
from chainrule.tables.preprocessing import Preprocessing
from chainrule.tables.reading import Table, read
from chainrule.tables.target import Target
from tests.tables_made import mixed, written

NAMES = ["size", "rooms", "town"]
ROWS = np.arange(90)


def made(tmp_path: Path) -> tuple[Table, Preprocessing]:
    table = read(written(tmp_path / "t.csv", mixed()))
    columns = infer(table, [*NAMES, "garden"])
    return table, fitted(table.frame, columns, Target("dear", ("no", "yes")), ROWS)


def test_it_is_what_scikit_learn_fits_as_a_whole(tmp_path: Path) -> None:
    table, found = made(tmp_path)
    frame = mixed()
    frame["town"] = frame["town"].astype(object).where(frame["town"].notna(), np.nan)
    referee = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), ["size", "rooms"]),
            (
                "categories",
                make_pipeline(
                    SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore", sparse_output=False)
                ),
                ["town"],
            ),
        ]
    ).fit(frame.iloc[ROWS])
    expected = referee.transform(frame)
    inputs = found.inputs(table.frame)
    np.testing.assert_allclose(inputs[:, :2], expected[:, :2], rtol=1e-13, atol=1e-13)
    np.testing.assert_array_equal(inputs[:, 3:], expected[:, 2:])
    garden = mixed()["garden"].astype(float).to_numpy()
    np.testing.assert_allclose(inputs[:, 2], (garden - garden[ROWS].mean()) / garden[ROWS].std(), rtol=1e-13)


def test_rows_that_are_held_out_change_nothing(tmp_path: Path) -> None:
    _, found = made(tmp_path)
    frame = mixed()
    frame.loc[90:, "size"] = 1e9
    other = read(written(tmp_path / "u.csv", frame))
    assert fitted(other.frame, infer(other, [*NAMES, "garden"]), found.target, ROWS) == found


def test_text_gives_the_same_bits(tmp_path: Path) -> None:
    table, found = made(tmp_path)
    again = Preprocessing.from_json(found.to_json())
    assert again == found
    assert (again.inputs(table.frame) == found.inputs(table.frame)).all()


def test_scaling_does_the_same_to_the_encoded_columns(tmp_path: Path) -> None:
    table, found = made(tmp_path)
    raw = found.raw(table.frame)
    assert np.isnan(raw[:, 0]).sum() == 6
    assert (found.scaling().inputs(raw) == found.inputs(table.frame)).all()
    assert found.encoded_names[3:] == ["town=Köln", "town=Lyon, FR", 'town=the "Hague"']


def test_scaling_puts_a_regression_back() -> None:
    found = Preprocessing.from_json(
        '{"version": 1, "target": {"name": "y", "task": "regression", "mean": 3.0, "scale": 2.0}, "numbers": '
        '[{"name": "x", "fill": 0.0, "mean": 1.0, "scale": 4.0, "kind": "number"}], "categories": []}'
    )
    assert found.scaling().outputs(np.array([[1.5]])).tolist() == [[6.0]]


def test_unknown_categories_are_zeros(tmp_path: Path) -> None:
    _, found = made(tmp_path)
    frame = mixed().iloc[:3].copy()
    frame.loc[0, "town"] = "Nowhere"
    table = read(written(tmp_path / "u.csv", frame))
    inputs = found.inputs(table.frame)
    assert inputs[0, 3:].tolist() == [0, 0, 0]
    assert inputs[1, 3:].sum() == 1


def changed(text: str, *path: object, to: object) -> str:
    given = json.loads(text)
    at = given
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = to
    return json.dumps(given)


@pytest.mark.parametrize(
    ("path", "to", "said"),
    [
        (("version",), 2, "it has version 2, and this chainrule reads 1; update"),
        (("numbers", 0, "scale"), 0, "divides by a scale of 0"),
        (("numbers", 0, "mean"), "x", "holds 'x' where a finite number must stand"),
        (("numbers", 0, "mean"), float("inf"), "holds inf where"),
        (("numbers", 0, "name"), "rooms", "or one of them twice"),
        (("numbers", 0), 5, "not as this version writes it"),
        (("categories", 0, "categories"), ["Köln", "Köln"], "no sound categories of 'town'"),
        (("categories", 0, "fill"), "Rome", "no sound categories of 'town'"),
        (("target", "classes"), ["yes"], "has one class"),
        (("target", "classes"), [["yes"], ["no"]], "neither text nor number"),
    ],
)
def test_unsound_text_is_refused(path: tuple[object, ...], to: object, said: str, tmp_path: Path) -> None:
    _, found = made(tmp_path)
    with pytest.raises(ValueError, match=said):
        Preprocessing.from_json(changed(found.to_json(), *path, to=to))


def test_what_is_no_json_is_refused() -> None:
    for text in ("", "[]", "{}", '{"version": 1}'):
        with pytest.raises(ValueError):
            Preprocessing.from_json(text)
