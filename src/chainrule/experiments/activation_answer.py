"""The answer of the study of activations, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.experiments.intervals import listed, number, percent, rounded
from chainrule.experiments.racing import Solved, overlap, said
from chainrule.experiments.signals import LABELS

__all__ = ["FASTER", "sentences"]

FASTER = 10
"""How many times the rate that suits it an activation gets where too large a rate is looked at."""


def sentences(results: Mapping[str, Any]) -> list[str]:
    """The answer, from the results alone."""
    start, depth, units = results["start"], results["depth"], results["units"]
    made = []
    for key, text in (
        ("kept", f"Before training, the spread of the activations of the last of {depth} layers is, of the first's"),
        ("gradient", f"The gradient of the first of {depth} layers is, of the last one's"),
    ):
        ranked = sorted(start, key=lambda name: abs(np.log(max(start[name][key]["value"], 1e-300))))
        best = start[ranked[0]][key]
        ties = [name for name in ranked[1:] if overlap(start[name][key], best)]
        made.append(
            f"{text}: {each(start, ranked, key)}. {LABELS[ranked[0]]} changes it least"
            + (f", and the intervals do not part it from {listed([LABELS[name] for name in ties])}." if ties else ".")
        )
    ranked = sorted(start, key=lambda name: -start[name]["differs"]["last"]["value"])
    alike = [
        LABELS[name]
        for name, found in start.items()
        if found["differs"]["last"]["value"] < found["differs"]["first"]["value"] / 2
    ]
    made.append(
        (f"Depth makes samples alike with {listed(alike)}: " if alike else "Depth makes no samples alike: ")
        + "of the mean square of the activations, what differs between samples goes from the first to the last of "
        f"{depth} layers "
        + ", ".join(
            f"{LABELS[name]} from {share(start[name]['differs']['first']['value'])} to "
            f"{share(start[name]['differs']['last']['value'])}"
            for name in ranked
        )
        + f". {LABELS[ranked[0]]} keeps most, {LABELS[ranked[-1]]} least."
    )
    made.append(
        "Of the gradients ∂L/∂z exactly 0 are "
        + (
            ", ".join(f"{share(found['zeros'])} with {LABELS[name]}" for name, found in start.items() if found["zeros"])
            or "none"
        )
        + "; with the other activations none is."
    )
    made += [dying(units, key, text) for key, text in SPEEDS.items()]
    made.append(
        "Saturated hidden activations, after the first epoch and after the last: "
        + "; ".join(
            f"{LABELS[name]} " + ", ".join(went(found[key]["saturated"], text) for key, text in SPEEDS.items())
            for name, found in units.items()
            if all(found[key]["saturated"] for key in SPEEDS)
        )
        + "."
    )
    for task in ("XOR", "spirals"):
        kinds, end = results[task]["kinds"], results[task]["end"]
        made.append(f"Median epochs to solve {THE[task]}: {said(labelled(kinds), end)}.")
        made.append(winner(task, kinds))
    return made


SPEEDS = {"suited": "at the rate that suits it", "faster": f"at {FASTER} times that rate"}
THE = {"XOR": "XOR", "spirals": "the spirals"}


def dying(units: Mapping[str, Any], key: str, text: str) -> str:
    """Which activations have units that are off after training."""
    known = {name: found[key]["off"]["end"] for name, found in units.items() if found[key]["off"]}
    with_off = sorted((name for name in known if known[name]["value"] > 0), key=lambda name: -known[name]["value"])
    dead = units["relu"][key]["dead"]
    said = f"Units of the networks on the spirals that are off on every sample after training {text}: " + (
        ", ".join(f"{LABELS[name]} {percent(known[name])}" for name in with_off) or "none"
    )
    none = [LABELS[name] for name in known if name not in with_off]
    said += f"; none with {listed(none)}." if none and with_off else "."
    if dead:
        more = dead["end"]["low"] > dead["start"]["high"]
        said += (
            f" ReLU's dead units, which nothing revives, are {percent(dead['start'])} after the first epoch and "
            f"{percent(dead['end'])} after the last"
            f"{': units die in training' if more else ': no more, as far as the intervals tell'}."
        )
    lost = [f"{found[key]['diverged']} of {found[key]['n']} with {LABELS[name]}" for name, found in units.items()
            if found[key]["diverged"]]  # fmt: skip
    return said + (f" Networks that diverge: {', '.join(lost)}." if lost else "")


def winner(task: str, kinds: Mapping[str, Solved]) -> str:
    """Who is fastest, who cannot be told from it, and how sigmoid does beside it."""
    ranked = sorted(kinds, key=lambda name: kinds[name]["epochs"]["value"])
    first, sigmoid = kinds[ranked[0]], kinds["sigmoid"]
    ties = [name for name in ranked[1:] if overlap(kinds[name]["epochs"], first["epochs"])]
    highest = max(solved["share"]["value"] for solved in kinds.values())
    surest = [name for name in kinds if kinds[name]["share"]["value"] == highest]
    text = f"On {THE[task]} {LABELS[ranked[0]]} is fastest" + (
        f", not told apart from {listed([LABELS[name] for name in ties])} by the intervals"
        if ties
        else ", its interval apart from all others"
    )
    if ranked[0] != "sigmoid":
        ratio = sigmoid["epochs"]["value"] / first["epochs"]["value"]
        text += f"; sigmoid takes {rounded(ratio, 2)} times as long"
        if sigmoid["share"]["value"] <= 0.5:
            text += " or longer"
    return (
        f"{text}. Most surely it is solved with {listed([LABELS[name] for name in surest])}, by "
        f"{percent(kinds[surest[0]]['share'])}; with ReLU {percent(kinds['relu']['share'])}, "
        f"sigmoid {percent(sigmoid['share'])}."
    )


def each(start: Mapping[str, Any], ranked: Sequence[str], key: str) -> str:
    """Every activation and its number."""
    return ", ".join(f"{LABELS[name]} {number(start[name][key], 2)}" for name in ranked)


def went(found: Mapping[str, Any], text: str) -> str:
    """From where to where, in words."""
    return f"{share(found['start']['value'])} and {percent(found['end'])} {text}"


def labelled(kinds: Mapping[str, Solved]) -> dict[str, Solved]:
    """The same by the names that people read."""
    return {LABELS[name]: solved for name, solved in kinds.items()}


def share(value: float) -> str:
    """A share without its interval.

    >>> share(0.12345), share(0.00001)
    ('12 %', '0.001 %')
    """
    return f"{rounded(100 * value, 2)} %"
