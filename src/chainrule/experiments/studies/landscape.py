"""What the loss looks like around a trained network, and on the straight line from where its training began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule import datasets
from chainrule.arguments import as_count
from chainrule.arrays import Array
from chainrule.experiments import landscape_figures, loss_surface
from chainrule.experiments.intervals import Interval, bootstrap, number, percent, wilson
from chainrule.experiments.loss_surface import Task
from chainrule.experiments.printed import XOR
from chainrule.experiments.study import Measured, Picture, Study, Table, Watch, setting
from chainrule.network import Network

__all__ = ["Landscape"]

KINDS = tuple(landscape_figures.TITLES)
LINE = np.linspace(0, 1, 101)
BARRIER = 0.01
"""A climb on the line counts as a barrier when it is higher than this."""
REACH = 0.5
"""The planes reach so far, in units of the network's own weights, unit by unit."""
SADDLE = 1e-3
"""A network stands on a saddle when the curvature is negative somewhere by more than this part of the largest."""
HESSIANS = 40  # at most so many of a kind: each takes as many gradients as there are parameters, twice


@dataclass(frozen=True, kw_only=True)
class Landscape(Study):
    """Lines as in Goodfellow, Vinyals and Saxe 2015 ("Qualitatively characterizing neural network optimization
    problems"), planes as in Li et al. 2018 ("Visualizing the loss landscape of neural nets").
    """

    name = "landscape"
    title = "Landscape"
    question = "What does the loss look like around a trained network, and on the straight line from start to end?"
    seeds: int = setting(300, quick=40, about="XOR networks.")
    spiral_seeds: int = setting(100, quick=8, about="Networks on the spirals.")
    epochs: int = setting(20_000, quick=10_000, about="Epochs of the XOR networks; a tenth of it on the spirals.")
    planes: int = setting(40, quick=6, about="Random planes through networks of each kind.")
    size: int = setting(81, quick=31, about="Points on each side of the planes that are drawn.")

    def __post_init__(self) -> None:
        super().__post_init__()
        as_count("spiral_seeds", self.spiral_seeds, least=2)
        as_count("epochs", self.epochs, least=100)
        as_count("planes", self.planes, least=2)
        as_count("size", self.size, least=11)

    def method(self) -> str:
        return (
            f"{self.seeds:,} XOR networks as the report's (2-3-3-1, sigmoid, rate 0.3, momentum 0.5, {self.epochs:,} "
            f"epochs) and {self.spiral_seeds:,} networks 2-8-8-1 with tanh on two spirals of 200 points (Glorot's "
            f"initialization, Adam with rate 0.02, {self.epochs // 10:,} epochs), each from a seed of its own. On the "
            f"straight line from start to end the loss is computed at {len(LINE)} points; a barrier is a climb of more "
            f"than {BARRIER:g} above the least loss before it. Planes go through the trained network along two random "
            "directions, in which the part of every unit (its incoming weights and its bias) has the norm that the "
            f"unit's own have; up to {self.planes} networks of each kind. The curvature is the Hessian's, by central "
            "differences of the exact gradient."
        )

    def measure(self, watch: Watch) -> Measured:
        arrays: dict[str, Array] = {}
        tasks = {"xor": xor_task(), "spirals": spirals_task()}
        marks = np.unique(np.geomspace(1, self.epochs, 60).astype(int)) - 1
        watch.say(f"XOR: {self.seeds:,} networks, {self.epochs:,} epochs")
        starts, ends, right, paths = self.trained(
            watch, tasks["xor"], self.seeds, marks, initializer="he_normal", learning_rate=0.3, momentum=0.5
        )
        chosen = {"xor solved": right, "xor stuck": ~right}
        kinds = {name: (tasks["xor"], starts[which], ends[which]) for name, which in chosen.items()}
        for name, which in chosen.items():
            if which.any():
                arrays[f"{name} path"] = paths[int(np.flatnonzero(which)[0])]
        marks = np.unique(np.geomspace(1, self.epochs // 10, 60).astype(int)) - 1
        watch.say(f"spirals: {self.spiral_seeds:,} networks, {marks[-1] + 1:,} epochs")
        starts, ends, right, _ = self.trained(
            watch,
            tasks["spirals"],
            self.spiral_seeds,
            marks,
            initializer="glorot_normal",
            optimizer="adam",
            learning_rate=0.02,
        )
        kinds["spirals"] = (tasks["spirals"], starts, ends)
        results: dict[str, Any] = {"solved": {"spirals": wilson(int(right.sum()), len(right))}}
        solved, stuck = (int(chosen[name].sum()) for name in KINDS[:2])
        results["solved"]["xor"] = wilson(solved, solved + stuck)
        for name, (task, start, end) in kinds.items():
            watch.say(f"{name}: the lines and planes of {len(end):,} networks")
            results[name], found = self.seen(task, start, end, with_curvature=task is tasks["xor"])
            arrays |= {f"{name} {key}": values for key, values in found.items()}
        return Measured(results, arrays)

    def trained(
        self, watch: Watch, task: Task, seeds: int, marks: Array, **options: Any
    ) -> tuple[Array, Array, Array, Array]:
        """Where networks start and end, whether they classify every point, and the first ones' paths."""
        numbers = range(self.seed, self.seed + seeds)
        runs = watch.train_many(
            task.sizes,
            task.X,
            task.y,
            seeds=numbers,
            epochs=int(marks[-1]) + 1,
            record_at=marks,
            record=("accuracy", "parameters"),
            hidden=task.hidden,
            **options,
        )
        assert runs.parameters is not None
        assert runs.accuracy is not None
        starts = np.array([start(task, options["initializer"], seed) for seed in numbers])
        paths = np.concatenate([starts[:, None], runs.parameters], axis=1)
        return starts, runs.parameters[:, -1], runs.accuracy[:, -1] == 1, paths

    def seen(
        self, task: Task, starts: Array, ends: Array, *, with_curvature: bool
    ) -> tuple[dict[str, Any], dict[str, Array]]:
        """What the lines and planes of networks of one kind show."""
        n = len(ends)
        if n < 2:
            return {"n": n}, {}
        lines = loss_surface.on_line(task, starts, ends, LINE)
        climbs = loss_surface.climb(lines)
        barrier = climbs > BARRIER
        rng = np.random.default_rng(self.seed)
        side = np.linspace(-REACH, REACH, 31)
        rises, minima = [], []
        for end in ends[: self.planes]:
            x, y = (loss_surface.random_direction(task, end, rng) for _ in range(2))
            plane = loss_surface.in_plane(task, end, x, y, side, side)
            half = np.hypot(*np.meshgrid(side, side))
            rises.append(np.median(plane[np.abs(half - REACH / 2) < REACH / 20] - plane[15, 15]))
            minima.append(loss_surface.other_minima(plane) > 0)
        results = {
            "n": n,
            "barrier": wilson(int(barrier.sum()), n),
            "height": bootstrap(climbs[barrier]) if barrier.sum() > 1 else None,
            "start": bootstrap(lines[:, 0]),
            "end": bootstrap(lines[:, -1]),
            "halfway": bootstrap(lines[:, len(LINE) // 2]),
            "rise": bootstrap(rises),
            "other_minima": wilson(sum(minima), len(minima)),
        }
        if with_curvature:
            eigenvalues = loss_surface.curvatures(task, ends[:HESSIANS])
            results["least"] = bootstrap(eigenvalues[:, 0])
            results["largest"] = bootstrap(eigenvalues[:, -1])
        fine = np.linspace(-REACH, REACH, self.size)
        rng = np.random.default_rng(self.seed)
        x, y = (loss_surface.random_direction(task, ends[0], rng) for _ in range(2))
        return results, {"lines": lines, "plane": loss_surface.in_plane(task, ends[0], x, y, fine, fine)}

    @classmethod
    def answer(cls, results: Mapping[str, Any]) -> list[str]:
        solved, stuck = (results[kind] for kind in KINDS[:2])
        names = {"xor solved": "XOR networks that solve their task", "xor stuck": "XOR networks that do not"}
        names["spirals"] = "networks on the spirals"
        said = []
        for kind, name in names.items():
            seen = results[kind]
            if seen["n"] < 2:
                continue
            height = seen["height"]
            said.append(
                f"On the straight line from start to end, {percent(seen['barrier'])} of the {name} meet a barrier"
                + (f"; its median height is {number(height, 2)}" if height is not None else "")
                + f". Halfway the median loss is {number(seen['halfway'], 2)}: it began at {number(seen['start'], 2)} "
                f"and ends at {number(seen['end'], 2)}."
            )
        if stuck["n"] >= 2 and solved["n"] >= 2:
            said.append(
                f"{apart(stuck['rise'], solved['rise'], 'The valley of the stuck networks is')}: at a quarter of their "
                f"own weights in a random direction the loss has risen by {number(stuck['rise'], 2)} (median), in "
                f"networks that solve XOR by {number(solved['rise'], 2)}."
            )
            saddle = -stuck["least"]["value"] > SADDLE * stuck["largest"]["value"]
            where = "on a saddle" if saddle else "in a valley with a flat floor, not on a saddle"
            said.append(
                f"They are stuck {where}: the least eigenvalue of the Hessian is "
                f"{number(stuck['least'], 2)} (median), the largest {number(stuck['largest'], 2)}; in networks that "
                f"solve the task {number(solved['least'], 2)} and {number(solved['largest'], 2)}."
            )
        shares = ", ".join(
            f"{percent(results[kind]['other_minima'])} of the {name}"
            for kind, name in names.items()
            if results[kind]["n"] > 1
        )
        said.append(
            "Random planes through the trained network, as far as half of its own weights, hold another local "
            f"minimum for {shares}."
        )
        return said

    @classmethod
    def tables(cls, results: Mapping[str, Any]) -> list[Table]:
        rows = []
        for kind in KINDS:
            seen = results[kind]
            if seen["n"] > 1:
                height = "–" if seen["height"] is None else number(seen["height"], 2)
                rows.append(
                    [
                        f"{landscape_figures.TITLES[kind]} ({seen['n']:,})",
                        percent(seen["barrier"]),
                        height,
                        number(seen["rise"], 2),
                        percent(seen["other_minima"]),
                    ]
                )
        columns = ["networks", "barrier on the line", "its height", "rise in the plane", "another minimum"]
        return [Table("Lines from start to end, and random planes", columns, rows)]

    def figures(self, measured: Measured) -> list[Picture]:
        return landscape_figures.pictures(measured, xor_task(), LINE, REACH)


def xor_task() -> Task:
    """The report's XOR network."""
    return Task(XOR.sizes, "sigmoid", *datasets.xor())


def spirals_task() -> Task:
    """A network that two spirals of one and a half turns can be learned with."""
    return Task((2, 8, 8, 1), "tanh", *datasets.spirals(200, seed=0))


def start(task: Task, initializer: str, seed: int) -> Array:
    """The parameters that a network of this seed starts with."""
    return Network(task.sizes, hidden=task.hidden, initializer=initializer, seed=seed).parameters


def apart(one: Interval, other: Interval, subject: str) -> str:
    """How two medians compare, by whether their intervals lie apart."""
    if one["low"] > other["high"]:
        return f"{subject} steeper"
    return f"{subject} flatter" if one["high"] < other["low"] else f"{subject} as steep, as far as the intervals tell"
