"""Hooks: which are called when, what a batch is told, how they stop a run, and callbacks written for Keras."""

import re
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.training.callbacks.given import HOOKS
from chainrule.training.observers import Observers

X, Y = cr.datasets.xor()
N = len(X)


def fit(*callbacks: Any, net: cr.Network | None = None, **arguments: Any) -> cr.History:
    return (net or cr.Network([2, 3, 1], seed=0)).fit(
        X, Y, **{"epochs": 3, "optimizer": cr.SGD(0.3, momentum=0.9), **arguments}, callbacks=callbacks
    )


class Told:
    """Notes every call, as a class for Keras does; it is no Callback."""

    model: Any

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def set_params(self, params: Any) -> None:
        self.params = params

    def set_model(self, model: Any) -> None:
        self.model = model

    def on_train_begin(self, logs: Any = None) -> None:
        self.calls.append("train")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.calls.append(f"epoch {epoch}")

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.calls.append(f"batch {batch}")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.calls.append(f"/batch {batch}")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.calls.append(f"/epoch {epoch}")

    def on_train_end(self, logs: Any = None) -> None:
        self.calls.append("/train")


def in_order(epochs: int, batches: int) -> list[str]:
    calls = ["train"]
    for epoch in range(epochs):
        calls.append(f"epoch {epoch}")
        for batch in range(batches):
            calls += [f"batch {batch}", f"/batch {batch}"]
        calls.append(f"/epoch {epoch}")
    return [*calls, "/train"]


@pytest.mark.parametrize("batch_size", [None, 10])
@pytest.mark.parametrize("engine", ["numpy", "compiled", "reference"])
def test_a_callback_written_for_keras_is_called_at_every_hook(batch_size: int | None, engine: str) -> None:
    told, net = Told(), cr.Network([2, 3, 1], seed=0)
    fit(told, net=net, batch_size=batch_size, engine=engine)
    assert told.calls == in_order(3, 3 if batch_size else 1)
    assert told.model is net
    assert told.params == {"epochs": 3, "steps": 3 if batch_size else 1, "verbose": "auto"}


def test_so_is_one_that_has_no_setters() -> None:
    class Watch:
        model: Any = None
        params: Any = None
        seen = -1

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.seen = epoch

    watch, net = Watch(), cr.Network([2, 3, 1], seed=0)
    fit(watch, net=net)
    assert (watch.model, watch.seen, watch.params["epochs"]) == (net, 2, 3)


def test_hooks_of_keras_own_base_class_are_not_paid_for() -> None:
    def default(method: Any) -> Any:  # as keras.src.utils.python_utils marks what does nothing
        method._is_default = True
        return method

    class TheirBase:
        @default
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            raise AssertionError

        @default
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            raise AssertionError

    class Theirs(TheirBase):
        epochs = 0

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.epochs += 1

    theirs = Theirs()
    fit(theirs, epochs=5)
    assert theirs.epochs == 5
    with pytest.raises(TypeError, match="a callback must be"):
        fit(TheirBase())


@pytest.mark.parametrize("batch_size", [None, 10])
def test_one_who_looks_at_every_step_changes_no_bit(batch_size: int | None) -> None:
    nets = [cr.Network([2, 3, 1], seed=0, dropout=0.2) for _ in range(2)]
    watched = fit(Told(), net=nets[0], batch_size=batch_size, epochs=50)
    alone = fit(net=nets[1], batch_size=batch_size, epochs=50)
    assert watched.loss == alone.loss
    assert nets[0].parameters.tobytes() == nets[1].parameters.tobytes()


def test_batch_hooks_with_lbfgs() -> None:
    told = Told()
    nets = [cr.Network([2, 3, 1], seed=0) for _ in range(2)]
    watched = fit(told, net=nets[0], optimizer="lbfgs")
    assert told.calls == in_order(3, 1)
    assert watched.loss == fit(net=nets[1], optimizer="lbfgs").loss
    assert nets[0].parameters.tobytes() == nets[1].parameters.tobytes()


def test_a_batch_is_told_the_loss_of_the_epoch_so_far() -> None:
    """As Keras tells it; from the loss of each batch at the parameters that the batch begins with."""
    net, batches, told = cr.Network([2, 3, 1], seed=0), [slice(0, 8), slice(8, 16), slice(16, N)], []
    losses: list[float] = []

    def begin(batch: int, logs: Any) -> None:
        assert logs == {}
        losses.append(net.gradients(X[batches[batch]], Y[batches[batch]]).loss)

    watch = cr.LambdaCallback(on_train_batch_begin=begin, on_train_batch_end=lambda batch, logs: told.append(logs))
    history = fit(watch, net=net, batch_size=8, shuffle=False, epochs=1)
    sizes = np.array([8, 8, N - 16])
    expected = np.cumsum(losses * sizes) / np.cumsum(sizes)
    np.testing.assert_allclose([logs["loss"] for logs in told], expected, rtol=1e-12)
    np.testing.assert_allclose(told[-1]["loss"], history.loss[0], rtol=1e-15)


class Every(cr.Callback):
    def __init__(self, every: int, first: int) -> None:
        self.every, self.first, self.begun, self.batches = every, first, [], []  # type: ignore[var-annotated]

    def on_epoch_begin(self, epoch: int, logs: Any) -> None:
        self.begun.append(epoch)

    def on_train_batch_begin(self, batch: int, logs: Any) -> None:
        self.batches.append((self.begun[-1], batch))


@pytest.mark.parametrize(
    ("every", "first", "epochs"), [(7, 0, [0, 7, 14, 19]), (5, 4, [4, 9, 14, 19]), (50, 0, [0, 19]), (50, 49, [19])]
)
@pytest.mark.parametrize("batch_size", [None, 11])
def test_every_and_first(every: int, first: int, epochs: list[int], batch_size: int | None) -> None:
    watch = Every(every, first)
    fit(watch, epochs=20, batch_size=batch_size)
    assert watch.begun == epochs
    assert watch.batches == [(epoch, batch) for epoch in epochs for batch in range(2 if batch_size else 1)]


@pytest.mark.parametrize(("epoch", "due"), [(0, 6), (6, 6), (7, 13), (90, 90), (97, 97), (98, 98), (99, 99)])
def test_blocks_end_before_an_epoch_whose_beginning_is_watched(epoch: int, due: int) -> None:
    assert Observers([Every(7, 0)], 100).next_due(epoch, every_epoch=False) == due


@pytest.mark.parametrize(
    ("hook", "when", "steps"),
    [
        ("on_train_begin", None, 0),
        ("on_epoch_begin", 2, 6),
        ("on_train_batch_begin", 1, 2),
        ("on_train_batch_end", 1, 2),
        ("on_epoch_end", 2, 9),
    ],
)
@pytest.mark.parametrize("way", ["stop", "stop_training"])
def test_stopping_at_each_hook(hook: str, when: int | None, steps: int, way: str) -> None:
    class Stop(cr.Callback):
        pass

    def stop(self: cr.Callback, number: int | None = None, logs: Any = None) -> None:
        if number == when:
            if way == "stop":
                self.stop()
            else:
                self.model.stop_training = True

    setattr(Stop, hook, stop)
    taken: list[int] = []
    net, twin = cr.Network([2, 3, 1], seed=0), cr.Network([2, 3, 1], seed=0)
    counter = cr.LambdaCallback(on_train_batch_end=lambda batch, logs: taken.append(batch))
    history = fit(Stop(), counter, net=net, batch_size=10, epochs=50)
    assert (len(taken), len(history.loss), history.stopped_by) == (steps, steps // 3, "callback")
    if steps % 3 == 0 and steps:
        fit(net=twin, batch_size=10, epochs=steps // 3)
    if steps % 3 == 0:
        assert net.parameters.tobytes() == twin.parameters.tobytes()
    if way == "stop_training":  # holds for one run
        assert fit(net=net).stopped_by is None


@pytest.mark.parametrize("hook", HOOKS)
def test_an_error_in_any_hook_reaches_the_caller_and_the_network_stays_as_it_is(hook: str) -> None:
    class Exits(cr.Callback):
        errors: list[Any] = []

        def on_exit(self, error: BaseException | None) -> None:
            self.errors.append(error)

    class Fails(cr.Callback):
        pass

    seen: list[bytes] = []

    def fail(self: cr.Callback, *arguments: Any) -> None:
        seen.append(self.model.parameters.tobytes())
        raise LookupError("mine")

    setattr(Fails, hook, fail)
    net, exits = cr.Network([2, 3, 1], seed=0), Exits()
    exits.errors = []
    with pytest.raises(LookupError, match="mine") as caught:
        fit(Fails(), exits, net=net)
    assert net.parameters.tobytes() == seen[0]
    assert exits.errors == [caught.value]  # told though another failed, and before it was begun too


def test_on_exit_is_called_once_without_an_error() -> None:
    exits: list[Any] = []

    class Exits(cr.Callback):
        def on_exit(self, error: BaseException | None) -> None:
            exits.append(error)

    fit(Exits(), Exits())
    assert exits == [None, None]


def test_lambda_callback_calls_what_it_is_given() -> None:
    calls: list[Any] = []
    named = {
        hook: (lambda *a, hook=hook: calls.append((hook, *a[:-1], set(a[-1]))))
        for hook in ("on_train_begin", "on_epoch_begin", "on_epoch_end", "on_train_end")
    }
    fit(cr.LambdaCallback(**named), epochs=2)
    epochs = [(hook, n, logs) for n in (0, 1) for hook, logs in (("on_epoch_begin", set()), ("on_epoch_end", {"loss"}))]
    assert calls == [("on_train_begin", set()), *epochs, ("on_train_end", set())]


def test_lambda_callback_costs_only_what_it_is_given() -> None:
    observers = Observers([cr.LambdaCallback(on_train_begin=print)], 100)
    assert (observers.at_begin, observers.at_end, observers.at_batches) == ([], [], [])
    assert Observers([cr.LambdaCallback(on_epoch_begin=print)], 100).at_begin


@pytest.mark.parametrize("hook", HOOKS)
def test_lambda_callback_wants_functions(hook: str) -> None:
    with pytest.raises(TypeError, match=f"{hook} must be a function, got 3"):
        cr.LambdaCallback(**{hook: 3})  # type: ignore[arg-type]


def test_a_first_below_0_is_refused() -> None:
    with pytest.raises(ValueError, match=re.escape("Every.first must be a whole number of at least 0, got -1")):
        fit(Every(1, -1))
