"""The packages of the extra `tables`, imported when a table is first met; and what is said where one is missing."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

__all__ = ["pandas", "pyarrow", "sklearn"]

EXTRA = "tables need {}, which is not installed; pip install 'chainrule[tables]'"


@cache
def module(name: str) -> Any:
    """The module of this name.

    Raises:
        ImportError: it is not installed; the message says what to do.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(EXTRA.format(name.split(".")[0])) from error


def pandas() -> Any:
    """The package pandas."""
    return module("pandas")


def pyarrow() -> Any:
    """The package pyarrow."""
    return module("pyarrow")


def sklearn(part: str) -> Any:
    """A part of scikit-learn, such as "metrics"."""
    return module(f"sklearn.{part}")
