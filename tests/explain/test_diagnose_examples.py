"""`chainrule diagnose FILE`, as a person meets it: the ten programs of examples/, and files that cannot be asked."""

import json
import re
from pathlib import Path

import pytest

from chainrule.cli import main
from chainrule.explain.program import diagnose_file

EXAMPLES = Path(__file__).parents[2] / "examples"
WRONG = {
    "notebook_cell": (5, 1),
    "updates_in_place": (12, 2),
    "out_in_weights": (10, 2),
    "dict_softmax": (18, 1),
    "plain_lists": (1, 3),
}
RIGHT_GRADIENTS = """
import numpy as np
def gradients(W, b, X, y):
    delta = (1 / (1 + np.exp(-(X @ W + b))) - y) / len(X)
    return X.T @ delta, delta.sum(axis=0)
"""


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["diagnose", *arguments])
    streams = capsys.readouterr()
    return ended.value.code, streams.out, streams.err


def test_there_are_ten_and_half_of_them_are_wrong() -> None:
    names = {path.stem for path in EXAMPLES.glob("*.py")}
    assert len(names) == 10
    assert set(WRONG) < names
    for path in EXAMPLES.glob("*.py"):
        assert f"chainrule diagnose examples/{path.name}" in path.read_text(encoding="utf-8")
        assert ("Wrong:" in path.read_text(encoding="utf-8")) == (path.stem in WRONG)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_each_example_is_diagnosed(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = asked(capsys, str(path))
    assert err == ""
    assert "was not checked" not in out
    if path.stem not in WRONG:
        assert code == 0
        assert out.startswith("Right.")
        return
    mistake, layer = WRONG[path.stem]
    assert code == 1
    assert f"(mistake {mistake})" in out
    assert re.search(rf"^1\. Layers? {layer}\b", out, re.MULTILINE)
    code, out, _ = asked(capsys, str(path), "--json")
    (found,) = json.loads(out)["findings"]
    assert (code, found["mistake"], found["layer"]) == (1, mistake, layer)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = (", r"fails to import: SyntaxError: '\(' was never closed \(line 1\)"),
        ("import nothing_of_that_name", "fails to import: ModuleNotFoundError: No module named"),
        ("\n1 / 0", r"fails to import: ZeroDivisionError: division by zero \(line 2\)"),
        ("import sys\nsys.exit(3)", "fails to import: SystemExit: 3"),
        ("import os\nos._exit(3)", r"ended its process \(exit code 3\)"),
        ("input()", "fails to import: EOFError"),
        ("x = 1", r"has nothing to ask: name a function gradients\(weights, biases, X, y\)"),
        ("def gradients(X, y): pass", r"gradients takes \(X, y\) but must take the parameters"),
        ("def gradients(w, b, X, y): return w[5]", "gradients raised IndexError: list index out of range"),
        ("def gradients(w, b, X, y): return 'none'", "it returned a str"),
        (RIGHT_GRADIENTS + "LOSS = 'crossentropy'", "unknown loss 'crossentropy'"),
        (RIGHT_GRADIENTS + "SIZES = [3]", "sizes must name at least the input and the output layer"),
    ],
)
def test_files_that_cannot_be_asked(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    code, out, err = asked(capsys, str(path))
    assert (code, out) == (2, "")
    assert re.search(message, err)
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err


def test_a_file_that_hangs(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("while True: pass", encoding="utf-8")
    with pytest.raises(ValueError, match="did not end within 3 s: it hangs, or trains when it is imported; put"):
        diagnose_file(path, time_limit=3)


def test_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = asked(capsys, "nowhere.py")
    assert (code, err) == (2, "chainrule: there is no file nowhere.py; pass the path of a Python file\n")


def test_what_a_file_prints_stays_out_of_the_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.py"
    path.write_text("print('hello')\nimport os\nos.write(1, b'low')" + RIGHT_GRADIENTS, encoding="utf-8")
    code, out, _ = asked(capsys, str(path), "--json")
    assert code == 0
    assert json.loads(out)["ok"] is True
