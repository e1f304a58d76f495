"""What one pass over row groups finds: columns, split and preprocessing, as of the whole table in memory."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chainrule.tables import fitting, training
from chainrule.tables.preprocessing import Preprocessing
from chainrule.tables.reading import Table, read
from chainrule.tables.settings import Settings
from chainrule.tables.streamed import facts as of_facts
from chainrule.tables.streamed import split as of_split
from chainrule.tables.streamed.encoding import encoded
from chainrule.tables.streamed.prepared import StreamedRows, prepare, surveyed
from chainrule.tables.streamed.source import opened
from chainrule.tables.streamed.split import Split
from chainrule.tables.streamed.survey import Survey
from tests.tables_made import folder_of, mixed


def whole(frame: pd.DataFrame, path: Path) -> Table:
    """The frame as a table in memory."""
    frame.to_parquet(path, index=False)
    return read(path)


def streamed(folder: Path, settings: Settings) -> Survey:
    return surveyed(opened([str(folder)]), settings, told=lambda done: None)


def prepared(folder: Path, settings: Settings) -> StreamedRows:
    rows = streamed(folder, settings)
    found, target = training.understood(rows, settings, None)
    return prepare(rows, found, target, settings)


def complete(n: int = 700) -> pd.DataFrame:
    """Every kind of column, no value missing."""
    rng = np.random.default_rng(1)
    frame = mixed(n, seed=3).assign(
        size=rng.normal(50, 20, n), town=rng.choice(["Köln", "Lyon", "Graz"], n, p=[0.6, 0.3, 0.1])
    )
    return frame.assign(
        number=range(n),
        same=2.5,
        words=[f"text {i}" for i in range(n)],
        rating=rng.choice(["1", "2", "3"], n),
        small=rng.integers(0, 5, n).astype(np.int8),
    )


def assert_same(made: Preprocessing, wanted: Preprocessing) -> None:
    assert made.names == wanted.names
    assert made.categories == wanted.categories
    for one, other in zip(made.numbers, wanted.numbers, strict=True):
        assert (one.name, one.kind) == (other.name, other.kind)
        np.testing.assert_allclose([one.mean, one.scale], [other.mean, other.scale], rtol=1e-12)
    assert made.target.classes == wanted.target.classes
    np.testing.assert_allclose(
        [made.target.mean, made.target.scale], [wanted.target.mean, wanted.target.scale], rtol=1e-12
    )


@pytest.mark.parametrize("target", ["price", "dear"])
@pytest.mark.parametrize("rows", [7, 100, 10_000])
def test_columns_and_preprocessing_are_those_of_the_whole_table(tmp_path: Path, target: str, rows: int) -> None:
    frame, settings = complete(), Settings(target, validation=0)
    table = whole(frame, tmp_path / "t.parquet")
    found, of_whole = training.understood(table, settings, None)
    wanted = training.prepare(table, found, of_whole, settings).preprocessing
    made = prepared(folder_of(tmp_path / "folder", frame, files=3, rows=rows), settings)
    assert made.columns == found
    assert_same(made.preprocessing, wanted)


def test_far_from_zero_the_deviation_keeps_its_digits(tmp_path: Path) -> None:
    x = 1e9 + np.random.default_rng(0).normal(size=5000)
    made = prepared(folder_of(tmp_path / "f", pd.DataFrame({"x": x, "y": x}), rows=99), Settings("y", validation=0))
    exact = float(np.std((x - 1e9).astype(np.longdouble)))
    assert made.preprocessing.numbers[0].scale == pytest.approx(exact, rel=1e-12)
    assert float(np.sqrt(abs((x**2).mean() - x.mean() ** 2))) != pytest.approx(
        exact, rel=1e-3
    )  # the formula not to use


def test_rows_held_out_are_not_looked_at(tmp_path: Path) -> None:
    frame, settings = complete(), Settings("price", seed=5)
    folder = folder_of(tmp_path / "f", frame, rows=90)
    made, rows = prepared(folder, settings), streamed(folder, settings)
    held_out = rows.seen.held_out.rows
    assert 90 < len(held_out) < 190
    others = np.setdiff1d(np.arange(len(frame)), held_out)
    table = whole(frame, tmp_path / "t.parquet")
    y = frame["price"].to_numpy()[others]
    target = made.preprocessing.target
    np.testing.assert_allclose([target.mean, target.scale], [y.mean(), y.std()], rtol=1e-12)
    assert_same(made.preprocessing, fitting.fitted(table.frame, made.columns, target, others))

    frame.loc[held_out, ["size", "price"]] = 12345.0
    frame.loc[held_out, "town"] = "Ulm"
    other = prepared(folder_of(tmp_path / "g", frame, rows=90), settings)
    assert other.preprocessing == made.preprocessing
    assert not np.array_equal(other.X_held_out, made.X_held_out)


def test_what_is_kept_is_what_the_files_say(tmp_path: Path) -> None:
    frame, settings = mixed(500), Settings("dear", drop=("price",), seed=2)
    folder = folder_of(tmp_path / "f", frame, files=2, rows=60)
    made, rows = prepared(folder, settings), streamed(folder, settings)
    inputs = made.preprocessing.inputs(read(folder / "part-0.parquet").frame)
    assert (made.n, len(made.pieces)) == (500 - len(rows.seen.held_out.rows), 10)
    X, y = (np.concatenate(arrays) for arrays in zip(*(piece.read()[:2] for piece in made.pieces), strict=True))
    np.testing.assert_array_equal(X, made.X)  # the sample is of all of them, where they are few
    np.testing.assert_array_equal(y, made.y)
    np.testing.assert_array_equal(y, (frame["dear"] == "yes").to_numpy()[rows.seen.sample.rows])
    first = rows.seen.held_out.rows[rows.seen.held_out.rows < 250]
    np.testing.assert_array_equal(made.X_held_out[: len(first)], inputs[first])
    assert made.row_numbers.tolist() == rows.seen.held_out.rows.tolist()


def test_encoding_is_that_of_scikit_learn_to_the_bit(tmp_path: Path) -> None:
    frame = mixed(300)
    made = prepared(folder_of(tmp_path / "f", frame, rows=70), Settings("price")).preprocessing
    frame.loc[:5, "town"] = "nowhere"
    table, rows = whole(frame, tmp_path / "t.parquet"), np.arange(3, 290)
    for dtype in ("float64", "float32"):
        np.testing.assert_array_equal(encoded(made, table.frame, rows, dtype), made.inputs(table.frame, dtype, rows))


def test_missing_numbers_become_the_mean_and_truths_and_texts_the_most_frequent(tmp_path: Path) -> None:
    frame = mixed(400)
    frame["garden"] = frame["garden"].astype("boolean").mask(np.arange(400) % 9 == 0)
    settings = Settings("price", validation=0)
    made = prepared(folder_of(tmp_path / "f", frame, rows=64), settings)
    size = frame["size"].fillna(frame["size"].mean())
    number = made.preprocessing.numbers[0]
    assert (number.name, number.fill) == ("size", number.mean)
    np.testing.assert_allclose([number.mean, number.scale], [size.mean(), size.std(ddof=0)], rtol=1e-12)
    table = whole(frame, tmp_path / "t.parquet")
    wanted = training.prepare(table, *training.understood(table, settings, None), settings).preprocessing
    assert made.preprocessing.categories == wanted.categories
    truth, other = made.preprocessing.numbers[2], wanted.numbers[2]
    assert (truth.name, truth.fill) == ("garden", other.fill)
    np.testing.assert_allclose([truth.mean, truth.scale], [other.mean, other.scale], rtol=1e-12)
    assert any("become the mean" in note for note in made.notes)


def test_many_different_texts_are_free_text_and_many_numbers_are_not_counted_on(tmp_path: Path) -> None:
    n = 4000
    frame = pd.DataFrame({"id": [f"a{i}" for i in range(n)], "x": np.arange(n) * 0.5, "y": np.arange(n) % 30.5})
    found = prepared(folder_of(tmp_path / "f", frame, rows=600), Settings("y")).columns
    assert [(c.name, c.kind, c.distinct, c.at_least) for c in found] == [
        ("id", "unused", 1000, True),
        ("x", "number", 1000, True),
    ]
    assert found[0].note == "left out: free text, more than 1000 different ones"


def test_a_column_that_counts_the_rows_is_told_of_across_files(tmp_path: Path) -> None:
    frame = pd.DataFrame({"k": range(200), "broken": [*range(100), *range(150, 250)], "y": np.arange(200) % 3.7})
    found = prepared(folder_of(tmp_path / "f", frame, rows=50), Settings("y")).columns
    assert ["only counts the rows" in column.note for column in found] == [True, False]


def test_added_up_in_any_order_of_cuts_it_is_the_same(tmp_path: Path) -> None:
    table = whole(complete(), tmp_path / "t.parquet")
    training_rows = np.random.default_rng(4).random(table.n) < 0.8
    cuts = [0, 1, 50, 51, 400, table.n]
    for name in table.columns:
        wanted = of_facts.facts_of(table, name, training_rows, 0)
        total = None
        for start, stop in pairwise(cuts):
            part = Table("t", table.frame[start:stop].reset_index(drop=True), table.kinds, "")
            one = of_facts.facts_of(part, name, training_rows[start:stop], start)
            total = one if total is None else total + one
        assert total is not None
        assert (total.present, total.profile.n, total.profile.distinct) == (
            wanted.present,
            wanted.profile.n,
            wanted.profile.distinct,
        )
        np.testing.assert_allclose([total.mean, total.squares], [wanted.mean, wanted.squares], rtol=1e-12, atol=1e-9)
        assert sorted(
            zip(total.profile.values, total.profile.counts, total.trained, total.profile.firsts, strict=True)
        ) == sorted(
            zip(wanted.profile.values, wanted.profile.counts, wanted.trained, wanted.profile.firsts, strict=True)
        )


def test_fewer_are_held_out_and_kept_than_memory_has_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_split, "HELD_OUT", 100)
    monkeypatch.setattr(of_split, "SAMPLE", 50)
    made = prepared(folder_of(tmp_path / "f", complete(3000), rows=500), Settings("price"))
    assert 60 < len(made.y_held_out) < 150
    assert 25 < len(made.y) < 85
    assert made.n == 3000 - len(made.y_held_out)
    few = f"{len(made.y_held_out)} rows are held out, less than --validation 0.2"
    assert [few in note for note in made.notes] == [True, False]
    assert f"is measured on {len(made.y)} of {made.n:,}" in made.notes[1]


def test_the_split_is_a_matter_of_seed_and_row_group() -> None:
    split = Split(3, 0.25, 0.5)
    held_out, kept = split.masks(4, 10_000)
    assert 0.23 < held_out.mean() < 0.27
    assert 0.47 < kept.mean() < 0.53
    assert not (held_out & kept).any()
    np.testing.assert_array_equal(split.masks(4, 10_000)[0], held_out)
    assert not np.array_equal(split.masks(5, 10_000)[0], held_out)
    assert not np.array_equal(Split(2, 0.25, 0.5).masks(4, 10_000)[0], held_out)
    everything = Split(0, 0.0, 1.0).masks(0, 100)
    assert (everything[0].sum(), everything[1].sum()) == (0, 100)
