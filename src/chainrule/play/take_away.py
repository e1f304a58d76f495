"""The trained network as a file for other programs, with a word inside on what its inputs are.

Where the features are the plain coordinates, the standardization becomes a part of the ONNX, C and Python files, which
then take raw x1 and x2. Other features are for the caller to compute, of standardized coordinates, in the order that
the file tells. A safetensors file holds the network alone, and in its provenance the settings of the whole run: the
playground opens it again with its data.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

import chainrule
from chainrule.interop.scaling import Scaling
from chainrule.play import moments, setup
from chainrule.play.choices import ChoiceError, Choices

if TYPE_CHECKING:
    from chainrule.network import Network
    from chainrule.play.setup import Setup

__all__ = ["FORMATS", "model"]

COORDINATES = ("x1", "x2")


def model(choices: Choices, epoch: int, form: str) -> tuple[str, str, bytes]:
    """The network after this epoch, as a file.

    Args:
        choices: the run.
        epoch: after how many epochs, 0 for the untrained network.
        form: "onnx" (float32), "safetensors", "c" (double) or "python".

    Returns:
        The file's name, its media type, and its bytes.

    Raises:
        ChoiceError: there is no such format, or a package that it needs is not installed.
    """
    if form not in FORMATS:
        raise ChoiceError(f"format must be one of {', '.join(FORMATS)}, got {form!r:.40}", "format")
    ending, media_type, write = FORMATS[form]
    network, prepared = moments.network_at(choices, epoch).network, setup.prepare(choices)
    try:
        content = write(network, scaling_of(choices, prepared), about(choices, prepared, epoch))
    except ImportError as error:
        raise ChoiceError(str(error), "format") from None
    return f"network-{network.structure}{ending}", media_type, content


def scaling_of(choices: Choices, prepared: Setup) -> Scaling | None:
    """What raw coordinates go through before the network; None where it takes other features."""
    if not set(choices.features) <= set(COORDINATES):
        return None
    places = [COORDINATES.index(name) for name in choices.features]
    mean, scale = (np.asarray(values, float)[places] for values in (prepared.mean, prepared.scale))
    return Scaling(mean, mean, scale)


def about(choices: Choices, prepared: Setup, epoch: int) -> dict[str, Any]:
    """What a file should say of itself."""
    return {
        "playground": chainrule.__version__,
        "settings": choices.to_json(),
        "epoch": epoch,
        "features": list(choices.features),
        "mean": [float(x) for x in prepared.mean],
        "scale": [float(x) for x in prepared.scale],
        "outputs": list(prepared.class_names),
        "loss": prepared.loss.name,
    }


def lines(told: dict[str, Any], scaling: Scaling | None) -> list[str]:
    """The same in a few lines of ASCII."""
    names = ", ".join(told["features"])
    if scaling is not None:
        inputs = [f"Inputs, in this order, as they are: {names}"]
    else:
        mean, scale = (", ".join(map(repr, told[key])) for key in ("mean", "scale"))
        inputs = [
            f"Inputs, in this order: {names}",
            f"of coordinates standardized as (x - mean) / scale, mean {mean}, scale {scale}",
        ]
    return [f"From the playground of chainrule {told['playground']}, after epoch {told['epoch']}.", *inputs]


def to_onnx(network: Network, scaling: Scaling | None, told: dict[str, Any]) -> bytes:
    """The ONNX graph, what is told in its metadata."""
    from chainrule.interop.onnx import to_onnx

    made = to_onnx(network, scaling=scaling)
    made.doc_string = "\n".join(lines(told, scaling))
    entry = made.metadata_props.add()
    entry.key, entry.value = "playground", json.dumps(told)
    content: bytes = made.SerializeToString()
    return content


def to_safetensors(network: Network, scaling: Scaling | None, told: dict[str, Any]) -> bytes:
    """The model's own file, as `chainrule.load` reads it."""
    from chainrule.interop.safetensors import to_bytes

    return to_bytes(network, provenance=told)


def to_c(network: Network, scaling: Scaling | None, told: dict[str, Any]) -> bytes:
    """The C header, what is told above it."""
    from chainrule.interop.c_source import to_c

    comment = "\n".join(f" * {line}" for line in lines(told, scaling))
    return f"/*{comment[2:]}\n */\n{to_c(network, scaling=scaling)}".encode()


def to_python(network: Network, scaling: Scaling | None, told: dict[str, Any]) -> bytes:
    """The Python file, what is told below it."""
    from chainrule.interop.python_source import to_python

    comment = "\n".join(f"# {line}" for line in lines(told, scaling))
    return f"{to_python(network, scaling=scaling).rstrip()}\n\n{comment}\n".encode()


FORMATS: dict[str, tuple[str, str, Callable[..., bytes]]] = {
    "onnx": (".onnx", "application/octet-stream", to_onnx),
    "safetensors": (".safetensors", "application/octet-stream", to_safetensors),
    "c": (".h", "text/x-c", to_c),
    "python": (".py", "text/x-python", to_python),
}
"""The ending of a file, its media type, and who writes it."""
