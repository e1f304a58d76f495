"""What every schedule is: a formula of the steps taken before, and the run that it may span."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar

import numpy as np

from chainrule.arguments import as_count
from chainrule.formulas.named import Named

__all__ = ["Schedule"]

S = TypeVar("S", bound="Schedule")


@dataclass(frozen=True)
class Schedule(Named, kind="schedule"):
    """A learning rate η(t), of which t = 0, 1, 2, … counts the steps taken before.

    Example:
        >>> from chainrule.formulas import schedules
        >>> schedule = schedules.get("exponential_decay", initial_learning_rate=0.1, decay_steps=100, decay_rate=0.5)
        >>> schedule(200), schedule([0, 100])
        (0.025, array([0.1 , 0.05]))
    """

    length: ClassVar[str] = ""
    """The name of the field in which None stands for the whole run; "" if there is none."""
    rate: ClassVar[Callable[..., Any]]
    """The formula: `rate(t, *parameters)`, of an array t of floats."""

    def __post_init__(self) -> None:
        if self.length and getattr(self, self.length) is not None:
            as_count(self.length, getattr(self, self.length))

    def __call__(self, t: Any) -> Any:
        """The rate of step t: a float, or an array where t is one.

        Raises:
            ValueError: the schedule spans a run whose length it was not told.
        """
        if self.length and getattr(self, self.length) is None:
            raise ValueError(
                f"{self} spans the whole run, and knows nothing of its length yet; "
                f"pass {self.length}=, or take schedule.for_run(steps)"
            )
        steps = np.asarray(t, np.float64)
        # NumPy rounds functions of a single number in another way than those of an array.
        rates = np.broadcast_to(self.rate(steps.reshape(-1), *self.parameters), steps.size).reshape(steps.shape)
        return np.array(rates) if rates.ndim else float(rates)

    def for_run(self: S, total_steps: int) -> S:
        """The schedule of a run of so many steps: itself, unless it spans the whole run.

        >>> from chainrule.formulas.schedules import PolynomialDecay
        >>> PolynomialDecay(0.1).for_run(500).decay_steps
        500
        """
        if not self.length or getattr(self, self.length) is not None:
            return self
        return replace(self, **{self.length: max(1, as_count("total_steps", total_steps) - self.steps_before)})

    @property
    def steps_before(self) -> int:
        """How many steps are taken before the length begins to count."""
        return 0
