"""Writes again every page and picture of docs/ that comes from a script: `make docs`."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # the pages' own modules

import diagnose_page
import formulas_page
import performance_page
import performance_pictures
import playground_page
import published_mistakes
import report_checked
import scale_page
import section_4
import sklearn_page

from chainrule import plots
from chainrule.experiments.reproduce import reproduce


def picture() -> bytes:
    """The README's picture: both experiments, the loss and the decision boundary of each."""
    made, panels = plots.figure(2, rows=2, width=4.4, height=3)
    for outcome, (left, right) in zip(reproduce(verbose=0).outcomes, (panels[:2], panels[2:]), strict=True):
        title = outcome.experiment.title
        printed = outcome.experiment.printed.loss
        plots.loss_curve(
            left, outcome.history.loss, printed=printed, converged=outcome.converged, title=f"{title}: loss"
        )
        left.locator_params(axis="x", nbins=5)
        plots.decision(
            right, outcome.network.predict, outcome.X, outcome.y, title=f"{title}: what the network makes of it"
        )
    return plots.to_png(made, dots_per_inch=150)


def readme(text: str, measured: Mapping[str, Any]) -> str:
    """The README with its paragraph on speed."""
    before, marker, rest = text.partition("from benchmarks/results/ -->\n")
    _, end, after = rest.partition("<!-- /speed -->")
    return f"{before}{marker}{performance_page.headline(measured)}\n{end}{after}"


def main() -> None:
    """Write them all."""
    (HERE / "report-checked.md").write_text(report_checked.render(), encoding="utf-8")
    (HERE / "published-mistakes.md").write_text(published_mistakes.render(), encoding="utf-8")
    (HERE / "diagnose.md").write_text(diagnose_page.render(diagnose_page.read()), encoding="utf-8")
    (HERE / "section-4.md").write_text(section_4.render(section_4.read()), encoding="utf-8")
    (HERE / "formulas.md").write_text(formulas_page.render(), encoding="utf-8")
    sklearn_page.write()
    playground_page.write()
    scale_page.write()
    measured = performance_page.read()
    (HERE / "performance.md").write_text(performance_page.render(measured), encoding="utf-8")
    path = HERE.parent / "README.md"
    path.write_text(readme(path.read_text(encoding="utf-8"), measured), encoding="utf-8")
    images = HERE / "images"
    images.mkdir(exist_ok=True)
    (images / "performance-steps.png").write_bytes(performance_pictures.steps(measured))
    (images / "performance-growth.png").write_bytes(performance_pictures.growth(measured))
    (images / "activations.png").write_bytes(formulas_page.picture())
    (images / "reproduce.png").write_bytes(picture())
    (images / "playground.png").write_bytes(playground_page.picture())


if __name__ == "__main__":
    main()
