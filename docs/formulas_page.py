"""Writes formulas.md: every activation, loss, normalization, initializer, optimizer and schedule there is.

The words are the docstrings', the formulas are what the code records when it is called with symbols, and the pictures
are computed: nothing on the page is typed by hand.
"""

import dataclasses
import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule import plots
from chainrule.explain import notation
from chainrule.explain.nodes import Call, Symbol
from chainrule.explain.recorded import has_reduction, parts_with_names, written
from chainrule.explain.step import Equation
from chainrule.explain.write_latex import LatexWriter
from chainrule.formulas import activations
from chainrule.formulas.activations import Activation
from chainrule.formulas.expression import Expression
from chainrule.formulas.initializers import Initializer
from chainrule.formulas.losses import Loss
from chainrule.formulas.named import Named
from chainrule.formulas.normalizations import Normalization
from chainrule.formulas.optimizers import Optimizer
from chainrule.formulas.schedules import Schedule

INTRODUCTION = """# Formulas

Whatever can be named in `Network`, `fit` and `train_many`. Each has its value and its derivative written out by hand,
once, in [src/chainrule/formulas/](../src/chainrule/formulas/); the reference, both engines, the pages of `derive` and
this page use that one text. Tests compare every value with 50 digits, every derivative with differences, with the
complex step and with a derivative library, and every optimizer with a loop written from its paper.

`make docs` writes this page.
"""
SECTIONS: tuple[tuple[str, type[Named], str], ...] = (
    ("Activations", Activation, "![Every activation and its derivative](images/activations.png)"),
    ("Losses", Loss, "Means over the samples; y is the target, a the prediction."),
    ("Normalizations", Normalization, "`Network(normalization=...)`: between a product and its activation."),
    ("Initializers", Initializer, "Of weights; biases start at 0."),
    ("Optimizers", Optimizer, "θ are the parameters, g their gradient, η is the learning rate; t counts steps from 1."),
    ("Schedules", Schedule, "`SGD(learning_rate=schedule)`: the rate of a step before which t have been taken."),
)
WRITER = LatexWriter(notation.STANDARD, 6)


def render() -> str:
    """The page."""
    parts = [INTRODUCTION]
    for title, family, words in SECTIONS:
        parts += section(title, family, words)
    return "\n".join(parts)


def section(title: str, family: type[Named], words: str) -> Iterator[str]:
    """A family: each member with its parameters, its words and its formulas."""
    yield f"## {title}\n\n{words}\n"
    for name in family.names():
        kind: Any = family.family[name]
        yield f"### `{name}`\n"
        yield f"{first_words(kind)}\n"
        settings = [field for field in dataclasses.fields(kind) if field.name not in ("clip_value", "clip_norm")]
        defaults = [f"`{s.name}={s.default!r}`" for s in settings if s.default is not dataclasses.MISSING]
        if defaults:
            yield f"Parameters: {', '.join(defaults)}.\n"
        for equation in equations(kind):
            yield f"$${WRITER.write(equation.left)} = {WRITER.write(equation.right)}$$\n"


def first_words(kind: type) -> str:
    """What a docstring says before its arguments and examples."""
    text = inspect.cleandoc(kind.__doc__ or "")
    for stop in ("\nArgs:", "\nRaises:", "\n>>>", "\nExample:"):
        text = text.partition(stop)[0]
    return text.strip()


def equations(kind: Any) -> Iterator[Equation]:
    """The formulas of a member as they are computed, with their parameters' defaults."""
    if issubclass(kind, Activation):
        yield from of_activation(kind())
    elif issubclass(kind, Loss):
        yield from of_loss(kind())


def of_activation(f: Any) -> Iterator[Equation]:
    z, a, trained = Expression.symbol("z"), Expression.symbol("a"), [Expression.symbol(name) for name in f.trained]
    value = f.forward(z, *trained)
    if has_reduction(value):
        return
    places = {name: (lambda unit, name=name: Symbol(name)) for name in ("z", "a", *f.trained)}
    yield Equation(Symbol("a"), written(value, places))
    yield Equation(Call("f′", (Symbol("z"),)), written(f.slope(z, a, *trained, *f.parameters), places))
    for left, right in parts_with_names(value):
        yield Equation(left, right)


def of_loss(loss: Any) -> Iterator[Equation]:
    a, y = Expression.symbol("a"), Expression.symbol("y")
    places = {"a": lambda unit: Symbol("a"), "y": lambda unit: Symbol("y")}
    yield Equation(Call("L", (Symbol("a"), Symbol("y"))), written(loss.value(a, y, *loss.parameters), places))
    yield Equation(Call("L′", (Symbol("a"), Symbol("y"))), written(loss.slope(a, y, *loss.parameters), places))


def picture() -> bytes:
    """Every activation of a unit by itself, and its derivative, all on one scale."""
    shown = [name for name in activations.names() if "softmax" not in name]
    made, panels = plots.figure(6, rows=len(shown) // 6 + 1, width=1.8, height=1.8)
    z = np.linspace(-4, 4, 801)
    for panel, name in zip(panels, shown, strict=False):
        f = activations.get(name)
        panel.plot(z, f(z), label="value")
        panel.plot(z, f.derivative(z), "--", label="derivative")
        panel.set(title=name, ylim=(-1.9, 4.1), xticks=[-4, 0, 4], yticks=[-1, 0, 1, 4])
    for panel in panels[len(shown) :]:
        panel.axis("off")
    panels[-1].legend(*panels[0].get_legend_handles_labels(), loc="center", frameon=False)
    return plots.to_png(made, dots_per_inch=110)
