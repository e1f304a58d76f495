"""A network without a hidden layer is a convex problem: it reaches the optimum that scikit-learn finds otherwise."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import datasets
from sklearn.linear_model import LogisticRegression, Ridge

import chainrule as cr
from chainrule.arrays import Array

C, ALPHA = 1.0, 3.0  # scikit-learn's strengths of the penalty
MOMENTUM = cr.SGD(0.5, momentum=0.9)


def standardized(load: Callable[..., Any]) -> tuple[Array, Array]:
    X, y = load(return_X_y=True)
    return (X - X.mean(axis=0)) / X.std(axis=0), y


def trained(X: Array, y: Array, net: cr.Network, loss: str, l2: float, optimizer: Any, engine: str) -> cr.Network:
    epochs = 2000 if isinstance(optimizer, cr.LBFGS) else 30_000
    net.fit(X, y, loss, optimizer=optimizer, epochs=epochs, l2=l2, engine=engine, verbose=0)
    return net


OPTIMIZERS = {"L-BFGS": (cr.LBFGS(gradient_tolerance=1e-10), "numpy"), "momentum": (MOMENTUM, "compiled")}


@pytest.mark.parametrize("how", OPTIMIZERS)
@pytest.mark.parametrize("load", [datasets.load_iris, datasets.load_wine], ids=["iris", "wine"])
def test_several_classes(load: Callable[..., Any], how: str) -> None:
    X, y = standardized(load)
    theirs = LogisticRegression(C=C, solver="newton-cg", tol=1e-12, max_iter=10_000).fit(X, y)
    net = cr.Network([X.shape[1], 3], output="softmax", seed=0)
    net = trained(X, y, net, "categorical_cross_entropy", 1 / (C * len(X)), *OPTIMIZERS[how])
    np.testing.assert_allclose(net.weights[0].T, theirs.coef_, atol=1e-6)
    bias = net.biases[0] - net.biases[0].mean()  # the same number more for every class changes nothing
    np.testing.assert_allclose(bias, theirs.intercept_ - theirs.intercept_.mean(), atol=1e-6)
    np.testing.assert_allclose(net.predict(X), theirs.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("how", OPTIMIZERS)
def test_two_classes(how: str) -> None:
    X, y = standardized(datasets.load_breast_cancer)
    theirs = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-12, max_iter=10_000).fit(X, y)
    net = cr.Network([X.shape[1], 1], seed=0)
    net = trained(X, y, net, "binary_cross_entropy", 1 / (C * len(X)), *OPTIMIZERS[how])
    np.testing.assert_allclose(net.weights[0].T, theirs.coef_, atol=1e-6)
    np.testing.assert_allclose(net.biases[0], theirs.intercept_, atol=1e-6)


@pytest.mark.parametrize("how", ["L-BFGS", "momentum"])
def test_a_regression(how: str) -> None:
    X, y = standardized(datasets.load_diabetes)
    y = (y - y.mean()) / y.std()
    theirs = Ridge(alpha=ALPHA, solver="cholesky").fit(X, y)
    optimizer, engine = OPTIMIZERS[how]
    if how == "momentum":
        optimizer = cr.SGD(0.05, momentum=0.9)
    net = cr.Network([X.shape[1], 1], output="identity", seed=0)
    net = trained(X, y, net, "half_squared_error", ALPHA / len(X), optimizer, engine)
    np.testing.assert_allclose(net.weights[0].ravel(), theirs.coef_, atol=1e-6)
    np.testing.assert_allclose(net.biases[0], theirs.intercept_, atol=1e-6)


def test_weights_of_classes_too() -> None:
    X, y = standardized(datasets.load_breast_cancer)
    theirs = LogisticRegression(C=C, class_weight={0: 3.0, 1: 1.0}, solver="newton-cholesky", tol=1e-12).fit(X, y)
    total = np.where(y == 0, 3.0, 1.0).sum()
    net = cr.Network([X.shape[1], 1], seed=0)
    net.fit(
        X, y, optimizer=cr.LBFGS(gradient_tolerance=1e-10), epochs=2000, l2=1 / (C * total), class_weight={0: 3, 1: 1}
    )
    np.testing.assert_allclose(net.weights[0].T, theirs.coef_, atol=1e-6)
    with pytest.raises(AssertionError):  # and no other penalty's
        np.testing.assert_allclose(net.weights[0].T, LogisticRegression(C=1.01 * C).fit(X, y).coef_, atol=1e-6)
