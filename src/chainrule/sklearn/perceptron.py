"""What the classifier and the regressor share: from parameters and data to a trained network."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, validate_data

from chainrule.engines import choose
from chainrule.formulas.activations import Activation
from chainrule.formulas.losses import Loss
from chainrule.formulas.optimizers import LBFGS
from chainrule.network import Network
from chainrule.sklearn.held_out import HeldOut, part_held_out, users_own
from chainrule.sklearn.inspection import Inspection, dense
from chainrule.sklearn.observers import CallbackSupportMixin, FitTasks, Minimization
from chainrule.sklearn.randomness import Order, draw_start
from chainrule.sklearn.settings import activation_of, optimizer_of, sizes_of, their_name
from chainrule.sklearn.stopping import Progress, Stopping
from chainrule.training.loop import DivergenceError

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.training.history import History

__all__ = ["Perceptron", "is_stochastic"]


class Perceptron(Inspection, CallbackSupportMixin, BaseEstimator):  # type: ignore[misc]
    """An estimator with a network. Subclasses say what targets, predictions and scores are."""

    validation_loss_curve_: list[float] | None
    _state: Mapping[str, Any] | None

    def keep(self, parameters: dict[str, Any]) -> None:
        """Store what `__init__` was given, and nothing else, as scikit-learn wants it."""
        for name, value in parameters.items():
            if name not in ("self", "__class__"):
                setattr(self, name, value)

    def targets(self, y: Any, *, first: bool) -> Array:
        """The targets as numbers, (n, n_outputs), one an output."""
        raise NotImplementedError

    def output_and_loss(self) -> tuple[str | Activation, Loss]:
        """The activation of the last layer, and what is minimized."""
        raise NotImplementedError

    def score_of(self, a: Array, y: Array, sample_weight: Array | None) -> float:
        """How good outputs a are for encoded targets y, both (n, n_outputs): what early stopping goes by."""
        raise NotImplementedError

    def one_class_each(self, y: Array) -> Array | None:
        """The class of each sample from its encoded targets, (n,); None where it may have several or none."""
        return None

    def weights_of(self, y: Any, sample_weight: Any, X: Array) -> Array | None:
        """What each sample counts for, (n,), or None."""
        return None if sample_weight is None else _check_sample_weight(sample_weight, X, ensure_non_negative=True)

    def _fit(
        self, X: Any, y: Any, sample_weight: Any, held_out: tuple[Any, Any], *, incremental: bool = False
    ) -> Perceptron:
        """Fit, or take one epoch (incremental)."""
        first = not hasattr(self, "network_") or not (self.warm_start or incremental)
        types, numeric = (np.float64, np.float32), not is_classifier(self)
        X, y = validate_data(
            self, X, y, accept_sparse=("csr", "csc"), multi_output=True, y_numeric=numeric, dtype=types, reset=first
        )
        weights, given = self.weights_of(y, sample_weight, X), (X, y)
        X, y = dense(X), self.targets(y, first=first and not incremental)
        random_state = check_random_state(self.random_state)
        self._prepare(X, y, random_state, first=first)
        if not incremental:
            self.early_stopped_ = False
        elif self.early_stopped_:
            return self
        own = users_own(self, *held_out, X.dtype)
        held = own
        if own is None and self.early_stopping and not isinstance(self._optimizer(), LBFGS):
            X, y, weights, held = part_held_out(self, X, y, weights, random_state, incremental=incremental)

        context, tasks = None, []
        if getattr(self, "_skl_callbacks", None):
            context = self._init_callback_context(max_subtasks=None)
            data = {"X": given[0], "y": given[1], "metadata": {"sample_weight": sample_weight}}
            context.call_on_fit_task_begin(estimator=self, **data)
            tasks = [FitTasks(self, context, data)]
        self._train(X, y, weights, held, own, tasks, incremental=incremental)
        if context is not None:
            context.call_on_fit_task_end(estimator=self, reconstruction_attributes=tasks[0].attributes, **data)
        return self

    def _prepare(self, X: Array, y: Array, random_state: Any, *, first: bool) -> None:
        """Build the network, or see whether the one that goes on is the one that is asked for."""
        sizes = [X.shape[1], *sizes_of(self.hidden_layer_sizes), y.shape[1]]
        if not first:
            if tuple(sizes) != self.network_.structure.sizes:
                raise ValueError(
                    f"the fitted network has layers {list(self.network_.structure.sizes)}, but the parameters and data "
                    f"ask for {sizes}; set warm_start=False to begin anew"
                )
            return
        output, self._loss = self.output_and_loss()
        by_theirs = isinstance(self.initializer, str) and self.initializer == "auto"
        drops_out = bool(np.any(np.asarray(self.dropout) != 0))
        self.network_ = Network(
            sizes,
            hidden=activation_of(self.activation),
            output=output,
            normalization=self.normalization,
            dropout=self.dropout,
            initializer="zeros" if by_theirs else self.initializer,
            seed=0 if by_theirs and not drops_out else int(random_state.randint(2**31 - 1)),
            dtype=X.dtype,
        )
        if by_theirs:
            draw_start(self.network_, random_state)
        self._random_state, self._order, self._state, self._progress = random_state, None, None, Progress()
        self.n_layers_, self.n_outputs_ = len(sizes), sizes[-1]
        self.out_activation_ = their_name(self.network_.structure.layers[-1].activation)
        self.early_stopped_, self.validation_loss_curve_ = False, None

    def _train(
        self,
        X: Array,
        y: Array,
        weights: Array | None,
        held: HeldOut | None,
        own: HeldOut | None,
        tasks: list[FitTasks],
        *,
        incremental: bool,
    ) -> None:
        """Train the network, and take down what became of it."""
        optimizer, progress, n = self._optimizer(), self._progress, len(X)
        by_lbfgs = isinstance(optimizer, LBFGS)
        size = n if by_lbfgs else min(200, n) if self.batch_size == "auto" else self.batch_size
        if size > n:
            warnings.warn(f"batch_size={size} is larger than the {n} samples; all are taken", stacklevel=4)
            size = n
        score = None
        if self.early_stopping and held is not None and not by_lbfgs:
            score = lambda: self.score_of(self.network_.predict(held.X), held.y, held.weights)  # noqa: E731
        watch = Minimization(self.verbose) if by_lbfgs else Stopping(progress, self, n, score)
        order = Order(self._random_state, self._order)
        state = self._state if self._state and set(self._state) == {"t", *optimizer.slots} else None
        if state is None:
            progress.rate = None
            state = None if by_lbfgs else optimizer.init(self.network_.parameters)
        arguments = {
            "optimizer": optimizer,
            "optimizer_state": state,
            "epochs": 1 if incremental else self.max_iter,
            "batch_size": size,
            "shuffle": order if self.shuffle else False,
            "validation_data": None if own is None else (own.X, own.y),
            "sample_weight": weights,
            "l2": self.alpha / (size * (1.0 if weights is None else float(np.mean(weights)))),
            "callbacks": [watch, *tasks, *(self.callbacks or ())],
            "verbose": 0,
        }
        try:
            history = self._run(X, y, arguments)
        except DivergenceError as error:
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
                f"preprocessed: {error}"
            ) from None
        self.history_, self._order = history, order.last
        if own is not None:
            self.validation_loss_curve_ = [*(self.validation_loss_curve_ or ()), *history.history.get("val_loss", ())]
        converged = self._take_down(watch, history, scored=score is not None)
        if progress.best is not None and (self.early_stopped_ or (score is not None and not incremental)):
            self.network_.numbers[...] = progress.best
        if history.stopped_by == "interrupt":
            warnings.warn("Training interrupted by user.", stacklevel=4)
        elif not (converged or incremental or (history.stopped_by and not watch.stopped)):
            reached = f"Maximum iterations ({self.max_iter})" if self.n_iter_ == self.max_iter else "The end"
            warnings.warn(
                f"{optimizer.name}: {reached} reached and the optimization hasn't converged yet.",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _take_down(self, watch: Minimization | Stopping, history: History, *, scored: bool) -> bool:
        """Set the attributes that say how the fit went; whether it converged."""
        progress = self._progress
        if isinstance(watch, Minimization):
            search = watch.search
            self.n_iter_, converged = max(search.iterations, 1), search.converged
            progress.losses += history.loss[: self.n_iter_]
            self.loss_ = progress.best_loss = float(search.loss)
        else:
            watch.take(history.loss)
            self._state, self.n_iter_, converged = history.optimizer_state, len(history.loss), watch.converged
            self.loss_ = progress.losses[-1] if progress.losses else np.nan
        self.t_ = progress.samples
        self.loss_curve_, self.best_loss_ = progress.losses, None if scored else progress.best_loss
        self.validation_scores_ = progress.scores if scored else None
        self.best_validation_score_ = progress.best_score if scored else None
        self.early_stopped_ = scored and converged
        return converged

    def _run(self, X: Array, y: Array, arguments: dict[str, Any]) -> History:
        """`Network.fit`, where "auto" is the compiled engine wherever it knows all formulas.

        An estimator is fitted again and again, in folds and grids: what is compiled once pays for itself, and the same
        fit gives the same bits whether its kernel was there already or not.
        """
        if self.engine != "auto" or not choose.can_compile():
            return self.network_.fit(X, y, self._loss, engine=self.engine, **arguments)
        from chainrule.engines.formula_code import UnknownOperationError

        try:
            return self.network_.fit(X, y, self._loss, engine="compiled", **arguments)
        except UnknownOperationError:  # nothing has begun yet
            return self.network_.fit(X, y, self._loss, engine="numpy", **arguments)

    def _optimizer(self) -> Any:
        return optimizer_of(self)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def is_stochastic(model: Any) -> bool:
    """Whether the solver can take one epoch and go on later; an AttributeError that says so if not."""
    if isinstance(model._optimizer(), LBFGS):
        raise AttributeError(
            "partial_fit is only available for stochastic optimizers. "
            f"{model.solver} is not stochastic; pass solver='adam' or 'sgd', or call fit."
        )
    return True
