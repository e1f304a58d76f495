"""What do the initial weights change: the signals through depth, the time to learn, units that start as copies?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arguments import as_count
from chainrule.arrays import Array
from chainrule.experiments import initialization_answer, initialization_figures
from chainrule.experiments.initialization_answer import RIGHT, UNIFORM, factor
from chainrule.experiments.intervals import Interval, bootstrap, number, percent, wilson
from chainrule.experiments.layers import WIDTH, before_training, sizes_of_gradients, spread
from chainrule.experiments.racing import Race, Solved, race, races, summary
from chainrule.experiments.signals import LABELS
from chainrule.experiments.study import Measured, Picture, Study, Table, Watch, setting
from chainrule.experiments.symmetry import between_units
from chainrule.formulas import initializers

__all__ = ["Initialization"]

ACTIVATIONS = ("sigmoid", "tanh", "relu")
KINDS = {
    "He": initializers.get("he_normal"),
    "Glorot": initializers.get("glorot_normal"),
    "LeCun": initializers.get("lecun_normal"),
    "Glorot, gain 4": initializers.get("glorot_normal", gain=4.0),
    "orthogonal": initializers.get("orthogonal"),
    "N(0, 0.05²)": initializers.get("normal"),
    "U(−0.05, 0.05)": initializers.get("uniform"),
    "N(0, 1)": initializers.get("normal", stddev=1.0),
    "zeros": initializers.get("zeros"),
    "constant ½": initializers.get("constant", value=0.5),
    # the laws that normal ones of the same variance stand for where networks learn
    "He, uniform": initializers.get("he_uniform"),
    "Glorot, uniform": initializers.get("glorot_uniform"),
    "LeCun, uniform": initializers.get("lecun_uniform"),
}
SCALES = 2.0 ** np.arange(-5, 6)
COPIES = {
    "zeros": initializers.get("zeros"),
    "constant": initializers.get("constant", value=1.0),
    "½ ± 10⁻¹²": initializers.get("normal", mean=0.5, stddev=1e-12),
    "½ ± 10⁻⁶": initializers.get("normal", mean=0.5, stddev=1e-6),
    "½ ± 0.1": initializers.get("normal", mean=0.5, stddev=0.1),
    "Glorot, gain 4": KINDS["Glorot, gain 4"],
}
"""The starts whose units are watched: those of the first two are copies, those of the others nearly or not."""
CONSTANTS = (0.05, 5.0)
"""From where to where the one value of all weights goes."""


@dataclass(frozen=True, kw_only=True)
class Initialization(Study):
    """What the initial weights change (report, section 2.2; Glorot & Bengio 2010, He et al. 2015)."""

    name = "initialization"
    title = "Initialization"
    question = (
        "What do the initial weights do to the signals of a deep network, to its units, and to the time to learn?"
    )
    seeds: int = setting(50, quick=3, about="Networks of each kind that learn.")
    search_seeds: int = setting(8, quick=2, about="Networks at each rate by which the rates are chosen.")
    watched_seeds: int = setting(20, quick=2, about="Networks that are looked at before training.")
    depth: int = setting(20, quick=6, about="Hidden layers of the networks that are looked at before training.")
    activations: int = setting(3, quick=1, about="How many activations, from sigmoid and tanh on.")
    epochs: int = setting(500, quick=60, about="Epochs on the spirals; on XOR six times as many.")

    def __post_init__(self) -> None:
        super().__post_init__()
        as_count("search_seeds", self.search_seeds)
        as_count("watched_seeds", self.watched_seeds, least=2)
        as_count("depth", self.depth, least=2)
        if as_count("activations", self.activations) > len(ACTIVATIONS):
            raise ValueError(f"activations must be from 1 to {len(ACTIVATIONS)}, got {self.activations}")
        as_count("epochs", self.epochs, least=10)

    @property
    def search(self) -> range:
        """The seeds by which the rates are chosen."""
        return range(self.all_seeds.stop, self.all_seeds.stop + self.search_seeds)

    def method(self) -> str:
        xor, spirals = races(self.epochs)
        return (
            f"{len(KINDS)} initializations for sigmoid, tanh and ReLU; the right one is Glorot's with gain 4 for "
            "sigmoid (the inverse of its slope at 0) and 1 for tanh, He's for ReLU. Biases start at 0. Before "
            f"training: {self.watched_seeds} networks of {self.depth} hidden layers of {WIDTH} units, on two spirals "
            "of 96 points. The spread of a layer is the root of the variance of its activations over the samples, "
            "averaged over units; its gradient is the root mean square of ∂L/∂z; what a layer does to either is the "
            "geometric mean of the ratios from one layer to the next. Copies: the report's network, "
            f"{xor.sizes}, on its XOR task, sigmoid, rate {COPIES_RATE:g} and momentum "
            f"{xor.options['momentum']:g}, {xor.task.epochs:,} epochs, {self.seeds} runs of each kind; where all "
            f"weights are one constant, each run has its own, from {CONSTANTS[0]:g} to {CONSTANTS[1]:g}, where all are "
            f"0 its own rate, from {COPIES_RATE / 10:g} to {COPIES_RATE * 10:g}. Time to solve: XOR with the same "
            "network and momentum, the spirals with networks "
            f"{spirals.sizes}, Adam, at most {spirals.task.epochs:,} epochs; mean cross entropy, all "
            "samples a step, solved when every point is first right. Every initialization has the same budget to "
            f"choose its rate: {self.search_seeds} networks at each of {', '.join(map(str, xor.rates))} for XOR and "
            f"{', '.join(map(str, spirals.rates))} for the spirals, of which the rate counts at which most solve the "
            f"task, and of equal ones the fastest; then {self.seeds} other networks are judged at that rate. A network "
            "that does not solve the task counts as the last epoch. Scale: the weights of the right initialization "
            f"times {len(SCALES)} factors from {SCALES[0]:g} to {SCALES[-1]:g}, on the spirals, at the rate that was "
            "chosen for the factor 1."
        )

    def measure(self, watch: Watch) -> Measured:
        xor, spirals = races(self.epochs)
        chosen = ACTIVATIONS[: self.activations]
        results: dict[str, Any] = {"depth": self.depth, "start": {}, "scales": SCALES, "scale": {}}
        arrays: dict[str, Array] = {}
        for activation in chosen:
            watch.say(f"{LABELS[activation]}: {self.depth} layers before training")
            results["start"][activation] = {}
            for kind, initializer in signalling().items():
                results["start"][activation][kind], found = self.at_start(activation, initializer)
                arrays |= {f"{activation} {kind} {key}": values for key, values in found.items()}
        watch.say("units that are copies")
        results["copies"], found = self.copies(watch, xor)
        arrays |= found
        for on in (xor, spirals):
            results[on.task.title] = {"end": on.task.epochs, "kinds": {}}
            for activation in chosen:
                kinds: dict[str, Solved] = {}
                for kind, initializer in learning().items():
                    watch.say(f"{on.task.title}: {LABELS[activation]}, {kind}")
                    kinds[kind] = race(watch, on, activation, initializer, self.all_seeds, self.search)
                results[on.task.title]["kinds"][activation] = kinds
        for activation in chosen:
            watch.say(f"spirals: {LABELS[activation]}, by scale")
            rate = results["spirals"]["kinds"][activation][RIGHT[activation]]["rate"]
            results["scale"][activation] = self.by_scale(watch, spirals, activation, rate)
        return Measured(results, arrays)

    def at_start(self, activation: str, initializer: Any) -> tuple[dict[str, Interval | None], dict[str, Array]]:
        """What a layer does to the signals before training, and their sizes by layer."""
        a, delta = before_training(
            activation, initializer, self.depth, range(self.seed, self.seed + self.watched_seeds)
        )
        forward, backward = spread(a), sizes_of_gradients(delta)
        last = last_heard(forward, np.sqrt(np.square(a).mean(axis=(-2, -1))))
        return {
            "forward": mean_ratio(forward[:, last], forward[:, 0], last + 1) if last > 0 else None,
            "backward": mean_ratio(backward[:, 0], backward[:, -1], self.depth),
        }, {"forward": np.median(forward, axis=0)[: last + 1], "backward": np.median(backward, axis=0)}

    def copies(self, watch: Watch, on: Race) -> tuple[dict[str, Any], dict[str, Array]]:
        """How far apart the units of a layer are, as training goes on, by how they start."""
        structure = on.task.by("sigmoid").structure
        shown = np.unique(np.linspace(0, len(on.task.marks) - 1, 25).round().astype(int))
        results: dict[str, Any] = {"epochs": on.task.epochs, "kinds": {}}
        arrays: dict[str, Array] = {"copies marks": np.array(on.task.marks)[shown] + 1}
        for kind, initializer in COPIES.items():
            trained = on.train(
                watch,
                "sigmoid",
                initializer,
                list(self.all_seeds),
                keep=True,
                initial_scale=np.geomspace(*CONSTANTS, self.seeds) if kind == "constant" else 1.0,
                learning_rate=COPIES_RATE * (np.geomspace(0.1, 10, self.seeds) if kind == "zeros" else 1.0),
            )
            assert trained.parameters is not None
            apart = np.array(
                [[between_units(structure, theta) for theta in each] for each in trained.parameters[:, shown]]
            )
            arrays[f"copies {kind}"] = np.median(apart, axis=0)
            arrays[f"network {kind}"] = trained.parameters[int(np.argmin(trained.loss)), -1]
            results["kinds"][kind] = {
                "copies": wilson(int((apart == 0).all(axis=1).sum()), self.seeds),
                "start": float(np.median(apart[:, 0])),
                "end": float(np.median(apart[:, -1])),
                "solved": summary(trained.epochs, on)["share"],
                "loss": bootstrap(trained.loss),
            }
        return results, arrays

    def by_scale(self, watch: Watch, on: Race, activation: str, rate: float) -> list[dict[str, Interval]]:
        """Who solves the task, and how soon, by the factor before the weights."""
        times = on.train(
            watch,
            activation,
            KINDS[RIGHT[activation]],
            list(self.all_seeds) * len(SCALES),
            initial_scale=np.repeat(SCALES, self.seeds),
            learning_rate=rate,
        ).epochs.reshape(len(SCALES), self.seeds)
        return [summary(each, on) for each in times]

    @classmethod
    def answer(cls, results: Mapping[str, Any]) -> list[str]:
        return initialization_answer.sentences(results)

    @classmethod
    def tables(cls, results: Mapping[str, Any]) -> list[Table]:
        columns = [f"{LABELS[activation]}, {way}" for activation in results["start"] for way in ("forward", "back")]
        rows = [
            [
                kind,
                *(
                    factor(results["start"][activation][kind][way])
                    for activation in results["start"]
                    for way in ("forward", "backward")
                ),
            ]
            for kind in signalling()
        ]
        made = [Table("What a layer does to the signals before training", ["initialization", *columns], rows)]
        for task, title in (("XOR", "XOR"), ("spirals", "Spirals")):
            kinds = results[task]["kinds"]
            made.append(
                Table(
                    f"{title}: the rate that suits, who solves it, and after how many epochs (median)",
                    [
                        "initialization",
                        *(f"{LABELS[name]}: {text}" for name in kinds for text in ("rate", "solve it", "epochs")),
                    ],
                    [
                        [
                            kind,
                            *(
                                text
                                for name in kinds
                                for text in (
                                    f"{kinds[name][kind]['rate']:g}",
                                    percent(kinds[name][kind]["share"]),
                                    number(kinds[name][kind]["epochs"]),
                                )
                            ),
                        ]
                        for kind in learning()
                    ],
                )
            )
        return made

    def figures(self, measured: Measured) -> list[Picture]:
        return initialization_figures.pictures(measured)


ROUNDING = 1e-12
"""A spread of less than this, of the activations themselves, is rounding."""
COPIES_RATE = 0.3


def last_heard(forward: Array, sizes: Array) -> int:
    """The last layer, from 0, up to which every network's spread is more than what rounding makes of equal samples.

    >>> last_heard(np.array([[1.0, 1e-9, 1e-16, 1e-16]]), np.ones((1, 4)))
    1
    """
    heard = [bool(layer.all()) for layer in (forward > ROUNDING * sizes).T]
    return (heard.index(False) if False in heard else len(heard)) - 1


def mean_ratio(there: Array, here: Array, depth: int) -> Interval | None:
    """The geometric mean of a layer's ratio to the one before, over the networks; None where there is no signal."""
    with np.errstate(all="ignore"):
        ratio = (there / here) ** (1 / (depth - 1))
    return bootstrap(ratio) if np.isfinite(ratio).all() and (ratio > 0).all() else None


def signalling() -> dict[str, Any]:
    """The initializations that signals are sent through: units that are copies are looked at by themselves."""
    return {kind: initializer for kind, initializer in KINDS.items() if kind != "constant ½"}


def learning() -> dict[str, Any]:
    """The initializations of networks that learn: the uniform laws are left out."""
    return {kind: initializer for kind, initializer in KINDS.items() if kind not in UNIFORM.values()}
