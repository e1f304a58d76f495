"""Optimizers: what to do with a gradient. One elementwise rule each, on the flat vector of all parameters.

To add one, write a class: its hyperparameters, the names of the vectors that it carries from step to step (`slots`),
and its `rule`. The rule says what one step makes of one parameter, so it serves an array, an engine and a page alike.
"""

from __future__ import annotations

from typing import Any

from chainrule.formulas.optimizers.adagrad import Adadelta, Adagrad, RMSprop
from chainrule.formulas.optimizers.adam import Adam, Adamax, AdamW, NAdam, RAdam
from chainrule.formulas.optimizers.lbfgs import LBFGS
from chainrule.formulas.optimizers.optimizer import Optimizer, State
from chainrule.formulas.optimizers.sgd import SGD
from chainrule.formulas.optimizers.signs import Lion, Rprop

__all__ = [
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "State",
    "get",
    "names",
]


def get(name: str | Optimizer, **parameters: Any) -> Optimizer:
    """The optimizer of that name, with its hyperparameters; an `Optimizer` is returned as it is.

    Args:
        name: one of `names()`, or an Optimizer.
        parameters: the hyperparameters by name; those left out keep their defaults.

    Raises:
        ValueError: there is no such name (the message has the nearest one) or a hyperparameter is out of range.
        TypeError: name is neither, or there is no such hyperparameter.

    >>> get("sgd")
    SGD(learning_rate=0.01, momentum=0.0, nesterov=False)
    """
    return Optimizer.get(name, **parameters)


def names() -> list[str]:
    """Every name that `get` knows.

    >>> names()[:6]
    ['adadelta', 'adagrad', 'adam', 'adamax', 'adamw', 'lbfgs']
    """
    return Optimizer.names()
