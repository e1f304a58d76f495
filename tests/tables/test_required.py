"""Without the extra, one line says what to install; and no command imports what it does not need."""

import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.tables import required
from tests.tables_made import called, written


def test_a_missing_package_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    required.module.cache_clear()
    monkeypatch.setitem(sys.modules, "pandas", None)
    data = written(tmp_path / "t.csv", "a,y\n1,x\n")
    code, out, err = called(capsys, "train", data, "--target", "y", "-o", tmp_path / "run")
    assert (code, out) == (2, "")
    assert err == "chainrule: tables need pandas, which is not installed; pip install 'chainrule[tables]'\n"
    assert not (tmp_path / "run").exists()
    required.module.cache_clear()


def test_the_command_line_imports_nothing_heavy() -> None:
    code = (
        "import sys; import chainrule.cli; "
        "print([name for name in ('numpy', 'pandas', 'pyarrow', 'sklearn', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
