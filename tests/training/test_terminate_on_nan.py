"""TerminateOnNaN: a run that diverges ends quietly, with parameters that are known to give a finite loss."""

import math
from typing import Any

import numpy as np
import pytest

import chainrule as cr

X, Y = cr.datasets.xor()


def net_and_fit(*callbacks: Any, rate: float = 1e3, **arguments: Any) -> tuple[cr.Network, cr.History]:
    net = cr.Network([2, 3, 1], hidden="identity", output="identity", seed=0)
    arguments = {"epochs": 1000, "optimizer": cr.SGD(rate), **arguments}
    return net, net.fit(X, 3 * Y, "mean_squared_error", callbacks=callbacks, **arguments)


@pytest.mark.parametrize("batch_size", [None, 5])
@pytest.mark.parametrize("rate", [10.0, 1e3])
@pytest.mark.parametrize("engine", ["numpy", "compiled", "reference"])
def test_the_parameters_are_those_before_the_last_finite_epoch(
    batch_size: int | None, rate: float, engine: str
) -> None:
    terminate = cr.TerminateOnNaN()
    more: Any = {"rate": rate, "batch_size": batch_size, "shuffle": False, "engine": engine}
    net, history = net_and_fit(terminate, **more)
    assert history.stopped_by == "callback"
    assert np.isfinite(history.loss).all()
    assert terminate.stopped_epoch == len(history.loss) == len(history.epoch)
    with pytest.raises(cr.DivergenceError) as caught:
        net_and_fit(**more)
    assert caught.value.epoch == terminate.stopped_epoch
    assert caught.value.history.loss[:-1] == history.loss
    twin = cr.Network([2, 3, 1], hidden="identity", output="identity", seed=0)
    if len(history.loss) > 1:
        twin, _ = net_and_fit(**more | {"epochs": len(history.loss) - 1})
    assert net.parameters.tobytes() == twin.parameters.tobytes()
    assert math.isfinite(net.gradients(X[: batch_size or 21], 3 * Y[: batch_size or 21], "mean_squared_error").loss)


@pytest.mark.parametrize("every", [2, 3, 7, 1000])
def test_a_copy_now_and_then(every: int) -> None:
    terminate = cr.TerminateOnNaN(every)
    net, history = net_and_fit(terminate, rate=10.0)
    kept = (len(history.loss) - 1) // every * every  # before this epoch
    twin = cr.Network([2, 3, 1], hidden="identity", output="identity", seed=0)
    if kept:
        twin, _ = net_and_fit(rate=10.0, epochs=kept)
    assert net.parameters.tobytes() == twin.parameters.tobytes()


def test_a_last_update_that_diverges() -> None:
    net, terminate = cr.Network([2, 1], output="identity", seed=0), cr.TerminateOnNaN()
    before = net.parameters.tobytes()
    history = net.fit(1e100 * X, Y, "mean_squared_error", optimizer=cr.SGD(1e300), epochs=1, callbacks=[terminate])
    assert (len(history.loss), history.stopped_by, terminate.stopped_epoch) == (1, None, 0)
    assert net.parameters.tobytes() == before


def test_running_statistics_come_back_too() -> None:
    net = cr.Network([2, 3, 1], hidden="relu", output="identity", normalization="batch_norm", seed=0)
    before = net.numbers.tobytes()
    history = net.fit(1e160 * X, Y, "mean_squared_error", epochs=5, callbacks=[cr.TerminateOnNaN()])
    assert len(history.loss) == 5  # the statistics of the batch serve the loss; the running ones overflow
    assert np.isfinite(net.numbers).all()
    assert net.numbers.tobytes() == before


def test_the_best_weights_are_restored_over_it() -> None:
    order: Any
    for order in (1, -1):
        stopping = cr.EarlyStopping("loss", patience=100, restore_best_weights=True)
        net, history = net_and_fit(*[stopping, cr.TerminateOnNaN()][::order], rate=10.0)
        assert stopping.best == min(history.loss)
        twin, _ = net_and_fit(rate=10.0, epochs=stopping.best_epoch + 1)
        assert net.parameters.tobytes() == twin.parameters.tobytes()


def test_of_a_run_that_does_not_diverge_it_changes_nothing() -> None:
    terminate = cr.TerminateOnNaN()
    net, history = net_and_fit(terminate, rate=0.01, epochs=50)
    twin, alone = net_and_fit(rate=0.01, epochs=50)
    assert (history.stopped_by, terminate.stopped_epoch, history.loss) == (None, None, alone.loss)
    assert net.parameters.tobytes() == twin.parameters.tobytes()


def test_other_callbacks_are_told_that_the_run_ends() -> None:
    told: list[str] = []
    net_and_fit(cr.TerminateOnNaN(), cr.LambdaCallback(on_train_end=lambda logs: told.append("end")))
    assert told == ["end"]


def test_the_history_has_the_learning_rate_of_its_epochs_only() -> None:
    _, history = net_and_fit(cr.TerminateOnNaN(), cr.LearningRateScheduler(lambda epoch, rate: rate))
    assert len(history.history["learning_rate"]) == len(history.loss) > 0


@pytest.mark.parametrize("every", [0, 1.5, True])
def test_every_is_a_count(every: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=f"every must be a whole number.* got {every}"):
        cr.TerminateOnNaN(every)
