"""The page on clusters has the numbers of the measurements."""

from pathlib import Path
from typing import Any

import pytest
import scale_page

from benchmarks import scale_model, targets
from chainrule.scale import here, on_dask, pieces, rows

PAGE = Path(scale_page.__file__).parent / "scale.md"
MODEL = {"latency": 0.002, "task": 0.001, "row": 1e-7, "bytes": 14_612, "bandwidth": scale_model.BANDWIDTH}


def measured() -> dict[str, Any]:
    """Results whose steps are the model's on two cores, but for that on four workers, which takes a quarter longer."""
    workers: dict[str, Any] = {}
    for w in (1, 2, 4):
        time = scale_model.seconds(MODEL, w, 1e7, wire=False, cores=2) * (1.25 if w == 4 else 1)
        each = {"step": time, "share": 0.9, "besides": 0.004, "task": 0.002, "bytes": 41_000}
        workers[str(w)] = {name: {"median": value} for name, value in each.items()} | {"megabytes": 282.0}
        workers[str(w)]["overhead"] = {"median": 0.0031, "lowest": -0.0262, "highest": 0.048}
    folder = {"rows_per_second": 4e6, "seconds": 20.0, "megabytes": 700.0, "megabytes_worker": 0.0}
    found = {
        "steps": {"rows": 10_000_000, "columns": 20, "blocks": 40, "parameters": 1217, "workers": workers},
        "networks": {"failed": "KilledWorker: nobody is left"},
        "files": {
            "gigabytes": 5.0,
            "rows": 60_000_000,
            "batch_size": 1000,
            "folder": folder,
            "folder_dask": folder | {"megabytes_worker": 1600.0},
            "memory": {"rows_per_second": 5e6, "megabytes": 600.0},
            "peer": {"skipped": "dask_ml is not installed"},
        },
        "sweep": {
            "kills": 20,
            "trials": 400,
            "finished_by_killed": 150,
            "lost": 3,
            "twice": 2,
            "same_bits": False,
        },
        "model": MODEL,
    }
    machine = {"machine": "x86_64", "system": "Linux", "processor": "a processor", "cores": 8, "python": "3.12.0"}
    about = {"machine": machine | {"chainrule": "1", "packages": {}}, "threads": 2, "repeats": 3, "quick": False}
    return {"title": "past one process", **about, "scale": found}


def test_the_page_is_made_of_the_measurements() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert scale_page.render(text, scale_page.read()) == text, "run `make docs`"


def test_without_measurements_it_says_so() -> None:
    assert "Not measured yet" in scale_page.render(PAGE.read_text(encoding="utf-8"), None)
    assert scale_page.picture(None).startswith(b"\x89PNG")


def test_a_page_without_its_mark_is_an_error() -> None:
    with pytest.raises(ValueError, match="lacks the line"):
        scale_page.render("# Past one machine", None)


def test_measurements_are_told_apart_from_what_is_computed() -> None:
    text = scale_page.render(PAGE.read_text(encoding="utf-8"), measured())
    assert "Not measured yet" not in text
    assert "Computed, not measured: 10¹⁰ rows on 1,000 workers" in text
    assert "On the 2 cores measured here" in text
    assert text.count("| 3 ms (−26 to 48) |") == 2  # of several workers
    assert "differs from the measured one by at most 20%" in text
    assert scale_page.picture(measured()) != scale_page.picture(None)


def test_what_failed_or_was_skipped_is_said() -> None:
    text = scale_page.render(PAGE.read_text(encoding="utf-8"), measured())
    assert "KilledWorker: nobody is left" in text
    assert "dask_ml is not installed" in text
    result = measured()
    del result["scale"]["model"]
    assert "Computed, not measured" not in scale_page.render(PAGE.read_text(encoding="utf-8"), result)
    assert scale_page.picture(result) == scale_page.picture(None)


def test_the_memory_of_files_is_that_of_the_largest_process() -> None:
    verdict = next(v for v in targets.judge({"scale": measured()}) if v.target.key == "scale-files-memory")
    assert verdict.found == 1600
    assert not verdict.met


def test_a_sweep_that_lost_trials_or_ran_them_twice_says_so() -> None:
    verdict = next(v for v in targets.judge({"scale": measured()}) if v.target.key == "scale-sweep")
    assert verdict.found == 5
    assert not verdict.met
    text = scale_page.render(PAGE.read_text(encoding="utf-8"), measured())
    for line in ("| 150 of 400 |", "| of those lost | 3 |", "| of all run twice | 2 |", "nobody disturbed | no |"):
        assert line in text


def test_the_sizes_are_those_of_the_code() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert f"windows of them, {rows.WINDOW >> 20} MiB or one block," in text
    assert f"less than {here.HELD >> 20} MiB together are read once and kept" in text
    assert f"on a cluster {here.HELD >> 20} MiB a worker" in text
    assert text.count(f"| {pieces.BLOCK_BYTES >> 20} MiB each |") == 2
    assert on_dask.HELD == 0.5  # "half of the workers' memory"
