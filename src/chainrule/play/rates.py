"""The schedule that settings mean: the optimizer's rate is the highest, and the schedule's parameters say the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chainrule.formulas.schedules import CosineDecay, PiecewiseConstantDecay, Schedule

__all__ = ["scheduled"]


def scheduled(name: str, rate: float, settings: Mapping[str, Any]) -> Schedule:
    """The schedule of that name.

    Piecewise constant rates are factors of the optimizer's, so that one control moves all of them; a cosine's warm-up
    rises from 0 to the optimizer's rate.

    Raises:
        ValueError: the parameters do not fit one another.

    Example:
        >>> scheduled("piecewise_constant_decay", 0.3, {"boundaries": [100, 200], "factors": [0.1, 0.01]})
        PiecewiseConstantDecay(boundaries=(100, 200), values=(0.3, 0.03, 0.003))
        >>> scheduled("cosine_decay", 0.3, {"warmup_steps": 10, "decay_steps": 90})(5)
        0.15
    """
    if name == "piecewise_constant_decay":
        boundaries, factors = settings["boundaries"], settings["factors"]
        if len(boundaries) != len(factors):
            raise ValueError(
                f"factors must be one for each of the {len(boundaries)} boundaries, got {len(factors)}; "
                "pass as many of both"
            )
        rates = [float(f"{rate * factor:.12g}") for factor in factors]  # 0.01, not 0.010000000000000002
        return PiecewiseConstantDecay(boundaries, [rate, *rates])
    if settings.get("warmup_steps"):
        return CosineDecay(0.0, warmup_target=rate, **settings)
    return Schedule.family[name](rate, **settings)  # type: ignore[call-arg, return-value]
