"""Which learning rates, momenta and initial scales train the report's XOR network? One picture, a network a point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arguments import as_count, require
from chainrule.arrays import Array
from chainrule.experiments import plane as planes
from chainrule.experiments import trainability_figures
from chainrule.experiments.intervals import bootstrap, number, percent, rounded
from chainrule.experiments.plane import Axis, Plane, Trained
from chainrule.experiments.study import Measured, Picture, Study, Table, Watch, setting

__all__ = ["Trainability"]

ZOOM = 16
"""The last picture shows the tile of so many by so many of the first that holds most of the border."""


@dataclass(frozen=True, kw_only=True)
class Trainability(Study):
    """Two planes of settings, as Sohl-Dickstein draws them ("The boundary of neural network trainability is fractal",
    2024): learning rate by momentum, learning rate by initial scale.
    """

    name = "trainability"
    title = "Trainability"
    question = "Which learning rates, momenta and initial scales train the report's XOR network, and how fast?"
    seeds: int = setting(8, quick=2, about="Starts over which the numbers are taken; the pictures show the first.")
    size: int = setting(512, quick=48, about="Networks on each side of the first plane; the second has half as many.")
    seed_size: int = setting(64, quick=24, about="Networks on each side of the planes of the other starts.")
    epochs: int = setting(500, quick=200, about="Epochs of each network.")
    rate_range: tuple[float, float] = setting((0.1, 1000.0), about="Learning rates, on a logarithmic axis.")
    momentum_range: tuple[float, float] = setting((0.0, 0.99), about="Momenta of the first plane.")
    scale_range: tuple[float, float] = setting(
        (0.3, 30.0), about="Initial scales of the second, on a logarithmic axis."
    )
    initial_scale: float = setting(4.0, about="What He's initial weights are multiplied by in the first plane.")
    momentum: float = setting(0.9, about="Momentum of the second plane.")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("size", "seed_size"):
            as_count(name, getattr(self, name), least=16)
        as_count("epochs", self.epochs, least=2)
        require("initial_scale", self.initial_scale, 0)
        require("momentum", self.momentum, 0, 1, closed=True)
        first, second = self.planes
        first.x.check(0)
        first.y.check(0, 1, closed=True)
        second.y.check(0)

    @property
    def planes(self) -> tuple[Plane, Plane]:
        """The two planes."""
        rate = Axis("learning_rate", "learning rate", *self.rate_range, log=True)
        momentum = Axis("momentum", "momentum", *self.momentum_range, log=False)
        scale = Axis("initial_scale", "initial scale", *self.scale_range, log=True)
        return (
            Plane(rate, momentum, {"initial_scale": self.initial_scale}),
            Plane(rate, scale, {"momentum": self.momentum}),
        )

    def method(self) -> str:
        return (
            f"{self.size**2 + (self.size // 2) ** 2:,} XOR networks of the report's shape, {self.epochs:,} epochs "
            "each, all from the same initial weights, so that neighbours differ only in their settings. First plane: "
            f"{self.size} learning rates by {self.size} momenta, with He's initial weights times "
            f"{self.initial_scale:g}; second plane: {self.size // 2} learning rates by {self.size // 2} factors of "
            f"He's initial weights, momentum {self.momentum:g}. A network has learned XOR when its loss stays below "
            f"ln 2 / 21 = {planes.LEARNED:.4f}, which no network with a wrong point can reach; how fast is looked at "
            f"24 times at even ratios. Numbers with intervals are over {self.seeds} starts, each with planes of "
            f"{self.seed_size} × {self.seed_size}. The border's dimension is by box counting."
        )

    def measure(self, watch: Watch) -> Measured:
        first, second = self.planes
        arrays: dict[str, Array] = {}
        results: dict[str, Any] = {"epochs": self.epochs, "networks": 0}
        for name, plane, size in (("momentum", first, self.size), ("scale", second, self.size // 2)):
            watch.say(f"{size:,} × {size:,} networks: {plane.x.label} by {plane.y.label}")
            trained = planes.train(plane, size, self.epochs, self.seed, watch)
            arrays |= {f"{name} loss": trained.loss, f"{name} epoch": trained.epoch}
            watch.say(f"{self.seeds} starts: {plane.x.label} by {plane.y.label}")
            others = [planes.train(plane, self.seed_size, self.epochs, seed, watch) for seed in self.all_seeds]
            results[name] = self.judged(plane, trained, others)
            results["networks"] += size**2 + self.seeds * self.seed_size**2
        whole = Trained(arrays["momentum loss"], arrays["momentum epoch"])
        row, column = planes.crowded(planes.border(whole.learned), ZOOM)
        near = Plane(
            first.x.part(column / ZOOM, (column + 1) / ZOOM), first.y.part(row / ZOOM, (row + 1) / ZOOM), first.shared
        )
        watch.say("nearer to the border")
        size = max(16, self.size // 3)
        trained = planes.train(near, size, self.epochs, self.seed, watch)
        results["networks"] += size**2
        results["zoom"] = {
            "rate_range": [near.x.low, near.x.high],
            "momentum_range": [near.y.low, near.y.high],
            "learned": float(trained.learned.mean()),
            "dimension": planes.box_dimension(planes.border(trained.learned)),
        }
        return Measured(results, {**arrays, "zoom loss": trained.loss, "zoom epoch": trained.epoch})

    def judged(self, plane: Plane, trained: Trained, others: list[Trained]) -> dict[str, Any]:
        """The numbers of one plane: of its picture, and over starts."""
        rows, columns = np.nonzero(trained.learned)
        fastest = int(trained.epoch[rows, columns].argmin()) if len(rows) else None
        at = (np.arange(len(trained.loss)) + 0.5) / len(trained.loss)
        dimensions = [planes.box_dimension(planes.border(other.learned), 8) for other in others]
        known = [dimension for dimension in dimensions if dimension is not None]
        start = np.log(2)  # what a network that knows nothing comes to
        results: dict[str, Any] = {
            "learned": bootstrap([other.learned.mean() for other in others], np.mean),
            "worse": bootstrap([float((~(other.loss < start)).mean()) for other in others], np.mean),
            "not_finite": sum(int((~np.isfinite(one.loss)).sum()) for one in (trained, *others)),
            "learned_here": float(trained.learned.mean()),
            "dimension_here": planes.box_dimension(planes.border(trained.learned)),
            "circle": planes.circle_dimension(len(trained.loss)),
            "dimension": bootstrap(known) if len(known) > 1 else None,
            "fastest": fastest
            if fastest is None
            else {
                "epoch": float(trained.epoch[rows[fastest], columns[fastest]]),
                "x": float(plane.x.at(at[columns[fastest]])),
                "y": float(plane.y.at(at[rows[fastest]])),
            },
        }
        if plane.y.setting == "momentum":
            found = planes.slopes([planes.least_rates(other, plane) for other in others])
            results["slope"] = bootstrap(found) if len(found) > 1 else None
        return results

    @classmethod
    def answer(cls, results: Mapping[str, Any]) -> list[str]:
        momentum, scale, zoom = results["momentum"], results["scale"], results["zoom"]
        said = []
        for plane, what in ((momentum, "learning rate by momentum"), (scale, "learning rate by initial scale")):
            sentence = (
                f"In the plane of {what}, {percent(plane['learned'])} of the settings learn XOR within "
                f"{results['epochs']:,} epochs, and {percent(plane['worse'])} end with a larger loss than a network "
                "that knows nothing (mean over starts)"
            )
            best = plane["fastest"]
            if best is not None:
                y = "momentum" if plane is momentum else "initial scale"
                sentence += (
                    f"; in the picture the fastest need {best['epoch']:,.0f} epochs, for instance with rate "
                    f"{rounded(best['x'], 2)} and {y} {rounded(best['y'], 2)}"
                )
            said.append(sentence + ".")
        if momentum.get("slope") is not None:
            slope = momentum["slope"]
            expected = slope["low"] <= 1 <= slope["high"]
            said.append(
                "Momentum acts as a larger rate where training is slow: the smallest rate that learns in time goes as "
                f"(1 − μ) to the power of {number(slope, 2)}; "
                + ("1 would be" if expected else "not quite 1, which would be")
                + " the effective rate η / (1 − μ) alone."
            )
        if momentum["dimension_here"] is not None:
            fractal = momentum["dimension_here"] > momentum["circle"] + 0.1
            sentence = (
                f"The border between learning and not is {'no' if fractal else 'a'} smooth line: its box-counting "
                f"dimension is {momentum['dimension_here']:.2f} in the first picture"
            )
            if scale["dimension_here"] is not None:
                sentence += f" and {scale['dimension_here']:.2f} in the second"
            if momentum["dimension"] is not None:
                sentence += f" (coarser, over starts, {number(momentum['dimension'], 3)} in the plane of momentum)"
            if zoom["dimension"] is not None:
                sentence += f"; enlarged {ZOOM} times where it is most crowded, it is {zoom['dimension']:.2f}"
            said.append(f"{sentence}. A circle counted so has {momentum['circle']:.2f}, what fills the plane 2.")
        finite = momentum["not_finite"] + scale["not_finite"]
        ended = f"{finite:,}" if finite else "none"
        why = "" if finite else ": sigmoid units bound every activation, so that even absurd rates end in a large loss"
        said.append(f"Of {results['networks']:,} networks {ended} came to a loss that is no finite number{why}.")
        return said

    @classmethod
    def tables(cls, results: Mapping[str, Any]) -> list[Table]:
        def cell(value: Any, text: Any) -> str:
            return "–" if value is None else text(value)

        rows = []
        for label, key in (("rate × momentum", "momentum"), ("rate × initial scale", "scale")):
            plane = results[key]
            rows.append(
                [
                    label,
                    percent(plane["learned"]),
                    percent(plane["worse"]),
                    cell(plane["dimension_here"], lambda value: f"{value:.2f}"),
                    cell(plane["dimension"], number),
                ]
            )
        columns = ["plane", "learned", "worse than nothing", "border’s dimension, picture", "over starts, coarser"]
        return [Table("What becomes of the networks of each plane", columns, rows)]

    def figures(self, measured: Measured) -> list[Picture]:
        return trainability_figures.pictures(measured, self.planes, ZOOM)
