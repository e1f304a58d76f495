"""What settings cannot go together, and which bounds a run must keep."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from chainrule.play.choices import ChoiceError, Choices
from chainrule.training.samples import checked, require_two_classes

if TYPE_CHECKING:
    from chainrule.formulas.losses import Loss
    from chainrule.network import Network
    from chainrule.play.setup import Setup

__all__ = [
    "MOST_PARAMETERS",
    "MOST_STEPS",
    "MOST_WORK",
    "blaming",
    "require_bounded",
    "require_fitting",
    "require_of_task",
]

MOST_PARAMETERS = 20_000
MOST_STEPS = 20_000_000
"""Of a run: epochs · batches."""
MOST_WORK = 200e9
"""Of a run: epochs · samples · parameters, some minutes."""


def require_bounded(choices: Choices, network: Network, n: int, size: int) -> None:
    """Raise if the network is too large or the run too long."""
    if network.parameters.size > MOST_PARAMETERS:
        raise ChoiceError(
            f"the network would have {network.parameters.size:,} parameters; the most is {MOST_PARAMETERS:,}: "
            "take fewer layers or units",
            "hidden",
        )
    steps = choices.epochs * -(-n // size)
    if steps > MOST_STEPS:
        raise ChoiceError(
            f"the run would take {steps:,} steps; the most is {MOST_STEPS:,}: take fewer epochs or larger batches",
            "epochs",
        )
    work = choices.epochs * n * network.parameters.size
    if work > MOST_WORK:
        raise ChoiceError(
            f"epochs · samples · parameters would be {work:,}; the most is {int(MOST_WORK):,}: take fewer of them",
            "epochs",
        )


def require_of_task(task: str, loss: Loss) -> None:
    """Raise unless the loss tells as many classes apart as there are."""
    of_many = loss.name == "categorical_cross_entropy"
    if of_many and task != "classes":
        what = "two classes" if task == "binary" else "numbers"
        raise ChoiceError(f"{loss.name} is for more than two classes; choose a loss for {what}", "loss")
    if task == "classes" and not of_many:
        raise ChoiceError(f"{loss.name} is not for more than two classes; choose categorical_cross_entropy", "loss")


def require_fitting(choices: Choices, made: Setup) -> None:
    """Raise where the loss does not fit the data or the output, or L-BFGS the rest."""
    with blaming("loss"):
        for X, y in filter(None, (made.train, made.held_out)):
            checked(made.network.structure, np.dtype(np.float64), X, y, made.loss)
    with blaming("validation_share"):
        require_two_classes(made.loss, made.train[1])
    if choices.optimizer == "lbfgs":
        if made.fit_arguments["batch_size"]:
            raise ChoiceError("L-BFGS takes full batches; set the batch size to 0", "batch_size")
        if choices.dropout:
            raise ChoiceError("L-BFGS needs the same loss at each step; set dropout to 0", "dropout")
        if choices.normalization == "batch_norm":
            raise ChoiceError("L-BFGS goes without batch normalization; choose another", "normalization")


@contextmanager
def blaming(field: str) -> Iterator[None]:
    """What the package refuses in here is this field's fault."""
    try:
        yield
    except ChoiceError:
        raise
    except (TypeError, ValueError) as error:
        raise ChoiceError(str(error), field) from None
