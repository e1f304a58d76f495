"""Every sentence of Python's that a reader of the page may see: the words of derivations, refusals, notes on files."""

from __future__ import annotations

import ast
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

import chainrule
from chainrule import Network, derive, losses, optimizers
from chainrule.explain.render_html import Page
from chainrule.formulas.activations import Activation
from chainrule.formulas.losses import Loss
from chainrule.formulas.optimizers import Optimizer
from chainrule.play import bring_in, choices, seeds, setup, table_points, take_away
from chainrule.play.derivation_page import given, page
from chainrule.play.parameters import SCHEDULES

__all__ = ["of_derivations", "of_files", "of_settings", "written_in_code"]

PACKAGE = Path(chainrule.__file__).parent
FOR_PROGRAMMERS = ("command.py", "notebook.py", "data_code.py", "python_code.py")
"""What these say is read in a terminal or a notebook's cell."""
BELOW = ("interop/safetensors.py", "interop/architecture.py", "interop/onnx/package.py", "tables/dialect.py")
"""Whose refusals of a file reach the page."""
FOR_WRITERS = ("so a file could not say", "take more than", "a file holds finite", "provenance must be", "pass --data")
"""What is said to whoever writes a file or types a command, in the same modules."""


def of_derivations() -> Iterator[str]:
    """The words of steps and of what stands beside them, over all that changes them."""
    units = [name for name in Activation.names() if name not in ("softmax", "log_softmax")]
    for name, normalization in itertools.product(units, (None, "batch_norm", "layer_norm")):
        yield from words_of(hidden=name, normalization=normalization)
    for normalization, n in itertools.product((None, "batch_norm", "layer_norm"), (1, 2)):
        mixed: dict[str, Any] = {"hidden": ["elu", "prelu"], "normalization": normalization, "dropout": 0.2}
        yield from words_of(sizes=[2, 1, 3, 1], n=n, **mixed)
        yield from words_of(sizes=[1, 2, 3, 1], n=n, dropout_key=3, **mixed)
    yield from words_of(l1=0.1, l2=0.01)
    shared = chainrule.activations.get("prelu", shared=True)
    yield from words_of(hidden=shared, normalization=chainrule.normalizations.get("batch_norm", epsilon=0.01))
    for loss, output, n_outputs in itertools.product(Loss.names(), ("sigmoid", "softmax", "softplus", "tanh"), (1, 3)):
        try:
            yield from words_of(sizes=[2, 2, n_outputs], loss=loss, output=output)
        except ValueError:
            continue  # they do not go together
    for loss, n_outputs in ("binary_cross_entropy", 1), ("categorical_cross_entropy", 3):
        output = "softmax" if n_outputs > 1 else "sigmoid"
        yield from words_of(sizes=[2, 2, n_outputs], loss=losses.get(loss, label_smoothing=0.1), output=output)
    for name in Optimizer.names():
        yield from words_of(hidden="prelu", normalization="batch_norm", optimizer=name)
        if name != "lbfgs":
            for clipping in ({"clip_norm": 1.0}, {"clip_value": 0.5}, {"clip_norm": 1.0, "clip_value": 0.5}):
                yield from words_of(optimizer=optimizers.get(name, **clipping))
    for name in ("amsgrad", "centered", "nesterov"):
        owner = {"amsgrad": "adam", "centered": "rmsprop", "nesterov": "sgd"}[name]
        yield from words_of(optimizer=optimizers.get(owner, **{name: True}))
    scheduled: list[dict[str, Any]] = [{"schedule": name} for name in SCHEDULES]
    for more in ({"l1": 0.1, "l2": 0.01}, {"dropout": 0.5}, *scheduled):
        made = page(choices.parse({"epochs": 3, **more}), 2, [0, 3], "standard")
        yield from (step["title"] for step in made["steps"])
        yield from texts(made["given"])


def words_of(
    sizes: Any = (2, 3, 2, 1),
    n: int = 3,
    loss: Any = "binary_cross_entropy",
    optimizer: Any = "sgd",
    dropout_key: int | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    **of_network: Any,
) -> Iterator[str]:
    """The words of one derivation."""
    X = np.random.default_rng(0).normal(size=(n, sizes[0]))
    y = np.arange(n) % max(sizes[-1], 2)
    network = Network(list(sizes), seed=0, **of_network)
    derivation = derive(network, X, y, loss, optimizer=optimizer, dropout_key=dropout_key, l1=l1, l2=l2)
    body = Page(derivation, proof=False)
    yield from (step.title for step in derivation.steps)
    yield from texts("".join([*body.html(list(given(body.blocks))), *map(body.step, derivation.steps)]))


def texts(html: str) -> Iterator[str]:
    """The texts of some HTML; of formulas, those that are words."""

    def inside(element: ElementTree.Element, formula: bool) -> Iterator[str]:
        formula = formula or element.tag == "math"
        if not formula or element.text in ("if ", "otherwise"):
            yield element.text or ""
        for child in element:
            yield from inside(child, formula)
            yield "" if formula else child.tail or ""

    yield from filter(None, map(str.strip, inside(ElementTree.fromstring(f"<div>{html}</div>"), False)))


def of_settings() -> Iterator[str]:
    """What is said of settings that cannot be: of each by itself, and of those that do not go together."""
    huge = 10**50
    wrong: tuple[Any, ...] = (None, True, "nothing", -1, 1e9, huge, 0.5, [], {}, [[1]], ["x" * 70], [[0.5, 0.5, 0.5]])
    for field in choices.FIELDS.values():
        for value in (*wrong, [1] * 30_000):
            yield from refusal({field.name: value})
        for parameter in (field.parameters or {}).get("adam", ()):
            yield from refusal({"optimizer": "adam", field.name: {parameter.name: huge}})
    yield from refusal({"optimizer": "sgdd"})
    yield from refusal({"edits": [[60, 0, 1.0]], "epochs": 50})
    yield from refusal({"optimizer_settings": {"beta_3": 1}})
    yield from refusal({"nothing": 1})
    for data, output in itertools.product(({"data": "xor"}, {"data": "saddle"}), ("auto", *Activation.names())):
        for loss in Loss.names():
            yield from refusal({**data, "output": output, "loss": loss})
    for loss in Loss.names():
        yield from refusal({"data": "spirals", "classes": 3, "loss": loss})
    own: tuple[Any, ...] = ([], [[0, 0, 0]] * 2, [[0, 0, 1], [0, 1, 9]], [[0, 0, 1], [1, 1, 0]])
    with_them: tuple[dict[str, Any], ...] = {"standardize": True}, {"validation_share": 0.8}, {}
    for points, more in itertools.product(own, with_them):
        yield from refusal({"data": "own", "points": points, **more})
    for seed in range(9):  # with one of them the only point of a class is kept for validation
        few = {"points": [[0, 0, 1], [1, 1, 0], [2, 2, 0]], "validation_share": 0.34}
        yield from refusal({"data": "own", **few, "data_seed": seed})
    for more in ({"batch_size": 4}, {"dropout": 0.5}, {"normalization": "batch_norm"}, {"schedule": "cosine_decay"}):
        yield from refusal({"optimizer": "lbfgs", **more})
    yield from refusal({"hidden": [64] * 6})
    yield from refusal({"data": "linear", "n": 2000, "epochs": 100_000, "batch_size": 1})
    yield from refusal({"data": "linear", "n": 2000, "epochs": 100_000, "hidden": [64, 64]})
    diverging = choices.parse({"data": "saddle", "epochs": 60, "optimizer_settings": {"learning_rate": 1000.0}})
    yield from refused(partial(page, diverging, 50, [0], "standard"))
    usual = choices.parse({"epochs": 60})
    for epoch, samples, notation in ((99, [0], "report"), (1, [], "report"), (1, [99], "report"), (1, [0], "latin")):
        yield from refused(partial(page, usual, epoch, samples, notation))
    yield from refused(partial(page, choices.parse({"hidden": [64] * 3}), 1, [0], "report"))
    yield from refused(partial(take_away.model, usual, 1, "exe"))
    counts: tuple[Any, ...] = 0, 9999, "two"
    for count in counts:
        yield from refused(partial(seeds.fan, usual, count, lambda *_: None, lambda: True, 1))


def refusal(raw: Mapping[str, Any]) -> Iterator[str]:
    """What is said of these settings, if they are refused."""
    yield from refused(lambda: setup.prepare(choices.parse(raw)))


def of_files() -> Iterator[str]:
    """What is said of files: of those that are refused, and of how tables were read."""
    settings = choices.parse({}).to_json()
    foreign = "x;y;Gr\xf6\xdfe\n1,5;2,5;ja\n".encode("latin1") + b"1;2;nein\n" * 2100
    files: dict[str, bytes] = {
        "a.png": b"",
        "a.json": b"{",
        "b.json": b'{"a": NaN}',
        "c.json": b"[" * 100_000,
        "d.json": b"{}",
        "e.json": json.dumps({"settings": settings | {"epochs": 0}}).encode(),
        "f.json": b" " * 4_000_001,
        "g.json": b"\xff",
        "a.csv": b"",
        "b.csv": b"x,y,kind\n",
        "c.csv": b"x,y,kind\n1,2\n",
        "e.csv": b"\0" * 20,
        "f.csv": "a,b\n1,2\n".encode("utf-16"),
        "g.csv": b"a," * 200 + b"b\n",
        "h.csv": b" " * 2_000_001,
        "a.safetensors": b"{}",
        "b.safetensors": b"\xff" * 20,
        "c.safetensors": b"\x00" * 20,
    }
    for name, content in files.items():
        yield from refused(partial(bring_in.opened, name, content))
    yield from bring_in.opened("d.csv", foreign)["table"]["notes"]
    steep = chainrule.activations.get("elu", alpha=0.5)
    for net in (
        Network([9, 1]),
        Network([2, 8], output="softmax"),
        Network([2, 2, 1], hidden=steep),
        Network([2, 2, 2, 1], dropout=[0.1, 0.2]),
        Network([2, 2, 2, 1], normalization=["batch_norm", None]),
    ):
        yield from refused(partial(bring_in.of_network, net.structure))
    yield from refused(partial(table_points.first_choice, {"columns": ["a", "b"], "rows": [["x", "y"]]}))
    rows: list[list[Any]] = [["x", 1.0, "a"], [1.0, 1.0, None], *([float(i), 0.0, f"kind {i}"] for i in range(9))]
    table = {"columns": ["a", "b", "c"], "rows": rows}
    for names, kept in (("abc", rows), ("abd", rows), ("abc", rows[1:2]), ("abc", rows[2:])):
        yield from refused(partial(table_points.points, {**table, "rows": kept}, *names))


def refused(what: Callable[[], Any]) -> Iterator[str]:
    """What is said where this is refused."""
    try:
        what()
    except ValueError as error:
        yield str(error)


def written_in_code() -> Iterator[str]:
    """The sentences that the playground's code writes to refuse something, with 7 for whatever they tell.

    Those of `Field.refuse` are put together from parts: `of_settings` has all of them.
    """
    files = [path for path in (PACKAGE / "play").rglob("*.py") if path.name not in FOR_PROGRAMMERS]
    for path in (*files, *(PACKAGE / name for name in BELOW)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and called(node).endswith(("Error", "refused", "append")):
                said = [text for argument in node.args[:2] for text in variants(argument)]
                yield from (text for text in said if " " in text and not any(each in text for each in FOR_WRITERS))


def called(node: ast.Call) -> str:
    """The name of what is called."""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def variants(node: ast.expr) -> list[str]:
    """The texts that an expression may have, none if it is no text that is written there."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            return ["".join(parts) for parts in itertools.product(*map(variants, values))]
        case ast.FormattedValue(value=value):
            return variants(value) or ["7"]
        case ast.BinOp(left=left, right=right):
            return [a + b for a in variants(left) for b in variants(right)]
        case ast.IfExp(body=body, orelse=orelse):
            return variants(body) + variants(orelse)
    return []
