"""Hand in your own functions and be told what is wrong and where; the networks and samples are chosen here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.explain.adapters import NO_BIAS
from chainrule.explain.calling import Asked, UnaskableError, ask, call, find_layout
from chainrule.explain.diagnose import not_finite, notes, verdict_of
from chainrule.explain.diagnosis import Diagnosis, Finding, finding
from chainrule.explain.faulty_backprop import Known, backward_with
from chainrule.explain.hypotheses import Outcome, explanations
from chainrule.explain.printed_values import accuracy_findings, loss_findings, prediction_findings
from chainrule.explain.residuals import Given, residuals
from chainrule.explain.signatures import signature
from chainrule.explain.trials import Setup, trials
from chainrule.explain.updates import step_findings
from chainrule.formulas import activations, losses, optimizers
from chainrule.formulas.losses import Loss
from chainrule.formulas.optimizers import Optimizer

__all__ = ["diagnose_code"]


def diagnose_code(
    *,
    gradients: Callable[..., Any] | None = None,
    step: Callable[..., Any] | None = None,
    loss: Callable[..., Any] | None = None,
    predict: Callable[..., Any] | None = None,
    accuracy: Callable[..., Any] | None = None,
    numerical_gradients: Callable[..., Any] | None = None,
    sizes: Sequence[int] | None = None,
    hidden: Any = "sigmoid",
    output: Any = "sigmoid",
    trained_on: str | Loss = "binary_cross_entropy",
    optimizer: str | Optimizer | Mapping[str, Any] | None = None,
) -> Diagnosis:
    """What is wrong with a program's own backpropagation, found by calling it.

    Args:
        gradients: gradients(weights, biases, X, y), or with one argument for all parameters (a dict W1, b1, W2, …; a
            list of pairs; one flat vector; matrices whose last row is the bias), or an argument for each array. It
            returns them in the same order; (in, out) or (out, in), samples as rows or columns.
        step: step(parameters, gradients), and if it takes them learning_rate and state; it returns the new parameters
            (and state), or changes them in place.
        loss: loss(weights, biases, X, y), or loss(prediction, y): the number that the program prints.
        predict: predict(weights, biases, X): the output activations.
        accuracy: accuracy(prediction, y): the share of right classes.
        numerical_gradients: the program's own check, called as `gradients` is.
        sizes: of the layers, if the program works with one network only; else several are tried.
        hidden: its hidden activations, as of `Network`.
        output: its output activation.
        trained_on: the loss that it should minimise, a mean over the samples.
        optimizer: the rule that `step` should follow: an Optimizer, or a dict with its name and settings.

    Raises:
        TypeError: a function has the wrong signature.
        ValueError: a function raises, returns no gradient, or gives other numbers when it is called again.

    >>> import numpy as np
    >>> def gradients(W, b, X, y):                        # one layer, and the error has the wrong sign
    ...     delta = (y - 1 / (1 + np.exp(-(X @ W + b)))) / len(X)
    ...     return X.T @ delta, delta.sum(axis=0)
    >>> print(diagnose_code(gradients=gradients).findings[0].message)
    Layer 1: a sign (mistake 21): every number is -1 times the right one.
    """
    setup = Setup(
        None if sizes is None else tuple(sizes),
        hidden,
        activations.get(output),
        losses.get(trained_on),
    )
    if isinstance(optimizer, Mapping):
        optimizer = optimizers.get(**optimizer)
    elif optimizer is not None:
        optimizer = optimizers.get(optimizer)
    if all(each is None for each in (gradients, step, loss, predict, accuracy, numerical_gradients)):
        raise ValueError("nothing to diagnose: pass gradients=, step=, loss= or predict=, a function each")
    made, asked = Diagnosis(), None
    if gradients is not None:
        asked = find_layout("gradients", gradients, setup)
        made = gradient_diagnosis(gradients, asked)
    elif predict is not None:
        asked = find_layout("predict", predict, setup, target=False)
    found, said = list(made.findings), list(made.notes)
    layout, runs = (asked.layout, asked.trials) if asked else (None, trials(setup, 2))
    others: list[tuple[str, Callable[..., Any] | None, Callable[[Any], Iterable[Finding]]]] = [
        ("predict", predict, lambda f: prediction_findings(f, layout, runs, call) if layout else ()),
        ("loss", loss, lambda f: loss_findings(f, layout, runs, call)),
        ("accuracy", accuracy, lambda f: accuracy_findings(f, call)),
        ("numerical_gradients", numerical_gradients, lambda f: check_findings(f, find_layout("gradients", f, setup))),
        ("step", step, lambda f: step_findings(f, optimizer, layout)),
    ]
    for name, function, ask_it in others:
        if function is None:
            continue
        try:
            found += ask_it(function)
        except (ValueError, TypeError) as error:
            if gradients is None:
                raise
            said.append(f"{name} was not checked: {error}")
    if asked is not None:
        said.insert(0, f"Called with {asked.layout}.")
        if asked.layout.container == NO_BIAS:
            said[1:] = [note for note in said[1:] if "bias" not in note]
            said.append("The program has no biases (mistake 20, unless it is meant): no boundary can leave the origin.")
    return Diagnosis(tuple(found), made.before, made.after, tuple(said))


def gradient_diagnosis(function: Callable[..., Any], asked: Asked) -> Diagnosis:
    """What is wrong with the gradients, from all trials together."""
    found: list[Finding] = []
    given = [ask("gradients", function, asked, run) for run in asked.trials]
    if accumulates(function, asked):
        found.append(
            finding(24, detail="each call adds to what the call before returned", right="dW = 0, then dW += …")
        )
        given = [accumulated(function, asked, run) for run in asked.trials]
    wrong = [
        (run, each)
        for run, each in zip(asked.trials, given, strict=True)
        if not_finite(each) or max(max(pair) for pair in residuals(run, each)) > each.relative
    ]
    if not wrong:
        off = max(max(pair) for run, each in zip(asked.trials, given, strict=True) for pair in residuals(run, each))
        return Diagnosis(tuple(found), off, None, notes(asked.trials[0], given[0]))
    if any(not_finite(each) for _, each in wrong):
        run, each = next(pair for pair in wrong if not_finite(pair[1]))
        made = verdict_of(run, each, Outcome([]))
    else:
        run, each = wrong[0]
        made = verdict_of(run, each, together([explanations(*pair) for pair in wrong]))
    return Diagnosis((*found, *made.findings), made.before, made.after, made.notes)


def together(outcomes: list[Outcome]) -> Outcome:
    """The first outcome, with only those hypotheses that explain the other trials too."""
    first, *others = outcomes
    common = [h for h in first.hypotheses if all(any(h.keys == o.keys for o in other.hypotheses) for other in others)]
    return Outcome(common or first.hypotheses, first.partial, first.stuck)


def flat(given: Given) -> Any:
    """All numbers in one vector."""
    return np.concatenate([each.ravel() for each in (*given.weights, *given.biases) if each is not None])


def accumulates(function: Callable[..., Any], asked: Asked) -> bool:
    """Whether each call adds the gradient to what the last one gave.

    Raises:
        UnaskableError: the numbers change from call to call, and not by that.
    """
    one, two, three = (flat(ask("gradients", function, asked, asked.trials[0])) for _ in range(3))
    if np.array_equal(one, two, equal_nan=True) and np.array_equal(one, three, equal_nan=True):
        return False
    size = np.abs(three).max()
    if np.abs((three - two) - (two - one)).max() <= 1e-6 * size and np.abs(two - one).max() > 1e-6 * size:
        return True
    if max(np.abs(two - one).max(), np.abs(three - one).max()) <= 1e-12 * size:
        return False  # sums in another order
    raise UnaskableError(
        "gradients gives other numbers when it is called again with the same arguments (they differ by up to "
        f"{max(np.abs(two - one).max(), np.abs(three - one).max()):.3g}); take out what is random "
        "(dropout, shuffling), and let it keep nothing from call to call"
    )


def accumulated(function: Callable[..., Any], asked: Asked, run: Known) -> Given:
    """What one call adds."""
    before, after = (ask("gradients", function, asked, run) for _ in range(2))
    biases = [None if a is None or b is None else a - b for a, b in zip(after.biases, before.biases, strict=True)]
    return Given([a - b for a, b in zip(after.weights, before.weights, strict=True)], biases)


def check_findings(function: Callable[..., Any], asked: Asked) -> Iterator[Finding]:
    """What is wrong with a program's own numerical gradients, which are right to a few digits only."""
    run = asked.trials[0]
    given = ask("numerical_gradients", function, Asked(asked.layout, signature("", function), asked.trials), run)
    loose = Given(given.weights, given.biases, "check")
    if max(max(pair) for pair in residuals(run, loose)) <= loose.relative:
        return
    mine, theirs = flat(Given(*backward_with(run))), flat(given)
    factor = float(mine @ theirs) / float(mine @ mine)
    if not theirs.any():
        yield finding(29, detail="it is 0 everywhere: the step is lost in an array of integers, or in the wrong copy")
    elif np.abs(theirs - factor * mine).max() <= 1e-3 * np.abs(theirs).max():
        yield finding(29, detail=f"every number is {factor:.4g} times the right one: (L(w + h) - L(w - h)) / (2 h)")
    else:
        yield finding(29, detail="it is not the derivative of the loss: of the output, or is w not put back?")
