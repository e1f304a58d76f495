"""`chainrule predict` and `evaluate` on folders of Parquet files: what they say of the whole table."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.tables_made import called, cell_of, folder_of, mixed, ran


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("trained")
    folder = folder_of(made / "houses", mixed(400), rows=90)
    ran("train", folder, "--target", "dear", "--drop", "price", "--epochs", 20, "-o", made / "run")
    return made / "run"


def later() -> pd.DataFrame:
    """Other rows, with a town that training did not see."""
    frame = mixed(300, seed=8).assign(agent="x")
    frame.loc[[3, 200], "town"] = "Ulm"
    return frame


def test_predictions_are_those_of_the_whole_table(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_of(tmp_path / "later", later(), files=2, rows=40)
    later().to_parquet(tmp_path / "whole.parquet", index=False)
    code, parts, said = called(capsys, "predict", run, folder)
    _, whole, wanted = called(capsys, "predict", run, tmp_path / "whole.parquet")
    assert code == 0
    assert said.replace(str(folder), "F") == wanted.replace(str(tmp_path / "whole.parquet"), "F")
    assert "2 values that training did not see ('Ulm')" in said
    one, other = (pd.read_csv(io.StringIO(text)) for text in (parts, whole))
    assert len(one) == 300
    assert (one["prediction"] == other["prediction"]).all()
    np.testing.assert_allclose(one["probability_yes"], other["probability_yes"], rtol=1e-9)
    assert called(capsys, "predict", run, folder, "-o", tmp_path / "p.csv")[1].startswith("300 predictions")
    assert (tmp_path / "p.csv").read_text() == parts


def test_metrics_are_those_of_the_whole_table(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_of(tmp_path / "later", later(), files=2, rows=40)
    later().to_parquet(tmp_path / "whole.parquet", index=False)
    one, other = (
        json.loads(called(capsys, "evaluate", run, data, "--json")[1]) for data in (folder, tmp_path / "whole.parquet")
    )
    assert one["confusion"] == other["confusion"]
    assert one["log_loss"] == pytest.approx(other["log_loss"], rel=1e-9)


def test_what_is_wrong_is_said_and_no_file_is_left(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_of(tmp_path / "later", later(), files=2, rows=40)
    cell_of(folder / "part-1.parquet", 149, "size", np.inf)
    code, _, err = called(capsys, "predict", run, folder, "-o", tmp_path / "p.csv")
    assert (code, (tmp_path / "p.csv").exists()) == (2, False)
    assert re.search(r"part-1.parquet, row 150, column 'size': it is inf", err)

    frame = later().drop(columns="rooms")
    code, out, err = called(capsys, "predict", run, folder_of(tmp_path / "other", frame))
    assert (code, out) == (2, "")
    assert "a column is missing, 'rooms'" in err
