"""What the study of convergence answers, in sentences and tables, from its results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.experiments import plateau
from chainrule.experiments.claims import CONVERGED
from chainrule.experiments.intervals import Interval, number, percent, rounded
from chainrule.experiments.study import Table

__all__ = ["answer", "tables"]


def answer(results: Mapping[str, Any]) -> list[str]:
    """The answer in sentences, each from the results alone."""
    linear, xor, momentum = results["linear"], results["xor"], results["momentum"]
    stuck, margins = xor["failures"], linear["margin"]
    said = []
    for name, task in (("linear", linear), ("XOR", xor)):
        solved = task["solved"]
        verdict = "nearly all" if solved["low"] > 0.95 else "most" if solved["low"] > 0.5 else "some"
        said.append(
            f"“Less than {task['by']:,} epochs” is true of {verdict} networks on the {name} task: by then "
            f"{percent(solved)} classify every point. Half do after {number(task['epochs'])} epochs; by "
            f"epoch {task['end']:,} it is {percent(task['solved_at_end'])}. The loss has come below "
            f"{100 * CONVERGED:g} % of its start in {percent(task['converged'])}."
        )
    late = "are late rather than stuck" if linear["solved_at_end"]["value"] > 0.95 else "may be stuck as well as late"
    longer = (
        "It takes the longer, the nearer the sample's nearest point lies to the diagonal"
        if margins["correlation"] < -0.2
        else "How near the sample's nearest point lies to the diagonal does not clearly matter"
    )
    said.append(
        f"On the linear task networks {late}. {longer} (rank correlation of that distance and the epochs "
        f"{rounded(margins['correlation'], 2)})"
        + (
            f"; the median distance is {rounded(margins['late'], 2)} in samples not solved in time and "
            f"{rounded(margins['in_time'], 2)} in the others."
            if margins["late"] is not None and margins["in_time"] is not None
            else "."
        )
    )
    if stuck["n"]:
        others = stuck["n"] - stuck["across_n"]
        most = "most failures are" if stuck["across"]["value"] > 0.5 else "some failures are"
        said.append(
            f"On XOR {most} stuck on one plateau. Of {stuck['n']} networks that had not solved it by "
            f"epoch {xor['by']:,}, {percent(stuck['across'])} stood at loss {plateau.ACROSS:.4f}, where every "
            "point of one diagonal gets the same output and only the centre, which lies on both, is wrong: the "
            f"network sees x₁ + x₂ alone. By epoch {xor['end']:,}, {stuck['across_solved']} of these "
            f"{stuck['across_n']} had left it for the solution"
            + (f"; of the {others} others, {stuck['others_solved']} had." if others else ".")
        )
    if stuck["saturated"] is not None:
        here, there = stuck["saturated"], stuck["saturated_solved"]
        more, fewer = here["low"] > there["high"], here["high"] < there["low"]
        ratio = stuck["gradient"]["value"] / stuck["gradient_solved"]["value"]
        said.append(
            f"Saturation {'goes with it' if more else 'is not what keeps them there'}: of the hidden activations "
            f"of a network on the plateau {percent(here)} are within {plateau.SATURATED:g} of 0 or 1 (median), "
            f"{'more than' if more else 'fewer than' if fewer else 'about as many as'} in one that solved the "
            f"task, {percent(there)}. The norm of the gradient is {number(stuck['gradient'], 2)} there and "
            f"{number(stuck['gradient_solved'], 2)} in the solved ones, "
            f"{'so that it does not tell them apart' if 1 / 3 < ratio < 3 else 'another order of magnitude'}."
        )
    for name, task in (("linear", linear), ("XOR", xor)):
        shares = task["initializers"]
        ranked = sorted(shares, key=lambda key: -shares[key]["value"])
        said.append(
            f"Initialization, {name}: in time solve it "
            + ", ".join(f"{percent(shares[key])} with {key}" for key in ranked)
            + f". {compared(ranked[0], shares)}"
        )
    both = momentum["both"]
    said.append(
        f"The report's momentum was most likely {both['best']:.2f}, 95 % interval {both['low']:.2f} to "
        f"{both['high']:.2f} (linear alone {momentum['linear']['low']:.2f} to {momentum['linear']['high']:.2f}, "
        f"XOR alone {momentum['xor']['low']:.2f} to {momentum['xor']['high']:.2f}). Beside the likeliest, its "
        f"losses are {odds(both['against']['0.0'])} times less likely without momentum and "
        f"{odds(both['against']['0.9'])} times less likely with 0.9."
    )
    return said


def tables(results: Mapping[str, Any]) -> list[Table]:
    """The tables."""
    made = [
        Table(
            "Networks that classify every point in time, by initialization",
            ["initialization", "linear, 2,500 epochs", "XOR, 10,000 epochs"],
            [
                [name, *(percent(results[task]["initializers"][name]) for task in ("linear", "xor"))]
                for name in results["linear"]["initializers"]
            ],
        )
    ]
    momentum = results["momentum"]
    rows = [["report", rounded(momentum["linear"]["printed"]), "", rounded(momentum["xor"]["printed"]), "", "", ""]]
    for name, linear in momentum["linear"]["momenta"].items():
        xor = momentum["xor"]["momenta"][name]
        cells = [f"{value:.3g}" for value in (linear["loss"], xor["loss"])]
        against = [f"1 : {odds(momentum[key]['against'][name])}" for key in ("linear", "xor", "both")]
        rows.append([name, cells[0], against[0], cells[1], against[1], against[2]])
    rows[0] = rows[0][:6]
    columns = ["momentum", "linear loss", "likelihood", "XOR loss", "likelihood", "both"]
    caption = (
        "Median over networks of the loss at the printed epochs (geometric mean over the epochs; networks that "
        "solve the task), and how likely the printed losses are beside the likeliest momentum"
    )
    return [*made, Table(caption, columns, rows)]


def compared(first: str, shares: Mapping[str, Interval]) -> str:
    """Whether the best of some initializations is better than He's, in a sentence."""
    if first == "He":
        return "None is better than He's."
    if shares[first]["low"] > shares["He"]["high"]:
        return f"{first} is better than He's: the intervals lie apart."
    return f"{first} is no better than He's as far as the intervals tell."


def odds(log_ratio: float | None) -> str:
    """How many times less likely something of this log likelihood ratio is; None is minus infinity.

    >>> odds(0.0), odds(-3.0), odds(-100.0)
    ('1', '20', 'more than a million')
    """
    return (
        "more than a million"
        if log_ratio is None or log_ratio < -np.log(1e6)
        else rounded(float(np.exp(-log_ratio)), 2)
    )
