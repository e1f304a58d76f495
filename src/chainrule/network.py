"""The network: the face that people hold. Build it, fit it, ask it for predictions and gradients."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arguments import as_count, as_generator
from chainrule.arrays import Array, as_dtype, as_samples
from chainrule.backprop import predict
from chainrule.engines import choose
from chainrule.engines.batches import as_batch_size
from chainrule.formulas import initializers, losses, optimizers
from chainrule.formulas.activations import Activation
from chainrule.formulas.dropout import Dropout
from chainrule.formulas.initializers import Initializer
from chainrule.formulas.losses import Loss
from chainrule.formulas.normalizations import Normalization
from chainrule.formulas.optimizers import Optimizer
from chainrule.formulas.regularization import Regularization
from chainrule.scale.pieces import lies_in_blocks
from chainrule.structure import Stage, Structure
from chainrule.training.fitting import fitted
from chainrule.training.samples import Data, Samples, checked, weights_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from chainrule.training.history import History

__all__ = ["Gradients", "Network"]


@dataclass(frozen=True)
class Gradients:
    """A loss and its derivatives.

    Attributes:
        loss: the mean loss over the samples.
        weights: ∂L/∂W of every layer, (d_in, d_out) each.
        biases: ∂L/∂b of every layer, (d_out,) each.
        trained: the derivatives in what else each layer learns, by name: "gamma" and "beta" of a normalization,
            "alpha" of PReLU.
        parameters: all of them as one vector, laid out as `Network.parameters`.
    """

    loss: float
    weights: list[Array]
    biases: list[Array]
    trained: list[dict[str, Array]]
    parameters: Array


class Network:
    """A multilayer perceptron: z = a_prev @ W + b and a = f(z), layer by layer.

    Args:
        sizes: the number of units of each layer, the input's first, such as [2, 3, 3, 1].
        hidden: the activation of the hidden layers: a name, an Activation, or a list of one for each.
        output: the activation of the last layer.
        normalization: of the hidden layers, between the product and the activation: "batch_norm", "layer_norm", a
            Normalization, None, or a list of one for each.
        dropout: the share of a hidden layer's activations that training leaves out in each step, in [0, 1); or a list
            of one for each.
        initializer: where the weights start; the biases start at 0.
        seed: a whole number ≥ 0 or a `numpy.random.Generator`: the weights are its first draws, the order of
            mini-batches its next ones, after one draw for a run with dropout. None takes a new seed from the system.
        dtype: "float64" or "float32", of the parameters and of all arithmetic.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: a size below 1, an unknown name; the message says what was given and what to do.

    Example:
        >>> import chainrule as cr
        >>> X, y = cr.datasets.xor()
        >>> net = cr.Network([2, 3, 3, 1], seed=0)
        >>> history = net.fit(X, y, optimizer=cr.SGD(0.3, momentum=0.9), epochs=5000)
        >>> bool(((net.predict(X) > 0.5) == y).all())
        True
    """

    stop_training: bool = False
    """Set to True by a callback, as in Keras, it ends the run that is under way; `fit` begins with False."""

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        hidden: str | Activation | Sequence[str | Activation] = "sigmoid",
        output: str | Activation = "sigmoid",
        normalization: str | Normalization | Sequence[str | Normalization | None] | None = None,
        dropout: float | Sequence[float] = 0.0,
        initializer: str | Initializer = "he_normal",
        seed: int | np.random.Generator | None = None,
        dtype: npt.DTypeLike = "float64",
    ) -> None:
        self.structure = Structure.of(sizes, hidden=hidden, output=output, normalization=normalization, dropout=dropout)
        self.rng = as_generator("seed", seed)
        self._numbers = self.structure.initialize(initializers.get(initializer), self.rng, as_dtype(dtype))
        self._parameters = self._numbers[: self.structure.n_parameters]

    @classmethod
    def of(cls, structure: Structure, numbers: Array, rng: np.random.Generator) -> Network:
        """The network of these layers with these numbers: all parameters, and the running statistics after them."""
        net = cls.__new__(cls)
        net.structure, net.rng = structure, rng
        net._numbers, net._parameters = numbers, numbers[: structure.n_parameters]
        return net

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_parameters"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._parameters = self._numbers[: self.structure.n_parameters]  # a view in a copy too

    @property
    def numbers(self) -> Array:
        """`parameters` and `running_statistics` in one vector: all that a prediction takes."""
        return self._numbers

    @property
    def parameters(self) -> Array:
        """θ: all that is learned in one vector, layer by layer: W row by row, b, and then what its stages learn.

        Change it in place.
        """
        return self._parameters

    @property
    def running_statistics(self) -> Array:
        """What batch normalization keeps for predictions: of each layer that has it the means, then the variances."""
        return self._numbers[self.structure.n_parameters :]

    @property
    def weights(self) -> list[Array]:
        """The weight matrix of every layer, (d_in, d_out) each: views of `parameters`."""
        return [layer.weight(self.parameters) for layer in self.structure.layers]

    @property
    def biases(self) -> list[Array]:
        """The bias of every layer, (d_out,) each: views of `parameters`."""
        return [layer.bias(self.parameters) for layer in self.structure.layers]

    @property
    def trained(self) -> list[dict[str, Array]]:
        """What else each layer learns, by its name, (d_out,) each: views of `parameters`."""
        return [
            {name: self.parameters[place] for name, place in layer.places.items()} for layer in self.structure.layers
        ]

    def __repr__(self) -> str:
        activations = ", ".join(" ".join(map(stage_name, layer.stages)) for layer in self.structure.layers)
        return f"Network({self.structure}, {activations}, {self.parameters.size} parameters, {self.parameters.dtype})"

    def _repr_html_(self) -> str:
        from chainrule.explain.notebook import network_html

        return network_html(self)

    def _repr_latex_(self) -> str:
        from chainrule.explain.notebook import network_latex

        return network_latex(self)

    def predict(self, X: Any) -> Array:
        """The output activations (n, d_out) of the samples X (n, d_in); nothing drops out.

        Raises:
            TypeError: X does not hold real numbers.
            ValueError: X has another number of columns, is empty, or holds NaN or infinity.
        """
        X = as_samples(X, self.structure.sizes[0], self.parameters.dtype)
        return predict(self.structure, self._numbers, X)

    def save(
        self, path: str | os.PathLike[str], *, layout: str = "chainrule", provenance: Mapping[str, Any] | None = None
    ) -> None:
        """Write the network into one safetensors file, whole or not at all; `chainrule.load` reads it.

        Args:
            path: where, such as "m.safetensors"; a leading ~ is the home folder. What is there is replaced.
            layout: "chainrule" for weights (d_in, d_out), "torch" for (d_out, d_in) and PyTorch's names.
            provenance: what else the file should say, as JSON can: the date, the data, the loss, the optimizer.

        Raises:
            ValueError: an activation that a file cannot name, a parameter that is not finite, an unknown layout.
            TypeError: provenance is nothing that JSON can write.
            OSError: the file cannot be written; what was there is kept.
        """
        from chainrule.interop.safetensors import save

        save(self, path, layout=layout, provenance=provenance)

    def gradients(
        self,
        X: Any,
        y: Any,
        loss: str | Loss = "binary_cross_entropy",
        *,
        sample_weight: Any = None,
        engine: str = "reference",
    ) -> Gradients:
        """The loss on these samples and its derivatives in all that the network learns.

        As in training, where these samples bring their own statistics to a batch normalization; but nothing drops out.

        Args:
            X: samples, (n, d_in).
            y: targets, (n, d_out), or (n,) for one output; class indices too for a categorical loss.
            loss: a name or a Loss.
            sample_weight: as of `fit`.
            engine: who computes it: "reference" (`backprop.py`), "numpy", "compiled" or "auto".

        Raises:
            TypeError: X or y do not hold real numbers.
            ValueError: shapes, values or names that do not fit; the message says which.
        """
        loss, X, y = checked(self.structure, self.parameters.dtype, X, y, loss)
        weights = weights_of(loss, y, sample_weight, None)
        value, gradient = choose.gradients_of(engine, self.structure, self._numbers, X, y, loss, weights)
        return Gradients(
            value,
            [layer.weight(gradient) for layer in self.structure.layers],
            [layer.bias(gradient) for layer in self.structure.layers],
            [{name: gradient[place] for name, place in layer.places.items()} for layer in self.structure.layers],
            gradient,
        )

    def fit(
        self,
        X: Any,
        y: Any,
        loss: str | Loss = "binary_cross_entropy",
        *,
        optimizer: str | Optimizer = "sgd",
        epochs: int = 1000,
        batch_size: int | None = None,
        shuffle: bool | int | np.random.Generator = True,
        validation_data: tuple[Any, Any] | None = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        l1: float = 0.0,
        l2: float = 0.0,
        max_norm: float | None = None,
        metrics: Sequence[str] = (),
        callbacks: Iterable[Any] = (),
        engine: str = "auto",
        optimizer_state: Mapping[str, Any] | None = None,
        resume_from: str | os.PathLike[str] | None = None,
        backend: Any = None,
        verbose: int | str = "auto",
    ) -> History:
        """Train the network on these samples, from the parameters that it has.

        Args:
            X: samples, (n, d_in). Or data that lie in blocks (docs/scale.md): a Dask array or DataFrame; Parquet files,
                as a folder, a pattern with * or a list of paths; a memory-mapped array.
            y: targets, (n, d_out), or (n,) for one output; class indices too for a categorical loss. Of a Dask array a
                Dask array, of a frame and of files the names of the columns; all other columns are then inputs.
            loss: a name or a Loss.
            optimizer: a name or an Optimizer; its state starts anew with every call.
            epochs: how often every sample is used, at least 1.
            batch_size: samples a step, from 1 to n; None takes all of them (a full batch).
            shuffle: whether each epoch permutes the samples before it cuts them into batches. True draws from the
                network's own generator; a seed or a Generator draws from that. Full batches are never permuted. Of
                data in blocks the order of the blocks is drawn, and that of the rows of some blocks at a time.
            validation_data: (X, y), each as above, to compute "val_loss" on after every epoch, from predictions. Arrays
                in memory stay in this process.
            sample_weight: what each sample counts for, (n,), ≥ 0. Scaled to a mean of 1, so that the loss is the
                weighted mean and the learning rate keeps its meaning.
            class_weight: what each class counts for: {class: weight}, or "balanced" for the inverse of how often it
                occurs. Multiplies sample_weight.
            l1: adds l1 Σ |w| over the weights to the loss (`Regularization` says more of these three).
            l2: adds ½ l2 Σ w².
            max_norm: a bound on the norm of the weights that enter a unit.
            metrics: ["accuracy"] to have the History tell of "accuracy", and "val_accuracy" with validation data: the
                share of right classes in the predictions for all samples after every epoch, nothing dropped out, every
                sample counting the same. (Keras gives a mean over the epoch's batches, each before its update.) It
                costs a pass over the data an epoch, and only where it is asked for.
            callbacks: Callbacks, objects with Keras' hooks, or functions of (epoch, logs) to call after every epoch.
            optimizer_state: what the optimizer carries from an earlier run, `History.optimizer_state`, to go on with,
                which may be on samples of one class; None begins anew.
            resume_from: a folder of `Checkpoint`, or a file in it, to go on from, to the bit as if the run had never
                been interrupted; all other arguments are those that it was begun with, and epochs counts from the
                run's beginning. A folder without a checkpoint is a warning, and the run begins at its beginning.
            backend: who reads blocks and computes on them: None for this process (of Dask's collections the client
                that is current, where there is one), "dask" for the current client or a cluster of this machine, the
                address of a scheduler, or a `distributed.Client`.
            engine: who computes: "compiled" (machine code, compiled within a second and then kept on disk: the
                fastest), "numpy", "reference" (`backprop.py`), or "auto": compiled where that has happened already or
                takes less time than NumPy would. Engines differ in the last bits; the History says which it was.
            verbose: 0 for silence, 1 for a progress bar, 2 for a line an epoch, "auto" for a bar on a terminal.

        Returns:
            The History of the run. Ctrl-C ends a run early and returns what was trained so far.

        Raises:
            TypeError: an argument is of the wrong kind.
            ValueError: shapes, values or names that do not fit; the message says which.
            DivergenceError: the loss became NaN or infinite; the parameters are put back to what they were.
        """
        optimizer, regularization = optimizers.get(optimizer), Regularization(l1=l1, l2=l2, max_norm=max_norm)
        loss = losses.get(loss)
        if shuffle is None:  # which elsewhere asks for a seed from the system
            raise TypeError("shuffle must be True, False, a seed or a numpy.random.Generator, got None")
        rng = self.rng if shuffle is True else None if shuffle is False else as_generator("shuffle", shuffle)
        epochs = as_count("epochs", epochs)  # before what may take long
        if batch_size is not None:
            batch_size = as_count("batch_size", batch_size)
        with ExitStack() as stack:
            if backend is not None:
                from chainrule.scale.cluster import client_of

                backend = stack.enter_context(client_of(backend))
            weighing = {"sample_weight": sample_weight, "class_weight": class_weight}
            where = {"backend": backend, "batch_size": batch_size, "verbose": verbose}
            data = stack.enter_context(self._data(X, y, loss, **weighing, **where))
            if optimizer_state is None:  # else it may be a part of the data
                data.require_two_classes()
            held_out = None
            if validation_data is not None:
                held_out = stack.enter_context(self._held_out(validation_data, loss, **where))
            return fitted(
                self,
                data,
                held_out,
                data.batches(as_batch_size(batch_size, data.n), rng),
                loss,
                optimizer,
                regularization,
                epochs=epochs,
                metrics=metrics,
                callbacks=callbacks,
                engine=engine,
                optimizer_state=optimizer_state,
                resume_from=resume_from,
                verbose=verbose,
            )

    def _data(
        self, X: Any, y: Any, loss: Loss, *, sample_weight: Any = None, class_weight: Any = None, **where: Any
    ) -> AbstractContextManager[Data]:
        """The samples and targets of a run, wherever they lie, for as long as the run takes."""
        dtype = self.parameters.dtype
        if where["backend"] is not None or lies_in_blocks(X, dtype, batch_size=where["batch_size"]):
            from chainrule.scale import rows

            weighing = {"sample_weight": sample_weight, "class_weight": class_weight}
            return rows.opened(self.structure, dtype, X, y, loss, **weighing, **where)
        loss, X, y = checked(self.structure, dtype, X, y, loss)
        return nullcontext(Samples(loss, X, y, weights_of(loss, y, sample_weight, class_weight)))

    @contextmanager
    def _held_out(self, validation_data: Any, loss: Loss, **where: Any) -> Iterator[Data]:
        """The data to validate on."""
        if not isinstance(validation_data, tuple | list):
            raise TypeError(
                f"validation_data must be a pair (X, y), got an object of type {type(validation_data).__name__}; "
                "pass (X, y), or None for no validation"
            )
        if len(validation_data) != 2:
            raise ValueError(f"validation_data must be a pair (X, y), got {len(validation_data)} things; pass (X, y)")
        X, y = validation_data
        if not lies_in_blocks(X, self.parameters.dtype):
            where["backend"] = None  # what is in memory here does not travel in every epoch
        with ExitStack() as stack:
            try:
                data = stack.enter_context(self._data(X, y, loss, **where))
            except (TypeError, ValueError) as error:
                raise type(error)(f"validation_data: {error}") from None
            yield data


def stage_name(stage: Stage) -> str:
    """What a stage is called in one word.

    >>> stage_name(Dropout(0.5))
    'dropout(0.5)'
    """
    return f"dropout({stage.rate:g})" if isinstance(stage, Dropout) else stage.name
