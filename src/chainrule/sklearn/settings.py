"""What the parameters of an estimator mean: scikit-learn's names as chainrule's activations, losses and optimizers."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, Options, StrOptions

from chainrule.engines import choose
from chainrule.formulas import losses, optimizers
from chainrule.formulas.activations import Activation
from chainrule.formulas.initializers import Initializer
from chainrule.formulas.losses import Loss
from chainrule.formulas.normalizations import Normalization
from chainrule.formulas.optimizers import LBFGS, SGD, Optimizer
from chainrule.sklearn.adam import EfficientAdam

__all__ = ["CONSTRAINTS", "LOSSES", "activation_of", "loss_of", "optimizer_of", "sizes_of", "their_name"]

CONSTRAINTS: dict[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [str, list, tuple, Activation],
    "loss": [str, Loss, type],
    "solver": [str, Optimizer],
    "alpha": [Interval(Real, 0, None, closed="left")],
    "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"}), callable],
    "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
    "power_t": [Interval(Real, 0, None, closed="left")],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "tol": [Interval(Real, 0, None, closed="left")],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "momentum": [Interval(Real, 0, 1, closed="left")],
    "nesterovs_momentum": ["boolean"],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="left")],
    "beta_1": [Interval(Real, 0, 1, closed="left")],
    "beta_2": [Interval(Real, 0, 1, closed="left")],
    "epsilon": [Interval(Real, 0, None, closed="neither")],
    "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
    "max_fun": [Interval(Integral, 1, None, closed="left")],
    "initializer": [str, Initializer],
    "normalization": [str, Normalization, list, tuple, None],
    "dropout": [Interval(Real, 0, 1, closed="left"), list, tuple],
    "callbacks": ["array-like", tuple, None],
    "engine": [StrOptions(set(choose.NAMES))],
}
"""What scikit-learn checks before a fit."""

LOSSES = {"squared_error": "half_squared_error", "absolute_error": "mean_absolute_error"}
"""Losses by scikit-learn's names."""


def sizes_of(hidden_layer_sizes: Any) -> list[int]:
    """The sizes of the hidden layers, as a list.

    Raises:
        ValueError: one is below 1.

    >>> sizes_of(5), sizes_of((3, 2))
    ([5], [3, 2])
    """
    sizes = list(hidden_layer_sizes) if np.iterable(hidden_layer_sizes) else [hidden_layer_sizes]
    if any(size <= 0 for size in sizes):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
    return sizes


def activation_of(activation: Any) -> Any:
    """Activations as `Network` takes them: scikit-learn's "logistic" is sigmoid.

    >>> activation_of(["logistic", "gelu"])
    ['sigmoid', 'gelu']
    """
    if isinstance(activation, list | tuple):
        return [activation_of(one) for one in activation]
    return "sigmoid" if activation == "logistic" else activation


def their_name(activation: Activation) -> str:
    """What scikit-learn calls an activation."""
    return "logistic" if activation.name == "sigmoid" else activation.name


def loss_of(loss: str | Loss | type[Loss], names: Mapping[str, str]) -> Loss:
    """The loss of this name, scikit-learn's among them; a Loss as it is; a class of Losses with its defaults.

    Raises:
        ValueError: an unknown name.
        TypeError: neither name nor loss.
    """
    if inspect.isclass(loss) and issubclass(loss, Loss):
        return loss()
    return losses.get(names.get(loss, loss) if isinstance(loss, str) else loss)


def optimizer_of(model: Any) -> Optimizer:
    """The optimizer that an estimator's parameters describe.

    "sgd", "adam" and "lbfgs" have scikit-learn's meaning. Another name takes `learning_rate_init` and its own defaults,
    an Optimizer is what it is. A schedule in `learning_rate` takes the place of `learning_rate_init`.

    Raises:
        ValueError: an unknown name.
    """
    solver = model.solver
    if isinstance(solver, Optimizer):
        return solver
    if solver == "lbfgs":
        return LBFGS(gradient_tolerance=model.tol, loss_tolerance=2.220446049250313e-09, max_evaluations=model.max_fun)
    rate = model.learning_rate if callable(model.learning_rate) else model.learning_rate_init
    if solver == "sgd":
        nesterov = bool(model.nesterovs_momentum) and model.momentum > 0
        return SGD(rate, momentum=model.momentum, nesterov=nesterov)
    if solver == "adam":
        return EfficientAdam(rate, beta_1=model.beta_1, beta_2=model.beta_2, epsilon=model.epsilon)
    return optimizers.get(solver, learning_rate=rate)
