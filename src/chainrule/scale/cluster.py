"""Joining a Dask cluster, or starting one on this machine; and what is said where that cannot be."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chainrule.engines.cores import available_cores

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["arrays_may_travel", "client_of", "current_client", "joined", "local", "require_same_versions"]

MISSING = "this needs Dask, which is not installed; pip install 'chainrule[dask]'"
PATIENCE = 10  # seconds for a scheduler to answer
OURS = ("chainrule", "llvmlite", "scipy")
SAME = (*OURS, "python", "dask", "distributed", "numpy", "cloudpickle", "msgpack")
"""What the client, the scheduler (which unpacks what it hands on) and every worker must have in the same version: what
computes the bits, and what carries them."""


@contextmanager
def joined(address: str) -> Iterator[Client]:
    """A client of the cluster that a command line names; it leaves at the end.

    Args:
        address: "local" for a cluster of this machine that lives as long as this, with a process for each core; or
            that of a scheduler, such as "tcp://10.0.0.1:8786", or "tls://…" with the certificates of Dask's own
            configuration.

    Raises:
        ImportError: Dask is not installed.
        ValueError: the address is none, or a worker's versions differ from those here.
        ConnectionError: (an OSError) no scheduler answers there, or it has no worker.
    """
    distributed = imported()
    if address == "local":
        with local() as client:
            yield client
        return
    require_address(address)
    try:
        client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    except TypeError as error:  # Dask's word for a missing certificate
        raise ValueError(
            f"{address} needs certificates, and Dask's configuration names none; set "
            "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and "
            "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY"
        ) from error
    except (OSError, asyncio.TimeoutError) as error:
        raise ConnectionError(
            f"no Dask scheduler answers at {address} within {PATIENCE} s; start one with 'dask scheduler', or pass "
            "--dask local"
        ) from error
    with client:
        require_workers(client, address)
        require_same_versions(client)
        yield client


@contextmanager
def client_of(backend: Any) -> Iterator[Client]:
    """The client that a caller means; what is started here ends here.

    Args:
        backend: a `distributed.Client`, an address as of `joined`, or "dask" for the client that is current, or where
            there is none, a cluster of this machine.

    Raises:
        TypeError: backend is none of these.
        ImportError, ValueError, ConnectionError: as of `joined`.
    """
    distributed = imported()
    if isinstance(backend, distributed.Client):
        require_workers(backend, backend.scheduler.address if backend.scheduler else "its address")
        require_same_versions(backend)
        yield backend
        return
    if not isinstance(backend, str):
        raise TypeError(
            f"backend must be 'dask', the address of a scheduler, or a distributed.Client, got {backend!r:.80}"
        )
    current = current_client() if backend == "dask" else None
    if current is not None:
        with client_of(current) as client:
            yield client
    else:
        with joined("local" if backend == "dask" else backend) as client:
            yield client


@contextmanager
def local(workers: int | None = None) -> Iterator[Client]:
    """A client of a cluster of this machine: so many processes, or one for each core, each of one thread."""
    distributed = imported()
    import dask

    cluster = distributed.LocalCluster(
        n_workers=workers or available_cores(),
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        preload="chainrule.scale.worker",
        env={"CHAINRULE_NUM_THREADS": "1"},
        silence_logs=40,
    )
    # By itself Dask gives a worker up for good that happens to be starting again so long after it has died.
    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "1 day"}),
        cluster,
        distributed.Client(cluster, set_as_default=False, direct_to_workers=True) as client,
    ):
        yield client


def current_client() -> Client | None:
    """The client that Dask would use by itself; None where there is none, or distributed is not installed."""
    try:
        return imported().default_client()
    except (ImportError, ValueError):
        return None


def imported() -> Any:
    """The package distributed.

    Raises:
        ImportError: it is not installed.
    """
    try:
        import distributed
    except ImportError as error:
        raise ImportError(MISSING) from error
    return distributed


def require_address(address: str) -> None:
    """Raise unless it is the address of a scheduler.

    >>> require_address("cluster")
    Traceback (most recent call last):
        ...
    ValueError: 'cluster' is no address of a Dask scheduler; pass tcp://HOST:PORT or tls://HOST:PORT, or local
    """
    try:
        parts = urlsplit(address)
        whole = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port
    except ValueError:  # a port that is no number
        whole = False
    if not whole:
        raise ValueError(
            f"{address!r} is no address of a Dask scheduler; pass tcp://HOST:PORT or tls://HOST:PORT, or local"
        )


def require_workers(client: Client, address: str) -> None:
    """Raise unless somebody is there to work, after waiting for it a while."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except asyncio.TimeoutError:
        raise ConnectionError(
            f"the scheduler at {address} has had no worker for {PATIENCE} s; start some with 'dask worker {address}'"
        ) from None


def require_same_versions(client: Client) -> None:
    """Raise where a worker would compute or read something else than this process.

    Raises:
        ValueError: versions differ; the message names each difference.
    """
    told = client.get_versions(packages=list(OURS))
    here = told["client"]["packages"]
    differing: dict[str, list[str]] = {}
    for place, there in [("the scheduler", told["scheduler"]), *told["workers"].items()]:
        for name in SAME:
            found = there["packages"].get(name) if there else None
            if found != here[name]:
                differing.setdefault(f"{name} is {here[name]} here and {found or 'missing'} there", []).append(place)
    if differing:
        text = "; ".join(
            f"{what} ({', '.join(places[:3])}{' …' if len(places) > 3 else ''})" for what, places in differing.items()
        )
        raise ValueError(f"versions differ between this process and the cluster: {text}; install the same ones")


def arrays_may_travel() -> AbstractContextManager[Any]:
    """Dask warns of arrays that travel with a task; θ, samples and the arrays of this process have no other way."""
    import dask

    return dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"})
