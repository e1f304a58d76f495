"""The answer of the study of the vanishing gradient, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.experiments.intervals import Interval, listed, number, percent, rounded
from chainrule.experiments.signals import LABELS

__all__ = ["power", "reached", "sentences"]


def sentences(results: Mapping[str, Any]) -> list[str]:
    """The answer, from the results alone."""
    start, deepest = results["start"], results["deepest"]
    sigmoid, said = start["sigmoid"], []
    bare = sigmoid["wrong"]["none"]
    under = bare["factor"]["high"] <= 0.25
    said.append(
        f"Sigmoid with Glorot's weights, those of tanh, passes {number(bare['factor'])} of the gradient back through a "
        f"layer, {'less than' if under else 'not less than'} the ¼ that bounds its derivative. Through {deepest} "
        f"layers that leaves {power(bare['first'])} of it; ¼ to the power of {deepest - 1} is "
        f"{power(0.25 ** (deepest - 1))}."
    )
    gain = sigmoid["right"]["none"]
    said.append(
        f"The gain of 4 that undoes the ¼ brings that to {number(gain['factor'])} a layer and "
        f"{power(gain['first'])} through {deepest}: "
        + (
            "the weights, not the activation alone, decide whether the gradient vanishes."
            if gain["factor"]["low"] > bare["factor"]["high"]
            else "it does not help here."
        )
    )
    ranked = sorted(start, key=lambda name: abs(np.log(start[name]["right"]["none"]["factor"]["value"])))
    said.append(
        "From the right initialization a layer passes back: "
        + ", ".join(f"{LABELS[name]} {number(start[name]['right']['none']['factor'])}" for name in ranked)
        + f". {LABELS[ranked[0]]} is nearest to 1."
    )
    said.append(
        f"From the wrong one the gradient of the first of {deepest} layers is, of the last one's: "
        + ", ".join(f"{LABELS[name]} {power(start[name]['wrong']['none']['first'])}" for name in ranked)
        + "."
    )
    for key, text in (("batch_norm", "Batch"), ("layer_norm", "Layer")):
        factors = {name: start[name]["wrong"][key]["factor"]["value"] for name in start}
        low, high = min(factors, key=lambda n: factors[n]), max(factors, key=lambda n: factors[n])
        fading = [LABELS[name] for name in start if factors[name] ** (deepest - 1) < 0.01]
        growing = [LABELS[name] for name in start if factors[name] ** (deepest - 1) > 100]
        said.append(
            f"{text} normalization and the wrong initialization: a layer passes back from {factors[low]:.3g} "
            f"({LABELS[low]}) to {factors[high]:.3g} ({LABELS[high]}). Through {deepest} layers the gradient "
            + (f"still vanishes with {listed(fading)}" if fading else "vanishes with none")
            + (f", and grows more than a hundredfold with {listed(growing)}." if growing else ".")
        )
    for begin in ("right", "wrong"):
        reach = {name: reached(results["learned"][name][begin]) for name in results["learned"]}
        said.append(
            f"Spirals, {begin} initialization: the deepest at which at least half of the networks learn are "
            + ", ".join(f"{LABELS[name]} {depth or 'none'}" for name, depth in reach.items())
            + f" (of {', '.join(map(str, results['depths']))} layers)."
        )
    said.append(
        f"With {deepest} layers and the wrong initialization learn: "
        + "; ".join(
            f"{LABELS[name]} {percent(results['learned'][name]['wrong'][str(deepest)])} as it is, "
            f"{percent(found['batch_norm'])} with batch and {percent(found['layer_norm'])} with layer normalization"
            for name, found in results["normalized"].items()
        )
        + "."
    )
    said.append(
        "Digits, right initialization: "
        + "; ".join(
            f"{LABELS[name]} " + ", ".join(f"{percent(share)} with {depth} layers" for depth, share in shares.items())
            for name, shares in results["digits"].items()
        )
        + "."
    )
    training = results["training"]
    said.append(
        f"During training of {training['depth']} layers the gradient of the first layer's weights, beside the last "
        "hidden layer's, goes "
        + "; ".join(
            f"from {power(kind['first_over_last']['start'])} to {power(kind['first_over_last']['end'])} ({title})"
            for title, kind in training["kinds"].items()
        )
        + "."
    )
    return said


def reached(shares: Mapping[str, Interval]) -> int | None:
    """The deepest at which at least half of the networks learn; None if there is none."""
    return max((int(depth) for depth, share in shares.items() if share["value"] >= 0.5), default=None)


def power(value: float | None) -> str:
    """A number that may be very small.

    >>> power(0.123), power(3.2e-24), power(None)
    ('0.12', '3.2 · 10⁻²⁴', 'nothing finite')
    """
    return "nothing finite" if value is None else rounded(value, 2)
