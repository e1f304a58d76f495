"""The studies on a cluster: the answers of one process."""

import json
from pathlib import Path
from typing import Any

import pytest

from chainrule.cli import main
from chainrule.experiments import studies
from chainrule.experiments.study import Watch, plain
from chainrule.scale import many

SMALL: dict[str, dict[str, int]] = {
    "trainability": {"size": 16, "seed_size": 16},
    "landscape": {},
    "vanishing-gradient": {"seeds": 6},
    "convergence": {"seeds": 4, "momentum_seeds": 4},
}


@pytest.mark.parametrize("name", SMALL)
def test_the_answers_of_one_process(client: Any, name: str) -> None:
    study = studies.get(name, quick=True, **SMALL[name])
    results = [plain(study.measure(watch).results) for watch in (Watch(), Watch(backend=client))]
    assert results[0] == results[1]


def test_the_cores_that_train(client: Any) -> None:
    assert Watch(backend=client).cores == 2


def test_a_study_on_the_cluster_of_an_address(
    client: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks: list[slice] = []

    def begin(self: many.Blocks, block: slice) -> Any:
        blocks.append(block)
        return original(self, block)

    original = many.Blocks.begin
    monkeypatch.setattr(many.Blocks, "begin", begin)
    options = ["study", "trainability", "--quick", "--size", "16", "--seed-size", "16", "--json"]
    told: list[dict[str, Any]] = []
    for where in (["--dask", client.scheduler.address], []):
        with pytest.raises(SystemExit, match="0"):
            main([*options, *where, "-o", str(tmp_path / str(len(told)))])
        told.append(json.loads(capsys.readouterr().out))
    assert blocks
    assert told[0] | {"seconds": 0} == told[1] | {"seconds": 0}


@pytest.mark.parametrize("name", ["trainability", "all"])
def test_nobody_at_the_address(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["study", name, "--quick", "--dask", "nowhere", "-o", str(tmp_path / "out")])
    assert "'nowhere' is no address of a Dask scheduler" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
