"""The numbers that a step takes besides θ, the gradient and the optimizer's vectors: computed ahead, block by block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chainrule.engines.update import Update, hyperparameters, is_number, numbers_of_restraints
from chainrule.formulas.expression import Expression, symbols_of
from chainrule.formulas.optimizers.optimizer import ALIGNMENT

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.formulas.optimizers import Optimizer
    from chainrule.formulas.regularization import Regularization

__all__ = ["StepNumbers", "evaluated"]

AHEAD = 256  # steps whose numbers take hardly longer to compute than those of one


class Part(NamedTuple):
    """A part of the rule that is the same for all parameters, and what it is computed from in several runs."""

    formula: Expression
    settings: list[dict[str, Any]]
    """Hyperparameters, each set of them once."""
    of_run: Array
    """Which of them each run has, (runs,)."""


class StepNumbers:
    """The numbers of the steps of several runs.

    Args:
        update: what a step is.
        optimizers: the optimizer of each run, all of one kind.
        regularization: that of all runs.
    """

    def __init__(self, update: Update, optimizers: Sequence[Optimizer], regularization: Regularization) -> None:
        self.runs = len(optimizers)
        self.restraints = list(numbers_of_restraints(optimizers[0], regularization).values())
        self.schedules = {id(o.learning_rate): o for o in optimizers if not is_number(o.learning_rate)}
        settings = [dict(hyperparameters(optimizer)) for optimizer in optimizers]
        self.parts = [self.part(formula, settings) for formula in update.recorded[1]]
        self.change = bool(self.schedules) or any("t" in symbols_of(part.formula) for part in self.parts)
        """Whether they differ from step to step."""
        self.lasting = None if self.change else self.computed(0, 1)
        self.looks_ahead = self.runs == 1 and not self.schedules  # a function of the user's is asked for no other steps
        self.ahead, self.ahead_from = np.empty((1, 0, 0)), 0
        """The numbers of the steps that come next, and the first of them."""

    def part(self, formula: Expression, settings: Sequence[Mapping[str, Any]]) -> Part:
        """A part, with equal hyperparameters found."""
        used = sorted(symbols_of(formula) - {"t"})
        known: dict[Any, int] = {}
        of_run = np.empty(self.runs, np.intp)
        kept: list[dict[str, Any]] = []
        for k, setting in enumerate(settings):
            key = tuple(value if is_number(value := setting[name]) else id(value) for name in used)
            if key not in known:
                known[key] = len(kept)
                kept.append({name: setting[name] for name in used})
            of_run[k] = known[key]
        return Part(formula, kept, of_run)

    def of(self, first: int, steps: int) -> Array:
        """The numbers of so many steps, the first of them after `first` others.

        (runs, steps, scalars) of float64, or (runs, 1, scalars) where they are the same for all steps.

        Raises:
            ValueError: a schedule gives no learning rate.
        """
        if self.lasting is not None:
            return self.lasting
        if not self.looks_ahead:
            return self.computed(first, steps)
        begin = first - self.ahead_from
        if begin < 0 or begin + steps > self.ahead.shape[1]:
            self.ahead, self.ahead_from, begin = self.computed(first, max(steps, AHEAD)), first, 0
        return self.ahead[:, begin : begin + steps]

    def computed(self, first: int, steps: int) -> Array:
        """The numbers of each of these steps.

        NumPy's elementary functions may differ in their last bit with an element's place in an array, and a step's
        numbers must not depend on where a block of steps begins: so whole windows of steps are computed.
        """
        before = first % ALIGNMENT
        taken = slice(before, before + steps)
        t = np.arange(first - before + 1.0, first + steps + -(first + steps) % ALIGNMENT + 1.0)
        rates: dict[int, Array] = {}
        for key, optimizer in self.schedules.items():
            rates[key] = np.full(len(t), np.nan)
            rates[key][taken] = optimizer.learning_rates(first, steps)
        table = np.empty((self.runs, steps, len(self.parts) + len(self.restraints)))
        for i, part in enumerate(self.parts):
            values = np.empty((len(part.settings), steps))
            for row, setting in zip(values, part.settings, strict=True):
                given = {name: value if is_number(value) else rates[id(value)] for name, value in setting.items()}
                value = evaluated(part.formula, {**given, "t": t})
                row[...] = value[taken] if np.ndim(value) else value
            table[:, :, i] = values[part.of_run]
        table[:, :, len(self.parts) :] = self.restraints
        return table


def evaluated(recorded: Any, values: Mapping[str, Any]) -> Any:
    """The value of a recorded formula of plain numbers, or of arrays of them."""
    if not isinstance(recorded, Expression):
        return recorded
    if recorded.operation is None:
        return values[recorded.name]
    with np.errstate(all="ignore"):
        return recorded.operation(*(evaluated(argument, values) for argument in recorded.arguments))
