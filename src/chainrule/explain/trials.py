"""The networks and samples on which a program is tried: chosen so that no two mistakes give the same numbers.

Weights have a standard deviation of about 3, so that slopes differ from unit to unit; one layer is square, so that a
forgotten transpose runs, and another is not; the number of samples is that of no layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.explain.faulty_backprop import Known, known
from chainrule.formulas import losses
from chainrule.formulas.losses import Loss
from chainrule.structure import Structure

__all__ = ["Setup", "trials"]

REACH = 6.0  # of hidden pre-activations: beyond it a sigmoid is saturated in every sample
OUTPUT_REACH = 2.5  # of the output's: beyond it the 1e-8 that programs add in a logarithm shows


@dataclass(frozen=True)
class Setup:
    """What a program computes: its activations and its loss, and its layers if they are fixed."""

    sizes: tuple[int, ...] | None
    hidden: Any
    output: Any
    loss: Loss

    def structure(self, sizes: Sequence[int]) -> Structure:
        """The network of these sizes."""
        return Structure.of(sizes, hidden=self.hidden, output=self.output)


def trials(setup: Setup, n_layers: int) -> list[Known]:
    """Networks of so many layers, weights and samples, the same ones every time."""
    k = 3 if getattr(setup.output, "name", setup.output) == "softmax" or setup.loss.name.startswith("categ") else 1
    shapes: list[Any] = [setup.sizes] * 3
    if setup.sizes is None:
        known_shapes: dict[int, list[Any]] = {1: [(3, k), (2, k), (5, k)], 2: [(2, 4, k), (5, 5, k), (3, 6, k)]}
        deep = n_layers - 2
        shapes = known_shapes.get(n_layers, [(2, 5, *[4] * deep, k), (4, 4, *[4] * deep, k), (2, 3, *[3] * deep, k)])
    return [trial(setup, sizes, n, seed) for seed, (sizes, n) in enumerate(zip(shapes, (13, 7, 11), strict=True))]


def trial(setup: Setup, sizes: Sequence[int], n: int, seed: int) -> Known:
    """One network with weights of standard deviation 3, less where it would saturate in every sample."""
    rng = np.random.default_rng([seed, *sizes])
    structure = setup.structure(sizes)
    while n in sizes:
        n += 1
    theta = rng.normal(0, 3, structure.n_parameters)
    X = rng.normal(0, 1, (n, sizes[0]))
    y: Array = rng.random((n, sizes[-1]))
    if setup.loss.target_bounds == (0, 1):
        y = (y > 0.5).astype(float)
        y[:2, 0] = [0, 1]
    if setup.loss.name == "hinge":
        y = np.where(y > 0.5, 1.0, -1.0)
    if setup.loss.name == "poisson":
        y = np.floor(4 * y)
    if setup.loss.name == losses.CategoricalCrossEntropy.name:
        y = np.eye(sizes[-1])[rng.integers(0, sizes[-1], n)]
    for i, layer in enumerate(structure.layers):
        reach = OUTPUT_REACH if i == len(structure.layers) - 1 else REACH
        largest = float(np.abs(known(structure, theta, X, y, setup.loss).z[i]).max())
        layer.block(theta)[...] *= min(1.0, reach / largest)
    return known(structure, theta, X, y, setup.loss)
