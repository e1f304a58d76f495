"""The data of a run as lines of its program: drawn, held out, standardized, and the features made of them."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.formulas.expression import Expression
from chainrule.interop.formula_source import Language, Writer
from chainrule.play.choices import Choices
from chainrule.play.features import FEATURES
from chainrule.play.source import call, literal
from chainrule.interop.python_source import CALLS, number

__all__ = ["feature_text", "lines"]

PYTHON = Language("Python", {**CALLS, "sin": "np.sin({})"}, number)
DRAWN = {
    "linear": "X, y = cr.datasets.linear({n}, seed={data_seed})",
    "xor": "X, y = cr.datasets.xor()",
    "circles": "X, y = cr.datasets.circles({n}, noise={noise}, seed={data_seed})",
    "moons": "X, y = cr.datasets.moons({n}, noise={noise}, seed={data_seed})",
    "spirals": "X, y = cr.datasets.spirals({n}, classes={classes}, noise={noise}, seed={data_seed})",
    "gaussians": "X, y = cr.datasets.gaussians({n}, classes={classes}, spread={noise}, seed={data_seed})",
}


REGRESSION = {
    "plane": "y = (x1 + x2) / 2",
    "saddle": "y = x1 * x2",
    "waves": "y = np.sin(np.pi * x1) * np.sin(np.pi * x2)",
}


def lines(choices: Choices, n_held_out: int) -> Iterator[str]:
    """Paragraphs of the program, from the points to what the network takes: X and y, and X_val and y_val."""
    yield drawn(choices)
    made = []
    if n_held_out:
        made.append(f"held_out = np.random.default_rng({choices.data_seed}).permutation(len(X)) < {n_held_out}")
    if choices.standardize:
        train = "X[~held_out]" if n_held_out else "X"
        made.append(f"X = (X - {train}.mean(axis=0)) / {train}.std(axis=0)")
    if tuple(choices.features) != ("x1", "x2"):
        made.append("x1, x2 = X.T")
        made.append(call("X = np.stack([", map(feature_text, choices.features), "], axis=1)"))
    if n_held_out:
        made.append("X, X_val, y, y_val = X[~held_out], X[held_out], y[~held_out], y[held_out]")
    if made:
        yield "\n".join(made)


def drawn(choices: Choices) -> str:
    """The points X and their targets y."""
    if choices.data == "own":
        rows = "\n".join(f"    {literal(list(point))}," for point in choices.points)
        return f"points = np.array([  # x1, x2, y\n{rows}\n])\nX, y = points[:, :2], points[:, 2:]"
    return DRAWN[choices.data].format(**vars(choices))


def feature_text(name: str) -> str:
    """A feature, of x1 and x2.

    >>> feature_text("product")
    'x1 * x2'
    """
    symbols = Expression.symbol("x1"), Expression.symbol("x2")
    named, text = Writer(PYTHON, {"x1": "x1", "x2": "x2"}).write(FEATURES[name](*symbols))
    assert not named
    return text
