"""A million rows from the command line: the memory that it takes, and that it goes on speaking."""

import sys

import pytest

from benchmarks import table


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="the benchmark reads a process's memory from /proc")
def test_a_million_rows_stay_within_memory() -> None:
    measured = table.measure(quick=False, repeats=1)
    found = measured["command"]
    assert (measured["rows"], measured["columns"]) == (1_000_000, 20)
    assert 192 < found["megabytes"] < 1500  # the table's own bytes, at least
    assert found["accuracy"] > 0.9
    assert found["epochs"] == table.EPOCHS
