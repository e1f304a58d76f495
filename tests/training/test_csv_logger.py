"""CSVLogger: a row an epoch, on disk at once; what it goes on from, and what it refuses."""

import csv
import os
import re
from pathlib import Path
from typing import Any

import pytest

import chainrule as cr

X, Y = cr.datasets.xor()


def fit(*callbacks: Any, **arguments: Any) -> cr.History:
    net = arguments.pop("net", None) or cr.Network([2, 3, 1], seed=0)
    return net.fit(X, Y, **{"epochs": 4, "engine": "numpy", **arguments}, callbacks=callbacks)


def rows(path: Path, separator: str = ",") -> list[list[str]]:
    return [*csv.reader(path.read_text().splitlines(), delimiter=separator)]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_row_for_every_epoch_with_all_digits(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "log.csv"
    rate = cr.LearningRateScheduler(lambda epoch, rate: 0.1 / (epoch + 1))
    history = fit(cr.CSVLogger(path, separator), rate, validation_data=(X[:5], Y[:5])).history
    header, *lines = rows(path, separator)
    assert header == ["epoch", "learning_rate", "loss", "val_loss"]
    assert [line[0] for line in lines] == ["0", "1", "2", "3"]
    for column, name in enumerate(header[1:], 1):
        assert [float(line[column]) for line in lines] == history[name]


def test_rows_are_there_as_they_come(tmp_path: Path) -> None:
    path, seen = tmp_path / "log.csv", []
    fit(cr.CSVLogger(path), lambda epoch, logs: seen.append(len(rows(path))))
    assert seen == [2, 3, 4, 5]


def test_a_file_that_is_there_begins_anew_or_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("something else\n")
    first = fit(cr.CSVLogger(path), epochs=2)
    assert len(rows(path)) == 3
    logger = cr.CSVLogger(path, append=True)
    second = fit(logger, epochs=2)
    third = fit(logger, epochs=1)
    expected = [[str(epoch), str(value)] for run in (first, second, third) for epoch, value in enumerate(run.loss)]
    assert rows(path) == [["epoch", "loss"], *expected]


def test_append_makes_the_file_where_there_is_none(tmp_path: Path) -> None:
    fit(cr.CSVLogger(tmp_path / "log.csv", append=True), epochs=1)
    assert len(rows(tmp_path / "log.csv")) == 2


def test_a_resumed_run_leaves_the_file_of_one_that_was_never_interrupted(tmp_path: Path) -> None:
    def stop_at(last: int) -> Any:
        def stop(epoch: int, logs: Any) -> None:
            if epoch == last:
                raise KeyboardInterrupt

        return stop

    fit(cr.CSVLogger(tmp_path / "whole.csv"), epochs=20)
    path, folder = tmp_path / "log.csv", tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        fit(cr.CSVLogger(path), stop_at(13), cr.Checkpoint(folder, every=5), epochs=20)
    with path.open("a") as file:
        file.write("14,0.4")  # and in the middle of a row the power went
    assert len(rows(path)) == 16
    fit(cr.CSVLogger(path, append=True), cr.Checkpoint(folder, every=5), epochs=20, resume_from=folder)
    assert path.read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.parametrize("there", ["epoch,accuracy,loss\n0,1,1\n", "loss\n", "\n", "\xff\xfe\n", "a text", "epoch,lo"])
def test_other_columns_are_refused_and_kept(tmp_path: Path, there: str) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(there.encode("latin-1"))
    with pytest.raises(ValueError, match=r"log\.csv' has the columns .*, but this run has 'epoch, loss'; pass another"):
        fit(cr.CSVLogger(path, append=True))
    assert path.read_bytes() == there.encode("latin-1")


def test_a_header_without_a_line_end_is_one(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss")
    history = fit(cr.CSVLogger(path, append=True), epochs=1)
    assert path.read_text() == f"epoch,loss\n0,{history.loss[0]}\n"


def test_what_is_appended_to_keeps_every_byte(tmp_path: Path) -> None:
    path, there = tmp_path / "log.csv", b"epoch,loss\r\n0,0.5\r\n# \xff\xc3\xa9\r\n"
    path.write_bytes(there)
    history = fit(cr.CSVLogger(path, append=True), epochs=1)
    assert path.read_bytes() == there + f"0,{history.loss[0]}\n".encode()


def test_where_it_cannot_be_written_no_epoch_passes(tmp_path: Path) -> None:
    net = cr.Network([2, 3, 1], seed=0)
    before = net.parameters.tobytes()
    for path in (tmp_path / "no" / "log.csv", tmp_path):
        with pytest.raises(OSError, match=re.escape(f"cannot write {str(path)!r} (")):
            fit(cr.CSVLogger(path), net=net)
    assert net.parameters.tobytes() == before


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a full disk is a device of Linux")
def test_a_full_disk_is_an_error_and_loses_nothing() -> None:
    net, twin = cr.Network([2, 3, 1], seed=0), cr.Network([2, 3, 1], seed=0)
    with pytest.raises(OSError, match=re.escape("cannot write '/dev/full' (No space left on device)")):
        fit(cr.CSVLogger("/dev/full"), net=net)
    fit(net=twin, epochs=1)
    assert net.parameters.tobytes() == twin.parameters.tobytes()


def test_the_file_is_closed_whatever_ends_the_run(tmp_path: Path) -> None:
    def fail(epoch: int, logs: Any) -> None:
        raise LookupError

    logger = cr.CSVLogger(tmp_path / "log.csv")
    with pytest.raises(LookupError):
        fit(logger, fail)
    assert logger.file is None
    assert len(rows(tmp_path / "log.csv")) == 2


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"separator": ""}, ValueError, "separator must be one character, and no quote or line end, got ''"),
        ({"separator": ", "}, ValueError, "separator must be one character"),
        ({"separator": "\n"}, ValueError, "separator must be one character"),
        ({"separator": 3}, TypeError, "separator must be a str, got 3"),
        ({"append": "yes"}, TypeError, "append must be True or False, got 'yes'"),
        ({"filename": 3}, TypeError, "filename must be a str or a path, got 3"),
    ],
)
def test_what_it_does_not_take(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        cr.CSVLogger(**{"filename": "log.csv", **arguments})
