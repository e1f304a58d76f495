"""How often the diagnosis is right: on random networks with one mistake, with two, and with none.

`python docs/diagnose_rates.py` measures and writes diagnose-rates.json, from which diagnose_page.py makes the page.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import planted
from lookalikes import lookalike
from planted import PLANTED, Draw

import chainrule as cr

RESULTS = Path(__file__).with_name("diagnose-rates.json")


def names(diagnosis: cr.Diagnosis) -> list[set[int | None]]:
    """What each finding names: a mistake, and those that give the same numbers."""
    return [{found.mistake, *found.alternatives} for found in diagnosis.findings]


def single(draw: Draw, number: int) -> tuple[bool, bool, bool]:
    """Whether the mistake is named first, is named at all, and in the right layer."""
    diagnosis = draw.diagnosis()
    named = names(diagnosis)
    found = len(named) == 1 and number in named[0]
    first = found and diagnosis.findings[0].mistake == number
    return first, found, found and diagnosis.findings[0].layer == draw.mistakes[number] + 1


def double(draw: Draw) -> bool:
    """Whether both mistakes are named, and nothing else."""
    named, (one, two) = names(draw.diagnosis()), draw.mistakes
    return len(named) == 2 and any(one in a and two in b for a, b in (named, named[::-1]))


def alarms(rng: np.random.Generator, count: int, dtype: str) -> tuple[int, float]:
    """How many right gradients are called wrong, and the largest residual among all."""
    wrong, worst = 0, 0.0
    for _ in range(count):
        draw = planted.random_draw(rng, dtype)
        weights, biases = lookalike(draw)
        made = cr.diagnose(draw.net, draw.X, draw.y, draw.loss, grad_weights=weights, grad_biases=biases)
        wrong, worst = wrong + (not made.ok), max(worst, made.before or 0.0)
    return wrong, worst


def accumulating(rng: np.random.Generator) -> bool:
    """Whether an accumulator that is never reset is named, in a program that is called."""
    kept: list[Any] = []
    hidden = str(rng.choice(["sigmoid", "tanh", "relu"]))

    def gradients(weights: Any, biases: Any, X: Any, y: Any) -> Any:
        net = cr.Network([W.shape[0] for W in weights] + [1], hidden=hidden, seed=0)
        net.parameters[...] = np.concatenate([v.ravel() for W, b in zip(weights, biases, strict=True) for v in (W, b)])
        now = planted.learner(Draw(net, X, y, "binary_cross_entropy", late=bool(rng.integers(2))))
        parts = [*now[0], *now[1]]
        same = kept and [k.shape for k in kept[0]] == [p.shape for p in parts]
        kept[:] = [[a + b for a, b in zip(kept[0], parts, strict=True)] if same else parts]
        return kept[0][: len(weights)], kept[0][len(weights) :]

    return names(cr.diagnose_code(gradients=gradients, hidden=hidden)) == [{24}]


def updating(rng: np.random.Generator) -> bool:
    """Whether a mistake in the step of momentum is named as one of the optimizer."""
    rate, mu = float(rng.uniform(0.01, 0.8)), float(rng.uniform(0.3, 0.95))
    form = int(rng.integers(6))

    def step(theta: Any, grads: Any, state: Any, lr: float) -> Any:
        v = np.zeros_like(theta) if state is None or form == 0 else state  # 0: the state is lost
        g = -grads if form == 1 else (1 - mu) * grads if form == 2 else lr * grads if form == 3 else grads
        v = (1 - mu if form == 4 else mu) * v - lr * g
        return theta + (2 * v if form == 5 else v), v

    made = cr.diagnose_code(step=step, optimizer=cr.SGD(rate, momentum=mu))
    return names(made) == [{30}] and "no known mistake" not in made.findings[0].message


def measure(seed: int = 0, *, singles: int = 100, pairs: int = 500, right: int = 1000, code: int = 20) -> Any:
    """Every figure of the page."""
    by_number: dict[str, list[int]] = {}
    for number in PLANTED:
        rng = np.random.default_rng([seed, number])
        outcomes = [single(planted.planted(rng, number), number) for _ in range(singles)]
        by_number[str(number)] = [singles, *(sum(each) for each in zip(*outcomes, strict=True))]
    asked: dict[int, Callable[[np.random.Generator], bool]] = {24: accumulating, 30: updating}
    for number, ask in asked.items():
        rng = np.random.default_rng([seed, number])
        hits = sum(ask(rng) for _ in range(code))
        by_number[str(number)] = [code, hits, hits, hits]
    rng = np.random.default_rng([seed, 100])
    both, tried = 0, 0
    for one, two in planted.pairs(rng, pairs):
        both, tried = both + double(planted.planted(rng, one, two)), tried + 1
    none = {dtype: alarms(np.random.default_rng([seed, 200]), right, dtype) for dtype in ("float64", "float32")}
    of_right = {dtype: [right, *found] for dtype, found in none.items()}
    return {"seed": seed, "single": by_number, "pairs": [tried, both], "right": of_right}


if __name__ == "__main__":
    RESULTS.write_text(json.dumps(measure(), indent=1) + "\n", encoding="utf-8")
