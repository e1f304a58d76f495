"""Sections 1 to 2.2 of the report: the introduction, the sigmoid, the networks and how they are trained."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.backprop import backprop
from chainrule.experiments.printed import LINEAR, XOR
from checked.printed_formula import ONE, case
from checked.verdicts import CONDITION, OPINION, RIGHT, WRONG, Section, digits, span

INTRODUCTION = Section("1", "1 Introduction")
SETUPS = Section("2", "2 Experiment setups")
SIGMOID = Section("2.1", "2.1 Sigmoid functions")
NETWORK = Section("2.2", "2.2 Neural network")
SECTIONS = [INTRODUCTION, SETUPS, SIGMOID, NETWORK]

INTRODUCTION.remark(
    "Deep learning is “one of the hottest tools”; CNNs classify photos, GANs generate faces; to many it is “a black "
    "box”; to understand it “we have to dive into the mathmatical part”",
    "Opinion, and examples from other work.",
)


@INTRODUCTION.claim(
    "“using feedforward network to calculate the outputs”, then “using backpropagation to update the weights”",
    CONDITION,
)
def backpropagation_updates() -> tuple[bool, str]:
    net, (X, y) = cr.Network([2, 3, 1], seed=0), cr.datasets.xor()
    before = net.parameters.copy()
    gradient = net.gradients(X, y).parameters
    left_alone = np.array_equal(net.parameters, before)
    after, _ = cr.SGD(0.3).step(before, gradient, cr.SGD(0.3).init(before))
    return left_alone and not np.array_equal(after, before), (
        "Right of training as a whole. Strictly, backpropagation computes the gradient and leaves every weight as it "
        "is; the optimizer changes them."
    )


@INTRODUCTION.claim("“iterating through the first and second steps until the weights/results converge”", CONDITION)
def until_convergence() -> tuple[bool, str]:
    net, (X, y) = cr.Network([2, 3, 3, 1], initializer="zeros", seed=0), cr.datasets.xor()
    loss = net.fit(X, y, optimizer=cr.SGD(0.3, momentum=0.9), epochs=1000, verbose=0).loss[-1]
    accuracy = float(np.mean((net.predict(X) > 0.5) == y))
    return accuracy < 0.6, (
        f"The report itself stops after a fixed number of epochs, {LINEAR.epochs} and {XOR.epochs}. And what converges "
        f"need not be a solution: from zero weights, 1000 epochs of XOR (rate 0.3, momentum 0.9) end at loss "
        f"{digits(loss)} and accuracy {digits(accuracy)}."
    )


@INTRODUCTION.claim("“from scratch without using any libraries that will help us calculate derivatives”", OPINION)
def no_derivative_library() -> tuple[bool, str]:
    sources = [path.read_text(encoding="utf-8") for path in Path(cr.__file__).parent.rglob("*.py")]
    pattern = r"^\s*(?:import|from)\s+(?:autograd|jax|sympy|tensorflow|torch)\b"
    return not any(re.search(pattern, source, re.MULTILINE) for source in sources), (
        "The rule of the homework. The report does not print its `Model`, so we cannot check it there. This package "
        "keeps the rule: no file of it imports autograd, jax, sympy, tensorflow or torch."
    )


INTRODUCTION.remark("Experiments on two data sets and a discussion will follow", "A plan; both do follow.")

SETUPS.remark(
    "“deduce formulas that can be used to update the parameter, weight and bias terms”",
    "A plan. The parameters are the weights and the biases. What is deduced is their gradient, not the update: see the "
    "general formulas in section 2.3.",
)


@SIGMOID.claim("“we want to use activation functions that has derivative everywhere”", CONDITION)
def derivative_everywhere() -> tuple[bool, str]:
    def sides(f: Callable[[float], float], h: float = 2.0**-30) -> tuple[float, float]:
        return (f(0.0) - f(-h)) / h, (f(h) - f(0.0)) / h

    relu = sides(lambda z: max(z, 0.0))
    prelu = sides(lambda z: max(z, 0.25 * z))
    elu = sides(lambda z: z if z > 0 else math.expm1(z))
    X, y = cr.datasets.xor()
    solved = 0
    for seed in range(10):
        net = cr.Network([2, 8, 1], hidden="relu", seed=seed)
        net.fit(X, y, optimizer=cr.SGD(0.1, momentum=0.9), epochs=500, verbose=0)
        solved += bool(((net.predict(X) > 0.5) == y).all())
    return relu == (0, 1) and prelu == (0.25, 1) and abs(elu[0] - elu[1]) < 1e-8 and solved > 5, (
        f"A wish that sigmoid fulfils, not a need. ReLU and PReLU, which section 4.1 recommends, have no derivative at "
        f"0: the slopes on the two sides of 0 are {relu[0]:g} and {relu[1]:g} for ReLU, {prelu[0]:g} and {prelu[1]:g} "
        f"for a PReLU (ELU with α = 1 has one: {elu[0]:.2f} and {elu[1]:.2f}). ReLU learns all the same: of 10 "
        f"networks 2-8-1, {solved} solve XOR within 500 epochs."
    )


@SIGMOID.claim("sigmoid “gives us 1 when x is extremely large and 0 when x is extremely small”", CONDITION)
def limits_of_sigmoid() -> tuple[bool, str]:
    sigmoid = cr.activations.get("sigmoid")
    tiny, below, low = float(sigmoid(1e-300)), float(sigmoid(36.0)), float(sigmoid(-36.0))
    return tiny == 0.5 and below < 1 == float(sigmoid(37.0)) and 0 < low < 1e-15, (
        f"“Extremely small” must mean far below zero: at x = 1e-300, which is extremely small, f is {tiny}. And 0 and "
        "1 are limits, never reached; only rounding reaches them: in float64 f(37) is exactly 1, and f(36) is not."
    )


SIGMOID.equation("The sigmoid", "f(x)", (r"\frac{1}{1 + e^{-x}}", "The definition; equal to (1 + tanh(x/2)) / 2."))
SIGMOID.equation(
    "Its derivative",
    r"\frac{\partial f(x)}{\partial x}",
    (r"\big(\frac{-1}{(1+e^{-x})^2}\big)\big(-e^{-x}\big)", "The chain rule."),
    (r"\big(\frac{1}{1+e^{-x}}\big)\big(\frac{e^{-x}}{1+e^{-x}}\big)", "Both signs cancel."),
    (r"\left(\frac{1}{1+e^{-x}}\right)\left(\frac{1+e^{-x}-1}{1+e^{-x}}\right)", "1 is added and taken away."),
    (r"f(x)(1-f(x))", "The form that the program uses."),
)


def through_wide_layers(hidden: str) -> dict[str, float]:
    """By what a he_normal layer multiplies a signal: 10 layers of 256 units, 64 samples, medians of layers 3 to 10.

    Forward, the mean square of z over units and samples, and the variance of z over the samples; backward, the mean
    square of delta. The gradient at the output is drawn at random, independent of the weights.
    """
    found: dict[str, list[float]] = {"square": [], "variance": [], "backward": [], "slope": []}
    for seed in range(5):
        rng = np.random.default_rng(seed)
        net = cr.Network([256] * 12, hidden=hidden, output="identity", initializer="he_normal", seed=rng)
        X = rng.standard_normal((64, 256))
        y = net.predict(X) + rng.standard_normal((64, 256))
        p = backprop(net.structure, net.parameters, X, y, cr.losses.get("half_squared_error"))
        for i in range(2, 10):
            slope = cr.activations.get(hidden).derivative(p.z[i])
            found["square"].append(float(np.mean(p.z[i] ** 2) / np.mean(p.z[i - 1] ** 2)))
            found["variance"].append(float(p.z[i].var(axis=0).mean() / p.z[i - 1].var(axis=0).mean()))
            found["backward"].append(float(np.mean(p.delta[i - 1] ** 2) / np.mean(p.delta[i] ** 2)))
            found["slope"].append(float(2 * np.mean(slope**2)))
    return {key: float(np.median(values)) for key, values in found.items()}


def parameters(*sizes: int) -> int:
    """How many weights and biases a network of these sizes has."""
    return cr.Network(sizes, seed=0).parameters.size


@NETWORK.claim("for a complicated problem the network “has to be broad and deep”, to have enough parameters", OPINION)
def broad_and_deep() -> tuple[bool, str]:
    return parameters(2, 8, 1) > parameters(2, 3, 3, 1), (
        f"A rule of thumb. For the number of parameters alone, broad is enough: 2-8-1, with a single hidden layer, has "
        f"{parameters(2, 8, 1)}, and 2-3-3-1 has {parameters(2, 3, 3, 1)}."
    )


@NETWORK.claim("“we do not need huge neural network” for these two data sets", RIGHT)
def no_huge_network() -> tuple[bool, str]:
    net, (X, y) = cr.Network([2, 1], seed=0), cr.datasets.linear()
    net.parameters[...] = -1, 1, 0
    split = bool(((net.predict(X) > 0.5) == y).all())
    points, labels = cr.datasets.xor()
    labels_at = {tuple(point): label for point, label in zip(points.tolist(), labels[:, 0], strict=True)}
    between = labels_at[0.5, 0.5] == 0 and labels_at[0.0, 1.0] == labels_at[1.0, 0.0] == 1
    return split and between, (
        f"The linear set needs no hidden layer at all: 2-1, with {parameters(2, 1)} parameters, separates it. XOR "
        "needs one: its point (½, ½) lies midway between (0, 1) and (1, 0), which are of the other class, so no line "
        "separates the classes."
    )


@NETWORK.claim("linear network: 2 inputs, “two 2 neurons as hidden layers”, 1 output", RIGHT)
def linear_network() -> tuple[bool, str]:
    return LINEAR.sizes == (2, 2, 2, 1), f"A setting: 2-2-2-1, which has {parameters(*LINEAR.sizes)} parameters."


@NETWORK.claim("“We also add bias term on input and hidden layer”", CONDITION)
def biases() -> tuple[bool, str]:
    sizes = [b.size for b in cr.Network(LINEAR.sizes, seed=0).biases]
    return sizes == [2, 2, 1] and case(ONE, 0).values["b", 1].shape == (1, 3), (
        "Right if a bias belongs to the layer that it leaves. In the report's own formulas $b^{(i)}$ belongs to the "
        f"layer that it enters: then the input has none and the output has one. For 2-2-2-1 that is {sizes[0]} + "
        f"{sizes[1]} + {sizes[2]} = {sum(sizes)} numbers."
    )


@NETWORK.claim("XOR network: 2 inputs, “two 3 neurons as hidden layers”, 1 output", RIGHT)
def xor_network() -> tuple[bool, str]:
    return XOR.sizes == (2, 3, 3, 1), (
        f"A setting: 2-3-3-1, which has {parameters(*XOR.sizes)} parameters. The listing in section 3 builds the same."
    )


NETWORK.remark(
    "The activation is sigmoid, the loss is cross entropy",
    "A setting; §linear_predictions§ and §xor_predictions§ confirm the loss.",
)


@NETWORK.claim("“To further speed up the learning process, we use SGD momentum”", RIGHT)
def momentum_speeds_up() -> tuple[bool, str]:
    ratios = []
    for seed in range(5):
        X, y = cr.datasets.linear(seed=seed)
        ends = []
        for momentum in (0.0, 0.9):
            net = cr.Network(LINEAR.sizes, seed=seed)
            ends.append(net.fit(X, y, optimizer=cr.SGD(0.3, momentum=momentum), epochs=1000, verbose=0).loss[-1])
        ratios.append(ends[0] / ends[1])
    return min(ratios) > 1, (
        f"On the linear set, after 1000 epochs at rate 0.3, the loss with momentum 0.9 is smaller than without by a "
        f"factor of {span(ratios)} (5 seeds). The report does not say which momentum it uses."
    )


@NETWORK.claim("“SGD … with batch size equals to the training data”", CONDITION)
def full_batch() -> tuple[bool, str]:
    net, (X, y) = cr.Network(LINEAR.sizes, seed=0), cr.datasets.linear()
    order = np.random.default_rng(0).permutation(len(X))
    full = net.gradients(X, y).parameters

    def off(rows: Any) -> float:
        return float(np.linalg.norm(net.gradients(X[rows], y[rows]).parameters - full) / np.linalg.norm(full))

    parts = [off(rows) for rows in np.split(order, 10)]
    return off(order) < 1e-12 and min(parts) > 0.001, (
        "It is gradient descent with momentum; with the full batch nothing in it is stochastic. The gradient is the "
        "same in whatever order the samples come, where the gradients of ten batches of ten are off by "
        f"{span([100 * part for part in parts])} % of it (linear set, before the first step)."
    )


@NETWORK.claim(r"He initialization is $\sqrt{2 / size^{(l-1)}}$", RIGHT)
def he_formula() -> tuple[bool, str]:
    drawn = cr.initializers.get("he_normal").draw(np.random.default_rng(0), 512, 512).std()
    expected = math.sqrt(2 / 512)
    return abs(drawn / expected - 1) < 0.01, (
        "It is the standard deviation of the weights of layer l, as in He et al. 2015, equation 10. 512 × 512 weights "
        f"from `he_normal` have {drawn:.4f}; the formula gives {expected:.4f}. The report does not name the "
        "distribution."
    )


@NETWORK.claim("He initialization is “designed specifically for network that uses sigmoid”", WRONG)
def he_for_sigmoid() -> tuple[bool, str]:
    relu, sigmoid = through_wide_layers("relu"), through_wide_layers("sigmoid")
    return abs(relu["square"] - 1) < 0.05 > abs(relu["backward"] - 1) and sigmoid["backward"] < 1 / 8, (
        "He et al. 2015 derived it for rectifiers: so that a ReLU layer neither enlarges nor reduces what passes "
        "through it. Measured in 10 layers of 256 units, from one layer to the next (median of layers 3 to 10 and of 5 "
        f"seeds). ReLU: the mean square of the pre-activation changes by a factor of {relu['square']:.1f}, and that of "
        f"its gradient, backward, by {relu['backward']:.1f}. Sigmoid: the gradient's factor is "
        f"{sigmoid['backward']:.2f}; it is 2 · mean(σ′²), here {sigmoid['slope']:.2f}, and can never exceed 2/16. "
        f"Forward, the variance of a pre-activation over the samples, which is all that tells them apart, changes by "
        f"{sigmoid['variance']:.2f}."
    )
