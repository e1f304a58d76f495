"""The parameters of optimizers and schedules as fields, read from their dataclasses; only sliders' ends stand here."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from chainrule.formulas.named import Named
from chainrule.formulas.optimizers import Optimizer
from chainrule.formulas.schedules import Schedule
from chainrule.play.fields import Field

__all__ = ["OPTIMIZERS", "SCHEDULES"]

SHARE = 0.0, 0.99999, False
ENDS: Mapping[str, tuple[float, float, bool]] = {  # least, most, logarithmic
    "learning_rate": (1e-6, 1000.0, True),
    "momentum": SHARE,
    "rho": SHARE,
    "beta_1": SHARE,
    "beta_2": SHARE,
    "epsilon": (0.0, 1.0, True),
    "weight_decay": (0.0, 10.0, True),
    "momentum_decay": (0.0, 1.0, True),
    "eta_minus": (0.01, 0.99, False),
    "eta_plus": (1.01, 5.0, False),
    "min_step": (0.0, 0.01, True),
    "max_step": (0.1, 1000.0, True),
    "memory": (1, 100, False),
    "max_line_search": (1, 100, False),
    "gradient_tolerance": (0.0, 1.0, True),
    "loss_tolerance": (0.0, 1.0, True),
    "decay_steps": (1, 2_000_000, True),
    "decay_rate": (0.0, 10.0, False),
    "alpha": (0.0, 1.0, False),
    "end_learning_rate": (0.0, 1000.0, True),
    "power": (0.0, 10.0, False),
    "pct_start": (0.0, 1.0, False),
    "div_factor": (1.0, 1e6, True),
    "final_div_factor": (1.0, 1e8, True),
}
MISSING: Mapping[str, float] = {"decay_steps": 1000, "decay_rate": 0.5}
"""Where the package has no default, as a schedule's length in steps."""
NOT_OWN = "learning_rate", "initial_learning_rate", "max_lr", "warmup_steps"
"""What a schedule calls the optimizer's rate; and the length of a warm-up, whose target is left None."""
KINDS = {"float": "number", "Rate": "number", "int": "integer", "bool": "switch"}


def fields_of(member: type[Named], group: str) -> list[Field]:
    """The parameters that a control can have: numbers and switches; what may be None keeps None."""
    made = []
    for field in dataclasses.fields(member):  # type: ignore[arg-type]
        required = field.default is dataclasses.MISSING
        kind = KINDS.get(str(field.type).removesuffix(" | None") if required else str(field.type))
        if kind is None or not field.init or (issubclass(member, Schedule) and field.name in NOT_OWN):
            continue
        default = MISSING[field.name] if required else field.default
        if kind == "switch":
            made.append(Field(name=field.name, kind=kind, group=group, default=default))
        else:
            least, most, logarithmic = ENDS[field.name]
            made.append(
                Field(
                    name=field.name,
                    kind=kind,
                    group=group,
                    default=default,
                    least=least,
                    most=most,
                    logarithmic=logarithmic,
                )
            )
    return made


OPTIMIZERS: Mapping[str, Sequence[Field]] = {
    name: fields_of(Optimizer.family[name], "optimizer") for name in Optimizer.names()
}
SCHEDULES: Mapping[str, Sequence[Field]] = {
    name: [] if name == "constant" else fields_of(Schedule.family[name], "optimizer")
    for name in Schedule.names()
    if name != "piecewise_constant_decay"  # whose parameters are lists
}
