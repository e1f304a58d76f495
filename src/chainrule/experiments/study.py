"""What a study is: a question, how it is looked into, and an answer that is computed from what was measured.

To add one, write a file in `studies/` with a subclass of `Study`: `chainrule study`, the pages and `make studies` know
it by being written. Its dataclass fields are its settings, on the command line too.
"""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

import chainrule
from chainrule.arguments import as_count
from chainrule.arrays import Array
from chainrule.engines.cores import available_cores
from chainrule.formulas.named import Named
from chainrule.training.many import train_many
from chainrule.training.runs import Runs

if TYPE_CHECKING:
    from distributed import Client
    from matplotlib.figure import Figure

__all__ = ["Measured", "Outcome", "Picture", "Study", "Table", "Watch", "plain", "setting"]


def setting(default: Any, *, quick: Any = None, about: str) -> Any:
    """A field of a study that people may set: its default, its default in a quick run if that differs, what it is."""
    return field(default=default, metadata={"quick": quick, "about": about})


class Watch:
    """Who is told how a study goes.

    Args:
        say: called with a line before each part of the work.
        verbose: as of `train_many`: whether each training shows a bar with the time left.
        backend: of `train_many`: the Dask cluster that trains, or None for this process.
    """

    def __init__(
        self,
        say: Callable[[str], object] = lambda line: None,
        verbose: int | str = 0,
        backend: Client | None = None,
    ) -> None:
        self.say, self.verbose, self.backend = say, verbose, backend

    @property
    def cores(self) -> int:
        """How many networks are trained at once."""
        return available_cores() if self.backend is None else sum(self.backend.nthreads().values())

    def train_many(self, *arguments: Any, **options: Any) -> Runs:
        """`chainrule.train_many` with the compiled engine, whole or not at all.

        Raises:
            KeyboardInterrupt: Ctrl-C; half of the runs are no study.
        """
        usual = {"engine": "compiled", "verbose": self.verbose, "backend": self.backend}
        runs = train_many(*arguments, **{**usual, **options})
        if not runs.completed.all():
            raise KeyboardInterrupt
        return runs


@dataclass(frozen=True)
class Measured:
    """What a study measured.

    Attributes:
        results: plain values (numbers, strings, lists, dicts; None for what is not finite), small enough for a file
            that people read: every number of the answer and of the tables is among them or computed from them.
        arrays: what only the pictures need besides, by name.
    """

    results: dict[str, Any]
    arrays: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Picture:
    """A figure, and what a reader should see in it.

    Attributes:
        name: of its files, without their ending.
        figure: drawn by Matplotlib in the style of `plots.py`.
        caption: sentences below it, which say what every line, colour and shape is.
        moving: a GIF that a page shows in its place; the figure is then the still one, for print.
    """

    name: str
    figure: Figure
    caption: str
    moving: bytes = b""


@dataclass(frozen=True)
class Table:
    """Rows of text below a heading each; the first column says what a row is, the others are numbers."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Study(Named, kind="study"):
    """A question that networks are trained to answer.

    Attributes:
        title: of its page.
        question: what it asks.
        seeds: over how many networks of each kind an answer is taken.
        seed: the first of their seeds, which are consecutive.
    """

    title: ClassVar[str]
    question: ClassVar[str]
    seeds: int = setting(1000, quick=50, about="Networks of each kind.")
    seed: int = setting(0, about="The first of their seeds.")

    def __post_init__(self) -> None:
        as_count("seeds", self.seeds, least=2)  # no interval comes from one
        as_count("seed", self.seed, least=0)

    @property
    def all_seeds(self) -> range:
        """The seeds of the networks."""
        return range(self.seed, self.seed + self.seeds)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def method(self) -> str:
        """How the question is looked into, in sentences, the settings among them."""
        raise NotImplementedError

    def measure(self, watch: Watch) -> Measured:
        """Train and measure. What diverges or never learns is a result, not an error."""
        raise NotImplementedError

    @classmethod
    def answer(cls, results: Mapping[str, Any]) -> list[str]:
        """The answer in sentences, from the results alone, so that pages can be made from a file of them."""
        raise NotImplementedError

    @classmethod
    def tables(cls, results: Mapping[str, Any]) -> list[Table]:
        """The tables, from the results alone."""
        return []

    def figures(self, measured: Measured) -> list[Picture]:
        """The pictures."""
        raise NotImplementedError

    def run(self, watch: Watch | None = None) -> Outcome:
        """Measure, answer, and draw.

        Raises:
            KeyboardInterrupt: Ctrl-C.
        """
        from chainrule import plots

        started, watch = time.perf_counter(), watch or Watch()
        measured = self.measure(watch)
        measured = Measured(plain(measured.results), measured.arrays)
        watch.say("drawing")
        pictures = plots.in_style(self.figures)(measured)
        return Outcome(self, measured.results, pictures, time.perf_counter() - started)


@dataclass(frozen=True)
class Outcome:
    """A study that was run. `save` writes its folder."""

    study: Study
    results: dict[str, Any]
    pictures: list[Picture]
    seconds: float

    @property
    def answer(self) -> list[str]:
        """The answer in sentences."""
        return self.study.answer(self.results)

    @property
    def tables(self) -> list[Table]:
        """The tables."""
        return self.study.tables(self.results)

    def to_json(self) -> dict[str, Any]:
        """The outcome as plain values: what `results.json` holds."""
        return {
            "study": self.study.name,
            "title": self.study.title,
            "question": self.study.question,
            "method": self.study.method(),
            "answer": self.answer,
            "settings": plain(self.study.settings),
            "results": self.results,
            "chainrule": chainrule.__version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "machine": platform.machine(),
            "seconds": self.seconds,
        }

    def save(self, folder: str | Path) -> Path:
        """Write the page, the figures and `results.json` into a folder; the page's path.

        Raises:
            OSError: the folder cannot be written into; what was there is kept.
        """
        from chainrule.experiments import folder as folders
        from chainrule.experiments import study_page

        folders.prepare(Path(folder))
        folders.write(Path(folder), study_page.files(self))
        return Path(folder) / "index.html"


def plain(value: Any) -> Any:
    """A value as JSON has it: NumPy's numbers and arrays as Python's, what is not finite as None, keys as strings.

    >>> plain({0.5: np.array([1.0, np.nan]), "n": np.int64(3)})
    {'0.5': [1.0, None], 'n': 3}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple | range):
        return [plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
