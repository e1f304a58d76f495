"""Frames are files of safetensors, whose numbers lie where a Float64Array may begin."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from chainrule.play.frames import pack, unpack

safetensors = pytest.importorskip("safetensors.numpy")


def test_a_reader_of_safetensors_reads_a_frame() -> None:
    arrays = {"loss": np.array([0.5, np.nan, np.inf]), "numbers": np.arange(6.0).reshape(2, 3), "none": np.zeros(0)}
    frame = pack({"type": "moments", "name": "損失 “ü”"}, arrays)
    for name, read in safetensors.load(frame).items():
        np.testing.assert_array_equal(read, arrays[name])
    (length,) = struct.unpack_from("<Q", frame)
    assert length % 8 == 0
    told = json.loads(frame[8 : 8 + length])["__metadata__"]
    assert json.loads(told["frame"]) == {"type": "moments", "name": "損失 “ü”"}


def test_a_frame_comes_back_whole() -> None:
    header, arrays = unpack(pack({"run": 1}, {"a": np.arange(4, dtype=np.float32).reshape(2, 2).T}))
    assert header == {"run": 1}
    np.testing.assert_array_equal(arrays["a"], [[0, 2], [1, 3]])
    assert unpack(pack({}, {})) == ({}, {})


def test_nan_has_no_place_in_a_header() -> None:
    with pytest.raises(ValueError, match="JSON"):
        pack({"loss": float("nan")}, {})
