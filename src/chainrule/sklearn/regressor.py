"""The regressor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import RegressorMixin, _fit_context
from sklearn.metrics import r2_score
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import column_or_1d

from chainrule.sklearn.perceptron import Perceptron, is_stochastic
from chainrule.sklearn.settings import CONSTRAINTS, LOSSES, loss_of

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.formulas.activations import Activation
    from chainrule.formulas.losses import Loss

__all__ = ["MLPRegressor"]


class MLPRegressor(RegressorMixin, Perceptron):  # type: ignore[misc]
    """A regressor, as scikit-learn's `MLPRegressor`, on chainrule's engines. Every parameter is keyword-only.

    What is not said here is as of `MLPClassifier`, which has the same parameters but for class_weight.

    Args:
        loss: "squared_error" (½ (a − y)², the sum over the outputs), "poisson", "absolute_error", a name of
            chainrule's ("huber", "log_cosh", ...), a Loss or a class of Losses. The output is the identity; softplus
            where the loss needs predictions of at least 0, as "poisson" does; sigmoid for a cross entropy.

    Attributes:
        validation_scores_, best_validation_score_: R² on held-out samples with early stopping, else None.

    Example:
        >>> from chainrule.sklearn import MLPRegressor
        >>> model = MLPRegressor(hidden_layer_sizes=(8,), activation="tanh", solver="lbfgs", random_state=0)
        >>> X = [[x / 10] for x in range(11)]
        >>> model.fit(X, [x**2 for (x,) in X]).score(X, [x**2 for (x,) in X]) > 0.99
        True
    """

    _parameter_constraints: dict[str, Any] = CONSTRAINTS

    def __init__(
        self,
        *,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        loss: Any = "squared_error",
        solver: Any = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: Any = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        initializer: Any = "auto",
        normalization: Any = None,
        dropout: Any = 0.0,
        callbacks: Any = None,
        engine: str = "auto",
    ) -> None:
        self.keep(locals())

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, X_val: Any = None, y_val: Any = None) -> MLPRegressor:
        """Fit to samples X (n, n_features), dense or sparse (which is made dense), and targets y.

        Args:
            X: samples.
            y: numbers, (n,) or (n, n_outputs).
            sample_weight: what each sample counts for, (n,), ≥ 0.
            X_val: samples of the user's own to compute `validation_loss_curve_` on, and scores with early stopping.
            y_val: their targets.

        Raises:
            ValueError: shapes, values or names that do not fit, or training that diverged.
        """
        self._fit(X, y, sample_weight, (X_val, y_val))
        return self

    @available_if(is_stochastic)  # type: ignore[untyped-decorator]
    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def partial_fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, X_val: Any = None, y_val: Any = None
    ) -> MLPRegressor:
        """Take one epoch over these samples, from where the last one ended.

        Raises:
            ValueError: as of `fit`.
        """
        self._fit(X, y, sample_weight, (X_val, y_val), incremental=True)
        return self

    def targets(self, y: Any, *, first: bool) -> Array:
        y = np.asarray(y)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return y.reshape(len(y), -1)

    def output_and_loss(self) -> tuple[str | Activation, Loss]:
        loss = loss_of(self.loss, LOSSES)
        if loss.link:
            return loss.link(), loss
        return "softplus" if loss.target_bounds[0] >= 0 else "identity", loss

    def score_of(self, a: Array, y: Array, sample_weight: Array | None) -> float:
        return float(r2_score(y, a, sample_weight=sample_weight))

    def _predicted(self, a: Array) -> Array:
        return a[:, 0] if a.shape[1] == 1 else a

    def predict(self, X: Any) -> Array:
        """The prediction for each sample, (n,), or (n, n_outputs) where there are several outputs."""
        return self._predicted(self._outputs(X))
