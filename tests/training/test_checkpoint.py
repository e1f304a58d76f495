"""Checkpoints: a resumed run is the uninterrupted one to the bit, and no end costs more than an interval."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.training import checkpoint_file
from chainrule.training.checkpoint_file import CheckpointError, files, newest, read

X, Y = cr.datasets.gaussians(60, classes=3, seed=2)
HELD_OUT = cr.datasets.gaussians(30, classes=3, seed=3)
ENGINES = ["reference", "numpy", "compiled"]


def network(dtype: str = "float64") -> cr.Network:
    return cr.Network(
        [2, 6, 5, 3], hidden=["prelu", "tanh"], output="softmax", normalization="batch_norm", dropout=0.2, seed=1,
        dtype=dtype,
    )  # fmt: skip


def watchers() -> list[cr.Callback]:
    return [
        cr.EarlyStopping(patience=12, min_delta=0.02, restore_best_weights=True),
        cr.ReduceLROnPlateau("loss", factor=0.5, patience=3, min_delta=0.05, cooldown=1),
    ]


def trained(epochs: int, *callbacks: cr.Callback, dtype: str = "float64", **options: Any) -> tuple[cr.Network, Any]:
    net = network(dtype)
    settings = {"optimizer": cr.Adam(0.02, clip_norm=1.0), "batch_size": 16, "l2": 1e-3, "max_norm": 3.0, **options}
    history = net.fit(
        X, Y, "categorical_cross_entropy", epochs=epochs, validation_data=HELD_OUT, verbose=0,
        callbacks=[*callbacks, *watchers()], **settings,
    )  # fmt: skip
    return net, history


def assert_same(mine: tuple[cr.Network, Any], other: tuple[cr.Network, Any]) -> None:
    (net, history), (twin, expected) = mine, other
    assert net.numbers.tobytes() == twin.numbers.tobytes()
    assert history.history == expected.history
    assert history.stopped_by == expected.stopped_by
    assert net.rng.bit_generator.state == twin.rng.bit_generator.state
    for name, value in expected.optimizer_state.items():
        assert np.array_equal(history.optimizer_state[name], value)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_resumed_run_is_the_uninterrupted_one(engine: str, dtype: str, tmp_path: Path) -> None:
    whole = trained(40, engine=engine, dtype=dtype)
    assert len(set(whole[1].history["learning_rate"])) > 2  # the rate was lowered on the way
    for end in (1, 7, 20):
        folder = tmp_path / str(end)
        trained(end, cr.Checkpoint(folder), engine=engine, dtype=dtype)
        assert_same(trained(40, engine=engine, dtype=dtype, resume_from=folder), whole)


@pytest.mark.parametrize(
    "optimizer",
    [
        cr.SGD(0.1, momentum=0.9),
        cr.Adagrad(0.1),
        cr.Rprop(),
        cr.RMSprop(cr.schedules.CosineDecay(0.001, warmup_target=0.01, warmup_steps=9)),
        cr.Lion(cr.schedules.OneCycle(0.01)),
        cr.SGD(lambda t: 0.1 / (1 + t)),
    ],
    ids=str,
)
@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_every_kind_of_optimizer_and_schedule(optimizer: Any, engine: str, tmp_path: Path) -> None:
    class Stop(cr.Callback):
        def on_epoch_end(self, epoch: int, logs: Any) -> None:
            if epoch == 11:
                self.stop()

    def fit(epochs: int, **options: Any) -> tuple[cr.Network, Any]:
        net = cr.Network([2, 4, 3], output="softmax", seed=0)
        callbacks = [*([] if epochs == 30 else [Stop()]), *options.pop("callbacks", [])]
        history = net.fit(
            X, Y, "categorical_cross_entropy", optimizer=optimizer, epochs=30, engine=engine, callbacks=callbacks,
            **options,
        )  # fmt: skip
        return net, history

    whole = fit(30)
    fit(12, callbacks=[cr.Checkpoint(tmp_path, every=5)])
    assert [file.name for file in files(tmp_path)] == ["epoch-00000006.safetensors", "epoch-00000011.safetensors"]
    assert_same(fit(30, resume_from=tmp_path), whole)
    assert_same(fit(30, resume_from=tmp_path / "epoch-00000006.safetensors"), whole)


def test_a_resumed_run_may_be_resumed_and_prolonged(tmp_path: Path) -> None:
    for epochs in (3, 5, 11, 12):
        trained(epochs, cr.Checkpoint(tmp_path, keep=3), resume_from=tmp_path if epochs > 3 else None)
    assert [read(file).epoch for file in files(tmp_path)] == [10, 11, 12]
    assert_same(trained(12, resume_from=tmp_path), trained(12))


def test_a_run_that_was_stopped_stays_stopped(tmp_path: Path) -> None:
    options: dict[str, Any] = {"engine": "numpy", "optimizer": cr.SGD(1e-9)}
    stopped = trained(200, cr.Checkpoint(tmp_path), **options)
    assert stopped[1].stopped_by == "callback"
    assert_same(trained(200, resume_from=tmp_path, **options), stopped)


def test_another_generator_for_the_order_of_batches(tmp_path: Path) -> None:
    assert_same_after = trained(9, shuffle=np.random.default_rng(7))
    trained(4, cr.Checkpoint(tmp_path), shuffle=np.random.default_rng(7))
    assert_same(trained(9, shuffle=np.random.default_rng(7), resume_from=tmp_path), assert_same_after)


def test_other_kinds_of_generators(tmp_path: Path) -> None:
    for kind in (np.random.MT19937, np.random.Philox, np.random.SFC64):
        nets = [cr.Network([2, 3, 1], dropout=0.5, seed=np.random.Generator(kind(3))) for _ in range(2)]
        X, y = cr.datasets.xor()
        nets[0].fit(X, y, epochs=10, batch_size=4, engine="numpy")
        folder = tmp_path / kind.__name__
        nets[1].fit(X, y, epochs=4, batch_size=4, engine="numpy", callbacks=[cr.Checkpoint(folder)])
        other = cr.Network([2, 3, 1], dropout=0.5, seed=np.random.Generator(kind(99)))
        other.fit(X, y, epochs=10, batch_size=4, engine="numpy", resume_from=folder)
        assert other.parameters.tobytes() == nets[0].parameters.tobytes()


FRESH = """
import sys
import chainrule as cr
from tests.training.test_checkpoint import trained
net, history = trained(30, engine=sys.argv[1], resume_from=sys.argv[2])
sys.stdout.buffer.write(net.numbers.tobytes())
"""


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_in_a_fresh_process(engine: str, tmp_path: Path) -> None:
    trained(13, cr.Checkpoint(tmp_path), engine=engine)
    command = [sys.executable, "-c", FRESH, engine, str(tmp_path)]
    root = Path(__file__).parents[2]
    found = subprocess.run(command, capture_output=True, check=True, cwd=root, env={**os.environ, "PYTHONPATH": "."})
    assert found.stdout == trained(30, engine=engine)[0].numbers.tobytes()


KILLED = """
import os, random, signal, sys, time, warnings
warnings.simplefilter("ignore")
import chainrule as cr
from chainrule.training.checkpoint_file import newest

folder, kills = sys.argv[1], int(sys.argv[2])
X, y = cr.datasets.xor()
random.seed(0)

def train(**options):
    net = cr.Network([2, 3, 1], dropout=0.1, seed=0)
    net.fit(X, y, optimizer="adam", batch_size=8, engine="numpy", verbose=0, **options)
    return net

class Told(cr.Checkpoint):
    def on_epoch_end(self, epoch, logs):
        super().on_epoch_end(epoch, logs)
        os.write(tell, f"{epoch + 1}\\n".encode())

train(epochs=1)  # imports all that there is to import, before the first fork
last = 0
for _ in range(kills):
    heard, tell = os.pipe()
    child = os.fork()
    if child == 0:
        train(epochs=1_000_000, callbacks=[Told(folder, every=1)], resume_from=folder)
        os._exit(0)
    os.close(tell)
    got = os.read(heard, 16)
    time.sleep(random.random() * 0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(heard, 1 << 16):
        got += more
    os.close(heard)
    told = int(got.decode().split("\\n")[-2])
    found = newest(folder).epoch
    assert told <= found <= told + 1, (told, found)  # nothing that was said to be kept is lost
    assert found > last
    last = found
print(last, bytes(newest(folder).arrays["numbers"]) == train(epochs=last).numbers.tobytes())
"""


@pytest.mark.long
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_two_hundred_kills_at_random_moments(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path / "run"), "200"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    epochs, same = found.stdout.split()
    assert int(epochs) >= 200
    assert same == "True"
    assert len([*(tmp_path / "run").iterdir()]) <= 4  # the two, and what the last one killed was writing or removing


def small(folder: Path) -> Path:
    """A checkpoint of a run with all that there may be in one."""
    X, y = cr.datasets.xor()
    stopping = cr.EarlyStopping("loss", patience=5, restore_best_weights=True)
    net = cr.Network([2, 2, 1], seed=0)
    net.fit(X, y, optimizer="adam", epochs=2, engine="numpy", callbacks=[cr.Checkpoint(folder, keep=1), stopping])
    return files(folder)[0]


def test_cut_at_every_byte_or_with_any_bit_flipped_it_is_detected(tmp_path: Path) -> None:
    whole = small(tmp_path)
    content, broken = whole.read_bytes(), tmp_path / "broken.safetensors"
    for length in range(len(content)):
        broken.write_bytes(content[:length])
        with pytest.raises(CheckpointError, match=r"broken.safetensors: \w"):
            read(broken)
    for position in range(len(content)):
        flipped = bytearray(content)
        flipped[position] ^= 1 << position % 8
        broken.write_bytes(flipped)
        with pytest.raises(CheckpointError):
            read(broken)
    assert read(whole).epoch == 2


def test_a_damaged_newest_file_falls_back_to_the_one_before(tmp_path: Path) -> None:
    trained(6, cr.Checkpoint(tmp_path, keep=3), engine="numpy")
    last = files(tmp_path)[-1]
    last.write_bytes(last.read_bytes()[:-1])
    with pytest.warns(UserWarning, match=r"epoch-00000006.*; epoch-00000005.safetensors is taken instead"):
        resumed = trained(9, engine="numpy", resume_from=tmp_path)
    assert_same(resumed, trained(9, engine="numpy"))
    for file in files(tmp_path):
        file.write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match=r"no checkpoint in .* can be read: .*00006.*00005.*00004"):
        newest(tmp_path)


def test_a_disk_that_is_full_costs_no_training_and_no_file(tmp_path: Path) -> None:
    class Full(cr.Callback):
        def on_epoch_end(self, epoch: int, logs: Any) -> None:
            limit = 100 if epoch == 3 else before[0]
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.warns(UserWarning, match=r"cannot write '.*epoch-00000004.*\(File too large\); training goes on"):
            done = trained(4, Full(), cr.Checkpoint(tmp_path), engine="numpy")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert sorted(tmp_path.iterdir()) == files(tmp_path)  # and nothing half-written
    assert [read(file).epoch for file in files(tmp_path)] == [2, 3]
    assert_same(trained(4, engine="numpy", resume_from=tmp_path), done)


OTHERS: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "batches": (lambda: {"batch_size": 20}, "batch_size is 20 here and 16 there"),
    "optimizer": (lambda: {"optimizer": cr.Adam(0.03, clip_norm=1.0)}, r"optimizer is 'Adam\(learning_rate=0.03"),
    "clipping": (lambda: {"optimizer": cr.Adam(0.02)}, "clip_norm is None here and 1.0 there"),
    "penalty": (lambda: {"l2": 0.1}, "regularization is"),
    "order": (lambda: {"shuffle": False}, "shuffled is False here and True there"),
    "weights": (lambda: {"sample_weight": np.arange(1, 61)}, "data is"),
    "engine": (lambda: {"engine": "reference"}, "engine is 'reference' here and 'numpy' there"),
    "dtype": (lambda: {"dtype": "float32"}, "dtype is 'float32' here and 'float64' there"),
    "epochs": (lambda: {"epochs": 2}, "taken after epoch 3, but epochs is 2; pass more"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_another_run_is_refused_and_the_difference_named(other: str, tmp_path: Path) -> None:
    trained(3, cr.Checkpoint(tmp_path), engine="numpy")
    given, message = OTHERS[other]
    options = {"engine": "auto", **given()}
    with pytest.raises(ValueError, match=message):
        trained(options.pop("epochs", 5), resume_from=tmp_path, **options)


def test_other_data_are_refused(tmp_path: Path) -> None:
    net, other = cr.Network([2, 3, 1], seed=0), cr.Network([2, 3, 1], seed=0)
    X, y = cr.datasets.xor()
    net.fit(X, y, epochs=3, callbacks=[cr.Checkpoint(tmp_path)], engine="numpy")
    before = other.parameters.copy()
    with pytest.raises(ValueError, match=r"data is '\w{8}' here and '\w{8}' there"):
        other.fit(X + 1e-12, y, epochs=5, resume_from=tmp_path)
    assert (other.parameters == before).all()


def test_a_folder_of_another_run_is_not_written_into(tmp_path: Path) -> None:
    trained(3, cr.Checkpoint(tmp_path), engine="numpy")
    with pytest.raises(ValueError, match=r"holds checkpoints already, such as epoch-00000003.*resume_from="):
        trained(3, cr.Checkpoint(tmp_path), engine="numpy")


def test_nothing_there_begins_the_run_with_a_warning(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.warns(UserWarning, match=r"no checkpoint in .*: the run begins at its beginning"):
            assert_same(trained(3, engine="numpy", resume_from=folder), trained(3, engine="numpy"))


def test_files_of_other_kinds_are_told_apart(tmp_path: Path) -> None:
    network().save(tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"no checkpoint of chainrule; chainrule.load reads models"):
        newest(tmp_path / "model.safetensors")
    with pytest.raises(cr.ModelFileError, match="it is a checkpoint of a run and no model"):
        cr.load(small(tmp_path / "run"))


def test_a_newer_format_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = small(tmp_path)
    monkeypatch.setattr(checkpoint_file, "FORMAT_VERSION", 0)
    with pytest.raises(CheckpointError, match="format version '1', and this chainrule reads version 0; update"):
        read(file)


def test_what_a_process_left_behind_is_removed(tmp_path: Path) -> None:
    shutil.copy(small(tmp_path / "run"), tmp_path / ".epoch-00000001.safetensors.abc")
    trained(2, cr.Checkpoint(tmp_path), engine="numpy")
    assert {path.name for path in tmp_path.iterdir()} >= {"run"}
    assert not list(tmp_path.glob(".epoch*"))


def test_a_run_of_lbfgs_is_refused(tmp_path: Path) -> None:
    X, y = cr.datasets.xor()
    with pytest.raises(ValueError, match="cannot hold a run of LBFGS"):
        cr.Network([2, 3, 1]).fit(X, y, optimizer=cr.LBFGS(), epochs=2, callbacks=[cr.Checkpoint(tmp_path)])


def test_what_a_callback_remembers_must_be_plain(tmp_path: Path) -> None:
    class Odd(cr.Callback):
        remembers = ("it",)
        it = object()

    with pytest.raises(TypeError, match="a checkpoint can hold numbers, text, lists, None and arrays, but not <object"):
        trained(2, Odd(), cr.Checkpoint(tmp_path), engine="numpy")


@pytest.mark.parametrize("bad", [{"every": 0}, {"keep": 0}, {"keep": 1.5}])
def test_bad_arguments(bad: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError), match=next(iter(bad))):
        cr.Checkpoint("x", **bad)
