"""Our engines, through `Network.fit`, as a user calls it: checks, history and all."""

from __future__ import annotations

from ..task import Job, Outcome

__all__ = ["Auto", "Compiled", "NumPy"]


class Auto:
    """`fit(engine="auto")`, which is what a user gets who says nothing."""

    engine = "auto"

    def __init__(self, job: Job) -> None:
        self.job = job

    def reset(self) -> None:
        self.net = self.job.network()

    def run(self, epochs: int) -> None:
        self.found = self.job.train(self.engine, epochs, self.net)

    def outcome(self) -> Outcome:
        return self.found


class Compiled(Auto):
    """`fit(engine="compiled")`."""

    engine = "compiled"


class NumPy(Auto):
    """`fit(engine="numpy")`."""

    engine = "numpy"
