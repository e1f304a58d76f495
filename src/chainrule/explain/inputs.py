"""What a page is made from on the command line: layer sizes, samples and weights, from words and files."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.explain.parts import parts
from chainrule.formulas import activations, losses
from chainrule.network import Network

__all__ = ["default_loss", "drawn_sample", "load_weights", "numbers", "read_rows", "setting", "sizes"]


def sizes(text: str) -> list[int]:
    """The layer sizes in a text such as "2-3-1".

    Raises:
        ValueError: it is no such text.

    >>> sizes("2-3-1")
    [2, 3, 1]
    """
    parts = text.replace(",", "-").split("-")
    if not all(part.strip().isdecimal() for part in parts):
        raise ValueError(f"the network's sizes must be whole numbers with - between them, such as 2-3-1; got {text!r}")
    return [int(part) for part in parts]


def numbers(name: str, texts: Iterable[str]) -> list[list[float]]:
    """One row of numbers for each text such as "0.3,0.7".

    Raises:
        ValueError: something is no number, or rows are of different lengths.

    >>> numbers("--x", ["0.3,0.7", "1, 0"])
    [[0.3, 0.7], [1.0, 0.0]]
    """
    rows = []
    for text in texts:
        try:
            rows.append([float(part) for part in text.split(",")])
        except ValueError:
            raise ValueError(
                f"{name} must be numbers with commas between them, such as 0.3,0.7; got {text!r}"
            ) from None
    if len({len(row) for row in rows}) > 1:
        raise ValueError(f"every {name} must hold as many numbers as the first, {len(rows[0])}")
    return rows


def setting(name: str, text: str) -> float | int | bool:
    """The value of a setting: a number, true or false.

    Raises:
        ValueError: it is neither.

    >>> setting("beta_1", "0.9"), setting("memory", "10"), setting("amsgrad", "true")
    (0.9, 10, True)
    """
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return int(text) if text.lstrip("-").isdecimal() else float(text)
    except ValueError:
        raise ValueError(f"{name} must be a number, true or false; got {text!r}") from None


def read_rows(path: Path, rows: str, n_inputs: int, n_outputs: int) -> tuple[Array, Array]:
    """Samples and targets from a file of comma-separated numbers: the inputs, then the targets, a sample a line.

    Args:
        path: the file; its first line may be a heading.
        rows: which samples, counted from 0: "0:4" without the last, or "3".
        n_inputs: how many columns are inputs.
        n_outputs: how many are targets; a single column is taken for any network, as class numbers.

    Raises:
        ValueError: the file does not hold such rows; the message names the line.
        OSError: it cannot be read.
    """
    found: list[list[float]] = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            values = [float(part) for part in line.replace(";", ",").split(",")]
        except ValueError:
            if not found and number == 1:
                continue  # a heading
            raise ValueError(
                f"{path}, line {number}: expected numbers with commas between them, got {line!r}"
            ) from None
        if len(values) not in (n_inputs + n_outputs, n_inputs + 1):
            wanted = f"{n_inputs} inputs and {n_outputs} {'target' if n_outputs == 1 else 'targets'}"
            raise ValueError(f"{path}, line {number} has {len(values)} numbers, but the network takes {wanted} a line")
        if found and len(values) != len(found[0]):
            raise ValueError(f"{path}, line {number} has {len(values)} numbers, but the first line has {len(found[0])}")
        found.append(values)
    data = np.array(found)[chosen(rows)] if found else np.zeros((0, 1))
    if len(data) == 0:
        raise ValueError(f"{path} has {len(found)} samples, and --rows {rows} takes none of them; they count from 0")
    return data[:, :n_inputs], data[:, n_inputs:]


def chosen(rows: str) -> slice:
    """The slice in a text such as "0:4" or "3"."""
    first, colon, end = rows.partition(":")
    if not (first or colon) or not all(part == "" or part.isdecimal() for part in (first, end)):
        raise ValueError(f"--rows must be such as 0:4, for the first four samples, or 3; got {rows!r}")
    start = int(first or 0)
    return slice(start, start + 1) if not colon else slice(start, int(end) if end else None)


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        OSError: it cannot be read; the message names it.
        ValueError: it is no text.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is no text in UTF-8") from None
    except OSError as error:
        raise type(error)(f"cannot read {str(path)!r} ({error.strerror}); check the path") from None


def load_weights(path: Path, network: Network) -> None:
    """Put the weights and biases of a file into a network.

    The file is JSON, {"weights": [[[…]]], "biases": [[…]]} with one matrix (d_in, d_out) and one vector a layer; or
    .npz with arrays layers.0.weight, layers.0.bias, and so on. The latter may also have layers.0.gamma, layers.0.beta
    and layers.0.alpha, which else stay where they start.

    Raises:
        ValueError: it does not hold the parameters of this network; the message says which layer.
        OSError: it cannot be read.
    """
    found = from_npz(path) if path.suffix == ".npz" else from_json(path)
    learned = list(parts(network.structure))
    for part in learned:
        view, where = part.of(network.parameters), f"layer {part.layer}"
        if part.tensor not in found:
            if part.name not in ("weight", "bias"):
                continue  # gamma, beta and alpha stay where they start
            raise ValueError(f"{path} has no {part.name} for {where}; a {network.structure} network has one")
        value = found[part.tensor]
        if value.shape != view.shape:
            hint = "; it is transposed: rows belong to inputs" if value.T.shape == view.shape else ""
            raise ValueError(
                f"{path}: the {part.name} of {where} has shape {value.shape} but a {network.structure} network's "
                f"has {view.shape}{hint}"
            )
        if not np.isfinite(value).all():
            raise ValueError(f"{path}: the {part.name} of {where} holds NaN or infinity")
        view[...] = value
    extra = sorted(set(found) - {part.tensor for part in learned})
    if any(name.endswith((".weight", ".bias")) for name in extra):
        n_given = sum(name.endswith(".weight") for name in found)
        raise ValueError(f"{path} has {n_given} layers but a {network.structure} network has fewer")
    if extra:
        raise ValueError(f"{path} has {', '.join(extra)}, which this network does not learn")


def from_json(path: Path) -> dict[str, Array]:
    """The parameters in a JSON file, by name."""
    try:
        data: Any = json.loads(read_text(path))
        parts = {"weight": data["weights"], "bias": data["biases"]}
        return {
            f"layers.{i}.{part}": np.array(value, dtype=np.float64)
            for part, values in parts.items()
            for i, value in enumerate(values)
        }
    except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f'{path} must be JSON such as {{"weights": [[[0.1], [0.2]]], "biases": [[0.0]]}}, or .npz ({error})'
        ) from None


def from_npz(path: Path) -> dict[str, Array]:
    """The parameters in an .npz file, by name."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: np.asarray(arrays[name], dtype=np.float64) for name in arrays.files}
    except (ValueError, zipfile.BadZipFile, EOFError):
        raise ValueError(f"{path} is no .npz file of numbers; np.savez writes one") from None
    except OSError as error:
        raise type(error)(f"cannot read {str(path)!r} ({error.strerror}); check the path") from None


def default_loss(output: str) -> str:
    """The loss that goes with an output activation: its own cross entropy, or the mean squared error.

    >>> default_loss("softmax"), default_loss("identity")
    ('categorical_cross_entropy', 'mean_squared_error')
    """
    activation = activations.get(output)
    for name in losses.names():
        if losses.get(name).shortens(activation):
            return name
    return "mean_squared_error"


def drawn_sample(network: Network, loss: str, seed: int) -> tuple[Array, Array]:
    """One sample and its target, drawn from a seed, with one decimal: easy to follow. Three for batch statistics."""
    rng = np.random.default_rng([seed, 1])
    n_inputs, n_outputs = network.structure.sizes[0], network.structure.sizes[-1]
    n = 3 if network.structure.n_statistics else 1
    X = rng.integers(1, 10, (n, n_inputs)) / 10
    if losses.get(loss).name == "categorical_cross_entropy":
        return X, rng.integers(0, n_outputs, n)
    labels = rng.integers(0, 2, (n, n_outputs)).astype(float)
    if losses.get(loss).target_bounds == (0, 1) or losses.get(loss).name == "hinge":
        return X, labels
    numbers = rng.integers(1, 10, (n, n_outputs))
    return X, numbers.astype(float) if losses.get(loss).name == "poisson" else numbers / 10
