"""The record of a training run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["History"]


@dataclass
class History:
    """What a training run leaves behind, by Keras' names.

    Attributes:
        epoch: the epochs that were completed, from 0.
        history: a list for each quantity, one value an epoch. "loss" is the mean over the epoch's samples, each taken
            when its batch was, before that batch's update: for a full batch the loss at the beginning of the epoch, as
            the report prints it. "val_loss", where validation data was given, is the loss on it after the epoch.
            "accuracy" and "val_accuracy", where `fit(metrics=["accuracy"])` asks for them, are the shares of right
            classes after the epoch. "learning_rate", where a callback sets it, is the rate of the epoch.
        seconds: how long the run took, seconds.
        stopped_by: why it ended before the last epoch: "interrupt" (Ctrl-C), "callback", or None if it did not.
        engine: which engine computed it: name it in `fit` to get the same bits again.
        optimizer_state: what the optimizer carries after the last step, for `fit(optimizer_state=...)` to go on with.
    """

    epoch: list[int] = field(default_factory=list)
    history: dict[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0
    stopped_by: str | None = None
    engine: str = ""
    optimizer_state: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def loss(self) -> list[float]:
        """The loss of every epoch."""
        return self.history["loss"]

    def __repr__(self) -> str:
        if not self.epoch:
            return "History(0 epochs)"
        last = ", ".join(f"{name} {values[-1]:.4g}" for name, values in self.history.items() if values)
        stopped = f", stopped by {self.stopped_by}" if self.stopped_by else ""
        return f"History({len(self.epoch)} epochs, last {last}, {self.seconds:.3g} s{stopped})"

    def _repr_html_(self) -> str:
        from chainrule.explain.notebook import history_html

        return history_html(self)

    def _repr_latex_(self) -> str:
        from chainrule.explain.notebook import history_latex

        return history_latex(self)
