"""A table's model for other programs: raw numbers go in, and what `chainrule predict` says comes out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from chainrule.tables.model import TableModel

__all__ = ["FORMATS", "exported"]


def exported(model: TableModel, form: str, name: str) -> bytes:
    """The file in this format.

    Args:
        model: the model.
        form: "onnx", "c", "python" or "safetensors".
        name: what C calls it; what is no identifier becomes one.

    Raises:
        ValueError: the model cannot be written so.
        ImportError: a package is missing.
    """
    return FORMATS[form][1](model, identifier(name))


def identifier(name: str) -> str:
    """The name as C takes it.

    >>> identifier("my-model"), identifier("3rd")
    ('my_model', 'model_3rd')
    """
    made = re.sub(r"\W", "_", name, flags=re.ASCII)
    return made if made[:1].isalpha() else f"model_{made}"


def inputs_told(model: TableModel) -> list[str]:
    """In lines of ASCII: which number stands where in the input and the output."""
    names = model.preprocessing.encoded_names
    target = model.preprocessing.target
    one_hot = ", name=value is 1 where it is so and else 0" if model.preprocessing.categories else ""
    lines = [f"Inputs, in this order; a number that is missing is NaN{one_hot}:"]
    lines += [f"  {i}: {ascii_of(name)}" for i, name in enumerate(names)]
    if len(target.classes) == 2:
        no, yes = (ascii_of(str(label)) for label in target.classes)
        lines.append(f"Output: the probability of {yes}; of {no} it is 1 less that")
    elif target.classes:
        lines.append(f"Outputs: the probabilities of {', '.join(ascii_of(str(label)) for label in target.classes)}")
    else:
        lines.append(f"Output: {ascii_of(target.name)}")
    return lines


def ascii_of(text: str) -> str:
    r"""Text that ends no comment, in ASCII.

    >>> ascii_of("größe */")
    'gr\\xf6\\xdfe * /'
    """
    return ascii(text)[1:-1].replace("*/", "* /").replace("/*", "/ *")


def to_c(model: TableModel, name: str) -> bytes:
    """The C header, in float as microcontrollers have it, and above it which input is which."""
    from chainrule.interop.c_source import to_c

    lines = "\n".join(f" * {line}" for line in inputs_told(model))
    header = to_c(model.network, name, dtype="float32", scaling=model.preprocessing.scaling())
    return f"/* {lines[3:]}\n */\n{header}".encode()


def to_python(model: TableModel, name: str) -> bytes:
    """The Python file, and below its first text which input is which."""
    from chainrule.interop.python_source import to_python

    lines = "\n".join(f"# {line}" for line in inputs_told(model))
    return f"{to_python(model.network, scaling=model.preprocessing.scaling()).rstrip()}\n\n{lines}\n".encode()


def to_onnx(model: TableModel, name: str) -> bytes:
    """The ONNX graph: label and probabilities of a classifier, variable of a regressor."""
    from chainrule.interop.onnx import to_onnx

    classes = model.preprocessing.target.classes
    labels = None
    if classes:
        whole = all(isinstance(label, int) and not isinstance(label, bool) for label in classes)
        labels = list(classes) if whole else [str(label) for label in classes]
    made = to_onnx(model.network, classes=labels, scaling=model.preprocessing.scaling())
    told = made.metadata_props.add()
    told.key, told.value = "columns", json.dumps(model.preprocessing.encoded_names, ensure_ascii=False)
    content: bytes = made.SerializeToString()
    return content


def to_safetensors(model: TableModel, name: str) -> bytes:
    """The model's own file."""
    return model.to_bytes()


FORMATS: dict[str, tuple[str, Callable[[TableModel, str], bytes]]] = {
    "onnx": (".onnx", to_onnx),
    "c": (".h", to_c),
    "python": (".py", to_python),
    "safetensors": (".safetensors", to_safetensors),
}
"""The ending of a file, and who writes it."""
