"""What people pass as callbacks: ours, those written for Keras, and plain functions; all of them as Callbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from chainrule.arguments import as_count
from chainrule.training.callbacks.callback import Callback, Logs

if TYPE_CHECKING:
    from chainrule.network import Network

__all__ = ["HOOKS", "as_callbacks"]

HOOKS = (
    "on_train_begin",
    "on_epoch_begin",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_epoch_end",
    "on_train_end",
)
"""The hooks that Keras has too."""


class _Function(Callback):
    """A plain function of (epoch, logs), called after every epoch."""

    def __init__(self, function: Callable[[int, Logs], object]) -> None:
        self.on_epoch_end = function  # type: ignore[method-assign, assignment]


class _Foreign(Callback):
    """An object with some of Keras' hooks, of whatever class."""

    def __init__(self, theirs: Any) -> None:
        self.theirs = theirs
        for hook in hooks_of(theirs):
            setattr(self, hook, getattr(theirs, hook))

    def set_model(self, model: Network) -> None:
        super().set_model(model)
        self._tell("model", model)

    def set_params(self, params: Mapping[str, Any]) -> None:
        super().set_params(params)
        self._tell("params", params)

    def _tell(self, name: str, value: Any) -> None:
        if callable(setter := getattr(self.theirs, f"set_{name}", None)):
            setter(value)
        else:
            setattr(self.theirs, name, value)


def hooks_of(value: Any) -> list[str]:
    """Which of Keras' hooks an object has; not those that Keras' own base class has, which do nothing."""
    if isinstance(value, type):
        return []
    methods = {hook: getattr(value, hook, None) for hook in HOOKS}
    return [hook for hook, method in methods.items() if callable(method) and not getattr(method, "_is_default", False)]


def as_callbacks(values: Any) -> list[Callback]:
    """All as Callbacks, those that wake last at the end.

    An object with Keras' hooks is called at these, a function of (epoch, logs) after every epoch.

    Raises:
        TypeError: values is no list, one of them is none of these, or its `every` is no whole number.
        ValueError: an `every` below 1, a `first` below 0.
    """
    if not isinstance(values, Iterable):
        raise TypeError(f"callbacks must be a list of callbacks, got {values!r}; pass callbacks=[...]")
    return sorted(map(_as_callback, values), key=lambda callback: callback.wakes_last)


def _as_callback(value: Any) -> Callback:
    if isinstance(value, Callback):
        as_count(f"{type(value).__name__}.every", value.every)
        as_count(f"{type(value).__name__}.first", value.first, least=0)
        return value
    if hooks_of(value):
        return _Foreign(value)
    if callable(value) and not isinstance(value, type):
        return _Function(value)
    raise TypeError(f"a callback must be a chainrule.Callback or a function of (epoch, logs), got {value!r}")
