"""What every optimizer is: hyperparameters, a rule for one step, and the vectors that it carries from step to step."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, TypeAlias, TypeVar

import numpy as np

from chainrule.arguments import as_count, require
from chainrule.arrays import Array, as_numbers
from chainrule.formulas.elementary import maximum, minimum, square
from chainrule.formulas.named import Named
from chainrule.formulas.schedules import Schedule

__all__ = ["Optimizer", "Rate", "State"]

Rate: TypeAlias = float | Callable[[int], float]
"""A learning rate: a number, a `Schedule`, or a function of the number of steps taken before."""
State: TypeAlias = dict[str, Any]
"""What an optimizer carries from step to step: "t", the number of steps taken, and one vector for each of its slots."""
ALIGNMENT = 256  # NumPy's elementary functions may differ in their last bit with an element's place in an array
CLIPPING = ("clip_value", "clip_norm")

O = TypeVar("O", bound="Optimizer")  # noqa: E741


@dataclass(frozen=True)
class Optimizer(Named, kind="optimizer"):
    """A pure update rule: hyperparameters, and no state of its own.

    Args:
        learning_rate: η > 0, how far one step goes; or a Schedule; or a function of the number of steps taken before.
        clip_value: c: each component of the gradient is brought into [−c, c] first. None leaves it out.
        clip_norm: c: a gradient whose norm, over all parameters, is greater is scaled to that norm, after the values
            were clipped. None leaves it out.

    Example:
        >>> from chainrule.formulas import optimizers
        >>> optimizer = optimizers.get("sgd", learning_rate=0.1, momentum=0.9)
        >>> parameters = np.array([1.0, 2.0])
        >>> state = optimizer.init(parameters)
        >>> parameters, state = optimizer.step(parameters, np.array([1.0, -1.0]), state)
        >>> parameters, state["t"]
        (array([0.9, 2.1]), 1)
    """

    learning_rate: Rate = 0.01
    clip_value: float | None = field(default=None, kw_only=True)
    clip_norm: float | None = field(default=None, kw_only=True)

    rule: ClassVar[Callable[..., tuple[Any, ...]]]
    """One step: `rule(theta, gradient, *slots, t, *parameters)` gives (theta, *slots). t counts steps from 1.

    What depends on t and on numbers alone stands by itself in a rule: an engine computes it once a step.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.__repr__ = Optimizer.__repr__  # type: ignore[method-assign]  # or `dataclass` writes another one

    def __post_init__(self) -> None:
        if not callable(self.learning_rate):
            require("learning_rate", self.learning_rate, 0)
        for name in CLIPPING:
            if getattr(self, name) is not None:
                require(name, getattr(self, name), 0)

    def __repr__(self) -> str:
        shown = [f.name for f in fields(self) if f.repr and (f.name not in CLIPPING or getattr(self, f.name))]
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    @property
    def slots(self) -> tuple[str, ...]:
        """The names of the vectors that the rule takes and returns anew, in their order."""
        return ()

    def start_of(self, slot: str) -> float:
        """Where every component of this vector starts: 0, unless the rule says otherwise."""
        return 0.0

    @property
    def settings(self) -> dict[str, Any]:
        """The hyperparameters that the rule takes, by name, in its order; clipping comes before the rule."""
        named = zip((f.name for f in fields(self)), super().parameters, strict=True)
        return {name: value for name, value in named if name not in CLIPPING}

    @property
    def parameters(self) -> tuple[Any, ...]:
        return tuple(self.settings.values())

    def learning_rates(self, first: int, steps: int) -> Array:
        """The rate of each of so many steps, (steps,) float64, of which `first` were taken before.

        Raises:
            ValueError: a schedule gives what is no rate; the message says at which step.
            TypeError: a function gives what is no number.

        >>> from chainrule.formulas.optimizers import SGD
        >>> SGD(lambda t: 0.1 / (1 + t)).learning_rates(0, 2)
        array([0.1 , 0.05])
        """
        rate = self.learning_rate
        if not callable(rate):
            return np.full(steps, float(rate))
        t = np.arange(first, first + steps)
        rates: Array = (
            rate_of_each(rate, t)
            if isinstance(rate, Schedule)
            else np.array([asked(rate, k) for k in t.tolist()], float)
        )
        wrong = np.flatnonzero(~(np.isfinite(rates) & (rates >= 0)))
        if wrong.size:
            raise ValueError(
                f"the learning rate of step {t[wrong[0]]} is {rates[wrong[0]]} by {rate!r}; "
                "a rate must be finite and at least 0"
            )
        return rates

    def at_step(self: O, t: int) -> O:
        """The optimizer as it takes the step before which t were taken: its rate is a number.

        >>> from chainrule.formulas.optimizers import SGD
        >>> SGD(lambda t: 0.1 / (1 + t)).at_step(1)
        SGD(learning_rate=0.05, momentum=0.0, nesterov=False)
        """
        return self.with_rate(float(self.learning_rates(t, 1)[0])) if callable(self.learning_rate) else self

    def with_rate(self: O, learning_rate: float) -> O:
        """The optimizer with this rate for some steps: it may be 0 too, as it is at the ends of some schedules."""
        require("learning_rate", learning_rate, 0, closed=True)
        made = copy.copy(self)
        object.__setattr__(made, "learning_rate", float(learning_rate))
        return made

    def with_checked(self: O, **settings: float) -> O:
        """The optimizer with these numbers in place of its own, for which `replace` raised no error before."""
        made = copy.copy(self)
        for name, value in settings.items():
            object.__setattr__(made, name, value)
        return made

    def for_run(self: O, total_steps: int) -> O:
        """The optimizer of a run of so many steps: a schedule that spans the whole run is told its length."""
        rate = self.learning_rate
        if not isinstance(rate, Schedule) or (known := rate.for_run(total_steps)) is rate:
            return self
        return replace(self, learning_rate=known)

    def clipped(self, gradients: Array) -> Array:
        """The gradient that the rule is given: each component clipped, then the norm of all."""
        if self.clip_value is not None:
            gradients = maximum(minimum(gradients, float(self.clip_value)), -float(self.clip_value))
        if self.clip_norm is not None and gradients.size and (largest := float(np.max(np.abs(gradients)))) > 0:
            norm = largest * float(np.sqrt(np.sum(square(gradients / largest))))  # a square by itself may overflow
            if norm > self.clip_norm:
                gradients = gradients * (float(self.clip_norm) / norm)
        return gradients

    def init(self, parameters: Any) -> State:
        """The state before the first step, for parameters of this shape and dtype."""
        theta = floats("parameters", parameters)
        return {"t": 0, **{slot: np.full_like(theta, self.start_of(slot)) for slot in self.slots}}

    @np.errstate(all="ignore")  # a square that overflows is a limit, and a diverged run shows in its losses
    def step(self, parameters: Any, gradients: Any, state: Mapping[str, Any]) -> tuple[Array, State]:
        """One step: new parameters and new state; nothing that is passed in is changed.

        Args:
            parameters: θ, an array of any shape.
            gradients: ∂L/∂θ, of the same shape.
            state: what `init` or the last `step` gave.

        Raises:
            ValueError: gradients or state do not have the shape of the parameters, the state is another optimizer's,
                or the schedule gives no rate.
            TypeError: an argument is of the wrong kind.
        """
        theta, gradient = floats("parameters", parameters), floats("gradients", gradients)
        self.check_shapes(theta, {"gradients": gradient})
        t = self.steps_of(state) + 1
        slots = [np.asarray(state[slot]) for slot in self.slots]
        self.check_shapes(theta, dict(zip(self.slots, slots, strict=True)))
        made = self.rule(theta, self.clipped(gradient), *slots, t, *self.at_step(t - 1).parameters)
        theta, *slots = (np.asarray(value, theta.dtype) for value in made)
        return theta, {"t": t, **dict(zip(self.slots, slots, strict=True))}

    def steps_of(self, state: Mapping[str, Any]) -> int:
        """How many steps a state has seen; an error if it is another optimizer's."""
        kept = "t", *self.slots
        if not isinstance(state, Mapping):
            raise TypeError(f"state must be what init or the last step gave, got an object of type {type(state)}")
        if set(state) != set(kept):
            raise ValueError(
                f"state has {', '.join(map(str, state)) or 'nothing'}, but {self} keeps {', '.join(kept)}; "
                "pass what its own init or step gave"
            )
        return as_count('state["t"]', state["t"], least=0)

    def check_shapes(self, theta: Array, arrays: Mapping[str, Array]) -> None:
        """Raise unless every array has the shape of θ."""
        for name, array in arrays.items():
            if array.shape != theta.shape:
                raise ValueError(
                    f"{name} has shape {array.shape} but the parameters have {theta.shape}; "
                    "pass those of the same network"
                )


def floats(name: str, value: Any) -> Array:
    """The array of floats that a value is, of its own dtype if that is one."""
    array = as_numbers(name, value)
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def rate_of_each(rate: Schedule, t: Array) -> Array:
    """What a schedule gives for each of some steps in a row: the same bits wherever the row begins."""
    if not len(t):
        return np.zeros(0)
    first = int(t[0]) // ALIGNMENT * ALIGNMENT
    end = int(t[-1]) + ALIGNMENT - int(t[-1]) % ALIGNMENT
    rates: Array = rate(np.arange(first, end))[t - first]
    return rates


def asked(rate: Callable[[int], float], t: int) -> float:
    """What a function of the user's own gives as the rate of step t."""
    given = rate(t)
    try:
        return float(given)
    except (TypeError, ValueError):
        raise TypeError(f"the learning rate of step {t} is {given!r} by {rate!r}; it must be a number") from None
