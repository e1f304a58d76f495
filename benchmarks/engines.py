"""How long a training step takes in each engine, as a ratio to the same loop written by hand.

    python benchmarks/engines.py [--repeats 9] [-o benchmarks/results/engines.json]

All train the same network from the same start on the same batches, in turn, in one process; their losses are compared
before their times. What is quoted is the median of the ratios of neighbouring runs, on one thread. The compiled
engine's compilation is not in its time.
"""

import argparse
import json
import os
import platform
import time
from pathlib import Path
from statistics import median
from typing import Any

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # read once, when NumPy is imported

import numba
import numpy as np
from handwritten import train as train_by_hand
from rich.progress import track

import chainrule as cr

# sizes, samples, batch size, steps in a run, dtype
WORK = [
    ([2, 3, 3, 1], 21, 21, 3000, "float64"),
    ([2, 8, 8, 2], 320, 32, 3000, "float64"),
    ([20, 64, 64, 2], 640, 64, 1000, "float64"),
    ([64, 100, 10], 1000, 200, 500, "float64"),
    ([784, 256, 256, 10], 1280, 128, 40, "float64"),
    ([784, 256, 256, 10], 1280, 128, 80, "float32"),
    ([784, 1024, 1024, 1024, 10], 1024, 256, 8, "float32"),
]


ENGINES = ("numpy", "compiled")


def compare(sizes: list[int], samples: int, batch_size: int, steps: int, dtype: str, repeats: int) -> dict[str, Any]:
    """Time the loop by hand and every engine on one piece of work."""
    rng = np.random.default_rng(0)
    X = rng.random((samples, sizes[0])).astype(dtype)
    y = (rng.random((samples, sizes[-1])) > 0.5).astype(dtype)
    epochs = steps * batch_size // samples
    seconds: dict[str, list[float]] = {name: [] for name in ("by hand", *ENGINES)}
    for _ in range(repeats + 1):  # the first is a warm-up
        net = cr.Network(sizes, seed=1, dtype=dtype)
        start = [w.copy() for w in net.weights], [b.copy() for b in net.biases]
        begun = time.perf_counter()
        losses = train_by_hand(
            start,
            X,
            y,
            learning_rate=0.1,
            momentum=0.5,
            steps=steps,
            batch_size=batch_size,
            rng=np.random.default_rng(2),
        )
        seconds["by hand"].append(time.perf_counter() - begun)
        for engine in ENGINES:
            net = cr.Network(sizes, seed=1, dtype=dtype)
            begun = time.perf_counter()
            history = net.fit(
                X,
                y,
                optimizer=cr.SGD(0.1, momentum=0.5),
                epochs=epochs,
                batch_size=batch_size,
                shuffle=np.random.default_rng(2),
                engine=engine,
                verbose=0,
            )
            seconds[engine].append(time.perf_counter() - begun)
            expected = losses.reshape(epochs, -1).mean(axis=1)
            np.testing.assert_allclose(history.loss, expected, rtol=1e-9 if dtype == "float64" else 2e-3)
    row: dict[str, Any] = {"network": "-".join(map(str, sizes)), "batch_size": batch_size, "dtype": dtype}
    for name, times in seconds.items():
        ratios = sorted(a / b for a, b in zip(times[1:], seconds["by hand"][1:], strict=True))
        row[name] = {
            "microseconds": median(times[1:]) / steps * 1e6,
            "ratio": median(ratios),
            "ratio_lowest": ratios[0],
            "ratio_highest": ratios[-1],
        }
    return row


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("-o", type=Path, default=Path(__file__).parent / "results" / "engines.json")
    arguments = parser.parse_args()
    rows = [compare(*work, arguments.repeats) for work in track(WORK, description="measuring")]
    for row in rows:
        for engine in ENGINES:
            found = row[engine]
            print(
                f"{row['network']:>24} batch {row['batch_size']:>3} {row['dtype']} {engine:>8}: "
                f"{found['microseconds']:9.2f} µs a step, {found['ratio']:.3f} × by hand "
                f"({found['ratio_lowest']:.3f} to {found['ratio_highest']:.3f})"
            )
    machine = {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "chainrule": cr.__version__,
        "repeats": arguments.repeats,
    }
    arguments.o.parent.mkdir(parents=True, exist_ok=True)
    arguments.o.write_text(json.dumps({"machine": machine, "rows": rows}, indent=2) + "\n")
    print(f"written: {arguments.o}; `make docs` makes docs/performance.md of it")


if __name__ == "__main__":
    main()
