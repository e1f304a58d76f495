"""The classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.metrics import accuracy_score
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, unique_labels
from sklearn.utils.validation import column_or_1d

from chainrule.sklearn.perceptron import Perceptron, is_stochastic
from chainrule.sklearn.settings import CONSTRAINTS, loss_of

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.formulas.activations import Activation
    from chainrule.formulas.losses import Loss

__all__ = ["MLPClassifier"]


def _gives_probabilities(model: Any) -> bool:
    if loss_of(model.loss, {"log_loss": "binary_cross_entropy"}).name == "hinge":
        raise AttributeError("loss='hinge' trains scores, not probabilities; pass loss='log_loss' for predict_proba")
    return True


class MLPClassifier(ClassifierMixin, Perceptron):  # type: ignore[misc]
    """A classifier, as scikit-learn's `MLPClassifier`, on chainrule's engines. Every parameter is keyword-only.

    Two classes, or labels of which a sample may have several, get sigmoid outputs and the binary cross entropy; more
    classes get softmax and the categorical one. What is not said here is as in scikit-learn.

    Args:
        hidden_layer_sizes: units of each hidden layer.
        activation: of the hidden layers: "relu", "logistic", "tanh", "identity", any other of chainrule's names, an
            Activation, or a list of one for each layer.
        loss: "log_loss", a name of chainrule's ("hinge", "mean_squared_error", ...), a Loss or a class of Losses.
        solver: "adam", "sgd", "lbfgs", another name of chainrule's optimizers, or an Optimizer.
        alpha: adds ½ alpha Σ w² / (samples of a batch) to the loss.
        batch_size: samples a step, or "auto" for min(200, n); "lbfgs" takes all.
        learning_rate: "constant", or for "sgd" "invscaling" or "adaptive"; or a schedule, a function of the step.
        learning_rate_init: the rate, > 0.
        power_t: of "invscaling".
        max_iter: epochs, or iterations of "lbfgs".
        shuffle: whether every epoch permutes the samples.
        random_state: what decides the first weights, the order and the held-out samples: as in scikit-learn, the same.
        tol: what counts as better; for "lbfgs" the gradient at which it has converged.
        verbose: whether to print the loss of every epoch.
        warm_start: whether `fit` goes on from the last one, with the optimizer's state.
        momentum: of "sgd", in [0, 1).
        nesterovs_momentum: of "sgd".
        early_stopping: whether to hold samples out, to end by their score, and to keep the weights of the best.
        validation_fraction: how much is held out, unless `fit` is given X_val and y_val.
        beta_1: of "adam".
        beta_2: of "adam".
        epsilon: of "adam".
        n_iter_no_change: epochs without a better loss or score before the end.
        max_fun: evaluations of the loss by "lbfgs".
        class_weight: what each class counts for, {class: weight} or "balanced"; times sample_weight.
        initializer: "auto" for scikit-learn's first weights and biases, or a name or Initializer: biases are then 0.
        normalization: of the hidden layers: "batch_norm", "layer_norm", or a list of one for each.
        dropout: what share of a hidden layer's activations each step leaves out, in [0, 1), or a list of one for each.
        callbacks: chainrule's Callbacks, or functions of (epoch, logs).
        engine: "auto", "compiled", "numpy" or "reference".

    Attributes:
        classes_: the labels, (n_classes,).
        coefs_, intercepts_: weights (n_in, n_out) and biases (n_out,) of every layer: views of the network's.
        network_, history_: the `Network`, and the `History` of the last fit.
        loss_, best_loss_, loss_curve_: the last, the lowest (None with early stopping) and every epoch's loss.
        validation_scores_, best_validation_score_: accuracy on held-out samples with early stopping, else None.
        validation_loss_curve_: every epoch's loss on X_val with alpha's part, where `fit` was given it, else None.
        early_stopped_: whether early stopping has ended the fit; `partial_fit` then changes nothing.
        n_iter_, t_, n_layers_, n_outputs_, out_activation_, n_features_in_, feature_names_in_: as in scikit-learn.

    Example:
        >>> from chainrule.sklearn import MLPClassifier
        >>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], ["same", "other", "other", "same"]
        >>> model = MLPClassifier(hidden_layer_sizes=(4,), activation="tanh", solver="lbfgs", random_state=1).fit(X, y)
        >>> model.predict(X).tolist()
        ['same', 'other', 'other', 'same']
    """

    _parameter_constraints: dict[str, Any] = {**CONSTRAINTS, "class_weight": [dict, str, list, None]}

    def __init__(
        self,
        *,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        loss: Any = "log_loss",
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
        class_weight: Any = None,
        initializer: Any = "auto",
        normalization: Any = None,
        dropout: Any = 0.0,
        callbacks: Any = None,
        engine: str = "auto",
    ) -> None:
        self.keep(locals())

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, X_val: Any = None, y_val: Any = None) -> MLPClassifier:
        """Fit to samples X (n, n_features), dense or sparse (which is made dense), and labels y.

        Args:
            X: samples.
            y: labels of any kind, (n,); or indicators of several labels, (n, n_labels).
            sample_weight: what each sample counts for, (n,), ≥ 0.
            X_val: samples of the user's own to compute `validation_loss_curve_` on, and scores with early stopping.
            y_val: their labels.

        Raises:
            ValueError: shapes, values or names that do not fit, or training that diverged.
        """
        self._fit(X, y, sample_weight, (X_val, y_val))
        return self

    @available_if(is_stochastic)  # type: ignore[untyped-decorator]
    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def partial_fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        classes: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
    ) -> MLPClassifier:
        """Take one epoch over these samples, from where the last one ended; `classes` at the first call.

        Raises:
            ValueError: as of `fit`, or a label that is not among the classes.
        """
        if _check_partial_fit_first_call(self, classes):
            several = np.ndim(y) == 2 and np.shape(y)[1] > 1
            self._labels = LabelBinarizer().fit(y if several else classes)
            self.classes_ = self._labels.classes_
        self._fit(X, y, sample_weight, (X_val, y_val), incremental=True)
        return self

    def targets(self, y: Any, *, first: bool) -> Array:
        if not (hasattr(y, "ndim") and y.ndim == 2 and y.shape[1] > 1):
            y = column_or_1d(y, warn=True)
        if first:
            self._labels = LabelBinarizer().fit(y)
            self.classes_ = self._labels.classes_
            if len(self.classes_) < 2:
                raise ValueError(
                    f"y holds one class only, {self.classes_[0]!r}: there is nothing to tell apart; "
                    "pass samples of at least two classes"
                )
        elif unknown := set(unique_labels(y).tolist()) - set(self.classes_.tolist()):
            raise ValueError(
                f"y has classes {sorted(map(str, unknown))}, which are not among those that were fitted or announced: "
                f"{self.classes_}"
            )
        encoded: Array = self._labels.transform(y)
        return encoded

    def output_and_loss(self) -> tuple[str | Activation, Loss]:
        one_of_many = self._labels.y_type_ == "multiclass" and len(self.classes_) > 2
        entropy = "categorical_cross_entropy" if one_of_many else "binary_cross_entropy"
        loss = loss_of(self.loss, {"log_loss": entropy})
        if loss.name == "hinge":
            return "identity", loss
        return loss.link() if loss.link else "softmax" if one_of_many else "sigmoid", loss

    def one_class_each(self, y: Array) -> Array | None:
        if self._labels.y_type_.startswith("multilabel"):
            return None
        return y.argmax(axis=1) if y.shape[1] > 1 else y[:, 0]

    def score_of(self, a: Array, y: Array, sample_weight: Array | None) -> float:
        return float(accuracy_score(self._decoded(y, middle=0.5), self._predicted(a), sample_weight=sample_weight))

    def weights_of(self, y: Any, sample_weight: Any, X: Array) -> Array | None:
        weights = super().weights_of(y, sample_weight, X)
        if self.class_weight is None:
            return weights
        by_class = compute_sample_weight(self.class_weight, y)
        return by_class if weights is None else weights * by_class

    def _predicted(self, a: Array) -> Any:
        """The labels of outputs (n, n_outputs)."""
        return self._decoded(a, middle=0.0 if self._loss.name == "hinge" else 0.5)

    def _decoded(self, a: Array, *, middle: float) -> Any:
        """The labels of outputs, or of encoded targets, by the largest, or by which exceed the middle."""
        return self._labels.inverse_transform(a[:, 0] if a.shape[1] == 1 else a, threshold=middle)

    def predict(self, X: Any) -> Any:
        """The label of each sample, (n,); of samples of several labels indicators (n, n_labels)."""
        return self._predicted(self._outputs(X))

    @available_if(_gives_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Array:
        """The probability of each class, (n, n_classes), in the order of `classes_`."""
        p = self._outputs(X)
        return np.column_stack([1 - p[:, 0], p[:, 0]]) if p.shape[1] == 1 else p

    @available_if(_gives_probabilities)  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> Array:
        """The logarithm of `predict_proba`: −inf where a probability is 0."""
        with np.errstate(divide="ignore"):
            logarithm: Array = np.log(self.predict_proba(X))
        return logarithm

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
