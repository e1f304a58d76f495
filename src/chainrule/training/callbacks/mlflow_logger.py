"""A run as MLflow keeps it."""

from __future__ import annotations

from typing import Any

from chainrule.arguments import as_count
from chainrule.training.callbacks.callback import Callback, Logs
from chainrule.training.callbacks.logged import imported, parameters, scalars

__all__ = ["MLflowLogger"]


class MLflowLogger(Callback):
    """Logs a run to MLflow: its parameters once, and train/loss, val/loss, learning_rate, … of every epoch, its step.

    Needs the package mlflow, which chainrule does not install: pip install mlflow, or mlflow-skinny. Where it logs to
    is MLflow's affair: `mlflow.set_tracking_uri`, or the variable MLFLOW_TRACKING_URI.

    Args:
        run: an MLflow run, or the id of one, to log to; it is left as it is. Without one, the active run is logged to,
            and left active; and where there is none a new one is begun, and ended with the run: as FINISHED, or as
            FAILED after an error.
        experiment_name: the experiment of a new run.
        every: how many epochs from one to the next that is logged, at least 1; the last one is.

    Raises:
        TypeError: an argument is of the wrong kind, or both run and experiment_name are given.
        ValueError: every is below 1.
        ImportError: in a run: mlflow is not installed.
    """

    def __init__(self, run: Any = None, experiment_name: str | None = None, *, every: int = 1) -> None:
        if run is not None and experiment_name is not None:
            raise TypeError("pass run or experiment_name, not both: a run is in an experiment already")
        if not (run is None or isinstance(run, str) or hasattr(run, "info")):
            raise TypeError(f"run must be an MLflow run or the id of one, got {run!r}")
        self.given, self.experiment_name, self.every = run, experiment_name, as_count("every", every)
        self.begun, self.told = False, ""

    def on_train_begin(self) -> None:
        self.mlflow = imported("mlflow", "MLflowLogger", "pip install mlflow")
        self.begun = False
        run = self.given if self.given is not None else self.mlflow.active_run()
        if run is None:
            if self.experiment_name is not None:
                self.mlflow.set_experiment(self.experiment_name)
            run, self.begun = self.mlflow.start_run(), True
        self.run_id = run if isinstance(run, str) else run.info.run_id
        if self.told != self.run_id:  # MLflow takes parameters of a run once
            self.mlflow.log_params(parameters(self), run_id=self.run_id)
            self.told = self.run_id

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        self.mlflow.log_metrics(scalars(self, logs), step=epoch, run_id=self.run_id)

    def on_exit(self, error: BaseException | None) -> None:
        if self.begun:
            self.begun = False
            self.mlflow.end_run("FINISHED" if error is None else "FAILED")
