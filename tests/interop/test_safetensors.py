"""A model's file gives back every bit, and believes nothing that it is told."""

import json
import os
import stat
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load as tensors_of
from safetensors.numpy import load_file, save_file

import chainrule as cr
from chainrule.formulas.activations import Activation
from chainrule.interop import architecture, atomic
from chainrule.interop.safetensors import checksum, read, save
from chainrule.interop.tensors import places
from tests.exported_networks import scattered


def rich_network() -> cr.Network:
    return scattered(
        cr.Network(
            [2, 3, 4, 2],
            hidden=["prelu", cr.activations.get("elu", alpha=0.5)],
            output="softmax",
            normalization=[cr.BatchNorm(momentum=0.8), cr.LayerNorm(epsilon=1e-3)],
            dropout=[0.1, 0.0],
        )
    )


def header_of(content: bytes) -> dict[str, Any]:
    header: dict[str, Any] = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return header


def file_of(header: Any, data: bytes) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def resealed(content: bytes, change: Callable[[dict[str, str], dict[str, Any]], None]) -> bytes:
    """The file with changed metadata or tensors, and a checksum that fits them: the work of somebody, not of a disk."""
    header = header_of(content)
    metadata, tensors = header["__metadata__"], tensors_of(content)
    del metadata["checksum"]
    change(metadata, tensors)
    from safetensors.numpy import save

    return save(tensors, {**metadata, "checksum": checksum(metadata, tensors)})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "m.safetensors"


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("normalization", [None, "batch_norm", "layer_norm"])
@pytest.mark.parametrize("activation", cr.activations.names())
def test_every_bit_comes_back(activation: str, normalization: str | None, dtype: str, path: Path) -> None:
    net = scattered(
        cr.Network([2, 3, 2], hidden=activation, output=activation, normalization=normalization, dtype=dtype)
    )
    for layout in ("chainrule", "torch"):
        net.save(path, layout=layout)
        twin = cr.load(path)
        assert twin.numbers.tobytes() == net.numbers.tobytes()
        assert (twin.structure, twin.numbers.dtype) == (net.structure, net.numbers.dtype)
        X = np.random.default_rng(0).normal(size=(5, 2))
        assert twin.predict(X).tobytes() == net.predict(X).tobytes()


def test_names_and_shapes_are_those_of_the_conventions(path: Path) -> None:
    net = rich_network()
    net.save(path)
    ours = load_file(path)
    assert {name: tensor.shape for name, tensor in ours.items() if name.startswith("layers.0")} == {
        "layers.0.weight": (2, 3),
        **{f"layers.0.{name}": (3,) for name in ("bias", "gamma", "beta", "alpha", "running_mean", "running_variance")},
    }
    np.testing.assert_array_equal(ours["layers.1.weight"], net.weights[1])
    np.testing.assert_array_equal(ours["layers.1.beta"], net.trained[1]["beta"])
    net.save(path, layout="torch")
    theirs = load_file(path)
    np.testing.assert_array_equal(theirs["layers.1.weight"], net.weights[1].T)
    np.testing.assert_array_equal(theirs["norms.0.weight"], net.trained[0]["gamma"])
    np.testing.assert_array_equal(theirs["norms.0.running_var"], ours["layers.0.running_variance"])
    np.testing.assert_array_equal(theirs["activations.0.weight"], net.trained[0]["alpha"])


def test_the_metadata_say_what_the_file_is(path: Path) -> None:
    rich_network().save(path, layout="torch", provenance={"date": "2026-11-24", "loss": 0.25, "sizes": [1, 2]})
    model = read(path)
    assert model.provenance == {"date": "2026-11-24", "loss": 0.25, "sizes": [1, 2]}
    metadata = header_of(path.read_bytes())["__metadata__"]
    assert metadata == model.metadata
    assert (metadata["format"], metadata["format_version"], metadata["dtype"]) == ("chainrule", "1", "float64")
    assert (metadata["layout"], metadata["chainrule_version"]) == ("torch", cr.__version__)
    assert "(d_out, d_in)" in metadata["weight_layout"]
    assert json.loads(metadata["architecture"])["activations"][1] == {"name": "elu", "alpha": 0.5}


def test_a_loaded_network_trains_on(path: Path) -> None:
    X, y = cr.datasets.xor()
    net = cr.Network([2, 3, 1], seed=0)
    net.save(path)
    runs = [
        cr.load(path, seed=1).fit(X, y, epochs=5, batch_size=4, engine="numpy", optimizer="adam").loss for _ in "ab"
    ]
    assert runs[0] == runs[1]
    assert runs[0] != cr.load(path, seed=2).fit(X, y, epochs=5, batch_size=4, engine="numpy", optimizer="adam").loss


def test_a_home_folder_and_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    net = rich_network()
    net.save("~/m.safetensors")
    assert cr.load("~/m.safetensors").numbers.tobytes() == net.numbers.tobytes()
    (tmp_path / "link").symlink_to(tmp_path / "m.safetensors")
    (tmp_path / "m.safetensors").chmod(0o600)
    net.parameters[...] += 1
    net.save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert cr.load("~/m.safetensors").numbers.tobytes() == net.numbers.tobytes()
    assert stat.S_IMODE((tmp_path / "m.safetensors").stat().st_mode) == 0o600


def test_a_failed_write_keeps_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rich_network().save(path)
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"m\.safetensors' \(No space left on device\); what was there is kept"):
        cr.Network([2, 1]).save(path)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]
    with pytest.raises(FileNotFoundError, match="cannot write"):
        atomic.write(path.parent / "none" / "m", b"")
    with pytest.raises(IsADirectoryError, match="cannot write"):
        atomic.write(path.parent, b"")


# --- What is refused at save.


def test_numbers_that_are_not_finite_are_refused(path: Path) -> None:
    for bad in (np.nan, np.inf):
        net = rich_network()
        net.weights[1][2, 3] = bad
        with pytest.raises(ValueError, match=rf"layers\.1\.weight is {bad} at \[2, 3\]; a file holds finite"):
            net.save(path)
    net = rich_network()
    net.running_statistics[-1] = -1
    with pytest.raises(ValueError, match=r"layers\.0\.running_variance is negative at \[2\]"):
        net.save(path)
    assert not path.exists()


@dataclass(frozen=True)
class Unlisted(Activation, abstract=True):
    """An activation that nobody finds by its name."""

    name = "tanh"
    value = staticmethod(np.sin)


@pytest.mark.parametrize(
    ("activation", "message"),
    [
        (Unlisted(), r"the activation Unlisted\(\) is not the one that 'tanh' names here"),
        (cr.activations.get("elu", alpha=Fraction(1, 3)), None),  # type: ignore[arg-type]  # a number like any other
    ],
)
def test_an_activation_that_a_file_cannot_name(activation: Activation, message: str | None, path: Path) -> None:
    net = cr.Network([2, 2, 1], hidden=activation)
    if message is None:
        net.save(path)
        assert cr.load(path).structure == cr.Network([2, 2, 1], hidden=cr.activations.get("elu", alpha=1 / 3)).structure
        return
    with pytest.raises(ValueError, match=message):
        net.save(path)
    assert not path.exists()


def test_a_custom_activation_needs_its_module(path: Path) -> None:
    code = f"""
import chainrule as cr
from chainrule.formulas.activations import Activation
class Wave(Activation):
    value = staticmethod(lambda z: z * z)
cr.Network([2, 2, 1], hidden="wave").save({str(path)!r})
assert "wave" in repr(cr.load({str(path)!r}))
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(cr.ModelFileError, match="activation 'wave' is not known here; if it is your own, import"):
        cr.load(path)


def test_arguments_that_are_refused(path: Path) -> None:
    net = cr.Network([2, 1])
    with pytest.raises(ValueError, match="unknown layout 'pytorch'; did you mean 'torch'"):
        net.save(path, layout="pytorch")
    for bad in ({"when": {1, 2}}, {"loss": np.nan}):
        with pytest.raises(TypeError, match="provenance must be a dict of what JSON can write"):
            net.save(path, provenance=bad)
    with pytest.raises(ValueError, match="shorten the provenance"):
        net.save(path, provenance={"log": "x" * 2**24})
    assert not path.exists()


# --- What is refused at load.


def test_a_file_cut_at_every_byte(path: Path) -> None:
    rich_network().save(path)
    content = path.read_bytes()
    for size in range(len(content)):
        path.write_bytes(content[:size])
        with pytest.raises(cr.ModelFileError, match=r"m\.safetensors: "):
            cr.load(path)
    path.write_bytes(content + b"\0")
    with pytest.raises(cr.ModelFileError):
        cr.load(path)


@pytest.mark.parametrize("layout", ["chainrule", "torch"])
def test_single_flipped_bits(layout: str, path: Path) -> None:
    rich_network().save(path, layout=layout, provenance={"loss": 0.5})
    content = bytearray(path.read_bytes())
    n_header = 8 + int.from_bytes(content[:8], "little")
    bits = [*range(64), *range(64, 8 * n_header, 5), *range(8 * n_header, 8 * len(content), 37)]
    for bit in bits:
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        with pytest.raises(cr.ModelFileError, match=r"m\.safetensors: "):
            cr.load(path)
        content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)
    cr.load(path)


def test_every_single_bit_flipped(path: Path) -> None:
    cr.Network([1, 1], hidden=[], dtype="float32", seed=0).save(path)
    content = bytearray(path.read_bytes())
    for bit in range(8 * len(content)):
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        with pytest.raises(cr.ModelFileError, match=r"m\.safetensors: "):
            cr.load(path)
        content[bit // 8] ^= 1 << bit % 8


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("2", r"format version 2, written by chainrule 9\.1, .* reads version 1; update chainrule"),
        ("0", "there is no such version"),
        ("1.0", "there is no such version"),
        ("٢", "there is no such version"),
        ("9" * 10_000, "there is no such version"),
    ],
)
def test_other_versions(version: str, message: str, path: Path) -> None:
    rich_network().save(path)

    def change(metadata: dict[str, str], tensors: dict[str, Any]) -> None:
        metadata |= {"format_version": version, "chainrule_version": "9.1"}

    path.write_bytes(resealed(path.read_bytes(), change))
    with pytest.raises(cr.ModelFileError, match=message):
        cr.load(path)


def plan(**changes: Any) -> Callable[[dict[str, str], dict[str, Any]], None]:
    def change(metadata: dict[str, str], tensors: dict[str, Any]) -> None:
        metadata["architecture"] = json.dumps({**json.loads(metadata["architecture"]), **changes})

    return change


def text(name: str, value: str) -> Callable[[dict[str, str], dict[str, Any]], None]:
    return lambda metadata, tensors: metadata.update({name: value})


def tensor(name: str, value: Any) -> Callable[[dict[str, str], dict[str, Any]], None]:
    return lambda metadata, tensors: tensors.update({name: np.array(value, float)})


SIGMOID = {"name": "sigmoid"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda metadata, tensors: None, None),  # the sealed file itself is good
        (lambda metadata, tensors: metadata.pop("dtype"), "its metadata have no 'dtype'"),
        (lambda metadata, tensors: tensors.pop("layers.1.bias"), "2 layers, too many for the 3 tensors"),
        (text("format", "pt"), "no model of chainrule"),
        (text("dtype", "float16"), "its dtype must be 'float64' or 'float32', got 'float16'"),
        (text("dtype", "float32"), "is of dtype F64, but by the metadata it is F32"),
        (text("layout", "keras"), "unknown layout 'keras'"),
        (text("layout", "torch"), r"layers\.0\.weight has shape \(2, 3\), but by the architecture it is \(3, 2\)"),
        (text("architecture", "[" * 100_000), "nested too deeply"),
        (text("architecture", "{"), "no JSON"),
        (text("architecture", "[]"), "must be an object of the lists"),
        (plan(hooks=[]), "must be an object of the lists"),
        (plan(sizes=[2, 3]), "2 activations but sizes"),
        (plan(sizes=[]), "2 activations but sizes"),
        (plan(sizes=[2, 3, -1]), "at least one unit"),
        (plan(sizes=[2, 3, 1.0]), "whole numbers"),
        (plan(sizes=[2, 10**30, 1]), r"more than 2\*\*48 units"),
        (plan(sizes=[2, 10**12, 1]), "by the architecture it is"),
        (plan(sizes=[1] * 10**6), "999999 layers, too many for the 4 tensors"),
        (plan(activations=[SIGMOID, {"name": "os.system"}]), "activation 'os.system' is not known here"),
        (plan(activations=[SIGMOID, {"name": "elu", "alpha": -1}]), "alpha must be a finite number"),
        (plan(activations=[SIGMOID, {"name": "elu", "alpha": np.nan}]), "it holds NaN"),
        (plan(activations=[SIGMOID, {"name": "elu", "beta": 1}]), "has no parameter 'beta'"),
        (plan(activations=[SIGMOID, {"name": "elu", "alpha": "1"}]), "alpha must be a finite number"),
        (plan(activations=[SIGMOID, "sigmoid"]), "as an object with a name"),
        (plan(normalizations=["batch_norm"]), "as an object with a name"),
        (plan(normalizations=[]), "normalization lists 0"),
        (plan(normalizations=[{"name": "layer_norm"}]), r"there is no tensor 'layers\.0\.gamma'"),
        (plan(dropout=[1.0]), "dropout must be"),
        (plan(dropout=["0.5"]), "dropout must be"),
        (tensor("layers.0.bias", [1.0, np.nan, 0.0]), r"layers\.0\.bias is nan at \[1\]"),
        (tensor("layers.0.bias", [1.0, 2.0]), "by the architecture it is"),
        (tensor("layers.2.bias", [1.0]), r"there is also a tensor 'layers\.2\.bias'"),
    ],
)
def test_a_file_that_contradicts_itself(
    change: Callable[[dict[str, str], dict[str, Any]], None], message: str | None, path: Path
) -> None:
    cr.Network([2, 3, 1], seed=0).save(path)
    path.write_bytes(resealed(path.read_bytes(), change))
    if message is None:
        cr.load(path)
        return
    with pytest.raises(cr.ModelFileError, match=message):
        cr.load(path)


HUGE = {"dtype": "F64", "shape": [10**9, 10**9], "data_offsets": [0, 8 * 10**18]}
OVERLAPPING = [{"dtype": "F64", "shape": [4], "data_offsets": [start, start + 32]} for start in (0, 8)]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 8,
        (2**63).to_bytes(8, "little") + b"{}",
        (10**9).to_bytes(8, "little") + b"{}",
        file_of([], b""),
        file_of({}, b""),
        file_of({"a": HUGE}, b"\x00" * 64),
        file_of({"a": {**HUGE, "shape": [2**62, 2**62]}}, b"\x00" * 64),
        file_of({"a": {**HUGE, "shape": [8], "data_offsets": [0, 64]}} | {"b": {**HUGE, "shape": [0]}}, b"\x00" * 64),
        file_of({"a": OVERLAPPING[0], "b": OVERLAPPING[1]}, b"\x00" * 40),
        b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x08builtins\x94.",  # a pickle
    ],
)
def test_hostile_headers_take_no_memory(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(cr.ModelFileError, match=r"m\.safetensors: "):
            cr.load(path)
        assert tracemalloc.get_traced_memory()[1] < 2**21
    finally:
        tracemalloc.stop()


def test_an_architecture_larger_than_its_file_takes_no_memory(path: Path) -> None:
    cr.Network([2, 3, 1], seed=0).save(path)
    path.write_bytes(resealed(path.read_bytes(), plan(sizes=[2, 10**11, 1])))
    tracemalloc.start()
    try:
        with pytest.raises(cr.ModelFileError):
            cr.load(path)
        assert tracemalloc.get_traced_memory()[1] < 2**21
    finally:
        tracemalloc.stop()


def test_a_header_too_long_to_believe(path: Path) -> None:
    path.write_bytes((2**24 + 8).to_bytes(8, "little") + b" " * (2**24 + 8))
    with pytest.raises(cr.ModelFileError, match="longer than any model's"):
        cr.load(path)


def test_somebody_elses_tensors(path: Path) -> None:
    save_file({"layers.0.weight": np.zeros((2, 1))}, path)
    with pytest.raises(cr.ModelFileError, match=r"no model of chainrule.*copy the tensors"):
        cr.load(path)
    with pytest.raises(FileNotFoundError):
        cr.load(path.parent / "none")
    with pytest.raises(IsADirectoryError):
        cr.load(path.parent)


def test_changed_numbers_do_not_fit_the_checksum(path: Path) -> None:
    cr.Network([2, 3, 1], seed=0).save(path)
    content = path.read_bytes()
    tensors, metadata = tensors_of(content), header_of(content)["__metadata__"]
    tensors["layers.0.bias"][0] = 1e-300
    save_file(tensors, path, metadata)
    with pytest.raises(cr.ModelFileError, match="its checksum does not fit"):
        cr.load(path)


def test_the_text_of_an_architecture_is_its_structure() -> None:
    net = rich_network()
    assert architecture.from_json(architecture.to_json(net.structure), 99) == net.structure
    for layout in ("chainrule", "torch"):
        covered = np.zeros(net.numbers.size)
        for place in places(net.structure, layout).values():
            place.view(covered)[...] += 1
        assert (covered == 1).all()


def test_a_preprocessing_is_kept_and_covered_by_the_checksum(tmp_path: Path) -> None:
    path, net = tmp_path / "m.safetensors", cr.Network([2, 1], seed=0)
    save(net, path, preprocessing='{"scale": 3}')
    assert read(path).preprocessing == '{"scale": 3}'
    assert (cr.load(path).parameters == net.parameters).all()
    path.write_bytes(path.read_bytes().replace(b"3}", b"4}"))
    with pytest.raises(cr.ModelFileError, match="checksum"):
        cr.load(path)


def test_without_a_preprocessing_the_file_is_what_it_was(tmp_path: Path) -> None:
    path, net = tmp_path / "m.safetensors", cr.Network([2, 1], seed=0)
    net.save(path)
    assert read(path).preprocessing == ""
    assert b"preprocessing" not in path.read_bytes()
