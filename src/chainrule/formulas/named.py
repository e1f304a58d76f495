"""Things that are asked for by name: activations, losses, initializers, optimizers.

A family is a class that names its `kind`; every subclass joins it under its own name, with its dataclass fields as
parameters. So a new formula is known to `get`, to the error messages and to the command line by being written.
"""

from __future__ import annotations

import dataclasses
import numbers
import re
from typing import Any, ClassVar, TypeVar

from chainrule.arguments import unknown_name

__all__ = ["Named"]

Self = TypeVar("Self", bound="Named")


class Named:
    """A frozen dataclass that is found by its name within its family."""

    kind: ClassVar[str]
    """What the family is called in messages: "activation", "loss", …"""
    name: ClassVar[str]
    """The name by which `get` finds the class: its own name in snake case unless it says otherwise."""
    family: ClassVar[dict[str, type[Named]]]

    def __init_subclass__(cls, kind: str | None = None, abstract: bool = False) -> None:
        super().__init_subclass__()
        if kind is not None:
            cls.kind, cls.family = kind, {}
        elif not abstract:
            if "name" not in cls.__dict__:
                cls.name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()
            cls.family[cls.name] = cls

    @property
    def parameters(self) -> tuple[Any, ...]:
        """The values of the parameters in the order in which the formula takes them.

        Numbers are Python's own: one of NumPy's would impose its dtype on the arrays that it meets.
        """
        values = (getattr(self, field.name) for field in dataclasses.fields(self))  # type: ignore[arg-type]
        return tuple(
            float(value) if isinstance(value, numbers.Real) and not isinstance(value, bool) else value
            for value in values
        )

    @classmethod
    def names(cls) -> list[str]:
        """Every name of the family, sorted."""
        return sorted(cls.family)

    @classmethod
    def get(cls: type[Self], name: str | Self, **parameters: Any) -> Self:
        """The member of that name with these parameters; a member is returned as it is."""
        if isinstance(name, cls):
            if parameters:
                raise TypeError(
                    f"{name!r} has its parameters already; got {', '.join(parameters)} besides; "
                    f"pass the name {name.name!r} instead to set them"
                )
            return name
        if not isinstance(name, str):
            raise TypeError(
                f"{cls.kind} must be a name or an object of class {cls.__name__}, got {name!r} of type "
                f"{type(name).__name__}; the names are {', '.join(cls.names())}"
            )
        if name not in cls.family:
            raise ValueError(unknown_name(cls.kind, name, cls.names()))
        member = cls.family[name]
        known = [field.name for field in dataclasses.fields(member) if field.init]  # type: ignore[arg-type]
        for parameter in parameters:
            if parameter not in known:
                raise TypeError(
                    f"{cls.kind} {name!r} has no parameter {parameter!r}; "
                    + (f"it has {', '.join(known)}" if known else "it takes none")
                )
        return member(**parameters)  # type: ignore[return-value]
