"""What does each activation do to the signal through depth, to its units during training, and to the time to learn?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arguments import as_count
from chainrule.arrays import Array
from chainrule.backprop import backprop
from chainrule.experiments import activation_answer, activation_figures
from chainrule.experiments.activation_answer import FASTER
from chainrule.experiments.intervals import bootstrap, number, percent
from chainrule.experiments.layers import WIDTH, before_training, sizes_of_gradients, spread
from chainrule.experiments.racing import Race, Solved, race, races
from chainrule.experiments.signals import FLAT, LABELS, right, slope, steepest
from chainrule.experiments.study import Measured, Picture, Study, Table, Watch, setting
from chainrule.formulas import losses
from chainrule.structure import Structure

__all__ = ["Activations"]

ACTIVATIONS = ("sigmoid", "tanh", "relu", "softsign", "leaky_relu", "prelu", "elu", "selu", "gelu", "silu", "mish")
SATURATED = 0.05
"""An activation is saturated when it is nearer than this to one of its bounds."""
BINS = 40
MARKS = 13
"""At how many epochs units are looked at."""


@dataclass(frozen=True, kw_only=True)
class Activations(Study):
    """What the activation changes (report, section 4.1; Glorot & Bengio 2010, He et al. 2015)."""

    name = "activations"
    title = "Activations"
    question = "What does each activation do to the signals of a deep network, to its units, and to the time to learn?"
    seeds: int = setting(100, quick=4, about="Networks of each kind that learn.")
    search_seeds: int = setting(16, quick=2, about="Networks at each rate by which the rates are chosen.")
    watched_seeds: int = setting(20, quick=2, about="Networks whose layers are looked into, at the start and later.")
    depth: int = setting(20, quick=6, about="Hidden layers of the networks that are looked at before training.")
    activations: int = setting(11, quick=3, about="How many activations, from sigmoid, tanh and ReLU on.")
    epochs: int = setting(500, quick=120, about="Epochs on the spirals; on XOR six times as many.")

    def __post_init__(self) -> None:
        super().__post_init__()
        as_count("search_seeds", self.search_seeds)
        as_count("watched_seeds", self.watched_seeds, least=2)
        as_count("depth", self.depth, least=2)
        if not 3 <= as_count("activations", self.activations) <= len(ACTIVATIONS):
            raise ValueError(f"activations must be from 3 to {len(ACTIVATIONS)}, got {self.activations}")
        as_count("epochs", self.epochs, least=10)

    @property
    def search(self) -> range:
        """The seeds by which the rates are chosen."""
        return range(self.all_seeds.stop, self.all_seeds.stop + self.search_seeds)

    def method(self) -> str:
        xor, spirals = races(self.epochs)
        return (
            "Each activation has the initialization that was made for it or for its kind: Glorot's with gain 4 for "
            "sigmoid and 1 for tanh and softsign, LeCun's for ELU and SELU, He's for the others. Before training: "
            f"{self.watched_seeds} networks of {self.depth} hidden layers of {WIDTH} units, on two spirals of 96 "
            "points. The spread of a layer is the root of the variance of its activations over the samples, averaged "
            "over units; its gradient is the root mean square of ∂L/∂z. Time to solve: XOR with networks "
            f"{xor.sizes}, gradient descent with momentum {xor.options['momentum']:g}, at most "
            f"{xor.task.epochs:,} epochs; the spirals with networks {spirals.sizes}, Adam, at most "
            f"{spirals.task.epochs:,}; mean cross entropy, all samples a step, solved when every point is first "
            f"right. Every activation has the same budget to choose its rate: {self.search_seeds} networks at each of "
            f"{', '.join(map(str, xor.rates))} for XOR and {', '.join(map(str, spirals.rates))} for the spirals, of "
            "which the rate counts at which most solve the task, and of equal ones the fastest; then "
            f"{self.seeds} other networks are judged at that rate. A network that does not solve the task counts as "
            f"the last epoch. Units over time: {self.watched_seeds} of the networks on the spirals, at that rate and "
            f"at {FASTER} times it. A unit is off when its slope is below {100 * FLAT:g} % of the activation's "
            "steepest on every sample; it is dead when it is 0. An activation is saturated when it is nearer than "
            f"{SATURATED:g} to a bound of its range, of sigmoid, tanh and softsign."
        )

    def measure(self, watch: Watch) -> Measured:
        chosen = ACTIVATIONS[: self.activations]
        xor, spirals = races(self.epochs)
        results: dict[str, Any] = {"depth": self.depth, "start": {}, "units": {}}
        arrays: dict[str, Array] = {}
        for name in chosen:
            watch.say(f"{LABELS[name]}: {self.depth} layers before training")
            results["start"][name], found = self.at_start(name)
            arrays |= {f"{name} {key}": values for key, values in found.items()}
        for on in (xor, spirals):
            kinds: dict[str, Solved] = {}
            for name in chosen:
                watch.say(f"{on.task.title}: {LABELS[name]}, {self.seeds} networks")
                kinds[name] = race(watch, on, name, right(name), self.all_seeds, self.search)
            results[on.task.title] = {"end": on.task.epochs, "kinds": kinds}
        marks = np.array(spirals.task.marks)
        shown = np.unique(np.linspace(0, len(marks) - 1, MARKS).round().astype(int))
        for name in chosen:
            rate = results[spirals.task.title]["kinds"][name]["rate"]
            watch.say(f"units over time: {LABELS[name]}")
            results["units"][name] = {}
            for key, times in (("suited", 1), ("faster", FASTER)):
                results["units"][name][key], found = self.over_time(watch, spirals, name, rate * times, shown)
                arrays |= {f"{name} {key} {what}": values for what, values in found.items()}
        return Measured(results, {**arrays, "marks": marks[shown] + 1})

    def at_start(self, name: str) -> tuple[dict[str, Any], dict[str, Array]]:
        """What comes through the layers before training."""
        a, delta = before_training(name, right(name), self.depth, range(self.seed, self.seed + self.watched_seeds))
        spreads, gradients = spread(a), sizes_of_gradients(delta)
        differs = spreads**2 / np.mean(a**2, axis=(2, 3))
        results = {
            "spread": {"first": bootstrap(spreads[:, 0]), "last": bootstrap(spreads[:, -1])},
            "kept": bootstrap(spreads[:, -1] / spreads[:, 0]),
            "gradient": bootstrap(gradients[:, 0] / gradients[:, -1]),
            "differs": {"first": bootstrap(differs[:, 0]), "last": bootstrap(differs[:, -1])},
            "zeros": float(np.mean(delta == 0)),
        }
        with np.errstate(divide="ignore"):
            log = np.log10(np.abs(delta) / gradients[:, -1, None, None, None])
        forward, backward = a.transpose(1, 0, 2, 3), log.transpose(1, 0, 2, 3)
        return results, {
            key: each
            for what, values in (("a", forward), ("delta", backward))
            for key, each in zip((f"{what} density", f"{what} edges"), densities(values), strict=True)
        }

    def over_time(
        self, watch: Watch, on: Race, name: str, rate: float, shown: Array
    ) -> tuple[dict[str, Any], dict[str, Array]]:
        """The shares of units that are off and of activations that are saturated at some of the marks of training."""
        seeds = list(range(self.seed, self.seed + self.watched_seeds))
        trained = on.train(watch, name, right(name), seeds, keep=True, learning_rate=rate)
        assert trained.parameters is not None
        parameters, structure = trained.parameters[:, shown], on.task.by(name).structure
        X, y = on.task.X, on.task.y
        whole = np.array([np.isfinite(thetas).all() for thetas in parameters])
        units = np.array([[standing(structure, theta, X, y) for theta in each] for each in parameters[whole]])
        results: dict[str, Any] = {"diverged": int((~whole).sum()), "n": len(whole)}
        arrays: dict[str, Array] = {}
        if whole.sum() < 2:
            return {**results, "off": None, "dead": None, "saturated": None}, arrays
        for k, key in enumerate(("off", "dead", "saturated")):
            values = units[..., k]
            arrays[key] = values.mean(axis=0)
            known = np.isfinite(values).all()
            results[key] = (
                {"start": bootstrap(values[:, 0], np.mean), "end": bootstrap(values[:, -1], np.mean)} if known else None
            )
        return results, arrays

    @classmethod
    def answer(cls, results: Mapping[str, Any]) -> list[str]:
        return activation_answer.sentences(results)

    @classmethod
    def tables(cls, results: Mapping[str, Any]) -> list[Table]:
        rows = [
            [LABELS[name], *(f"{solved['rate']:g}", percent(solved["share"]), number(solved["epochs"]))]
            for name, solved in results["XOR"]["kinds"].items()
        ]
        for row, solved in zip(rows, results["spirals"]["kinds"].values(), strict=True):
            row += [f"{solved['rate']:g}", percent(solved["share"]), number(solved["epochs"])]
        start = [
            [
                LABELS[name],
                *(number(found[key], 2) for key in ("kept", "gradient")),
                *(percent(found["differs"][where]) for where in ("first", "last")),
            ]
            for name, found in results["start"].items()
        ]
        each = ["rate", "solve it", "epochs, median"]
        return [
            Table(
                f"Before training, {results['depth']} hidden layers",
                [
                    "activation",
                    "spread, last layer's of the first's",
                    "gradient, first layer's of the last's",
                    "differs between samples, first layer",
                    "last layer",
                ],
                start,
            ),
            Table(
                "Time to solve, each activation at the rate that suits it",
                ["activation", *(f"XOR: {text}" for text in each), *(f"spirals: {text}" for text in each)],
                rows,
            ),
        ]

    def figures(self, measured: Measured) -> list[Picture]:
        return activation_figures.pictures(measured)


def densities(values: Array) -> tuple[Array, Array]:
    """Histograms of each layer's values (layers, ...) on common bins, without exact zeros and what is not finite.

    The bins hold all but the lowest hundredth and the highest fiftieth of each layer's.
    """
    kept = [layer[np.isfinite(layer) & (layer != 0)] for layer in values]
    ends = np.array([np.quantile(layer, [0.01, 0.98]) for layer in kept if len(layer)] or [[0.0, 1.0]])
    edges = np.linspace(ends[:, 0].min(), max(ends[:, 1].max(), ends[:, 0].min() + 1e-12), BINS + 1)
    return np.array([np.histogram(layer, edges)[0] for layer in kept], float), edges


def standing(structure: Structure, theta: Array, X: Array, y: Array) -> Array:
    """The shares of hidden units that are off and dead, and of hidden activations that are saturated or NaN."""
    passed = backprop(structure, theta, X, y, losses.get("binary_cross_entropy"))
    shares = []
    for i, layer in enumerate(structure.layers[:-1]):
        slopes = np.abs(slope(structure, theta, passed.values[i], i))
        low, high = layer.activation.bounds
        near = (passed.a[i] < low + SATURATED) | (passed.a[i] > high - SATURATED)
        shares.append(
            [
                np.mean((slopes < FLAT * steepest(layer.activation)).all(axis=0)),
                np.mean((slopes == 0).all(axis=0)),
                np.mean(near) if np.isfinite([low, high]).all() else np.nan,
            ]
        )
    return np.mean(shares, axis=0)
