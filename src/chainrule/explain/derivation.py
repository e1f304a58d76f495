"""The derivation: a training step of a network, written out in longhand, every number computed and proved."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.explain import backward_steps, forward_steps, notation, penalty_steps, update_steps
from chainrule.explain.general import general_formulas
from chainrule.explain.nodes import Symbol
from chainrule.explain.parts import parts
from chainrule.explain.proof import Proof, prove
from chainrule.explain.step import Equation, Step, Values
from chainrule.explain.trace import Trace, trace
from chainrule.formulas.losses import Loss
from chainrule.formulas.optimizers import Optimizer, State

if TYPE_CHECKING:
    from chainrule.network import Network

__all__ = ["PRECISION", "Derivation", "derive"]

PRECISION = 5


@dataclass(frozen=True)
class Derivation:
    """A worked page: its steps are values, its formats are renderers.

    Attributes:
        trace: the numbers.
        values: the same, by the symbols of the formulas.
        steps: from the first pre-activation to the last new bias.
        notation: the letters it is written in.
        precision: significant digits that are printed; everything is computed with all.
    """

    trace: Trace
    values: Values
    steps: tuple[Step, ...]
    notation: notation.Notation
    precision: int

    @functools.cached_property
    def proof(self) -> Proof:
        """Every gradient, computed in every other way there is."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return prove(self.trace)

    @functools.cached_property
    def general(self) -> list[Equation]:
        """The general formulas."""
        return general_formulas(self.trace)

    def of_phase(self, phase: str) -> list[Step]:
        """The steps of "forward", "loss", "backward" or "update"."""
        return [step for step in self.steps if step.phase == phase]

    def to_text(self) -> str:
        """Plain text of at most 80 columns."""
        from chainrule.explain.render_text import render

        return render(self)

    def to_markdown(self) -> str:
        """Markdown with formulas in LaTeX, as GitHub and notebooks show it."""
        from chainrule.explain.render_markdown import render

        return render(self)

    def to_latex(self) -> str:
        """A LaTeX document."""
        from chainrule.explain.render_latex import render

        return render(self)

    def to_html(self) -> str:
        """One self-contained HTML file, with MathML and without scripts."""
        from chainrule.explain.render_html import render

        return render(self)

    def to_json(self) -> Mapping[str, Any]:
        """Plain values: every number in full, and every formula as LaTeX."""
        from chainrule.explain.render_json import render

        return render(self)

    def make_worksheet(self, *, solution: bool = False) -> str:
        """The HTML page with its results left blank for students; with solution=True, with the results beside."""
        from chainrule.explain.worksheet import render

        return render(self, solution=solution)

    __str__ = to_text

    def __repr__(self) -> str:
        return f"Derivation({self.trace!r}, {len(self.steps)} steps)"

    def _repr_html_(self) -> str:
        from chainrule.explain.render_html import fragment

        return fragment(self)

    def _repr_latex_(self) -> str:
        from chainrule.explain.render_markdown import summary

        return summary(self)


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # what overflows is shown as it is
def derive(
    network: Network,
    X: Any,
    y: Any,
    loss: str | Loss = "binary_cross_entropy",
    *,
    optimizer: str | Optimizer = "sgd",
    state: State | None = None,
    dropout_key: int | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    notation: str = "report",
    precision: int = PRECISION,
) -> Derivation:
    """Write out one training step of a network on these samples.

    Args:
        network: the network, as it is; it is not changed.
        X: samples, (n, d_in).
        y: targets, (n, d_out), or (n,) for one output; class indices too for a categorical loss.
        loss: a name or a Loss.
        optimizer: a name or an Optimizer.
        state: what the optimizer carries into the step; None for its first step.
        dropout_key: the key of a run with dropout: what it drops in this step is left out. None leaves out nothing.
        l1: as of `Network.fit`: the penalty l1 Σ |w| on the weights.
        l2: as of `Network.fit`: the penalty ½ l2 Σ w².
        notation: "report" (a goes into the activation, â comes out) or "standard" (z and a, δ and ∂L/∂W).
        precision: significant digits to print, 1 to 17.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: shapes, values or names that do not fit; the message says which.

    Example:
        >>> import chainrule as cr
        >>> page = cr.derive(cr.Network([2, 3, 1], seed=0), [[0.3, 0.7]], [1], optimizer=cr.SGD(0.3, momentum=0.9))
        >>> step = page.steps[0]
        >>> step.phase, step.layer, step.shape, step.key
        ('forward', 1, (1, 3), 'z1')
        >>> page.proof.ok
        True
    """
    if isinstance(precision, bool) or not isinstance(precision, int) or not 1 <= precision <= 17:
        raise ValueError(f"precision must be a whole number from 1 to 17, got {precision!r}")
    letters = as_notation(notation)
    traced = trace(network, X, y, loss, optimizer=optimizer, state=state, dropout_key=dropout_key, l1=l1, l2=l2)
    values = given(traced)
    steps = (
        *forward_steps.steps(traced, values),
        *penalty_steps.loss_steps(traced, values),
        *backward_steps.steps(traced, values),
        *update_steps.steps(traced, values),
    )
    return Derivation(traced, values, steps, letters, precision)


def as_notation(name: str) -> notation.Notation:
    """The notation of that name."""
    return notation.get(name)


def given(traced: Trace) -> Values:
    """What the derivation starts from: samples, targets, and what the network has learned."""
    values = Values()
    values.put(Symbol("a", 0), "a0", traced.X)
    values.put(Symbol("y"), "y", traced.y)
    values.put(Symbol("n"), "given", float(len(traced.X)))
    values.put(Symbol("d"), "given", float(traced.y.shape[1]))
    for part in parts(traced.structure):
        values.put(Symbol(part.name, part.layer), f"{part.name}{part.layer}", part.of(traced.theta))
    penalty_steps.put_given(traced, values)
    return values
