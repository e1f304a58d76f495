"""What loggers tell of a run, by the names that their readers know: train/loss, val/loss, learning_rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

    from chainrule.training.callbacks.callback import Callback, Logs

__all__ = ["imported", "parameters", "scalars"]


def scalars(callback: Callback, logs: Logs) -> dict[str, float]:
    """The numbers of an epoch that has just ended: train/loss, val/loss, …, and the learning rate of its last step."""
    assert callback.run is not None
    named = {name: float(value) for name, value in {"learning_rate": callback.run.rate, **logs}.items()}
    return {logged_name(name): value for name, value in named.items()}


def logged_name(name: str) -> str:
    """What a quantity of the logs is called.

    >>> [logged_name(name) for name in ("loss", "val_loss", "learning_rate")]
    ['train/loss', 'val/loss', 'learning_rate']
    """
    if name == "learning_rate":
        return name
    return f"val/{name[4:]}" if name.startswith("val_") else f"train/{name}"


def parameters(callback: Callback) -> dict[str, Any]:
    """What the run was begun with."""
    assert callback.run is not None
    job, params = callback.run.engine.job, callback.params
    return {
        "network": str(job.structure),
        "activations": " ".join(layer.activation.name for layer in job.structure.layers),
        "n_parameters": job.structure.n_parameters,
        "dtype": job.theta.dtype.name,
        "loss": job.loss.name,
        "optimizer": str(job.optimizer),
        "epochs": params["epochs"],
        "batch_size": job.batches.size,
        "samples": job.batches.n,
    }


def imported(name: str, callback: str, advice: str) -> ModuleType:
    """A package that only this callback needs.

    Raises:
        ImportError: it is not installed; the message says how to install it.

    >>> imported("no_such_package", "MLflowLogger", "pip install mlflow")
    Traceback (most recent call last):
        ...
    ImportError: MLflowLogger needs the package no_such_package, which is not installed; pip install mlflow
    """
    import importlib

    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ImportError(f"{callback} needs the package {name}, which is not installed; {advice}", name=name) from None
