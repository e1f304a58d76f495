"""What networks, histories and traces look like in a notebook."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import escape

from chainrule.explain import notation
from chainrule.explain.drawing import svg_drawing
from chainrule.explain.forward_steps import described, function_name
from chainrule.explain.nodes import Add, Call, MatMul, Node, Symbol
from chainrule.explain.write_latex import LatexWriter, escaped, numbers_of
from chainrule.explain.write_text import TextWriter

if TYPE_CHECKING:
    from chainrule.explain.trace import Trace
    from chainrule.network import Network
    from chainrule.training.history import History

__all__ = ["history_html", "history_latex", "network_html", "network_latex", "trace_html", "trace_latex"]

DIGITS = 5
STYLE = "stroke:currentColor;fill:none"


def network_html(network: Network) -> str:
    """The network drawn, and a row for each layer."""
    structure = network.structure
    drawn = svg_drawing(structure, TextWriter(notation.get("standard"), DIGITS))
    rows = "".join(
        f"<tr><td>{i}</td><td>{escape(described(layer))}</td><td>{layer.fan_in} → {layer.fan_out}</td>"
        f"<td>{layer.trained_end - layer.offset}</td></tr>"
        for i, layer in enumerate(structure.layers, start=1)
    )
    head = "<tr><th>layer</th><th>stages</th><th>units</th><th>parameters</th></tr>"
    table = f"<table><caption>{escape(repr(network))}</caption>{head}{rows}</table>"
    return f'<div style="{STYLE}">{drawn}</div>{table}'.replace("<text ", '<text stroke="none" fill="currentColor" ')


def network_latex(network: Network) -> str:
    """The forward pass, a line a layer."""
    writer = LatexWriter(notation.get("standard"), DIGITS)
    lines = []
    for i, layer in enumerate(network.structure.layers, start=1):
        z = Add((MatMul(Symbol("a", i - 1), Symbol("weight", i)), Symbol("bias", i)))
        inner: Node = z if layer.normalization is None else Call(layer.normalization.name, (z,))
        value = writer.write(Call(function_name(layer.activation), (inner,)))
        lines.append(f"{writer.write(Symbol('a', i))} &= {value}")
    return "$$\\begin{aligned} " + " \\\\ ".join(lines) + " \\end{aligned}$$"


def history_html(history: History) -> str:
    """The losses as curves on a logarithmic axis where they are positive, and in words."""
    width, height = 420.0, 160.0
    curves = []
    for name, values in history.history.items():
        known = np.array([value for value in values if math.isfinite(value)])
        if not name.endswith("loss") or len(known) < 2:
            continue
        heights = np.log10(known) if known.min() > 0 else known
        low, spread = heights.min(), np.ptp(heights) or 1.0
        at = np.unique(np.linspace(0, len(known) - 1, 300).astype(int))
        points = " ".join(
            f"{width * k / (len(known) - 1):.1f},{height * (1 - (heights[k] - low) / spread):.1f}" for k in at
        )
        dash = ' stroke-dasharray="4 3"' if name != "loss" else ""
        curves.append(f'<polyline points="{points}"{dash}><title>{escape(name)}</title></polyline>')
    picture = (
        f'<svg viewBox="-4 -4 {width + 8} {height + 8}" width="{width}" style="{STYLE}" role="img" '
        f'aria-label="loss by epoch">{"".join(curves)}</svg>'
    )
    return f"<p>{escape(repr(history))}</p>{picture if curves else ''}"


def history_latex(history: History) -> str:
    """The first and the last value of every quantity."""
    lines = [
        rf"\text{{{escaped(name)}}} &: {values[0]:.4g} \to {values[-1]:.4g}"
        for name, values in history.history.items()
        if values
    ]
    return "$$\\begin{aligned} " + " \\\\ ".join(lines) + " \\end{aligned}$$"


def trace_html(trace: Trace) -> str:
    """A row for every tensor."""
    rows = []
    for name, tensor in trace.tensors.items():
        shown = escape(np.array2string(tensor, precision=DIGITS, threshold=64))
        rows.append(f"<tr><td>{escape(name)}</td><td>{tensor.shape}</td><td><pre>{shown}</pre></td></tr>")
    head = "<tr><th>tensor</th><th>shape</th><th>values</th></tr>"
    return f"<table><caption>{escape(repr(trace))}</caption>{head}{''.join(rows)}</table>"


def trace_latex(trace: Trace) -> str:
    """A line for every tensor."""
    writer = LatexWriter(notation.get("standard"), DIGITS)
    lines = [
        rf"\text{{{escaped(name)}}} &= {numbers_of(np.atleast_2d(tensor), writer)}"
        for name, tensor in trace.tensors.items()
    ]
    return "$$\\begin{aligned} " + " \\\\ ".join(lines) + " \\end{aligned}$$"
