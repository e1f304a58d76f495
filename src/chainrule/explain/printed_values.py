"""What a program prints: its predictions, its loss and its accuracy, held against the right ones."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.explain.adapters import Layout
from chainrule.explain.diagnosis import Finding, finding
from chainrule.explain.faulty_backprop import Known, known
from chainrule.explain.signatures import signature
from chainrule.formulas import losses
from chainrule.formulas.activations import Softmax
from chainrule.structure import Structure

__all__ = ["accuracy_findings", "loss_findings", "prediction_findings"]

Call = Callable[[str, Callable[..., Any], Sequence[Any]], Any]
PRINTED = ("binary_cross_entropy", "categorical_cross_entropy", "half_squared_error", "mean_squared_error")
"""Losses that a program may print by mistake; Huber's, say, is only ever chosen on purpose."""
CLOSE = 1e-6  # relative; programs add 1e-8 or so in their logarithms


def close(one: Any, other: Any) -> bool:
    """Whether two values are equal but for rounding."""
    one, other = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    return one.shape == other.shape and bool(np.abs(one - other).max() <= CLOSE * max(1e-3, np.abs(other).max()))


def arguments_of(name: str, function: Callable[..., Any], layout: Layout, run: Known, *, target: bool) -> list[Any]:
    """The arguments of a function that takes parameters."""
    layers = run.structure.layers
    X, y = layout.samples(run.X, run.y)
    pack = layout.pack([m.weight(run.theta) for m in layers], [m.bias(run.theta) for m in layers])
    return signature(name, function, target=target).arguments(pack, X, y)


def prediction_findings(
    predict: Callable[..., Any], layout: Layout, runs: Sequence[Known], call: Call
) -> Iterator[Finding]:
    """What is wrong with the forward pass; the trials are those on which the gradients were asked."""
    for run in runs:
        given = as_prediction(
            call("predict", predict, arguments_of("predict", predict, layout, run, target=False)), run
        )
        if close(given, run.a[-1]) or close(given, (run.a[-1] > 0.5).astype(float)):
            continue
        if close(given, run.without_bias().a[-1]):
            yield finding(20, detail="the forward pass leaves it out", right="z = a @ W + b", wrong="z = a @ W")
            return
        detail = "The predictions are not those of this network"
        for hidden, output in itertools.product(
            ("sigmoid", "tanh", "relu", "identity"), ("sigmoid", "tanh", "identity")
        ):
            structure = Structure.of(run.structure.sizes, hidden=hidden, output=output)
            if close(given, known(structure, run.theta, run.X, run.y, losses.get("half_squared_error")).a[-1]):
                detail += f"; they are those of hidden={hidden!r}, output={output!r}: is the setup given right?"
                break
        yield Finding(None, "another forward pass", None, detail + ("" if detail.endswith("?") else "."))
        return


def as_prediction(returned: Any, run: Known) -> Array:
    """The predictions (n, d_out), whichever way they lie."""
    try:
        array = np.asarray(returned, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"predict returned a {type(returned).__name__}; return the output activations") from None
    shape = run.a[-1].shape
    if array.shape == shape[::-1]:
        return array.T
    if array.size != run.a[-1].size:
        raise ValueError(f"predict returned shape {array.shape} for {shape[0]} samples of {shape[1]} outputs")
    return array.reshape(shape)


def loss_findings(
    loss: Callable[..., Any], layout: Layout | None, runs: Sequence[Known], call: Call
) -> Iterator[Finding]:
    """Whether the printed loss is the one that is optimized."""
    named = [p for p in inspect.signature(loss).parameters.values() if p.default is p.empty]
    possible: set[tuple[int | None, str]] | None = None
    for run in runs:
        if len(named) == 2:
            given = call("loss", loss, [run.a[-1].copy(), run.y.copy()])
        elif layout is not None:
            given = call("loss", loss, arguments_of("loss", loss, layout, run, target=True))
        else:
            raise ValueError("loss takes more than (prediction, y): pass gradients= too, so that its layout is known")
        if np.size(given) != 1 or not np.isfinite(np.asarray(given, dtype=np.float64)).all():
            yield finding(27, detail=f"loss gave {given!r}, not one finite number")
            return
        value = float(np.asarray(given).reshape(()))
        right = value_of(run, run.loss.name)
        if close(value, right):
            continue
        fits = {(number, text) for number, text, other in readings(run, right) if close(value, other)}
        possible = fits if possible is None else possible & fits
    if possible is None:
        return
    if not possible:
        yield Finding(
            None,
            "another loss",
            None,
            "The loss that is printed is not the one that is optimized, "
            f"which should be {runs[0].loss.name}; it is none of the known ones.",
        )
        return
    number, text = min(possible, key=lambda pair: (len(pair[1]), pair[1]))
    detail = f"the loss that is printed is {text}, not the one that is optimized, the mean {runs[0].loss.name}"
    if number is None:
        yield Finding(None, "another loss", None, f"{detail[0].upper()}{detail[1:]}.", mend="Print what you optimize.")
    else:
        yield finding(number, detail=detail)


def readings(run: Known, right: float) -> Iterator[tuple[int | None, str, float]]:
    """Losses that a program may print instead: the mistake, what it is, and its value."""
    n, k = run.y.shape
    yield 1, "the sum over the samples", right * n
    yield 3, f"divided by {k} outputs too", right / k
    yield 21, "the negative", -right
    entropy = run.loss.name.endswith("cross_entropy")
    for name in PRINTED:
        if name == run.loss.name or (name == "categorical_cross_entropy" and not softmax(run)):
            continue
        if losses.get(name).target_bounds == (0, 1) and (run.a[-1].min() < 0 or run.a[-1].max() > 1):
            continue
        value = value_of(run, name)
        number = (None if name.endswith("cross_entropy") else 9) if entropy else None
        yield number, f"the mean {name}", value
        yield number, f"the sum of {name}", value * n
        if name == "half_squared_error":
            yield number, "the squared error summed over the outputs", 2 * value
            yield number, "the squared error summed over all", 2 * value * n
    yield None, "the mean absolute error", float(np.abs(run.a[-1] - run.y).mean())
    yield None, "the root of the mean squared error", float(np.sqrt(((run.a[-1] - run.y) ** 2).mean()))


def softmax(run: Known) -> bool:
    """Whether the output is a softmax."""
    return isinstance(run.structure.layers[-1].activation, Softmax)


def value_of(run: Known, name: str) -> float:
    """A loss of these predictions."""
    loss = losses.get(name)
    terms = loss.terms(run.z[-1], run.a[-1], run.y, run.structure.layers[-1].activation)
    return float(np.sum(terms) * loss.share(run.y.shape))


def accuracy_findings(accuracy: Callable[..., Any], call: Call) -> Iterator[Finding]:
    """Whether accuracy(prediction, y) is the share of right classes: on 200 predictions, most of them right."""
    rng = np.random.default_rng(0)
    y = (rng.random((200, 1)) > 0.3).astype(float)
    p = np.clip(y + rng.normal(0, 0.4, y.shape), 0.02, 0.98)
    given = float(np.asarray(call("accuracy", accuracy, [p.copy(), y.copy()])).reshape(()))
    hits = (p > 0.5) == (y > 0.5)
    right = float(hits.mean())
    if any(close(given, unit * right) for unit in (1, 100)) or close(given, hits.sum()):
        return
    readings = {
        "1 minus the mean error, which is no share of right answers": 1 - float(np.abs(p - y).mean()),
        "1 minus the mean squared error, which is no share of right answers": 1 - float(((p - y) ** 2).mean()),
        "predictions compared with labels without rounding them first: p == y": float((p == y).mean()),
        "(n,) compared with (n, 1): an n x n table, each prediction against every label": float(
            ((p > 0.5)[:, 0] == (y > 0.5)).mean()
        ),
        "of the samples of class 1 only": float(hits[y == 1].mean()),
        "of the samples that are predicted to be of class 1 only": float(hits[p > 0.5].mean()),
        "the share of wrong answers": 1 - right,
    }
    said = next((text for text, value in readings.items() if close(given, value) or close(given, 100 * value)), None)
    yield Finding(
        None,
        "an accuracy that is none",
        None,
        f"The accuracy is {given:.4g} where {right:.4g} of the classes are right"
        + (f": it is {said}." if said else "."),
        right="((p > 0.5) == (y > 0.5)).mean()",
        effect="The program looks better or worse than it is.",
        mend="Round the predictions to classes, compare them with labels of the same shape, and take the mean.",
    )
