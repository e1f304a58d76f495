"""Many networks of one architecture, each trained by itself, on all cores."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arguments import as_count
from chainrule.arrays import Array, as_dtype, as_numbers
from chainrule.engines import choose
from chainrule.engines.batches import as_batch_size
from chainrule.engines.cores import available_cores
from chainrule.formulas import initializers, optimizers
from chainrule.formulas.regularization import Regularization
from chainrule.structure import Structure
from chainrule.training.blocks import in_blocks
from chainrule.training.many_job import Each, ManyJob, train_block
from chainrule.training.marks import as_marks
from chainrule.training.progress import ProgressBar, wants_bar
from chainrule.training.runs import RECORDS, Runs
from chainrule.training.samples import Samples, checked, require_two_classes, weights_of

if TYPE_CHECKING:
    import numpy.typing as npt
    from distributed import Client

    from chainrule.formulas.activations import Activation
    from chainrule.formulas.initializers import Initializer
    from chainrule.formulas.losses import Loss
    from chainrule.formulas.normalizations import Normalization
    from chainrule.formulas.optimizers import Optimizer

__all__ = ["train_many"]


def train_many(
    sizes: Sequence[int],
    X: Any,
    y: Any,
    loss: str | Loss = "binary_cross_entropy",
    *,
    seeds: Iterable[int],
    hidden: str | Activation | Sequence[str | Activation] = "sigmoid",
    output: str | Activation = "sigmoid",
    normalization: str | Normalization | Sequence[str | Normalization | None] | None = None,
    dropout: float | Sequence[float] = 0.0,
    initializer: str | Initializer = "he_normal",
    initial_scale: Any = 1.0,
    optimizer: str | Optimizer = "sgd",
    epochs: int = 1000,
    batch_size: int | None = None,
    shuffle: bool = True,
    sample_weight: Any = None,
    class_weight: Any = None,
    l1: float = 0.0,
    l2: float = 0.0,
    max_norm: float | None = None,
    record_at: Sequence[int] | None = None,
    record: Iterable[str] = RECORDS,
    dtype: npt.DTypeLike = "float64",
    engine: str = "auto",
    threads: int | None = None,
    backend: str | Client | None = None,
    verbose: int | str = "auto",
    stopped: Callable[[], bool] | None = None,
    **hyperparameters: Any,
) -> Runs:
    """Train networks of one architecture that differ in seed and hyperparameters, each as `Network.fit` would.

    Run k is `Network(sizes, ..., seed=seeds[k])` with its initial weights times `initial_scale`, and then `fit`: the
    same bits, for any number of threads or workers.

    Args:
        sizes: the number of units of each layer, the input's first.
        X: samples, (n, d_in), the same for all; or (n_runs, n, d_in), each run's own, and then y likewise.
        y: targets, (n, d_out), or (n,) for one output; class indices too for a categorical loss.
        loss: a name or a Loss.
        seeds: a whole number ≥ 0 for each run: its initial weights, and the order of its mini-batches.
        hidden: as of `Network`.
        output: as of `Network`.
        normalization: as of `Network`.
        dropout: as of `Network`.
        initializer: as of `Network`.
        initial_scale: what the initial weights are multiplied by; one number, or one for each run.
        optimizer: a name or an Optimizer.
        epochs: how often every sample is used.
        batch_size: samples a step; None takes all of them.
        shuffle: whether each epoch of a run permutes the samples before it cuts them into batches.
        sample_weight: as of `Network.fit`; with samples of each run's own, (n_runs, n).
        class_weight: as of `Network.fit`.
        l1: as of `Network.fit`.
        l2: as of `Network.fit`.
        max_norm: as of `Network.fit`.
        record_at: epochs, increasing, to record; None records the last one.
        record: what to record: "loss", "accuracy", "parameters". Memory is needed for what is recorded, and no more.
        dtype: "float64" or "float32".
        engine: as of `Network.fit`.
        threads: how many runs at once; None takes as many as there are cores.
        backend: None to train in this process; or the Dask cluster to train on (extra `dask`): a `distributed.Client`,
            the address of a scheduler such as "tcp://10.0.0.1:8786", or "dask" for the client that is current, and
            where there is none, a cluster of this machine. It changes no bit: a worker that dies costs its blocks of
            runs once more, and the processors of the workers must be of this machine's kind.
        verbose: 0 for silence, 1 for a progress bar, "auto" for a bar on a terminal.
        stopped: asked about every 0.05 s, from each thread, whether the runs are no longer wanted; from the first True
            on it is as with Ctrl-C, but the runs under way end at once, those on a cluster excepted.
        hyperparameters: the optimizer's, such as `learning_rate` and `momentum`; one number, or one for each run.

    Returns:
        The Runs. A run that diverges has a loss of NaN or infinity. Ctrl-C ends the blocks of runs that have begun and
        returns what is completed.

    Raises:
        TypeError: an argument is of the wrong kind, or the optimizer has no such hyperparameter.
        ValueError: shapes, values or names that do not fit; the message says which.
        ImportError, ConnectionError: there is no Dask, or no cluster where `backend` says.

    Example:
        >>> import chainrule as cr
        >>> X, y = cr.datasets.xor()
        >>> runs = cr.train_many([2, 3, 3, 1], X, y, seeds=range(8), learning_rate=[0.1] * 4 + [0.3] * 4, epochs=2000)
        >>> runs.loss.shape, runs.parameters.shape
        ((8, 1), (8, 1, 25))
        >>> net = cr.Network([2, 3, 3, 1], seed=7)
        >>> history = net.fit(X, y, optimizer=cr.SGD(0.3), epochs=2000, engine=runs.engine)
        >>> bool(history.loss[-1] == runs.loss[7, 0]), bool((net.parameters == runs.parameters[7, 0]).all())
        (True, True)
    """
    started = time.perf_counter()
    structure = Structure.of(sizes, hidden=hidden, output=output, normalization=normalization, dropout=dropout)
    drawing, rule = initializers.get(initializer), optimizers.get(optimizer)
    theta = np.zeros(structure.n_parameters + structure.n_statistics, as_dtype(dtype))

    def prepared(X: Any, y: Any, sample_weight: Any = None) -> Samples:
        kind, X, y = checked(structure, theta.dtype, X, y, loss)
        require_two_classes(kind, y)
        return Samples(kind, X, y, weights_of(kind, y, sample_weight, class_weight))

    X = as_numbers("X", X)
    all_seeds = [as_count("seeds", seed, least=0) for seed in seeds]
    if not all_seeds:
        raise ValueError("seeds is empty; pass a seed for each run, such as range(1000)")
    if X.ndim == 3:
        first, own = samples_of_each(prepared, len(all_seeds), X, y, sample_weight)
    else:
        first, own = prepared(X, y, sample_weight), {}
    regularization = Regularization(l1=l1, l2=l2, max_norm=max_norm)
    size = as_batch_size(batch_size, first.n)
    epochs = as_count("epochs", epochs)
    marks, wanted = as_marks(record_at, epochs), tuple(record)
    for name in wanted:
        if name not in RECORDS:
            raise ValueError(f"record must list some of {', '.join(RECORDS)}, got {name!r}")
    scales = for_each_run("initial_scale", initial_scale, len(all_seeds))
    settings = {name: for_each_run(name, values, len(all_seeds)) for name, values in hyperparameters.items()}
    for name, values in settings.items():
        for value in np.unique(values):  # one that is out of range is an error before anything runs
            replace(rule, **{name: float(value)})
    if backend is not None and threads is not None:
        raise ValueError("threads is for this process; on a cluster each worker says how many it has: leave it out")
    threads = available_cores() if threads is None else as_count("threads", threads)

    batches = first.batches(size, None)
    rule = rule.for_run(epochs * batches.steps_per_epoch)
    job = first.job(structure, theta, batches, optimizer=rule, regularization=regularization)
    engine = choose.pick(engine, job, len(all_seeds) * epochs * batches.steps_per_epoch)
    many = ManyJob(job, engine, drawing, shuffle, marks, wanted)
    each, runs = Each(all_seeds, scales, settings, own), many.blank(len(all_seeds))
    bar = ProgressBar(len(all_seeds), f"training {structure}", "runs") if wants_bar(verbose) else None
    if backend is None:

        def do(block: slice) -> None:
            train_block(many, each.block(block), runs.block(block), stopped)

        in_blocks(do, len(all_seeds), threads, bar)
    else:
        from chainrule.scale.many import train_on_cluster

        train_on_cluster(backend, many, each, runs, bar, stopped)
    runs.seconds = time.perf_counter() - started
    return runs


def samples_of_each(
    prepared: Callable[..., Samples], n: int, X: Array, y: Any, sample_weight: Any
) -> tuple[Samples, dict[str, Array]]:
    """The samples of the first of n runs; and X, y and weights of all, as of `Each`.

    Raises:
        TypeError, ValueError: what `prepared` raises, with the run's number; or there are not n of them.
    """
    given = {"X": X, "y": as_numbers("y", y)}
    if sample_weight is not None:
        given["sample_weight"] = as_numbers("sample_weight", sample_weight)
    for name, values in given.items():
        if values.ndim < 2 or len(values) != n:
            raise ValueError(
                f"X has samples of each run's own, so {name} must hold an array for each of the {n} seeds, stacked; "
                f"got shape {values.shape}"
            )
    each = []
    for k in range(n):
        try:
            each.append(prepared(*(values[k] for values in given.values())))
        except (TypeError, ValueError) as error:
            raise type(error)(f"run {k}: {error}") from None
    stacked = {"X": np.stack([one.X for one in each]), "y": np.stack([one.y for one in each])}
    weights = [one.weights for one in each if one.weights is not None]
    return each[0], stacked | ({"weights": np.stack(weights)} if weights else {})


def for_each_run(name: str, values: Any, n: int) -> npt.NDArray[np.float64]:
    """A number for each of n runs.

    >>> for_each_run("learning_rate", [0.1, 0.2], 3)
    Traceback (most recent call last):
        ...
    ValueError: learning_rate must be one number, or one for each of the 3 runs; got shape (2,)
    """
    array = as_numbers(name, values).astype(np.float64)
    if array.shape not in ((), (1,), (n,)):
        raise ValueError(f"{name} must be one number, or one for each of the {n} runs; got shape {array.shape}")
    return np.broadcast_to(array, n)
