"""The playground in a notebook: the same page in a cell, the kernel behind it, and Python sees what the page does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arrays import as_samples
from chainrule.network import Network
from chainrule.play import choices

if TYPE_CHECKING:
    from chainrule.play.widget import Playground

__all__ = ["playground"]

SCRIPT = Path(__file__).with_name("static") / "notebook.js"


def playground(net: Network | None = None, X: Any = None, y: Any = None, **settings: Any) -> Playground:
    """The playground as a widget of a notebook, which trains in this kernel.

    Args:
        net: the network to begin with, of 2 inputs: its layers and its parameters. None: the playground's own.
        X: the samples, (n, 2). None: data that the playground makes.
        y: their targets, n of them: classes (whole numbers, names, booleans, or one-hot rows), or numbers to be fitted.
        settings: what else should differ from the playground's defaults, by the names in `widget.settings`, such as
            optimizer="adam" or epochs=500.

    Returns:
        A widget: `.settings` is a dictionary of all that the page's controls say, `.epoch` where its time cursor
        stands, both to be read and to be set; `.network` is the trained network at that epoch.

    Raises:
        ImportError: anywidget is missing.
        FileNotFoundError: the page was not built.
        TypeError: net is no network, X are no numbers, or only one of X and y is given.
        ValueError: shapes or settings that do not fit; the message says what would.

    Example:
        >>> import chainrule as cr
        >>> widget = cr.playground(cr.Network([2, 3, 1], seed=0), *cr.datasets.xor())  # doctest: +SKIP
        >>> widget.network.predict([[0.2, 0.7]])  # doctest: +SKIP
    """
    try:
        from chainrule.play.widget import Playground
    except ModuleNotFoundError as error:
        if error.name not in ("anywidget", "ipywidgets", "traitlets"):
            raise
        raise ImportError("the playground in a notebook needs anywidget: pip install 'chainrule[notebook]'") from None
    if not SCRIPT.is_file():
        raise FileNotFoundError(
            f"the playground's page is not built, {SCRIPT.name} is missing: run `make play` once in the clone, "
            "or install chainrule from a wheel"
        )
    return Playground(SCRIPT.read_text(encoding="utf-8"), given(net, X, y) | settings)


def given(net: Network | None, X: Any, y: Any) -> dict[str, Any]:
    """The settings that a network and samples make.

    >>> sorted(given(None, [[0.0, 1.0], [1.0, 0.0]], ["no", "yes"]).items())  # doctest: +NORMALIZE_WHITESPACE
    [('class_names', ['no', 'yes']), ('data', 'own'), ('own_task', 'classification'),
     ('points', [[0.0, 1.0, 0], [1.0, 0.0, 1]])]
    """
    if (X is None) != (y is None):
        raise TypeError(f"X and y go together; {'X' if X is None else 'y'} is missing")
    found = {} if X is None else points(X, y)
    if net is None:
        return found
    # A network was made for the very samples that come with it, so they stay as they are.
    return layers(net) | found | ({} if X is None else {"standardize": False})


def layers(net: Network) -> dict[str, Any]:
    """A network as settings: its layers, and its parameters to begin with."""
    from chainrule.play.bring_in import of_network

    if not isinstance(net, Network):
        raise TypeError(f"net must be a chainrule.Network or None, got {type(net).__name__}")
    if net.structure.sizes[0] != 2:
        raise ValueError(f"the playground draws a plane: net must take 2 inputs, it takes {net.structure.sizes[0]}")
    return of_network(net.structure) | {"parameters": net.numbers.tolist()}


def points(X: Any, y: Any) -> dict[str, Any]:
    """Samples as settings: a point of the plane each, with its class or its value."""
    if np.ndim(X) != 2 or np.shape(X)[1] != 2:
        raise ValueError(f"the playground draws a plane: X must be of shape (n, 2), got {np.shape(X)}")
    places = as_samples(X, 2, np.float64)
    most = choices.FIELDS["points"].longest
    assert most is not None
    if len(places) > most:
        raise ValueError(
            f"X has {len(places)} rows; the playground takes at most {most}: pass a part, such as X[:{most}]"
        )
    targets = np.asarray(y)
    if targets.ndim == 2 and targets.shape[1] > 1:
        if not (np.isin(targets, (0, 1)).all() and (targets.sum(axis=1) == 1).all()):
            raise ValueError(f"y of {targets.shape[1]} columns must hold one-hot rows; the playground fits one number")
        targets = targets.argmax(axis=1)
    targets = targets.reshape(-1)
    if len(targets) != len(places):
        raise ValueError(f"X has {len(places)} rows but y has {len(targets)}; each sample needs one target")
    task, values, names = labelled(targets)
    rows = [[*place, value] for place, value in zip(places.tolist(), values, strict=True)]
    return {"data": "own", "points": rows, "own_task": task, "class_names": names}


def labelled(targets: np.ndarray[Any, Any]) -> tuple[str, list[Any], list[str]]:
    """The task that targets make, each one as a class from 0 on or as a number, and the names of the classes.

    >>> labelled(np.array([0.5, 2.0]))
    ('regression', [0.5, 2.0], [])
    >>> labelled(np.array([2.0, 7.0, 2.0]))
    ('classification', [0, 1, 0], ['2', '7'])
    """
    kinds, places = np.unique(targets, return_inverse=True)
    most, numbers = choices.MOST_CLASSES, targets.dtype.kind in "fiu"
    if numbers and not np.isfinite(targets.astype(float)).all():
        raise ValueError("y holds NaN or infinity; each sample needs a target")
    # More whole numbers than there are marks are values to be fitted.
    if numbers and (len(kinds) > most or (kinds != np.round(kinds)).any()):
        return "regression", targets.astype(float).tolist(), []
    if len(kinds) > most:
        raise ValueError(f"y has {len(kinds)} classes; the playground tells {most} apart at most")
    counted = numbers and kinds.tolist() == list(range(len(kinds)))
    names = [] if counted else [f"{kind:g}" if numbers else str(kind) for kind in kinds]
    return "classification", places.reshape(-1).tolist(), names
