"""Callbacks: when they wake, what they are told, how they stop a run, and that they change no bit of it."""

import re
from typing import Any

import pytest

import chainrule as cr
from chainrule.training.callbacks import Logs

X, Y = cr.datasets.xor()


class Diary(cr.Callback):
    """Notes every call."""

    def __init__(self, every: int = 1, stop_at: int | None = None, pages: list[Any] | None = None) -> None:
        self.every, self.stop_at, self.pages = every, stop_at, [] if pages is None else pages

    def on_train_begin(self) -> None:
        self.pages.append("begin")

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        self.pages.append((epoch, dict(logs)))
        if epoch == self.stop_at:
            self.stop()

    def on_train_end(self) -> None:
        self.pages.append("end")

    @property
    def epochs(self) -> list[int]:
        return [page[0] for page in self.pages if isinstance(page, tuple)]


def fit(*callbacks: Any, net: cr.Network | None = None, **arguments: Any) -> cr.History:
    return (net or cr.Network([2, 3, 1], seed=0)).fit(
        X, Y, optimizer=cr.SGD(0.3, momentum=0.9), **{"epochs": 20, **arguments}, callbacks=callbacks
    )


def test_a_callback_is_told_the_history_as_it_grows() -> None:
    diary = Diary()
    history = fit(diary, validation_data=(X[:5], Y[:5]))
    assert (diary.pages[0], diary.pages[-1]) == ("begin", "end")
    assert diary.pages[1:-1] == [
        (epoch, {"loss": history.loss[epoch], "val_loss": history.history["val_loss"][epoch]}) for epoch in range(20)
    ]


def test_without_validation_data_there_is_no_val_loss() -> None:
    diary = Diary()
    fit(diary)
    assert [set(page[1]) for page in diary.pages[1:-1]] == [{"loss"}] * 20


@pytest.mark.parametrize("batch_size", [None, 4])
def test_every(batch_size: int | None) -> None:
    diary, other = Diary(every=7), Diary(every=5)
    fit(diary, other, batch_size=batch_size)
    assert diary.epochs == [0, 7, 14, 19]
    assert other.epochs == [0, 5, 10, 15, 19]


def test_callbacks_are_called_in_their_order() -> None:
    pages: list[Any] = []
    fit(Diary(pages=pages), lambda epoch, logs: pages.append("function"), epochs=2)
    assert [page if isinstance(page, str) else page[0] for page in pages] == [
        "begin",
        0,
        "function",
        1,
        "function",
        "end",
    ]


def test_the_parameters_that_a_callback_sees_are_those_after_the_epoch() -> None:
    seen: list[bytes] = []
    net, twin = cr.Network([2, 3, 1], seed=0), cr.Network([2, 3, 1], seed=0)
    fit(lambda epoch, logs: seen.append(net.parameters.tobytes()), net=net, epochs=5)
    for epochs in range(1, 6):
        twin = cr.Network([2, 3, 1], seed=0)
        fit(net=twin, epochs=epochs)
        assert seen[epochs - 1] == twin.parameters.tobytes()


def test_a_callback_knows_the_network() -> None:
    diary, net = Diary(), cr.Network([2, 3, 1], seed=0)
    fit(diary, net=net)
    assert diary.model is net


@pytest.mark.parametrize("batch_size", [None, 4])
def test_stop_ends_the_run_after_its_epoch(batch_size: int | None) -> None:
    diary, after = Diary(stop_at=6), Diary(every=3)
    history = fit(diary, after, batch_size=batch_size)
    assert history.stopped_by == "callback"
    assert history.epoch == diary.epochs == list(range(7))
    assert diary.pages[-1] == after.pages[-1] == "end"
    assert after.epochs == [0, 3, 6]


def test_a_stopped_callback_can_watch_another_run() -> None:
    diary = Diary(stop_at=6)
    fit(diary)
    diary.stop_at = None
    assert len(fit(diary).loss) == 20


def test_stop_in_the_last_epoch_stops_nothing() -> None:
    assert fit(Diary(stop_at=19)).stopped_by is None


@pytest.mark.parametrize("batch_size", [None, 4])
def test_callbacks_change_no_bit(batch_size: int | None) -> None:
    nets = [cr.Network([2, 3, 1], seed=0) for _ in range(2)]
    watched = fit(Diary(), Diary(every=3), net=nets[0], batch_size=batch_size, validation_data=(X, Y), epochs=200)
    alone = fit(net=nets[1], batch_size=batch_size, epochs=200)
    assert watched.loss == alone.loss
    assert nets[0].parameters.tobytes() == nets[1].parameters.tobytes()


def test_an_error_in_a_callback_reaches_the_caller() -> None:
    def fail(epoch: int, logs: Logs) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        fit(fail)


def test_print_loss_prints_in_the_reports_form(capsys: pytest.CaptureFixture[str]) -> None:
    history = fit(cr.PrintLoss(every=6))
    assert capsys.readouterr().out.splitlines() == [f"epoch {epoch}: {history.loss[epoch]}" for epoch in (0, 6, 12, 18)]
    history = fit(verbose=2, epochs=2, validation_data=(X, Y))
    values = zip(history.loss, history.history["val_loss"], strict=True)
    assert capsys.readouterr().out.splitlines() == [f"epoch {i}: {a}, val_loss {b}" for i, (a, b) in enumerate(values)]


class Never(cr.Callback):
    every = 0


@pytest.mark.parametrize(
    ("callbacks", "error", "message"),
    [
        ([3], TypeError, "a callback must be a chainrule.Callback or a function of (epoch, logs), got 3"),
        ([None], TypeError, "a function of (epoch, logs), got None"),
        (["print"], TypeError, "a function of (epoch, logs), got 'print'"),
        ([cr.PrintLoss], TypeError, "a function of (epoch, logs), got <class"),
        (cr.PrintLoss(), TypeError, "callbacks must be a list of callbacks, got <chainrule"),
        (
            print,
            TypeError,
            "callbacks must be a list of callbacks, got <built-in function print>; pass callbacks=[...]",
        ),
        (None, TypeError, "callbacks must be a list of callbacks, got None"),
        ([Never()], ValueError, "Never.every must be a whole number of at least 1, got 0"),
    ],
)
def test_what_is_no_callback_is_refused(callbacks: Any, error: type[Exception], message: str) -> None:
    net = cr.Network([2, 3, 1], seed=0)
    before = net.parameters.tobytes()
    with pytest.raises(error, match=re.escape(message)):
        net.fit(X, Y, callbacks=callbacks)
    assert net.parameters.tobytes() == before


@pytest.mark.parametrize("every", [0, -1, 1.5, True])
def test_print_loss_wants_a_count(every: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=f"every must be a whole number.* got {every}"):
        cr.PrintLoss(every)
