"""Who else looks at a fit: the state of L-BFGS, and scikit-learn's own callbacks where it has them (1.9 and later)."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from chainrule.engines.lbfgs import LBFGSEngine
from chainrule.training.callbacks import Callback

if TYPE_CHECKING:
    from chainrule.engines.lbfgs import Search

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # scikit-learn before 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands where scikit-learn has callbacks."""


__all__ = ["CallbackSupportMixin", "FitTasks", "Minimization"]


class Minimization(Callback):
    """Keeps hold of L-BFGS, to ask how it ended. Looks at every epoch only where it is to print the loss."""

    def __init__(self, verbose: Any) -> None:
        self.verbose = bool(verbose)
        self.first = 0 if verbose else 2**62

    def on_epoch_end(self, epoch: int, logs: Any) -> None:
        if self.verbose:
            print(f"Iteration {epoch + 1}, loss = {logs['loss']:.8f}")
        if self.search.ended:
            self.stop()

    @property
    def search(self) -> Search:
        """The search, under way or ended."""
        assert self.run is not None
        assert isinstance(self.run.engine, LBFGSEngine)
        return self.run.engine.search


class FitTasks(Callback):
    """Tells scikit-learn's callbacks of every epoch, as a task of the fit; one of them may end it.

    Args:
        estimator: which has such callbacks.
        context: that of its fit.
        data: X, y and metadata, as the hooks may ask for them.
    """

    def __init__(self, estimator: Any, context: Any, data: dict[str, Any]) -> None:
        self.estimator, self.context, self.data = estimator, context, data
        self.task: Any = None

    def on_train_begin(self, logs: Any = None) -> None:
        self.begin()

    def on_epoch_end(self, epoch: int, logs: Any) -> None:
        if self.task.call_on_fit_task_end(
            estimator=self.estimator, reconstruction_attributes=self.attributes, **self.data
        ):
            self.stop()
        self.task = None
        if not self.stopped:
            self.begin()

    def on_train_end(self, logs: Any = None) -> None:
        if self.task is not None:  # the epoch that was not to come
            self.task.call_on_fit_task_end(estimator=self.estimator)

    def begin(self) -> None:
        """The task of the next epoch begins."""
        self.task = self.context.subcontext(task_name="epoch")
        self.task.call_on_fit_task_begin(
            estimator=self.estimator, reconstruction_attributes=self.attributes, **self.data
        )

    def attributes(self) -> dict[str, Any]:
        """What a copy of the estimator needs to predict as it would now."""
        names = self.estimator.get_params()
        return {
            name: copy.deepcopy(value) if name == "network_" else value
            for name, value in vars(self.estimator).items()
            if name not in names and not name.startswith(("_skl", "_callback", "_parent"))
        }
