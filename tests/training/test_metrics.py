"""Accuracy in the history: of the parameters after each epoch, and only where it is asked for."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr

X, Y = cr.datasets.xor()
HELD_OUT = X[:7], Y[:7]


def fit(net: cr.Network, loss: str = "binary_cross_entropy", **arguments: Any) -> cr.History:
    return net.fit(X, Y, loss, **{"epochs": 30, "optimizer": cr.SGD(0.5, momentum=0.9), **arguments})


@pytest.mark.parametrize("batch_size", [None, 8])
def test_accuracy_is_of_the_parameters_after_the_epoch(batch_size: int | None) -> None:
    net = cr.Network([2, 4, 1], seed=1, dropout=0.2)
    seen: list[Any] = []

    def look(epoch: int, logs: Any) -> None:
        right = (net.predict(X) > 0.5) == Y
        seen.append((right.mean(), right[:7].mean()))
        assert (logs["accuracy"], logs["val_accuracy"]) == seen[-1]

    history = fit(net, batch_size=batch_size, validation_data=HELD_OUT, metrics=("accuracy",), callbacks=[look])
    assert list(history.history) == ["loss", "val_loss", "accuracy", "val_accuracy"]
    assert list(zip(history.history["accuracy"], history.history["val_accuracy"], strict=True)) == seen
    assert len(set(history.history["accuracy"])) > 1


def test_of_classes_by_their_number() -> None:
    net, y = cr.Network([2, 4, 3], output="softmax", seed=0), np.arange(21) % 3
    history = net.fit(X, y, "categorical_cross_entropy", epochs=5, metrics=["accuracy"])
    assert history.history["accuracy"][-1] == (net.predict(X).argmax(axis=1) == y).mean()
    assert list(history.history) == ["loss", "accuracy"]


def test_it_changes_no_bit_and_is_not_there_unless_asked_for() -> None:
    nets = [cr.Network([2, 4, 1], seed=1, dropout=0.2) for _ in range(2)]
    measured, plain = fit(nets[0], metrics=["accuracy"]), fit(nets[1])
    assert measured.loss == plain.loss
    assert nets[0].parameters.tobytes() == nets[1].parameters.tobytes()
    assert list(plain.history) == ["loss"]


def test_it_can_be_monitored_and_all_of_keras_names_are_there() -> None:
    rate = cr.LearningRateScheduler(lambda epoch, rate: rate)
    stopping = cr.EarlyStopping("val_accuracy", patience=5)
    history = fit(
        cr.Network([2, 4, 1], seed=1),
        epochs=500,
        metrics=["accuracy"],
        validation_data=HELD_OUT,
        callbacks=[stopping, rate],
    )
    assert set(history.history) == {"loss", "val_loss", "accuracy", "val_accuracy", "learning_rate"}
    assert {len(values) for values in history.history.values()} == {len(history.epoch)}
    assert (history.stopped_by, stopping.best) == ("callback", max(history.history["val_accuracy"]))


def test_a_resumed_run_has_all_of_them(tmp_path: Any) -> None:
    def run(epochs: int, **more: Any) -> cr.History:
        net = cr.Network([2, 4, 1], seed=1)
        return fit(net, epochs=epochs, metrics=["accuracy"], validation_data=HELD_OUT, engine="numpy", **more)

    run(12, callbacks=[cr.Checkpoint(tmp_path)])
    resumed = run(30, callbacks=[cr.Checkpoint(tmp_path)], resume_from=tmp_path)
    assert resumed.history == run(30).history


@pytest.mark.parametrize(
    ("metrics", "error", "message"),
    [
        ("accuracy", TypeError, r"metrics must be a list of names, got 'accuracy'; pass metrics=\['accuracy'\]"),
        (None, TypeError, "metrics must be a list of names, got None"),
        ([3], TypeError, "metrics must be a list of names, got 3 in it"),
        (["acuracy"], ValueError, "unknown metric 'acuracy'; did you mean 'accuracy'"),
    ],
)
def test_what_is_no_metric_is_refused(metrics: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        fit(cr.Network([2, 4, 1], seed=1), metrics=metrics)


def test_a_loss_without_classes_has_no_accuracy() -> None:
    with pytest.raises(ValueError, match="the metric 'accuracy' needs classes, but mean_squared_error has none"):
        fit(cr.Network([2, 4, 1], seed=1), "mean_squared_error", metrics=["accuracy"])
