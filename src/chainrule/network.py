"""The network: the face that people hold. Build it, fit it, ask it for predictions and gradients."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arguments import as_count, as_generator
from chainrule.arrays import Array, as_dtype, as_samples
from chainrule.backprop import forward, mean_loss
from chainrule.engines import choose
from chainrule.engines.batches import Batches, as_batch_size
from chainrule.engines.job import Job
from chainrule.formulas import initializers, optimizers
from chainrule.formulas.activations import Activation
from chainrule.formulas.initializers import Initializer
from chainrule.formulas.losses import Loss
from chainrule.formulas.optimizers import Optimizer
from chainrule.structure import Structure
from chainrule.training.callbacks import PrintLoss, as_callbacks
from chainrule.training.history import History
from chainrule.training.loop import DivergenceError, train
from chainrule.training.progress import ProgressBar, wants_bar
from chainrule.training.samples import checked, require_two_classes

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Gradients", "Network"]


@dataclass(frozen=True)
class Gradients:
    """A loss and its derivatives.

    Attributes:
        loss: the mean loss over the samples.
        weights: ∂L/∂W of every layer, (d_in, d_out) each.
        biases: ∂L/∂b of every layer, (d_out,) each.
        parameters: all of them as one vector, laid out as `Network.parameters`.
    """

    loss: float
    weights: list[Array]
    biases: list[Array]
    parameters: Array


class Network:
    """A multilayer perceptron: z = a_prev @ W + b and a = f(z), layer by layer.

    Args:
        sizes: the number of units of each layer, the input's first, such as [2, 3, 3, 1].
        hidden: the activation of the hidden layers: a name, an Activation, or a list of one for each.
        output: the activation of the last layer.
        initializer: where the weights start; the biases start at 0.
        seed: a whole number ≥ 0 or a `numpy.random.Generator`: the weights are its first draws, the order of
            mini-batches its next ones. None takes a new seed from the system.
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

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        hidden: str | Activation | Sequence[str | Activation] = "sigmoid",
        output: str | Activation = "sigmoid",
        initializer: str | Initializer = "he_normal",
        seed: int | np.random.Generator | None = None,
        dtype: npt.DTypeLike = "float64",
    ) -> None:
        self.structure = Structure.of(sizes, hidden=hidden, output=output)
        self.rng = as_generator("seed", seed)
        self._parameters = self.structure.initialize(initializers.get(initializer), self.rng, as_dtype(dtype))

    @property
    def parameters(self) -> Array:
        """θ: every weight and bias in one vector, layer by layer, W row by row and then b. Change it in place."""
        return self._parameters

    @property
    def weights(self) -> list[Array]:
        """The weight matrix of every layer, (d_in, d_out) each: views of `parameters`."""
        return [layer.weight(self.parameters) for layer in self.structure.layers]

    @property
    def biases(self) -> list[Array]:
        """The bias of every layer, (d_out,) each: views of `parameters`."""
        return [layer.bias(self.parameters) for layer in self.structure.layers]

    def __repr__(self) -> str:
        activations = ", ".join(layer.activation.name for layer in self.structure.layers)
        return f"Network({self.structure}, {activations}, {self.parameters.size} parameters, {self.parameters.dtype})"

    def _repr_html_(self) -> str:
        from chainrule.explain.notebook import network_html

        return network_html(self)

    def _repr_latex_(self) -> str:
        from chainrule.explain.notebook import network_latex

        return network_latex(self)

    def predict(self, X: Any) -> Array:
        """The output activations (n, d_out) of the samples X (n, d_in).

        Raises:
            TypeError: X does not hold real numbers.
            ValueError: X has another number of columns, is empty, or holds NaN or infinity.
        """
        X = as_samples(X, self.structure.sizes[0], self.parameters.dtype)
        return forward(self.structure, self.parameters, X)[1][-1]

    def gradients(
        self, X: Any, y: Any, loss: str | Loss = "binary_cross_entropy", *, engine: str = "reference"
    ) -> Gradients:
        """The loss on these samples and its derivatives in every weight and bias.

        Args:
            X: samples, (n, d_in).
            y: targets, (n, d_out), or (n,) for one output; class indices too for a categorical loss.
            loss: a name or a Loss.
            engine: who computes it: "reference" (`backprop.py`), "numpy", "compiled" or "auto".

        Raises:
            TypeError: X or y do not hold real numbers.
            ValueError: shapes, values or names that do not fit; the message says which.
        """
        loss, X, y = checked(self.structure, self.parameters.dtype, X, y, loss)
        value, gradient = choose.gradients_of(engine, self.structure, self.parameters, X, y, loss)
        return Gradients(
            value,
            [layer.weight(gradient) for layer in self.structure.layers],
            [layer.bias(gradient) for layer in self.structure.layers],
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
        callbacks: Iterable[Any] = (),
        engine: str = "auto",
        verbose: int | str = "auto",
    ) -> History:
        """Train the network on these samples, from the parameters that it has.

        Args:
            X: samples, (n, d_in).
            y: targets, (n, d_out), or (n,) for one output; class indices too for a categorical loss.
            loss: a name or a Loss.
            optimizer: a name or an Optimizer; its state starts anew with every call.
            epochs: how often every sample is used, at least 1.
            batch_size: samples a step, from 1 to n; None takes all of them (a full batch).
            shuffle: whether each epoch permutes the samples before it cuts them into batches. True draws from the
                network's own generator; a seed or a Generator draws from that. Full batches are never permuted.
            validation_data: (X, y) to compute "val_loss" on after every epoch.
            callbacks: Callbacks, or functions of (epoch, logs) to call after every epoch.
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
        loss, X, y = checked(self.structure, self.parameters.dtype, X, y, loss)
        optimizer = optimizers.get(optimizer)
        require_two_classes(loss, y)
        size = as_batch_size(batch_size, len(X))
        if shuffle is None:  # which elsewhere asks for a seed from the system
            raise TypeError("shuffle must be True, False, a seed or a numpy.random.Generator, got None")
        rng = self.rng if shuffle is True else None if shuffle is False else as_generator("shuffle", shuffle)
        batches = Batches(len(X), size, rng)
        epochs = as_count("epochs", epochs)
        if verbose not in (0, 1, 2, "auto"):
            raise ValueError(f"verbose must be 0, 1, 2 or 'auto', got {verbose!r}")
        observers = as_callbacks(callbacks) + ([PrintLoss()] if verbose == 2 else [])
        for observer in observers:
            observer.model, observer.stopped = self, False
        held_out = None if validation_data is None else self._checked_pair(validation_data, loss)

        theta, before = self.parameters, self.parameters.copy()
        job = Job(self.structure, theta, X, y, loss, optimizer, batches)
        engine = choose.pick(engine, job, epochs * batches.steps_per_epoch)
        bar = ProgressBar(epochs, f"training {self.structure}") if wants_bar(verbose) else None
        try:
            history = train(
                choose.start(engine, job),
                batches,
                epochs=epochs,
                validate=None if held_out is None else lambda: self._loss(*held_out),
                callbacks=observers,
                progress=bar,
                learning_rate=optimizer.learning_rate,
            )
            if not np.isfinite(theta).all():
                raise DivergenceError(max(len(history.epoch) - 1, 0), history, optimizer.learning_rate)
        except DivergenceError as error:
            theta[...], error.history.engine = before, engine
            raise
        finally:
            if bar is not None:
                bar.close()
        history.engine = engine
        return history

    @np.errstate(over="ignore", invalid="ignore")  # the next training loss tells of a diverged network
    def _loss(self, loss: Loss, X: Array, y: Array) -> float:
        """The loss of the network as it is."""
        z, a = forward(self.structure, self.parameters, X)
        return mean_loss(self.structure, z[-1], a[-1], y, loss)

    def _checked_pair(self, validation_data: Any, loss: Loss) -> tuple[Loss, Array, Array]:
        """What `_checked` gives for validation data."""
        if not isinstance(validation_data, tuple | list):
            raise TypeError(
                f"validation_data must be a pair (X, y), got an object of type {type(validation_data).__name__}; "
                "pass (X, y), or None for no validation"
            )
        if len(validation_data) != 2:
            raise ValueError(f"validation_data must be a pair (X, y), got {len(validation_data)} things; pass (X, y)")
        X, y = validation_data
        try:
            return checked(self.structure, self.parameters.dtype, X, y, loss)
        except (TypeError, ValueError) as error:
            raise type(error)(f"validation_data: {error}") from None
