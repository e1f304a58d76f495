"""The report's own listing runs, unchanged, and gives what the package gives."""

from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

import chainrule as cr
from chainrule import report

# Section 3 of the report, line by line; only the reading machine's line numbers and its "Ir" for "lr" are undone.
LISTING = """
X, y = generate_XOR_easy()
X, y = shuffle(X, y)
m = Model()
m.add_layer((2, 3))
m.add_layer((3, 3))
m.add_layer((3, 1))
loss = m.train(X, y, lr, batch_size=21, iteration=100000)
pred_y, pred_y_raw = m.predict(X)
print("prediction:\\n", pred_y_raw.flatten())
plot_data(X, y, pred_y)
"""


@pytest.fixture(autouse=True)
def _no_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    mpl.use("agg")
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)


@pytest.fixture(scope="module")
def listing() -> dict[str, Any]:
    """The names that the listing leaves behind."""
    mpl.use("agg")
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matplotlib.pyplot.show", lambda: None)
        exec("from chainrule.report import *\nlr = 0.3\n" + LISTING, names)
    return names


def test_listing_solves_xor(listing: dict[str, Any]) -> None:
    assert len(listing["loss"]) == 100_000
    assert listing["loss"][-1] < 1e-4
    np.testing.assert_array_equal(listing["pred_y"], listing["y"])
    np.testing.assert_array_equal(listing["pred_y"], listing["pred_y_raw"] > 0.5)
    assert listing["pred_y"].shape == listing["pred_y_raw"].shape == (21, 1)


def test_listing_trains_as_the_package_does(listing: dict[str, Any]) -> None:
    net = cr.Network([2, 3, 3, 1], seed=0)
    history = net.fit(listing["X"], listing["y"], optimizer=cr.SGD(0.3, momentum=0.5), epochs=500)
    assert history.loss == listing["loss"][:500]


def test_train_prints_every_5000th_loss(capsys: pytest.CaptureFixture[str]) -> None:
    m = report.Model()
    m.add_layer((2, 1))
    loss = m.train(*report.generate_XOR_easy(), 0.3, iteration=10_001)
    assert capsys.readouterr().out == "".join(f"epoch {epoch}: {loss[epoch]}\n" for epoch in (0, 5000, 10_000))


def test_plot_data_shows_truth_beside_prediction() -> None:
    X, y = report.generate_linear()
    made = report.plot_data(X, y, 1 - y)
    truth, predicted = made.axes
    assert (truth.get_title(), predicted.get_title()) == ("ground truth", "predict")
    for label in (0, 1):
        shown = truth.collections[label].get_offsets()
        np.testing.assert_array_equal(shown, X[y[:, 0] == label])
        np.testing.assert_array_equal(shown, predicted.collections[1 - label].get_offsets())


def test_shuffle_keeps_pairs_together() -> None:
    X, y = report.generate_linear()
    shuffled_X, shuffled_y = report.shuffle(X, y, seed=3)
    assert sorted(map(tuple, np.hstack([X, y]))) == sorted(map(tuple, np.hstack([shuffled_X, shuffled_y])))
    assert not np.array_equal(X, shuffled_X)


def test_layers_must_fit() -> None:
    m = report.Model()
    with pytest.raises(ValueError, match=r"no layers; add_layer\(\(2, 3\)\)"):
        m.predict([[0, 0]])
    m.add_layer((2, 3))
    with pytest.raises(ValueError, match=r"takes 2 units but the one before it has 3; add \(3, 1\)"):
        m.add_layer((2, 1))
    with pytest.raises(ValueError, match="a layer's size must be a whole number of at least 1, got 0"):
        m.add_layer((3, 0))
    m.predict([[0, 0]])
    with pytest.raises(ValueError, match="make a new Model"):
        m.add_layer((3, 1))
