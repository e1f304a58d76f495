"""The data of a run as lines of its program: drawn, held out, standardized, and the features made of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from chainrule.formulas.expression import Expression
from chainrule.interop.formula_source import Language, Writer
from chainrule.interop.python_source import CALLS
from chainrule.play.choices import Choices
from chainrule.play.features import FEATURES
from chainrule.play.points import SURFACES
from chainrule.play.source import call, literal

__all__ = ["lines", "text_of"]

DRAWN = {
    "linear": "X, y = cr.datasets.linear({n}, seed={data_seed})",
    "xor": "X, y = cr.datasets.xor()",
    "circles": "X, y = cr.datasets.circles({n}, noise={noise}, seed={data_seed})",
    "moons": "X, y = cr.datasets.moons({n}, noise={noise}, seed={data_seed})",
    "spirals": "X, y = cr.datasets.spirals({n}, classes={classes}, noise={noise}, seed={data_seed})",
    "gaussians": "X, y = cr.datasets.gaussians({n}, classes={classes}, spread={noise}, seed={data_seed})",
}


SURFACE = """\
rng = np.random.default_rng({data_seed})
X = rng.uniform(-1, 1, ({n}, 2))
x1, x2 = X.T
y = {formula}"""
PYTHON = Language("Python", {**CALLS, "sin": "np.sin({})"}, lambda x: "np.pi" if x == math.pi else literal(shortest(x)))


def lines(choices: Choices, n_held_out: int) -> Iterator[str]:
    """Paragraphs of the program, from the points to what the network takes: X and y, and X_val and y_val.

    Args:
        choices: the run.
        n_held_out: how many points are kept for validation.
    """
    yield drawn(choices)
    made = []
    if n_held_out:
        made.append(f"held_out = np.random.default_rng({choices.data_seed}).permutation(len(X)) < {n_held_out}")
    if choices.standardize:
        train = "X[~held_out]" if n_held_out else "X"
        made.append(f"X = (X - {train}.mean(axis=0)) / {train}.std(axis=0)")
    if tuple(choices.features) != ("x1", "x2"):
        made.append("x1, x2 = X.T")
        made.append(call("X = np.stack([", (text_of(FEATURES[name]) for name in choices.features), "], axis=1)"))
    if n_held_out:
        made.append("X, X_val, y, y_val = X[~held_out], X[held_out], y[~held_out], y[held_out]")
    if made:
        yield "\n".join(made)


def drawn(choices: Choices) -> str:
    """The points X and their targets y."""
    if choices.data == "own":
        rows = "\n".join(f"    {literal(point)}," for point in choices.points)
        return f"points = np.array([  # x1, x2, y\n{rows}\n])\nX, y = points[:, :2], points[:, 2:]"
    if choices.data in SURFACES:
        formula = text_of(SURFACES[choices.data])
        if choices.noise:
            formula += f" + {choices.noise} * rng.standard_normal({choices.n})"
        return SURFACE.format(formula=formula, **vars(choices)) + "\ny = y[:, None]"
    return DRAWN[choices.data].format(**vars(choices))


def text_of(formula: Callable[[Any, Any], Any]) -> str:
    """A formula of x1 and x2 as Python.

    >>> text_of(FEATURES["product"]), text_of(SURFACES["plane"])
    ('x1 * x2', '(x1 + x2) / 2')
    """
    named, text = Writer(PYTHON, {"x1": "x1", "x2": "x2"}).write(formula(*map(Expression.symbol, ("x1", "x2"))))
    assert not named
    return text


def shortest(x: float) -> float | int:
    """A whole number without its point.

    >>> shortest(2.0), shortest(0.5)
    (2, 0.5)
    """
    return int(x) if x == int(x) else x
