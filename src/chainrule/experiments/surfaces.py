"""Two surfaces on which plain gradient descent is slow: a valley that bends, and one that is narrow and slanting."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chainrule.arrays import Array
from chainrule.formulas.optimizers import LBFGS, Optimizer

__all__ = ["SURFACES", "Surface", "path", "steps_to_solve"]


@dataclass(frozen=True)
class Surface:
    """A function of the plane with one minimum, of value 0.

    Attributes:
        name: of it.
        value: f of points (n, 2), (n,).
        gradient: of f at points (n, 2), (n, 2), derived by hand.
        start: where the paths that are drawn begin.
        lowest: the minimum.
        window: what a drawing shows: left, right, bottom, top. Starting points are drawn from it at random.
        solved: f of a point that counts as the minimum.
    """

    name: str
    value: Callable[[Array], Array]
    gradient: Callable[[Array], Array]
    start: tuple[float, float]
    lowest: tuple[float, float]
    window: tuple[float, float, float, float]
    solved: float = 1e-3

    def starts(self, seeds: range) -> Array:
        """A starting point for each seed, uniform in the window, (n, 2)."""
        left, right, bottom, top = self.window
        unit = np.array([np.random.default_rng(seed).random(2) for seed in seeds])
        return np.array([left, bottom]) + unit * np.array([right - left, top - bottom])


def rosenbrock(points: Array) -> Array:
    """(1 − x)² + 100 (y − x²)² (Rosenbrock 1960).

    >>> rosenbrock(np.array([[1.0, 1.0], [-1.2, 1.0]])).round(9)
    array([ 0. , 24.2])
    """
    x, y = points.T
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def rosenbrock_gradient(points: Array) -> Array:
    """(−2 (1 − x) − 400 x (y − x²), 200 (y − x²))."""
    x, y = points.T
    bend = y - x**2
    return np.stack([-2 * (1 - x) - 400 * x * bend, 200 * bend], axis=1)


CONDITION = 100.0
ANGLE = math.radians(30)
TURN = np.array([[math.cos(ANGLE), -math.sin(ANGLE)], [math.sin(ANGLE), math.cos(ANGLE)]])
HESSIAN = TURN @ np.diag([1.0, CONDITION]) @ TURN.T


def quadratic(points: Array) -> Array:
    """½ xᵀ H x, H of eigenvalues 1 and 100, turned by 30° so that neither axis is one of its own."""
    return 0.5 * np.einsum("ni,ij,nj->n", points, HESSIAN, points)


def quadratic_gradient(points: Array) -> Array:
    """H x."""
    return points @ HESSIAN


SURFACES = (
    Surface("quadratic", quadratic, quadratic_gradient, (-1.6, 0.9), (0, 0), (-2.0, 2.0, -1.5, 1.5)),
    Surface("Rosenbrock", rosenbrock, rosenbrock_gradient, (-1.2, 1.0), (1, 1), (-2.0, 2.0, -1.0, 3.0)),
)


@np.errstate(all="ignore")  # a path that diverges goes to infinity
def path(surface: Surface, optimizer: Optimizer, start: Array, steps: int) -> Array:
    """The points of paths from each of `start` (n, 2), (points, n, 2): at most `steps` + 1, fewer once all are solved.

    Every step evaluates one gradient; the points of L-BFGS are all at which its line search evaluates one.
    """
    if isinstance(optimizer, LBFGS):
        return side_by_side([evaluated(surface, optimizer, point, steps) for point in start])
    points, state = start, optimizer.init(start)
    passed = [points]
    for _ in range(steps):
        points, state = optimizer.step(points, surface.gradient(points), state)
        passed.append(points)
        if len(passed) % 50 == 0 and not (surface.value(points) > surface.solved).any():
            break
    return np.array(passed)


def evaluated(surface: Surface, optimizer: LBFGS, start: Array, steps: int) -> Array:
    """The points at which SciPy's L-BFGS-B evaluates the function on its way down from a point."""
    from scipy.optimize import minimize

    passed: list[Array] = []

    def at(point: Array) -> tuple[float, Array]:
        passed.append(point.copy())
        return float(surface.value(point[None])[0]), surface.gradient(point[None])[0]

    options = {"maxcor": optimizer.memory, "maxls": optimizer.max_line_search, "maxfun": steps, "gtol": 1e-8, "ftol": 0}
    minimize(at, start, jac=True, method="L-BFGS-B", options=options)
    return np.array(passed[: steps + 1])


def side_by_side(paths: list[Array]) -> Array:
    """Paths of different lengths as one array; those that have ended stay where they are."""
    longest = max(map(len, paths))
    return np.stack([np.concatenate([each, np.repeat(each[-1:], longest - len(each), 0)]) for each in paths], axis=1)


@np.errstate(all="ignore")
def steps_to_solve(surface: Surface, optimizer: Optimizer, start: Array, steps: int) -> tuple[Array, Array]:
    """After how many steps each path has come to the minimum, infinity where it has not; and f at the end."""
    values = np.array([surface.value(points) for points in path(surface, optimizer, start, steps)])
    there = values <= surface.solved
    return np.where(there.any(axis=0), np.maximum(there.argmax(axis=0), 1), np.inf), values[-1]
