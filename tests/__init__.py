"""The tests; a package so that every room can import the one `tests.referees`."""
