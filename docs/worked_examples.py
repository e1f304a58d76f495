"""The worked examples of the field: networks, and the numbers that their authors printed, each beside ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.backprop import Backprop, backprop
from chainrule.explain.faults import faults_of, scale, scales_of, stale_weights
from chainrule.explain.faulty_backprop import Fault, Known, backward_with, known

HALF = cr.losses.get("half_squared_error")


@dataclass(frozen=True)
class Printed:
    """A number as somebody printed it, and as we compute it."""

    what: str
    text: str
    value: float

    @property
    def decimals(self) -> int:
        """How many digits stand behind the point."""
        return len(self.text.partition(".")[2])

    @property
    def agrees(self) -> bool:
        """Whether our number, rounded to the printed digits, is the printed one."""
        return abs(round(self.value, self.decimals) - float(self.text)) < 0.5 * 10**-self.decimals

    def near(self, value: float) -> bool:
        """Whether a value is within one unit of the last printed digit, as numbers worked by hand are."""
        return abs(value - float(self.text)) < 10**-self.decimals


@dataclass(frozen=True)
class Example:
    """A network, samples and a learning rate."""

    weights: Sequence[Any]
    biases: Sequence[Any]
    X: Any
    y: Any
    rate: float

    @property
    def net(self) -> cr.Network:
        """The network, sigmoid throughout, before the step."""
        net = cr.Network([len(W) for W in self.weights] + [len(self.weights[-1][0])], seed=0)
        for mine, W in zip([*net.weights, *net.biases], [*self.weights, *self.biases], strict=True):
            mine[...] = W
        return net

    @property
    def run(self) -> Known:
        """The forward pass."""
        net = self.net
        return known(net.structure, net.parameters, self.X, self.y, HALF)

    @property
    def numbers(self) -> Backprop:
        """Every number of the pass."""
        net = self.net
        return backprop(net.structure, net.parameters, np.array(self.X), np.array(self.y), HALF)

    def step(self, faults: Sequence[Fault] = (), *, biases: bool = True) -> cr.Network:
        """The network after one step of gradient descent, with these mistakes in its backward pass."""
        net, (dW, db) = self.net, backward_with(self.run, faults)
        for W, b, grad_W, grad_b in zip(net.weights, net.biases, dW, db, strict=True):
            W -= self.rate * grad_W
            b -= self.rate * grad_b if biases else 0
        return net

    def stale(self) -> list[Fault]:
        """Mistake 12 in every layer that it can be made in."""
        return [stale_weights(self.run, i, self.rate) for i in range(self.run.last)]

    def single_mistakes(self) -> Iterator[list[Fault]]:
        """Every mistake of the catalogue that this network allows, one at a time; mistake 12 among them."""
        run = self.run
        for i in range(run.last + 1):
            yield from ([fault] for fault in faults_of(run, i))
            yield from (
                [scale(*factor, line, i, "")] for line in ("through", "weight", "bias") for factor in scales_of(run, i)
            )
        yield self.stale()


MAZUR = Example(
    [[[0.15, 0.25], [0.20, 0.30]], [[0.40, 0.50], [0.45, 0.55]]],
    [[0.35, 0.35], [0.60, 0.60]],
    [[0.05, 0.10]],
    [[0.01, 0.99]],
    0.5,
)
RGU = Example([[[0.1, 0.4], [0.8, 0.6]], [[0.3], [0.9]]], [[0, 0], [0]], [[0.35, 0.9]], [[0.5]], 1.0)
HAN_KAMBER = Example(
    [[[0.2, -0.3], [0.4, 0.1], [-0.5, 0.2]], [[-0.3], [-0.2]]], [[-0.4, 0.2], [0.1]], [[1.0, 0.0, 1.0]], [[1.0]], 0.9
)
NEGNEVITSKY = Example([[[0.5, 0.9], [0.4, 1.0]], [[-1.2], [1.1]]], [[-0.8, 0.1], [-0.3]], [[1.0, 1.0]], [[0.0]], 0.1)


def rows(names: str, printed: str, values: Any) -> list[Printed]:
    """Numbers in a row: names and printed digits as one string each."""
    return [Printed(*each) for each in zip(names.split(), printed.split(), map(float, values), strict=True)]


def mazur() -> list[Printed]:
    """The forward pass, the gradients and the weights after one step, biases fixed."""
    at, after = MAZUR.numbers, MAZUR.step(biases=False)
    parts = 0.5 * (at.a[-1] - np.array(MAZUR.y)) ** 2
    down = at.delta[1][0] * MAZUR.net.weights[1][0]
    return [
        *rows("out_h1 out_h2 out_o1 out_o2", ".593269992 .596884378 .75136507 .772928465", [*at.a[0][0], *at.a[1][0]]),
        *rows("E_o1 E_o2 E", ".274811083 .023560026 .298371109", [*parts[0], at.loss]),
        *rows("delta_o1", ".138498562", at.delta[1][0][:1]),
        *rows("part_o1 part_o2 dE/dout_h1", ".055399425 -.019049119 .036350306", [*down, at.grad_a[0][0][0]]),
        *rows("dE/dw5 dE/dw1", ".082167041 .000438568", [at.grad_weight[1][0][0], at.grad_weight[0][0][0]]),
        *rows("w1+ w2+ w3+ w4+", ".149780716 .19956143 .24975114 .29950229", after.weights[0].T.ravel()),
        *rows("w5+ w6+ w7+ w8+", ".35891648 .408666186 .511301270 .561370121", after.weights[1].T.ravel()),
    ]


def mazur_error() -> Printed:
    """The error after the step, as printed and as it is."""
    return Printed("E after the step", ".291027924", MAZUR.run.loss(MAZUR.step(biases=False).predict(MAZUR.X), MAZUR.y))


def mazur_error_with(faults: Sequence[Fault]) -> float:
    """The error after a step with mistakes in it."""
    return MAZUR.run.loss(MAZUR.step(faults, biases=False).predict(MAZUR.X), MAZUR.y)


def rgu_hidden(faults: Sequence[Fault] = ()) -> list[Printed]:
    """The hidden weights after the step: A and B to the upper unit, A and B to the lower one."""
    return rows("A1+ B1+ A2+ B2+", ".09916 .7978 .3972 .5928", RGU.step(faults, biases=False).weights[0].T.ravel())


def rgu_output() -> list[Printed]:
    """The output weights after the step: from exact numbers, and from numbers rounded as the text rounds them."""
    at = RGU.numbers
    h, o = (round(at.a[0][0][0], 2), round(at.a[0][0][1], 4)), round(at.a[1][0][0], 2)
    delta = round((RGU.y[0][0] - o) * o * (1 - o), 4)
    worked = [w[0] + delta * each for w, each in zip(RGU.weights[1], h, strict=True)]
    return rows("w1+ w2+", ".272392 .87305", worked)


def han_kamber() -> list[Printed]:
    """Net inputs, outputs, errors (minus our delta) and the parameters after one step."""
    at, after = HAN_KAMBER.numbers, HAN_KAMBER.step()
    errors = [-at.delta[1][0][0], -at.delta[0][0][1], -at.delta[0][0][0]]
    return [
        *rows("net4 net5 net6", "-.7 .1 -.105", [*at.z[0][0], *at.z[1][0]]),
        *rows("out4 out5 out6", ".332 .525 .474", [*at.a[0][0], *at.a[1][0]]),
        *rows("Err6 Err5 Err4", ".1311 -.0065 -.0087", errors),
        *rows("w46+ w56+", "-.261 -.138", after.weights[1].ravel()),
        *rows("w14+ w15+ w24+ w25+ w34+ w35+", ".192 -.306 .4 .1 -.508 .194", after.weights[0].ravel()),
        *rows("b6+ b5+ b4+", ".218 .194 -.408", [after.biases[1][0], *after.biases[0][::-1]]),
    ]


def negnevitsky() -> list[Printed]:
    """Outputs, errors (minus our delta), weights and thresholds (minus our bias) after one step."""
    at, after = NEGNEVITSKY.numbers, NEGNEVITSKY.step()
    return [
        *rows("y3 y4 y5", ".5250 .8808 .5097", [*at.a[0][0], *at.a[1][0]]),
        *rows("d5 d3 d4", "-.1274 .0381 -.0147", [-at.delta[1][0][0], *(-at.delta[0][0])]),
        *rows("w13+ w14+ w23+ w24+", ".5038 .8985 .4038 .9985", after.weights[0].ravel()),
        *rows("w35+ w45+", "-1.2067 1.0888", after.weights[1].ravel()),
        *rows("t3+ t4+ t5+", ".7962 -.0985 .3127", [*(-after.biases[0]), *(-after.biases[1])]),
    ]


def trask(steps: int = 10_000) -> list[Printed]:
    """The outputs that the two-layer program ends with: the squared error, summed, no bias, seed 1.

    They are from before its last update.
    """
    X, y = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=float), np.array([[0.0, 0, 1, 1]]).T
    net = cr.Network([3, 1], seed=0)
    net.weights[0][...] = 2 * np.random.RandomState(1).random_sample((3, 1)) - 1
    for _ in range(steps - 1):
        net.weights[0][...] -= len(X) * backprop(net.structure, net.parameters, X, y, HALF).grad_weight[0]
    return rows("1 2 3 4", ".00966449 .00786506 .99358898 .99211957", net.predict(X)[:, 0])


def mazur_trained(steps: int, *, updated_first: bool) -> tuple[list[float], float]:
    """The outputs and the error after so many steps, biases fixed, with or without mistake 12."""
    net, run = MAZUR.net, MAZUR.run
    for _ in range(steps):
        run = known(net.structure, net.parameters, MAZUR.X, MAZUR.y, HALF)
        dW, _ = backward_with(run, [stale_weights(run, 0, MAZUR.rate)] if updated_first else [])
        for W, grad in zip(net.weights, dW, strict=True):
            W -= MAZUR.rate * grad
    return [float(each) for each in net.predict(MAZUR.X)[0]], net.gradients(MAZUR.X, MAZUR.y, HALF).loss


def trask_deep(steps: int) -> list[float]:
    """The mean |error| of the three-layer network on XOR, every 10,000 steps."""
    X, y = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=float), np.array([[0.0, 1, 1, 0]]).T
    net, random = cr.Network([3, 4, 1], seed=0), np.random.RandomState(1)
    for W in net.weights:
        W[...] = 2 * random.random_sample(W.shape) - 1
    errors = []
    for k in range(steps + 1):
        at = backprop(net.structure, net.parameters, X, y, HALF)
        if k % 10_000 == 0:
            errors.append(float(np.abs(y - at.a[-1]).mean()))
        for W, grad in zip(net.weights, at.grad_weight, strict=True):
            W -= len(X) * grad
    return errors
