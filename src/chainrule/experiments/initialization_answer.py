"""The answer of the study of initialization, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.experiments.intervals import Interval, listed, number, percent, rounded
from chainrule.experiments.racing import Solved, overlap, said
from chainrule.experiments.signals import LABELS
from chainrule.experiments.tasks import LOOKS

__all__ = ["RIGHT", "UNIFORM", "factor", "sentences"]

RIGHT = {"sigmoid": "Glorot, gain 4", "tanh": "Glorot", "relu": "He"}
UNIFORM = {"He": "He, uniform", "Glorot": "Glorot, uniform", "LeCun": "LeCun, uniform"}


def factor(found: Interval | None) -> str:
    """What a layer does, in words."""
    return "no signal" if found is None else number(found)


def sentences(results: Mapping[str, Any]) -> list[str]:
    """The answer, from the results alone."""
    made = [through(results, activation) for activation in results["start"]]
    made.append(law(results))
    made += equal(results["copies"])
    for task, the in (("XOR", "XOR"), ("spirals", "the spirals")):
        for activation in results["start"]:
            kinds, end = results[task]["kinds"][activation], results[task]["end"]
            made.append(
                f"{capital(LABELS[activation])}, median epochs to solve {the}: {said(kinds, end)}. "
                f"{verdict(activation, kinds, end)}"
            )
    made += [scale(results, activation) for activation in results["start"]]
    return made


def through(results: Mapping[str, Any], activation: str) -> str:
    """What the right initialization does to the signals, and what the others do."""
    start, depth, right = results["start"][activation], results["depth"], RIGHT[activation]
    known = {kind: found for kind, found in start.items() if found["forward"] and kind not in UNIFORM.values()}
    nearest = {
        way: min(known, key=lambda kind: abs(np.log(known[kind][way]["value"] if known[kind][way] else 1e-300)))
        for way in ("forward", "backward")
    }
    shown = [right, *(kind for kind in known if kind != right)]
    silent = [kind for kind in start if start[kind]["backward"] is None]
    return (
        f"{capital(LABELS[activation])}: from one layer to the next the spread of the activations is multiplied "
        "by, and on the way back the gradient by, "
        + ", ".join(
            f"{factor(start[kind]['forward'])} and {factor(start[kind]['backward'])} ({kind})" for kind in shown
        )
        + f". Nearest to 1 are {nearest['forward']} forward and {nearest['backward']} back; through {depth} layers "
        f"the right one leaves {rounded(known[right]['forward']['value'] ** (depth - 1), 2)} of the spread and "
        f"{rounded(known[right]['backward']['value'] ** (depth - 1), 2)} of the gradient."
        + (f" No gradient at all comes back with {listed(silent)}." if silent else "")
    )


def law(results: Mapping[str, Any]) -> str:
    """Whether the law that the weights are drawn from matters, at the same variance."""
    pairs = [
        (found[normal][way], found[uniform][way])
        for found in results["start"].values()
        for normal, uniform in UNIFORM.items()
        for way in ("forward", "backward")
        if found[normal][way] and found[uniform][way]
    ]
    alike = sum(overlap(*pair) for pair in pairs)
    most = max(abs(one["value"] / other["value"] - 1) for one, other in pairs)
    return (
        f"Normal or uniform, at the same variance: what a layer does differs by at most {rounded(100 * most, 2)} %, "
        f"and in {alike} of {len(pairs)} comparisons the intervals overlap"
        + (": the variance decides, the law does not." if alike >= 0.8 * len(pairs) else ": the law matters too.")
    )


def equal(copies: Mapping[str, Any]) -> list[str]:
    """What becomes of units that start as copies, and of units that nearly do."""
    kinds, made = copies["kinds"], []
    for kind, text in (("zeros", "All weights 0"), ("constant", "All weights one constant")):
        found = kinds[kind]
        whole = found["copies"]["value"] == 1
        made.append(
            f"{text}: in {percent(found['copies'])} of {found['copies']['n']} runs the units of a layer stay copies of "
            f"one another, bit for bit, through {copies['epochs']:,} epochs"
            + (f", the largest difference being {found['end']:g}" if whole else "")
            + f"; XOR is solved in {percent(found['solved'])}, and the loss ends at {number(found['loss'])}."
            + (" Copies act as one unit, however many there are." if whole else "")
        )
    nearly = [kind for kind in kinds if kind not in ("zeros", "constant")]
    made.append(
        "Where they are not quite copies: "
        + "; ".join(
            f"with {kind} the units are {rounded(kinds[kind]['start'], 2)} apart after the first epoch and "
            f"{rounded(kinds[kind]['end'], 2)} after the last, and {percent(kinds[kind]['solved'])} solve XOR"
            for kind in nearly
        )
        + "."
    )
    return made


def capital(text: str) -> str:
    """The same as the beginning of a sentence."""
    return text[0].upper() + text[1:] if text != "tanh" else text


def verdict(activation: str, kinds: Mapping[str, Solved], end: int) -> str:
    """Whether the right initialization is the fastest: times within one step from look to look are not told apart."""
    right = RIGHT[activation]
    times = {kind: found["epochs"]["value"] for kind, found in kinds.items()}
    best = min(times, key=lambda kind: times[kind])
    if kinds[best]["share"]["value"] <= 0.5:
        return "None is enough for most networks."
    alike = [kind for kind in times if times[kind] <= times[best] * end ** (1 / (LOOKS - 1)) * (1 + 1e-9)]
    if alike == [right]:
        return f"The right one, {right}, is the fastest."
    if right in alike:
        others = listed([kind for kind in alike if kind != right])
        return f"The right one, {right}, is among the fastest, with {others}: they are within one look at the runs."
    if overlap(kinds[right]["epochs"], kinds[best]["epochs"]):
        return f"The intervals do not part the right one, {right}, from the fastest, {best}."
    ratio = kinds[right]["epochs"]["value"] / kinds[best]["epochs"]["value"]
    return f"The right one, {right}, is not the fastest: it takes {rounded(ratio, 2)} times as long as {best}."


def scale(results: Mapping[str, Any], activation: str) -> str:
    """Within which factors before the right weights the task is solved, and where soonest."""
    scales, found = results["scales"], results["scale"][activation]
    good = [k for k, each in enumerate(found) if each["share"]["value"] > 0.5]
    name, right = LABELS[activation], RIGHT[activation]
    if not good:
        return f"Scale, {name}: with no factor before {right}'s weights do most networks solve the spirals."
    best = min(good, key=lambda k: found[k]["epochs"]["value"])
    one = found[int(np.argmin(np.abs(np.log(scales))))]
    return (
        f"Scale, {name}: most networks solve the spirals with {rounded(scales[good[0]], 2)} to "
        f"{rounded(scales[good[-1]], 2)} times the weights of {right}; soonest with {rounded(scales[best], 2)} times, "
        f"{number(found[best]['epochs'])} epochs, beside {number(one['epochs'])} with the weights as they are"
        + (
            ", which the intervals do not part."
            if overlap(found[best]["epochs"], one["epochs"])
            else ", so that they are not of the best size."
        )
    )
