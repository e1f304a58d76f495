"""Sentences on the report's two experiments, judged: what sections 2 to 4 say of how its own networks train."""

from collections.abc import Mapping
from typing import Any

from checked.verdicts import CONDITION, OPINION, RIGHT, WRONG, Verdict
from section_4_entries import entry

from chainrule.experiments.intervals import number, percent, rounded


@entry(
    "2.2",
    "we also add special initialization, ‘He initialization’, designed specifically for network that uses sigmoid",
    "convergence",
    pictures=(("convergence", "initialization"),),
)
def initialization(convergence: Mapping[str, Any]) -> tuple[Verdict, str]:
    xor, linear = (convergence[task]["initializers"] for task in ("xor", "linear"))
    sigmoid, he = "Glorot, gain 4", "He"
    better = xor[sigmoid]["low"] > xor[he]["high"]
    differs = any(
        linear[name]["low"] > linear[he]["high"] or linear[name]["high"] < linear[he]["low"] for name in linear
    )
    return WRONG, (
        "He et al. made it for rectifiers. For a sigmoid, whose slope at 0 is ¼, Glorot and Bengio's argument asks for "
        f"four times their weights. On XOR {percent(xor[sigmoid])} of the networks solve the task in time with these, "
        f"{percent(xor[he])} with He's"
        + (": the one for sigmoid is better. " if better else ": no difference that the intervals show. ")
        + f"With the weights for tanh it is {percent(xor['Glorot'])}. On the linear task the initialization "
        + ("matters too." if differs else "makes no difference that the intervals show.")
    )


@entry(
    "3",
    "They take less than 2500 epochs and 10000 epochs to converge respectively",
    "convergence",
    pictures=(("convergence", "solved"), ("convergence", "surface")),
)
def converges(convergence: Mapping[str, Any]) -> tuple[Verdict, str]:
    linear, xor = convergence["linear"], convergence["xor"]
    lows = [task["solved"]["low"] for task in (linear, xor)]
    verdict = RIGHT if min(lows) > 0.95 else CONDITION if min(lows) > 0.5 else WRONG
    stuck = xor["failures"]
    whose = {RIGHT: "nearly all networks", CONDITION: "most networks, not of all", WRONG: "few networks"}[verdict]
    text = (
        f"True of {whose}: by then {percent(linear['solved'])} classify every point of the linear task, and "
        f"{percent(xor['solved'])} of XOR. On the linear task the late ones arrive, "
        f"{percent(linear['solved_at_end'])} by epoch {linear['end']:,}."
    )
    if stuck["n"]:
        text += (
            f" On XOR {percent(stuck['across'])} of those that fail stand on one plateau, at a loss of "
            f"{stuck['plateau']:.4f}: the network sees only x₁ + x₂, gives every point of one diagonal the same "
            f"output, and has the centre wrong. {stuck['across_solved']} of {stuck['across_n']} had left it by epoch "
            f"{xor['end']:,}."
        )
    return verdict, text


@entry(
    "3",
    "In both experiments, the converging speeds are quite fast",
    "convergence",
    "trainability",
    pictures=(("trainability", "rate-momentum"), ("trainability", "border")),
)
def fast(convergence: Mapping[str, Any], trainability: Mapping[str, Any]) -> tuple[Verdict, str]:
    epochs, plane = convergence["xor"]["epochs"], trainability["momentum"]
    best = plane["fastest"]
    text = f"With the report's settings half of the XOR networks have solved it after {number(epochs)} epochs. "
    if best is None:
        return OPINION, text + "No other setting that was tried was faster."
    slower = epochs["value"] / best["epoch"]
    return OPINION, text + (
        f"It can be {rounded(slower, 2)} times faster: with four times the initial weights, rate "
        f"{rounded(best['x'], 2)} and momentum {rounded(best['y'], 2)} one start needs {best['epoch']:,.0f}. Larger "
        "rates soon fail, and the border between is one that looking closer does not make simple: its box-counting "
        f"dimension is {plane['dimension_here']:.2f}, where a circle counted so has {plane['circle']:.2f}."
    )


@entry(
    "4.1",
    "The sigmoid function we use here actually has a problem: it will lead to vanishing gradient problem",
    "convergence",
    pictures=(("convergence", "saturation"),),
)
def sigmoid_in_the_reports_network(convergence: Mapping[str, Any]) -> tuple[Verdict, str]:
    stuck = convergence["xor"]["failures"]
    if stuck["saturated"] is None:
        return CONDITION, "Too few networks fail to tell."
    here, there = stuck["saturated"], stuck["saturated_solved"]
    blamed = here["low"] > there["high"]
    return CONDITION, (
        "In the report's own network, which has two hidden layers, it is "
        + ("what goes with failure" if blamed else "not what makes runs fail")
        + f": of the hidden activations of a stuck XOR network {percent(here)} are saturated (median), of one that "
        f"solved the task {percent(there)}; the gradient's norm is {number(stuck['gradient'], 2)} in the ones and "
        f"{number(stuck['gradient_solved'], 2)} in the others."
    )


@entry(
    "4.2",
    "stochastic gradient descent is slow and takes a lot of iteration to find local minimum",
    "landscape",
    pictures=(("landscape", "path"), ("landscape", "line")),
)
def local_minimum(landscape: Mapping[str, Any]) -> tuple[Verdict, str]:
    solved, stuck = landscape["xor solved"], landscape["xor stuck"]
    text = (
        "The report takes all samples in every step, so nothing is stochastic. A minimum need not be what one wants: "
        f"{percent(landscape['solved']['xor'])} of the XOR networks find a solution, the others a worse valley. "
    )
    if min(solved["n"], stuck["n"]) >= 2:
        text += (
            f"The straight line from start to end climbs over a barrier in {percent(stuck['barrier'])} of those, and "
            f"in {percent(solved['barrier'])} of the ones that solve the task: training goes around."
        )
    return CONDITION, text


@entry(
    "4.2",
    "As for the optimizer here, we choose SGD momentum since this is easy to implement",
    "convergence",
    "trainability",
    pictures=(("convergence", "momentum"),),
)
def chosen(convergence: Mapping[str, Any], trainability: Mapping[str, Any]) -> tuple[Verdict, str]:
    both, slope = convergence["momentum"]["both"], trainability["momentum"]["slope"]
    text = (
        f"The report does not say which momentum; its printed losses speak for {both['best']:.2f} "
        f"({both['low']:.2f} to {both['high']:.2f})."
    )
    if slope is not None:
        text += (
            " What momentum does here is mostly to enlarge the rate: the smallest rate that learns XOR in "
            f"{trainability['epochs']:,} epochs goes as (1 − μ) to the power of {number(slope, 2)}, and 1 would be the "
            "effective rate η / (1 − μ) alone."
        )
    return OPINION, text
