"""Pictures: points and their classes, what a network makes of the plane, a loss falling.

Every function draws on axes that it is given; `figure` makes some. Colours are safe for colour blindness and each class
has a shape of its own as well.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from chainrule.arrays import Array

__all__ = ["decision", "figure", "loss_curve", "points", "to_png", "to_svg"]

INK = "#1f2328"  # of lines and letters; pages replace it by their own
SERIES = (  # colour, dashes and marker of one curve beside others: Okabe and Ito's colours, told apart without them too
    ("#0072b2", "-", "o"),
    ("#d55e00", "--", "^"),
    ("#009e73", "-.", "s"),
    ("#cc79a7", ":", "D"),
    ("#e69f00", (0, (5, 1, 1, 1, 1, 1)), "v"),
    ("#56b4e9", (0, (1, 1)), "P"),
    ("#7f7f7f", (0, (8, 2)), "X"),
    (INK, "-", "*"),
)
CLASSES = (("#0072b2", "o"), ("#d55e00", "^"))  # colour and marker of class 0 and class 1
SURFACE = LinearSegmentedColormap.from_list("chainrule", ["#6fb1dc", "#f4f4f4", "#f0a06a"])
STYLE: dict[Any, Any] = {
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": 11,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "font.size": 10,
    "legend.frameon": False,
    "savefig.transparent": True,
    "svg.hashsalt": "chainrule",  # the same picture is the same file
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
in_style = mpl.rc_context(STYLE)


@in_style
def figure(columns: int, rows: int = 1, *, width: float = 3.4, height: float = 3.4) -> tuple[Figure, Sequence[Axes]]:
    """A figure and its panels, row by row, each of this width and height in inches."""
    made = Figure(figsize=(columns * width, rows * height))
    return made, made.subplots(rows, columns, squeeze=False).flatten().tolist()


@in_style
def points(axes: Axes, X: Array, y: Array, *, title: str = "", legend: bool = False, outline: str = "none") -> None:
    """The points X (n, 2) of the unit square, with the colour and shape of their classes y (n, 1), 0 or 1."""
    for label, (colour, marker) in enumerate(CLASSES):
        x_1, x_2 = X[y[:, 0] == label].T
        axes.scatter(
            x_1, x_2, s=26, color=colour, marker=marker, edgecolors=outline, linewidths=0.7, label=f"class {label}"
        )
    axes.set(title=title, aspect="equal", xlim=(-0.05, 1.05), ylim=(-0.05, 1.05), xlabel="$x_1$", ylabel="$x_2$")
    axes.set_xticks([0, 0.5, 1])
    axes.set_yticks([0, 0.5, 1])
    if legend:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, handletextpad=0.2)


@in_style
def decision(axes: Axes, predict: Callable[[Array], Array], X: Array, y: Array, *, title: str = "") -> None:
    """What a network makes of the unit square: its output as a colour, the boundary at ½ as a line, and the points."""
    side = np.linspace(-0.05, 1.05, 221)
    plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    output = predict(plane).reshape(len(side), len(side))
    image = axes.imshow(
        output,
        extent=(-0.05, 1.05, -0.05, 1.05),
        origin="lower",
        cmap=SURFACE,
        vmin=0,
        vmax=1,
        interpolation="bilinear",
    )
    if output.min() < 0.5 < output.max():
        axes.contour(side, side, output, levels=[0.5], colors="#1f2329", linewidths=1.4)
    points(axes, X, y, title=title, outline="white")
    made = axes.get_figure()
    assert made is not None
    made.colorbar(image, ax=axes, label="predicted probability of class 1", shrink=0.8, ticks=[0, 0.5, 1])


@in_style
def loss_curve(
    axes: Axes, loss: Sequence[float], *, printed: Mapping[int, float], converged: int | None, title: str = ""
) -> None:
    """The loss of every epoch on a logarithmic axis, with losses printed elsewhere (epoch to loss) as marks.

    A dotted line stands at the epoch of convergence, unless that is None.
    """
    # A curve needs no more points than the eye can tell apart: some at even distances, some at even ratios.
    last = len(loss) - 1
    shown = np.unique(np.concatenate([np.linspace(0, last, 600), np.geomspace(1, last + 1, 300) - 1]).astype(int))
    axes.semilogy(shown, np.asarray(loss)[shown], color=INK, linewidth=1.5, label="loss here")
    inside = {epoch: value for epoch, value in printed.items() if epoch <= last}
    axes.plot(
        list(inside), list(inside.values()), "D", color="#cc79a7", markersize=5.5, clip_on=False, label="report's loss"
    )
    if converged is not None:
        axes.axvline(converged, color="#009e73", linestyle=":", linewidth=1.6, label="converged")
    axes.set(title=title, xlabel="epoch", ylabel="mean cross entropy")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.grid(visible=True, alpha=0.25, linewidth=0.6)
    axes.legend(loc="upper right")


def to_svg(made: Figure) -> str:
    """The figure as SVG, transparent, without a date: the same figure gives the same text."""
    return _saved(made, format="svg", metadata={"Date": None}).decode()


def to_png(made: Figure, *, dots_per_inch: int = 160) -> bytes:
    """The figure as PNG on white."""
    return _saved(made, format="png", dpi=dots_per_inch, transparent=False, facecolor="white")


@in_style
def _saved(made: Figure, **options: Any) -> bytes:
    file = io.BytesIO()
    made.savefig(file, **options)
    return file.getvalue()
