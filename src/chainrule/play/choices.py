"""Every setting of a run, declared once: its kind, its options from the package's registries, its bounds, its default.

The page builds its controls, its link and its checks from `schema()`; `parse` checks what comes back. `setup.prepare`
then finds what cannot go together.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chainrule.formulas.activations import Activation
from chainrule.formulas.initializers import Initializer
from chainrule.formulas.losses import Loss
from chainrule.formulas.normalizations import Normalization
from chainrule.play.features import FEATURES
from chainrule.play.fields import ChoiceError, Field, plain, shown
from chainrule.play.parameters import OPTIMIZERS, SCHEDULES
from chainrule.play.points import DATA, NOISY, OF_CLASSES, SIZED

__all__ = ["FIELDS", "MOST_CLASSES", "ChoiceError", "Choices", "parse", "schema"]

MOST_CLASSES = 6
"""As many as the page has colours and marks."""
LARGEST = 1e6
"""The largest coordinate, weight or target."""
DRAWN = [name for name in DATA if name not in ("own", "xor")]
HIDDEN = [name for name in Activation.names() if name not in ("softmax", "log_softmax")]
"""Those of a unit by itself."""

FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field(name="data", kind="choice", group="data", default="xor", options=list(DATA)),
        Field(name="n", kind="integer", group="data", default=200, least=10, most=2000, where={"data": SIZED}),
        Field(name="noise", kind="number", group="data", default=0.1, least=0.0, most=1.0, where={"data": NOISY}),
        Field(
            name="classes",
            kind="integer",
            group="data",
            default=2,
            least=2,
            most=MOST_CLASSES,
            where={"data": OF_CLASSES},
        ),
        Field(name="data_seed", kind="integer", group="data", default=0, least=0, most=999_999),
        Field(
            name="points",
            kind="points",
            group="data",
            default=(),
            least=-LARGEST,
            most=LARGEST,
            longest=2000,
            where={"data": ["own"]},
        ),
        Field(
            name="own_task",
            kind="choice",
            group="data",
            default="classification",
            options=["classification", "regression"],
            where={"data": ["own"]},
        ),
        Field(name="class_names", kind="list", group="data", default=(), longest=MOST_CLASSES, where={"data": ["own"]}),
        Field(name="standardize", kind="switch", group="data", default=False),
        Field(name="validation_share", kind="number", group="data", default=0.0, least=0.0, most=0.8),
        Field(
            name="features",
            kind="choices",
            group="features",
            default=("x1", "x2"),
            options=list(FEATURES),
            fewest=1,
            longest=len(FEATURES),
        ),
        Field(name="hidden", kind="list", group="network", default=(3, 3), least=1, most=64, longest=6),
        Field(
            name="activations", kind="list", group="network", default=("sigmoid", "sigmoid"), options=HIDDEN, longest=6
        ),
        Field(name="output", kind="choice", group="network", default="auto", options=["auto", *Activation.names()]),
        Field(name="initializer", kind="choice", group="network", default="he_normal", options=Initializer.names()),
        Field(name="seed", kind="integer", group="network", default=0, least=0, most=999_999),
        Field(
            name="normalization",
            kind="choice",
            group="network",
            default="none",
            options=["none", *Normalization.names()],
        ),
        Field(name="dropout", kind="number", group="network", default=0.0, least=0.0, most=0.9),
        Field(
            name="parameters", kind="numbers", group="network", default=(), least=-LARGEST, most=LARGEST, longest=21_000
        ),
        Field(name="loss", kind="choice", group="loss", default="auto", options=["auto", *Loss.names()]),
        Field(name="l1", kind="number", group="loss", default=0.0, least=0.0, most=10.0, logarithmic=True),
        Field(name="l2", kind="number", group="loss", default=0.0, least=0.0, most=10.0, logarithmic=True),
        Field(name="optimizer", kind="choice", group="optimizer", default="sgd", options=list(OPTIMIZERS)),
        Field(
            name="optimizer_settings",
            kind="settings",
            group="optimizer",
            of="optimizer",
            parameters=OPTIMIZERS,
            default={each.name: each.default for each in OPTIMIZERS["sgd"]} | {"learning_rate": 0.3, "momentum": 0.9},
        ),
        Field(name="schedule", kind="choice", group="optimizer", default="constant", options=list(SCHEDULES)),
        Field(
            name="schedule_settings",
            kind="settings",
            group="optimizer",
            default={},
            of="schedule",
            parameters=SCHEDULES,
        ),
        Field(name="batch_size", kind="integer", group="training", default=0, least=0, most=2000),
        Field(name="epochs", kind="integer", group="training", default=5000, least=1, most=100_000, logarithmic=True),
        Field(name="edits", kind="edits", group="training", default=(), least=-LARGEST, most=LARGEST, longest=100),
    )
}


@dataclass(frozen=True)
class Choices:
    """The settings of a run, checked one by one: `FIELDS` says what each may be."""

    data: str
    n: int
    noise: float
    classes: int
    data_seed: int
    points: tuple[tuple[float, float, float], ...]
    own_task: str
    class_names: tuple[str, ...]
    standardize: bool
    features: tuple[str, ...]
    hidden: tuple[int, ...]
    activations: tuple[str, ...]
    output: str
    initializer: str
    seed: int
    normalization: str
    dropout: float
    loss: str
    l1: float
    l2: float
    optimizer: str
    optimizer_settings: Mapping[str, Any]
    schedule: str
    schedule_settings: Mapping[str, Any]
    batch_size: int
    epochs: int
    validation_share: float
    edits: tuple[tuple[int, int, float], ...]
    parameters: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """The settings as the page has them; `parse` reads them again."""
        return {field.name: plain(getattr(self, field.name)) for field in dataclasses.fields(self)}


def parse(raw: Any) -> Choices:
    """The settings, checked; a field that is missing has its default.

    Args:
        raw: what the page sent: a value by each field's name.

    Raises:
        ChoiceError: a name that is unknown, a value of the wrong kind or out of bounds; its `field` says which.

    Example:
        >>> parse({"epochs": 100}).epochs, parse({}).data
        (100, 'xor')
    """
    if not isinstance(raw, Mapping):
        raise ChoiceError(f"settings must be an object, got {shown(raw)}", "settings")
    for name in raw:
        if name not in FIELDS:
            raise ChoiceError(f"there is no setting {shown(name)}", name[:40] if isinstance(name, str) else "settings")
    values = {
        name: field.parsed(raw.get(name, field.default)) for name, field in FIELDS.items() if field.kind != "settings"
    }
    if "hidden" in raw and "activations" not in raw:
        values["activations"] = (FIELDS["activations"].default[0],) * len(values["hidden"])
    for name, field in FIELDS.items():
        if field.kind == "settings":
            values[name] = settings(field, values[str(field.of)], raw.get(name))
    made = Choices(**values)
    if len(made.activations) != len(made.hidden):
        raise ChoiceError(
            f"activations must name one for each of the {len(made.hidden)} hidden layers, got {len(made.activations)}",
            "activations",
        )
    for epoch, _, _ in made.edits:
        if epoch > made.epochs:
            raise ChoiceError(f"edits must be at epochs from 0 to {made.epochs:,}, got {epoch:,}", "edits")
    return made


def settings(field: Field, choice: str, raw: Any) -> dict[str, Any]:
    """The parameters of the option that was chosen; those that are missing have their defaults."""
    assert field.parameters is not None
    parameters = {parameter.name: parameter for parameter in field.parameters[choice]}
    usual = field.default if choice == FIELDS[str(field.of)].default else {}
    raw = usual if raw is None else raw
    if not isinstance(raw, Mapping):
        raise field.refuse("an object", raw)
    for name in raw:
        if name not in parameters:
            known = ", ".join(parameters) or "none"
            raise ChoiceError(f"{choice} has no parameter {shown(name)}; it has {known}", field.name)
    try:
        return {name: each.parsed(raw.get(name, usual.get(name, each.default))) for name, each in parameters.items()}
    except ChoiceError as error:
        raise ChoiceError(str(error), field.name) from None


def schema() -> list[dict[str, Any]]:
    """The fields as the page reads them.

    >>> schema()[0]["name"], schema()[0]["options"][:2]
    ('data', ['linear', 'xor'])
    """
    return [field.to_json() for field in FIELDS.values()]
