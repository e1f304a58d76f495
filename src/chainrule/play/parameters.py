"""The parameters of optimizers and schedules as fields, read from their dataclasses; only sliders' ends stand here."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from chainrule.formulas.named import Named
from chainrule.formulas.optimizers import LBFGS, Optimizer
from chainrule.formulas.optimizers.optimizer import CLIPPING
from chainrule.formulas.schedules import Schedule
from chainrule.play.fields import Field

__all__ = ["OPTIMIZERS", "SCHEDULES"]

MOST_STEPS = 2_000_000
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
    "max_evaluations": (1, MOST_STEPS, True),
    "clip_value": (1e-6, 1000.0, True),
    "clip_norm": (1e-6, 1000.0, True),
    "decay_steps": (1, MOST_STEPS, True),
    "total_steps": (1, MOST_STEPS, True),
    "warmup_steps": (0, MOST_STEPS, True),
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
FIRST: Mapping[str, float] = {
    "max_evaluations": 1000,
    "clip_value": 1.0,
    "clip_norm": 1.0,
    "decay_steps": 1000,
    "total_steps": 1000,
}
"""Of what may be None, where it is wanted."""
NOT_OWN = "learning_rate", "initial_learning_rate", "max_lr", "warmup_target"
"""What a schedule calls the optimizer's rate: `rates.scheduled` gives it."""
KINDS = {"float": "number", "Rate": "number", "int": "integer", "bool": "switch"}


def fields_of(member: type[Named], group: str) -> list[Field]:
    """The parameters, those of the clipping last."""
    made = []
    for field in sorted(dataclasses.fields(member), key=lambda each: each.name in CLIPPING):  # type: ignore[arg-type]
        left_out = issubclass(member, Schedule) and field.name in NOT_OWN
        if not field.init or left_out or (member is LBFGS and field.name in CLIPPING):
            continue
        required = field.default is dataclasses.MISSING
        kind = KINDS[str(field.type).removesuffix(" | None")]
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
                    first=FIRST[field.name] if default is None else None,
                )
            )
    return made


PIECES = [
    Field(
        name="boundaries",
        kind="list",
        group="optimizer",
        default=(1000,),
        least=0,
        most=MOST_STEPS,
        fewest=1,
        longest=8,
    ),
    Field(
        name="factors", kind="values", group="optimizer", default=(0.1,), least=0.0, most=1000.0, fewest=1, longest=8
    ),
]
"""Of the piecewise constant schedule: steps after which the rate changes, and to which factor of the optimizer's."""
OPTIMIZERS: Mapping[str, Sequence[Field]] = {
    name: fields_of(Optimizer.family[name], "optimizer") for name in Optimizer.names()
}
SCHEDULES: Mapping[str, Sequence[Field]] = {
    name: PIECES if name == "piecewise_constant_decay" else fields_of(Schedule.family[name], "optimizer")
    for name in Schedule.names()
}
