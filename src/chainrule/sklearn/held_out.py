"""The samples that a fit does not train on: the user's own, or a part of what it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import validate_data

from chainrule.sklearn.inspection import dense

if TYPE_CHECKING:
    from chainrule.arrays import Array

__all__ = ["HeldOut", "part_held_out", "users_own"]


@dataclass(frozen=True)
class HeldOut:
    """Samples X (n, n_features), encoded targets y (n, n_outputs), and what each counts for, (n,) or None."""

    X: Array
    y: Array
    weights: Array | None = None


def users_own(model: Any, X_val: Any, y_val: Any, dtype: Any) -> HeldOut | None:
    """What the user passed, or None.

    Raises:
        ValueError: one without the other, or not as the samples that are trained on.
    """
    if (X_val is None) != (y_val is None):
        raise ValueError("X_val and y_val belong together, got only one of them; pass both or neither")
    if X_val is None:
        return None
    X_val, y_val = validate_data(
        model, X_val, y_val, accept_sparse=("csr", "csc"), multi_output=True, dtype=dtype, reset=False
    )
    return HeldOut(dense(X_val), model.targets(y_val, first=False))


def part_held_out(
    model: Any, X: Array, y: Array, weights: Array | None, random_state: Any, *, incremental: bool
) -> tuple[Array, Array, Array | None, HeldOut]:
    """The samples, targets and weights that stay, and the share `validation_fraction` that is held out.

    A classifier holds out the same share of every class, but for `partial_fit` on a class with one sample.

    Raises:
        ValueError: fewer than two samples would be held out, or a class has too few.
    """
    classes = model.one_class_each(y)
    if incremental and classes is not None and np.unique(classes, return_counts=True)[1].min() < 2:
        classes = None
    rows, others = train_test_split(
        np.arange(len(X)), random_state=random_state, test_size=model.validation_fraction, stratify=classes
    )
    if len(others) < 2:
        raise ValueError("The validation set is too small. Increase 'validation_fraction' or the size of your dataset.")
    if weights is None:
        return X[rows], y[rows], None, HeldOut(X[others], y[others])
    return X[rows], y[rows], weights[rows], HeldOut(X[others], y[others], weights[others])
