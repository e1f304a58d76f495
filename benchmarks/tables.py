"""The results as tables of plain text: the terminal and the page show the same ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .targets import Verdict

__all__ = ["Table", "duration", "figures", "of_verdicts", "tables_of"]


@dataclass(frozen=True)
class Table:
    """A title, a line of headings, and rows; all but the first column are figures."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def figures(value: float) -> str:
    """Three significant figures, without an exponent.

    >>> figures(1234.5), figures(0.01234), figures(2.0)
    ('1,234', '0.0123', '2.00')
    """
    if value == 0:
        return "0"
    digits = max(0, 2 - int(f"{abs(value):e}".split("e")[1]))
    return f"{value:,.{digits}f}"


def duration(seconds: float) -> str:
    """A time in the unit that fits it.

    >>> duration(1.1e-6), duration(0.25), duration(75)
    ('1.10 µs', '250 ms', '75.0 s')
    """
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{figures(seconds / scale)} {unit}"
    return f"{figures(seconds / 1e-9)} ns"


def between(spread: Mapping[str, float], say: Callable[[float], str]) -> str:
    """From the lowest to the highest."""
    return f"{say(spread['lowest'])} – {say(spread['highest'])}"


def why_not(row: Mapping[str, Any]) -> str:
    """Why there are no figures."""
    return f"failed: {row['failed']}" if "failed" in row else f"skipped: {row.get('skipped', 'not run')}"


def of_peers(result: Mapping[str, Any]) -> list[Table]:
    """The peers of one work: their times, and how many times as long as ours that is."""
    rows = []
    first = next(iter(result["peers"]))
    for name, row in result["peers"].items():
        if "seconds" not in row:
            rows.append([name, "", "", "", why_not(row)])
            continue
        ratio = row.get("ratio")
        rows.append(
            [
                name + (f" (from {row['part']:.2%} of the work)" if row.get("part", 1) < 1 else ""),
                duration(row["seconds"]["median"]),
                between(row["seconds"], duration),
                figures(ratio["median"]) if ratio else "1" if name == first else "",
                between(ratio, figures) if ratio else "",
            ]
        )
    title = result["title"]
    if "networks" in result:
        title = f"{result['networks']:,} XOR networks, {result['epochs']:,} epochs, {result['cores']} threads"
    return [Table(title, ["who", "time", "range", "ratio to ours", "range"], rows)]


def of_step(result: Mapping[str, Any]) -> list[Table]:
    """A training step: the peers, and how far we are from what the machine can do."""
    limits = result["limits"]
    rows = [
        [f"matrix product of {name}", f"{flops / 1e9:,.0f} Gflop/s", f"{limits['product_share'][name]:.1%}"]
        for name, flops in limits["flops"].items()
    ]
    exp = min(limits["exp_seconds"], key=lambda name: limits["exp_seconds"][name])
    rows.append([f"exponential of {exp}", f"{duration(limits['exp_seconds'][exp])} each", f"{limits['exp_share']:.1%}"])
    bound = Table(
        f"{result['title']}: the machine's limits",
        ["limit", "measured", "its share of our step"],
        rows,
    )
    return [*of_peers(result), bound]


def of_growth(result: Mapping[str, Any]) -> list[Table]:
    """Time and memory by size."""
    tables = []
    for found in result["growth"].values():
        rows = [[f"{row['n']:,}", duration(row["seconds"]), f"{row['megabytes']:,.0f} MB"] for row in found["points"]]
        if found["failed"]:
            rows.append(["then", "", f"failed: {found['failed']}"])
        slope = f"; time ~ n^{found['slope']:.2f} over the upper half" if found["slope"] is not None else ""
        tables.append(Table(f"{found['title']}{slope}", ["n", "time", "most memory"], rows))
    return tables


def of_start(result: Mapping[str, Any]) -> list[Table]:
    """Whole processes, and what is installed."""
    rows = [
        [name, duration(row["median"]), between(row, duration)] if "median" in row else [name, "", why_not(row)]
        for name, row in result["seconds"].items()
    ]
    made = result["reproduce"]
    if "failed" in made:
        rows.append(["chainrule reproduce", "", why_not(made)])
    else:
        rows.append(["chainrule reproduce, first on the machine", duration(made["first"]), ""])
        for name, key in (("chainrule reproduce", "again"), ("of that, training", "training")):
            rows.append([name, duration(made[key]["median"]), between(made[key], duration)])
    sizes = [
        [name, "not installed" if size is None else f"{size:,.0f} MB"]
        for name, size in result["installed_megabytes"].items()
    ]
    return [
        Table("Whole processes", ["process", "time", "range"], rows),
        Table("On disk, with all that is required", ["package", "size"], sizes),
    ]


def of_accuracy(result: Mapping[str, Any]) -> list[Table]:
    """Losses beside the reference's; time to an accuracy."""
    rows = []
    for name, run in result["losses"].items():
        for engine, found in run["engines"].items():
            off = why_not(found) if "failed" in found else f"{found['off']:.1e}"
            loss = "" if "failed" in found else f"{found['loss']:.6g}"
            rows.append([f"{name}, {run['epochs']:,} epochs: {engine}", loss, f"{run['reference']:.6g}", off])
    tables = [Table("The last loss, beside the reference engine's", ["run", "loss", "reference", "off by"], rows)]
    reached = result["to_accuracy"]
    if "peers" in reached:
        rows = [
            [name, duration(row["seconds"]["median"]), between(row["seconds"], duration), f"{row['accuracy']:.1%}"]
            if "seconds" in row
            else [name, "", "", why_not(row)]
            for name, row in reached["peers"].items()
        ]
        title = f"Time to {reached['target']:.0%} of {reached['test_samples']} other digits: {reached['epochs']} epochs"
        tables.append(Table(title, ["who", "time", "range", "accuracy"], rows))
    return tables


def of_large_data(result: Mapping[str, Any]) -> list[Table]:
    """Time and memory of both ways."""
    rows = [
        [
            name,
            duration(row["seconds"]),
            f"{row['megabytes']:,.0f} MB",
            f"{row['megabytes_own']:,.0f} MB",
        ]
        if "seconds" in row
        else [name, "", "", why_not(row)]
        for name, row in result["runs"].items()
    ]
    title = f"{result['rows']:,} × {result['columns']} on disk, {result['network']}"
    return [Table(title, ["batches", "an epoch", "most memory", "without pages of the file"], rows)]


def of_estimators(result: Mapping[str, Any]) -> list[Table]:
    """Scores and fit times of ours and scikit-learn's."""
    rows = []
    for name, row in result["sets"].items():
        if "ours" not in row:
            rows.append([name, "", "", "", "", why_not(row)])
            continue
        ours, theirs = row["ours"], row["theirs"]
        rows.append(
            [
                f"{name}, {row['samples']:,} × {row['features']}",
                f"{row['score']} {ours['score']:.2f} %",
                f"{theirs['score']:.2f} %",
                duration(ours["seconds"]),
                duration(theirs["seconds"]),
                f"{figures(row['ratio']['median'])} ×",
            ]
        )
    title = f"{result['title']}, {result['rounds']} × {result['folds']} folds"
    return [Table(title, ["data", "ours", "scikit-learn", "a fit of ours", "of scikit-learn's", "faster"], rows)]


def of_table(result: Mapping[str, Any]) -> list[Table]:
    """When `chainrule train` had done what, and the most memory that it held."""
    found = result["command"]
    rows = [
        ["the table is read", duration(found["seconds_until_read"])],
        ["the first epoch is over", duration(found["seconds_until_first_epoch"])],
        [f"everything, {found['epochs']} epochs and the page", duration(found["seconds"])],
        ["longest time without a word", duration(found["longest_silence"])],
        ["most memory held", f"{found['megabytes']:,.0f} MB"],
        ["accuracy on rows held out", f"{found['accuracy']:.1%}"],
    ]
    size = f"{result['file_megabytes']:,.0f} MB"
    title = f"chainrule train on a CSV of {result['rows']:,} × {result['columns']}, {size}, {result['network']}"
    return [Table(title, ["what", "measured"], rows)]


def of_playground(result: Mapping[str, Any]) -> list[Table]:
    """How long a person waits for what the page shows, and what it weighs."""
    found = result["playground"]
    milliseconds = {
        "a slider moves → the whole new run is on the screen (XOR, 5,000 epochs)": found["slider_ms"],
        "spiral, 2-8-8-1, 20,000 epochs in mini-batches → its first picture": found["spiral"]["first_picture_ms"],
        "the same → done": found["spiral"]["done_ms"],
        "another run is asked for in the midst of it → that is on the screen": found["spiral"]["another_ms"],
        "the page is asked for → its first run is on the screen": found["usable_ms"],
    }
    dragging, cursor, page = found["dragging"], found["cursor"], found["page"]
    rows = [
        *([name, duration(row["median"] / 1000), between(row, lambda ms: duration(ms / 1000))]
          for name, row in milliseconds.items()),
        ["a slider is dragged: whole runs on the screen", f"{dragging['runs_a_second']:.0f} a second", ""],
        ["the time cursor is dragged", f"{cursor['frames_a_second']:.0f} frames a second", ""],
        ["the same: requests to the server", f"{cursor['requests']}", ""],
        ["all that the first load asks for, compressed", f"{page['compressed_kilobytes']:.0f} kB", ""],
        ["requests to other hosts", f"{found['other_hosts']}", ""],
    ]  # fmt: skip
    return [Table(f"The playground, in headless Chromium {result['chromium']}", ["what", "median", "from – to"], rows)]


def of_soak(result: Mapping[str, Any]) -> list[Table]:
    """How long open tabs waited, and what became of the server's process."""
    found = result["soak"]
    what = {
        "first": "a run is asked for → its first frame",
        "seeds": "20 seeds are asked for → their first frame",
        "answers": "a derivation, code or a model is asked for → it is there",
        "loop": "ten times a second: how long the server's event loop took to answer",
    }
    waits = [
        [what[name], f"{row['count']:,}", *(duration(row[key]) for key in ("median", "of 100, 99", "most"))]
        for name, row in found["waited"].items()
    ]
    process = [
        [when, f"{row['megabytes']:.0f} MB", f"{row['threads']}", f"{row['files']}"]
        for when, row in {
            "before": found["before"],
            **{
                f"after {found['minutes'] * (part + 1) / len(found['parts']):g} min": row
                for part, row in enumerate(found["parts"])
            },
            "3 s after the last tab is gone": found["after"],
        }.items()
    ]
    title = f"One server, {found['tabs']} open tabs, {found['minutes']:g} minutes of random use"
    return [
        Table(title, ["what", "times", "median", "99 of 100", "most"], waits),
        Table("The server's process meanwhile", ["", "memory", "threads", "open files"], process),
    ]


def of_scale(result: Mapping[str, Any]) -> list[Table]:
    """Steps, networks, files and deaths on a cluster, and a sweep; parts that failed say so."""
    found = result["scale"]
    parts = {
        "steps": of_scale_steps,
        "networks": of_scale_networks,
        "files": of_scale_files,
        "deaths": of_scale_deaths,
        "sweep": of_scale_sweep,
    }
    return [
        Table(f"scale, {name}", ["", ""], [["failed", found[name]["failed"]]])
        if "failed" in found[name]
        else make(found[name])
        for name, make in parts.items()
        if name in found
    ]


def of_scale_steps(found: Mapping[str, Any]) -> Table:
    """A full-batch step on each number of workers."""
    rows = [
        [
            f"{workers} worker{'s' * (workers != '1')}",
            duration(row["step"]["median"]),
            f"{found['rows'] / row['step']['median'] / 1e6:.1f} million",
            f"{row['share']['median']:.0%}",
            "" if workers == "1" else longer(row["overhead"]),  # one worker has one core
            duration(row["besides"]["median"]),
            duration(row["task"]["median"]),
            f"{row['bytes']['median'] / 1e3:,.0f} kB",
            f"{row['megabytes']:,.0f} MB",
        ]
        for workers, row in found["workers"].items()
    ]
    header = ["", "a step", "rows a second", "of one process", "longer than there", "a step besides computing"]
    header += ["an empty task", "moved a step", "most memory of a worker"]
    title = f"A full-batch step, {found['rows']:,} × {found['columns']} float32 in {found['blocks']} blocks, "
    return Table(f"{title}20-32-16-1, Adam", header, rows)


def longer(spread: Mapping[str, float]) -> str:
    """By how many milliseconds, which may be less than none.

    >>> longer({"median": 0.0031, "lowest": -0.0262, "highest": 0.048})
    '3 ms (−26 to 48)'
    """
    median, lowest, highest = (f"{1000 * spread[key]:.0f}".replace("-", "−") for key in ("median", "lowest", "highest"))
    return f"{median} ms ({lowest} to {highest})"


def of_scale_networks(found: Mapping[str, Any]) -> Table:
    """Many networks here, there, and by others."""
    joblib = found["joblib"]
    rows = [
        ["`train_many`, one process of 2 threads", duration(found["one_process"]["median"]), ""],
        ["`train_many`, 2 workers", duration(found["workers"]["median"]), f"{found['ratio']['median']:.2f} ×"],
        [
            "joblib, 2 processes, scikit-learn's MLPClassifier",
            joblib.get("skipped") or f"{duration(joblib['seconds'])} (from {joblib['trained']} of them)",
            "" if "skipped" in joblib else f"{joblib['seconds'] / found['one_process']['median']:,.0f} ×",
        ],
        ["the same bits on the workers", "yes" if found["same_bits"] else "no", ""],
    ]
    title = f"{found['networks']:,} XOR networks, {found['epochs']:,} epochs"
    return Table(title, ["", "time", "of one process's"], rows)


def of_scale_files(found: Mapping[str, Any]) -> Table:
    """Mini-batches from files and from memory."""
    in_memory = found["memory"]["rows_per_second"]
    rows = []
    for name, key in {"from the folder": "folder", "from the folder, 2 workers read": "folder_dask"}.items():
        row = found[key]
        most = max(row["megabytes"], row["megabytes_worker"])
        share = f"{row['rows_per_second'] / in_memory:.0%}"
        per_second = f"{row['rows_per_second'] / 1e6:.2f} million"
        rows.append([name, per_second, share, duration(row["seconds"]), f"{most:,.0f} MB"])
    memory = f"{found['memory']['megabytes']:,.0f} MB"
    rows.append(["some of the same rows, from memory", f"{in_memory / 1e6:.2f} million", "100%", "", memory])
    peer = found["peer"]
    per_second = peer.get("skipped") or f"{peer['rows_per_second'] / 1e6:.2f} million"
    share = "" if "skipped" in peer else f"{peer['rows_per_second'] / in_memory:.0%}"
    rows.append(["dask-ml's Incremental over scikit-learn's MLPClassifier, one file", per_second, share, "", ""])
    title = (
        f"Mini-batches of {found['batch_size']:,} from {found['gigabytes']:.1f} GB of Parquet, {found['rows']:,} rows"
    )
    return Table(title, ["", "rows a second", "of memory's", "the whole call", "most memory of a process"], rows)


def of_scale_deaths(found: Mapping[str, Any]) -> Table:
    """Runs that lost a worker."""
    rows = [
        [
            f"`{name}`",
            f"{found[name]['same_bits']} of {found['kills']}",
            duration(found[name]["undisturbed"]),
            duration(found[name]["disturbed"]),
        ]
        for name in ("fit", "train_many")
    ]
    title = "A worker is killed (SIGKILL) at a random moment of a run on two"
    return Table(title, ["", "runs with the bits of an undisturbed one", "undisturbed", "with a death, median"], rows)


def of_scale_sweep(found: Mapping[str, Any]) -> Table:
    """A sweep that lost its clients."""
    rows = [
        ["finished while a client lived that was killed", f"{found['finished_by_killed']} of {found['trials']}"],
        ["of those lost", f"{found['lost']}"],
        ["of all run twice", f"{found['twice']}"],
        ["trials and values as in a sweep that nobody disturbed", "yes" if found["same_bits"] else "no"],
    ]
    title = f"The client of a sweep of {found['trials']} trials is killed (SIGKILL) {found['kills']} times, each time"
    return Table(f"{title} followed by another", ["", "trials"], rows)


def tables_of(result: Mapping[str, Any]) -> list[Table]:
    """The tables of one work's result, whichever it is."""
    if "failed" in result:
        return [Table(result["title"], ["", ""], [["failed", result["failed"]]])]
    kinds: dict[str, Callable[[Mapping[str, Any]], list[Table]]] = {
        "limits": of_step,
        "networks": of_peers,
        "growth": of_growth,
        "reproduce": of_start,
        "losses": of_accuracy,
        "runs": of_large_data,
        "sets": of_estimators,
        "command": of_table,
        "playground": of_playground,
        "soak": of_soak,
        "scale": of_scale,
    }
    return next(make for key, make in kinds.items() if key in result)(result)


def of_verdicts(verdicts: Sequence[Verdict]) -> Table:
    """The figures to reach."""
    rows = []
    for verdict in verdicts:
        target = verdict.target
        wanted = f"≥ {target.least:g}" if target.least is not None else f"< {target.most:g}"
        found = "not measured" if verdict.found is None else f"{figures(verdict.found)} {target.unit}"
        met = {True: "✓ met", False: "✗ not met", None: "–"}[verdict.met]
        rows.append([target.what, verdict.beside, f"{wanted} {target.unit}", found, met, verdict.explanation])
    return Table("Figures to reach", ["what", "beside", "wanted", "measured", "", "why not"], rows)
