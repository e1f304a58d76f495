"""The loss as a surface over the parameters: along lines and in planes through a trained network, and its curvature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.arrays import Array
from chainrule.formulas import activations, losses
from chainrule.network import Network

__all__ = ["Task", "climb", "curvatures", "in_plane", "on_line", "other_minima", "path_plane", "random_direction"]

CHUNK = 4096  # networks at once: what fits a cache
BINARY = losses.get("binary_cross_entropy")


@dataclass(frozen=True)
class Task:
    """Samples and the network that learns them: layers of one hidden activation, a sigmoid output, cross entropy."""

    sizes: tuple[int, ...]
    hidden: str
    X: Array
    y: Array

    def layers(self) -> list[tuple[int, int, int]]:
        """Where each layer's parameters begin in θ, its fan-in and its fan-out."""
        made, begin = [], 0
        for fan_in, fan_out in zip(self.sizes[:-1], self.sizes[1:], strict=True):
            made.append((begin, fan_in, fan_out))
            begin += (fan_in + 1) * fan_out
        return made

    def network(self, theta: Array) -> Network:
        """The network with these parameters."""
        made = Network(self.sizes, hidden=self.hidden, seed=0)
        made.parameters[...] = theta
        return made

    def losses(self, thetas: Array) -> Array:
        """The loss of each of many networks, (..., n_parameters) to (...)."""
        flat = thetas.reshape(-1, thetas.shape[-1])
        found = [self._losses(flat[k : k + CHUNK]) for k in range(0, len(flat), CHUNK)]
        return np.concatenate(found).reshape(thetas.shape[:-1])

    def _losses(self, thetas: Array) -> Array:
        f, a, z = activations.get(self.hidden), self.X[None], self.X[None]
        for begin, fan_in, fan_out in self.layers():
            split = begin + fan_in * fan_out
            W = thetas[:, begin:split].reshape(-1, fan_in, fan_out)
            z = a @ W + thetas[:, None, split : split + fan_out]
            a = f(z)
        return BINARY.value_from_logits(z, self.y).mean(axis=(1, 2))


def random_direction(task: Task, theta: Array, rng: np.random.Generator) -> Array:
    """A random direction, filter-normalized (Li et al. 2018, section 4): Gaussian, and then for every unit its part,
    the incoming weights and the bias, scaled to the norm that the unit's own have in θ.
    """
    direction = rng.standard_normal(theta.shape)
    for begin, fan_in, fan_out in task.layers():
        rows = slice(begin, begin + (fan_in + 1) * fan_out)
        own, drawn = (vector[rows].reshape(fan_in + 1, fan_out) for vector in (theta, direction))
        drawn *= np.linalg.norm(own, axis=0) / np.linalg.norm(drawn, axis=0)
    return direction


def on_line(task: Task, start: Array, end: Array, at: Array) -> Array:
    """The loss at (1 − t) start + t end for each t of at; start and end (..., n_parameters), the result (..., t)."""
    return task.losses(start[..., None, :] + at[:, None] * (end - start)[..., None, :])


def in_plane(task: Task, centre: Array, x: Array, y: Array, at_x: Array, at_y: Array) -> Array:
    """The loss at centre + s x + t y for s of at_x (columns) and t of at_y (rows)."""
    return task.losses(centre + at_x[None, :, None] * x + at_y[:, None, None] * y)


def climb(line: Array) -> Array:
    """The highest climb on the way along the last axis: how far the loss rises above the least that was before.

    >>> climb(np.array([[3.0, 2.0, 2.5, 1.0, 1.1], [3.0, 2.0, 1.0, 0.5, 0.0]])).tolist()
    [0.5, 0.0]
    """
    return (line - np.minimum.accumulate(line, axis=-1)).max(axis=-1)


def other_minima(plane: Array) -> int:
    """How many inner points of a grid are below their eight neighbours, the centre and its neighbours left out.

    >>> x = np.linspace(-2, 2, 21)
    >>> other_minima((x**2)[None] + (x**2)[:, None]), other_minima((x**2 - 1)[None] ** 2 + (x**2)[:, None])
    (0, 2)
    """
    inner, lower = plane[1:-1, 1:-1], None
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            if (down, right) != (0, 0):
                beside = np.roll(plane, (down, right), axis=(0, 1))[1:-1, 1:-1]
                lower = inner < beside if lower is None else lower & (inner < beside)
    assert lower is not None
    middle_row, middle_column = (n // 2 - 1 for n in plane.shape)
    lower[middle_row - 1 : middle_row + 2, middle_column - 1 : middle_column + 2] = False
    return int(lower.sum())


def path_plane(path: Array) -> tuple[Array, Array, float]:
    """The plane through the end of a path (steps, n_parameters) that holds most of it (Li et al. 2018, section 7).

    Returns:
        The two first principal directions of the points relative to the end, (2, n_parameters), of norm 1; the points
        in them, (steps, 2); the share of the squared length of the points that they hold.
    """
    _, scales, directions = np.linalg.svd(path - path[-1], full_matrices=False)
    share = float((scales[:2] ** 2).sum() / (scales**2).sum())
    return directions[:2], (path - path[-1]) @ directions[:2].T, share


def curvatures(task: Task, thetas: Sequence[Array] | Array, step: float = 1e-4) -> Array:
    """The eigenvalues of the loss's Hessian at each of some networks, increasing, (networks, n_parameters).

    The Hessian is by central differences of the exact gradient.
    """
    found = []
    for theta in thetas:
        network, rows = task.network(theta), []
        for k in range(len(theta)):
            sides = []
            for sign in (1, -1):
                network.parameters[...] = theta
                network.parameters[k] += sign * step
                sides.append(network.gradients(task.X, task.y).parameters.copy())
            rows.append((sides[0] - sides[1]) / (2 * step))
        hessian = np.array(rows)
        found.append(np.linalg.eigvalsh((hessian + hessian.T) / 2))
    return np.array(found)
