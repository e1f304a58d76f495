"""The compiled engine is the reference too: written out or in loops, in one batch, in mini-batches and in chunks."""

import ctypes
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.engines import choose, compiled, formula_code, machine_code, plan
from chainrule.engines.batches import Batches
from chainrule.engines.job import Job
from chainrule.formulas import activations, losses
from chainrule.formulas.activations import Activation
from chainrule.formulas.expression import Expression
from chainrule.formulas.optimizers import SGD
from tests.referees import Case

# Every activation in a hidden layer and at the output, every loss, both ways to the output's delta.
KINDS = [
    Case((2, 3, 3, 1), ("sigmoid", "sigmoid"), "sigmoid", "binary_cross_entropy", n=21),
    Case((3, 5, 4, 3), ("tanh", "relu"), "softmax", "categorical_cross_entropy", n=13),
    Case((3, 4, 3), ("softmax",), "softmax", "binary_cross_entropy", n=9),
    Case((3, 4, 2), ("identity",), "relu", "mean_squared_error", n=8),
    Case((2, 4, 2), ("relu",), "identity", "half_squared_error", n=17),
    Case((2, 3, 2), ("tanh",), "tanh", "half_squared_error", n=5),
]
WIDE = Case((20, 70, 300, 33, 4), ("sigmoid", "tanh", "relu"), "softmax", "categorical_cross_entropy", n=50)
MOMENTUM = SGD(0.1, momentum=0.9)


def trained(
    engine: str, case: Case, optimizer: SGD = MOMENTUM, size: int | None = None, dtype: str = "float64", steps: int = 10
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The losses of ten steps, and θ after them."""
    net, (X, y) = case.network(dtype), case.data()
    batches = Batches(case.n, size or case.n, np.random.default_rng(7))
    X, y = X.astype(dtype), y.astype(dtype)
    running = choose.start(engine, Job(net.structure, net.parameters, X, y, losses.get(case.loss), optimizer, batches))
    return running.run(steps), net.parameters


def assert_agree(case: Case, dtype: str, rtol: float, optimizer: SGD = MOMENTUM, size: int | None = None) -> None:
    net, (X, y) = case.network(dtype), case.data()
    mine, reference = (net.gradients(X, y, loss=case.loss, engine=engine) for engine in ("compiled", "reference"))
    assert mine.loss == pytest.approx(reference.loss, rel=rtol)
    scale = np.abs(reference.parameters).max()
    np.testing.assert_allclose(mine.parameters, reference.parameters, rtol=rtol, atol=rtol * scale)
    (some, theta), (others, expected) = (trained(e, case, optimizer, size, dtype) for e in ("compiled", "reference"))
    np.testing.assert_allclose(some, others, rtol=10 * rtol)
    np.testing.assert_allclose(theta, expected, rtol=10 * rtol, atol=10 * rtol)


@pytest.mark.parametrize("case", KINDS, ids=lambda case: f"{'-'.join(case.hidden)}-{case.output}-{case.loss}")
def test_gradients_and_ten_steps(case: Case) -> None:
    for optimizer in (SGD(0.1), MOMENTUM):
        for size in (case.n, 4, 1):
            assert_agree(case, "float64", 1e-10, optimizer, size)


def test_float32() -> None:
    assert_agree(KINDS[0], "float32", 1e-4, size=4)


@pytest.mark.parametrize("register_bytes", [16, 32, 64])
@pytest.mark.parametrize("case", [KINDS[1], WIDE], ids=["small", "wide"])
def test_registers_of_other_processors(case: Case, register_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_code, "register_bytes", lambda: register_bytes)
    assert_agree(case, "float64", 1e-10, size=7)
    assert_agree(case, "float32", 1e-4, size=7)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_small_last_batch_is_computed_in_small_chunks(dtype: str) -> None:
    case = replace(WIDE, sizes=(20, 70, 30, 33, 4), n=128 + 20)
    net, (X, y) = case.network(dtype), case.data()
    job = Job(net.structure, net.parameters, X, y, losses.get(case.loss), MOMENTUM, Batches(case.n, 64))
    found = compiled.plan_of(job)
    assert (found.reads, found.samples) == ("chunks", 32)
    (some, theta), (others, expected) = (trained(e, case, size=64, dtype=dtype) for e in ("compiled", "reference"))
    rtol = 1e-10 if dtype == "float64" else 1e-4
    np.testing.assert_allclose(some, others, rtol=rtol)
    np.testing.assert_allclose(theta, expected, rtol=rtol, atol=rtol)


def test_nesterov() -> None:
    assert_agree(KINDS[0], "float64", 1e-10, SGD(0.1, momentum=0.9, nesterov=True), 4)


@pytest.mark.parametrize(
    "case",
    [
        Case((1, 1), (), "sigmoid", "binary_cross_entropy", n=1),
        Case((1, 1, 1), ("sigmoid",), "sigmoid", "binary_cross_entropy", n=3),
        Case((2, *(3,) * 29, 1), ("sigmoid",) * 29, "sigmoid", "binary_cross_entropy", n=6),
        Case((20, 70, 30, 4), ("sigmoid",) * 2, "sigmoid", "binary_cross_entropy", n=100),
    ],
    ids=["one-number", "one-unit", "30-layers", "wider"],
)
def test_any_sizes_share_a_kernel(case: Case) -> None:
    assert_agree(case, "float64", 1e-10, size=min(case.n, 4))


def test_the_comparison_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*arguments: Any) -> tuple[float, np.ndarray[Any, Any]]:
        loss, gradient = original(*arguments)
        return loss, gradient * (1 + 1e-8)

    original = compiled.gradients
    monkeypatch.setattr(compiled, "gradients", wrong)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_agree(KINDS[0], "float64", 1e-10)


@pytest.fixture
def everything_by_a_team(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Kernels in loops, for a team, whatever the network."""
    monkeypatch.setattr(plan, "LEAST_SHARED", 0)
    monkeypatch.setattr(plan, "MOST_UNROLLED", 0)
    compiled.kernel_for.cache_clear()
    yield
    compiled.kernel_for.cache_clear()


@pytest.mark.parametrize("case", [KINDS[1], WIDE], ids=["small", "wide"])
@pytest.mark.parametrize("size", [None, 7])
@pytest.mark.usefixtures("everything_by_a_team")
def test_a_team_of_any_size_takes_the_same_steps(case: Case, size: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, _ = trained("reference", case, size=size)
    for dtype, rtol in (("float64", 1e-10), ("float32", 1e-4)):
        results = []
        for threads in (1, 2, 3):
            monkeypatch.setenv("CHAINRULE_NUM_THREADS", str(threads))
            losses, theta = trained("compiled", case, size=size, dtype=dtype)
            results.append((losses.tobytes(), theta.tobytes()))
        assert results[0] == results[1] == results[2]
        np.testing.assert_allclose(losses, expected, rtol=rtol)
    net, (X, y) = case.network(), case.data()
    mine, reference = (net.gradients(X, y, loss=case.loss, engine=e).parameters for e in ("compiled", "reference"))
    np.testing.assert_allclose(mine, reference, rtol=1e-10, atol=1e-14)


def test_the_length_of_a_block_changes_no_bit() -> None:
    whole, theta = trained("compiled", KINDS[0], size=4, steps=12)
    net, (X, y) = KINDS[0].network(), KINDS[0].data()
    batches = Batches(21, 4, np.random.default_rng(7))
    loss = losses.get(KINDS[0].loss)
    running = choose.start("compiled", Job(net.structure, net.parameters, X, y, loss, MOMENTUM, batches))
    parts = np.concatenate([running.run(steps) for steps in (1, 4, 5, 2)])
    assert whole.tobytes() == parts.tobytes()
    assert theta.tobytes() == net.parameters.tobytes()


def test_fit_solves_xor() -> None:
    X, y = cr.datasets.xor()
    net = cr.Network([2, 3, 3, 1], seed=0)
    history = net.fit(X, y, optimizer=SGD(0.3, momentum=0.9), epochs=5000, engine="compiled")
    other = cr.Network([2, 3, 3, 1], seed=0).fit(X, y, optimizer=SGD(0.3, momentum=0.9), epochs=5000, engine="numpy")
    np.testing.assert_allclose(history.loss, other.loss, rtol=1e-9)
    assert ((net.predict(X) > 0.5) == y).all()


def test_a_diverged_run_says_its_epoch() -> None:
    net = cr.Network([1, 1], output="identity", seed=0)
    epochs = []
    for engine in ("compiled", "numpy"):
        with pytest.raises(cr.DivergenceError) as error:
            net.fit(
                [[1.0], [2.0]], [1.0, 0.0], loss="half_squared_error", optimizer=SGD(1e3), epochs=500, engine=engine
            )
        epochs.append(error.value.epoch)
    assert epochs[0] == epochs[1] > 1


@pytest.mark.parametrize("kind", ["read-only", "Fortran", "strided", "float16", "integers"])
def test_any_array_of_samples(kind: str) -> None:
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = np.array([[0.0], [1.0], [1.0], [0.0]])
    given = {
        "read-only": X.copy(),
        "Fortran": np.asfortranarray(X),
        "strided": np.repeat(X, 2, axis=0)[::2],
        "float16": X.astype(np.float16),
        "integers": X.astype(int),
    }[kind]
    given.flags.writeable = kind != "read-only"
    results = []
    for samples in (X, given):
        net = cr.Network([2, 3, 1], seed=0)
        results.append(net.fit(samples, y, epochs=3, batch_size=3, engine="compiled").loss)
    assert results[0] == results[1]


def test_a_new_activation_needs_no_change_of_the_engine() -> None:
    try:

        @dataclass(frozen=True)
        class Bent(Activation):
            slope_below: float = 0.2

            @staticmethod
            def value(z: Any, slope_below: Any) -> Any:
                return np.where(z > 0, z, slope_below * z)

            @staticmethod
            def slope(z: Any, a: Any, slope_below: Any) -> Any:
                return np.where(z > 0, 1.0, slope_below)

        net = cr.Network([2, 4, 1], hidden=Bent(0.3), seed=0)
        X, y = cr.datasets.moons(30)
        mine, reference = (net.gradients(X, y, engine=engine).parameters for engine in ("compiled", "reference"))
        np.testing.assert_allclose(mine, reference, rtol=1e-10, atol=1e-14)
    finally:
        activations.Activation.family.pop("bent", None)


def test_an_operation_that_it_does_not_know_is_named() -> None:
    unknown = Expression(np.arctan2, (Expression.symbol("z"), 2.0))
    with pytest.raises(formula_code.UnknownOperationError, match=r"does not know arctan2.*engine='numpy'"):
        formula_code.evaluate(unknown, {"z": None})  # type: ignore[dict-item]


def test_auto_leaves_to_numpy_what_it_cannot_compile() -> None:
    try:

        @dataclass(frozen=True)
        class Wave(Activation):
            @staticmethod
            def value(z: Any) -> Any:
                return np.sin(z)

            @staticmethod
            def slope(z: Any, a: Any) -> Any:
                return np.cos(z)

        X, y = cr.datasets.xor()
        net = cr.Network([2, 3, 1], hidden=Wave(), seed=0)
        assert net.fit(X, y, epochs=100_000, callbacks=[Stop()]).engine == "numpy"
        with pytest.raises(formula_code.UnknownOperationError, match="sin"):
            net.fit(X, y, epochs=10, engine="compiled")
    finally:
        activations.Activation.family.pop("wave", None)


class Stop(cr.Callback):
    """Ends a run after its first epoch."""

    def on_epoch_end(self, epoch: int, logs: Any) -> None:
        self.stop()


def test_a_damaged_file_in_the_cache_is_written_anew(tmp_path: Path) -> None:
    first = output_of_program(tmp_path)
    (path,) = tmp_path.glob("*.machine-code")
    whole = path.read_bytes()
    for damaged in (whole[:-100], whole[:1000] + b"?" + whole[1001:], b""):
        path.write_bytes(damaged)
        assert output_of_program(tmp_path) == first
        assert path.read_bytes() == whole


def test_without_llvmlite_the_numpy_engine_serves_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    choose.can_compile.cache_clear()
    X, y = cr.datasets.xor()
    net = cr.Network([2, 3, 1], seed=0)
    try:
        with pytest.warns(UserWarning, match="llvmlite cannot be imported .* the NumPy engine computes instead"):
            loss = net.fit(X, y, epochs=3, engine="compiled").loss
        assert loss == cr.Network([2, 3, 1], seed=0).fit(X, y, epochs=3, engine="numpy").loss
        assert net.fit(X, y, epochs=3, engine="compiled").engine == "numpy"  # without a second warning
    finally:
        choose.can_compile.cache_clear()


PROGRAM = """
import hashlib, chainrule as cr
X, y = cr.datasets.xor()
net = cr.Network([2, 3, 3, 1], seed=0)
net.fit(X, y, epochs=200, batch_size=5, engine="compiled", verbose=0)
print(hashlib.sha256(net.parameters.tobytes()).hexdigest())
"""


def output_of_program(cache: Path | str) -> str:
    environment = {**os.environ, "CHAINRULE_CACHE": str(cache)}
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, env=environment)
    assert done.stderr == ""
    return done.stdout


def test_two_processes_may_compile_at_once(tmp_path: Path) -> None:
    environment = {**os.environ, "CHAINRULE_CACHE": str(tmp_path)}
    commands = [
        subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(3)
    ]
    printed = {command.communicate()[0] for command in commands}
    assert [command.returncode for command in commands] == [0, 0, 0]
    assert printed == {output_of_program(tmp_path)}
    assert [path.suffix for path in tmp_path.iterdir()] == [".machine-code"]


def test_threads_that_want_the_same_kernel_compile_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources, compile_it, both = [], machine_code.compiled, threading.Barrier(2)

    def compiled(source: str) -> bytes:
        sources.append(source)
        return compile_it(source)

    def source() -> str:
        return "define i64 @f() { ret i64 7 }"

    def seven(thread: int) -> int:
        both.wait()
        return machine_code.load("seven", source).function("f", [], ctypes.c_int64)()

    monkeypatch.setattr(machine_code, "compiled", compiled)
    monkeypatch.setattr(machine_code, "cache_folder", lambda: tmp_path)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(seven, range(2))) == [7, 7]
    assert sources == [source()]


def test_same_bits_in_every_process_with_and_without_a_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    first, again = output_of_program(tmp_path / "cache"), output_of_program(tmp_path / "cache")
    assert len(list((tmp_path / "cache").glob("*.machine-code"))) == 1
    assert first == again == output_of_program(tmp_path / "file" / "no-folder")
