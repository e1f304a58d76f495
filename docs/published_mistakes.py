"""The worked examples of the field, computed again: `render()` makes the page published-mistakes.md."""

from collections.abc import Sequence
from pathlib import Path

import worked_examples as examples
from worked_examples import MAZUR, RGU, Printed

from chainrule.explain.mistakes import MISTAKES

TRASK_STEPS = 50_000

HEAD = """# Published mistakes

Backpropagation is taught by a handful of examples that are worked out by hand. Here they are computed again, every
number beside the printed one. **Two of them cannot be had by the method that they describe**, and the checker says why:
their numbers come of {name} (mistake 12 of [diagnose.md](diagnose.md)).

This page is written by [published_mistakes.py](published_mistakes.py) from
[worked_examples.py](worked_examples.py): no number on it is typed except those in the column “printed”, and a test
holds each of them against what is computed. A number agrees if it is the printed one when rounded to its digits.
"""

MAZUR_TEXT = """## Mazur: a step by step example (2015)

Two inputs, two hidden units, two outputs, sigmoid, half the squared error, rate 0.5; the biases stay fixed.

{table}

So far all agrees{but}.
Then the text prints the error after that step:

| | error after the step |
|---|---|
| printed | {printed} |
| with the weights above | {right:.9f} |
| with the step of a program that updates the output weights first | {wrong:.9f} |

Of the {count} single mistakes that the checker can make in this network, it is the only one that gives the printed
digits. The text's weights are right; its error comes of an earlier version of the author's program, which he mended on
2015-03-15 (“hidden layer weight updates use original weights”). So do the outputs after 10,000 steps:

| | output 1 | output 2 |
|---|---|---|
| printed | .015912196 | .984065734 |
| right | {long_right[0]:.9f} | {long_right[1]:.9f} |
| weights updated first | {long_wrong[0]:.9f} | {long_wrong[1]:.9f} |

The error printed for 10,000 steps, 0.0000351085, is that of the right program one step earlier ({before:.10f}; after
10,000 steps it is {after:.10f}).

Asked about the gradients that such a program follows, the checker answers:

```python
>>> import numpy as np, chainrule as cr
>>> net = cr.Network([2, 2, 2], seed=0)
>>> net.weights[0][...], net.biases[0][...] = [[.15, .25], [.20, .30]], .35
>>> net.weights[1][...], net.biases[1][...] = [[.40, .50], [.45, .55]], .60
>>> X, y = np.array([[.05, .10]]), np.array([[.01, .99]])
>>> h = 1 / (1 + np.exp(-(X @ net.weights[0] + net.biases[0])))
>>> o = 1 / (1 + np.exp(-(h @ net.weights[1] + net.biases[1])))
>>> delta2 = (o - y) * o * (1 - o)
>>> updated = net.weights[1] - 0.5 * h.T @ delta2            # too early
>>> delta1 = delta2 @ updated.T * h * (1 - h)
>>> verdict = cr.diagnose(net, X, y, "half_squared_error",
...                       grad_weights=[X.T @ delta1, h.T @ delta2], grad_biases=[delta1[0], delta2[0]])
>>> print(verdict.findings[0].message)
Layer 1: already updated weights in the backward pass (mistake 12): they fit W - 0.5 dW.

```
"""

RGU_TEXT = """## The Robert Gordon University's tutorial, worked example 3.1

Two inputs, two hidden units, one output, no biases, rate 1; Mazur names it as a source. The output weights agree when
the text's own rounded numbers are used:

{output}

The hidden weights do not come of the rule that the text gives; they come of output weights that were updated already:

| | A, unit 1 | B, unit 1 | A, unit 2 | B, unit 2 |
|---|---|---|---|---|
| printed | {printed} |
| by the rule | {right} |
| weights updated first | {wrong} |

Of the {count} single mistakes that the checker can make in this network, it is the only one that gives all four to
within one unit of the last printed digit.
"""


def table(rows: Sequence[Printed], source: str = "printed") -> str:
    """Printed numbers beside ours."""
    lines = [
        f"| {row.what} | {row.text} | {row.value:.{row.decimals}f} | {'✓' if row.agrees else f'✗ ({row.value:.10f})'} |"
        for row in rows
    ]
    return "\n".join([f"| | {source} | computed | |", "|---|---|---|---|", *lines])


def only_mistake(mistakes: Sequence[int]) -> None:
    """Raise unless mistake 12, and nothing else, explains the printed numbers."""
    if list(mistakes) != [12]:
        raise ArithmeticError(f"mistakes {list(mistakes)} give the printed numbers, not 12 alone")


def mazur_mistakes() -> list[int]:
    """The mistakes that give Mazur's error after the step."""
    printed = examples.mazur_error()
    return [
        faults[0].number
        for faults in MAZUR.single_mistakes()
        if abs(examples.mazur_error_with(faults) - float(printed.text)) < 0.5 * 10**-printed.decimals
    ]


def rgu_mistakes() -> list[int]:
    """The mistakes that give the hidden weights that the tutorial prints."""
    return [
        faults[0].number
        for faults in RGU.single_mistakes()
        if all(row.near(row.value) for row in examples.rgu_hidden(faults))
    ]


def cells(rows: Sequence[Printed], decimals: int | None = None) -> str:
    """A line of a table: the printed numbers, or ours."""
    return " | ".join(row.text if decimals is None else f"{row.value:.{decimals}f}" for row in rows)


def render() -> str:
    """The page, as Markdown."""
    only_mistake(mazur_mistakes())
    only_mistake(rgu_mistakes())
    first = examples.mazur()
    off = ", ".join(row.what for row in first if not row.agrees)
    but = f" but for the last digit of {off}, worked from rounded numbers" if off else ""
    long_right, after = examples.mazur_trained(10_000, updated_first=False)
    long_wrong, _ = examples.mazur_trained(10_000, updated_first=True)
    parts = [
        HEAD.format(name=MISTAKES[12].name),
        MAZUR_TEXT.format(
            table=table(first),
            but=but,
            printed="0" + examples.mazur_error().text,
            right=examples.mazur_error().value,
            wrong=examples.mazur_error_with(MAZUR.stale()),
            count=len(list(MAZUR.single_mistakes())),
            long_right=long_right,
            long_wrong=long_wrong,
            after=after,
            before=examples.mazur_trained(9_999, updated_first=False)[1],
        ),
        RGU_TEXT.format(
            output=table(examples.rgu_output()),
            printed=cells(examples.rgu_hidden()),
            right=cells(examples.rgu_hidden(), 5),
            wrong=cells(examples.rgu_hidden(RGU.stale()), 5),
            count=len(list(RGU.single_mistakes())),
        ),
        "## Han & Kamber, Data Mining: one tuple through a 3-2-1 network\n\nRate 0.9. Err is minus our delta.\n\n"
        f"{table(examples.han_kamber())}\n\nErr6 was worked from rounded outputs.\n",
        "## Trask: a neural network in 11 lines of Python\n\n`np.random.seed(1)`, no biases, the gradient summed over "
        f"the four samples. The two-layer network's outputs after 10,000 steps:\n\n{table(examples.trask())}\n\n"
        "The three-layer network on XOR; its printed digits are not at hand, so here are only ours:\n\n"
        "| step | mean error |\n|---:|---|\n"
        + "\n".join(f"| {10_000 * k} | {error:.10f} |" for k, error in enumerate(examples.trask_deep(TRASK_STEPS)))
        + "\n",
        "## Negnevitsky, Artificial Intelligence: XOR, the first step\n\nRate 0.1; thresholds are subtracted, so they "
        "are minus our biases, and an error is minus our delta. The book is not at hand: the first column was computed "
        f"for our notes, by other code.\n\n{table(examples.negnevitsky(), 'in our notes')}\n",
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    Path(__file__).with_name("published-mistakes.md").write_text(render(), encoding="utf-8")
