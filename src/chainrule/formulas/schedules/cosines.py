"""Rates along a cosine: falling, after a warm-up or without, and up and down once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arguments import as_count, require
from chainrule.formulas.schedules.decays import Decay
from chainrule.formulas.schedules.schedule import Schedule

__all__ = ["CosineDecay", "OneCycle"]


@dataclass(frozen=True)
class CosineDecay(Decay):
    """η₀ (α + (1 − α) (1 + cos(π t / T)) / 2), and α η₀ from step T on (Loshchilov & Hutter 2017, eq. 5).

    With a warm-up the rate first rises in a straight line, from η₀ to the target, and falls from there.

    Args:
        initial_learning_rate: η₀.
        decay_steps: T, those of the warm-up not counted; None is the rest of the run.
        alpha: α: which share of the rate is left at the end.
        warmup_target: the rate after the warm-up; None leaves the warm-up out.
        warmup_steps: how many steps it takes.

    >>> CosineDecay(0.1, 100)([0, 50, 100])
    array([0.1 , 0.05, 0.  ])
    >>> CosineDecay(0.0, 100, warmup_target=0.1, warmup_steps=10)([0, 5, 10, 60])
    array([0.  , 0.05, 0.1 , 0.05])
    """

    decay_steps: int | None = None
    alpha: float = 0.0
    warmup_target: float | None = None
    warmup_steps: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        require("alpha", self.alpha, 0, closed=True)
        as_count("warmup_steps", self.warmup_steps, least=0)
        if self.warmup_target is not None:
            require("warmup_target", self.warmup_target, 0, closed=True)
        elif self.warmup_steps:
            raise ValueError(
                f"warmup_steps is {self.warmup_steps} but there is no warmup_target; pass the rate to reach"
            )

    @property
    def steps_before(self) -> int:
        return self.warmup_steps

    @staticmethod
    def rate(
        t: Any, initial: float, decay_steps: float, alpha: float, warmup_target: float | None, warmup_steps: float
    ) -> Any:
        def falling(since: Any, highest: float) -> Any:
            return highest * (alpha + (1 - alpha) * (1 + np.cos(np.pi * np.minimum(since / decay_steps, 1))) / 2)

        if warmup_target is None:
            return falling(t, initial)
        rising = initial + (warmup_target - initial) * t / max(warmup_steps, 1)
        return np.where(t < warmup_steps, rising, falling(np.maximum(t - warmup_steps, 0), warmup_target))


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up to the highest rate and down to almost none, both along a cosine (Smith 2018; as PyTorch's OneCycleLR).

    From η / d it rises to η, at which it is in step pₜ T − 1, and falls to η / (d f) in the last step, T − 1.

    Args:
        max_lr: η, the highest rate.
        total_steps: T; None is the whole run.
        pct_start: p, the share of the steps in which the rate rises, in [0, 1].
        div_factor: d, how many times smaller the first rate is.
        final_div_factor: f, how many times smaller than the first the last one is.

    >>> OneCycle(1.0, 101, pct_start=0.5, div_factor=10, final_div_factor=100)([0, 100])
    array([0.1  , 0.001])
    """

    max_lr: float
    total_steps: int | None = None
    pct_start: float = 0.3
    div_factor: float = 25.0
    final_div_factor: float = 1e4

    length = "total_steps"

    def __post_init__(self) -> None:
        super().__post_init__()
        require("max_lr", self.max_lr, 0)
        require("pct_start", self.pct_start, 0, closed=True)
        if self.pct_start > 1:
            raise ValueError(f"pct_start must be at most 1, a share of the steps; got {self.pct_start}")
        require("div_factor", self.div_factor, 0)
        require("final_div_factor", self.final_div_factor, 0)

    @staticmethod
    def rate(t: Any, highest: float, total: float, pct_start: float, div_factor: float, final_div_factor: float) -> Any:
        def along_cosine(start: float, end: float, share: Any) -> Any:
            return end + (start - end) * (1 + np.cos(np.pi * np.clip(share, 0, 1))) / 2

        top, last = max(pct_start * total - 1, 0.0), total - 1  # the steps of the highest and of the last rate
        first = highest / div_factor
        rising = along_cosine(first, highest, t / top if top > 0 else 1.0)
        falling = along_cosine(highest, first / final_div_factor, (t - top) / (last - top) if last > top else 0.0)
        return np.where(t <= top, rising, falling)
