"""Do the report's networks solve their tasks by the epochs that it names? How often, what keeps the others, and which
momentum did it use?
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from chainrule.arguments import as_count, require
from chainrule.arrays import Array
from chainrule.experiments import convergence_answer, convergence_figures, likelihood, plateau
from chainrule.experiments.claims import CONVERGED
from chainrule.experiments.experiment import EXPERIMENTS, Experiment, train_seeds
from chainrule.experiments.intervals import Interval, bootstrap, wilson
from chainrule.experiments.study import Measured, Picture, Study, Table, Watch, setting
from chainrule.formulas import initializers

__all__ = ["Convergence"]

LINEAR, XOR = EXPERIMENTS
INITIALIZERS: dict[str, dict[str, Any]] = {
    "He": {"initializer": "he_normal"},
    "Glorot": {"initializer": "glorot_normal"},
    "LeCun": {"initializer": "lecun_normal"},
    "Glorot, gain 4": {"initializer": initializers.get("glorot_normal", gain=4.0)},
}
"""The last is the one for sigmoid, whose slope at 0 is a quarter of tanh's (Glorot and Bengio 2010)."""
MOMENTA = (0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9)
LATER = {"linear": 20_000, "xor": 100_000}
"""Networks that are late are trained until here, as long as the report trains its own."""


@dataclass(frozen=True, kw_only=True)
class Convergence(Study):
    """The report's "less than 2500 epochs and 10000 epochs to converge", over many seeds (report, section 3)."""

    name = "convergence"
    title = "Convergence"
    question = "Do the report's networks solve their tasks in less than 2,500 and 10,000 epochs, whatever the seed?"
    seeds: int = setting(1000, quick=30, about="Networks of each kind.")
    momentum_seeds: int = setting(60, quick=5, about="Networks with each momentum that is compared.")
    momentum: float = setting(0.5, about="Momentum of all other networks; the report does not say its own.")

    def __post_init__(self) -> None:
        super().__post_init__()
        as_count("momentum_seeds", self.momentum_seeds, least=4)
        require("momentum", self.momentum, 0, 1, closed=True)

    def method(self) -> str:
        return (
            f"{self.seeds:,} networks for each task and initialization, trained as the report says: sigmoid units, "
            "mean cross entropy, all samples a step, learning rate 0.3; He's initialization where nothing else is "
            f"said; momentum {self.momentum:g}, which it does not say. Each network has a seed of its own, and for the "
            "linear task, whose points the report draws at random, a sample of its own too. A network has solved its "
            "task when it classifies every point, and has converged when its loss is below "
            f"{100 * CONVERGED:g} % of what it was at the start; this is looked at 50 times up to the epoch that "
            "the report names. Those that have not solved it by then are trained on, to epoch "
            f"{LATER['linear']:,} and {LATER['xor']:,}. For the momentum, "
            f"{self.momentum_seeds} networks a task are trained with each of {len(MOMENTA)} momenta; the likelihood of "
            "a momentum is the share of its networks that solve the task times the kernel density of their losses at "
            "the losses that the report prints (geometric mean over its printed epochs but the first)."
        )

    def measure(self, watch: Watch) -> Measured:
        results: dict[str, Any] = {}
        arrays: dict[str, Array] = {}
        for experiment in EXPERIMENTS:
            results[experiment.name], found = self.over_seeds(watch, experiment)
            arrays |= {f"{experiment.name} {key}": values for key, values in found.items()}
        margins = np.array([margin(*LINEAR.data(seed)) for seed in self.all_seeds])
        arrays["linear margin"] = margins
        results["linear"]["margin"] = margin_results(margins, arrays["linear epoch"], LINEAR.printed.converged_before)
        watch.say("XOR: where the networks stand that have not solved it")
        results["xor"]["failures"], found = failures(arrays["xor parameters"], arrays["xor loss"], arrays["xor epoch"])
        arrays |= found
        for experiment in EXPERIMENTS:
            results[experiment.name]["initializers"] = self.initializers(watch, experiment, results[experiment.name])
        results["momentum"], found = self.momenta(watch)
        return Measured(results, arrays | found)

    def over_seeds(self, watch: Watch, experiment: Experiment) -> tuple[dict[str, Any], dict[str, Array]]:
        """How many solve their task, and when."""
        by, end = experiment.printed.converged_before, LATER[experiment.name]
        marks = np.arange(by // 50, by + 1, by // 50) - 1
        watch.say(f"{experiment.title}: {self.seeds:,} networks, {by:,} epochs")
        options: dict[str, Any] = {"momentum": self.momentum}
        wanted = ("loss", "accuracy", "parameters") if experiment is XOR else ("loss", "accuracy")
        first = train_seeds(experiment, self.all_seeds, watch, record_at=[0, *marks.tolist()], record=wanted, **options)
        assert first.loss is not None
        assert first.accuracy is not None
        epoch = solved_at(first.accuracy, first.epoch)
        late = np.flatnonzero(np.isinf(epoch))
        later = np.unique(np.geomspace(by, end, 25).astype(int))[1:] - 1
        if len(late):
            watch.say(f"{experiment.title}: {len(late):,} late networks, {end:,} epochs")
            seeds = [self.all_seeds[k] for k in late]
            again = train_seeds(experiment, seeds, watch, record_at=later.tolist(), **options)
            assert again.accuracy is not None
            epoch[late] = solved_at(again.accuracy, later)
        in_time, ever = epoch <= by, np.isfinite(epoch)
        results = {
            "by": by,
            "end": end,
            "solved": wilson(int(in_time.sum()), self.seeds),
            "solved_at_end": wilson(int(ever.sum()), self.seeds),
            "converged": wilson(int((first.loss[:, -1] < CONVERGED * first.loss[:, 0]).sum()), self.seeds),
            "epochs": bootstrap(np.where(ever, epoch, end)),
        }
        arrays = {"epoch": epoch, "marks": first.epoch, "loss": first.loss}
        if first.parameters is not None:
            arrays["parameters"] = first.parameters[:, -1]
        return results, arrays

    def initializers(self, watch: Watch, experiment: Experiment, known: Mapping[str, Any]) -> dict[str, Interval]:
        """The share that solves the task in time, by initialization."""
        by = experiment.printed.converged_before
        shares = {"He": known["solved"]}
        for name, options in list(INITIALIZERS.items())[1:]:
            watch.say(f"{experiment.title}: {name}, {self.seeds:,} networks, {by:,} epochs")
            runs = train_seeds(
                experiment,
                self.all_seeds,
                watch,
                record_at=[by - 1],
                record=("accuracy",),
                momentum=self.momentum,
                **options,
            )
            assert runs.accuracy is not None
            shares[name] = wilson(int((runs.accuracy[:, 0] == 1).sum()), self.seeds)
        return shares

    def momenta(self, watch: Watch) -> tuple[dict[str, Any], dict[str, Array]]:
        """Which momentum the report's losses speak for."""
        all_levels: list[likelihood.Levels] = []
        results: dict[str, Any] = {}
        arrays: dict[str, Array] = {}
        for experiment in EXPERIMENTS:
            printed = {epoch: loss for epoch, loss in experiment.printed.loss.items() if epoch > 0}
            by_momentum, table = {}, {}
            for momentum in MOMENTA:
                watch.say(f"{experiment.title}: momentum {momentum:g}, {self.momentum_seeds:,} networks")
                seeds = range(self.seed, self.seed + self.momentum_seeds)
                runs = train_seeds(experiment, seeds, watch, record_at=list(printed), momentum=momentum)
                assert runs.loss is not None
                assert runs.accuracy is not None
                solved = runs.accuracy[:, -1] == 1
                by_momentum[momentum] = np.where(solved, np.log(runs.loss).mean(axis=1), np.nan)
                table[momentum] = {
                    "loss": float(np.exp(np.nanmedian(by_momentum[momentum]))),
                    "solved": float(solved.mean()),
                }
            levels = likelihood.Levels(by_momentum, float(np.mean(np.log(list(printed.values())))))
            logs = likelihood.log_likelihood(levels)
            all_levels.append(levels)
            arrays |= {
                f"{experiment.name} levels": np.array(list(by_momentum.values())),
                f"{experiment.name} logs": logs,
            }
            results[experiment.name] = {"printed": float(np.exp(levels.printed)), "momenta": table, **judged(logs)}
        both = arrays["linear logs"] + arrays["xor logs"]
        watch.say("momentum: drawing the networks again")
        again = likelihood.resampled(all_levels, 100)
        results["both"] = {**judged(both), "resampled": np.quantile(again, [0.025, 0.975])}
        return results, {**arrays, "both logs": both, "momenta": np.array(MOMENTA)}

    @classmethod
    def answer(cls, results: Mapping[str, Any]) -> list[str]:
        return convergence_answer.answer(results)

    @classmethod
    def tables(cls, results: Mapping[str, Any]) -> list[Table]:
        return convergence_answer.tables(results)

    def figures(self, measured: Measured) -> list[Picture]:
        return convergence_figures.pictures(measured, self.all_seeds)


def solved_at(accuracy: Array, marks: Array) -> Array:
    """The epochs after which each network classifies every point, at this mark and all later ones; infinity if never.

    >>> solved_at(np.array([[0.5, 1, 0.9, 1], [1, 1, 1, 0.5]]), np.array([0, 9, 19, 29]))
    array([30., inf])
    """
    solved = np.logical_and.accumulate((accuracy == 1)[:, ::-1], axis=1)[:, ::-1]
    return np.where(solved.any(axis=1), marks[solved.argmax(axis=1)] + 1.0, np.inf)


def margin(X: Array, y: Array) -> float:
    """How near the nearest of the points X (n, 2) lies to the diagonal."""
    return float(np.abs(X[:, 0] - X[:, 1]).min() / np.sqrt(2))


def margin_results(margins: Array, epoch: Array, by: int) -> dict[str, Any]:
    """How the margin of a sample and the epochs to solve it go together."""
    late = epoch > by
    return {
        "correlation": float(spearmanr(margins, epoch).statistic),
        "late": float(np.median(margins[late])) if late.any() else None,
        "in_time": float(np.median(margins[~late])) if (~late).any() else None,
    }


def failures(parameters: Array, loss: Array, epoch: Array) -> tuple[dict[str, Any], dict[str, Array]]:
    """Where the XOR networks stand that have not solved it in time, and how they differ from the others."""
    stand, by = plateau.standing(parameters), XOR.printed.converged_before
    failed = epoch > by
    across = failed & stand.centre_alone & (np.abs(loss[:, -1] / plateau.ACROSS - 1) < plateau.NEAR)
    others, n = failed & ~across, int(failed.sum())
    results: dict[str, Any] = {
        "n": n,
        "plateau": plateau.ACROSS,
        "across": wilson(int(across.sum()), n) if n else None,
        "across_n": int(across.sum()),
        "across_solved": int(np.isfinite(epoch[across]).sum()),
        "others_solved": int(np.isfinite(epoch[others]).sum()),
        "saturated": None,
    }
    if across.sum() > 1 and (~failed).sum() > 1:
        for name, values in (("saturated", stand.saturated), ("gradient", stand.gradient)):
            results[name], results[f"{name}_solved"] = bootstrap(values[across]), bootstrap(values[~failed])
    kind = np.where(across, 1, np.where(failed, 2, 0))  # 0 solved, 1 on the plateau, 2 elsewhere
    return results, {
        "xor kind": kind,
        "xor saturated": stand.saturated,
        "xor gradient": stand.gradient,
        "xor output": stand.output,
    }


def judged(logs: Array) -> dict[str, Any]:
    """What a log-likelihood says: the likeliest momentum, its interval, and how much less likely others are."""
    low, high = likelihood.interval(logs)
    at = np.searchsorted(likelihood.FINE, np.array(MOMENTA) - 1e-9)
    return {
        "best": likelihood.best(logs),
        "low": low,
        "high": high,
        "against": dict(zip(MOMENTA, logs[at] - logs.max(), strict=True)),
    }
