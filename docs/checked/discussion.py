"""Section 4 of the report: vanishing gradients and optimizers."""

import math
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.arrays import Array
from chainrule.experiments.printed import XOR
from checked.verdicts import CONDITION, Section, digits

VANISHING = Section("4.1", "4.1 Vanishing gradient problem")
OPTIMIZERS = Section("4.2", "4.2 Optimizer choosing")
SECTIONS = [VANISHING, OPTIMIZERS]


def deep(depth: int, hidden: str, *, width: int = 16, spread: float = 0.0) -> list[Array]:
    """For 25 seeds, the root mean square of ∂L/∂W of each layer, input first, on XOR before the first step.

    Args:
        depth: how many hidden layers there are.
        hidden: their activation.
        width: how many units each has.
        spread: if given, weights have the standard deviation spread/√fan_in in place of he_normal's √2/√fan_in, and
            the biases are −½ Σ w, which keeps sigmoid units near their middle.
    """
    found = []
    for seed in range(25):
        net = cr.Network([2, *[width] * depth, 1], hidden=hidden, initializer="he_normal", seed=seed)
        if spread:
            for W, b in zip(net.weights, net.biases, strict=True):
                W *= spread / math.sqrt(2)
                b[...] = -W.sum(axis=0) / 2
        gradients = net.gradients(*cr.datasets.xor()).weights
        found.append(np.array([np.sqrt(np.mean(g**2)) for g in gradients]))
    return found


def first_to_last(depth: int, hidden: str, **how: Any) -> float:
    """The gradient of the first layer as a part of the last one's: the median of 25 seeds."""
    return float(np.median([rms[0] / rms[-1] for rms in deep(depth, hidden, **how)]))


def steps_to_minimum(learning_rate: float, momentum: float) -> int:
    """How many steps from (1, 1) bring ½(x² + 100 y²) to within 1e-6 of its minimum in x and y."""
    at, steps, optimizer = np.array([1.0, 1.0]), 0, cr.SGD(learning_rate, momentum=momentum)
    state = optimizer.init(at)
    while np.abs(at).max() > 1e-6:
        at, state = optimizer.step(at, np.array([1.0, 100.0]) * at, state)
        steps += 1
    return steps


def angles_to_gradient(steps: int) -> list[float]:
    """Between each step with momentum 0.9 and the negative gradient where it starts, in degrees; on XOR, seed 0."""
    net, (X, y), optimizer, angles = cr.Network(XOR.sizes, seed=0), cr.datasets.xor(), cr.SGD(0.3, momentum=0.9), []
    state = optimizer.init(net.parameters)
    for _ in range(steps):
        gradient = net.gradients(X, y).parameters
        after, state = optimizer.step(net.parameters, gradient, state)
        step = after - net.parameters
        cosine = -gradient @ step / np.linalg.norm(gradient) / np.linalg.norm(step)
        angles.append(math.degrees(math.acos(min(1.0, cosine))))
        net.parameters[...] = after
    return angles


@VANISHING.claim("sigmoid “will lead to vanishing gradient problem”", CONDITION)
def vanishing() -> tuple[bool, str]:
    steepest = float(cr.activations.get("sigmoid").derivative(np.linspace(-8, 8, 1601)).max())
    usual, spread = first_to_last(10, "sigmoid"), first_to_last(10, "sigmoid", spread=8.0)
    return usual < 0.01 and spread > 1 and math.isclose(steepest, 0.25), (
        f"Right with He's weights. Each layer multiplies the gradient by the slope of the sigmoid, {steepest:g} "
        "at most, and by the weights. In a network of 10 hidden layers of 16 units with He's weights, before the first "
        f"step on XOR, the first layer's gradient is {digits(usual)} times the last one's (root mean square of the "
        "entries; median of 25 seeds). But larger weights make up for it: with standard deviation 8/√fan-in and biases "
        f"−½ Σ w, which keep the units near their middle, it is {digits(spread)} times the last one's."
    )


@VANISHING.claim("“The gradient will become smaller and smaller as the process of backpropagation goes”", CONDITION)
def smaller_and_smaller() -> tuple[bool, str]:
    pairs = np.concatenate([rms[1:] > rms[:-1] for rms in deep(10, "sigmoid")])
    return pairs.mean() > 0.95, (
        f"Under the same condition. In those 25 networks the gradient of a layer is smaller than that of the layer "
        f"above it in {pairs.sum()} of {pairs.size} pairs."
    )


@VANISHING.claim("“the layers that are close to input layers may not be updated well”", CONDITION)
def not_updated_well() -> tuple[bool, str]:
    X, y = cr.datasets.xor()
    moved = []
    for seed in range(5):
        net = cr.Network([2, *[16] * 10, 1], seed=seed)
        before = [W.copy() for W in net.weights]
        net.fit(X, y, optimizer=cr.SGD(0.3, momentum=0.9), epochs=100, verbose=0)
        pairs = zip(net.weights, before, strict=True)
        change = [float(np.linalg.norm(W - W0) / np.linalg.norm(W0)) for W, W0 in pairs]
        moved.append((change[0], change[-1]))
    first, last = (float(np.median(part)) for part in zip(*moved, strict=True))
    return first < 0.01 * last, (
        f"Under the same condition, and with an update in proportion to the gradient. 100 epochs of XOR (rate 0.3, "
        f"momentum 0.9) change the last layer's weights by {digits(100 * last)} % of their norm, the first layer's by "
        f"{digits(100 * first)} % (median of 5 seeds)."
    )


@VANISHING.claim("“when the network goes deeper, the gradient vanish more seriously”", CONDITION)
def deeper_is_worse() -> tuple[bool, str]:
    ratios = {depth: first_to_last(depth, "sigmoid") for depth in (2, 5, 10, 20)}
    falling = list(ratios.values())
    return falling == sorted(falling, reverse=True), (
        "Under the same condition. First layer's gradient to the last one's, as above, with "
        + ", ".join(f"{depth} hidden layers {digits(ratio)}" for depth, ratio in ratios.items())
        + "."
    )


@VANISHING.claim("“We can solve this problem by changing activation functions to ReLu, PReLu or ELU”", CONDITION)
def rectifiers_solve_it() -> tuple[bool, str]:
    ratios = {depth: first_to_last(depth, "relu") for depth in (2, 5, 10, 20)}
    known = [name for name in ("prelu", "elu") if name in cr.activations.names()]
    rest = (
        "PReLU and ELU are not in the package yet: left to a later study."
        if len(known) < 2
        else ("PReLU and ELU are not measured here.")
    )
    return min(ratios.values()) > 0.1, (
        "Right for ReLU with He's weights, at the start of training: the same ratio is "
        + ", ".join(f"{digits(ratio)} with {depth}" for depth, ratio in ratios.items())
        + f" hidden layers. {rest}"
    )


@OPTIMIZERS.claim("“stochastic gradient descent is slow and takes a lot of iteration to find local minimum”", CONDITION)
def descent_is_slow() -> tuple[bool, str]:
    plain = steps_to_minimum(2 / 101, 0.0)
    with_momentum = steps_to_minimum(4 / 121, (9 / 11) ** 2)
    return plain > 3 * with_momentum, (
        "“Slow” needs a measure. Where the curvature differs between directions, gradient descent is: on ½(x² + 100 "
        f"y²), each at its best rate, it needs {digits(plain)} steps to come within 1e-6 of the minimum, with momentum "
        f"{digits(with_momentum)}. That comes from the curvature, not from anything stochastic; and the report's own "
        "training takes full batches."
    )


OPTIMIZERS.remark(
    "“mathematician further use some tricks called optimizers to speed up the updating process”",
    "Terminology: plain gradient descent is called an optimizer too.",
)


@OPTIMIZERS.claim("“The updating direction of each optimizer is different”", CONDITION)
def directions_differ() -> tuple[bool, str]:
    angles = angles_to_gradient(1000)
    return angles[0] < 1e-3 and max(angles) > 90, (
        "Their first steps may agree. With momentum the first is along the negative gradient; a later one may go "
        f"almost against it: at up to {digits(max(angles))}° to it, in the first 1000 steps on XOR (rate 0.3, momentum "
        "0.9, seed 0)."
    )


OPTIMIZERS.remark("“there's not always a rule of thumb which optimizer we should use”", "Opinion.")
OPTIMIZERS.remark("“we choose SGD momentum since this is easy to implement”", "A choice, and its reason.")


KNOWN = [name for name in ("Adagrad", "Adam", "Adamax") if name.lower() in cr.optimizers.names()]
OPTIMIZERS.remark(
    "“There're still a lot of choices which we're not implementing, including Adagrad, Adam, Adamax, etc.”",
    "Of the report's own program. They are from Duchi et al. 2011 (Adagrad) and Kingma and Ba 2015 (Adam, Adamax); of "
    f"the three this package has {', '.join(KNOWN) or 'none yet'}.",
)
