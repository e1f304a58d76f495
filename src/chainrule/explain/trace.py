"""One training step of any network on any batch, as data: every number of it, named, from the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arrays import Array
from chainrule.backprop import Backprop, backprop
from chainrule.formulas import optimizers
from chainrule.formulas.losses import Loss
from chainrule.formulas.optimizers import Optimizer, State
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
        optimizer: the update rule.
        X: the samples, (n, d_0).
        y: the targets, (n, d_out), one number an output.
        numbers: the forward and the backward pass, as `backprop` gives them.
        long: the same by the long chain at the output; `numbers` itself where there is no shortcut.
        theta: the parameters before the step, (n_parameters,).
        gradient: ∂L/∂θ.
        updated: the parameters after the step.
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
    X: Array
    y: Array
    numbers: Backprop
    long: Backprop
    theta: Array
    gradient: Array
    updated: Array
    state: State
    new_state: State

    @property
    def tensors(self) -> dict[str, Array]:
        """Every number by name, in the order of the computation.

        "X" and "y"; of every layer l "layers.l." with weight, bias, z, a, grad_a, delta, grad_weight, grad_bias, each
        of the optimizer's vectors after the step (velocity_weight, velocity_bias), update_weight and update_bias
        (what the step adds), new_weight and new_bias; "grad_X".
        """
        numbers, layers = self.numbers, self.structure.layers
        found = {"X": self.X, "y": self.y}
        for i, layer in enumerate(layers):
            found |= {f"layers.{i}.weight": layer.weight(self.theta), f"layers.{i}.bias": layer.bias(self.theta)}
            found |= {f"layers.{i}.z": numbers.z[i], f"layers.{i}.a": numbers.a[i]}
        for i in reversed(range(len(layers))):
            found |= {
                f"layers.{i}.grad_a": numbers.grad_a[i],
                f"layers.{i}.delta": numbers.delta[i],
                f"layers.{i}.grad_weight": numbers.grad_weight[i],
                f"layers.{i}.grad_bias": numbers.grad_bias[i],
            }
        found["grad_X"] = numbers.grad_X
        vectors = {slot: self.new_state[slot] for slot in self.optimizer.slots}
        vectors |= {"update": self.updated - self.theta, "new": self.updated}
        for i, layer in enumerate(layers):
            for name, vector in vectors.items():
                found[f"layers.{i}.{name}_weight"] = layer.weight(vector)
                found[f"layers.{i}.{name}_bias"] = layer.bias(vector)
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
        return f"Trace({self.structure}, {n} {'sample' if n == 1 else 'samples'}, loss {self.numbers.loss:.6g})"

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
) -> Trace:
    """Every number of one training step, from the reference; the network itself is not changed.

    Args:
        network: the network, as it is.
        X: samples, (n, d_in).
        y: targets, (n, d_out), or (n,) for one output; class indices too for a categorical loss.
        loss: a name or a Loss.
        optimizer: a name or an Optimizer.
        state: what the optimizer carries into the step, as its `step` gave it; None for its first step.

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
    numbers = backprop(structure, theta, X, y, loss)
    long = backprop(structure, theta, X, y, loss, collapse=False) if numbers.collapsed else numbers
    gradient = np.empty_like(theta)
    for layer, weight, bias in zip(structure.layers, numbers.grad_weight, numbers.grad_bias, strict=True):
        layer.weight(gradient)[...] = weight
        layer.bias(gradient)[...] = bias
    state = optimizer.init(theta) if state is None else state
    updated, new_state = optimizer.step(theta, gradient, state)
    return Trace(structure, loss, optimizer, X, y, numbers, long, theta, gradient, updated, state, new_state)
