"""The loop: what it records, when it looks up from its work, and how it ends before its end."""

import pickle
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import chainrule as cr
from chainrule.engines.batches import Batches
from chainrule.formulas.optimizers import Optimizer, State
from chainrule.training.history import History
from chainrule.training.loop import train
from chainrule.training.observers import Observers

X, Y = cr.datasets.xor()


def xor_net() -> cr.Network:
    return cr.Network([2, 3, 1], seed=0)


class Watch(cr.Callback):
    """Looks at the end of every so-many-th epoch."""

    def __init__(self, every: int = 1, first: int = 0) -> None:
        self.every, self.first = every, first

    def on_epoch_end(self, epoch: int, logs: Any) -> None:
        pass


class Script:
    """An engine that trains nothing: its losses are those that it is given, and it notes how long its blocks are."""

    job: Any = None

    def __init__(self, losses: Any, optimizer: Optimizer | None = None) -> None:
        self.losses, self.blocks = np.asarray(losses, dtype=np.float64), [0]
        self.optimizer = optimizer or cr.SGD(0.1)

    def run(self, steps: int) -> npt.NDArray[np.float64]:
        self.blocks.append(self.blocks[-1] + steps)
        return self.losses[self.blocks[-2] : self.blocks[-1]]

    @property
    def state(self) -> State:
        return {"t": self.blocks[-1]}


def run(engine: Script, batches: Batches, *callbacks: cr.Callback, validate: Any = None) -> cr.History:
    """The loop over all that the engine's script holds."""
    return train(
        engine,
        batches,
        epochs=len(engine.losses) // batches.steps_per_epoch,
        validate=validate,
        callbacks=callbacks,
        progress=None,
    )


def test_of_full_batches_every_loss_is_an_epochs() -> None:
    started = time.perf_counter()
    history = run(Script([3.0, 2.0, 1.0]), Batches(5, 5))
    assert 0 < history.seconds < time.perf_counter() - started
    assert history.loss == history.history["loss"] == [3.0, 2.0, 1.0]
    assert history.epoch == [0, 1, 2]
    assert list(history.history) == ["loss"]
    assert history.stopped_by is None


def test_of_mini_batches_an_epochs_loss_is_the_mean_over_its_samples() -> None:
    history = run(Script([6.0, 3.0, 1.0, 5.0, 4.0, 3.0]), Batches(5, 2))  # batches of 2, 2 and 1
    np.testing.assert_allclose(history.loss, [(2 * 6 + 2 * 3 + 1) / 5, (2 * 5 + 2 * 4 + 3) / 5], rtol=1e-15)


def test_an_epochs_loss_does_not_depend_on_where_blocks_end() -> None:
    losses = np.random.default_rng(0).random(300)
    first, second = (run(Script(losses), Batches(5, 2), *watch).loss for watch in ((), (Watch(),)))
    assert first == second


def test_val_loss_is_taken_after_every_epoch() -> None:
    engine = Script(np.ones(6))
    history = run(engine, Batches(5, 3), validate=lambda: float(engine.blocks[-1]))
    assert history.history["val_loss"] == [2.0, 4.0, 6.0]


def test_where_nobody_watches_python_seldom_wakes() -> None:
    engine = Script(np.ones(100_000))
    run(engine, Batches(5, 5))
    assert len(engine.blocks) < 1000
    watched = Script(np.ones(100))
    run(watched, Batches(5, 5), Watch())
    assert watched.blocks == list(range(101))
    unwatched = Script(np.ones(100_000))
    run(unwatched, Batches(5, 5), cr.Callback())  # it overrides nothing
    assert len(unwatched.blocks) < 1000


def test_blocks_end_where_a_callback_wakes() -> None:
    engine = Script(np.ones(2 * 100))
    run(engine, Batches(4, 2), Watch(every=30))
    assert {2 * (epoch + 1) for epoch in (0, 30, 60, 90, 99)} <= set(engine.blocks)


@pytest.mark.parametrize(
    ("epoch", "every", "due"), [(0, [7], 0), (1, [7], 7), (7, [7], 7), (8, [7, 3], 9), (99, [7], 99), (95, [50], 99)]
)
def test_next_due(epoch: int, every: list[int], due: int) -> None:
    observers = Observers([Watch(period) for period in every], 100)
    assert observers.next_due(epoch, every_epoch=False) == due


@pytest.mark.parametrize(("epoch", "due"), [(0, 4), (4, 4), (5, 14), (94, 94), (95, 99)])
def test_next_due_of_one_that_begins_later(epoch: int, due: int) -> None:
    assert Observers([Watch(10, first=4)], 100).next_due(epoch, every_epoch=False) == due


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_ends_the_run(bad: float) -> None:
    with pytest.raises(
        cr.DivergenceError, match=r"diverged in epoch 2: the loss is (nan|inf); .*0\.5.* try 0\.05"
    ) as caught:
        run(
            Script([1.0, 2.0, 3.0, 4.0, bad, 5.0, 6.0, 7.0], cr.SGD([1.0, 1.0, 1.0, 0.5, 1.0].__getitem__)),
            Batches(4, 2),
        )
    error = caught.value
    assert isinstance(error, ArithmeticError)
    assert error.epoch == 2
    assert error.history.epoch == [0, 1, 2]
    assert error.history.loss[:2] == [1.5, 3.5]
    assert not np.isfinite(error.history.loss[2])


def diverge(net: cr.Network, **arguments: Any) -> cr.DivergenceError:
    with pytest.raises(cr.DivergenceError) as caught:
        net.fit(X, 3 * Y, "mean_squared_error", optimizer=cr.SGD(1e6), **{"epochs": 1000, **arguments})
    return caught.value


@pytest.mark.parametrize("engine", ["numpy", "reference"])
@pytest.mark.parametrize("batch_size", [None, 5])
def test_divergence_leaves_the_parameters_as_they_were(batch_size: int | None, engine: str) -> None:
    net = cr.Network([2, 3, 1], hidden="identity", output="identity", seed=0)
    before = net.parameters.tobytes()
    error = diverge(net, batch_size=batch_size, validation_data=(X, Y), engine=engine)
    assert net.parameters.tobytes() == before
    assert f"diverged in epoch {error.epoch}: " in str(error)
    assert "learning_rate 1e+06 is too large for these inputs, try 100000" in str(error)
    assert error.epoch < 100
    assert (error.epoch > 0) == (batch_size is None)  # an epoch of batches holds steps enough
    assert len(error.history.loss) == error.epoch + 1
    assert np.isfinite(error.history.loss[:-1]).all()
    assert not np.isfinite(error.history.loss[-1])


def test_a_last_update_that_diverges_is_seen_though_no_loss_follows_it() -> None:
    net = cr.Network([2, 1], output="identity", seed=0)
    before = net.parameters.tobytes()
    with pytest.raises(cr.DivergenceError, match="diverged in epoch 0") as caught:
        net.fit(1e200 * X, Y, "mean_squared_error", optimizer=cr.SGD(1e200), epochs=1)
    assert net.parameters.tobytes() == before
    assert len(caught.value.history.loss) == 1


@pytest.fixture
def handler() -> Iterator[Any]:
    """The handler of Ctrl-C at the beginning of the test, put back at its end."""
    before = signal.getsignal(signal.SIGINT)
    yield before
    signal.signal(signal.SIGINT, before)


def interrupt_at(when: int, times: int = 1) -> Any:
    def callback(epoch: int, logs: Any) -> None:
        if epoch == when:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)

    return callback


def test_ctrl_c_returns_what_was_trained_so_far(handler: Any) -> None:
    net, twin = xor_net(), xor_net()
    history = net.fit(X, Y, epochs=100, callbacks=[interrupt_at(6)])
    assert history.stopped_by == "interrupt"
    assert history.epoch == list(range(7))
    assert signal.getsignal(signal.SIGINT) is handler
    assert history.loss == twin.fit(X, Y, epochs=7).loss
    assert net.parameters.tobytes() == twin.parameters.tobytes()


def test_ctrl_c_at_any_moment_of_a_run_that_nobody_watches(handler: Any) -> None:
    class Timer(cr.Callback):
        every = 10**9

        def on_train_begin(self) -> None:
            threading.Timer(0.05, signal.raise_signal, (signal.SIGINT,)).start()

    net, epochs = xor_net(), 2_000_000
    history = net.fit(X, Y, epochs=epochs, callbacks=[Timer()])
    assert history.stopped_by == "interrupt"
    assert 0 < len(history.loss) == len(history.epoch) < epochs
    assert np.isfinite(net.parameters).all()


def test_ctrl_c_in_the_last_epoch_interrupts_nothing(handler: Any) -> None:
    history = xor_net().fit(X, Y, epochs=3, callbacks=[interrupt_at(2)])
    assert history.stopped_by is None
    assert len(history.loss) == 3


def test_a_second_ctrl_c_is_a_keyboard_interrupt(handler: Any) -> None:
    net = xor_net()
    before = net.parameters.copy()
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, Y, epochs=100, callbacks=[interrupt_at(6, times=2)])
    assert signal.getsignal(signal.SIGINT) is handler
    assert (net.parameters != before).any()


def test_the_handler_of_ctrl_c_is_put_back_after_an_error(handler: Any) -> None:
    def fail(epoch: int, logs: Any) -> None:
        assert signal.getsignal(signal.SIGINT) is not handler
        raise LookupError

    with pytest.raises(LookupError):
        xor_net().fit(X, Y, epochs=3, callbacks=[fail])
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_process_that_ignores_ctrl_c_goes_on_ignoring_it(handler: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    history = xor_net().fit(X, Y, epochs=20, callbacks=[interrupt_at(6, times=2)])
    assert (history.stopped_by, len(history.loss)) == (None, 20)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_fit_works_in_another_thread(handler: Any) -> None:
    net, twin, histories = xor_net(), xor_net(), []
    thread = threading.Thread(target=lambda: histories.append(net.fit(X, Y, epochs=20)))
    thread.start()
    thread.join()
    assert histories[0].loss == twin.fit(X, Y, epochs=20).loss
    assert net.parameters.tobytes() == twin.parameters.tobytes()


def test_the_history_says_in_a_line_what_happened() -> None:
    assert repr(cr.History()) == "History(0 epochs)"
    history = cr.History([0, 1, 2], {"loss": [0.5, 0.25, 0.125], "val_loss": [1.0, 0.75, 0.5]}, 1.5, "interrupt")
    assert repr(history) == "History(3 epochs, last loss 0.125, val_loss 0.5, 1.5 s, stopped by interrupt)"


def test_a_diverged_run_without_a_whole_epoch_says_so() -> None:
    error = cr.DivergenceError(0, History(history={"loss": []}), 0.5)
    assert "diverged in epoch 0: a parameter is not finite; the learning_rate 0.5" in str(error)


def test_the_error_reaches_another_process_whole() -> None:
    error = diverge(cr.Network([2, 3, 1], hidden="identity", output="identity", seed=0))
    sent = pickle.loads(pickle.dumps(error))
    assert (str(sent), sent.epoch, repr(sent.history)) == (str(error), error.epoch, repr(error.history))
