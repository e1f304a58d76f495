"""What `chainrule derive` does: a network and a batch from words and files, and the page in the format asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.arguments import unknown_name
from chainrule.explain import inputs
from chainrule.explain.derivation import Derivation, derive
from chainrule.formulas import optimizers
from chainrule.formulas.optimizers import Optimizer
from chainrule.network import Network

__all__ = ["FORMATS", "files", "format_of", "made"]

FORMATS = {"text": ".txt", "markdown": ".md", "latex": ".tex", "html": ".html", "json": ".json"}


def made(
    sizes: str,
    *,
    x: Sequence[str] = (),
    y: Sequence[str] = (),
    data: Path | None = None,
    rows: str = "0:4",
    hidden: str = "sigmoid",
    output: str = "sigmoid",
    normalization: str | None = None,
    loss: str | None = None,
    optimizer: str = "sgd",
    learning_rate: float | None = None,
    momentum: float | None = None,
    settings: Sequence[str] = (),
    l1: float = 0.0,
    l2: float = 0.0,
    dropout: float = 0.0,
    dropout_key: int | None = None,
    weights: Path | None = None,
    seed: int = 0,
    notation: str = "report",
    precision: int = 5,
    rounded: bool = False,
) -> Derivation:
    """The derivation that the options ask for; rounded gives the weights two decimals, to compute with by hand.

    Raises:
        TypeError: an option is of the wrong kind.
        ValueError: options that do not fit; the message says which.
        OSError: a file cannot be read.

    >>> made("2-3-1", x=["0.3,0.7"], y=["1"])
    Derivation(Trace(2-3-1, 1 sample, loss 0.46683), 25 steps)
    """
    layers = inputs.sizes(sizes)
    functions = [name.strip() for name in hidden.split(",")]
    network = Network(
        layers,
        hidden=functions[0] if len(functions) == 1 else functions,
        output=output,
        normalization=normalizations_of(normalization),
        dropout=dropout,
        seed=seed,
    )
    if weights is not None:
        inputs.load_weights(weights, network)
    elif rounded:
        network.parameters[...] = network.parameters.round(2)
    loss = inputs.default_loss(output) if loss is None else loss
    if data is not None and (x or y):
        raise ValueError("--data and --x/--y say the samples twice; pass one of them")
    if bool(x) != bool(y):
        raise ValueError(f"--x and --y go together, one --y for each --x; got only {'--x' if x else '--y'}")
    if data is not None:
        X, targets = inputs.read_rows(data, rows, layers[0], layers[-1])
    elif x:
        X, targets = np.array(inputs.numbers("--x", x)), np.array(inputs.numbers("--y", y))
    else:
        X, targets = inputs.drawn_sample(network, loss, seed)
    rule = rule_of(optimizer, {"learning_rate": learning_rate, "momentum": momentum}, settings)
    return derive(
        network,
        X,
        targets,
        loss,
        optimizer=rule,
        dropout_key=dropout_key,
        l1=l1,
        l2=l2,
        notation=notation,
        precision=precision,
    )


def normalizations_of(text: str | None) -> str | list[str | None] | None:
    """The normalization of all hidden layers, or of each.

    >>> normalizations_of("layer_norm"), normalizations_of("batch_norm,none")
    ('layer_norm', ['batch_norm', None])
    """
    names = [None if name.strip() in ("none", "") else name.strip() for name in (text or "none").split(",")]
    return names[0] if len(names) == 1 else names


def rule_of(optimizer: str, named: dict[str, float | None], settings: Sequence[str] = ()) -> Optimizer:
    """The optimizer with the settings that are given.

    Raises:
        ValueError: a setting is not of the form name=value, is named twice, or out of range.
        TypeError: the optimizer has no such setting.

    >>> rule_of("adam", {"learning_rate": 0.1}, ["beta_1=0.8", "amsgrad=true"])
    Adam(learning_rate=0.1, beta_1=0.8, beta_2=0.999, epsilon=1e-08, amsgrad=True)
    """
    found: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    for text in settings:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name:
            raise ValueError(f"--set must be such as beta_1=0.9, got {text!r}")
        if name in found:
            raise ValueError(f"{name} is set twice; pass it once")
        found[name] = inputs.setting(name, value)
    return optimizers.get(optimizer, **found)


def format_of(name: str | None, output: Path | None) -> str:
    """The format: as named, or as the file's name says, or text.

    Raises:
        ValueError: the file's name ends in what is no format.

    >>> format_of(None, Path("page.html")), format_of(None, None), format_of("json", Path("page.txt"))
    ('html', 'text', 'json')
    """
    if name is not None:
        return name
    if output is None:
        return "text"
    for known, suffix in FORMATS.items():
        if output.suffix.lower() == suffix:
            return known
    raise ValueError(
        f"the name {output.name!r} tells no format; end it in {', '.join(FORMATS.values())}, or pass --format"
    )


def files(derivation: Derivation, form: str, name: str, *, worksheet: bool = False) -> dict[str, str]:
    """Every file by its name: the page, or the worksheet and its solution beside it.

    Raises:
        ValueError: there is no such format, or the worksheet is not to be HTML.

    >>> page = made("1-1", x=["1"], y=["1"])
    >>> list(files(page, "html", "sheet.html", worksheet=True))
    ['sheet.html', 'sheet-solution.html']
    """
    if worksheet:
        if form != "html":
            raise ValueError(f"a worksheet is HTML; got the format {form!r}, pass -o NAME.html")
        solution = f"{Path(name).stem}-solution{Path(name).suffix}"
        return {name: derivation.make_worksheet(), solution: derivation.make_worksheet(solution=True)}
    if form == "json":
        return {name: json.dumps(derivation.to_json(), indent=1, allow_nan=False, ensure_ascii=False) + "\n"}
    formats = {
        "text": derivation.to_text,
        "markdown": derivation.to_markdown,
        "latex": derivation.to_latex,
        "html": derivation.to_html,
    }
    if form not in formats:
        raise ValueError(unknown_name("format", form, FORMATS))
    return {name: formats[form]()}
