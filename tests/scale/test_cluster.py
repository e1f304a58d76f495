"""Who may be joined, and what is said of the others."""

import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dask
import distributed
import pytest

from chainrule.engines.cores import available_cores
from chainrule.scale import cluster


def test_a_client_of_ones_own_is_taken_and_left_open(client: Any) -> None:
    with cluster.client_of(client) as joined:
        assert joined is client
    assert client.status == "running"


def test_an_address_is_joined_and_left(client: Any) -> None:
    with cluster.joined(client.scheduler.address) as joined:
        assert joined is not client
        assert joined.submit(abs, -3).result() == 3
    assert joined.status == "closed"
    assert client.status == "running"


def test_dask_is_a_cluster_of_this_machine_where_no_client_is_current() -> None:
    with cluster.client_of("dask") as joined:
        assert len(joined.scheduler_info()["workers"]) == available_cores()
    assert joined.status == "closed"


def test_dask_is_the_current_client_where_there_is_one(client: Any) -> None:
    with client.as_current(), cluster.client_of("dask") as joined:
        assert joined is client


@pytest.mark.parametrize("address", ["cluster", "tcp://", "tcp://host", "http://host:80", "tcp://host:port", "local:1"])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ValueError, match="is no address of a Dask scheduler"), cluster.joined(address):
        pass


def test_what_is_no_backend() -> None:
    with pytest.raises(TypeError, match="backend must be"), cluster.client_of(3):
        pass


def test_nobody_at_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.3)
    with (
        pytest.raises(ConnectionError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9 within"),
        cluster.joined("tcp://127.0.0.1:9"),
    ):
        pass


def test_tls_without_certificates() -> None:
    with pytest.raises(ValueError, match="CA_FILE"), cluster.joined("tls://127.0.0.1:9"):
        pass


def test_a_scheduler_without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    with (
        distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as empty,
        pytest.raises(ConnectionError, match="has had no worker"),
        cluster.joined(empty.scheduler_address),
    ):
        pass


def told(version: str | None) -> Any:
    packages = dict.fromkeys(cluster.SAME, "1")
    workers = {"tcp://10.0.0.1:1": {"packages": {**packages, "numpy": version}}}
    answer = {"client": {"packages": packages}, "scheduler": {"packages": packages}, "workers": workers}
    return SimpleNamespace(get_versions=lambda packages: answer)


def test_versions_that_differ_are_named() -> None:
    cluster.require_same_versions(told("1"))
    with pytest.raises(ValueError, match=r"numpy is 1 here and 2 there \(tcp://10\.0\.0\.1:1\)"):
        cluster.require_same_versions(told("2"))
    with pytest.raises(ValueError, match="numpy is 1 here and missing there"):
        cluster.require_same_versions(told(None))


def test_a_scheduler_without_the_package_is_named() -> None:
    answer = told("1").get_versions([])
    answer["scheduler"] = {"packages": {**answer["scheduler"]["packages"], "chainrule": None}}
    with pytest.raises(ValueError, match=r"chainrule is 1 here and missing there \(the scheduler\)"):
        cluster.require_same_versions(SimpleNamespace(get_versions=lambda packages: answer))


def test_without_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(ImportError, match=r"pip install 'chainrule\[dask\]'"), cluster.joined("local"):
        pass


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, Any]:
    """A certificate of its own authority, as Dask's configuration names it."""
    openssl = shutil.which("openssl") or pytest.skip("there is no openssl to make a certificate with")
    key, made = tmp_path / "key.pem", tmp_path / "certificate.pem"
    how = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run([openssl, "req", *how, "-keyout", key, "-out", made], check=True, capture_output=True)
    both = {"cert": str(made), "key": str(key)}
    roles: dict[str, Any] = {f"distributed.comm.tls.{role}": both for role in ("scheduler", "worker")}
    return {
        **roles,
        "distributed.comm.tls.ca-file": str(made),
        "distributed.comm.tls.client.cert": str(made),
        "distributed.comm.tls.client.key": str(key),
    }


def test_tls_with_the_users_certificates(certificate: dict[str, Any]) -> None:
    from distributed.security import Security

    with dask.config.set(certificate):
        secure = distributed.LocalCluster(
            n_workers=1, host="tls://127.0.0.1", security=Security(), dashboard_address="127.0.0.1:0"
        )
        with secure, cluster.joined(secure.scheduler_address) as joined:
            assert secure.scheduler_address.startswith("tls://")
            assert joined.submit(abs, -3).result() == 3
