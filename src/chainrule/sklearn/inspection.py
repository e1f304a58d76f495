"""What a fitted estimator tells besides predictions: weights, activations, gradients, derivations, a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from chainrule.backprop import forward
from chainrule.explain.derivation import derive
from chainrule.formulas.optimizers import LBFGS

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.explain.derivation import Derivation
    from chainrule.network import Gradients

__all__ = ["Inspection", "dense"]

ROWS = 8192  # that are made dense at once


def dense(X: Any) -> Array:
    """The matrix, with its zeros written out if it is sparse."""
    return X.toarray() if sparse.issparse(X) else X


class Inspection(ClassNamePrefixFeaturesOutMixin, TransformerMixin):  # type: ignore[misc]
    """Questions to `network_`."""

    network_: Any

    @property
    def coefs_(self) -> list[Array]:
        """The weights of every layer, (n_in, n_out) each: views of the network's, to read and to write."""
        return self._fitted_network("coefs_").weights

    @coefs_.setter
    def coefs_(self, values: list[Array]) -> None:
        for weight, value in zip(self.network_.weights, values, strict=True):
            weight[...] = value

    @property
    def intercepts_(self) -> list[Array]:
        """The biases of every layer, (n_out,) each: views of the network's, to read and to write."""
        return self._fitted_network("intercepts_").biases

    @intercepts_.setter
    def intercepts_(self, values: list[Array]) -> None:
        for bias, value in zip(self.network_.biases, values, strict=True):
            bias[...] = value

    def _fitted_network(self, name: str) -> Any:
        if "network_" not in vars(self):
            raise AttributeError(f"{type(self).__name__} has no {name} before it is fitted; call fit")
        return self.network_

    def _samples(self, X: Any) -> Any:
        """X as `fit` saw it, sparse where it was."""
        check_is_fitted(self)
        dtype = self.network_.parameters.dtype
        return validate_data(self, X, accept_sparse="csr", dtype=dtype, reset=False)

    def _outputs(self, X: Any) -> Array:
        """The activations of the last layer, (n, n_outputs); sparse rows are made dense some thousands at a time."""
        return in_parts(self._samples(X), self.network_.predict)

    def transform(self, X: Any, layer: int | None = None) -> Array:
        """The activations of a hidden layer: what the network makes of the features.

        Args:
            X: samples, (n, n_features), dense or sparse.
            layer: which layer, from 1 for the first hidden one; the output is the last. None is the last hidden one.

        Returns:
            (n, units of that layer).

        Raises:
            ValueError: there is no such layer.
        """
        X = self._samples(X)
        structure = self.network_.structure
        last = len(structure.layers)
        layer = last - 1 if layer is None else layer
        if not 1 <= layer <= last:
            raise ValueError(
                f"layer must be from 1 to {last}, got {layer}; the network has {last - 1} hidden layers and the output"
            )
        return in_parts(X, lambda rows: forward(structure, self.network_.numbers, rows)[1][layer - 1])

    @property
    def _n_features_out(self) -> int:
        """How many columns `transform` gives."""
        return int(self.network_.structure.sizes[-2])

    def gradients(self, X: Any, y: Any, sample_weight: Any = None, *, engine: str = "reference") -> Gradients:
        """The mean loss on these samples and its derivatives in all weights; without alpha's penalty.

        Args:
            X: samples, (n, n_features).
            y: targets as `fit` takes them.
            sample_weight: what each sample counts for, (n,).
            engine: who computes: "reference", "numpy", "compiled" or "auto".

        Raises:
            ValueError: shapes, values or names that do not fit.
        """
        X = dense(self._samples(X))
        y = self.targets(y, first=False)
        return self.network_.gradients(X, y, self._loss, sample_weight=sample_weight, engine=engine)

    def derive(self, X: Any, y: Any = None, **options: Any) -> Derivation:
        """How the prediction for some samples comes about, every number of it, and the step that would follow.

        The step is the optimizer's first one, with alpha's penalty, on these samples as a batch.

        Args:
            X: a few samples, (n, n_features).
            y: their targets; None takes what is predicted.
            options: as of `chainrule.derive`: optimizer, l2, notation, precision, ...

        Raises:
            ValueError: shapes, values or names that do not fit.
        """
        X = dense(self._samples(X))
        y = self.targets(self._predicted(self.network_.predict(X)) if y is None else y, first=False)
        optimizer = self._optimizer()
        options.setdefault("optimizer", "sgd" if isinstance(optimizer, LBFGS) else optimizer)
        options.setdefault("l2", self.alpha / len(X))
        return derive(self.network_, X, y, self._loss, **options)

    def _html_repr(self) -> str:
        """The estimator as scikit-learn shows it, and under it the layers once there are some."""
        shown: str = super()._html_repr()
        return shown + self.network_._repr_html_() if "network_" in vars(self) else shown


def in_parts(X: Any, function: Any) -> Array:
    """What a function makes of the rows, some thousands at a time where they are sparse."""
    if not sparse.issparse(X):
        return function(X)
    return np.concatenate([function(X[start : start + ROWS].toarray()) for start in range(0, X.shape[0], ROWS)])
