"""The mistakes that people really make in backpropagation by hand: what each is, what it does, how to mend it.

The numbers are those of the catalogue in docs/diagnose.md. How a mistake changes a line of the backward pass stands in
`faults.py`; how one is recognised, in `hypotheses.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MISTAKES", "Mistake"]


@dataclass(frozen=True)
class Mistake:
    """One mistake of the catalogue.

    Attributes:
        number: its number there.
        name: what it is called, in a few words.
        effect: what it does to training.
        mend: what to change.
    """

    number: int
    name: str
    effect: str
    mend: str


LENGTH = "The direction is right, the length is not, so the learning rate means something else than it says"

CATALOGUE = [
    Mistake(
        1,
        "summed, not averaged",
        "The step grows with the batch: at a usual learning rate training overshoots and sticks or diverges.",
        "Divide by the number of samples, once: in the output's delta or in every dW and db.",
    ),
    Mistake(
        2,
        "averaged twice",
        f"{LENGTH}: with n samples it is n times too small, and training crawls.",
        "Divide by n in one place only: either in delta, or in dW and db, not in both.",
    ),
    Mistake(
        3,
        "divided by the wrong count",
        f"{LENGTH}, and it changes with the shape of the data.",
        "Divide by the number of samples: X.shape[0] where rows are samples, X.shape[1] where columns are.",
    ),
    Mistake(
        4,
        "a factor 2 or 1/2 lost",
        f"{LENGTH}; nothing else, so training still works.",
        "Differentiate the loss that you print: (a - y)**2 has the slope 2 (a - y), its half has a - y.",
    ),
    Mistake(
        5,
        "derivative given an already activated value",
        "The slope of every unit is nearly the same, wherever it stands: saturated units are pushed on. It rarely "
        "learns.",
        "Pass z to a derivative that applies the activation itself, or write the slope from a: a * (1 - a).",
    ),
    Mistake(
        6,
        "wrong derivative of tanh",
        "The slope never falls to 0 where tanh saturates, and may be wrong by its whole size.",
        "tanh'(z) = 1 - tanh(z)**2, which is 1 - a**2 of the activation a = tanh(z).",
    ),
    Mistake(
        7,
        "x (1 - x) fed the wrong x",
        "The factor is unbounded and changes its sign: the numbers grow to NaN within a few steps.",
        "Feed it the activation: a * (1 - a) with a = sigmoid(z); for tanh 1 - a**2.",
    ),
    Mistake(
        8,
        "cross entropy printed, squared error's gradient used",
        "It learns, but slowly: where the output is sure and wrong, the extra factor p (1 - p) is nearly 0.",
        "With cross entropy on its own activation the output's delta is (p - y) / n: drop the derivative there.",
    ),
    Mistake(
        9,
        "the output's derivative dropped",
        "It seems to work, but the loss that falls is not the one that is printed.",
        "A squared error keeps the slope of the output: delta = (a - y) * f'(z). Only cross entropy cancels it.",
    ),
    Mistake(
        10,
        "the hidden derivative omitted",
        "Saturated or switched-off units learn as if they were not: the direction below that layer is wrong.",
        "Multiply by the activation's derivative: delta = (delta_next @ W_next.T) * f'(z); for ReLU by z > 0.",
    ),
    Mistake(
        11,
        "the raw error propagated, not delta",
        "It may even look better, but the layers below follow another direction than the loss's.",
        "Pass on delta, after the derivative: delta_next @ W_next.T.",
    ),
    Mistake(
        12,
        "already updated weights in the backward pass",
        "The gradient is of no loss: wrong by about the learning rate, so it hides at small rates.",
        "Compute every gradient first; update the weights after the last one.",
    ),
    Mistake(
        13,
        "the weight matrix not transposed",
        "The error reaches the wrong units; it runs only because the layer is square.",
        "Go back through the transpose: delta_next @ W_next.T.",
    ),
    Mistake(
        14,
        "the layer's own activation in dW",
        "The weights follow what the layer gives, not what it got; it runs only because the layer is square.",
        "dW of a layer takes the activation of the layer before: a_prev.T @ delta.",
    ),
    Mistake(
        15,
        "the weight in place of the input in dW",
        "The update does not depend on the input: in the end every input gets the same output.",
        "z = a_prev @ W + b has the derivative a_prev in W: dW = a_prev.T @ delta.",
    ),
    Mistake(
        16,
        "the wrong matrix or the wrong product",
        "The layers below get another error, in size and direction.",
        "Through the weights: the matrix product with W itself. Through the activation: element by element.",
    ),
    Mistake(
        17,
        "a bias of its own for every sample",
        "The biases learn the labels by heart: training looks perfect, and says nothing about new samples.",
        "All samples share one bias: db = delta.sum(axis=0), of shape (d_out,).",
    ),
    Mistake(
        18,
        "the bias gradient summed over the units too",
        "All units of the layer move their bias by the same number.",
        "Sum over the samples only: delta.sum(axis=0) where rows are samples.",
    ),
    Mistake(
        19,
        "the bias gradient multiplied by the inputs",
        "The biases follow the inputs; with inputs near 0 they do not move.",
        "z = a_prev @ W + b has the derivative 1 in b: db = delta.sum(axis=0).",
    ),
    Mistake(
        20,
        "the bias absent, unused or never updated",
        "Every unit's boundary goes through the origin, or stays where it began: some tasks cannot be learned.",
        "Add b in the forward pass and give it its gradient, delta.sum(axis=0).",
    ),
    Mistake(
        21,
        "a sign",
        "The loss goes up.",
        "The error is prediction minus target, and the step goes against the gradient: W -= rate * dW.",
    ),
    Mistake(
        22,
        "(n,) and (n, 1) subtracted to n x n",
        "Each prediction is held against all labels at once: what is learned is the mean label.",
        "Give both the same shape before subtracting: y.reshape(-1, 1).",
    ),
    Mistake(
        23,
        "all weights the same at the start",
        "All units of a layer have the same gradient for ever: the layer is worth one unit.",
        "Draw the weights at random; only biases may start at 0.",
    ),
    Mistake(
        24,
        "the accumulator is not reset",
        "Every step repeats all earlier ones; it overshoots like a momentum of 1.",
        "Set the sums to zero before each batch, inside the loop.",
    ),
    Mistake(
        25,
        "ReLU's mask tested with >= 0 on the activation",
        "An activation is never below 0, so the mask lets everything through: units that are off learn too.",
        "Test z > 0, or a > 0.",
    ),
    Mistake(
        26,
        "the derivative overwrote its input",
        "The activation that the next layer's dW needs is gone: its slope stands there instead.",
        "Compute the derivative into a new array, or copy the activation first.",
    ),
    Mistake(
        27,
        "not a number",
        "From the first NaN on all is NaN.",
        "Compute the cross entropy from z, or keep p off 0 and 1; where p and log p meet, cancel p - y by hand.",
    ),
    Mistake(
        28,
        "the identity's derivative taken as 0",
        "That layer and all below it never learn.",
        "The derivative of z is 1, not 0.",
    ),
    Mistake(
        29,
        "the numerical check is wrong",
        "Right gradients are called wrong, or wrong ones right.",
        "Differentiate the loss, not the output, in float64: (L(w + h) - L(w - h)) / (2 h), w put back after each.",
    ),
    Mistake(
        30,
        "the update, not the gradient",
        "The gradients are right, but the step made of them is not the optimizer's.",
        "Write the rule line by line beside its text; keep state and step counter for every parameter.",
    ),
]
MISTAKES = {mistake.number: mistake for mistake in CATALOGUE}
"""The catalogue by number."""
