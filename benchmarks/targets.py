"""The figures to reach: which are met, by the results at hand, and what is to be said of those that are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import peers

__all__ = ["EXPLANATIONS", "TARGETS", "Target", "Verdict", "judge"]

Results = Mapping[str, Mapping[str, Any]]
"""What each work's file holds, by the work's name."""
Measured = Callable[[Results], "tuple[float, str] | None"]
"""The figure, and beside whom or what; None if it was not measured."""

JAX = ("JAX, jitted step", "JAX, one scan")
OURS = tuple(peer.name for peer in peers.OURS)


@dataclass(frozen=True)
class Target:
    """One of them."""

    key: str
    what: str
    least: float | None
    most: float | None
    unit: str
    measured: Measured


@dataclass(frozen=True)
class Verdict:
    """A target and what was measured."""

    target: Target
    found: float | None
    beside: str
    met: bool | None
    """None if it was not measured."""
    explanation: str


def best_ratio(work: str, among: tuple[str, ...] | None = None) -> Measured:
    """How many times faster we are than the fastest of these peers; of all that are not ours, if none is named."""

    def measured(results: Results) -> tuple[float, str] | None:
        found = results.get(work, {}).get("peers", {})
        ratios = {
            name: row["ratio"]["median"]
            for name, row in found.items()
            if "ratio" in row and (name in among if among else name not in OURS)
        }
        best = min(ratios, key=lambda name: ratios[name], default=None)
        return None if best is None else (ratios[best], best)

    return measured


def figure(work: str, *path: str) -> Measured:
    """A number of a work's results, at this place."""

    def measured(results: Results) -> tuple[float, str] | None:
        found: Any = results.get(work)
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return None if found is None else (found, "")

    return measured


def scaled(factor: float, measured: Measured) -> Measured:
    """So many times a number."""

    def times_factor(results: Results) -> tuple[float, str] | None:
        found = measured(results)
        return None if found is None else (factor * found[0], found[1])

    return times_factor


def share_of_memory(results: Results) -> tuple[float, str] | None:
    """Rows a second from files, in per cent of those from memory."""
    files = results.get("scale", {}).get("scale", {}).get("files", {})
    if "folder" not in files:
        return None
    return 100 * files["folder"]["rows_per_second"] / files["memory"]["rows_per_second"], ""


def most_of_a_process(results: Results) -> tuple[float, str] | None:
    """The most memory that a process of the trainings on files has held, the readers' workers included."""
    files = results.get("scale", {}).get("scale", {}).get("files", {})
    if "folder" not in files:
        return None
    each = [files[key][kind] for key in ("folder", "folder_dask") for kind in ("megabytes", "megabytes_worker")]
    return max(each), ""


def lost_or_twice(results: Results) -> tuple[float, str] | None:
    """Finished trials of a sweep that its killed clients lost, and those that were run twice."""
    found = results.get("scale", {}).get("scale", {}).get("sweep", {})
    return (found["lost"] + found["twice"], "") if "lost" in found else None


def longest_wait(results: Results) -> tuple[float, str] | None:
    """The longest, in milliseconds, that any tab waited for anything."""
    waited = results.get("soak", {}).get("soak", {}).get("waited", {})
    return (1000 * max(row["most"] for row in waited.values()), "") if waited else None


def gained(results: Results) -> tuple[float, str] | None:
    """Megabytes by which the server's process grew when everything in it had been used."""
    parts = results.get("soak", {}).get("soak", {}).get("parts", [])
    return (parts[-1]["megabytes"] - parts[0]["megabytes"], "") if parts else None


def product_share(work: str) -> Measured:
    """How near, in per cent, a step is to the time of its matrix products at the fastest that anybody here has."""

    def measured(results: Results) -> tuple[float, str] | None:
        shares = results.get(work, {}).get("limits", {}).get("product_share", {})
        fastest = min(shares, key=lambda name: shares[name], default=None)
        return None if fastest is None else (100 * shares[fastest], fastest)

    return measured


def times(key: str, what: str, factor: float, work: str, *among: str) -> Target:
    """To be so many times faster than the fastest of these peers, or of all."""
    return Target(key, what, factor, None, "×", best_ratio(work, among or None))


def below(key: str, what: str, most: float, unit: str, measured: Measured) -> Target:
    """To stay under a figure."""
    return Target(key, what, None, most, unit, measured)


def wide(key: str, what: str, work: str) -> tuple[Target, Target]:
    """To be as fast as the best, and near what the machine's products allow."""
    return (
        times(key, what, 1.0, work),
        Target(f"{key}-peak", f"{what}: of the fastest matrix product", 85, None, "%", product_share(work)),
    )


MNIST, WIDE = "784-256-256-10, batches of 128", "784-1024-1024-1024-10, batches of 256, float32"
TARGETS = (
    times("xor-jax", "XOR, an epoch", 10, "xor", *JAX),
    times("xor-textbook", "XOR, an epoch", 60, "xor", "textbook NumPy"),
    times("xor-scikit-learn", "XOR, an epoch", 200, "xor", "scikit-learn"),
    times("xor-torch", "XOR, an epoch", 500, "xor", "PyTorch eager"),
    times("step-8", "2-8-8-2, batches of 32", 4, "step-8"),
    times("step-64", "20-64-64-2, batches of 64", 1.3, "step-64"),
    times("digits", "64-100-10, batches of 200", 1.2, "digits"),
    times("mnist", f"{MNIST}, float64, 1 thread", 1.0, "mnist"),
    times("mnist-2", f"{MNIST}, float64, 2 threads", 1.0, "mnist-2-threads"),
    times("mnist-float32", f"{MNIST}, float32, 1 thread", 1.0, "mnist-float32"),
    times("mnist-float32-2", f"{MNIST}, float32, 2 threads", 1.0, "mnist-float32-2-threads"),
    *wide("wide", f"{WIDE}, 1 thread", "wide"),
    *wide("wide-2", f"{WIDE}, 2 threads", "wide-2-threads"),
    times(
        "population",
        "1,000 XOR networks, 10,000 epochs, 2 threads",
        4,
        "population",
        "JAX, vmap and scan",
        "JAX, one device a core",
    ),
    below(
        "population-seconds",
        "1,000 XOR networks, 10,000 epochs, 2 threads",
        6,
        "s",
        figure("population", "peers", "chainrule", "seconds", "median"),
    ),
    below(
        "reproduce",
        "`chainrule reproduce`, not for the first time, the whole process",
        3,
        "s",
        figure("start", "reproduce", "again", "median"),
    ),
    below(
        "reproduce-training",
        "`chainrule reproduce`, its training",
        0.2,
        "s",
        figure("start", "reproduce", "training", "median"),
    ),
    below("xor-memory", "the XOR job: most memory held", 250, "MB", figure("start", "reproduce", "megabytes")),
    *(
        below(
            f"large-{name.replace(' ', '-')}",
            f"10⁷ × 20 memory-mapped float32, {name}: most memory held",
            600,
            "MB",
            figure("large-data", "runs", name, "megabytes"),
        )
        for name in ("mini-batch", "full batch")
    ),
    below(
        "table-memory",
        "`chainrule train` on a CSV of 10⁶ × 20: most memory held",
        1500,
        "MB",
        figure("table", "command", "megabytes"),
    ),
    Target(
        "scale-step",
        "full-batch step, 10⁷ × 20 float32 in 40 blocks, 2 workers: of one process's rows a second",
        85,
        None,
        "%",
        scaled(100, figure("scale", "scale", "steps", "workers", "2", "share", "median")),
    ),
    below(
        "scale-overhead",
        "the same: how much longer the step takes",
        10,
        "ms",
        scaled(1000, figure("scale", "scale", "steps", "workers", "2", "overhead", "median")),
    ),
    below(
        "scale-networks",
        "10,000 XOR networks × 5,000 epochs, 2 workers: of the time of one process on 2 cores",
        115,
        "%",
        scaled(100, figure("scale", "scale", "networks", "ratio", "median")),
    ),
    Target(
        "scale-files",
        "mini-batches from 5 GB of Parquet: of the rows a second from memory",
        70,
        None,
        "%",
        share_of_memory,
    ),
    below(
        "scale-files-memory",
        "the same: most memory of a process",
        1500,
        "MB",
        most_of_a_process,
    ),
    *(
        Target(
            f"scale-deaths-{name}",
            f"a worker killed in each of 20 runs of `{name}`: runs with the bits of an undisturbed one",
            20,
            None,
            "",
            figure("scale", "scale", "deaths", name, "same_bits"),
        )
        for name in ("fit", "train_many")
    ),
    below(
        "scale-sweep",
        "the client of a sweep killed 20 times: finished trials lost or run twice",
        1,
        "",
        lost_or_twice,
    ),
    below(
        "playground-slider",
        "playground: a slider moves → the whole new XOR run is on the screen",
        50,
        "ms",
        figure("playground", "playground", "slider_ms", "median"),
    ),
    Target(
        "playground-dragging",
        "playground: whole runs on the screen while a slider is dragged",
        20,
        None,
        "a second",
        figure("playground", "playground", "dragging", "runs_a_second"),
    ),
    Target(
        "playground-cursor",
        "playground: frames while the time cursor is dragged",
        59,  # of a screen of 60
        None,
        "a second",
        figure("playground", "playground", "cursor", "frames_a_second"),
    ),
    below(
        "playground-spiral",
        "playground: 20,000 epochs of the spiral, first picture",
        100,
        "ms",
        figure("playground", "playground", "spiral", "first_picture_ms", "median"),
    ),
    below(
        "playground-usable",
        "playground: the page is asked for → its first run is on the screen",
        1000,
        "ms",
        figure("playground", "playground", "usable_ms", "median"),
    ),
    below(
        "playground-weight",
        "playground: the first load, compressed",
        400,
        "kB",
        figure("playground", "playground", "page", "compressed_kilobytes"),
    ),
    below("soak-stall", "one server, 20 open tabs, 10 minutes: the longest wait", 1000, "ms", longest_wait),
    below("soak-leak", "the same: memory gained from the second minute to the last", 20, "MB", gained),
)

SMALLER_IF_QUICK = ("population", "large-data", "table", "scale", "soak")
EXPLANATIONS: dict[str, str] = {
    "scale-overhead": (
        "Most of it is Dask's own: a task on each worker, and their results. Workers, scheduler and client share the "
        "cores here, and a step ends with the slower worker. Messages to the workers past Dask's tasks are shorter, "
        "but a cluster that grows and shrinks by itself would not see the work."
    ),
    "wide-peak": (
        "The products by themselves reach the measured peak. The rest of the time goes to memory: parameters and "
        "velocities are larger than the processor's cache, and every step reads and writes all of them once. Wider "
        "tiles, and updating each parameter as soon as its gradient is there, helped and are in; prefetching did not."
    ),
}
"""By a target's key: why it is not met, where that is known."""


def judge(results: Results) -> list[Verdict]:
    """Every target, and whether these results meet it; a quick look's smaller works meet none."""
    results = {name: found for name, found in results.items() if not (found.get("quick") and name in SMALLER_IF_QUICK)}
    verdicts = []
    for target in TARGETS:
        measured = target.measured(results)
        if measured is None:
            verdicts.append(Verdict(target, None, "", None, ""))
            continue
        found, beside = measured
        met = found >= target.least if target.least is not None else target.most is not None and found < target.most
        verdicts.append(Verdict(target, found, beside, met, "" if met else EXPLANATIONS.get(target.key, "")))
    return verdicts
