"""`chainrule sweep`: the best of its trials is what `chainrule train` makes of the same settings."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import pytest

import chainrule as cr
from chainrule.sweep import finishing
from chainrule.sweep.objective import held_out_loss
from chainrule.tables import model as of_model
from chainrule.tables.reading import read
from tests.sweeps_made import SMALL, told, trials, with_space
from tests.tables_made import called, diabetes, iris, ran, written

FILES = {"model.safetensors", "metrics.json", "run.json", "index.html", "sweep.json", "sweep.html", "study.db"}


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a sweep of 20 trials."""
    folder = tmp_path_factory.mktemp("sweep")
    ran(*with_space(folder), "--trials", 20, "-o", folder / "run")
    return folder / "run"


def test_the_folder_says_everything(swept: Path) -> None:
    assert {path.name for path in swept.iterdir()} == FILES
    found = told(swept)
    assert [one["trial"] for one in found["trials"]] == list(range(1, 21))
    completed = [one for one in found["trials"] if one["ended_by"] in ("epochs", "patience")]
    assert found["best"] == min(completed, key=lambda one: one["value"])
    assert found["data"]["rows"] == 150
    assert found["rows_held_out"] == 30
    assert found["versions"]["optuna"] == optuna.__version__
    assert sum(found["importance"].values()) == pytest.approx(1, rel=1e-9)
    assert set(found["importance"]) == {"units", "learning_rate", "activation"}


def test_the_best_is_what_train_makes_of_the_same_settings(
    swept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = told(swept)["best_command"]
    assert command == json.loads((swept / "run.json").read_text())["command"]
    command[command.index("-o") + 1] = str(tmp_path / "trained")
    assert called(capsys, *command[1:])[0] == 0
    mine, theirs = of_model.load(swept), of_model.load(tmp_path / "trained")
    assert (mine.network.parameters == theirs.network.parameters).all()
    assert mine.preprocessing == theirs.preprocessing
    metrics = [json.loads((folder / "metrics.json").read_text()) for folder in (swept, tmp_path / "trained")]
    assert metrics[0] == metrics[1]
    assert told(swept)["best"]["value"] == metrics[0]["history"]["val_loss"][metrics[0]["best_epoch"]]


def test_predict_evaluate_export_and_show_take_it(
    swept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = written(tmp_path / "iris.csv", iris())
    assert called(capsys, "predict", swept, data, "-o", tmp_path / "predicted.csv")[0] == 0
    assert len(pd.read_csv(tmp_path / "predicted.csv")) == 150
    assert called(capsys, "evaluate", swept, data)[0] == 0
    assert called(capsys, "export", swept, "--to", "python", "-o", tmp_path / "m.py")[0] == 0
    assert called(capsys, "show", swept)[0] == 0


def test_the_value_is_the_loss_without_the_penalty(tmp_path: Path) -> None:
    space = "epochs = 12\nlayers = 1\nunits = 4\nl2 = { choices = [0.5] }"
    ran(*with_space(tmp_path, space), "--trials", 1, "-o", tmp_path / "run")
    best, model = told(tmp_path / "run")["best"], of_model.load(tmp_path / "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert best["value"] == pytest.approx(metrics["validation"]["log_loss"], rel=1e-9)
    penalty = 0.25 * sum((weight**2).sum() for weight in model.network.weights)
    assert min(metrics["history"]["val_loss"]) == pytest.approx(best["value"] + penalty, rel=1e-9)
    assert best["score"] == metrics["validation"]["accuracy"]


@pytest.mark.parametrize("sampler", ["tpe", "random", "grid"])
def test_same_seed_same_bits_in_one_go_or_in_two(sampler: str, tmp_path: Path) -> None:
    space = SMALL.replace("0.3, log = true", "0.3, step = 0.05").replace("16, log = true", "5")
    words = [*with_space(tmp_path, space), "--sampler", sampler]
    ran(*words, "--trials", 14, "-o", tmp_path / "one")
    ran(*words, "--trials", 6, "-o", tmp_path / "two")
    first = trials(tmp_path / "two")
    ran(*words, "--trials", 14, "-o", tmp_path / "two")
    assert trials(tmp_path / "one") == trials(tmp_path / "two")
    assert trials(tmp_path / "two")[:6] == first
    assert len(trials(tmp_path / "one")) == 14
    ran(*words, "--trials", 14, "-o", tmp_path / "other", "--seed", 1)
    settings = [[one[-1] for one in trials(tmp_path / name)] for name in ("one", "other")]
    assert settings[0] != settings[1]


def test_a_sweep_that_is_done_does_nothing_again(swept: Path) -> None:
    before, parameters = told(swept)["trials"], of_model.load(swept).network.parameters
    out = ran(*told(swept)["command"][1:])
    assert "20 trials are finished already · best so far" in out
    assert " of 20: " not in out
    assert told(swept)["trials"] == before
    assert (of_model.load(swept).network.parameters == parameters).all()


def test_a_grid_is_searched_once_over(tmp_path: Path) -> None:
    space = 'layers = { choices = ["none", "3"] }\ndropout = { low = 0.0, high = 0.2, step = 0.1 }\nepochs = 3'
    ran(*with_space(tmp_path, space), "--sampler", "grid", "-o", tmp_path / "run")
    points = [(one["values"]["layers"], one["values"]["dropout"]) for one in told(tmp_path / "run")["trials"]]
    assert sorted(points) == [(layers, dropout) for layers in ("3", "none") for dropout in (0.0, 0.1, 0.2)]
    assert points != sorted(points)


@pytest.mark.parametrize("pruner", ["median", "hyperband"])
def test_trials_that_promise_little_are_pruned(pruner: str, tmp_path: Path) -> None:
    space = "learning_rate = { low = 1e-6, high = 0.1, log = true }\nepochs = 60\nlayers = 1\nunits = 8"
    words = [*with_space(tmp_path, space), "--trials", 24, "--sampler", "random"]
    ran(*words, "--pruner", pruner, "-o", tmp_path / "pruned")
    ran(*words, "--pruner", "none", "-o", tmp_path / "whole")
    pruned, whole = told(tmp_path / "pruned"), told(tmp_path / "whole")
    ended = [one for one in pruned["trials"] if one["ended_by"] == "pruned"]
    assert ended
    assert all(one["epochs"] < 60 and one["epochs"] % 3 == 0 for one in ended)
    assert {one["ended_by"] for one in whole["trials"]} <= {"epochs", "patience"}
    assert pruned["best"]["values"] == whole["best"]["values"]
    for one, other in zip(pruned["trials"], whole["trials"], strict=True):
        assert one["values"] == other["values"]
        assert (one["value"] == other["value"]) == (one["ended_by"] != "pruned")
    assert "pruned" in (tmp_path / "pruned" / "sweep.html").read_text()


def test_epochs_may_be_searched_and_are_looked_at_alike(tmp_path: Path) -> None:
    space = "epochs = { low = 20, high = 60 }\nlearning_rate = { low = 1e-5, high = 0.1, log = true }"
    ran(*with_space(tmp_path, space), "--trials", 12, "-o", tmp_path / "run")
    for one in told(tmp_path / "run")["trials"]:
        assert one["epochs"] <= one["values"]["epochs"]
        assert one["ended_by"] != "pruned" or one["epochs"] % 3 == 0


def test_a_trial_that_diverges_is_told_of_and_is_never_the_best(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = written(tmp_path / "d.csv", diabetes())
    space = tmp_path / "space.toml"
    space.write_text('optimizer = "sgd"\nactivation = "relu"\nlearning_rate = { choices = [1e30, 0.01] }\nepochs = 5')
    words = ["sweep", data, "--target", "target", "--space", space, "--sampler", "grid"]
    out = ran(*words, "-o", tmp_path / "run")
    assert "diverged in epoch" in out
    found = told(tmp_path / "run")
    assert sorted(one["ended_by"] for one in found["trials"]) == ["diverged", "epochs"]
    assert found["best"]["values"] == {"learning_rate": 0.01}
    assert found["score"] == "r2"
    space.write_text('optimizer = "sgd"\nactivation = "relu"\nlearning_rate = { choices = [1e30] }\nepochs = 5')
    code, _, err = called(capsys, *words, "-o", tmp_path / "worse")
    assert code == 1
    assert "none of 1 trials was completed, each diverged or was pruned" in err


def test_json_is_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = with_space(tmp_path)
    code, out, err = called(capsys, *words, "--trials", 3, "-o", tmp_path / "run", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == told(tmp_path / "run")


def test_the_page_shows_everything(swept: Path) -> None:
    page = (swept / "sweep.html").read_text()
    found = told(swept)
    assert page.count("<svg") == 3
    assert page.count("<tr") == 21
    assert not re.search(
        r"(src|href)=\"(?!#|index\.html)|url\((?!#)|@import|<script",
        re.sub(r"<metadata>.*?</metadata>", "", page, flags=re.DOTALL),
    )
    assert 'href="index.html"' in page
    assert shlex.join(found["command"]).replace("'", "&#39;") in page
    assert f"Trial {found['best']['trial']} is the best of 20" in page


def test_the_built_in_space_and_a_storage_of_ones_own(tmp_path: Path) -> None:
    data = written(tmp_path / "iris.csv", iris())
    storage = tmp_path / "kept {here}.db"
    ran("sweep", data, "--target", "species", "--trials", 2, "--storage", storage, "-o", tmp_path / "run")
    assert storage.exists()
    assert {path.name for path in (tmp_path / "run").iterdir()} == FILES - {"study.db"}
    ran("sweep", data, "--target", "species", "--trials", 3, "--storage", storage, "-o", tmp_path / "run")
    assert len(told(tmp_path / "run")["trials"]) == 3


def test_rows_of_the_prediction_are_those_of_the_table(swept: Path, tmp_path: Path) -> None:
    model = of_model.load(swept)
    frame = read(written(tmp_path / "iris.csv", iris())).frame
    labels = model.labels(model.outputs(frame))
    assert np.mean(labels.astype(str) == iris()["species"].to_numpy().astype(str)) > 0.8
    assert cr.load(swept / "model.safetensors").structure.sizes == model.network.structure.sizes


@pytest.mark.parametrize(("factor", "heard"), [(1.001, True), (1 + 1e-12, False)])
def test_a_loss_that_is_another_on_this_machine_is_told(
    factor: float,
    heard: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(finishing, "held_out_loss", lambda *network: factor * held_out_loss(*network))
    code, _, err = called(capsys, *with_space(tmp_path), "--trials", 1, "-o", tmp_path / "run")
    assert code == 0
    assert bool(re.search(r"trial 1: its loss was \S+ where it ran, and is \S+ on this machine\n", err)) == heard
    assert (err == "") != heard
