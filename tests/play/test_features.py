"""Features of a point."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.formulas.expression import Expression, symbols_of
from chainrule.play.features import FEATURES, columns


def test_features_are_what_their_names_say() -> None:
    X = np.array([[0.5, -2.0], [3.0, 0.25]])
    a, b = X.T
    expected = np.stack([a, b, a**2, b**2, a * b, np.sin(a), np.sin(b)], axis=1)
    np.testing.assert_allclose(columns(list(FEATURES), X), expected, rtol=1e-15)


@pytest.mark.parametrize("name", FEATURES)
def test_each_is_recorded_as_a_formula_of_its_coordinates(name: str) -> None:
    recorded = FEATURES[name](Expression.symbol("x1"), Expression.symbol("x2"))
    assert symbols_of(recorded) == ({"x1", "x2"} if name == "product" else {"x1"} if "x1" in name else {"x2"})
