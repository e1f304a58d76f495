"""The run as a Python program that a person could have written: only what differs from the defaults stands in it.

It trains with the same engine, so that its losses are those of the page, to the last bit on one machine.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from chainrule.network import Network
from chainrule.play import data_code, setup
from chainrule.play.choices import Choices
from chainrule.play.setup import Setup
from chainrule.play.source import call, literal, numbers

__all__ = ["write"]

PAGE = {"X", "y", "epochs", "validation_data", "callbacks", "metrics", "optimizer_state", "verbose"}
"""Arguments of `Network.fit` that are the page's, or that the program writes in its own way."""


def write(choices: Choices) -> str:
    """The program; it prints the last loss.

    Raises:
        ChoiceError: the settings make no run.

    Example:
        >>> from chainrule.play import choices
        >>> program = write(choices.parse({"epochs": 500}))
        >>> print(program[program.index("import") :].rstrip())
        import chainrule as cr
        <BLANKLINE>
        X, y = cr.datasets.xor()
        <BLANKLINE>
        net = cr.Network([2, 3, 3, 1], seed=0)
        <BLANKLINE>
        history = net.fit(X, y, epochs=500, optimizer=cr.SGD(0.3, momentum=0.9), engine="compiled")
        <BLANKLINE>
        print("loss", history.loss[-1])
    """
    prepared = setup.prepare(choices)
    paragraphs = [
        *data_code.lines(choices, int(prepared.validation.sum())),
        network(choices, prepared),
        training(choices, prepared),
        'print("loss", history.loss[-1])',
    ]
    body = "\n\n".join(paragraphs)
    head = f'"""A {prepared.network.structure} network learns the data set {choices.data}."""'
    imports = "import numpy as np\n\nimport chainrule as cr" if "np." in body else "import chainrule as cr"
    return f"{head}\n\n{imports}\n\n{body}\n"


def network(choices: Choices, prepared: Setup) -> str:
    """The network, and the parameters that it begins with where they are not drawn."""
    layers = prepared.network.structure.layers
    given = {
        "hidden": one_for_all([layer.activation for layer in layers[:-1]]),
        "output": layers[-1].activation,
        "normalization": one_for_all([layer.normalization for layer in layers[:-1]]),
        "dropout": one_for_all([layer.dropout.rate if layer.dropout else 0.0 for layer in layers[:-1]]),
        "initializer": choices.initializer,
        "seed": choices.seed,
    }
    arguments = [literal(prepared.network.structure.sizes), *different(Network, given)]
    made = call("net = cr.Network(", arguments)
    if choices.parameters:
        made += "\n" + numbers("net.numbers[:] = [", choices.parameters)
    return made


def one_for_all(values: list[object]) -> object:
    """The list, or its only value; None of none."""
    if not values:
        return None
    return values[0] if all(value == values[0] for value in values) else values


def different(function: Callable[..., Any], given: Mapping[str, Any]) -> Iterator[str]:
    """The arguments by name that are not the function's defaults; None stands for the default."""
    defaults = inspect.signature(function).parameters
    for name, value in given.items():
        if value is not None and literal(value) != literal(defaults[name].default):
            yield f"{name}={literal(value)}"


def training(choices: Choices, prepared: Setup) -> str:
    """The run; in several parts where weights were changed by hand on the way."""
    options = {name: value for name, value in prepared.fit_arguments.items() if name not in PAGE}
    arguments = list(different(Network.fit, {"optimizer": prepared.optimizer, **options}))
    if prepared.validation.any():
        arguments.append("validation_data=(X_val, y_val)")
    begins = sorted({0, *(epoch for epoch, _, _ in choices.edits if epoch < choices.epochs)})
    lines = []
    if len(begins) > 1:
        lines.append(call("run = dict(", arguments))
        arguments = ["**run"]
    for begin, end in pairwise([*begins, choices.epochs]):
        state = ["optimizer_state=history.optimizer_state"] if begin else []
        lines += changed(choices, begin)
        lines.append(call("history = net.fit(", ["X", "y", f"epochs={end - begin}", *state, *arguments]))
    return "\n".join([*lines, *changed(choices, choices.epochs)])


def changed(choices: Choices, epoch: int) -> list[str]:
    """What is changed by hand at this epoch."""
    return [f"net.numbers[{place}] = {literal(value)}" for at, place, value in choices.edits if at == epoch]
