"""A run that goes on from an optimizer's state takes the steps of one run, to the bit."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.formulas.optimizers import Optimizer

X, Y = cr.datasets.gaussians(30, classes=3, seed=2)
ENGINES = ["reference", "numpy", "compiled"]
OPTIMIZERS: list[Optimizer] = [
    cr.SGD(0.1),
    cr.SGD(0.1, momentum=0.9, nesterov=True),
    cr.Adagrad(),
    cr.Adadelta(),
    cr.RMSprop(),
    cr.Adam(0.01, amsgrad=True, clip_norm=0.5),
    cr.AdamW(0.01),
    cr.Adamax(),
    cr.NAdam(),
    cr.RAdam(),
    cr.Lion(),
    cr.Rprop(),
    cr.Adam(cr.schedules.ExponentialDecay(0.1, decay_rate=0.9, decay_steps=3)),
]


def trained(*epochs: int, optimizer: Optimizer, keep: bool = True, **options: Any) -> tuple[Any, list[float]]:
    """θ after runs of so many epochs, one after another, and all their losses."""
    net, state, losses = cr.Network([2, 5, 3], hidden="prelu", output="softmax", seed=1), None, []
    for n in epochs:
        history = net.fit(
            X, Y, "categorical_cross_entropy", optimizer=optimizer, epochs=n, optimizer_state=state, **options
        )
        state = history.optimizer_state if keep else None
        losses += history.loss
    return net.parameters, losses


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_two_runs_are_one(optimizer: Optimizer, engine: str) -> None:
    whole, losses = trained(12, optimizer=optimizer, engine=engine)
    parts, the_same = trained(5, 7, optimizer=optimizer, engine=engine)
    assert parts.tobytes() == whole.tobytes()
    assert losses == the_same


@pytest.mark.parametrize("engine", ENGINES)
def test_a_state_that_is_forgotten_is_seen(engine: str) -> None:
    whole, _ = trained(12, optimizer=cr.Adam(0.01), engine=engine)
    parts, _ = trained(5, 7, optimizer=cr.Adam(0.01), engine=engine, keep=False)
    assert np.abs(parts - whole).max() > 1e-4


@pytest.mark.parametrize("engine", ENGINES)
def test_mini_batches_float32_and_a_state_that_is_not_changed(engine: str) -> None:
    net = cr.Network([2, 4, 3], output="softmax", normalization="batch_norm", dtype="float32", seed=0)
    first = net.fit(X, Y, "categorical_cross_entropy", optimizer="adam", epochs=2, batch_size=8, engine=engine)
    state = {name: np.copy(value) for name, value in first.optimizer_state.items()}
    assert state["t"] == 8
    assert state["first_moment"].dtype == np.float32
    given = first.optimizer_state
    again = net.fit(X, Y, "categorical_cross_entropy", optimizer="adam", epochs=1, optimizer_state=given, engine=engine)
    assert again.optimizer_state["t"] == 9
    for name, value in state.items():
        assert np.array_equal(given[name], value)


def test_many_samples_in_blocks() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 30))
    y = (X[:, :1] > 0).astype(float)
    nets = [cr.Network([30, 60, 1], seed=0) for _ in range(2)]
    nets[0].fit(X, y, optimizer="adam", epochs=4, engine="compiled")
    first = nets[1].fit(X, y, optimizer="adam", epochs=2, engine="compiled")
    nets[1].fit(X, y, optimizer="adam", epochs=2, engine="compiled", optimizer_state=first.optimizer_state)
    assert nets[0].parameters.tobytes() == nets[1].parameters.tobytes()


def test_states_that_do_not_fit_are_named() -> None:
    net = cr.Network([2, 3, 1], seed=0)
    X, y = cr.datasets.xor()
    state = net.fit(X, y, optimizer="adam", epochs=2).optimizer_state
    with pytest.raises(ValueError, match=r"SGD.* keeps t, velocity; pass"):
        net.fit(X, y, optimizer="sgd", epochs=1, optimizer_state=state)
    with pytest.raises(ValueError, match=r"first_moment has shape \(13,\) but the parameters have \(17,\)"):
        cr.Network([2, 4, 1]).fit(X, y, optimizer="adam", epochs=1, optimizer_state=state)
    with pytest.raises(TypeError, match="state must be what init or the last step gave"):
        net.fit(X, y, optimizer="adam", epochs=1, optimizer_state=3)  # type: ignore[arg-type]
