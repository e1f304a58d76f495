"""What scikit-learn's own perceptrons do not have."""

import signal
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import log_loss

import chainrule as cr
from chainrule.formulas.losses import Loss
from chainrule.sklearn import MLPClassifier, MLPRegressor
from tests.sklearn import data

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def classifier(**settings: Any) -> Any:
    return MLPClassifier(**{"hidden_layer_sizes": (6,), "max_iter": 20, "random_state": 0, **settings})


def regressor(**settings: Any) -> Any:
    return MLPRegressor(**{"hidden_layer_sizes": (6,), "max_iter": 20, "random_state": 0, **settings})


def test_an_activation_for_each_layer_normalization_dropout_and_an_initializer() -> None:
    X, y = data.multiclass()
    model = classifier(
        hidden_layer_sizes=(8, 4),
        activation=["logistic", cr.activations.get("elu", alpha=0.5)],
        normalization=["batch_norm", None],
        dropout=[0.1, 0.0],
        initializer="orthogonal",
        solver="rmsprop",
        learning_rate_init=0.01,
        max_iter=100,
    ).fit(X, y)
    assert repr(model.network_).startswith("Network(4-8-4-3, batch_norm sigmoid dropout(0.1), elu, softmax")
    assert model.score(X, y) > 0.9
    again = classifier(**{k: v for k, v in model.get_params().items() if k != "class_weight"}).fit(X, y)
    assert (again.network_.parameters == model.network_.parameters).all()


def test_layers_beside_a_sigmoid_begin_smaller() -> None:
    X, y = data.multiclass()
    model = classifier(
        hidden_layer_sizes=(200, 200), activation=["relu", "logistic"], solver="sgd", max_iter=1, alpha=0
    )
    model.set_params(learning_rate_init=1e-12).fit(X, y)
    bounds = [np.abs(W).max() for W in model.coefs_]
    np.testing.assert_allclose(bounds, [(6 / 204) ** 0.5, (2 / 400) ** 0.5, (2 / 203) ** 0.5], rtol=0.01)


def test_losses_of_every_kind() -> None:
    X, y = data.binary()
    squared = classifier(loss="mean_squared_error", max_iter=200, learning_rate_init=0.05).fit(X, y)
    assert squared.score(X, y) == 1
    assert squared.out_activation_ == "logistic"
    hinge = classifier(loss="hinge", max_iter=200, learning_rate_init=0.05).fit(X, y)
    assert hinge.score(X, y) == 1
    assert hinge.out_activation_ == "identity"
    assert not hasattr(hinge, "predict_proba")
    assert [hinge.predict(row[None])[0] for row in X] == hinge.predict(X).tolist()
    Z, targets = data.numbers()
    counts = np.random.default_rng(0).poisson(np.exp(targets))
    poisson = regressor(loss="poisson", learning_rate_init=0.02, max_iter=200).fit(Z, counts)
    assert poisson.predict(Z).min() > 0
    assert poisson.loss_ < poisson.loss_curve_[0]
    by_name, by_object = (regressor(loss=loss).fit(Z, targets) for loss in ("huber", cr.losses.get("huber")))
    assert (by_name.predict(Z) == by_object.predict(Z)).all()


def test_hinge_of_three_classes_goes_by_the_largest_score() -> None:
    X, y = data.multiclass()
    model = classifier(loss="hinge", max_iter=200, learning_rate_init=0.05).fit(X, y)
    assert (model.predict(X) == model.network_.predict(X).argmax(axis=1)).all()
    assert model.score(X, y) > 0.9


def test_a_loss_class_of_ones_own() -> None:
    class Fourth(Loss, abstract=True):
        """(a − y)⁴ / 4."""

        name = "fourth"

        @staticmethod
        def value(a: Any, y: Any) -> Any:
            return (a - y) * (a - y) * (a - y) * (a - y) / 4

        @staticmethod
        def slope(a: Any, y: Any) -> Any:
            return (a - y) * (a - y) * (a - y)

    X, y = data.numbers()
    model = regressor(loss=Fourth, solver=cr.Adam(cr.schedules.CosineDecay(0.02)), max_iter=100).fit(X, y)
    assert model.loss_ < 0.5 * model.loss_curve_[0]


def test_a_schedule_in_learning_rate() -> None:
    X, y = data.numbers()
    still = regressor(solver="sgd", learning_rate=lambda step: 0.1 if step == 0 else 0.0, momentum=0.0).fit(X, y)
    assert len(set(still.loss_curve_[1:])) == 1 < len(set(still.loss_curve_))


def test_a_validation_set_of_ones_own_and_its_loss() -> None:
    X, y = data.multiclass()
    model = classifier(alpha=0, tol=0).fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
    assert len(model.validation_loss_curve_) == len(model.loss_curve_) == 20
    assert model.validation_loss_curve_[-1] == pytest.approx(log_loss(y[1::2], model.predict_proba(X[1::2])), rel=1e-9)
    assert model.validation_scores_ is None
    scored = classifier(early_stopping=True).fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
    assert scored.best_validation_score_ == scored.score(X[1::2], y[1::2])
    assert classifier().fit(X, y).validation_loss_curve_ is None


def test_callbacks() -> None:
    X, y = data.multiclass()
    seen: list[int] = []

    class Third(cr.Callback):
        def on_epoch_end(self, epoch: int, logs: Any) -> None:
            if epoch == 2:
                self.stop()

    model = classifier(callbacks=[Third(), lambda epoch, logs: seen.append(epoch)]).fit(X, y)
    assert (seen, model.n_iter_, model.history_.stopped_by) == ([0, 1, 2], 3, "callback")


@pytest.mark.parametrize("when", ["before the first epoch", "later"])
def test_ctrl_c_keeps_what_was_trained(when: str) -> None:
    class Interrupt(cr.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any) -> None:
            if epoch == (0 if when == "before the first epoch" else 3):
                signal.raise_signal(signal.SIGINT)

    X, y = data.multiclass()
    model = classifier(callbacks=[Interrupt()], early_stopping=True, batch_size=10)
    with pytest.warns(UserWarning, match="interrupted by user"):
        model.fit(X, y, X_val=X, y_val=y)
    assert model.n_iter_ == len(model.loss_curve_) == len(model.validation_loss_curve_) < 5
    assert model.predict(X).shape == (150,)


def test_scikit_learns_callbacks() -> None:
    pytest.importorskip("sklearn.callback", reason="scikit-learn 1.9 has them")
    X, y = data.multiclass()
    calls: list[Any] = []

    class Watch:
        def setup(self, estimator: Any, context: Any) -> None:
            calls.append("setup")

        def teardown(self, estimator: Any, context: Any) -> None:
            calls.append("teardown")

        def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
            calls.append(("begin", context.task_name))

        def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any = None, X: Any = None) -> bool:
            if context.task_name == "epoch" and fitted_estimator is not None:
                calls.append(("end", round(fitted_estimator.score(X, y), 2)))
                return len([call for call in calls if call[0] == "end"]) == 3
            return False

    model = classifier().set_callbacks(Watch()).fit(X, y)
    assert (calls[:3], calls[-1]) == (["setup", ("begin", "fit"), ("begin", "epoch")], "teardown")
    assert model.n_iter_ == 3
    assert ("end", round(model.score(X, y), 2)) == calls[-2]


@pytest.mark.parametrize("load", [data.binary, data.multiclass, data.multilabel])
def test_transform_gradients_and_derivation(load: Any) -> None:
    X, y = load()
    model = classifier(hidden_layer_sizes=(5, 4), activation="tanh").fit(X, y)
    first, last = model.transform(X, layer=1), model.transform(X)
    np.testing.assert_allclose(first, np.tanh(X @ model.coefs_[0] + model.intercepts_[0]), rtol=1e-12)
    np.testing.assert_allclose(last, np.tanh(first @ model.coefs_[1] + model.intercepts_[1]), rtol=1e-12)
    assert model.gradients(X, y).loss == pytest.approx(
        cr.losses.get(model._loss)(last @ model.coefs_[2] + model.intercepts_[2], model.targets(y, first=False))
    )
    assert model.derive(X[:2], y[:2]).proof.ok
    assert model.derive(X[:1], notation="standard").steps[0].key == "z1"


def test_the_derived_step_is_the_one_that_the_fit_takes() -> None:
    X, y = data.multiclass()
    model = classifier(solver="sgd", alpha=0.7, momentum=0.0, learning_rate_init=0.05).partial_fit(
        X, y, classes=np.unique(y)
    )
    page = model.derive(X[:20], y[:20])
    without = model.derive(X[:20], y[:20], l2=0.0)
    model.partial_fit(X[:20], y[:20])
    np.testing.assert_allclose(page.trace.updated, model.network_.parameters, rtol=1e-12)
    assert np.abs(without.trace.updated - page.trace.updated).max() > 1e-4


def test_a_long_step_along_the_gradient_lowers_the_loss_as_it_says() -> None:
    X, y = data.several_numbers()
    model = regressor().fit(X, y)
    before = model.gradients(X, y)
    model.coefs_[0][...] -= 1e-6 * before.weights[0]
    fallen = before.loss - model.gradients(X, y).loss
    assert fallen == pytest.approx(1e-6 * (before.weights[0] ** 2).sum(), rel=1e-3)


def test_labels_of_several_columns_and_strings() -> None:
    X, y = data.multilabel()
    model = classifier(solver="lbfgs", hidden_layer_sizes=(30,), max_iter=300).fit(X, y)
    assert model.predict(X).shape == y.shape
    assert model.score(X, y) > 0.8
    assert model.predict_proba(X).shape == y.shape
    words = np.array(["setosa", "versicolor", "virginica"])
    X, y = data.multiclass()
    named = classifier().fit(X, words[y])
    assert (words[classifier().fit(X, y).predict(X)] == named.predict(X)).all()
    assert named.classes_.tolist() == words.tolist()
    np.testing.assert_allclose(np.exp(named.predict_log_proba(X)), named.predict_proba(X))


def test_the_layers_are_drawn() -> None:
    X, y = data.multiclass()
    model = classifier()
    assert "<svg" not in model._repr_html_().split("sk-top-container")[-1]
    shown = model.fit(X, y)._repr_html_()
    assert "MLPClassifier" in shown
    assert "Network(4-6-3, relu, softmax" in shown
    assert "Network(4-6-3" in model._repr_mimebundle_()["text/html"]


def test_verbose_prints_the_losses(capsys: pytest.CaptureFixture[str]) -> None:
    X, y = data.multiclass()
    classifier(max_iter=2, verbose=True, early_stopping=True).fit(X, y)
    out = capsys.readouterr().out
    assert out.startswith("Iteration 1, loss = ")
    assert out.count("Validation score: ") == 2
    classifier(max_iter=2, verbose=True, solver="lbfgs").fit(X, y)
    assert "Iteration 2, loss = " in capsys.readouterr().out


def test_a_formula_that_cannot_be_compiled_is_left_to_numpy() -> None:
    class Cube(cr.activations.Activation, abstract=True):
        """z³, by an operation that the compiled engine does not know."""

        name = "cube"

        @staticmethod
        def value(z: Any) -> Any:
            return np.cbrt(z)

        @staticmethod
        def slope(z: Any, a: Any) -> Any:
            return 1 / (3 * np.square(np.cbrt(z)))

    X, y = data.multiclass()
    model = classifier(activation=Cube()).fit(X, y)
    assert model.history_.engine == "numpy"
