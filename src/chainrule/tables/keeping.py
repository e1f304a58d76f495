"""What is kept of a training: its model judged, and the files of its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.experiments import folder
from chainrule.tables import page, run_folder
from chainrule.tables.model import MODEL, TableModel
from chainrule.tables.outcome import Outcome, outcome_of
from chainrule.tables.settings import together

if TYPE_CHECKING:
    from chainrule.tables.settings import Settings
    from chainrule.tables.training import Prepared
    from chainrule.training.callbacks import EarlyStopping
    from chainrule.training.history import History

__all__ = ["as_text", "judged", "write"]


def judged(
    fitted: tuple[TableModel, History, EarlyStopping],
    prepared: Prepared,
    settings: Settings,
    *,
    data: str | Sequence[str],
    sha256: str,
    rows: int,
    output: Path,
) -> tuple[Outcome, dict[str, Any]]:
    """How good a trained model is, and what run.json says of it.

    Args:
        fitted: what the training gave.
        prepared: what it was trained on.
        settings: as asked for.
        data: the file as it was named, or several.
        sha256: of its bytes, or as `Prepared.used` says.
        rows: how many there are.
        output: the folder of the run.
    """
    model, history, stopping = fitted
    command, named = settings.command(data, str(output)), data if isinstance(data, str) else together(data)
    about = {
        "data": named,
        "sha256": sha256,
        "rows": rows,
        "command": command,
        "versions": run_folder.versions(),
        "best_epoch": stopping.best_epoch,
    }
    model = TableModel(model.network, model.preprocessing, about)
    used = {
        "engine": history.engine,
        "dtype": model.network.parameters.dtype.name,
        "batch_size": settings.batch_of(prepared.n),
        "rows_held_out": len(prepared.y_held_out),
        "split_seed": settings.seed,
        **prepared.used,
    }
    run = run_folder.record(
        settings=settings, data=named, sha256=sha256, rows=rows, columns=prepared.columns, command=command, used=used
    )
    return outcome_of(model, prepared, history, stopping, settings.seed), run


def write(output: Path, outcome: Outcome, run: Mapping[str, Any], also: Mapping[str, str] | None = None) -> None:
    """Write the files of the run, and also those of these names, all of them or none.

    Raises:
        OSError: one could not be written.
    """
    files: dict[str, str | bytes] = {
        MODEL: outcome.model.to_bytes(),
        run_folder.METRICS: as_text(outcome.to_json()),
        run_folder.RUN: as_text(run),
        run_folder.PAGE: page.render(outcome, run),
    }
    folder.write(output, files | dict(also or {}))


def as_text(value: Any) -> str:
    """JSON for people."""
    return json.dumps(value, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
