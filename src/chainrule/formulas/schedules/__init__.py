"""Learning-rate schedules: the rate of every step, as a formula of how many steps were taken before it.

A schedule goes where a rate goes, `SGD(learning_rate=CosineDecay(0.1))`. It counts steps, not epochs, from 0. Names are
Keras' where Keras has them. Where a length is None, the schedule spans the whole run; `fit` fills it in.
"""

from __future__ import annotations

from typing import Any

from chainrule.formulas.schedules.constants import Constant, PiecewiseConstantDecay
from chainrule.formulas.schedules.cosines import CosineDecay, OneCycle
from chainrule.formulas.schedules.decays import ExponentialDecay, InverseTimeDecay, PolynomialDecay, StepDecay
from chainrule.formulas.schedules.schedule import Schedule

__all__ = [
    "Constant",
    "CosineDecay",
    "ExponentialDecay",
    "InverseTimeDecay",
    "OneCycle",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "Schedule",
    "StepDecay",
    "get",
    "names",
]


def get(name: str | Schedule, **parameters: Any) -> Schedule:
    """The schedule of that name, with its parameters; a `Schedule` is returned as it is.

    Args:
        name: one of `names()`, or a Schedule.
        parameters: its parameters by name; those left out keep their defaults.

    Raises:
        ValueError: there is no such name (the message has the nearest one) or a parameter is out of range.
        TypeError: name is neither, there is no such parameter, or one that has no default is missing.

    >>> get("cosine_decay", initial_learning_rate=0.1, decay_steps=100)(50)
    0.05
    """
    return Schedule.get(name, **parameters)


def names() -> list[str]:
    """Every name that `get` knows.

    >>> names()[:3]
    ['constant', 'cosine_decay', 'exponential_decay']
    """
    return Schedule.names()
