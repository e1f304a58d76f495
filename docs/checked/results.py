"""Section 3 of the report: the two experiments, as far as what is printed can be checked without a long run."""

import math

import numpy as np

import chainrule as cr
from chainrule.experiments.printed import LINEAR, XOR, Printed
from checked.verdicts import ELSEWHERE, GARBLED, OPINION, RIGHT, WRONG, Section, digits

RESULTS = Section("3", "3 Results")
SECTIONS = [RESULTS]


def implied_loss(printed: Printed) -> float:
    """The mean cross entropy of the printed predictions, if every one is on the right side of ½."""
    p = printed.predictions
    return float(np.mean(-np.log(np.where(p > 0.5, p, 1 - p))))


def extrapolated_loss(printed: Printed) -> float:
    """The loss after the last epoch, by the power law through the last two losses that are printed."""
    (early, high), (late, low) = list(printed.loss.items())[-2:]
    power = math.log(high / low) / math.log(late / early)
    return float(low * (late / printed.epochs) ** power)


REPRODUCE = "`tests/experiments/test_reproduce.py`"


def classes(printed: Printed) -> tuple[int, int]:
    """How many of the printed predictions are above ½, and how many are not."""
    above = int(np.sum(printed.predictions > 0.5))
    return above, len(printed.predictions) - above


@RESULTS.claim("linear: “there are 50 data for both class 1 and 2”", WRONG)
def fifty_of_each() -> tuple[bool, str]:
    above, below = classes(LINEAR)
    missed = abs(above - below) // 2
    return LINEAR.class_sizes == (50, 50) and LINEAR.accuracy == 1 and missed > 0, (
        f"It contradicts the accuracy of {LINEAR.accuracy}: of the {above + below} predictions printed, {above} are "
        f"above ½ and {below} below. With 50 of each class at least {missed} would be wrong, and the accuracy at most "
        f"{1 - missed / (above + below)}. Either the classes had {above} and {below}, or the accuracy was not 1."
    )


@RESULTS.claim("linear: rate 0.3, 20000 epochs, the loss printed at epochs 0, 5000, 10000, 15000", RIGHT)
def linear_schedule() -> tuple[bool, str]:
    return list(LINEAR.loss) == list(range(0, LINEAR.epochs, 5000)), (
        "Settings, which fit together: a loss every 5000 epochs, epochs counted from 0. The momentum, the seed and how "
        "the points were drawn are not said."
    )


RESULTS.remark(
    "linear: the four losses, " + ", ".join(f"{loss:.3g}" for loss in LINEAR.loss.values()),
    "`chainrule reproduce` trains this network and puts its losses beside these.",
    ELSEWHERE,
    REPRODUCE,
)


@RESULTS.claim("linear: the 100 predictions", RIGHT)
def linear_predictions() -> tuple[bool, str]:
    implied, last, expected = implied_loss(LINEAR), LINEAR.loss[15000], extrapolated_loss(LINEAR)
    return implied < last and abs(implied / expected - 1) < 0.02, (
        f"They fit the losses. If each is on its class's side of ½, their mean cross entropy is {digits(implied)}: "
        f"below the {digits(last)} of epoch 15000, as it should be while the loss falls, and within 2 % of what the "
        f"power law through the last two printed losses gives for epoch {LINEAR.epochs}, {digits(expected)}. So the "
        f"report's loss is the mean over the samples; the sum would be {digits(implied * len(LINEAR.predictions))}."
    )


RESULTS.remark(
    "linear: “Acc: 1.0”",
    "`chainrule reproduce` compares it. As printed it contradicts the 50 samples of each class (§fifty_of_each§).",
    ELSEWHERE,
    REPRODUCE,
)


@RESULTS.claim("XOR: “there are 10 and 11 data for class 1 and 2 respectively”", RIGHT)
def ten_and_eleven() -> tuple[bool, str]:
    above, below = classes(XOR)
    labels = cr.datasets.xor()[1]
    ours = int(labels.sum()), int(len(labels) - labels.sum())
    return (above, below) == XOR.class_sizes == ours and XOR.accuracy == 1, (
        f"The predictions say the same, with class 1 as label 1: {above} are above ½ and {below} below; so do the "
        f"points of `chainrule.datasets.xor`, {ours[0]} and {ours[1]}."
    )


@RESULTS.claim("XOR: rate 0.3, 100000 epochs, losses at epochs 90000 and 95000", RIGHT)
def xor_schedule() -> tuple[bool, str]:
    return list(XOR.loss) == list(range(0, XOR.epochs, 5000))[-2:] and sum(XOR.class_sizes) == 21, (
        "Settings, which fit together and fit the listing: its batch of 21 is all the samples, and the last two of a "
        "loss every 5000 epochs are these."
    )


RESULTS.remark(
    "XOR: the code listing",
    "It runs with `from chainrule.report import *`, each misreading of the copy undone (`Ir` is `lr`).",
    ELSEWHERE,
    "`tests/test_report.py`",
)


@RESULTS.claim("XOR: the 21 predictions", RIGHT)
def xor_predictions() -> tuple[bool, str]:
    implied, last, expected = implied_loss(XOR), XOR.loss[95000], extrapolated_loss(XOR)
    bases = [implied / math.log(base) for base in (2, 10)]
    agrees = abs(implied / expected - 1) < 0.01
    return agrees and implied < last and all(abs(loss / expected - 1) > 0.4 for loss in bases), (
        f"As for the linear set: mean cross entropy {implied:.3g}, below the {last:.3g} of epoch 95000, and within 1 % "
        f"of the power law's {expected:.3g} for epoch {XOR.epochs}. It takes the natural logarithm: with base 2 it "
        f"would be {digits(bases[0])}, with base 10 {digits(bases[1])}."
    )


@RESULTS.claim("XOR: the last prediction, 9.999999623e-01", WRONG)
def ten_digits() -> tuple[bool, str]:
    def count(p: float) -> int:
        return len(np.format_float_scientific(p).split("e")[0].replace(".", ""))

    *others, last = (float(p) for p in XOR.predictions)
    alike = [p for p in others if p > 0.999999]
    shorter = 0.999999623
    change = (math.log(last) - math.log(shorter)) / len(XOR.predictions) / implied_loss(XOR)
    return count(last) == 10 > max(map(count, others)) and min(alike) < shorter < max(alike) < last, (
        f"It has {count(last)} digits where every other has at most {max(map(count, others))}. With a 9 fewer, "
        f"9.99999623e-01, it lies among the others near 1 (up to {max(alike)!r}); with ten it is above them all. The "
        f"mean loss changes by {digits(100 * change)} % between the two. Perhaps the copy's misreading."
    )


RESULTS.remark("XOR: “Acc: 1.0”", "`chainrule reproduce` compares it.", ELSEWHERE, REPRODUCE)
RESULTS.remark(
    "XOR: the two losses, " + " and ".join(f"{loss:.3g}" for loss in XOR.loss.values()),
    "`chainrule reproduce` trains this network and puts its losses beside these.",
    ELSEWHERE,
    REPRODUCE,
)
RESULTS.remark("The plots", "They are not in our copy, but for the labels of some axes.", GARBLED)


@RESULTS.claim("“In both experiments, the converging speeds are quite fast”", OPINION)
def quite_fast() -> tuple[bool, str]:
    early, late = LINEAR.loss[5000], LINEAR.loss[15000]
    return early > late, (
        f"An opinion; “converge” is not defined. The loss has not come to rest by then: on the linear set it still "
        f"falls from {digits(early)} at epoch 5000 to {digits(late)} at epoch 15000."
    )


RESULTS.remark(
    f"“less than {LINEAR.converged_before} epochs and {XOR.converged_before} epochs to converge respectively”",
    "`chainrule reproduce` defines convergence and compares.",
    ELSEWHERE,
    REPRODUCE,
)
