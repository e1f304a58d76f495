"""Hand in the gradients that you computed for a network, and be told what is wrong and where.

The mistakes of the catalogue are fitted, singly and in pairs, by making the backward pass with them (`hypotheses.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arguments import require
from chainrule.explain.diagnosis import Diagnosis, Finding, finding
from chainrule.explain.faulty_backprop import Fault, Known, backward_with, known
from chainrule.explain.given_gradients import as_given
from chainrule.explain.hypotheses import Hypothesis, Outcome, explanations
from chainrule.explain.residuals import Given, magnitudes, residuals
from chainrule.formulas.losses import Loss
from chainrule.training.samples import checked

if TYPE_CHECKING:
    from chainrule.network import Network

__all__ = ["diagnose", "not_finite", "notes", "verdict", "verdict_of"]


def diagnose(
    net: Network,
    X: Any,
    y: Any,
    loss: str | Loss = "binary_cross_entropy",
    *,
    grad_weights: Sequence[Any],
    grad_biases: Sequence[Any] | None,
    learning_rate: float | None = None,
) -> Diagnosis:
    """What is wrong with gradients that were computed by hand for this network and these samples.

    Args:
        net: the network, with the weights that the gradients were computed at.
        X: samples, (n, d_in).
        y: targets, as `Network.gradients` takes them.
        loss: the loss, a mean over the samples: a name or a Loss.
        grad_weights: ∂L/∂W of every layer, (d_in, d_out) each.
        grad_biases: ∂L/∂b of every layer, (d_out,) each; None where there is none.
        learning_rate: η of the program, if it is known: it helps to recognise weights that were updated too early.

    Returns:
        A Diagnosis: `.ok`, and `.findings` with `.mistake`, `.layer` and `.message` each.

    Raises:
        TypeError: gradients that do not hold floats.
        ValueError: a wrong count or shape; the message says which layer, and whether the transpose fits. Or a layer
            with normalization, dropout or learned slopes, whose mistakes are not known.

    >>> import chainrule as cr
    >>> X, y = cr.datasets.xor()
    >>> net = cr.Network([2, 3, 1], seed=0)
    >>> right = net.gradients(X, y)
    >>> cr.diagnose(net, X, y, grad_weights=right.weights, grad_biases=right.biases).ok
    True
    >>> summed = cr.diagnose(net, X, y, grad_weights=[21 * g for g in right.weights],
    ...                      grad_biases=[21 * g for g in right.biases])
    >>> summed.findings[0].mistake, summed.findings[0].layer
    (1, 2)
    >>> print(summed.findings[0].message)
    Layer 2 and all below: summed, not averaged (mistake 1): every number is 21 times the right one.
    """
    loss, X, y = checked(net.structure, net.parameters.dtype, X, y, loss)
    if learning_rate is not None:
        require("learning_rate", learning_rate, 0)
    given = as_given(net.structure, net.parameters.dtype, len(X), grad_weights, grad_biases)
    return verdict(known(net.structure, net.parameters, X, y, loss), given, learning_rate)


def verdict(run: Known, given: Given, rate: float | None = None) -> Diagnosis:
    """The diagnosis of a gradient whose shapes are right."""
    if not_finite(given) is None and max(max(pair) for pair in residuals(run, given)) > given.relative:
        return verdict_of(run, given, explanations(run, given, rate=rate))
    return verdict_of(run, given, Outcome([]))


def verdict_of(run: Known, given: Given, outcome: Outcome) -> Diagnosis:
    """The diagnosis of a gradient, from what was found to explain it."""
    broken = not_finite(given)
    if broken:
        return Diagnosis((broken,), None, None, notes(run, given))
    before = max(max(pair) for pair in residuals(run, given))
    if before <= given.relative:
        return Diagnosis((), before, None, notes(run, given))
    if outcome.hypotheses:
        best, *others = outcome.hypotheses
        return Diagnosis(findings(run, best, others), before, best.residual, notes(run, given))
    return Diagnosis(
        (*findings(run, outcome.partial, []), unknown(run, given, outcome)), before, None, notes(run, given)
    )


def not_finite(given: Given) -> Finding | None:
    """The finding of NaN or infinity, at the first layer from the output that holds one."""
    for i in reversed(range(len(given.weights))):
        for name, array in (("grad_weights", given.weights[i]), ("grad_biases", given.biases[i])):
            if array is not None and not np.isfinite(array).all():
                at = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
                detail = f"{name}[{i}]{list(at)} is {array[at]}, the first from the output down"
                return finding(27, layers=[i + 1], detail=detail, wrong="log(0), 0 / 0, or exp of a large number")
    return None


def findings(run: Known, best: Hypothesis, others: Sequence[Hypothesis]) -> tuple[Finding, ...]:
    """One finding for each mistake of a hypothesis; what the other hypotheses name besides are its alternatives."""
    grouped: dict[tuple[int, str], list[Fault]] = {}
    for fault in best.faults:
        grouped.setdefault(fault.key, []).append(fault)
    named = {number for number, _ in grouped}
    found = []
    for key, faults in grouped.items():
        instead = [
            number
            for other in others
            if len(other.keys) == len(best.keys) and len(other.keys & best.keys) == len(best.keys) - 1
            for number, _ in other.keys - best.keys
            if key not in other.keys and number not in named
        ]
        first = faults[0]
        made = finding(
            first.number,
            layers=[fault.layer + 1 for fault in faults],
            detail=detail(run, first),
            right=first.right,
            wrong=first.wrong,
            alternatives=sorted(instead, key=instead.index),
        )
        if first.scales and first.line == "through" and first.layer > 0 and len(faults) == 1:
            where = f"Layer {first.layer + 1}:"
            text = made.message.replace(where, where[:-1] + " and all below:", 1)
            made = Finding(**{**made.__dict__, "message": text})
        found.append(made)
    return tuple(found)


def detail(run: Known, fault: Fault) -> str:
    """What a fault does, in words."""
    if fault.number == 12:
        return f"they fit W - {fault.rate:.6g} dW"
    if fault.scales:
        factor = fault.change(1.0, None)  # type: ignore[arg-type]
        of = {"through": "number", "weight": "entry of dW", "bias": "entry of db"}[fault.line]
        return f"every {of} is {factor:.6g} times the right one"
    return f"the numbers are those of {fault.wrong}"


def unknown(run: Known, given: Given, outcome: Outcome) -> Finding:
    """The finding that no mistake of the catalogue explains the numbers, and where they part."""
    factor = common_factor(run, given)
    if factor is not None:
        return Finding(
            None,
            "an unknown factor",
            run.last + 1,
            f"Every number is {factor:.6g} times the right one, a factor that the catalogue does not explain: "
            "a learning rate, another count, or another constant in the loss?",
        )
    stuck = outcome.stuck if outcome.stuck is not None else run.last
    wrong = " and ".join(
        name for name, share in zip(("dW", "db"), residuals(run, given)[stuck], strict=True) if share > given.relative
    )
    verb = "are" if " and " in wrong else "is"
    above = "the layers above it are " + ("explained by what was found there" if outcome.partial.faults else "right")
    return Finding(
        None,
        "unknown",
        stuck + 1,
        f"Layer {stuck + 1}: {wrong or 'the gradient'} {verb} wrong, and no mistake of the catalogue, nor two "
        "together, explains the numbers"
        + (f"; {above}." if stuck < run.last else ": it is the output layer, look there first."),
        mend="Compare your delta of this layer with `cr.trace`, line by line.",
    )


def common_factor(run: Known, given: Given) -> float | None:
    """The number by which every right number is multiplied; None if there is no such number."""
    right = backward_with(run)[0]
    size = sum(float(np.sum(each * each)) for each in right)
    factor = sum(float(np.sum(a * b)) for a, b in zip(right, given.weights, strict=True)) / size if size else 0.0
    if abs(factor) < 1e-12:
        return None
    biases = [None if each is None else each / factor for each in given.biases]
    divided = Given([each / factor for each in given.weights], biases, given.dtype)
    return factor if max(max(pair) for pair in residuals(run, divided)) <= given.relative else None


def notes(run: Known, given: Given) -> tuple[str, ...]:
    """What these samples and weights cannot tell."""
    said = []
    if run.n == 1:
        said.append("With one sample a sum is a mean: pass several samples to tell mistakes in averaging from right.")
    if any(bias is None for bias in given.biases):
        said.append("No bias gradients were given: they were not checked.")
    for layer in run.structure.layers:
        block = layer.block(run.theta)
        if layer.fan_out > 1 and (block == block[:, :1]).all():
            said.append(
                f"All units of layer {run.structure.layers.index(layer) + 1} have the same weights, and so the same "
                "gradient for ever (mistake 23): draw them at random."
            )
    for i, (stage, lost) in enumerate(zip(backward_with(run)[0], magnitudes(run, given), strict=True)):
        if np.abs(stage).max() <= lost[0]:
            said.append(f"The right gradient of layer {i + 1} is 0 but for rounding: nothing can be told there.")
    return tuple(said)
