"""Step inside: one training step at a moment of the run, as pieces of a page that can be walked through.

The steps are those of `chainrule derive`: computed with this moment's parameters and with what the optimizer carries
at this moment, and proved anew for every page, which takes a tenth of a second at most for the networks that fit one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.explain.derivation import Derivation, derive
from chainrule.explain.document import Block, Drawing, Section
from chainrule.explain.render_html import Page, style_of_parts
from chainrule.explain.step import Step
from chainrule.play import moments, setup
from chainrule.play.choices import ChoiceError, Choices

__all__ = ["MOST_PARAMETERS", "MOST_SAMPLES", "page"]

MOST_SAMPLES = 8
"""As many as a matrix of the page shows in full."""
MOST_PARAMETERS = 5000
"""Beyond it a page shows a small part of every matrix, and takes long to be proved."""
COLOURS = (
    "--holds: light-dark(#1a7f37, #56d364); --fails: light-dark(#b42318, #ff8a80); --link: var(--accent); "
    "--mark: #c9a22788;"
)
"""What the rules of a derivation want beyond the colours that the page has."""


def page(choices: Choices, epoch: int, samples: Sequence[int], notation: str) -> dict[str, Any]:
    """The step that would follow this epoch if these samples were the batch.

    What drops out is what the run would leave out of this batch in this step; batch normalization takes the mean and
    the variance of these samples, as in training.

    Args:
        choices: the run.
        epoch: after how many epochs, 0 for the untrained network.
        samples: 1 to 8 places in the data, counted from 0; validation samples are allowed.
        notation: "report" or "standard".

    Returns:
        A DerivationPage, as the page's contract has it. A link in a step leads to "#key" or "#key-row-column" of a
        step, or of a tensor that is given.

    Raises:
        ChoiceError: there are no such samples or no such notation, or the network is too large for a page.
    """
    prepared = setup.prepare(choices)
    rows = as_samples(samples, len(prepared.y))
    if notation not in ("report", "standard"):
        raise ChoiceError(f"notation must be 'report' or 'standard', got {notation!r:.40}", "notation")
    n_parameters = prepared.network.parameters.size
    if n_parameters > MOST_PARAMETERS:
        raise ChoiceError(
            f"a network of {n_parameters:,} parameters is too large to be written out by hand; "
            f"the most is {MOST_PARAMETERS:,}: take fewer layers or units",
            "hidden",
        )
    at = moments.network_at(choices, epoch)
    derivation = derive(
        at.network,
        prepared.inputs[rows],
        prepared.y[rows],
        prepared.loss,
        optimizer=at.optimizer,
        state=at.state,
        dropout_key=at.dropout_key,
        l1=choices.l1,
        l2=choices.l2,
        notation=notation,
    )
    body = Page(derivation, proof=False)
    return {
        "epoch": epoch,
        "samples": rows,
        "notation": notation,
        "loss": finite(derivation.trace.objective),
        "given": "".join(body.html(list(given(body.blocks)))),
        "style": f".derivation {{ {COLOURS}\n{style_of_parts()} }}",
        "steps": [
            {
                "key": step.key,
                "phase": step.phase,
                "layer": step.layer,
                "title": step.title[0].upper() + step.title[1:],
                "html": body.step(step, "h3"),
            }
            for step in derivation.steps
        ],
        "proved": proved(derivation),
    }


def as_samples(samples: Sequence[int], n: int) -> list[int]:
    """Places in the data, checked."""
    if not isinstance(samples, Sequence) or isinstance(samples, str) or not 1 <= len(samples) <= MOST_SAMPLES:
        raise ChoiceError(f"samples must be a list of 1 to {MOST_SAMPLES} places in the data", "samples")
    for place in samples:
        if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < n:
            raise ChoiceError(
                f"samples must be whole numbers from 0 to {n - 1}, as there are {n} points, got {place!r:.40}",
                "samples",
            )
    return list(samples)


def given(blocks: Sequence[Block]) -> Iterator[Block]:
    """What stands on the page beside its steps; sections that are left empty disappear."""
    kept = [
        block
        for block in blocks
        if not isinstance(block, Step | Drawing) and not (isinstance(block, Section) and block.small)
    ]
    for block, after in zip(kept, [*kept[1:], None], strict=True):
        if not isinstance(block, Section):
            yield block
        elif after is not None and not isinstance(after, Section):
            # numbers lead to "given"; other names are common enough for the page to have them already
            yield replace(
                block, small=True, anchor=block.anchor if block.anchor == "given" else f"about-{block.anchor}"
            )


def finite(value: float) -> float | None:
    """A number that JSON can write."""
    return float(value) if np.isfinite(value) else None


def proved(derivation: Derivation) -> bool:
    """Whether every gradient agrees with differences, the complex step and every engine."""
    return bool(derivation.proof.ok)
