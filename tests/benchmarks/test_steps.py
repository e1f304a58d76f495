"""The harness compares before it times: who does other work is found out, who is missing is named."""

from typing import Any

import numpy as np
import pytest

from benchmarks import peers, steps
from benchmarks.peers import PEERS, Peer, by_name
from benchmarks.peers.in_place import InPlace
from benchmarks.task import Job, Outcome, Task

XOR = Task((2, 3, 3, 1), "xor", 21, 21, 40, learning_rate=0.3)
TWO_OUTPUTS = Task((3, 5, 4, 2), "random", 24, 8, 10)
SOFTMAX = Task((6, 5, 3), "random", 24, 8, 10, "softmax")
SINGLE = Task((6, 5, 3), "random", 24, 8, 10, "softmax", "float32")
PRESENT = [peer for peer in PEERS if not peer.packages]


class Wrong(InPlace):
    """Sums the gradients of a batch where the others take their mean."""

    def backward(self) -> None:
        super().backward()
        for gradient in self.gradients:
            gradient *= len(self.target)


class Short(InPlace):
    """Ends before its time where it is asked for much."""

    def run(self, epochs: int) -> None:
        super().run(min(epochs, 10))


class Broken(InPlace):
    def run(self, epochs: int) -> None:
        raise RuntimeError("cannot compile /somewhere/deep/kernel.cpp\nand more")


def measured(task: Task, *added: Peer) -> dict[str, Any]:
    """What a short measurement gives."""
    values = {**vars(task)}
    return steps.measure(task=values, quick=True, repeats=2, peers=[by_name("chainrule, NumPy"), *added])


def of_class(cls: type[Any], monkeypatch: pytest.MonkeyPatch) -> Peer:
    """A peer of this class."""
    monkeypatch.setattr(peers.in_place, "Added", cls, raising=False)
    return Peer(cls.__name__, "in_place:Added")


@pytest.mark.parametrize("task", [XOR, TWO_OUTPUTS, SOFTMAX, SINGLE], ids=str)
@pytest.mark.parametrize("peer", PRESENT, ids=lambda peer: peer.name)
def test_everybody_comes_to_the_same(peer: Peer, task: Task) -> None:
    job = Job(task)
    trainer = peer.prepare(job)
    for _ in range(2):  # from the start, every time
        trainer.reset()
        trainer.run(6)
        steps.agree(trainer.outcome(), job.reference(6), steps.TOLERANCE[task.dtype])


def test_times_and_ratios() -> None:
    found = measured(XOR, by_name("in-place NumPy"))
    assert found["samples"] == "the report's xor data"
    ours, other = found["peers"]["chainrule, NumPy"], found["peers"]["in-place NumPy"]
    assert "ratio" not in ours
    assert 0 < other["ratio"]["lowest"] <= other["ratio"]["median"] <= other["ratio"]["highest"]
    assert 0 < other["epochs"] <= XOR.epochs
    assert 0 < other["seconds"]["median"] < 1
    assert all(0 < share < 1 for share in found["limits"]["product_share"].values())


@pytest.mark.parametrize(
    ("cls", "said"),
    [
        (Wrong, "wrong losses: off by"),
        (Short, "ended after 10 epochs of"),
        (Broken, "cannot compile kernel.cpp"),
    ],
)
def test_who_fails_is_named_and_not_timed(cls: type[Any], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "CHECKED_STEPS", 8)
    row = measured(XOR, of_class(cls, monkeypatch), by_name("textbook NumPy"))["peers"]
    assert said in row[cls.__name__]["failed"]
    assert "/somewhere" not in row[cls.__name__]["failed"]
    assert "seconds" not in row[cls.__name__]
    assert "ratio" in row["textbook NumPy"]  # the others go on


def test_who_is_missing_is_named() -> None:
    absent = Peer("Imaginary", "with_imaginary:Trainer", ("no_such_package",))
    found = measured(XOR, absent)
    assert found["peers"]["Imaginary"] == {"skipped": "no_such_package not installed"}


@pytest.mark.parametrize("change", ["losses", "weights", "biases", "nan", "shape"])
def test_disagreement_is_found(change: str) -> None:
    job = Job(XOR)
    right = job.reference(5)
    weights, biases = [w.copy() for w in right.weights], [b.copy() for b in right.biases]
    losses = right.losses.copy()
    steps.agree(Outcome(losses, weights, biases), right, 1e-12)
    if change == "losses":
        losses[3] *= 1.001
    elif change == "weights":
        weights[1][2, 1] += 0.001
    elif change == "biases":
        biases[2] = biases[2] * 1.001
    elif change == "nan":
        losses[4] = np.nan
    else:
        weights[0] = weights[0].T
    with pytest.raises(ValueError, match=r"wrong (losses|weights of layer|biases of layer)"):
        steps.agree(Outcome(losses, weights, biases), right, 1e-6)


def test_batches_that_do_not_divide_the_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="24 samples do not divide into batches of 7"):
        Job(Task((2, 1), "random", 24, 7, 1))


def test_spread() -> None:
    assert steps.spread([3.0, 1.0, 2.0]) == {"median": 2.0, "lowest": 1.0, "highest": 3.0}


def test_products_of_a_step() -> None:
    """Forward 2·n·d_in·d_out, and twice that backward, but for the derivative in the samples."""
    assert Task((2, 3, 1), "random", 10, 10, 1).products == 2 * 10 * (3 * (6 + 3) - 6)
    assert Task((2, 3, 1), "random", 10, 10, 1).exponentials == 10 * 4
