"""Which optimizer solves the report's tasks, spirals, digits and two ill-conditioned surfaces in the fewest steps, each
at its own best rate?
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from chainrule.arguments import as_count
from chainrule.arrays import Array
from chainrule.backprop import backprop, predict
from chainrule.experiments import optimizer_figures
from chainrule.experiments.intervals import Interval, bootstrap, number, percent, rounded, wilson
from chainrule.experiments.rivals import RIVALS, Rival, best_rate, profile, ratios
from chainrule.experiments.study import Measured, Picture, Study, Table, Watch, setting
from chainrule.experiments.surfaces import SURFACES, path, steps_to_solve
from chainrule.experiments.tasks import LOOKS, Task, tasks
from chainrule.formulas.optimizers import LBFGS
from chainrule.network import Network
from chainrule.training.samples import accuracy, checked

__all__ = ["Optimizers"]

MOST = 500
"""How many evaluations of the loss L-BFGS may make, or as many as the task has epochs if these are fewer."""
DRAWN = ("SGD", "momentum", "Nesterov", "Adagrad", "RMSprop", "Adam", "L-BFGS")


@dataclass(frozen=True, kw_only=True)
class Optimizers(Study):
    """Every optimizer at its own best rate (report, section 4), by performance profiles (Dolan & Moré 2002)."""

    name = "optimizers"
    title = "Optimizers"
    question = "Which optimizer needs the fewest epochs, each at its own best learning rate?"
    seeds: int = setting(200, quick=8, about="Networks of each kind, and starting points on each surface.")
    tuning: int = setting(10, quick=3, about="Networks for each learning rate that is tried.")
    curvature: int = setting(20, quick=2, about="Networks for L-BFGS, which takes longer here.")
    rivals: int = setting(len(RIVALS), quick=2, about="How many optimizers, from SGD on, and L-BFGS.")
    steps: int = setting(1000, quick=100, about="Steps on a surface.")

    def __post_init__(self) -> None:
        super().__post_init__()
        as_count("tuning", self.tuning)
        as_count("curvature", self.curvature, least=2)
        as_count("steps", self.steps)
        if not 1 <= as_count("rivals", self.rivals) <= len(RIVALS):
            raise ValueError(f"rivals must be from 1 to {len(RIVALS)}, got {self.rivals}")

    @property
    def chosen(self) -> dict[str, Rival]:
        """The optimizers."""
        return {name: RIVALS[name] for name in [*list(RIVALS)[: min(self.rivals, len(RIVALS) - 1)], "L-BFGS"]}

    def method(self) -> str:
        told = tasks()
        return (
            f"Every optimizer has the same budget for its rate: on each task {len(RIVALS['SGD'].rates)} rates over "
            f"three orders of magnitude, {self.tuning} networks each, of seeds that are not used again; the middle "
            "lies where the optimizer is used, for gradient descent on the surfaces a hundredth of that. The rate at "
            "which most solve the task is taken, the faster of two that are equal. The other settings are the "
            "defaults, 0.9 for momentum. L-BFGS has no rate and no tuning; it is SciPy's, an evaluation of the loss "
            f"and its gradient counts as an epoch, of which it may make {MOST},  and it is tried on "
            f"{min(self.curvature, self.seeds)} of the networks. Then {self.seeds} networks of other seeds, the same "
            "initial weights for every optimizer. A "
            f"network has solved its task when it first classifies every sample, looked at {LOOKS} times: "
            + ", ".join(f"{t.title} ({'-'.join(map(str, t.sizes))}, {t.epochs:,} epochs)" for t in told.values())
            + f". All samples a step. On the surfaces, {self.seeds} starting points and {self.steps:,} steps: "
            "Rosenbrock's function, and a quadratic of condition 100 turned by 30°, solved at a value of 10⁻³."
        )

    def measure(self, watch: Watch) -> Measured:
        results: dict[str, Any] = {"tasks": {}}
        times: dict[str, list[Array]] = {name: [] for name in self.chosen}
        arrays: dict[str, Array] = {}
        for key, task in tasks().items():
            results["tasks"][key] = {"title": task.title, "limit": task.epochs, "optimizers": {}}
            for name, each in self.chosen.items():
                watch.say(f"{task.title}: {name}")
                self.note(results["tasks"][key], name, times, *self.on_task(watch, task, each))
        for surface in SURFACES:
            key = surface.name.lower()
            results["tasks"][key] = {"title": surface.name, "limit": self.steps, "optimizers": {}}
            watch.say(f"surface: {surface.name}")
            start = surface.starts(self.all_seeds)
            other = surface.starts(range(self.seed + self.seeds, self.seed + self.seeds + self.tuning))
            for name, each in self.chosen.items():
                tried = [steps_to_solve(surface, each.at(rate), other, self.steps) for rate in each.rates_on_surfaces]
                rate = each.rates_on_surfaces[best_rate(*(np.array(each) for each in zip(*tried, strict=True)))]
                some = start if each.tuned else start[: self.curvature]
                found = np.full(self.seeds, np.nan)
                found[: len(some)], _ = steps_to_solve(surface, each.at(rate), some, self.steps)
                self.note(results["tasks"][key], name, times, rate, found, None)
                if name in DRAWN:
                    arrays[f"{key} {name}"] = path(surface, each.at(rate), np.array([surface.start]), self.steps)[:, 0]
        beside = ratios({name: np.concatenate(each) for name, each in times.items()})
        results["profile"] = {
            name: {"best": profile(ratio, 1), "within_2": profile(ratio, 2), "solved": profile(ratio, 1e300)}
            for name, ratio in beside.items()
        }
        arrays |= {f"ratio {name}": ratio for name, ratio in beside.items()}
        return Measured(results, arrays)

    def note(
        self,
        task: dict[str, Any],
        name: str,
        times: dict[str, list[Array]],
        rate: float,
        found: Array,
        seconds: float | None,
    ) -> None:
        """Put down what an optimizer does on a task."""
        times[name].append(found)
        tried = found[~np.isnan(found)]
        task["optimizers"][name] = {
            "rate": rate if RIVALS[name].tuned else None,
            "solved": wilson(int(np.isfinite(tried).sum()), len(tried)),
            "epochs": bootstrap(np.where(np.isfinite(tried), tried, task["limit"])),
            "microseconds": None if seconds is None else 1e6 * seconds,
        }

    def on_task(self, watch: Watch, task: Task, each: Rival) -> tuple[float, Array, float | None]:
        """The best rate, the epochs that each network takes at it, and the time of one epoch, seconds."""
        first = self.seed + self.seeds
        if isinstance(each.optimizer, LBFGS):
            found, n = np.full(self.seeds, np.nan), min(self.curvature, self.seeds)
            found[:n] = [evaluations(task, each.optimizer, seed) for seed in self.all_seeds[:n]]
            return 1.0, found, None
        seeds = np.tile(range(first, first + self.tuning), len(each.rates)).tolist()
        rates = np.repeat(each.rates, self.tuning)
        tried = task.train(watch, seeds, optimizer=each.optimizer, learning_rate=rates)
        shape = len(each.rates), self.tuning
        rate = float(each.rates[best_rate(tried.epochs.reshape(shape), tried.loss.reshape(shape))])
        trained = task.train(watch, list(self.all_seeds), optimizer=each.optimizer, learning_rate=rate)
        return rate, trained.epochs, trained.seconds

    @classmethod
    def answer(cls, results: Mapping[str, Any]) -> list[str]:
        return answer(results)

    @classmethod
    def tables(cls, results: Mapping[str, Any]) -> list[Table]:
        told = results["tasks"]
        rows = [
            [name, *(f"{percent(t['optimizers'][name]['solved'])}" for t in told.values())]
            for name in results["profile"]
        ]
        epochs = [
            [name, *(number(t["optimizers"][name]["epochs"]) for t in told.values())] for name in results["profile"]
        ]
        rates = [
            [
                name,
                *(
                    rounded(t["optimizers"][name]["rate"]) if t["optimizers"][name]["rate"] else "–"
                    for t in told.values()
                ),
                *(
                    rounded(t["optimizers"][name]["microseconds"], 2) if t["optimizers"][name]["microseconds"] else "–"
                    for t in list(told.values())[:4]
                ),
            ]
            for name in results["profile"]
        ]
        titles = [t["title"] for t in told.values()]
        return [
            Table("Solved within the limit", ["optimizer", *titles], rows),
            Table("Epochs to solve, median; those that do not count the limit", ["optimizer", *titles], epochs),
            Table(
                "The rate that was best; and the time of one epoch of one network on one core, microseconds",
                ["optimizer", *titles, *(f"{title}, µs" for title in titles[:4])],
                rates,
            ),
        ]

    def figures(self, measured: Measured) -> list[Picture]:
        return optimizer_figures.pictures(measured, [name for name in DRAWN if name in self.chosen])


def evaluations(task: Task, optimizer: LBFGS, seed: int) -> float:
    """After how many evaluations of the loss L-BFGS solves the task; infinity if not within its epochs."""
    network = Network(task.sizes, seed=seed, **task.options)
    loss, X, y = checked(network.structure, network.parameters.dtype, task.X, task.y, task.loss)
    n, solved, most = 0, np.inf, min(task.epochs, MOST)

    def at(theta: Array) -> tuple[float, Array]:
        nonlocal n
        n += 1
        passed, gradient = backprop(network.structure, theta, X, y, loss), np.empty_like(theta)
        for layer, weight, bias in zip(network.structure.layers, passed.grad_weight, passed.grad_bias, strict=True):
            layer.weight(gradient)[...], layer.bias(gradient)[...] = weight, bias
        return passed.loss, gradient

    def look(theta: Array) -> None:
        nonlocal solved
        if accuracy(loss, predict(network.structure, theta[None], X), y)[0] == 1:
            solved = n
            raise StopIteration

    options = {"maxcor": optimizer.memory, "maxls": optimizer.max_line_search, "maxfun": most, "ftol": 0}
    start = network.parameters.copy()
    minimize(at, start, jac=True, method="L-BFGS-B", callback=look, options={**options, "gtol": 1e-8})
    return float(solved) if solved <= most else np.inf


def answer(results: Mapping[str, Any]) -> list[str]:
    """The answer, from the results alone."""
    found, said = results["profile"], []
    tuned = {name: each for name, each in found.items() if RIVALS[name].tuned}
    first = sorted(tuned, key=lambda name: -tuned[name]["within_2"]["value"])
    said.append(
        f"Of those with a rate, {first[0]} is most often within twice the fewest epochs, on "
        f"{percent(tuned[first[0]]['within_2'])} of the problems (a problem is a task and a seed), then "
        + ", ".join(f"{name} {percent(tuned[name]['within_2'])}" for name in first[1:3])
        + f"; last is {first[-1]} with {percent(tuned[first[-1]]['within_2'])}."
    )
    sure = sorted(found, key=lambda name: -found[name]["solved"]["value"])
    apart = found[sure[0]]["solved"]["low"] > found[sure[1]]["solved"]["high"]
    said.append(
        f"{sure[0]} solves the most within the limits, {percent(found[sure[0]]['solved'])}"
        + (", more than any other" if apart else f", but {sure[1]} is as good as far as the intervals tell")
        + f"; {sure[-1]} the fewest, {percent(found[sure[-1]]['solved'])}."
    )
    for task in results["tasks"].values():
        ranked = sorted(
            task["optimizers"],
            key=lambda name: (-task["optimizers"][name]["solved"]["value"] >= -0.5, median(task, name)),
        )
        best = task["optimizers"][ranked[0]]
        plain = task["optimizers"]["SGD"]
        said.append(
            f"{task['title']}: the fewest epochs takes {ranked[0]}, {number(best['epochs'])}, and "
            f"{percent(best['solved'])} solve it within {task['limit']:,}; SGD takes {number(plain['epochs'])}, "
            f"{percent(plain['solved'])} solve it."
        )
    timed = [task for task in results["tasks"].values() if task["optimizers"]["SGD"]["microseconds"]]
    said.append(
        "By the clock, epochs times the time of one (compiled, without L-BFGS), the fastest are "
        + ", ".join(f"{soonest(task)} ({task['title']})" for task in timed)
        + "."
    )
    if "momentum" in found:
        faster = [t["title"] for t in results["tasks"].values() if gains(t) > 1]
        said.append(
            "Momentum, the report's own choice, takes fewer epochs than plain descent on "
            + (", ".join(faster) if faster else "none of the tasks")
            + ": by factors of "
            + ", ".join(f"{bound(t)}{gains(t):.2g} ({t['title']})" for t in results["tasks"].values())
            + ", both at their best rates."
        )
    return said


def median(task: Mapping[str, Any], name: str) -> float:
    """The median of an optimizer's epochs on a task."""
    interval: Interval = task["optimizers"][name]["epochs"]
    return interval["value"]


def soonest(task: Mapping[str, Any]) -> str:
    """The optimizer that at least half solve the task with in the shortest time, and that time."""
    times = {
        name: median(task, name) * each["microseconds"] / 1000
        for name, each in task["optimizers"].items()
        if each["microseconds"] and each["solved"]["value"] >= 0.5
    }
    if not times:
        return "none"
    first = min(times, key=lambda name: times[name])
    return f"{first} {times[first]:.2g} ms"


def gains(task: Mapping[str, Any]) -> float:
    """How many times fewer epochs momentum takes than plain descent."""
    return median(task, "SGD") / median(task, "momentum")


def bound(task: Mapping[str, Any]) -> str:
    """What stands before that factor where plain descent's median is the limit itself."""
    return "at least " if task["optimizers"]["SGD"]["solved"]["value"] < 0.5 else ""
