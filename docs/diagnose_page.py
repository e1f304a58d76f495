"""What is wrong with my backpropagation: `render(rates)` makes diagnose.md of what diagnose_rates.py measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import diagnose_rates

from chainrule.explain.mistakes import MISTAKES

HEAD = """# What is wrong with my backpropagation?

Hand in gradients, or the program that computes them, and be told which mistake it is and in which layer. Every mistake
of the catalogue below is tried, and every pair of them, by making the backward pass *with* it; what gives all your
numbers to near rounding is named. No angle and no ratio is judged: one mistake easily looks like another that way.

## In five minutes: a file

Put a function that returns your gradients into a file, or name the one that is there, and run

```sh
chainrule diagnose my_backprop.py
```

The exit code is 0 if all is right, 1 if a mistake was found, 2 if the file could not be asked; then one line says why.
The function is called `gradients` (or `backward`, `backprop`, `compute_gradients`, `grad`) and takes the parameters, X
and y:

| your parameters | your function |
|---|---|
| lists | `gradients(weights, biases, X, y)` |
| one array an argument | `gradients(W1, b1, W2, b2, X, y)` |
| a dict `W1`, `b1`, …; a list of pairs; one flat vector; matrices with the bias as a row | `gradients(params, X, y)` |

It returns the gradients in the same form (a loss in front of them does no harm). Weights may be (in, out) or
(out, in), samples rows or columns, biases (d,), (1, d) or (d, 1): which it is, is found by trying, and said. The
weights, the samples and their number are chosen so that mistakes can be told apart, so the function must work with
the parameters that it gets. What else the file may name:

| name | what it is | default |
|---|---|---|
| `HIDDEN`, `OUTPUT` | the activations | "sigmoid" |
| `LOSS` | the loss that is minimised, a mean over the samples | "binary_cross_entropy" |
| `SIZES` | the layer sizes, if the program works with one network only: `[2, 3, 1]` | several are tried |
| `OPTIMIZER` | the rule of `step`: `{"name": "sgd", "learning_rate": 0.1, "momentum": 0.9}` | gradient descent at 0.1 |
| `step(parameters, gradients)` | your update; it may take `learning_rate` and `state` | |
| `loss(prediction, y)` | the number that you print; or with the parameters, as `gradients` | |
| `predict(weights, biases, X)` | your forward pass | |
| `accuracy(prediction, y)` | your share of right classes | |
| `numerical_gradients` | your own check, called as `gradients` | |

Ten programs written in ten ways, five of them wrong, are in [examples/](../examples). From Python, the same is
`cr.diagnose_code(gradients=…, step=…, loss=…, predict=…)`.

## Gradients of a given network

```python
>>> import chainrule as cr
>>> X, y = cr.datasets.xor()
>>> net = cr.Network([2, 3, 3, 1], seed=0)
>>> right = net.gradients(X, y)
>>> forgotten = [right.weights[0], right.weights[1], 0 * right.weights[2] + net.weights[2] * right.biases[2]]
>>> print(cr.diagnose(net, X, y, grad_weights=forgotten, grad_biases=right.biases))
Wrong: 1 mistake.
<BLANKLINE>
1. Layer 3: the weight in place of the input in dW (mistake 15): the numbers are those of dW = W *
   delta.sum(axis=0).
   should be: dW = a_prev.T @ delta
   but is:    dW = W * delta.sum(axis=0)
   effect:    The update does not depend on the input: in the end every input gets the same output.
   mend:      z = a_prev @ W + b has the derivative a_prev in W: dW = a_prev.T @ delta.
<BLANKLINE>
Evidence: off by ...

```

`.ok` and `.findings` hold the same as values, `.findings[0].mistake` the number in the catalogue, `.layer` the first
wrong layer, counted from 1 and met from the output down.
"""

NEVER = """## What is never called a mistake

No derivative at the output with its own cross entropy; the mean taken in delta instead of in dW; `v = mu v - rate g;
w += v` beside `v = mu v + g; w -= rate v`; sums in another order; biases as rows or columns; float32.

## What cannot be told

- With one sample a sum is a mean. Where two mistakes give the same numbers on your data, the finding names one and
  lists the others. A ReLU mask that is omitted (10) and one that is tested with `>= 0` (25) always do.
- Where the right gradient is 0 but for rounding, because units are saturated or off, no mistake shows; a note says so.
- Weights updated too early (12) differ from right ones by the learning rate: from gradients alone the rate is fitted.
- Three mistakes at once, and what the catalogue does not have, are reported as unknown, with the first wrong layer.
"""


def read() -> dict[str, Any]:
    """The figures that were measured last."""
    return json.loads(diagnose_rates.RESULTS.read_text(encoding="utf-8"))


def share(part: int, whole: int) -> str:
    """A share in percent."""
    return f"{100 * part / whole:.1f} %"


def figures(rates: Mapping[str, Any]) -> str:
    """The table of what was aimed at and what was reached."""
    single = list(rates["single"].values())
    total, first, named, layer = (sum(row[k] for row in single) for k in range(4))
    pairs, both = rates["pairs"]
    lines = [
        "| what | draws | aim | reached |",
        "|---|---:|---|---:|",
        f"| one mistake: named, or among those that give the same numbers | {total} | ≥ 99 % | {share(named, total)} |",
        f"| one mistake: named first | {total} | | {share(first, total)} |",
        f"| one mistake: the right layer | {total} | ≥ 99 % | {share(layer, total)} |",
        f"| two mistakes: both named, and nothing else | {pairs} | ≥ 90 % | {share(both, pairs)} |",
    ]
    for dtype, (count, wrong, _) in rates["right"].items():
        lines.append(f"| right gradients in {dtype}, look-alikes among them: false alarms | {count} | 0 | {wrong} |")
    return "\n".join(lines)


def catalogue(rates: Mapping[str, Any]) -> str:
    """Every mistake, what it does, how to mend it, and how often it was named."""
    lines = ["| # | mistake | what it does | how to mend it | named |", "|---:|---|---|---|---:|"]
    for number, mistake in MISTAKES.items():
        row = rates["single"].get(str(number))
        rate = share(row[2], row[0]) if row else ""
        effect, mend = (text.replace("|", "\\|").replace("*", "\\*") for text in (mistake.effect, mistake.mend))
        lines.append(f"| {number} | {mistake.name.replace('|', '')} | {effect} | {mend} | {rate} |")
    return "\n".join(lines)


def render(rates: Mapping[str, Any]) -> str:
    """The page, as Markdown."""
    return "\n".join(
        [
            HEAD,
            "## How often it is right\n",
            "Networks of 1 to 4 layers, 2 to 6 units wide, with random activations, losses, weights, biases and 5 to "
            "39 samples; the mistakes are made by other code than that which recognises them "
            f"([planted.py](planted.py)), the seed is {rates['seed']}. A draw counts if the mistake changes the "
            "numbers. Measured by [diagnose_rates.py](diagnose_rates.py); a smaller run of it is among the tests.\n",
            figures(rates),
            "\nMistakes 24 and 30 need a program that is called: an accumulator, and a step with momentum.\n",
            "## The catalogue\n",
            catalogue(rates),
            "",
            NEVER,
        ]
    )


if __name__ == "__main__":
    Path(__file__).with_name("diagnose.md").write_text(render(read()), encoding="utf-8")
