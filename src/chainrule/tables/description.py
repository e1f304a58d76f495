"""What a model's file says of itself: layers, parameters, preprocessing, provenance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chainrule.interop import safetensors
from chainrule.tables.model import model_path

__all__ = ["described", "show"]


def described(path: Path) -> dict[str, Any]:
    """All of it, as JSON can.

    Raises:
        ModelFileError: (a ValueError) it is no model, or damaged.
        OSError: it cannot be read.
    """
    path = model_path(path)
    stored = safetensors.read(path)
    layers = [
        {
            "inputs": layer.fan_in,
            "units": layer.fan_out,
            "stages": [repr(stage) for stage in layer.stages],
            "parameters": layer.trained_end - layer.offset,
        }
        for layer in stored.structure.layers
    ]
    return {
        "file": str(path),
        "network": str(stored.structure),
        "layers": layers,
        "parameters": stored.structure.n_parameters,
        "dtype": stored.metadata["dtype"],
        "layout": stored.metadata["layout"],
        "preprocessing": json.loads(stored.preprocessing) if stored.preprocessing else None,
        "provenance": stored.provenance,
        "chainrule_version": stored.metadata["chainrule_version"],
        "checksum": stored.metadata["checksum"],
    }


def show(told: dict[str, Any]) -> None:
    """The same on a terminal."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    console.print(
        f"{escape(told['file'])}: {told['network']}, {told['parameters']:,} parameters, {told['dtype']}, "
        f"written by chainrule {told['chainrule_version']}"
    )
    layers = Table("layer", "units", "stages", "parameters", box=None, padding=(0, 2, 0, 0))
    for i, layer in enumerate(told["layers"], start=1):
        units = f"{layer['inputs']} → {layer['units']}"
        layers.add_row(str(i), units, escape(", ".join(layer["stages"])), f"{layer['parameters']:,}")
    console.print(layers)
    if made := told["preprocessing"]:
        columns = Table("column", "taken as", "if missing", "scale", box=None, padding=(0, 2, 0, 0))
        for c in made["numbers"]:
            columns.add_row(
                escape(c["name"]), c["kind"], f"{c['fill']:.6g}", f"(x − {c['mean']:.6g}) / {c['scale']:.6g}"
            )
        for c in made["categories"]:
            values = ", ".join(c["categories"][:10]) + (" …" if len(c["categories"]) > 10 else "")
            columns.add_row(escape(c["name"]), "category", escape(c["fill"]), escape(values))
        console.print(columns)
        target = made["target"]
        if classes := target.get("classes"):
            kind = f"{len(classes)} classes: {', '.join(map(str, classes[:20]))}{' …' if len(classes) > 20 else ''}"
        else:
            kind = f"{target['mean']:.6g} + {target['scale']:.6g} · output"
        console.print(f"target {escape(target['name'])}: {escape(kind)}")
    for name, value in told["provenance"].items():
        shown = " ".join(map(str, value)) if isinstance(value, list) else value
        console.print(f"{escape(str(name))}: {escape(str(shown))}")
