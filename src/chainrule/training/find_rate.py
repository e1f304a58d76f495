"""The learning-rate range test: a short run whose rate grows from step to step, and the loss that each rate leaves."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arguments import as_count, as_generator, require
from chainrule.backprop import forward, mean_loss
from chainrule.engines import choose
from chainrule.engines.batches import Batches, as_batch_size
from chainrule.engines.job import Job
from chainrule.formulas import optimizers
from chainrule.formulas.regularization import Regularization
from chainrule.formulas.schedules import ExponentialDecay
from chainrule.training.samples import checked, require_two_classes, weights_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from chainrule.arrays import Array
    from chainrule.formulas.losses import Loss
    from chainrule.formulas.optimizers import Optimizer
    from chainrule.network import Network

__all__ = ["RangeTest", "lr_find"]

EXPLODED = 4.0  # times the loss that the test began with


@dataclass(frozen=True)
class RangeTest:
    """What a range test found.

    Attributes:
        rates: the learning rates that were tried, growing by the same factor from step to step, (n,).
        losses: the loss on all samples after the step of each, (n,); the last may be infinite or NaN.
        start: the loss on all samples before the first step.
    """

    rates: Array
    losses: Array
    start: float

    @property
    def suggestion(self) -> float:
        """A tenth of the rate at which the loss is lowest (Howard & Gugger 2020): a rate for a whole run.

        The steepest place is often suggested instead. But the curve falls fastest just before it explodes, and a run of
        that rate diverges more often than not with momentum.

        Raises:
            ValueError: no step lowers the loss.
        """
        return float(self.rates[self._lowest - 1]) / 10

    @property
    def steepest(self) -> float:
        """The rate whose step lowers the loss most, of those before it is lowest.

        Raises:
            ValueError: no step lowers the loss.
        """
        return float(self.rates[int(np.argmin(np.diff(self._path[: self._lowest + 1])))])

    @property
    def _path(self) -> Array:
        return np.array([self.start, *self.losses])

    @property
    def _lowest(self) -> int:
        """How many steps lead to the lowest loss."""
        lowest = int(np.nanargmin(self._path))
        if lowest == 0:
            raise ValueError(
                f"the loss falls at none of the rates from {self.rates[0]:g} to {self.rates[-1]:g}; "
                "pass a smaller start_lr, or scale the inputs to about 1"
            )
        return lowest

    def plot(self, axes: Axes | None = None) -> Figure | SubFigure | None:
        """The losses over the rates, and the suggestion; on these axes, or on a figure of their own."""
        from chainrule import plots

        if axes is None:
            axes = plots.figure(1, width=4.6, height=3.2)[1][0]
        plots.in_style(self._draw)(axes)
        return axes.get_figure()

    def _draw(self, axes: Axes) -> None:
        from chainrule.plots import INK

        axes.semilogx(self.rates, self.losses, color=INK, linewidth=1.5, label="loss after the step")
        if np.nanmin(self.losses) < self.start:
            label = f"suggestion: {self.suggestion:.2g}"
            axes.axvline(self.suggestion, color="#009e73", linestyle=":", linewidth=1.6, label=label)
        low, high = (
            min(float(np.nanmin(self.losses)), self.start),
            1.3 * self.start,
        )  # how high it explodes says nothing
        axes.set(xlabel="learning rate", ylabel="loss", ylim=(low - 0.05 * (high - low), high))
        axes.grid(visible=True, alpha=0.25, linewidth=0.6)
        axes.legend(loc="lower left")


def lr_find(
    network: Network,
    X: Any,
    y: Any,
    loss: str | Loss = "binary_cross_entropy",
    *,
    optimizer: str | Optimizer = "sgd",
    start_lr: float = 1e-7,
    end_lr: float = 10.0,
    num_it: int = 100,
    batch_size: int | None = None,
    shuffle: bool | int | np.random.Generator = True,
    sample_weight: Any = None,
    class_weight: Any = None,
    l1: float = 0.0,
    l2: float = 0.0,
    max_norm: float | None = None,
    engine: str = "auto",
) -> RangeTest:
    """Try learning rates on a copy of a network, each a step (Smith 2017, section 3.3).

    The rate grows by the same factor from step to step, and after each the loss on all samples is taken, which has
    nothing of the noise of a batch; dropout leaves nothing out there. The test ends with `num_it` steps, or when the
    loss is more than four times what it was, or not finite. The network, and its generator, stay as they are.

    Args:
        network: where the test begins.
        X: samples, (n, d_in).
        y: targets, as of `Network.fit`.
        loss: a name or a Loss.
        optimizer: a name or an Optimizer, whose learning rate plays no part.
        start_lr: the first rate, > 0.
        end_lr: the last one.
        num_it: how many rates, at least 3.
        batch_size: samples a step; None takes all of them.
        shuffle: as of `Network.fit`; True draws what the network's generator would draw.
        sample_weight: as of `Network.fit`, like what follows.
        class_weight: what each class counts for.
        l1: of the penalty.
        l2: of the penalty.
        max_norm: of the weights that enter a unit.
        engine: who computes.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: shapes, values or names that do not fit, or an optimizer without a learning rate.

    Example:
        >>> import chainrule as cr
        >>> X, y = cr.datasets.xor()
        >>> net = cr.Network([2, 8, 1], hidden="tanh", seed=0)
        >>> found = cr.lr_find(net, X, y, optimizer=cr.SGD(momentum=0.9), end_lr=1e3)
        >>> 0.1 < found.suggestion < 1 < found.steepest
        True
    """
    theta = np.concatenate([network.parameters, network.running_statistics])
    structure, rng = network.structure, copy.deepcopy(network.rng)
    loss, X, y = checked(structure, theta.dtype, X, y, loss)
    require_two_classes(loss, y)
    require("start_lr", start_lr, 0)
    require("end_lr", end_lr, start_lr)
    num_it = as_count("num_it", num_it, least=3)
    rule = optimizers.get(optimizer)
    if isinstance(rule, optimizers.LBFGS | optimizers.Rprop):
        raise ValueError(f"{type(rule).__name__} finds the lengths of its steps by itself; there is no rate to find")
    schedule = ExponentialDecay(start_lr, num_it - 1, end_lr / start_lr)
    if shuffle is None:
        raise TypeError("shuffle must be True, False, a seed or a numpy.random.Generator, got None")
    order = rng if shuffle is True else None if shuffle is False else as_generator("shuffle", shuffle)
    key = int(rng.integers(2**63)) if structure.drops_out else 0
    regularization = Regularization(l1=l1, l2=l2, max_norm=max_norm)
    weights = weights_of(loss, y, sample_weight, class_weight)
    batches = Batches(len(X), as_batch_size(batch_size, len(X)), order)
    job = Job(
        structure, theta, X, y, loss, replace(rule, learning_rate=schedule), batches, weights, regularization, key
    )
    running = choose.start(choose.pick(engine, job, num_it), job)
    losses: list[float] = []
    start = loss_of(job)
    while len(losses) < num_it and (not losses or losses[-1] <= EXPLODED * start):  # NaN is not
        running.run(1)
        losses.append(loss_of(job))
    return RangeTest(schedule(np.arange(len(losses))), np.array(losses), start)


@np.errstate(over="ignore", invalid="ignore")
def loss_of(job: Job) -> float:
    """The loss of a job's parameters on all its samples."""
    z, a = forward(job.structure, job.theta, job.X)
    weights = [layer.weight(job.theta) for layer in job.structure.layers]
    return mean_loss(job.structure, z[-1], a[-1], job.y, job.loss, job.weights) + job.regularization.penalty(weights)
