"""Every engine is the reference: its gradients tensor by tensor, its training step by step, and it disturbs nothing."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.arrays import Array
from chainrule.engines import choose, numpy_engine
from chainrule.engines.batches import Batches
from chainrule.engines.job import Job
from chainrule.formulas import losses
from chainrule.formulas.activations import Activation
from chainrule.formulas.elementary import exp, where
from chainrule.formulas.optimizers import SGD
from tests.referees import ACTIVATIONS, Case, cases, every_combination

COMBINATIONS = list(every_combination())
OPTIMIZERS = [SGD(0.1), SGD(0.1, momentum=0.9), SGD(0.1, momentum=0.9, nesterov=True)]


def start(
    engine: str, case: Case, optimizer: SGD = OPTIMIZERS[1], size: int | None = None, seed: int | None = None
) -> tuple[choose.Engine, Array]:
    """An engine at the beginning of a run, and the θ that it changes."""
    net, (X, y) = case.network(), case.data()
    rng = None if seed is None else np.random.default_rng(seed)
    batches = Batches(case.n, size or case.n, rng)
    loss, theta = losses.get(case.loss), net.parameters
    return choose.start(engine, Job(net.structure, theta, X, y, loss, optimizer, batches)), theta


def assert_same_training(
    case: Case, optimizer: SGD, size: int | None = None, seed: int | None = None, engine: str = "numpy"
) -> None:
    """Ten steps of both engines: the loss of each step, and θ after the last."""
    (mine, theta), (reference, expected) = (start(name, case, optimizer, size, seed) for name in (engine, "reference"))
    np.testing.assert_allclose(mine.run(10), reference.run(10), rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(theta, expected, rtol=1e-9, atol=1e-12)


def assert_same_gradients(case: Case, dtype: str, rtol: float, engine: str = "numpy") -> None:
    net, (X, y) = case.network(dtype), case.data()
    mine, reference = (net.gradients(X, y, loss=case.loss, engine=name) for name in (engine, "reference"))
    assert mine.loss == pytest.approx(reference.loss, rel=rtol)
    # Where a tensor is a sum that cancels, it owes its rounding to the size of the whole gradient; where that cancels
    # itself, as softmax with equal ∂L/∂a does, to the size of what is summed: a unit's ∂L/∂a, which is of order 1.
    rounding = 100 * np.finfo(dtype).eps * max(np.abs(reference.parameters).max(), 1)
    for name in ("weights", "biases"):
        for i, (tensor, expected) in enumerate(zip(getattr(mine, name), getattr(reference, name), strict=True)):
            assert tensor.dtype == expected.dtype == np.dtype(dtype)
            np.testing.assert_allclose(
                tensor, expected, rtol=0, atol=rtol * np.abs(expected).max() + rounding, err_msg=f"{name}[{i}]"
            )


@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-10), ("float32", 1e-4)])
@pytest.mark.parametrize("case", COMBINATIONS, ids=lambda case: f"{case.hidden[0]}-{case.output}-{case.loss}")
@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_gradients(case: Case, dtype: str, rtol: float, engine: str) -> None:
    assert_same_gradients(case, dtype, rtol, engine)


@given(cases())
@settings(max_examples=100)
def test_gradients_of_random_networks(case: Case) -> None:
    assert_same_gradients(case, "float64", 1e-10)


def test_the_comparison_of_gradients_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*arguments: Any) -> tuple[float, Array]:
        loss, gradient = original(*arguments)
        return loss, gradient * (1 + 1e-8)

    original = numpy_engine.gradients
    monkeypatch.setattr(numpy_engine, "gradients", wrong)
    with pytest.raises(AssertionError, match=r"weights\[0\]"):
        assert_same_gradients(COMBINATIONS[0], "float64", 1e-10)


@pytest.mark.parametrize("case", COMBINATIONS, ids=lambda case: f"{case.hidden[0]}-{case.output}-{case.loss}")
def test_ten_steps_of_every_optimizer_setting(case: Case) -> None:
    for optimizer in OPTIMIZERS:
        assert_same_training(case, optimizer)
    assert_same_training(case, OPTIMIZERS[1], engine="compiled")
    engine, theta = start("numpy", case)
    engine.run(1)
    assert (theta != case.network().parameters).any()


@given(cases(), st.sampled_from(OPTIMIZERS), st.data())
@settings(max_examples=100)
def test_ten_steps_of_random_networks_in_shuffled_batches(case: Case, optimizer: SGD, data: st.DataObject) -> None:
    assert_same_training(case, optimizer, data.draw(st.integers(1, case.n)), data.draw(st.none() | st.integers(0, 99)))


@pytest.mark.parametrize(
    ("case", "size"),
    [
        (Case((2, 3, 1), ("tanh",), "sigmoid", "binary_cross_entropy", n=7), 3),
        (Case((2, 3, 1), ("tanh",), "sigmoid", "binary_cross_entropy", n=7), 1),
        (Case((2, 3, 1), ("tanh",), "sigmoid", "binary_cross_entropy", n=1), 1),
        (Case((1, 1, 1), ("sigmoid",), "identity", "mean_squared_error", n=5), 4),
        (Case((3, 2), (), "softmax", "categorical_cross_entropy", n=5), 2),
        (Case((2, *(3,) * 29, 2), ("tanh",) * 29, "softmax", "categorical_cross_entropy", n=6), 4),
        (Case((2, *(5,) * 29, 1), ("relu",) * 29, "identity", "half_squared_error", n=6), 4),
        (Case((20, 50, 30, 4), ("sigmoid", "relu"), "softmax", "categorical_cross_entropy", n=100), 32),
    ],
    ids=["ragged", "batch-1", "n-1", "one-unit", "no-hidden", "30-tanh", "30-relu", "wider"],
)
@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_ten_steps_at_the_extremes(case: Case, size: int, engine: str) -> None:
    assert_same_gradients(case, "float64", 1e-10, engine)
    for optimizer in OPTIMIZERS:
        assert_same_training(case, optimizer, size, 1, engine)


def test_shuffled_batches_are_the_same_in_both_engines() -> None:
    case = Case((2, 3, 1), ("tanh",), "sigmoid", "binary_cross_entropy", n=23)
    first, again, other = (
        start(engine, case, SGD(0.1), 4, seed)[0].run(12)
        for engine, seed in (("numpy", 5), ("reference", 5), ("reference", 6))
    )
    np.testing.assert_allclose(first, again, rtol=1e-10)
    assert np.abs(first - other).min() > 1e-6  # the losses of other batches are others


@pytest.mark.parametrize("engine", ["numpy", "reference"])
def test_the_length_of_a_block_changes_no_bit(engine: str) -> None:
    case = replace(COMBINATIONS[0], n=5)
    (one, theta), (many, same) = (start(engine, case, size=2, seed=3) for _ in range(2))
    losses_of_one = one.run(12)
    losses_of_many = np.concatenate([many.run(steps) for steps in (1, 4, 5, 2)])
    assert losses_of_one.tobytes() == losses_of_many.tobytes()
    assert theta.tobytes() == same.tobytes()


@pytest.fixture
def bent() -> Iterator[Activation]:
    """An activation with a parameter, a choice at its root and another name: written once, known everywhere."""

    @dataclass(frozen=True)
    class Bent(Activation):
        alpha: float = 0.5

        @staticmethod
        def value(z: Any, alpha: Any) -> Any:
            return where(z > 0, z, alpha * (exp(z) - 1))

        @staticmethod
        def slope(z: Any, a: Any, alpha: Any) -> Any:
            return where(z > 0, 1.0, a + alpha)

        def backward(self, grad_a: Any, z: Any, a: Any, *trained: Any) -> Any:
            return where(z > 0, grad_a, grad_a * (a + self.alpha))

    yield cr.activations.get("bent", alpha=0.3)
    del Activation.family["bent"]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_new_formula_needs_no_word_in_an_engine(bent: Activation, dtype: str) -> None:
    X, y = cr.datasets.xor()
    nets = [cr.Network([2, 4, 4, 1], hidden=bent, seed=0, dtype=dtype) for _ in range(2)]
    mine, reference = (
        net.fit(X, y, optimizer=SGD(0.1, momentum=0.9), epochs=10, engine=engine)
        for net, engine in zip(nets, ("numpy", "reference"), strict=True)
    )
    rtol = 1e-10 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(mine.loss, reference.loss, rtol=rtol)
    np.testing.assert_allclose(nets[0].parameters, nets[1].parameters, rtol=rtol, atol=rtol)


def peak_of_a_run(engine: choose.Engine, steps: int) -> int:
    """The most memory in use at once during so many steps, in bytes beyond what was in use before."""
    engine.run(3)  # what is made once is made here
    tracemalloc.start()
    try:
        engine.run(steps)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [None, 1500])
@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_a_step_allocates_no_array(size: int | None, output: str) -> None:
    loss = {"sigmoid": "binary_cross_entropy", "softmax": "categorical_cross_entropy"}[output]
    case = Case((4, 32, 16, 8), ("tanh", "relu"), output, loss, n=2000)
    smallest_array = 8 * 8 * (size or case.n)  # bytes of the output layer's z
    granted = 8 * np.getbufsize() + 10_000  # NumPy's own buffer, of any ufunc that broadcasts, and the losses
    assert granted < smallest_array
    engine, _ = start("numpy", case, size=size, seed=0)
    few, many = peak_of_a_run(engine, 20), peak_of_a_run(engine, 80)
    assert many < granted + 8 * case.n * (size is not None)  # a permutation an epoch, where there are batches
    assert many - few < 10_000
    assert peak_of_a_run(start("reference", case, size=size, seed=0)[0], 3) > 3 * granted


VALUES = np.random.default_rng(0).integers(0, 2, (20, 3)).astype(np.float64)  # exact in every dtype


def disguises(folder: Path) -> dict[str, Any]:
    """The same numbers as anything that NumPy takes."""
    read_only, mapped = VALUES.copy(), np.memmap(folder / "X", dtype="float64", mode="w+", shape=VALUES.shape)
    read_only.flags.writeable = False
    mapped[...] = VALUES
    mapped.flush()
    return {
        "read-only": read_only,
        "Fortran order": np.asfortranarray(VALUES),
        "strided": np.repeat(np.repeat(VALUES, 2, axis=0), 3, axis=1)[::2, ::3],
        "backwards": VALUES[::-1].copy()[::-1],
        "float16": VALUES.astype(np.float16),
        "float32": VALUES.astype(np.float32),
        "integers": VALUES.astype(np.int64),
        "unsigned": VALUES.astype(np.uint8),
        "bool": VALUES.astype(bool),
        "big-endian": VALUES.astype(">f8"),
        "list": VALUES.tolist(),
        "memory-mapped": np.memmap(folder / "X", dtype="float64", mode="r", shape=VALUES.shape),
    }


@pytest.mark.parametrize("batch_size", [None, 6])
def test_samples_of_any_kind_give_the_same_bits_and_are_not_modified(tmp_path: Path, batch_size: int | None) -> None:
    def trained(X: Any, y: Any) -> bytes:
        net = cr.Network([3, 4, 1], seed=0)
        net.fit(X, y, optimizer=SGD(0.1), epochs=5, batch_size=batch_size, shuffle=1)
        return net.parameters.tobytes()

    expected = trained(VALUES, VALUES[:, :1])
    for name, X in disguises(tmp_path).items():
        y = [row[:1] for row in X] if isinstance(X, list) else X[:, :1]
        before = np.array(X)
        assert trained(X, y) == expected, name
        np.testing.assert_array_equal(np.array(X), before, err_msg=name)


def test_every_activation_is_compared() -> None:
    assert sorted([*ACTIVATIONS, "prelu"]) == cr.activations.names()  # its slopes are learned: they lie in θ
    assert {case.loss for case in COMBINATIONS} == set(cr.losses.names())


def test_auto_is_an_engine() -> None:
    X, y = cr.datasets.xor()
    auto, named = (cr.Network([2, 3, 1], seed=0).gradients(X, y, engine=name) for name in ("auto", "numpy"))
    assert auto.parameters.tobytes() == named.parameters.tobytes()
    runs = [cr.Network([2, 3, 1], seed=0), cr.Network([2, 3, 1], seed=0)]
    history = runs[0].fit(X, y, epochs=20)
    runs[1].fit(X, y, epochs=20, engine=history.engine)
    assert runs[0].parameters.tobytes() == runs[1].parameters.tobytes()
