"""`chainrule derive`, as a person meets it."""

import inspect
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.cli import cli
from chainrule.explain import command, notation
from tests.test_cli import called

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("page.html", "<!doctype html>"),
        ("page.txt", "Backpropagation through a 2-3-1 network\n==="),
        ("page.md", "# Backpropagation"),
        ("page.tex", "\\documentclass"),
        ("page.json", "{"),
    ],
)
def test_the_file_s_name_tells_the_format(name: str, begins: str, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "new" / name
    code, out, err = called(capsys, "derive", "2-3-1", "-o", str(path))
    assert (code, out, err) == (0, f"{path}\n", "")
    assert path.read_text(encoding="utf-8").startswith(begins)
    assert [file.name for file in path.parent.iterdir()] == [name]


def test_without_a_file_it_is_printed(capsys: Capture) -> None:
    code, out, err = called(capsys, "derive", "2-3-1", "--x", "0.3,0.7", "--y", "1", "--precision", "3")
    assert (code, err) == (0, "")
    net = cr.Network([2, 3, 1], seed=0)
    assert out == cr.derive(net, [[0.3, 0.7]], [1], precision=3).to_text()
    code, out, _ = called(capsys, "derive", "2-3-1", "--format", "json", "--notation", "standard")
    assert code == 0
    assert json.loads(out)["notation"] == "standard"


def test_penalties_and_dropout(capsys: Capture) -> None:
    arguments = "--x", "0.3,0.7", "--y", "1", "--l1", "0.01", "--l2", "0.5"
    code, out, err = called(capsys, "derive", "2-3-1", *arguments)
    assert (code, err) == (0, "")
    assert out == cr.derive(cr.Network([2, 3, 1], seed=0), [[0.3, 0.7]], [1], l1=0.01, l2=0.5).to_text()
    code, out, _ = called(
        *(capsys, "derive", "2-6-1", *arguments, "--dropout", "0.5", "--dropout-key", "3", "--format", "json")
    )
    told = json.loads(out)
    assert told["penalty"]["l2"] == 0.5
    assert told["network"]["dropout"] == [0.5, 0.0]
    assert 0 < sum(told["given"]["keep1"][0]) < 6
    assert called(capsys, "derive", "2-3-1", "--l1", "-1")[0] == 2


def test_every_option_has_its_effect(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "rows.csv").write_text("x1,x2,class\n1,2,0\n3,4,2\n\n5,6,1\n")
    code, out, err = called(
        *(capsys, "derive", "2-4-3", "--data", str(tmp_path / "rows.csv"), "--rows", "1:3", "--hidden", "tanh"),
        *("--output", "softmax", "--learning-rate", "0.5", "--momentum", "0.25", "--seed", "7", "--format", "json"),
    )
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["given"]["a0"] == [[3, 4], [5, 6]]
    assert told["given"]["y"] == [[0, 0, 1], [0, 1, 0]]
    assert told["network"]["activations"] == ["tanh", "softmax"]
    assert told["loss"]["name"] == "categorical_cross_entropy"
    assert told["optimizer"] == {"name": "sgd", "learning_rate": 0.5, "momentum": 0.25, "nesterov": False}
    assert told["given"]["weight1"] == cr.Network([2, 4, 3], seed=7).weights[0].tolist()


def test_hidden_activations_layer_by_layer(capsys: Capture) -> None:
    code, out, _ = called(
        capsys, "derive", "1-2-2-1", "--hidden", "relu,tanh", "--output", "identity", "--format", "json"
    )
    assert code == 0
    assert json.loads(out)["network"]["activations"] == ["relu", "tanh", "identity"]
    assert json.loads(out)["loss"]["name"] == "mean_squared_error"


@pytest.mark.parametrize("loss", cr.losses.names())
def test_every_loss_has_a_sample_drawn_that_it_takes(loss: str, capsys: Capture) -> None:
    fitting = {"binary_cross_entropy": "sigmoid", "categorical_cross_entropy": "softmax", "poisson": "softplus"}
    output = fitting.get(loss, "identity")
    code, out, err = called(capsys, "derive", "1-2-2", "--output", output, "--loss", loss, "--seed", "3")
    assert (code, err) == (0, "")
    assert "They agree" in out


def test_weights_from_files(tmp_path: Path, capsys: Capture) -> None:
    net = cr.Network([2, 3, 1], seed=5)
    parts = {"weights": [w.tolist() for w in net.weights], "biases": [b.tolist() for b in net.biases]}
    (tmp_path / "w.json").write_text(json.dumps(parts))
    arrays: dict[str, Any] = {f"layers.{i}.weight": w for i, w in enumerate(net.weights)}
    arrays |= {f"layers.{i}.bias": b for i, b in enumerate(net.biases)}
    np.savez(tmp_path / "w.npz", **arrays)
    for name in ("w.json", "w.npz"):
        code, out, _ = called(capsys, "derive", "2-3-1", "--weights", str(tmp_path / name), "--format", "json")
        assert code == 0
        assert json.loads(out)["given"]["weight1"] == net.weights[0].tolist()


def test_a_worksheet_is_two_files(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "sheet.html"
    code, out, _ = called(capsys, "derive", "2-3-1", "--worksheet", "-o", str(path), "--seed", "12")
    assert code == 0
    assert out == f"{path} and {tmp_path / 'sheet-solution.html'}\n"
    assert "blank" in path.read_text(encoding="utf-8")
    assert "The solution of the worksheet" in (tmp_path / "sheet-solution.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("output", ["sigmoid", "softmax", "identity", "tanh"])
def test_a_sample_is_drawn_that_fits(output: str) -> None:
    derivation = command.made("3-4-2", output=output, seed=3)
    assert derivation.trace.X.shape == (1, 3)
    assert derivation.proof.ok
    assert repr(command.made("3-4-2", output=output, seed=3)) == repr(derivation)


def test_a_proof_that_fails_is_exit_code_1(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    from chainrule.engines import choose

    monkeypatch.setattr(choose, "gradients_of", lambda *arguments: (0.0, np.zeros(13)))
    code, out, err = called(capsys, "derive", "2-3-1")
    assert (code, err) == (1, "")
    assert "✗ They do not agree" in out


def test_defaults_are_those_of_the_functions() -> None:
    """They stand twice, so that `--help` need not import what computes."""
    defaults = {parameter.name: parameter.default for parameter in inspect.signature(command.made).parameters.values()}
    options: dict[Any, Any] = {option.name: option for option in cli.commands["derive"].params}
    for name in ("rows", "hidden", "optimizer", "learning_rate", "momentum", "seed", "notation", "precision"):
        assert options[name].default == defaults[name]
    assert options["output_activation"].default == defaults["output"]
    assert options["notation"].type.choices == notation.NAMES
    assert list(options["form"].type.choices) == list(command.FORMATS)


def test_help(capsys: Capture) -> None:
    code, out, _ = called(capsys, "derive", "--help")
    assert code == 0
    for option in ("--x", "--y", "--data", "--rows", "--hidden", "--output", "--loss", "--optimizer", "--weights"):
        assert option in out
    for option in ("--seed", "--notation", "--precision", "--format", "--worksheet", "-o"):
        assert option in out


BAD = [
    (["2-x-1"], r"sizes must be whole numbers with - between them, such as 2-3-1; got '2-x-1'"),
    (["2"], r"sizes must name at least the input and the output layer, got \[2\]"),
    (["2-0-1"], r"every layer needs at least one unit, got 0"),
    (["2-3-1", "--x", "1,2"], r"--x and --y go together, one --y for each --x; got only --x"),
    (["2-3-1", "--y", "1"], r"got only --y"),
    (["2-3-1", "--x", "a,b", "--y", "1"], r"--x must be numbers with commas between them, such as 0.3,0.7; got 'a,b'"),
    (["2-3-1", "--x", "1,2", "--x", "1", "--y", "1"], r"every --x must hold as many numbers as the first, 2"),
    (["2-3-1", "--x", "1,2,3", "--y", "1"], r"X has 3 columns but the network takes 2"),
    (["2-3-1", "--x", "nan,2", "--y", "1"], r"X must be finite"),
    (["2-3-1", "--x", "1,2", "--y", "3"], r"y must lie in \[0, 1\]"),
    (["2-3-1", "--output", "identity", "--loss", "binary_cross_entropy"], r"build the network with output='sigmoid'"),
    (["2-3-1", "--output", "sigmiod"], r"unknown activation 'sigmiod'; did you mean 'sigmoid'"),
    (["2-3-1", "--hidden", "relu,relu"], r"hidden lists 2 activations but \[2, 3, 1\] has 1"),
    (["2-3-1", "--optimizer", "sdg"], r"unknown optimizer 'sdg'; did you mean 'sgd'"),
    (["2-3-1", "--learning-rate", "0"], r"learning_rate must be a finite number greater than 0, got 0.0"),
    (["2-3-1", "--data", "none.csv"], r"cannot read 'none.csv' \(No such file or directory\); check the path"),
    (["2-3-1", "--data", "bad.csv"], r"bad.csv, line 2: expected numbers with commas between them, got '1,2,red'"),
    (["2-3-1", "--data", "short.csv"], r"short.csv, line 1 has 2 numbers, but the network takes 2 inputs and 1 target"),
    (["2-3-1", "--data", "good.csv", "--rows", "7:9"], r"good.csv has 2 samples, and --rows 7:9 takes none of them"),
    (["2-3-1", "--data", "good.csv", "--rows", "a"], r"--rows must be such as 0:4, .* got 'a'"),
    (["2-3-1", "--data", "binary.csv"], r"binary.csv is no text in UTF-8"),
    (["2-3-1", "--data", "good.csv", "--x", "1,2", "--y", "1"], r"--data and --x/--y say the samples twice"),
    (["2-3-1", "--weights", "none.json"], r"cannot read 'none.json'"),
    (["2-3-1", "--weights", "good.csv"], r"good.csv must be JSON such as \{\"weights\""),
    (["2-3-1", "--weights", "other.json"], r"other.json: the weight of layer 1 has shape \(3, 2\) .* it is transposed"),
    (["2-3-1", "--weights", "one.json"], r"one.json has no weight for layer 2; a 2-3-1 network has one"),
    (["2-1", "--weights", "deep.json"], r"deep.json has 2 layers but a 2-1 network has fewer"),
    (["2-1", "--weights", "nan.json"], r"nan.json: the weight of layer 1 holds NaN"),
    (["2-3-1", "--weights", "fake.npz"], r"fake.npz is no .npz file of numbers"),
    (["2-3-1", "-o", "page.pdf"], r"'page.pdf' tells no format; end it in .txt, .md, .tex, .html, .json"),
    (["2-3-1", "-o", "good.csv/page.html"], r"cannot write into the folder 'good.csv'"),
    (["2-3-1", "-o", "folder.html"], r"'folder.html' is a folder; name a file in it with -o"),
    (["2-3-1", "--worksheet"], r"a worksheet is two files; name the first with -o NAME.html"),
    (["2-3-1", "--worksheet", "-o", "sheet.txt"], r"a worksheet is HTML; got the format 'text'"),
    (["2-3-1", "--precision", "0"], r"'--precision': 0 is not in the range"),
    (["2-3-1", "--notation", "mine"], r"'--notation': 'mine' is not one of 'report', 'standard'"),
    (["2-3-1", "--format", "pdf"], r"'--format': 'pdf' is not one of"),
    ([], r"Missing argument 'SIZES'"),
]


@pytest.mark.parametrize(("arguments", "said"), BAD)
def test_bad_usage_is_one_line_and_writes_nothing(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.csv").write_text("1,2,0\n3,4,1\n")
    (tmp_path / "bad.csv").write_text("a,b,c\n1,2,red\n")
    (tmp_path / "short.csv").write_text("1,2\n")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x81")
    (tmp_path / "fake.npz").write_text("no")
    (tmp_path / "other.json").write_text(
        '{"weights": [[[1, 2], [3, 4], [5, 6]], [[1], [2], [3]]], "biases": [[0], [0]]}'
    )
    (tmp_path / "one.json").write_text('{"weights": [[[1, 2, 3], [3, 4, 5]]], "biases": [[0, 0, 0]]}')
    (tmp_path / "deep.json").write_text('{"weights": [[[1], [3]], [[1]]], "biases": [[0], [0]]}')
    (tmp_path / "nan.json").write_text('{"weights": [[[NaN], [3]]], "biases": [[0]]}')
    (tmp_path / "folder.html").mkdir()
    before = {path.name for path in tmp_path.iterdir()}
    code, out, err = called(capsys, "derive", *arguments)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"chainrule: [^\n]+\n", err)
    assert re.search(said, err), err
    assert {path.name for path in tmp_path.iterdir()} == before


def test_a_file_that_is_there_is_replaced_whole_or_kept(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "page.html"
    path.write_text("precious")
    assert called(capsys, "derive", "2-3-1", "--loss", "nonsense", "-o", str(path))[0] == 2
    assert path.read_text() == "precious"
    assert called(capsys, "derive", "2-3-1", "-o", str(path))[0] == 0
    assert path.read_text(encoding="utf-8").endswith("</html>\n") or path.read_text(encoding="utf-8").endswith(
        "</html>"
    )


def test_a_normalization_and_the_settings_of_a_rule(capsys: Capture) -> None:
    options = ("--normalization", "batch_norm,none", "--hidden", "prelu,tanh", "--optimizer", "adam")
    code, out, err = called(capsys, "derive", "2-3-2-1", *options, "--set", "beta_1=0.8", "--set", "amsgrad=true")
    assert (code, err) == (0, "")
    assert "layer 1: batch_norm (epsilon=1e-05, momentum=0.9), prelu; layer 2: tanh" in " ".join(out.split())
    assert "β₁ = 0.8" in out
    assert "the mean over 3" in out


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("beta_1", "--set must be such as beta_1=0.9, got 'beta_1'"),
        ("beta_1=much", "beta_1 must be a number, true or false; got 'much'"),
        ("beta_3=0.5", "optimizer 'adam' has no parameter 'beta_3'; it has learning_rate"),
        ("beta_1=1.5", "beta_1 must be"),
    ],
)
def test_settings_that_are_none(setting: str, message: str, capsys: Capture) -> None:
    code, out, err = called(capsys, "derive", "2-1", "--optimizer", "adam", "--set", setting)
    assert (code, out) == (2, "")
    assert message in err


def test_what_stages_learn_from_a_file(tmp_path: Path, capsys: Capture) -> None:
    net = cr.Network([2, 3, 1], hidden="prelu", normalization="layer_norm", seed=5)
    net.parameters[...] += 0.1
    parts = {
        f"layers.{i}.{name}": value
        for i, layer in enumerate(net.trained)
        for name, value in {"weight": net.weights[i], "bias": net.biases[i], **layer}.items()
    }
    np.savez(tmp_path / "w.npz", allow_pickle=False, **parts)
    options = ("--x", "0.3,0.7", "--y", "1", "--weights", str(tmp_path / "w.npz"), "--format", "json")
    code, out, _ = called(capsys, "derive", "2-3-1", "--hidden", "prelu", "--normalization", "layer_norm", *options)
    assert code == 0
    given = json.loads(out)["given"]
    assert given["gamma1"] == [[1.1, 1.1, 1.1]]
    assert given["alpha1"] == [[0.35, 0.35, 0.35]]
    code, _, err = called(capsys, "derive", "2-3-1", *options)
    assert code == 2
    assert "has layers.0.alpha, layers.0.beta, layers.0.gamma, which this network does not learn" in err
