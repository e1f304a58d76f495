"""A number of every epoch that a callback watches, and whether it has become better."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chainrule.arguments import require

if TYPE_CHECKING:
    from chainrule.training.callbacks.callback import Logs

__all__ = ["Monitor"]

BETTER_WHEN_LARGER = ("accuracy", "acc", "auc", "f1", "precision", "r2", "recall", "score")
MODES = ("auto", "min", "max")


class Monitor:
    """Watches one quantity of the logs.

    Args:
        callback: the name of the callback, for its messages.
        monitor: the quantity's name.
        mode: "min" where smaller is better, "max" where larger is; "auto" knows that of losses, errors and accuracies.
        min_delta: by how much a value must be better than the best one to count.

    Raises:
        TypeError: monitor is no name, or min_delta no number.
        ValueError: there is no such mode, or min_delta is negative.
    """

    def __init__(self, callback: str, monitor: str, mode: str, min_delta: float) -> None:
        if not isinstance(monitor, str):
            raise TypeError(f"monitor must be the name of a quantity such as 'val_loss', got {monitor!r}")
        if mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}, got {mode!r}")
        require("min_delta", min_delta, 0, closed=True)
        if mode == "auto":
            if monitor.endswith(("loss", "error")):
                mode = "min"
            elif monitor.removeprefix("val_") in BETTER_WHEN_LARGER:
                mode = "max"
            else:
                raise ValueError(
                    f"{callback} cannot tell whether a smaller {monitor!r} is better or a larger one; "
                    "pass mode='min' or mode='max'"
                )
        self.callback, self.name, self.min_delta = callback, monitor, min_delta
        self.sign = 1 if mode == "min" else -1

    @property
    def worst(self) -> float:
        """What every value is better than."""
        return self.sign * math.inf

    def value(self, logs: Logs) -> float:
        """The quantity of this epoch.

        Raises:
            ValueError: the logs have no such quantity; the message says which they have.
        """
        if self.name not in logs:
            advice = (
                "pass validation_data=(X, y) to fit"
                if self.name.startswith("val_") and not any(name.startswith("val_") for name in logs)
                else "pass monitor= one of these"
            )
            raise ValueError(
                f"{self.callback} monitors {self.name!r}, but the epochs of this run have {', '.join(logs)}; {advice}"
            )
        return logs[self.name]

    def improves(self, value: float, best: float) -> bool:
        """Whether a value is better than the best one, by more than min_delta; NaN never is.

        >>> Monitor("EarlyStopping", "val_loss", "auto", 0.1).improves(0.85, best=0.9)
        False
        """
        return self.sign * value + self.min_delta < self.sign * best
