"""What is wrong with a run, or right, in words: codes of strings.json under findings.<code>, and what fills them.

    diverged            epoch, rate           the loss became NaN or infinite in this epoch at this learning rate
    worsened            from, to              the loss at the end is more than twice that at the beginning
    vanishing_gradient  layer, last, ratio    |∂L/∂W| of this layer (from 1) is so small a share of the last layer's
    exploding_gradient  layer, last, ratio    … or so many times the last layer's
    dead_units          layer, dead, of       units that are 0 for every training sample, as a dead rectifier is
    saturated_units     layer, share          share (percent) of a bounded activation's values at its ends
    symmetric_units     layer, of             all units of the layer have the same weights, so they compute the same
    plateau             loss, accuracy        the loss has not moved over the last half, and is no good (accuracy in
                                              percent)
    plateau_regression  loss                  the same where there is no accuracy
    overfitting         epoch, least, last    val_loss was least at this epoch and has risen since; the loss went on
                                              falling
    slow                before, after         the loss still falls at the end: more epochs, or a larger rate
    unscaled_inputs     largest               inputs of that size: standardize them
    imbalanced          share                 the largest class has this share (percent) of the training points
    solved              epoch                 every training point is right, from this epoch (a moment) on
    fitted              share                 of a regression: this share (percent) of the variance is explained

Numbers are rounded to three digits. A finding about a layer has its "layer", from 1, besides. The thresholds are the
constants below: rules of thumb, on the side of silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.play.measured import layer_values
from chainrule.play.setup import Setup

__all__ = ["CODES", "findings"]

CODES = (
    *("diverged", "worsened", "vanishing_gradient", "exploding_gradient", "dead_units", "saturated_units"),
    *("symmetric_units", "plateau", "plateau_regression", "overfitting", "slow", "unscaled_inputs", "imbalanced"),
    *("solved", "fitted"),
)
VANISHING = 1e-3
"""Of the last layer's gradient, before the first step or in the median over the moments."""
EXPLODING = 1e3
DEAD = 0.25
"""Of a layer's units: a few dead ones are no matter."""
NEAR_END, SATURATED = 0.02, 0.9
"""A value so near (of the range) to an end is saturated; so many of a layer's values are worth a word."""
STILL = 0.01
"""The loss moves by less than this share of itself: a plateau."""
FALLING = 0.95
"""The loss at the end is less than this share of the loss at four fifths of the run: it is still falling."""
GOOD, EXPLAINED = 0.95, 0.95
"""An accuracy, and a share of the variance, that are no reason to complain."""
RISEN = 1.2
"""The validation loss at the end over its least; what stays below a twentieth of the first one is no matter."""
LARGE = 10.0
"""An input's size."""
UNEVEN = 0.8
"""The share of the largest class."""


def findings(
    setup: Setup, moments: Mapping[str, Array], diverged: tuple[int, float] | None = None
) -> list[dict[str, Any]]:
    """What there is to say of a run, the worst first.

    Args:
        setup: the run.
        moments: all of its moments: arrays as a frame of moments has them.
        diverged: the epoch and the rate at which it did.

    Returns:
        Findings of the page's contract: {"code": …, "values": {…}}, with "layer" where it is about one.
    """
    found = [] if diverged is None else [finding("diverged", epoch=diverged[0], rate=diverged[1])]
    with np.errstate(all="ignore"):
        finite = np.isfinite(moments["numbers"]).all(axis=1) & np.isfinite(moments["loss"]) if moments else np.zeros(0)
        if finite.any():
            kept = {name: values[finite] for name, values in moments.items() if len(values) == len(finite)}
            if diverged is None:
                ok = explained(setup, kept)
                good = kept["accuracy"][-1] if np.isnan(ok) else ok
                found += [*gradients(kept, good), *units(setup, kept, good), *losses(kept, ok, good)]
        found += about_data(setup)
        if finite.any() and diverged is None:
            found += success(kept, ok)
    return found


def finding(code: str, layer: int | None = None, /, **values: float) -> dict[str, Any]:
    """One finding, its numbers rounded."""
    told: dict[str, Any] = {name: value if isinstance(value, int) else rounded(value) for name, value in values.items()}
    if layer is None:
        return {"code": code, "values": told}
    return {"code": code, "values": {"layer": layer, **told}, "layer": layer}


def rounded(value: float) -> float:
    """Three digits; JSON has no infinity, so the largest number stands for it.

    >>> rounded(0.123456), rounded(np.inf) > 1e300
    (0.123, True)
    """
    return float(f"{min(value, 1e308):.3g}")


def percent(share: float) -> int:
    """A share in percent; 100 is said of all only.

    >>> percent(0.999)
    99
    """
    return int(np.floor(100 * share + 1e-9))


def explained(setup: Setup, moments: Mapping[str, Array]) -> float:
    """The share of the training targets' variance that a regression explains; NaN for classes."""
    if setup.task != "regression":
        return float("nan")
    X, y = setup.train
    predictions = layer_values(setup.network.structure, moments["numbers"][-1], X)[-1]
    return float(1 - np.mean((predictions - y) ** 2) / max(float(y.var()), 1e-300))


def gradients(moments: Mapping[str, Array], good: float) -> Iterator[dict[str, Any]]:
    """The gradient of a layer against the last layer's."""
    gradient = moments["gradient"]
    last = gradient.shape[1]
    if last < 2 or good >= GOOD:
        return
    used = gradient[gradient[:, -1] > 0]
    if not len(used):
        return
    all_ratios = used[:, :-1] / used[:, -1:]
    ratios = np.stack([all_ratios[0], np.median(all_ratios, axis=0)])  # on a plateau all layers have next to none
    smallest, largest = ratios.min(axis=0), ratios.max(axis=0)
    least, most = int(np.argmin(smallest)), int(np.argmax(largest))
    if 0 < smallest[least] < VANISHING:
        yield finding("vanishing_gradient", least + 1, last=last, ratio=float(smallest[least]))
    if largest[most] > EXPLODING:
        yield finding("exploding_gradient", most + 1, last=last, ratio=float(largest[most]))


def units(setup: Setup, moments: Mapping[str, Array], good: float) -> Iterator[dict[str, Any]]:
    """Hidden units that are dead, saturated, or copies of one another, at the last moment."""
    numbers, structure = moments["numbers"][-1], setup.network.structure
    values = layer_values(structure, numbers, setup.train[0])
    for i, (layer, a) in enumerate(zip(structure.layers[:-1], values, strict=False), start=1):
        dead = int((a == 0).all(axis=0).sum())
        if dead >= DEAD * layer.fan_out:
            yield finding("dead_units", i, dead=dead, of=layer.fan_out)
        low, high = layer.activation.bounds
        if np.isfinite([low, high]).all() and good < GOOD:
            room = NEAR_END * (high - low)
            share = float(((a < low + room) | (a > high - room)).mean())
            if share >= SATURATED:
                yield finding("saturated_units", i, share=percent(share))
        block = layer.block(numbers)
        if layer.fan_out > 1 and np.ptp(block, axis=1).max() <= 1e-12 * max(float(np.abs(block).max()), 1.0):
            yield finding("symmetric_units", i, of=layer.fan_out)


def losses(moments: Mapping[str, Array], ok: float, good: float) -> Iterator[dict[str, Any]]:
    """How the losses went."""
    epoch, loss, val_loss = moments["epoch"], moments["loss"], moments["val_loss"]
    first, last = float(loss[0]), float(loss[-1])
    if last > 2 * first:
        yield finding("worsened", **{"from": first, "to": last})
    half = loss[epoch >= epoch[-1] / 2]
    late = float(loss[np.searchsorted(epoch, 0.8 * epoch[-1])])
    if good < GOOD and len(epoch) > 3:
        if np.ptp(half) < STILL * max(abs(last), 1e-300):
            if np.isnan(ok):
                yield finding("plateau", loss=last, accuracy=percent(good))
            else:
                yield finding("plateau_regression", loss=last)
        elif 0 < last < FALLING * late:
            yield finding("slow", before=late, after=last)
    if np.isfinite(val_loss).all():
        best = int(np.argmin(val_loss))
        worse = val_loss[-1] > max(RISEN * val_loss[best], 0.05 * val_loss[0])
        if worse and last < loss[best]:
            yield finding("overfitting", epoch=int(epoch[best]), least=float(val_loss[best]), last=float(val_loss[-1]))


def about_data(setup: Setup) -> Iterator[dict[str, Any]]:
    """What the training data are like."""
    X, y = setup.train
    largest = float(np.abs(X).max())
    if largest > LARGE:
        yield finding("unscaled_inputs", largest=largest)
    if setup.task != "regression":
        share = float(np.unique(y, return_counts=True)[1].max() / len(y))
        if share > UNEVEN:
            yield finding("imbalanced", share=percent(share))


def success(moments: Mapping[str, Array], ok: float) -> Iterator[dict[str, Any]]:
    """That the training points are learned."""
    wrong = np.flatnonzero(moments["accuracy"] < 1)
    if np.isnan(ok):
        if moments["accuracy"][-1] == 1:
            yield finding("solved", epoch=int(moments["epoch"][wrong[-1] + 1 if len(wrong) else 0]))
    elif ok >= EXPLAINED:
        yield finding("fitted", share=percent(ok))
