"""A training run at the end of an epoch: all that decides how it goes on, and what tells whether another run is it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arrays import Array
from chainrule.formulas.schedules import Schedule

if TYPE_CHECKING:
    from chainrule.engines.job import Job
    from chainrule.network import Network
    from chainrule.training.callbacks import Callback, Run

__all__ = ["Snapshot", "identity"]


@dataclass(frozen=True)
class Snapshot:
    """A run between two epochs.

    Attributes:
        values: what JSON can hold: how many epochs were completed, the optimizer's count of steps, its rate where a
            callback may set it, the states of the generators, and what each callback remembers.
        arrays: the parameters with the running statistics, the optimizer's vectors, the history, and the arrays that
            callbacks remember, by name.
        identity: what the run is, by name, as text or numbers; as of `identity`.
    """

    values: dict[str, Any]
    arrays: dict[str, Array]
    identity: dict[str, Any]

    @classmethod
    def of(cls, run: Run, net: Network, identity: Mapping[str, Any]) -> Snapshot:
        """The run as it is now; in arrays of its own, because it goes on."""
        job, state, history = run.engine.job, run.engine.state, run.so_far()
        rate, shuffling = run.engine.optimizer.learning_rate, job.batches.rng
        arrays = {"numbers": job.theta.copy()}
        arrays |= {f"slots.{name}": state[name].copy() for name in job.optimizer.slots}
        arrays |= {f"history.{name}": np.array(values, float) for name, values in history.history.items()}
        remembered: list[dict[str, Any]] = []
        for i, callback in enumerate(watchers(run.callbacks)):
            kept = {name: getattr(callback, name) for name in callback.remembers}
            found = {name: value for name, value in kept.items() if isinstance(value, np.ndarray)}
            arrays |= {f"callbacks.{i}.{name}": value.copy() for name, value in found.items()}
            plain = {name: as_plain(value) for name, value in kept.items() if name not in found}
            remembered.append(plain)
        values = {
            "epoch": run.step // job.batches.steps_per_epoch,
            "t": int(state["t"]),
            "learning_rate": None if callable(rate) else float(rate),
            "key": job.key,
            "rng": as_plain(net.rng.bit_generator.state),
            "shuffling": None if shuffling is None else as_plain(shuffling.bit_generator.state),
            "seconds": history.seconds,
            "stopped": net.stop_training or any(callback.stopped for callback in run.callbacks),
            "callbacks": remembered,
        }
        return cls(values, arrays, dict(identity))

    @property
    def engine(self) -> str:
        """The name of the engine that computed the run."""
        return str(self.identity["engine"])

    @property
    def epoch(self) -> int:
        """How many epochs were completed."""
        return int(self.values["epoch"])

    @property
    def state(self) -> dict[str, Any]:
        """The optimizer's state."""
        slots = {name[6:]: value for name, value in self.arrays.items() if name.startswith("slots.")}
        return {"t": self.values["t"], **slots}

    @property
    def history(self) -> dict[str, list[float]]:
        """The history of the epochs that were completed."""
        return {name[8:]: value.tolist() for name, value in self.arrays.items() if name.startswith("history.")}

    def require_same_run(self, identity: Mapping[str, Any], epochs: int) -> None:
        """Raise unless the run is the one that this is a moment of.

        Raises:
            ValueError: it is another one; the message names every difference.
        """
        differing = [
            f"{name} is {identity.get(name)!r} here and {self.identity.get(name)!r} there"
            for name in dict.fromkeys([*identity, *self.identity])
            if identity.get(name) != self.identity.get(name)
        ]
        if differing:
            raise ValueError(
                f"the checkpoint is one of another run: {'; '.join(differing)}; "
                "pass what the run was begun with, or leave out resume_from"
            )
        if self.epoch > epochs:
            raise ValueError(f"the checkpoint was taken after epoch {self.epoch}, but epochs is {epochs}; pass more")

    def restore_generators(self, net: Network, shuffling: np.random.Generator | None) -> None:
        """Put the generators where they were."""
        net.rng.bit_generator.state = self.values["rng"]
        if shuffling is not None:
            shuffling.bit_generator.state = self.values["shuffling"]

    def restore_watchers(self, run: Run) -> None:
        """Put the rate, and what callbacks remember, to what they were; after `on_train_begin`, which begins anew."""
        if self.values["learning_rate"] is not None:
            run.engine.optimizer = run.engine.optimizer.with_rate(self.values["learning_rate"])
        for i, (callback, kept) in enumerate(zip(watchers(run.callbacks), self.values["callbacks"], strict=True)):
            for name in callback.remembers:
                array = self.arrays.get(f"callbacks.{i}.{name}")
                setattr(callback, name, kept[name] if array is None else array.copy())


def watchers(callbacks: Sequence[Callback]) -> list[Callback]:
    """The callbacks on which it depends how a run goes on."""
    return [callback for callback in callbacks if callback.remembers or callback.sets_rate]


def identity(job: Job, engine: str, callbacks: Sequence[Callback]) -> dict[str, Any]:
    """What a run is: whatever changes one of its bits, as text and numbers that people can compare."""
    rate = job.optimizer.learning_rate
    if callable(rate) and not isinstance(rate, Schedule):  # whose repr is another one in every process
        optimizer = f"{job.optimizer.at_step(0)} by {getattr(rate, '__qualname__', type(rate).__qualname__)}"
    else:
        optimizer = repr(job.optimizer)
    clipping = {name: getattr(job.optimizer, name) for name in ("clip_value", "clip_norm")}
    return {
        "network": repr([(layer.fan_in, layer.fan_out, layer.stages) for layer in job.structure.layers]),
        "dtype": job.theta.dtype.name,
        "loss": repr(job.loss),
        "optimizer": optimizer,
        **clipping,
        "regularization": repr(job.regularization),
        "samples": job.batches.n,
        "batch_size": job.batches.size,
        "shuffled": job.batches.rng is not None,
        "data": job.fingerprint,
        "callbacks": [type(callback).__name__ for callback in watchers(callbacks)],
        "engine": engine,
    }


def as_plain(value: Any) -> Any:
    """A value as JSON has it.

    Raises:
        TypeError: it is none that JSON can hold.
    """
    if isinstance(value, Mapping):
        return {str(name): as_plain(each) for name, each in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [as_plain(each) for each in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a checkpoint can hold numbers, text, lists, None and arrays, but not {value!r:.100}")
