"""Where the benchmarks are: inside the package where it was installed from a wheel, beside `src/` in a clone.

They are no part of the library, because they import libraries that compute derivatives.
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import chainrule

__all__ = ["load"]


def load() -> ModuleType:
    """The module that runs them.

    Raises:
        FileNotFoundError: they are in neither place.
    """
    if importlib.util.find_spec("chainrule.benchmarks"):
        return importlib.import_module("chainrule.benchmarks.run")
    clone = Path(chainrule.__file__).parents[2]
    if not (clone / "benchmarks" / "run.py").exists():
        raise FileNotFoundError(
            "the benchmarks are neither in the package nor beside src/; install chainrule from its wheel or its source"
        )
    if str(clone) not in sys.path:
        sys.path.insert(0, str(clone))
    return importlib.import_module("benchmarks.run")
