"""TensorBoard: the events that it writes, read back byte by byte."""

import builtins
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr

pytest.importorskip("tensorboardX")
X, Y = cr.datasets.xor()


def fit(*callbacks: Any, net: cr.Network | None = None, **arguments: Any) -> cr.History:
    return (net or cr.Network([2, 3, 1], seed=0)).fit(X, Y, **{"epochs": 4, **arguments}, callbacks=callbacks)


def events(file: Path) -> list[Any]:
    """Every event of a file: records of length, its checksum, data, its checksum."""
    from tensorboardX.crc32c import crc32c
    from tensorboardX.proto.event_pb2 import Event

    def masked(data: bytes) -> int:
        crc = crc32c(data)
        return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF

    content, found = file.read_bytes(), []
    while content:
        (length, crc), data = struct.unpack("<QI", content[:12]), content[12:]
        assert masked(content[:8]) == crc
        data, rest = data[:length], data[length:]
        assert masked(data) == struct.unpack("<I", rest[:4])[0]
        found.append(Event.FromString(data))
        content = rest[4:]
    return found


def written(folder: Path, kind: str = "simple_value") -> dict[str, dict[int, Any]]:
    """What is in the folder's files, by name and step."""
    found: dict[str, dict[int, Any]] = {}
    for file in folder.iterdir():
        for event in events(file):
            for value in event.summary.value:
                if value.HasField(kind):
                    found.setdefault(value.tag, {})[event.step] = getattr(value, kind)
    return found


def test_the_scalars_of_every_epoch(tmp_path: Path) -> None:
    history = fit(cr.TensorBoard(tmp_path), validation_data=(X[:5], Y[:5]), metrics=["accuracy"], optimizer=cr.SGD(0.3))
    expected = {
        "train/loss": history.loss,
        "val/loss": history.history["val_loss"],
        "train/accuracy": history.history["accuracy"],
        "val/accuracy": history.history["val_accuracy"],
        "learning_rate": [0.3] * 4,
    }
    found = written(tmp_path)
    assert set(found) == set(expected)
    for name, values in expected.items():
        assert [*found[name]] == [0, 1, 2, 3]
        np.testing.assert_allclose([*found[name].values()], values, rtol=1e-7)  # float32


def test_the_learning_rate_is_that_of_the_epoch(tmp_path: Path) -> None:
    rates = [0.4, 0.2, 0.1, 0.05]
    for callbacks, optimizer in (
        ([cr.LearningRateScheduler(lambda epoch, rate: rates[epoch])], cr.SGD(1.0)),
        ([], cr.SGD(lambda step: rates[step])),
    ):
        folder = tmp_path / str(len(callbacks))
        fit(*callbacks, cr.TensorBoard(folder), optimizer=optimizer)
        np.testing.assert_allclose([*written(folder)["learning_rate"].values()], rates, rtol=1e-7)


@pytest.mark.parametrize("normalization", [None, "batch_norm"])
def test_histograms(tmp_path: Path, normalization: str | None) -> None:
    net = cr.Network([2, 3, 1], normalization=normalization, seed=0)
    fit(cr.TensorBoard(tmp_path, histogram_freq=3), net=net, epochs=4, optimizer=cr.SGD(0.3))
    found = written(tmp_path, "histo")
    names = ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]
    names += ["layers.0.gamma", "layers.0.beta"] if normalization else []
    assert set(found) == {*names, *(f"gradients/{name}" for name in names)}
    assert {tuple(steps) for steps in found.values()} == {(0, 3)}
    gradients = net.gradients(X, Y)
    for name, tensor in (
        ("layers.0.weight", net.weights[0]),
        ("layers.1.bias", net.biases[1]),
        ("gradients/layers.0.weight", gradients.weights[0]),
        ("gradients/layers.1.bias", gradients.biases[1]),
    ):
        histogram = found[name][3]
        assert histogram.num == tensor.size
        np.testing.assert_allclose([histogram.min, histogram.max], [tensor.min(), tensor.max()], rtol=1e-9)
        np.testing.assert_allclose(histogram.sum_squares, (tensor**2).sum(), rtol=1e-9)


def test_it_changes_no_bit(tmp_path: Path) -> None:
    nets = [cr.Network([2, 3, 1], normalization="batch_norm", dropout=0.1, seed=0) for _ in range(2)]
    fit(cr.TensorBoard(tmp_path, histogram_freq=1), net=nets[0])
    fit(net=nets[1])
    assert nets[0].numbers.tobytes() == nets[1].numbers.tobytes()


def test_two_runs_of_one_second_are_two_files(tmp_path: Path) -> None:
    board = cr.TensorBoard(tmp_path)
    fit(board)
    fit(board)
    assert len([*tmp_path.iterdir()]) == 2
    assert all(events(file)[0].file_version == "brain.Event:2" for file in tmp_path.iterdir())


def test_a_resumed_run_hides_what_it_does_again(tmp_path: Path) -> None:
    fit(cr.Checkpoint(tmp_path / "run"), epochs=3, engine="numpy")
    fit(
        cr.Checkpoint(tmp_path / "run"), cr.TensorBoard(tmp_path / "logs"), resume_from=tmp_path / "run", engine="numpy"
    )
    (file,) = (tmp_path / "logs").iterdir()
    starts = [event.step for event in events(file) if event.HasField("session_log")]
    assert starts == [3]
    assert [*written(tmp_path / "logs")["train/loss"]] == [3]


def test_the_file_is_whole_after_an_error(tmp_path: Path) -> None:
    def fail(epoch: int, logs: Any) -> None:
        if epoch == 2:
            raise LookupError

    with pytest.raises(LookupError):
        fit(cr.TensorBoard(tmp_path), fail)
    assert [*written(tmp_path)["train/loss"]] == [0, 1, 2]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"cannot write into .*file.* \("):
        fit(cr.TensorBoard(tmp_path / "file"))


def test_a_full_disk_is_an_error_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    monkeypatch.setattr("chainrule.training.callbacks.tensorboard.FLUSH_SECONDS", -1)
    net, twin = cr.Network([2, 3, 1], seed=0), cr.Network([2, 3, 1], seed=0)
    with pytest.raises(OSError, match=r"cannot write into .* \(No space left on device\)"):
        fit(cr.TensorBoard(tmp_path), net=net)
    fit(net=twin, epochs=1)
    assert net.parameters.tobytes() == twin.parameters.tobytes()
    monkeypatch.setattr("chainrule.training.callbacks.tensorboard.FLUSH_SECONDS", 1e9)  # seen only at the end
    with pytest.raises(OSError, match=r"cannot write into .* \(No space left on device\)"):
        fit(cr.TensorBoard(tmp_path))


def test_without_the_package_it_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tensorboardX", None)
    board = cr.TensorBoard(tmp_path / "logs")
    with pytest.raises(
        ImportError, match=r'TensorBoard needs the package tensorboardX, .*; pip install "chainrule\[tens'
    ):
        fit(board)
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"log_dir": 3}, "log_dir must be a str or a path, got 3"), ({"histogram_freq": -1}, "at least 0, got -1")],
)
def test_what_it_does_not_take(arguments: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        cr.TensorBoard(**arguments)


def test_nothing_is_imported_before_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, *arguments: Any) -> Any:
        assert name.split(".")[0] not in ("tensorboardX", "mlflow", "wandb")
        return imports(name, *arguments)

    imports = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", refuse)
    cr.TensorBoard(), cr.MLflowLogger(), cr.WandbLogger()
    fit()
