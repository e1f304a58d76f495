"""MLflowLogger and WandbLogger: what they tell, held against fakes that have the signatures of the real packages."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import chainrule as cr

X, Y = cr.datasets.xor()
PARAMETERS = {
    "network": "2-3-1",
    "activations": "sigmoid sigmoid",
    "n_parameters": 13,
    "dtype": "float64",
    "loss": "binary_cross_entropy",
    "optimizer": "SGD(learning_rate=0.3, momentum=0.0, nesterov=False)",
    "epochs": 4,
    "batch_size": 21,
    "samples": 21,
}


def fit(*callbacks: Any, **arguments: Any) -> cr.History:
    arguments = {"epochs": 4, "optimizer": cr.SGD(0.3), "validation_data": (X[:5], Y[:5]), **arguments}
    return cr.Network([2, 3, 1], seed=0).fit(X, Y, **arguments, callbacks=callbacks)


def metrics(history: cr.History) -> list[dict[str, float]]:
    """What is told of each epoch."""
    pairs = zip(history.loss, history.history["val_loss"], strict=True)
    return [{"train/loss": loss, "val/loss": val, "learning_rate": 0.3} for loss, val in pairs]


def fail(epoch: int, logs: Any) -> None:
    raise LookupError("mine")


class FakeMLflow(ModuleType):
    """Of mlflow 3.17 what is called, with its signatures; notes the calls."""

    def __init__(self) -> None:
        super().__init__("mlflow")
        self.calls: list[Any] = []
        self.active: Any = None

    def active_run(self) -> Any:
        return self.active

    def set_experiment(self, experiment_name: str | None = None, experiment_id: str | None = None) -> None:
        self.calls.append(("experiment", experiment_name))

    def start_run(
        self, run_id: str | None = None, experiment_id: str | None = None, run_name: str | None = None
    ) -> Any:
        assert self.active is None
        self.active = run_of("new")
        self.calls.append("start")
        return self.active

    def end_run(self, status: str = "FINISHED") -> None:
        self.active = None
        self.calls.append(("end", status))

    def log_params(self, params: dict[str, Any], synchronous: bool | None = None, run_id: str | None = None) -> None:
        self.calls.append(("params", params, run_id))

    def log_metrics(
        self,
        metrics: dict[str, float],
        step: int | None = None,
        synchronous: bool | None = None,
        run_id: str | None = None,
    ) -> None:
        self.calls.append(("metrics", metrics, step, run_id))


def run_of(run_id: str) -> Any:
    return SimpleNamespace(info=SimpleNamespace(run_id=run_id))


@pytest.fixture
def mlflow(monkeypatch: pytest.MonkeyPatch) -> FakeMLflow:
    fake = FakeMLflow()
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    return fake


def told(history: cr.History, run_id: str) -> list[Any]:
    return [("params", PARAMETERS, run_id)] + [("metrics", m, i, run_id) for i, m in enumerate(metrics(history))]


@pytest.mark.parametrize("experiment", [None, "xor"])
def test_mlflow_of_a_run_of_its_own(mlflow: FakeMLflow, experiment: str | None) -> None:
    history = fit(cr.MLflowLogger(experiment_name=experiment))
    begun = [("experiment", "xor"), "start"] if experiment else ["start"]
    assert mlflow.calls == [*begun, *told(history, "new"), ("end", "FINISHED")]


def test_mlflow_of_a_run_that_fails(mlflow: FakeMLflow) -> None:
    with pytest.raises(LookupError):
        fit(cr.MLflowLogger(), fail)
    assert mlflow.calls[-1] == ("end", "FAILED")
    with pytest.raises(cr.DivergenceError):
        cr.Network([2, 1], output="identity").fit(
            1e200 * X, Y, "mean_squared_error", callbacks=[cr.MLflowLogger()], optimizer=cr.SGD(1e9)
        )
    assert mlflow.calls[-1] == ("end", "FAILED")


@pytest.mark.parametrize("given", [False, True, "id"])
def test_mlflow_of_a_run_of_somebody_elses(mlflow: FakeMLflow, given: Any) -> None:
    mlflow.active = run_of("active")
    run = "theirs" if given == "id" else run_of("theirs") if given else None
    logger = cr.MLflowLogger(run)
    histories = fit(logger), fit(logger)
    run_id = "theirs" if given else "active"
    assert mlflow.calls == told(histories[0], run_id) + told(histories[1], run_id)[1:]  # parameters once
    assert mlflow.active is not None


def test_mlflow_of_some_epochs(mlflow: FakeMLflow) -> None:
    fit(cr.MLflowLogger(every=3), epochs=9)
    assert [call[2] for call in mlflow.calls if call[0] == "metrics"] == [0, 3, 6, 8]


class FakeRun:
    """Of wandb 0.31's Run what is called, with its signatures."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.config = self

    def update(self, d: Any, allow_val_change: bool | None = None) -> None:
        self.calls.append(("config", d, allow_val_change))

    def log(self, data: dict[str, Any], step: int | None = None, commit: bool | None = None) -> None:
        self.calls.append(data if step is None else (data, step))

    def finish(self, exit_code: int | None = None) -> None:
        self.calls.append(("finish", exit_code))


class FakeWandb(ModuleType):
    def __init__(self) -> None:
        super().__init__("wandb")
        self.run: FakeRun | None = None
        self.begun: list[tuple[dict[str, Any], FakeRun]] = []

    def init(self, **options: Any) -> FakeRun:
        self.begun.append((options, FakeRun()))
        return self.begun[-1][1]


@pytest.fixture
def wandb(monkeypatch: pytest.MonkeyPatch) -> FakeWandb:
    fake = FakeWandb()
    monkeypatch.setitem(sys.modules, "wandb", fake)
    return fake


def logged(history: cr.History) -> list[Any]:
    return [("config", PARAMETERS, True)] + [{"epoch": i, **m} for i, m in enumerate(metrics(history))]


def test_wandb_of_a_run_of_its_own(wandb: FakeWandb) -> None:
    history = fit(cr.WandbLogger(project="xor", mode="offline"))
    ((options, run),) = wandb.begun
    assert options == {"project": "xor", "mode": "offline"}
    assert run.calls == [*logged(history), ("finish", 0)]


def test_wandb_of_a_run_that_fails(wandb: FakeWandb) -> None:
    with pytest.raises(LookupError):
        fit(cr.WandbLogger(), fail)
    assert wandb.begun[0][1].calls[-1] == ("finish", 1)


@pytest.mark.parametrize("given", [False, True])
def test_wandb_of_a_run_of_somebody_elses(wandb: FakeWandb, given: bool) -> None:
    theirs = wandb.run = FakeRun()
    if given:
        theirs = FakeRun()
    logger = cr.WandbLogger(theirs if given else None)
    histories = fit(logger), fit(logger)
    assert theirs.calls == logged(histories[0]) + logged(histories[1])
    assert wandb.begun == []


@pytest.mark.parametrize(("logger", "package"), [(cr.MLflowLogger, "mlflow"), (cr.WandbLogger, "wandb")])
def test_without_the_package_it_says_how_to_install_it(
    logger: Any, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    message = f"{logger.__name__} needs the package {package}, which is not installed; pip install {package}"
    with pytest.raises(ImportError, match=message):
        fit(logger())


def test_a_package_that_is_broken_says_so_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "wandb.py").write_text("import no_such_package")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "wandb", raising=False)
    with pytest.raises(ModuleNotFoundError, match="No module named 'no_such_package'"):
        fit(cr.WandbLogger())


def test_what_they_do_not_take() -> None:
    with pytest.raises(TypeError, match="pass run or experiment_name, not both"):
        cr.MLflowLogger("id", "xor")
    with pytest.raises(TypeError, match="run must be an MLflow run or the id of one, got 3"):
        cr.MLflowLogger(3)
    with pytest.raises(TypeError, match="project, name would begin a new run, but run is given"):
        cr.WandbLogger(object(), project="xor", name="first")
    for logger in (cr.MLflowLogger, cr.WandbLogger):
        with pytest.raises(ValueError, match="every must be a whole number of at least 1, got 0"):
            logger(every=0)
