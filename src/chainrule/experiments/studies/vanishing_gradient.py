"""How fast does the gradient vanish on its way back, by activation, initialization and normalization; and how deep can
a network be and still learn?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule import datasets
from chainrule.arguments import as_count
from chainrule.arrays import Array
from chainrule.experiments import vanishing_answer, vanishing_figures
from chainrule.experiments.intervals import Interval, bootstrap, number, percent, wilson
from chainrule.experiments.signals import LABELS, right, signals, signals_at_start, wrong
from chainrule.experiments.study import Measured, Picture, Study, Table, Watch, setting
from chainrule.structure import Structure

__all__ = ["VanishingGradient"]

ACTIVATIONS = ("sigmoid", "relu", "tanh", "leaky_relu", "prelu", "elu", "selu", "gelu")
STARTS = {"right": right, "wrong": wrong}
NORMALIZATIONS = (None, "batch_norm", "layer_norm")
DEPTHS = (5, 10, 20, 40)
RATES = (0.001, 0.003)
LEARNED = 0.95
"""A network has learned when it classifies this share of its samples."""
WATCHED = 10
"""The depth of the networks whose gradients are looked at during training."""


@dataclass(frozen=True, kw_only=True)
class VanishingGradient(Study):
    """The gradient through the layers (report, section 4; Hochreiter 1991, Glorot & Bengio 2010)."""

    name = "vanishing-gradient"
    title = "The vanishing gradient"
    question = "How much of the gradient reaches the first layers, and how deep can a network be and still learn?"
    seeds: int = setting(8, quick=2, about="Networks of each kind.")
    deepest: int = setting(40, quick=5, about="Hidden layers of the deepest networks, at least 5.")
    activations: int = setting(8, quick=2, about="How many activations, from sigmoid and ReLU on.")
    width: int = setting(10, about="Units of each hidden layer of the networks that are trained.")
    epochs: int = setting(300, quick=100, about="Epochs of the training on spirals.")

    def __post_init__(self) -> None:
        super().__post_init__()
        as_count("deepest", self.deepest, least=DEPTHS[0])
        if not 2 <= as_count("activations", self.activations) <= len(ACTIVATIONS):
            raise ValueError(f"activations must be from 2 to {len(ACTIVATIONS)}, got {self.activations}")
        as_count("width", self.width)
        as_count("epochs", self.epochs, least=10)

    @property
    def depths(self) -> list[int]:
        """The numbers of hidden layers."""
        return [*(depth for depth in DEPTHS if depth < self.deepest), self.deepest]

    def method(self) -> str:
        return (
            f"Networks of {self.depths[0]} to {self.deepest} hidden layers, {self.seeds} seeds of each kind; two "
            "spirals of 96 points, mean cross entropy. At the start: networks of 32 units a layer; the gradient of a "
            "layer is the root mean square of ∂L/∂z over samples and units, and what a layer passes back is the "
            "geometric mean, over the hidden layers, of the ratio of one layer's to the next one's. The right "
            "initialization is Glorot's with gain 4 for sigmoid and 1 for tanh, LeCun's for ELU and SELU, He's for the "
            "others; the wrong "
            "one is Glorot's with gain 1, for tanh N(0, 0.05²), for ELU and SELU He's. Training: "
            f"{self.width} units a layer, Adam, all samples a step, {self.epochs} epochs with each of the learning "
            f"rates {' and '.join(map(str, RATES))}, of which the better one counts; a network has learned when it "
            f"classifies {100 * LEARNED:g} % of its samples. Digits: the same with 300 of the 8 × 8 images and "
            "ten outputs."
        )

    def measure(self, watch: Watch) -> Measured:
        chosen = ACTIVATIONS[: self.activations]
        X, y = datasets.spirals(96, turns=1.0)
        X = X / X.std()
        results: dict[str, Any] = {"deepest": self.deepest, "depths": self.depths}
        watch.say("the gradient at the start")
        results["start"], layers = self.at_start(chosen, X, y)
        results["depth"] = self.by_depth(chosen, X, y)
        results["learned"] = {
            name: {
                start: {str(depth): self.learned(watch, name, start, depth, X, y) for depth in self.depths}
                for start in STARTS
            }
            for name in chosen
        }
        results["normalized"] = {
            name: {
                normalization: self.learned(watch, name, "wrong", self.deepest, X, y, normalization=normalization)
                for normalization in NORMALIZATIONS[1:]
            }
            for name in chosen[: max(1, self.activations // 4)]
        }
        results["digits"] = {
            name: {str(depth): self.digits(watch, name, depth) for depth in self.depths[-3::2]} for name in chosen
        }
        results["training"], gradients = self.during_training(watch, X, y)
        return Measured(results, {**layers, **gradients})

    def at_start(self, chosen: Sequence[str], X: Array, y: Array) -> tuple[dict[str, Any], dict[str, Array]]:
        """What each layer of the deepest networks passes back, by activation, initialization and normalization."""
        sizes, results, layers = [2, *[32] * self.deepest, 1], dict[str, Any](), dict[str, Array]()
        for name in chosen:
            for start, initializer in STARTS.items():
                for normalization in NORMALIZATIONS:
                    delta = np.array(
                        [
                            signals_at_start(
                                X,
                                y,
                                sizes,
                                seed=seed,
                                hidden=name,
                                initializer=initializer(name),
                                normalization=normalization,
                            ).delta
                            for seed in self.all_seeds
                        ]
                    )
                    key = f"{name} {start} {normalization or 'none'}"
                    layers[key] = np.median(delta / delta[:, -1:], axis=0)
                    results.setdefault(name, {}).setdefault(start, {})[normalization or "none"] = {
                        "factor": bootstrap((delta[:, 0] / delta[:, -1]) ** (1 / (self.deepest - 1))),
                        "first": float(np.median(delta[:, 0] / delta[:, -1])),
                    }
        return results, layers

    def by_depth(self, chosen: Sequence[str], X: Array, y: Array) -> dict[str, Any]:
        """The norm of ∂L/∂W of the first layer before training, by depth: median over seeds."""
        depths = sorted({2, 3, *self.depths})
        return {
            name: {
                start: {
                    str(depth): float(
                        np.median(
                            [
                                signals_at_start(
                                    X, y, [2, *[32] * depth, 1], seed=seed, hidden=name, initializer=initializer(name)
                                ).grad_weight[0]
                                for seed in self.all_seeds
                            ]
                        )
                    )
                    for depth in depths
                }
                for start, initializer in STARTS.items()
            }
            for name in chosen
        }

    def learned(
        self, watch: Watch, name: str, start: str, depth: int, X: Array, y: Array, *, normalization: str | None = None
    ) -> Interval:
        """The share of networks that learn the spirals, at the better rate."""
        watch.say(f"spirals: {LABELS[name]}, {start} initialization, {depth} layers, {normalization or 'as it is'}")
        runs = watch.train_many(
            [2, *[self.width] * depth, 1],
            X,
            y,
            seeds=np.repeat(self.all_seeds, len(RATES)).tolist(),
            hidden=name,
            normalization=normalization,
            initializer=STARTS[start](name),
            optimizer="adam",
            learning_rate=np.tile(RATES, self.seeds),
            epochs=self.epochs,
            record=("accuracy",),
        )
        assert runs.accuracy is not None
        return better(runs.accuracy[:, 0], self.seeds)

    def digits(self, watch: Watch, name: str, depth: int) -> Interval:
        """The share of networks that learn the digits, from the right initialization, at the better rate."""
        watch.say(f"digits: {LABELS[name]}, {depth} layers")
        X, y = datasets.digits()
        runs = watch.train_many(
            [64, *[self.width] * depth, 10],
            X[:300] / X.std(),
            y[:300],
            "categorical_cross_entropy",
            output="softmax",
            seeds=np.repeat(self.all_seeds, len(RATES)).tolist(),
            hidden=name,
            initializer=right(name),
            optimizer="adam",
            learning_rate=np.tile(RATES, self.seeds),
            epochs=self.epochs,
            record=("accuracy",),
        )
        assert runs.accuracy is not None
        return better(runs.accuracy[:, 0], self.seeds)

    def during_training(self, watch: Watch, X: Array, y: Array) -> tuple[dict[str, Any], dict[str, Array]]:
        """The norm of ∂L/∂W of every layer as training goes on: medians over seeds."""
        depth, results, arrays = min(WATCHED, self.deepest), dict[str, Any](), dict[str, Array]()
        marks = np.unique(np.geomspace(1, self.epochs, 14).astype(int)) - 1
        sizes = [2, *[self.width] * depth, 1]
        for name, start, normalization in WATCHED_KINDS:
            title = f"{LABELS[name]}, {start}{', batch norm' if normalization else ''}"
            watch.say(f"gradients during training: {title}")
            runs = watch.train_many(
                sizes,
                X,
                y,
                seeds=self.all_seeds,
                hidden=name,
                normalization=normalization,
                initializer=STARTS[start](name),
                optimizer="adam",
                learning_rate=RATES[-1],
                epochs=self.epochs,
                record_at=marks.tolist(),
            )
            assert runs.parameters is not None
            assert runs.loss is not None
            structure = Structure.of(sizes, hidden=name, output="sigmoid", normalization=normalization)
            norms = np.array(
                [[signals(structure, theta, X, y).grad_weight for theta in each] for each in runs.parameters]
            )
            ratio = norms[..., 0] / norms[..., -2]
            results[title] = {
                "first_over_last": {"start": float(np.median(ratio[:, 0])), "end": float(np.median(ratio[:, -1]))},
                "loss": bootstrap(np.nan_to_num(runs.loss[:, -1], nan=np.log(2))),
            }
            arrays[f"training {title}"] = np.median(norms, axis=0)
        arrays["marks"] = marks + 1
        return {"depth": depth, "kinds": results}, arrays

    @classmethod
    def answer(cls, results: Mapping[str, Any]) -> list[str]:
        return vanishing_answer.sentences(results)

    @classmethod
    def tables(cls, results: Mapping[str, Any]) -> list[Table]:
        rows = [
            [LABELS[name], *(number(results["start"][name][s][n]["factor"], 3) for s in STARTS for n in NAMES)]
            for name in results["start"]
        ]
        columns = [f"{start}, {text}" for start in STARTS for text in ("as it is", "batch norm", "layer norm")]
        learned = [
            [f"{LABELS[name]}, {start}", *(percent(share) for share in results["learned"][name][start].values())]
            for name in results["learned"]
            for start in STARTS
        ]
        return [
            Table("What a layer passes back of the gradient before training", ["activation", *columns], rows),
            Table(
                "Networks that learn the spirals, by hidden layers",
                ["activation, initialization", *map(str, results["depths"])],
                learned,
            ),
        ]

    def figures(self, measured: Measured) -> list[Picture]:
        return vanishing_figures.pictures(measured)


NAMES = tuple(each or "none" for each in NORMALIZATIONS)
WATCHED_KINDS = (
    ("sigmoid", "wrong", None),
    ("sigmoid", "right", None),
    ("sigmoid", "wrong", "batch_norm"),
    ("relu", "right", None),
)


def better(accuracy: Array, seeds: int) -> Interval:
    """The share that has learned at the rate at which more do; the runs go through the rates seed by seed."""
    return wilson(int((accuracy.reshape(seeds, len(RATES)) >= LEARNED).sum(axis=0).max()), seeds)
