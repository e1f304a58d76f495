"""How to call a program's functions: the layout in which they run is found by trying, on networks chosen for it."""

from __future__ import annotations

import copy
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.explain.adapters import NO_BIAS, Layout, layouts
from chainrule.explain.diagnose import not_finite
from chainrule.explain.faulty_backprop import Known
from chainrule.explain.given_gradients import as_given
from chainrule.explain.hypotheses import explanations
from chainrule.explain.residuals import Given, residuals
from chainrule.explain.signatures import Signature, signature
from chainrule.explain.trials import Setup, trials

__all__ = ["Asked", "UnaskableError", "ask", "call", "find_layout"]

MOST_LAYOUTS = 12  # to look at more closely; of those that run, the right one is rarely far from right


class UnaskableError(ValueError):
    """The program could not be asked: it raised, in that line, or returned what is no gradient."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Asked:
    """A way to call the program's functions that works: with this layout, on these trials."""

    layout: Layout
    signature: Signature
    trials: list[Known]


def call(name: str, function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """What a function returns for copies of these arguments.

    Raises:
        UnaskableError: it raises; the message says what, and in which line.
    """
    try:
        with np.errstate(all="ignore"):
            return function(*copy.deepcopy(list(arguments)))
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        at = frames[1] if len(frames) > 1 else None  # the first frame is ours
        line = f" (line {at.lineno} of {at.name})" if at is not None else ""
        text = str(error).partition("\n")[0]
        number = (at.lineno if at is not None else 0) or 0
        raise UnaskableError(f"{name} raised {type(error).__name__}: {text}{line}", number) from None


def find_layout(name: str, function: Callable[..., Any], setup: Setup, *, target: bool = True) -> Asked:
    """The layout in which a function runs; if there are several, the one in which it is most nearly right."""
    arguments = signature(name, function, target=target)
    refusals: list[tuple[int, str]] = []
    working: list[tuple[float, Asked]] = []
    for depth in depths(setup, len(arguments.parameters)):
        for layout in layouts(arguments.parameters, depth):
            runs = trials(setup, depth)
            if layout.container == NO_BIAS:
                runs = [run.without_bias() for run in runs]
            asked, works, reason = Asked(layout, arguments, runs), [], None
            for run in asked.trials:
                try:
                    works.append((run, distance(name, function, asked, run)))
                except (ValueError, TypeError) as error:
                    reason = reason or error
            if works:
                tried = Asked(layout, arguments, [run for run, _ in works])
                working.append((sum(off for _, off in works) / len(works) + 3 - len(works), tried))
            elif reason is not None:
                refusals.append((reason.line if isinstance(reason, UnaskableError) else 10**9, str(reason)))
            if working and working[-1][0] < 1e-6:
                return working[-1][1]
        if working:
            return likeliest(name, function, working)
    if not refusals:
        raise UnaskableError(
            f"{name} takes the parameters as ({', '.join(arguments.parameters)}), which is no layout that is known: "
            "take (weights, biases, X, y), or one container, or W1, b1, W2, b2, …"
        )
    told = max(refusals, key=lambda pair: pair[0])[1]  # who returns, or gets further, says more
    hint = "; if the program is made for one network, say which: sizes=[2, 3, 1] (in a file: SIZES = [2, 3, 1])"
    raise UnaskableError((told if told.startswith(name) else f"{name}: {told}") + ("" if setup.sizes else hint))


def likeliest(name: str, function: Callable[..., Any], working: list[tuple[float, Asked]]) -> Asked:
    """Of the layouts in which a wrong function runs, the one in which the fewest mistakes explain what it returns."""
    nearest = [asked for _, asked in sorted(working, key=lambda pair: pair[0])][:MOST_LAYOUTS]
    if name == "gradients":
        for most in (1, 2):
            for asked in nearest:
                given = ask(name, function, asked, asked.trials[0])
                if not not_finite(given) and explanations(asked.trials[0], given, most=most).hypotheses:
                    return asked
    return nearest[0]


def depths(setup: Setup, count: int) -> list[int]:
    """The numbers of layers to try, for a function with so many arguments that hold parameters."""
    if setup.sizes is not None:
        return [len(setup.sizes) - 1]
    if isinstance(setup.hidden, list | tuple):
        return [len(setup.hidden) + 1]
    return [count // 2, *([count] if count > 2 else [])] if count > 2 else [3, 2, 1]


def distance(name: str, function: Callable[..., Any], asked: Asked, run: Known) -> float:
    """How far what it returns is from right, at most 1: a first impression, to tell layouts apart."""
    if name == "gradients":
        given = ask(name, function, asked, run)
        return min(1.0, max(max(pair) for pair in residuals(run, given)))
    predicted = np.asarray(call(name, function, asked.signature.arguments(*packed(asked.layout, run))))
    shaped = predicted.T if asked.layout.columns else predicted
    if shaped.shape not in (run.a[-1].shape, run.a[-1].shape[:1]):
        raise UnaskableError(f"{name} returned shape {predicted.shape} for {run.n} samples of {run.y.shape[1]} outputs")
    return min(1.0, float(np.abs(shaped.reshape(run.a[-1].shape) - run.a[-1]).max()))


def packed(layout: Layout, run: Known) -> tuple[list[Any], Any, Any]:
    """Parameters, X and y of a trial as the program takes them."""
    layers = run.structure.layers
    X, y = layout.samples(run.X, run.y)
    return layout.pack([m.weight(run.theta) for m in layers], [m.bias(run.theta) for m in layers]), X, y


def ask(name: str, function: Callable[..., Any], asked: Asked, run: Known) -> Given:
    """The gradients that the program gives on a trial."""
    returned = call(name, function, asked.signature.arguments(*packed(asked.layout, run)))
    weights, biases = asked.layout.read(returned, run.structure)
    return as_given(run.structure, np.float64, run.n, weights, biases)
