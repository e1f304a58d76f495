"""One training step of any network on any batch, as data: every number of it, named, from the reference."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arrays import Array
from chainrule.backprop import Backprop, Keep, backprop
from chainrule.engines.reference import as_vector
from chainrule.explain.inside import Inside, inside
from chainrule.explain.parts import parts
from chainrule.explain.passage import GRADIENTS, kinds
from chainrule.formulas import optimizers
from chainrule.formulas.dropout import mask, step_key
from chainrule.formulas.losses import Loss
from chainrule.formulas.optimizers import Optimizer, State
from chainrule.formulas.regularization import Regularization
from chainrule.structure import Structure
from chainrule.training.samples import checked

if TYPE_CHECKING:
    from chainrule.network import Network

__all__ = ["Trace", "trace"]


@dataclass(frozen=True)
class Trace:
    """Every number of one step.

    Attributes:
        structure: the network's layers.
        loss: the loss function.
        optimizer: the update rule; its rate is that of this step.
        asked: the same as it was passed, with its schedule.
        X: the samples, (n, d_0).
        y: the targets, (n, d_out), one number an output.
        numbers: the forward and the backward pass, as `backprop` gives them.
        long: the same by the long chain at the output; `numbers` itself where there is no shortcut.
        theta: the parameters before the step, (n_parameters,).
        running: θ with the running statistics after it, as they are before the step.
        keep: what dropout keeps, 1 or 0 for each activation (n, d), by layer from 0; None where nothing drops out.
        regularization: the penalty on the weights.
        gradient: ∂L/∂θ, without the penalty.
        penalized: the same with the penalty: what the optimizer is given.
        updated: the parameters after the step; those before it where the optimizer has no rule for a step (LBFGS).
        state: what the optimizer carried into the step.
        new_state: what it carries on.

    Example:
        >>> import chainrule as cr
        >>> net = cr.Network([2, 3, 1], seed=0)
        >>> step = cr.trace(net, [[0.3, 0.7]], [1], optimizer=cr.SGD(0.3, momentum=0.9))
        >>> step["layers.0.delta"].shape, step["layers.1.update_weight"].shape
        ((1, 3), (3, 1))
    """

    structure: Structure
    loss: Loss
    optimizer: Optimizer
    asked: Optimizer
    X: Array
    y: Array
    numbers: Backprop
    long: Backprop
    theta: Array
    running: Array
    keep: Keep | None
    regularization: Regularization
    gradient: Array
    penalized: Array
    updated: Array
    state: State
    new_state: State

    @functools.cached_property
    def inside(self) -> dict[int, Inside]:
        """What lies inside the normalization of each layer that has one, by its number from 1."""
        found = {}
        for i, layer in enumerate(self.structure.layers, start=1):
            if layer.normalization is not None:
                grad_n, gamma = self.gradients_of(i)["grad_normalized"], self.theta[layer.places["gamma"]]
                found[i] = inside(layer.normalization, self.numbers.z[i - 1], grad_n, gamma)
        return found

    @property
    def penalty(self) -> float:
        """What the weights add to the loss."""
        if not self.regularization.penalizes:  # else 0 · ∞ of a diverged network would be NaN
            return 0.0
        return self.regularization.penalty([layer.weight(self.theta) for layer in self.structure.layers])

    @property
    def objective(self) -> float:
        """What training makes small: the loss and the penalty."""
        return float(self.numbers.loss) + self.penalty

    @property
    def has_rule(self) -> bool:
        """Whether the step follows from the gradient: not that of LBFGS, which needs more losses."""
        return hasattr(self.optimizer, "rule")

    def values_of(self, i: int) -> dict[str, Array]:
        """z of layer i, counted from 1, and what each stage makes of it, by its name."""
        names = kinds(self.structure.layers[i - 1], drops=self.keep is not None)
        return dict(zip(names, self.numbers.values[i - 1], strict=True))

    def gradients_of(self, i: int) -> dict[str, Array]:
        """∂L by each of them, by its own name."""
        names = kinds(self.structure.layers[i - 1], drops=self.keep is not None)
        return dict(zip((GRADIENTS[name] for name in names), self.numbers.grad_values[i - 1], strict=True))

    @property
    def tensors(self) -> dict[str, Array]:
        """Every number by name, in the order of the computation.

        "X" and "y"; of every layer l "layers.l." with weight, bias, z, a, grad_a, delta, grad_weight, grad_bias, each
        of the optimizer's vectors after the step (velocity_weight, velocity_bias), update_weight and update_bias
        (what the step adds), new_weight and new_bias; "grad_X".

        Where a layer has a normalization: gamma, beta, mean, variance, standardized, normalized, and grad_ before each.
        What PReLU learns is alpha. Where dropout is shown: keep and dropped. Where the weights are penalized:
        penalized_weight, the gradient that the optimizer is given.
        """
        numbers, learned = self.numbers, list(parts(self.structure))
        found = {"X": self.X, "y": self.y}
        for i in range(1, len(self.structure.layers) + 1):
            at = f"layers.{i - 1}."
            found |= {part.tensor: part.of(self.theta) for part in learned if part.layer == i}
            values = self.values_of(i)
            found[at + "z"] = values.pop("z")
            if i in self.inside:
                found |= {at + name: getattr(self.inside[i], name) for name in ("mean", "variance", "standardized")}
            found |= {at + name: value for name, value in values.items()}
            if self.keep is not None and i - 1 in self.keep:
                found[at + "keep"] = self.keep[i - 1]
        for i in reversed(range(1, len(self.structure.layers) + 1)):
            at, gradients = f"layers.{i - 1}.", self.gradients_of(i)
            delta = gradients.pop("delta")
            found |= {at + name: value for name, value in reversed(gradients.items())}
            found |= {f"{at}grad_{name}": value for name, value in numbers.grad_trained[i - 1].items()}
            if i in self.inside:
                names = ("grad_standardized", "grad_variance", "grad_mean")
                found |= {at + name: getattr(self.inside[i], name) for name in names}
            found |= {
                at + "delta": delta,
                at + "grad_weight": numbers.grad_weight[i - 1],
                at + "grad_bias": numbers.grad_bias[i - 1],
            }
            if self.regularization.penalizes:
                found[at + "penalized_weight"] = self.structure.layers[i - 1].weight(self.penalized)
        found["grad_X"] = numbers.grad_X
        if not self.has_rule:
            return found
        vectors = {slot: self.new_state[slot] for slot in self.optimizer.slots}
        vectors |= {"update": self.updated - self.theta, "new": self.updated}
        for i in range(1, len(self.structure.layers) + 1):
            for name, vector in vectors.items():
                for part in learned:
                    if part.layer == i:
                        found[f"layers.{i - 1}.{name}_{part.name}"] = part.of(vector)
        return found

    def __getitem__(self, name: str) -> Array:
        """The tensor of that name.

        Raises:
            KeyError: there is none; the message lists the names.
        """
        found = self.tensors
        if name not in found:
            raise KeyError(f"the trace has no {name!r}; it has {', '.join(found)}")
        return found[name]

    def __repr__(self) -> str:
        n = len(self.X)
        return f"Trace({self.structure}, {n} {'sample' if n == 1 else 'samples'}, loss {self.objective:.6g})"

    def __str__(self) -> str:
        lines = [repr(self), ""]
        for name, tensor in self.tensors.items():
            shape = "(" + ", ".join(map(str, tensor.shape)) + ")"
            values = ", ".join(f"{value:.4g}" for value in tensor.flat[:4]) + (", …" if tensor.size > 4 else "")
            lines.append(f"{name:26} {shape:12} {values}".rstrip())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from chainrule.explain.notebook import trace_html

        return trace_html(self)

    def _repr_latex_(self) -> str:
        from chainrule.explain.notebook import trace_latex

        return trace_latex(self)


@np.errstate(
    over="ignore", invalid="ignore", divide="ignore"
)  # a saturated network's long chain has no finite value, which is shown
def trace(
    network: Network,
    X: Any,
    y: Any,
    loss: str | Loss = "binary_cross_entropy",
    *,
    optimizer: str | Optimizer = "sgd",
    state: State | None = None,
    dropout_key: int | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
) -> Trace:
    """Every number of one training step, from the reference; the network itself is not changed.

    Args:
        network: the network, as it is.
        X: samples, (n, d_in).
        y: targets, (n, d_out), or (n,) for one output; class indices too for a categorical loss.
        loss: a name or a Loss.
        optimizer: a name or an Optimizer.
        state: what the optimizer carries into the step, as its `step` gave it; None for its first step.
        dropout_key: the key of a run with dropout: what it drops in this step is left out. None leaves out nothing.
        l1: as of `Network.fit`: the penalty l1 Σ |w| on the weights.
        l2: as of `Network.fit`: the penalty ½ l2 Σ w².

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: shapes, values or names that do not fit; the message says which.

    >>> import chainrule as cr
    >>> cr.trace(cr.Network([1, 1], output="identity", initializer="zeros"), [[2.0]], [3.0], "half_squared_error")
    Trace(1-1, 1 sample, loss 4.5)
    """
    structure, theta = network.structure, network.parameters.copy()
    loss, X, y = checked(structure, theta.dtype, X, y, loss)
    optimizer = optimizers.get(optimizer)
    state = optimizer.init(theta) if state is None else state
    keep = None if dropout_key is None else kept(structure, dropout_key, optimizer.steps_of(state), len(X), theta.dtype)
    numbers = backprop(structure, theta, X, y, loss, keep=keep)
    long = backprop(structure, theta, X, y, loss, keep=keep, collapse=False) if numbers.collapsed else numbers
    regularization = Regularization(l1=l1, l2=l2)
    gradient = as_vector(structure, numbers, theta.dtype)
    penalized = gradient.copy()
    if regularization.penalizes:
        for layer in structure.layers:
            layer.weight(penalized)[...] += regularization.slope(layer.weight(theta), float(l1), float(l2))
    running = np.concatenate([theta, network.running_statistics])
    at_step, updated, new_state = optimizer, theta.copy(), state
    if hasattr(optimizer, "rule"):
        updated, new_state = optimizer.step(theta, penalized, state)
        at_step = optimizer.at_step(new_state["t"] - 1)
    return Trace(
        structure,
        loss,
        at_step,
        optimizer,
        X,
        y,
        numbers,
        long,
        theta,
        running,
        keep,
        regularization,
        gradient,
        penalized,
        updated,
        state,
        new_state,
    )


def kept(structure: Structure, key: int, step: int, n: int, dtype: np.dtype[Any]) -> Keep | None:
    """What dropout keeps of n samples in this step of a run with this key; None where no layer has dropout."""
    if isinstance(key, bool) or not isinstance(key, int | np.integer):
        raise TypeError(f"dropout_key must be a whole number, the key of a run, or None; got {key!r}")
    if not structure.drops_out:
        return None
    of_step = step_key(int(key) % 2**64, step)
    return {
        i: mask(layer.dropout, of_step, i, layer.fan_out, n).T.astype(dtype)
        for i, layer in enumerate(structure.layers)
        if layer.dropout is not None
    }
