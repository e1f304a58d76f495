"""ModelCheckpoint: which networks are kept, under which names, and what happens where they cannot be written."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.interop.safetensors import read

X, Y = cr.datasets.moons(60, noise=0.3, seed=0)
HELD_OUT = cr.datasets.moons(60, noise=0.3, seed=1)


def fit(*callbacks: Any, net: cr.Network | None = None, **arguments: Any) -> cr.History:
    return (net or cr.Network([2, 8, 1], hidden="tanh", seed=0)).fit(
        X, Y, **{"epochs": 12, "optimizer": cr.SGD(0.5, momentum=0.9), **arguments}, callbacks=callbacks
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_has_the_parameters_after_its_epoch_counted_from_1(tmp_path: Path) -> None:
    save = cr.ModelCheckpoint(tmp_path / "{epoch:02d}-{val_loss:.2f}.safetensors", save_freq=5)
    history = fit(save, validation_data=HELD_OUT)
    val_loss = history.history["val_loss"]
    assert names(tmp_path) == [f"{epoch:02d}-{val_loss[epoch - 1]:.2f}.safetensors" for epoch in (5, 10)]
    for path, epochs in zip(sorted(tmp_path.iterdir()), (5, 10), strict=True):
        twin = cr.Network([2, 8, 1], hidden="tanh", seed=0)
        fit(net=twin, epochs=epochs)
        assert cr.load(path).parameters.tobytes() == twin.parameters.tobytes()
    assert save.saved == path


def test_the_file_says_of_which_epoch_it_is(tmp_path: Path) -> None:
    history = fit(cr.ModelCheckpoint(tmp_path / "m.safetensors"))
    assert read(tmp_path / "m.safetensors").provenance == {"epoch": 12, "loss": history.loss[-1]}


def test_every_epoch_unless_told_otherwise(tmp_path: Path) -> None:
    fit(cr.ModelCheckpoint(f"{tmp_path}/{{epoch}}"), epochs=3)
    assert names(tmp_path) == ["1", "2", "3"]


@pytest.mark.parametrize(("monitor", "mode", "best"), [("val_loss", "auto", min), ("val_accuracy", "auto", max)])
def test_save_best_only(tmp_path: Path, monitor: str, mode: str, best: Any) -> None:
    save = cr.ModelCheckpoint(tmp_path / "{epoch}", monitor, mode=mode, save_best_only=True)
    values = fit(save, epochs=60, validation_data=HELD_OUT, metrics=["accuracy"]).history[monitor]
    records = [i for i in range(len(values)) if i == 0 or best(values[i], best(values[:i])) != best(values[:i])]
    assert {int(name) for name in names(tmp_path)} == {i + 1 for i in records}
    assert 1 < len(records) < len(values)
    assert save.best == best(values)


def test_a_second_run_begins_anew_and_a_resumed_one_does_not(tmp_path: Path) -> None:
    save = cr.ModelCheckpoint(tmp_path / "best", "loss", save_best_only=True)
    net = cr.Network([2, 8, 1], hidden="tanh", seed=0)
    fit(save, net=net, epochs=40)
    first = save.best
    fit(save, net=net, epochs=1, optimizer=cr.SGD(0.1))
    assert save.best != first
    watched = [cr.ModelCheckpoint(tmp_path / "{epoch}", "loss", save_best_only=True) for _ in range(2)]
    fit(watched[0], cr.Checkpoint(tmp_path / "run"), epochs=6, engine="numpy")
    watched[1].best = -1.0
    resumed = cr.Network([2, 8, 1], hidden="tanh", seed=0)
    fit(
        watched[1], cr.Checkpoint(tmp_path / "run"), net=resumed, resume_from=tmp_path / "run", epochs=6, engine="numpy"
    )
    assert watched[1].best == watched[0].best


def test_a_network_that_has_diverged_is_not_saved(tmp_path: Path) -> None:
    """A last update that overflows is an error of the run, and not of the file."""
    net = cr.Network([2, 1], output="identity", seed=0)
    save = cr.ModelCheckpoint(tmp_path / "{epoch}")
    with pytest.raises(cr.DivergenceError):
        net.fit(1e200 * X, Y, "mean_squared_error", optimizer=cr.SGD(1e200), epochs=1, callbacks=[save])
    assert names(tmp_path) == []


def test_val_loss_that_is_no_number_does_not_keep_the_file_from_being_written(tmp_path: Path) -> None:
    net = cr.Network([2, 1], output="identity", seed=0)
    held_out = np.full((1, 2), 1e200), np.zeros((1, 1))
    net.fit(
        X, Y, "mean_squared_error", epochs=1, validation_data=held_out, callbacks=[cr.ModelCheckpoint(tmp_path / "m")]
    )
    assert set(read(tmp_path / "m").provenance) == {"epoch", "loss"}


@pytest.mark.parametrize(
    ("path", "error", "message"),
    [
        ("no/m.safetensors", FileNotFoundError, r"no/m.safetensors' is in a folder that does not exist; create it"),
        ("file/m.safetensors", NotADirectoryError, "which is a file; pass another path"),
        ("", IsADirectoryError, "is a folder; pass the path of a file in it"),
    ],
)
def test_where_nothing_can_be_written_no_epoch_passes(
    tmp_path: Path, path: str, error: type[Exception], message: str
) -> None:
    (tmp_path / "file").write_text("")
    net = cr.Network([2, 8, 1], seed=0)
    before = net.parameters.tobytes()
    with pytest.raises(error, match=message):
        fit(cr.ModelCheckpoint(tmp_path / path), net=net)
    assert net.parameters.tobytes() == before
    assert names(tmp_path) == ["file"]


def test_a_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may write everywhere
    with pytest.raises(PermissionError, match="is in a folder that may not be written"):
        fit(cr.ModelCheckpoint(tmp_path / "m.safetensors"))


def test_a_write_that_fails_is_an_error_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net, path = cr.Network([2, 8, 1], hidden="tanh", seed=0), tmp_path / "m.safetensors"

    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    def after(epoch: int, logs: Any) -> None:
        if epoch == 4:
            monkeypatch.setattr("os.fsync", full)

    with pytest.raises(OSError, match=r"cannot write .*m\.safetensors.*No space left.*what was there is kept"):
        fit(after, cr.ModelCheckpoint(path), net=net)
    monkeypatch.undo()
    for epochs, kept in ((4, cr.load(path)), (5, net)):
        twin = cr.Network([2, 8, 1], hidden="tanh", seed=0)
        fit(net=twin, epochs=epochs)
        assert kept.parameters.tobytes() == twin.parameters.tobytes()
    assert names(tmp_path) == ["m.safetensors"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "{val_loss}",
            "filepath '{val_loss}' has '{val_loss}', but the epochs of this run have loss, epoch; use these",
        ),
        ("{}", "filepath '{}' has '{}', but the epochs of this run have"),
        ("{epoch.year}", "filepath '{epoch.year}' has '{epoch.year}', but"),
        ("{epoch:%Y}", "filepath '{epoch:%Y}' cannot be filled in (Invalid format specifier"),
    ],
)
@pytest.mark.parametrize("save_freq", ["epoch", 5, 500])
def test_a_field_that_the_epochs_do_not_have(path: str, message: str, save_freq: Any) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        fit(cr.ModelCheckpoint(path, save_freq=save_freq))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"save_freq": 0}, ValueError, "save_freq must be a whole number of at least 1, got 0"),
        ({"save_freq": -3}, ValueError, "save_freq must be a whole number of at least 1, got -3"),
        ({"save_freq": 1.5}, TypeError, "save_freq must be a whole number, got 1.5"),
        ({"save_freq": "batch"}, ValueError, "save_freq must be 'epoch' or a whole number of epochs, got 'batch'"),
        ({"save_best_only": 1}, TypeError, "save_best_only must be True or False, got 1"),
        ({"mode": "best"}, ValueError, "mode must be one of auto, min, max, got 'best'"),
        ({"monitor": "speed"}, ValueError, "ModelCheckpoint cannot tell whether a smaller 'speed' is better"),
        ({"filepath": "{epoch"}, ValueError, "filepath '{epoch' is no format"),
        ({"filepath": b"m"}, TypeError, "filepath must be a str or a path, got b'm'"),
        ({"filepath": None}, TypeError, "filepath must be a str or a path, got None"),
    ],
)
def test_what_it_does_not_take(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        cr.ModelCheckpoint(**{"filepath": "m.safetensors", **arguments})


def test_an_unknown_monitor_is_named_in_the_run(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match="ModelCheckpoint monitors 'val_loss', but the epochs of this run have loss; pass"
    ):
        fit(cr.ModelCheckpoint(tmp_path / "m", save_best_only=True))
