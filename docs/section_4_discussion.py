"""Sentences of the report's discussion, judged: vanishing gradients and their cures, and optimizers."""

import itertools
from collections.abc import Mapping
from typing import Any

from checked.verdicts import CONDITION, OPINION, RIGHT, WRONG, Verdict
from section_4_entries import entry

from chainrule.experiments.activation_answer import FASTER
from chainrule.experiments.intervals import listed, number, percent
from chainrule.experiments.signals import LABELS
from chainrule.experiments.vanishing_answer import power, reached

CURES = ("relu", "prelu", "elu")
"""The report's."""


@entry(
    "4.1",
    "The gradient will become smaller and smaller as the process of backpropagation goes",
    "vanishing-gradient",
    pictures=(("vanishing-gradient", "gradient-through-layers"),),
)
def smaller(vanishing: Mapping[str, Any]) -> tuple[Verdict, str]:
    deepest, sigmoid = vanishing["deepest"], vanishing["start"]["sigmoid"]
    wrong, right, batch = sigmoid["wrong"]["none"], sigmoid["right"]["none"], sigmoid["wrong"]["batch_norm"]
    falls = wrong["factor"]["high"] < 1
    helps = right["factor"]["low"] > wrong["factor"]["high"]
    return CONDITION if falls else WRONG, (
        f"With sigmoid units and Glorot's weights a layer passes back {number(wrong['factor'])} of the gradient, which "
        f"leaves {power(wrong['first'])} of it through {deepest} layers. The ¼ is the derivative's, and weights can "
        f"make up for it: with four times those weights a layer passes back {number(right['factor'])}"
        + (", more" if helps else ", no more as far as the intervals tell")
        + f"; with batch normalization {number(batch['factor'])}, and through {deepest} layers the gradient "
        + ("grows instead." if batch["factor"]["low"] > 1 else "still falls.")
    )


@entry(
    "4.1",
    "when the network goes deeper, the gradient vanish more seriously",
    "vanishing-gradient",
    pictures=(("vanishing-gradient", "gradient-by-depth"),),
)
def deeper(vanishing: Mapping[str, Any]) -> tuple[Verdict, str]:
    norms = vanishing["depth"]["sigmoid"]["wrong"]
    depths = sorted(map(int, norms))
    falls = all(norms[str(low)] > norms[str(high)] for low, high in itertools.pairwise(depths))
    steady = [
        LABELS[name] for name, by in vanishing["depth"].items() if by["right"][str(depths[-1])] > norms[str(depths[0])]
    ]
    return RIGHT if falls else CONDITION, (
        "With sigmoid units and Glorot's weights the gradient of the first layer's weights is, at the start, "
        + ", ".join(f"{power(norms[str(depth)])} with {depth} hidden layers" for depth in depths)
        + ". "
        + (
            f"With the initialization that suits it, {listed(steady)} {'keeps' if len(steady) == 1 else 'keep'} more "
            f"with {depths[-1]} layers than this sigmoid with {depths[0]}."
            if steady
            else "Nothing that was tried keeps it."
        )
    )


@entry(
    "4.1",
    "Thus, the layers that are close to input layers may not be updated well",
    "vanishing-gradient",
    pictures=(("vanishing-gradient", "gradient-during-training"),),
)
def first_layers(vanishing: Mapping[str, Any]) -> tuple[Verdict, str]:
    depth, kinds = vanishing["training"]["depth"], vanishing["training"]["kinds"]
    wrong, right = (kinds[f"sigmoid, {start}"]["first_over_last"] for start in ("wrong", "right"))
    learned = vanishing["learned"]["sigmoid"]["wrong"]
    stuck = all(share["value"] < 0.5 for share in learned.values())
    return RIGHT if stuck and wrong["start"] < 0.01 else CONDITION, (
        f"In sigmoid networks of {depth} hidden layers with Glorot's weights the gradient of the first layer's weights "
        f"begins at {power(wrong['start'])} of the last hidden layer's, and with four times those weights at "
        f"{power(right['start'])}. Of the former "
        + ", ".join(f"{percent(share)} with {depth} layers" for depth, share in learned.items())
        + f" learn two spirals. At the end of training the ratio is {power(wrong['end'])} and {power(right['end'])}."
    )


@entry(
    "4.1",
    "We can solve this problem by changing activation functions to ReLu, PReLu or ELU",
    "vanishing-gradient",
    "activations",
    pictures=(("vanishing-gradient", "learned-by-depth"), ("activations", "units-over-time")),
)
def cures(vanishing: Mapping[str, Any], activations: Mapping[str, Any]) -> tuple[Verdict, str]:
    start, learned, deepest = vanishing["start"], vanishing["learned"], vanishing["deepest"]
    named = [name for name in CURES if name in learned]
    depths = {
        way: {name: reached(learned[name][way]) or 0 for name in (*named, "sigmoid")} for way in ("right", "wrong")
    }
    solved = all(depths["right"][name] > depths["right"]["sigmoid"] for name in named)
    needs_weights = any(depths["wrong"][name] < depths["right"][name] for name in named)
    others = [name for name in ("selu", "gelu", "tanh") if name in learned]
    text = (
        "From the initialization that suits each, a layer passes back "
        + ", ".join(f"{number(start[name]['right']['none']['factor'])} ({LABELS[name]})" for name in named)
        + ", and at least half of the networks learn the spirals with up to "
        + ", ".join(f"{depths['right'][name]} layers ({LABELS[name]})" for name in named)
        + f", where sigmoid ends at {depths['right']['sigmoid'] or 'none of those tried'}. "
        + (
            "It takes the weights too: from the wrong ones it is "
            + ", ".join(f"{depths['wrong'][name]} ({LABELS[name]})" for name in named)
            + ". "
            if needs_weights
            else ""
        )
        + "They are not the only cures: "
        + ", ".join(f"{LABELS[name]} learns with {reached(learned[name]['right']) or 0}" for name in others)
    )
    batch = vanishing["normalized"]["sigmoid"]["batch_norm"]
    text += f"; and {percent(batch)} of sigmoid networks of {deepest} layers with batch normalization. "
    return CONDITION if solved else WRONG, text + dead(activations)


def dead(activations: Mapping[str, Any]) -> str:
    """What ReLU costs."""
    relu = activations["units"]["relu"]
    return (
        f"ReLU has a price of its own: after training {percent(relu['suited']['off']['end'])} of its units are off on "
        f"every sample, and {percent(relu['faster']['off']['end'])} at {FASTER} times the rate that suits it."
    )


@entry(
    "4.2",
    "mathematician further use some tricks called optimizers to speed up the updating process",
    "optimizers",
    pictures=(("optimizers", "epochs-to-solve"),),
)
def faster(optimizers: Mapping[str, Any]) -> tuple[Verdict, str]:
    told = []
    for task in optimizers["tasks"].values():
        by = task["optimizers"]
        best = min(by, key=lambda name: by[name]["epochs"]["value"])
        told.append(
            f"{task['title']} {number(by['SGD']['epochs'])} by plain descent, {number(by['momentum']['epochs'])} with "
            f"momentum, {number(by[best]['epochs'])} with {best}"
        )
    wins = all(
        min(each["epochs"]["high"] for each in task["optimizers"].values()) < task["optimizers"]["SGD"]["epochs"]["low"]
        for task in optimizers["tasks"].values()
    )
    return RIGHT if wins else CONDITION, (
        "They do, each at the best of its own rates, found on the same budget. Epochs to solve, medians (those that do "
        "not solve it count the limit): " + "; ".join(told) + "."
    )


@entry(
    "4.2",
    "there's not always a rule of thumb which optimizer we should use",
    "optimizers",
    pictures=(("optimizers", "performance-profiles"), ("optimizers", "paths")),
)
def no_rule(optimizers: Mapping[str, Any]) -> tuple[Verdict, str]:
    profile = optimizers["profile"]
    first = {
        task["title"]: min(task["optimizers"], key=lambda name: task["optimizers"][name]["epochs"]["value"])
        for task in optimizers["tasks"].values()
    }
    often = max(profile, key=lambda name: profile[name]["best"]["value"])
    sure = max(profile, key=lambda name: profile[name]["solved"]["value"])
    several = len(set(first.values())) > 1
    return RIGHT if several else WRONG, (
        "The fewest epochs needs "
        + ", ".join(f"{name} on {title}" for title, name in first.items())
        + f". {often} is the first most often, on {percent(profile[often]['best'])} of the problems that it was "
        f"given, and {sure} solves the most, {percent(profile[sure]['solved'])}; plain descent solves "
        f"{percent(profile['SGD']['solved'])}, momentum {percent(profile['momentum']['solved'])}."
    )


@entry(
    "4.2",
    "There're still a lot of choices which we're not implementing, including Adagrad, Adam, Adamax, etc",
    "optimizers",
)
def choices(optimizers: Mapping[str, Any]) -> tuple[Verdict, str]:
    profile = optimizers["profile"]
    return OPINION, (
        "All of them are here, and with them of the problems solve within the limits: "
        + ", ".join(f"{name} {percent(each['solved'])}" for name, each in profile.items())
        + "."
    )
