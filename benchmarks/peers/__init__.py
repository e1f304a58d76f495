"""Who trains: our engines, and every library or loop that a person would take instead.

Each is a class in a module of its own, built with a job; see `Trainer`.
"""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..task import Job, Outcome

__all__ = ["OURS", "PEERS", "Peer", "Trainer", "by_name"]


class Trainer(Protocol):
    """Trains a job. What a user does once, such as compiling, belongs into building it or into a first run."""

    def __init__(self, job: Job) -> None: ...

    def reset(self) -> None:
        """Back to the job's starting weights, with the optimizer at rest. Not timed."""

    def run(self, epochs: int) -> None:
        """Train for so many epochs, and return when that is really done. Timed."""

    def outcome(self) -> Outcome:
        """What the run gave. Not timed."""


@dataclass(frozen=True)
class Peer:
    """One who trains."""

    name: str
    trainer: str
    """The class, as "module:name" in this package."""
    packages: tuple[str, ...] = ()
    """What it imports besides NumPy."""
    slow_start: bool = False
    """Whether it takes long before its first step."""

    @property
    def missing(self) -> list[str]:
        """Which of its packages cannot be found."""
        return [name for name in self.packages if importlib.util.find_spec(name) is None]

    def prepare(self, job: Job) -> Trainer:
        """Its trainer of this job."""
        module, name = self.trainer.split(":")
        trainer: type[Trainer] = getattr(importlib.import_module(f".{module}", __name__), name)
        return trainer(job)


OURS = (
    Peer("chainrule", "ours:Auto"),
    Peer("chainrule, compiled", "ours:Compiled"),
    Peer("chainrule, NumPy", "ours:NumPy"),
)
PEERS = (
    *OURS,
    Peer("in-place NumPy", "in_place:InPlace"),
    Peer("textbook NumPy", "textbook:Textbook"),
    Peer("scikit-learn", "scikit_learn:ScikitLearn", ("sklearn",)),
    Peer("JAX, jitted step", "with_jax:Step", ("jax",)),
    Peer("JAX, one scan", "with_jax:Scan", ("jax",)),
    Peer("PyTorch eager", "with_torch:Eager", ("torch",)),
    Peer("PyTorch compiled", "with_torch:Compiled", ("torch",), slow_start=True),
    Peer("Keras", "with_keras:Keras", ("keras", "jax"), slow_start=True),
)


def by_name(name: str) -> Peer:
    """The peer of that name."""
    return {peer.name: peer for peer in PEERS}[name]
