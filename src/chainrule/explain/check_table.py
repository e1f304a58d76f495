"""The table of a gradient check: for a terminal, and for a notebook."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from chainrule.explain.gradient_check import GradientCheck
    from chainrule.explain.tensor_check import TensorCheck

__all__ = ["html", "share", "table", "verdict", "verdicts"]

HEAD = ("tensor", "entries", "largest", "differences", "complex step", "verdict")


def row(tensor: TensorCheck) -> tuple[str, ...]:
    """The cells of one tensor."""
    looked, size = len(tensor.entries), 1
    for length in tensor.shape:
        size *= length
    exact = tensor.complex_disagreement
    return (
        tensor.name,
        f"{looked}" if looked == size else f"{looked} of {size}",
        f"{max(map(abs, tensor.analytic.tolist())):.4g}",
        share(tensor.disagreement),
        "–" if exact is None else share(exact),
        verdict(tensor),
    )


def share(value: float) -> str:
    """A disagreement, roughly.

    >>> share(2.34e-13), share(0.0)
    ('2.3e-13', '0')
    """
    return "–" if math.isnan(value) else f"{value:.1e}" if value else "0"


def verdict(tensor: TensorCheck) -> str:
    """In a word or two."""
    wrong, kinks, undecided = (int(mask.sum()) for mask in (tensor.wrong, tensor.kinks, tensor.undecided))
    if wrong:
        return f"✗ {wrong} wrong"
    if undecided:
        return "? undecided" if undecided == len(tensor.entries) else f"✓ but {undecided} undecided"
    return f"✓ {kinks} at a kink" if kinks else "✓ right"


def verdicts(check: GradientCheck) -> list[str]:
    """The verdict in sentences: on all, then on every tensor that is not right."""
    if check.ok:
        exact = [each.complex_disagreement or 0.0 for each in check.tensors if each.complex_step is not None]
        besides = f", with the complex step {share(float(np.nanmax([0.0, *exact])))}" if exact else ""
        said = [
            f"✓ Every derivative is right. The largest disagreement with differences is {share(check.disagreement)}"
            f"{besides}, relative to the largest entry of its tensor."
        ]
    else:
        said = ["✗ The gradient is not right, or cannot be judged."]
        for tensor in check.tensors:
            if tensor.wrong.any():
                where, given, wanted = tensor.worst
                said.append(f"{tensor.name}{list(where)}: given {given:.10g}, but it is {wanted:.10g}.")
            elif tensor.undecided.all():
                said.append(f"{tensor.name}: differences do not settle; the function is not smooth, or is too noisy.")
    stepped = sum(int(tensor.stepped.sum()) for tensor in check.tensors)
    if stepped:
        said.append(f"{stepped} {'kink' if stepped == 1 else 'kinks'} nearby stepped around, with smaller steps.")
    kinks = sum(int(tensor.kinks.sum()) for tensor in check.tensors)
    if kinks:
        said.append(f"{kinks} at a kink, where any slope between the left and the right one is right.")
    return said


def table(check: GradientCheck) -> str:
    """Plain text of at most 80 columns, as long as the tensors' names are short."""
    import textwrap

    rows = [HEAD, *map(row, check.tensors)]
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(HEAD))]
    lines = [check.title, ""]
    for cells in rows:
        padded = [
            cell.ljust(width) if column in (0, len(HEAD) - 1) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    lines.append("")
    for sentence in verdicts(check):
        lines += textwrap.wrap(sentence, 80)
    return "\n".join(lines)


def html(check: GradientCheck) -> str:
    """A table for a notebook."""
    from markupsafe import escape

    head = "".join(f"<th>{cell}</th>" for cell in HEAD)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row(tensor)) + "</tr>" for tensor in check.tensors
    )
    said = "<br>".join(str(escape(sentence)) for sentence in verdicts(check))
    return f"<table><caption>{escape(check.title)}</caption><tr>{head}</tr>{rows}</table><p>{said}</p>"
