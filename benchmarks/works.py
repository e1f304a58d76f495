"""What is measured: one line a work. Each is run in a process of its own and leaves one file of results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from chainrule.experiments.printed import LINEAR, XOR

from .task import Task

__all__ = ["WORKS", "Work", "step"]


@dataclass(frozen=True)
class Work:
    """One of them."""

    name: str
    title: str
    function: str
    """Who measures it, "module:name" of this package: called with `quick`, `repeats` and the payload."""
    minutes: float
    """About how long it takes, for the time left."""
    threads: int = 1
    payload: Mapping[str, Any] = field(default_factory=dict)
    quick: bool = True
    """Whether `--quick` measures it too."""


def step(name: str, task: Task, *, threads: int = 1, minutes: float = 1, quick: bool = False) -> Work:
    """The work of one training step of this task."""
    cores = "1 thread" if threads == 1 else f"{threads} threads"
    title = f"{'-'.join(map(str, task.sizes))}, batches of {task.batch_size}, {task.dtype}, {cores}"
    return Work(name, title, "steps:measure", minutes, threads, {"task": asdict(task)}, quick)


WIDE = (784, 1024, 1024, 1024, 10)
MNIST = (784, 256, 256, 10)
WORKS = (
    step("xor", Task(XOR.sizes, "xor", 21, 21, XOR.epochs, learning_rate=0.3), quick=True),
    step("linear", Task(LINEAR.sizes, "linear", 100, 100, LINEAR.epochs, learning_rate=0.3)),
    step("step-8", Task((2, 8, 8, 2), "random", 320, 32, 3000), quick=True),
    step("step-64", Task((20, 64, 64, 2), "random", 640, 64, 1000)),
    step("digits", Task((64, 100, 10), "digits", 1600, 200, 500, "softmax")),
    step("mnist", Task(MNIST, "mnist", 1280, 128, 50, "softmax")),
    step("mnist-2-threads", Task(MNIST, "mnist", 1280, 128, 50, "softmax"), threads=2),
    step("mnist-float32", Task(MNIST, "mnist", 1280, 128, 50, "softmax", "float32"), quick=True),
    step("mnist-float32-2-threads", Task(MNIST, "mnist", 1280, 128, 50, "softmax", "float32"), threads=2),
    step("wide", Task(WIDE, "mnist", 1024, 256, 10, "softmax", "float32")),
    step("wide-2-threads", Task(WIDE, "mnist", 1024, 256, 10, "softmax", "float32"), threads=2),
    Work("population", "1,000 XOR networks, 10,000 epochs, 2 threads", "populations:measure", 2, 2),
    Work("growth", "how time and memory grow, 1 thread", "growth:measure", 1.5, 2),
    Work("start", "time to the first result", "first_result:measure", 1.2, 2),
    Work("accuracy", "whether what is fast is right; time to 97 % of digits", "accuracy:measure", 0.6, 1),
    Work("estimators", "chainrule.sklearn beside scikit-learn's own, 1 thread", "estimators:measure", 1.2, 1),
    Work("large-data", "10⁷ samples of 20 numbers, memory-mapped", "large_data:measure", 0.2, 1, quick=False),
    Work("table", "`chainrule train` on a CSV of 10⁶ rows × 20", "table:measure", 0.6, 2, quick=False),
    Work("scale", "past one process: a Dask cluster of this machine", "scale:measure", 11, 2, quick=False),
    Work("playground", "the playground, in headless Chromium", "playground:measure", 1, 2, quick=False),
    Work("soak", "the playground's server with 20 open tabs", "playground_soak:measure", 10.2, 2, quick=False),
)
