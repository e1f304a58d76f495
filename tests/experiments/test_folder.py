"""An output folder is written whole or not at all."""

import os
from pathlib import Path

import pytest

from chainrule.experiments import folder


def test_write_makes_and_replaces(tmp_path: Path) -> None:
    folder.write(tmp_path, {"a.txt": "old", "b.bin": b"\x00"})
    folder.write(tmp_path, {"a.txt": "new ½"})
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "new ½"
    assert (tmp_path / "b.bin").read_bytes() == b"\x00"
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "b.bin"]


def test_a_failed_write_leaves_the_folder_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write(tmp_path, {"a.txt": "old"})
    real = os.fdopen
    opened: list[int] = []

    def full_after_one(descriptor: int, mode: str) -> object:
        opened.append(descriptor)
        if len(opened) == 2:
            os.close(descriptor)
            raise OSError(28, "No space left on device")
        return real(descriptor, mode)

    monkeypatch.setattr(os, "fdopen", full_after_one)
    with pytest.raises(OSError, match=r"No space left on device.*what was there is kept"):
        folder.write(tmp_path, {"a.txt": "new", "b.txt": "more"})
    monkeypatch.undo()
    assert os.listdir(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_prepare_makes_the_folder_and_its_parents(tmp_path: Path) -> None:
    folder.prepare(tmp_path / "one" / "two")
    assert os.listdir(tmp_path / "one" / "two") == []


def test_prepare_refuses_what_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OSError, match=r"cannot write into the folder .*name another one with -o"):
            folder.prepare(path)
    assert (tmp_path / "file").read_text() == "precious"
