"""What is said of data in blocks that cannot be learned from: which file, which rows, and what to do."""

import os
from pathlib import Path
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest

import chainrule as cr
from chainrule.scale import parquet

N = 60
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 3))
Y = (X[:, 0] > 0).astype(float)
FRAME = pd.DataFrame(X, columns=list("abc")).assign(y=Y)


def fit(*data: Any, **how: Any) -> Any:
    return cr.Network([3, 4, 1], seed=0).fit(*data, epochs=2, verbose=0, engine="numpy", **how)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files of 20 rows in two row groups each."""
    for i in range(3):
        write(FRAME.iloc[i * 20 : (i + 1) * 20], tmp_path / f"part-{i}.parquet")
    return tmp_path


def write(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path, row_group_size=10, index=False)


def changed(i: int, **columns: Any) -> pd.DataFrame:
    return FRAME.iloc[i * 20 : (i + 1) * 20].assign(**columns)


def test_it_is_right_as_it_is(folder: Path) -> None:
    assert len(fit(folder, "y").loss) == 2


@pytest.mark.parametrize("on_cluster", [False, True])
@pytest.mark.parametrize("value", [np.nan, np.inf, None])
def test_a_value_that_is_no_number_is_named_by_file_row_and_column(
    folder: Path, client: Any, value: Any, on_cluster: bool
) -> None:
    b = changed(1)["b"].to_list()
    b[13] = value
    write(changed(1, b=b), folder / "part-1.parquet")
    what = {None: "missing", np.inf: "inf"}.get(value, "missing|nan")
    with pytest.raises(
        ValueError,
        match=rf"part-1\.parquet, row 14, column 'b': the value is ({what}) \(1 such values in rows 11 to 20\)",
    ):
        fit(folder, "y", backend=client if on_cluster else None)


@pytest.mark.parametrize("on_cluster", [False, True])
def test_nan_in_a_block_of_an_array(client: Any, on_cluster: bool) -> None:
    bad = X.copy()
    bad[34, 2] = np.nan
    blocks = da.from_array(bad, chunks=(20, 3)), da.from_array(Y, chunks=20)
    with pytest.raises(ValueError, match="block 1 of X: X must be finite, but row 14, column 2 is nan"):
        fit(*blocks, backend=client if on_cluster else None)


def test_other_columns_in_one_file(folder: Path) -> None:
    write(changed(1).drop(columns="b"), folder / "part-1.parquet")
    with pytest.raises(ValueError, match=r"part-1\.parquet lacks 'b', where .*part-0\.parquet has 4 columns"):
        fit(folder, "y")
    write(changed(1, d=0.0), folder / "part-1.parquet")
    with pytest.raises(ValueError, match=r"part-1\.parquet has 'd' besides"):
        fit(folder, "y")
    write(changed(1)[list("bacy")], folder / "part-1.parquet")
    with pytest.raises(ValueError, match=r"part-1\.parquet has its columns in another order"):
        fit(folder, "y")


def test_text_in_one_file_only_and_in_all(folder: Path) -> None:
    write(changed(2, b="red"), folder / "part-2.parquet")
    with pytest.raises(
        ValueError, match=r"part-2\.parquet, column 'b': it holds .*string, where .*0\.parquet has double"
    ):
        fit(folder, "y")
    for i in range(3):
        write(changed(i, b="red"), folder / f"part-{i}.parquet")
    with pytest.raises(
        ValueError, match=r"part-0\.parquet, column 'b': it holds .*string, but a network takes numbers"
    ):
        fit(folder, "y")


def test_an_empty_file_and_a_damaged_one(folder: Path) -> None:
    write(changed(1).iloc[:0], folder / "part-1.parquet")
    with pytest.raises(ValueError, match=r"part-1\.parquet has no rows; leave out files that are empty"):
        fit(folder, "y")
    (folder / "part-1.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(ValueError, match=r"part-1\.parquet: it is no Parquet file that can be read"):
        fit(folder, "y")


@pytest.mark.parametrize("on_cluster", [False, True])
def test_an_empty_partition(client: Any, on_cluster: bool) -> None:
    frame = dd.from_pandas(FRAME, npartitions=3)
    frame = frame.map_partitions(lambda part: part[part.index >= 20])
    with pytest.raises(ValueError, match="partition 0 of X: it has no rows; leave out what is empty"):
        fit(frame, "y", backend=client if on_cluster else None)


def test_no_such_files(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="holds no Parquet file"):
        fit(tmp_path, "y")
    with pytest.raises(FileNotFoundError, match="there is no such file or folder"):
        fit(str(tmp_path / "none-*.parquet"), "y")


def test_what_a_writer_has_not_finished_is_no_data(folder: Path) -> None:
    (folder / "_temporary").mkdir()
    (folder / "_temporary" / "part-9.parquet").write_bytes(b"half")
    (folder / ".part-8.parquet").write_bytes(b"half")
    assert [Path(file).name for file in parquet.files_of(folder)] == [f"part-{i}.parquet" for i in range(3)]


@pytest.mark.parametrize("y", ["z", ["y", "z"]])
def test_a_column_that_is_not_there(folder: Path, y: Any) -> None:
    with pytest.raises(ValueError, match="there is no column 'z'; there are 'a', 'b', 'c', 'y'"):
        fit(folder, y)
    with pytest.raises(ValueError, match="there is no column 'z'; there are 'a', 'b', 'c', 'y'"):
        fit(dd.from_pandas(FRAME, npartitions=2), y)


def test_columns_are_named_by_text(folder: Path) -> None:
    with pytest.raises(TypeError, match="y must be the name of a column"):
        fit(folder, Y)
    with pytest.raises(TypeError, match="sample_weight must be the name of a column"):
        fit(folder, "y", sample_weight=Y)
    with pytest.raises(ValueError, match="no column is left to predict from"):
        fit(folder, ["a", "b", "c", "y"])


def test_widths_and_lengths_that_do_not_fit(client: Any) -> None:
    wide = da.from_array(np.hstack([X, X]), chunks=(20, 6))
    with pytest.raises(ValueError, match="block 0 of X: X has 6 columns but the network takes 3"):
        fit(wide, da.from_array(Y, chunks=20))
    uneven = da.concatenate(
        [da.from_delayed(delayed(X[:20, :k]), shape=(20, 3), dtype=float) for k in (3, 2)]  # it says what is not so
    )
    for backend in (None, client):
        with pytest.raises(ValueError, match="block 1 of X: X has 2 columns but the network takes 3"):
            fit(uneven, da.from_array(Y[:40], chunks=20), backend=backend)
    with pytest.raises(ValueError, match="X has 60 rows but y has 59"):
        fit(da.from_array(X, chunks=(20, 3)), da.from_array(Y[:59], chunks=20))
    with pytest.raises(ValueError, match="X has 60 rows but y has 59"):
        fit(X, Y[:59], backend=client)
    with pytest.raises(ValueError, match="3 partitions but y has 2"):
        fit(dd.from_pandas(FRAME[["a", "b", "c"]], npartitions=3), dd.from_pandas(FRAME["y"], npartitions=2))


def delayed(array: Any) -> Any:
    import dask

    return dask.delayed(array)


def test_one_class_only(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"y holds one class only: all 60 rows are \[1\.0\]"):
        fit(da.from_array(X, chunks=(20, 3)), da.ones(60, chunks=20))


def test_weights_out_of_range() -> None:
    blocks = da.from_array(X, chunks=(20, 3)), da.from_array(Y, chunks=20)
    with pytest.raises(ValueError, match="block 1 of X: weights of samples must be finite numbers of at least 0"):
        fit(*blocks, sample_weight=np.where(np.arange(N) == 30, -1.0, 1.0))
    with pytest.raises(ValueError, match="must not all be 0"):
        fit(*blocks, sample_weight=np.zeros(N))
    with pytest.raises(ValueError, match="no weight for class 1"):
        fit(*blocks, class_weight={0: 1.0})
    with pytest.raises(ValueError, match="class_weight needs one class a sample, but mean_squared_error of 1 outputs"):
        fit(*blocks, loss="mean_squared_error", class_weight="balanced")


@pytest.mark.parametrize("how", [{}, {"batch_size": 5}], ids=str)
@pytest.mark.parametrize("on_cluster", [False, True])
def test_a_file_that_changes_during_the_training(
    folder: Path, client: Any, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any], on_cluster: bool
) -> None:
    from chainrule.scale import here, on_dask

    monkeypatch.setattr(here, "HELD", 0)
    monkeypatch.setattr(on_dask, "HELD", 0.0)
    net = cr.Network([3, 4, 1], seed=0)
    before = net.parameters.copy()

    def touch(epoch: int, logs: Any) -> None:
        os.utime(folder / "part-1.parquet", (epoch, epoch))

    with pytest.raises(ValueError, match=r"part-1\.parquet has changed while it was trained on"):
        net.fit(folder, "y", epochs=20, verbose=0, callbacks=[touch], backend=client if on_cluster else None, **how)
    assert (net.parameters != before).any()


def test_a_dask_array_for_an_array_and_the_other_way_round(client: Any) -> None:
    blocks = da.from_array(X, chunks=(20, 3))
    a, b = cr.Network([3, 4, 1], seed=0), cr.Network([3, 4, 1], seed=0)
    a.fit(blocks, Y, epochs=2, verbose=0, engine="numpy")
    b.fit(X, da.from_array(Y, chunks=20), epochs=2, verbose=0, engine="numpy", backend=client)
    np.testing.assert_allclose(a.parameters, b.parameters, rtol=0, atol=1e-14)


def test_validation_data_are_checked_too(folder: Path) -> None:
    wide = np.hstack([X, X])
    with pytest.raises(ValueError, match="validation_data: X has 6 columns"):
        fit(folder, "y", validation_data=(wide, Y))
    with pytest.raises(ValueError, match="validation_data: block 0 of X: X has 6 columns"):
        fit(folder, "y", validation_data=(da.from_array(wide, chunks=(20, 6)), da.from_array(Y, chunks=20)))


def test_who_computes_is_checked_first(folder: Path) -> None:
    with pytest.raises(TypeError, match="backend must be 'dask'"):
        fit(folder, "y", backend=3)
    with pytest.raises(ValueError, match="is no address of a Dask scheduler"):
        fit(folder, "y", backend="cluster")


def test_what_needs_no_data_is_checked_before_they_are_read(tmp_path: Path) -> None:
    net = cr.Network([3, 4, 1], seed=0)
    with pytest.raises(ValueError, match="epochs"):
        net.fit(tmp_path / "nowhere.parquet", "y", epochs=0)
    with pytest.raises(TypeError, match="batch_size"):
        net.fit(tmp_path / "nowhere.parquet", "y", batch_size="all")  # type: ignore[arg-type]
