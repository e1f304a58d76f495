"""L-BFGS as an engine: SciPy minimizes in a thread of its own, and is let go on by so many iterations at a time.

SciPy wants to be called once and to return at the end, a training run wants to look up between blocks of steps. So the
two take turns, and only one of them computes at any moment.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.formulas.normalizations import BatchNorm
from chainrule.formulas.optimizers import LBFGS

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.engines.job import Job
    from chainrule.formulas.optimizers import Optimizer, State

__all__ = ["LBFGSEngine", "require_one_loss"]

Objective = Callable[["Array"], tuple[float, "Array"]]
"""The loss and its gradient, of θ."""
NO_END = 2**31 - 1


class LBFGSEngine:
    """Does a job of L-BFGS, an iteration a step.

    Args:
        job: on full batches.
        gradients: the loss of given parameters on the job's samples, and its gradient.
    """

    def __init__(self, job: Job, gradients: Objective) -> None:
        require_one_loss(job)
        assert isinstance(job.optimizer, LBFGS)
        self.job = job
        self.optimizer: Optimizer = job.optimizer
        self.t = job.first_state["t"]
        options = {
            "maxcor": job.optimizer.memory,
            "gtol": job.optimizer.gradient_tolerance,
            "ftol": 0.0,
            "maxls": job.optimizer.max_line_search,
            "maxiter": NO_END,
            "maxfun": NO_END,
        }
        self.search = Search(objective_of(job, gradients), job.parameters.astype(np.float64), options)
        self.close = weakref.finalize(self, self.search.stop)  # at the latest with the engine itself
        """Ends the thread."""

    def run(self, steps: int) -> Array:
        """Take these steps; the loss before each, (steps,) float64. Once it has converged, they change nothing."""
        losses = self.search.go_on(steps)
        self.job.parameters[...] = self.search.x
        self.t += steps
        return losses

    @property
    def state(self) -> State:
        """How many iterations were asked for. The curvature that SciPy has found is its own, and begins anew."""
        return {"t": self.t}


class Search:
    """SciPy's minimization, iteration by iteration. Where it stands: x, and the loss there."""

    def __init__(self, objective: Objective, x: Array, options: dict[str, Any]) -> None:
        self.objective, self.x, self.loss, self.options = objective, x, np.nan, options
        self.losses: list[float] = []
        self.left, self.ended = 0, False
        self.orders: SimpleQueue[int] = SimpleQueue()  # so many iterations, or 0 to stop
        self.answers: SimpleQueue[BaseException | None] = SimpleQueue()
        self.thread = threading.Thread(target=self._minimize, name="chainrule-lbfgs", daemon=True)

    def go_on(self, steps: int) -> Array:
        """So many iterations more; the loss before each, (steps,)."""
        self.losses = []
        if steps and not self.ended:
            if self.thread.ident is None:
                self.thread.start()
            self.orders.put(steps)
            if (error := self.answers.get()) is not None:
                raise error
        return np.array(self.losses + [self.loss] * (steps - len(self.losses)))

    def stop(self) -> None:
        """End the thread."""
        if self.thread.is_alive():
            self.orders.put(0)
            self.thread.join()

    def _minimize(self) -> None:
        from scipy.optimize import minimize  # here, because importing it takes longer than most runs

        answer: BaseException | None = None
        try:
            self._wait()
            minimize(self._evaluate, self.x, jac=True, method="L-BFGS-B", callback=self._iterated, options=self.options)
        except _StoppedError:
            return
        except BaseException as error:
            answer = error
        self.ended = True
        self.answers.put(answer)

    def _evaluate(self, x: Array) -> tuple[float, Array]:
        loss, gradient = self.objective(x)
        if np.isnan(self.loss):
            self.loss = loss  # of the parameters that the run begins with
        return loss, gradient

    def _iterated(self, intermediate_result: Any) -> None:
        self.losses.append(self.loss)
        self.x, self.loss = intermediate_result.x.copy(), float(intermediate_result.fun)
        self.left -= 1
        if self.left == 0:
            self.answers.put(None)
            self._wait()

    def _wait(self) -> None:
        self.left = self.orders.get()
        if self.left == 0:
            raise _StoppedError


class _StoppedError(Exception):
    """The run is over before the minimization is."""


def objective_of(job: Job, gradients: Objective) -> Objective:
    """What is minimized: the loss on all samples, and the penalty on the weights."""
    structure, regularization = job.structure, job.regularization

    @np.errstate(over="ignore", invalid="ignore")  # a diverged run shows in its losses
    def objective(x: Array) -> tuple[float, Array]:
        theta = x.astype(job.theta.dtype)
        loss, gradient = gradients(theta)
        if not regularization.penalizes:
            return loss, gradient.astype(np.float64)
        weights = [layer.weight(theta) for layer in structure.layers]
        for layer, weight in zip(structure.layers, weights, strict=True):
            layer.weight(gradient)[...] += regularization.slope(weight, regularization.l1, regularization.l2)
        return loss + regularization.penalty(weights), gradient.astype(np.float64)

    return objective


def require_one_loss(job: Job) -> None:
    """Raise unless every step has the same loss, a function of the parameters alone.

    Raises:
        ValueError: it has not; the message says why, and what to do.
    """
    changing = {
        f"a batch of {job.batches.size} samples; pass batch_size=None": job.batches.steps_per_epoch > 1,
        "what dropout leaves; build the network without it": job.structure.drops_out,
        "weights within max_norm; pass l2= instead": job.regularization.max_norm is not None,
        "running statistics that each step changes; build the network with normalization='layer_norm'": any(
            isinstance(layer.normalization, BatchNorm) for layer in job.structure.layers
        ),
    }
    for reason, holds in changing.items():
        if holds:
            raise ValueError(
                f"LBFGS needs one loss on all samples for the whole run, not one of {reason}, "
                "or choose another optimizer"
            )
