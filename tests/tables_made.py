"""Tables for tests: real ones that scikit-learn brings, as files, and a small one with every kind of column."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from sklearn import datasets

from chainrule.cli import cli, main

__all__ = ["breast_cancer", "called", "cell_of", "diabetes", "folder_of", "iris", "mixed", "ran", "written"]


def called(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command in this process."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    streams = capsys.readouterr()
    code = ended.value.code
    return (code if isinstance(code, int) else 0 if code is None else 99), streams.out, streams.err


def ran(*arguments: object) -> str:
    """Standard output of a command that must do what it is asked."""
    done = CliRunner().invoke(cli, [str(argument) for argument in arguments], standalone_mode=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def iris() -> pd.DataFrame:
    """Iris, its species as words."""
    data = datasets.load_iris(as_frame=True)
    frame = data.frame.rename(columns={"target": "species"})
    frame["species"] = data.target_names[frame["species"]]
    return frame


def breast_cancer() -> pd.DataFrame:
    """Breast cancer, its diagnosis as words."""
    data = datasets.load_breast_cancer(as_frame=True)
    frame = data.frame.rename(columns={"target": "diagnosis"})
    frame["diagnosis"] = data.target_names[frame["diagnosis"]]
    return frame


def diabetes() -> pd.DataFrame:
    """Diabetes, whose target is a number."""
    return datasets.load_diabetes(as_frame=True).frame


def mixed(n: int = 120, seed: int = 0) -> pd.DataFrame:
    """Numbers, truths and categories, some missing; a number and a class to predict."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "size": rng.normal(50, 20, n).round(3),
            "rooms": rng.integers(1, 6, n).astype(float),
            "town": rng.choice(["Köln", "Lyon, FR", 'the "Hague"'], n),
            "garden": rng.choice([True, False], n),
        }
    )
    frame["price"] = (3 * frame["size"] + 40 * frame["rooms"] + 30 * frame["garden"] + rng.normal(0, 5, n)).round(2)
    frame["dear"] = np.where(frame["price"] > frame["price"].median(), "yes", "no")
    frame.loc[rng.choice(n, 6, replace=False), "size"] = np.nan
    frame.loc[rng.choice(n, 5, replace=False), "town"] = None
    return frame


def written(path: Path, content: str | bytes | pd.DataFrame) -> Path:
    """The file with this content."""
    if isinstance(content, pd.DataFrame):
        content.to_csv(path, index=False)
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def folder_of(path: Path, frame: pd.DataFrame, *, files: int = 1, rows: int = 100) -> Path:
    """A folder of Parquet files that hold the frame, of at most so many rows a row group."""
    path.mkdir(exist_ok=True)
    for k, part in enumerate(np.array_split(np.arange(len(frame)), files)):
        frame.iloc[part].to_parquet(path / f"part-{k}.parquet", index=False, row_group_size=rows)
    return path


def cell_of(file: Path, row: int, column: str, value: object) -> None:
    """Give a row, from 0, of a Parquet file another value."""
    frame = pd.read_parquet(file)
    frame.loc[row, column] = value
    frame.to_parquet(file, index=False, row_group_size=70)
