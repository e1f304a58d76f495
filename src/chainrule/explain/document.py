"""The worked page, whatever its format: its sections, and what stands in each. A renderer writes block after block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypeAlias

from chainrule.arrays import Array
from chainrule.explain.check_table import share, verdict
from chainrule.explain.drawing import stages_of
from chainrule.explain.forward_steps import described, shown
from chainrule.explain.nodes import Symbol
from chainrule.explain.normalization_formulas import goes_over
from chainrule.explain.parts import parts
from chainrule.explain.step import Equation, Step
from chainrule.explain.trace import Trace
from chainrule.explain.update_steps import hyperparameters, recorded_rule
from chainrule.formulas.expression import symbols_of
from chainrule.formulas.losses import Loss
from chainrule.formulas.regularization import Regularization
from chainrule.formulas.schedules import Schedule

if TYPE_CHECKING:
    from chainrule.explain.derivation import Derivation

__all__ = ["Block", "Drawing", "Equations", "Paragraph", "Section", "Symbols", "Table", "Tensor", "document", "title"]


@dataclass(frozen=True)
class Section:
    """A heading; the anchor names it on the page. A small one stands inside a section."""

    title: str
    anchor: str
    small: bool = False


@dataclass(frozen=True)
class Paragraph:
    """Words."""

    text: str
    good: bool | None = None
    """Whether it is a verdict, and which."""


@dataclass(frozen=True)
class Drawing:
    """The network, drawn."""


@dataclass(frozen=True)
class Symbols:
    """What each symbol is: the symbol, words, and its shape."""

    rows: tuple[tuple[Symbol, str, str], ...]


@dataclass(frozen=True)
class Tensor:
    """A matrix that is given."""

    symbol: Symbol
    key: str
    value: Array
    is_number: bool = False


@dataclass(frozen=True)
class Equations:
    """Formulas, one below the other."""

    equations: tuple[Equation, ...]


@dataclass(frozen=True)
class Table:
    """Rows of cells: a Symbol, words, or a float."""

    head: tuple[str, ...]
    rows: tuple[tuple[Symbol | str | float, ...], ...]


Block: TypeAlias = Section | Paragraph | Drawing | Symbols | Tensor | Equations | Table | Step


def title(derivation: Derivation) -> str:
    """The page's title."""
    return f"Backpropagation through a {derivation.trace.structure} network"


def document(derivation: Derivation, *, proof: bool = True) -> Iterator[Block]:
    """The page, block by block; without its proof for a worksheet."""
    trace = derivation.trace
    n = len(trace.X)
    inputs = trace.structure.sizes[0]
    yield Section("The network", "network")
    stages = [described(layer) for layer in trace.structure.layers]
    yield Paragraph(
        f"{inputs} {'input' if inputs == 1 else 'inputs'}{layer_by_layer(stages)}; the loss is the "
        f"{trace.loss.name.replace('_', ' ')}{in_brackets(trace.loss)}, the mean over {n} "
        f"{'sample' if n == 1 else 'samples'}. One step of {type(trace.optimizer).__name__}. "
        f"Numbers are rounded to {derivation.precision} digits where they are printed, and nowhere else."
    )
    yield from of_training(trace)
    yield Drawing()
    yield Symbols(tuple(symbols(derivation)))
    yield Section("What is given", "given")
    yield from given(derivation)
    yield Section("Forward pass", "forward")
    yield from phase(derivation, "forward")
    yield Section("Loss", "loss-section")
    yield from phase(derivation, "loss")
    yield Section("Backward pass", "backward")
    yield Paragraph(
        "From the loss down, one link of the chain rule at a time: each derivative is the one before it, times the "
        "derivative of one formula of the forward pass."
    )
    yield from phase(derivation, "backward")
    yield Section(f"Update: {type(trace.optimizer).__name__}", "update")
    yield from of_the_step(trace)
    yield from phase(derivation, "update")
    yield Section("The general formulas", "general")
    yield Equations(tuple(derivation.general))
    if proof:
        yield Section("Proof", "proof")
        yield from proved(derivation)


def layer_by_layer(stages: list[str]) -> str:
    """What the layers are, in words."""
    if len(set(stages)) == 1:
        return f", {stages[0]} in every layer"
    return "; " + "; ".join(f"layer {i}: {words}" for i, words in enumerate(stages, start=1))


def in_brackets(loss: Loss) -> str:
    """The numbers that a loss was given."""
    numbers = [
        f"{field.name}={shown(getattr(loss, field.name))}" for field in fields(loss) if getattr(loss, field.name)
    ]
    return f" ({', '.join(numbers)})" if numbers else ""


def penalties(regularization: Regularization) -> dict[str, float]:
    """The factors of the penalty that are not 0, by name."""
    return {name: value for name in ("l1", "l2") if (value := getattr(regularization, name))}


def of_training(trace: Trace) -> Iterator[Paragraph]:
    """What is otherwise in training than in a prediction."""
    if factors := penalties(trace.regularization):
        told = ", ".join(f"{name}={value:g}" for name, value in factors.items())
        yield Paragraph(f"Training adds a penalty on the weights to the loss: {told}.")
    layers = trace.structure.layers
    if any(layer.normalization is not None and layer.normalization.statistics for layer in layers):
        yield Paragraph(
            "As in training, batch normalization takes the mean and the variance of these samples. A prediction takes "
            "the running averages instead, which the update brings up to date."
        )
    if trace.keep is not None:
        yield Paragraph(
            "What dropout leaves out in this step is a function of the run's key and the number of steps before."
        )
    elif trace.structure.drops_out:
        yield Paragraph(
            "Nothing drops out on this page, as in a prediction. In training dropout leaves out other activations in "
            "every step; derive(..., dropout_key=...) shows such a step."
        )


def of_the_step(trace: Trace) -> Iterator[Paragraph]:
    """Where this step's rate comes from, and why there may be no formulas."""
    if not trace.has_rule:
        yield Paragraph(
            f"A step of {type(trace.optimizer).__name__} is no formula of this one gradient. SciPy's L-BFGS-B takes "
            "the gradient above and those of its last steps, builds from their differences an approximation of the "
            "curvature, and searches along the direction that it gives, with further evaluations of the loss and the "
            "gradient on all samples, until the loss has fallen enough."
        )
        return
    t = trace.new_state["t"]
    if callable(trace.asked.learning_rate):
        yield Paragraph(
            f"This is step {t}. Its learning rate is {trace.optimizer.learning_rate:.6g}, by "
            f"{rate_name(trace.asked.learning_rate)}, which counts {t - 1} steps before it."
        )
    elif t > 1:
        yield Paragraph(f"This is step {t}; what the optimizer kept from those before it is given above.")


def rate_name(rate: object) -> str:
    """A schedule as it is written; a function by its name."""
    return repr(rate) if isinstance(rate, Schedule) else f"the function {getattr(rate, '__name__', repr(rate))}"


def symbols(derivation: Derivation) -> Iterator[tuple[Symbol, str, str]]:
    """What each letter stands for."""
    n = len(derivation.trace.X)
    sizes = derivation.trace.structure.sizes
    several = f"({n}, dᵢ)"
    yield Symbol("a", 0), "the input, a sample a row", f"({n}, {sizes[0]})"
    yield Symbol("weight", "i"), "the weights of layer i", "(dᵢ₋₁, dᵢ)"
    yield Symbol("bias", "i"), "the bias of layer i, a row", "(1, dᵢ)"
    layers = derivation.trace.structure.layers
    everywhere = all(layer.normalization is None for layer in layers)
    yield Symbol("z", "i"), "what enters the activation of layer i" if everywhere else "the product of layer i", several
    if not everywhere:
        yield from of_normalization(derivation, several)
    if any(layer.activation.trained for layer in layers):
        yield Symbol("alpha", "i"), "the learned slopes below 0, a row", "(1, dᵢ)"
    yield Symbol("a", "i"), "what leaves it" if everywhere else "what leaves the activation", several
    if derivation.trace.keep is not None:
        yield Symbol("keep", "i"), "what dropout keeps: 1, else 0", several
        yield Symbol("rate", "i"), "the share that it leaves out", ""
        yield Symbol("dropped", "i"), "what leaves the layer then", several
    if derivation.trace.optimizer.clip_norm is not None:
        yield Symbol("norm"), "the norm of the whole gradient", ""
    yield Symbol("y"), "the targets", f"({n}, {sizes[-1]})"
    yield Symbol("loss"), "the loss", ""
    if derivation.trace.regularization.penalizes:
        yield Symbol("penalty"), "the penalty on the weights", ""
        yield Symbol("objective"), "the loss and the penalty", ""
        yield Symbol("penalized_weight", "i"), "∂J by the weights", "(dᵢ₋₁, dᵢ)"
    yield Symbol("grad_a", "i"), "∂L by what leaves", several
    yield Symbol("delta", "i"), "∂L by what enters" if everywhere else "∂L by the product", several
    yield Symbol("grad_weight", "i"), "∂L by the weights", "(dᵢ₋₁, dᵢ)"
    yield Symbol("grad_bias", "i"), "∂L by the bias", "(1, dᵢ)"


def of_normalization(derivation: Derivation, several: str) -> Iterator[tuple[Symbol, str, str]]:
    """What each letter within a normalization stands for."""
    norms = [layer.normalization for layer in derivation.trace.structure.layers if layer.normalization is not None]
    over = {goes_over(norm) for norm in norms}
    if "samples" in over:
        yield Symbol("mean", "i"), "the means of the batch", "(1, dᵢ)"
        yield Symbol("variance", "i"), "its variances", "(1, dᵢ)"
    if "units" in over:
        n = len(derivation.trace.X)
        yield Symbol("row_mean", "i"), "the mean of each sample's units", f"({n}, 1)"
        yield Symbol("row_variance", "i"), "their variance", f"({n}, 1)"
    yield Symbol("epsilon", "i"), "a small number under the root", ""
    yield Symbol("standardized", "i"), "standardized: mean 0, variance 1", several
    yield Symbol("gamma", "i"), "the learned scale, a row", "(1, dᵢ)"
    yield Symbol("beta", "i"), "the learned shift, a row", "(1, dᵢ)"
    yield Symbol("normalized", "i"), "what enters the activation", several
    if "samples" in over:
        yield Symbol("running_mean", "i"), "the means for predictions", "(1, dᵢ)"
        yield Symbol("norm_momentum", "i"), "how much of them a step keeps", ""


def given(derivation: Derivation) -> Iterator[Tensor]:
    """Samples, targets, parameters, settings, and what the optimizer carries into the step."""
    trace, tensors = derivation.trace, derivation.values.tensors
    learned = list(parts(trace.structure))
    wanted = [Symbol("a", 0), Symbol("y"), *(Symbol(part.name, part.layer) for part in learned)]
    layers = range(1, len(trace.structure.layers) + 1)
    wanted += [Symbol(kind, i) for i in layers for kind in ("running_mean", "running_variance", "keep")]
    wanted += [Symbol(f"{slot}_{part.name}", part.layer) for part in learned for slot in trace.optimizer.slots]
    for symbol in wanted:
        if (symbol.kind, symbol.layer, False) in tensors:
            key, value = tensors[symbol.kind, symbol.layer, False]
            yield Tensor(symbol, key, value)
    numbers = [Symbol("n"), *([Symbol("d")] if trace.loss.mean_over_outputs else [])]
    for i in layers:
        norm = trace.structure.layers[i - 1].normalization
        of_units = norm is not None and goes_over(norm) == "units"
        numbers += [Symbol("epsilon", i), *([Symbol("d", i)] if of_units else []), Symbol("norm_momentum", i)]
        numbers.append(Symbol("rate", i))
    settings = {name: value for name, value in hyperparameters(trace.optimizer).items() if not isinstance(value, bool)}
    if any("t" in symbols_of(each) for each in recorded_rule(trace.optimizer).values()):
        numbers.append(Symbol("t"))
    numbers += [Symbol(name) for name in (*penalties(trace.regularization), *settings, "clip_value", "clip_norm")]
    for symbol in numbers:
        if (symbol.kind, symbol.layer, False) in tensors:
            yield Tensor(symbol, "", tensors[symbol.kind, symbol.layer, False][1], is_number=True)


def phase(derivation: Derivation, name: str) -> Iterator[Block]:
    """The steps of a phase, a small heading before each layer's."""
    layer: int | None = None
    layers = derivation.trace.structure.layers
    for step in derivation.of_phase(name):
        if name != "loss" and step.layer != layer:
            layer = step.layer
            heading = f"Layer {layer}, {stages_of(layers[layer - 1])}" if layer else "The input"
            if name == "update" and not layer:
                heading = "Clipping"
            yield Section(heading, f"{name}-{layer}", small=True)
        yield step


def proved(derivation: Derivation) -> Iterator[Block]:
    """Tables of the proof and its verdict."""
    proof = derivation.proof
    yield Paragraph(
        "Every gradient above, obtained again without the chain rule: by fourth-order central differences of the loss, "
        "by the complex step, and by each engine of the library with its own code."
    )
    yield Paragraph(
        ("✓ They agree" if proof.ok else "✗ They do not agree")
        + f": the largest disagreement is {share(proof.largest)} of the largest entry.",
        good=proof.ok,
    )
    learned = {part.tensor: part for part in parts(derivation.trace.structure)}
    engines = tuple(proof.engines)
    rows: list[tuple[Symbol | str | float, ...]] = []
    details: list[tuple[Symbol | str | float, ...]] = []
    for check in proof.tensors:
        part = learned[check.name]
        symbol, exact = Symbol(f"grad_{part.name}", part.layer), check.complex_disagreement
        rows.append((symbol, share(check.disagreement), "–" if exact is None else share(exact), verdict(check)))
        flat = {name: part.of(gradient).ravel() for name, gradient in proof.engines.items()}
        columns = check.shape[-1]
        for at, k in enumerate(check.entries.tolist()[:12]):
            entry = Symbol(symbol.kind, part.layer, divmod(k, columns))
            by_step = "–" if check.complex_step is None else float(check.complex_step[at])
            computed = (float(flat[name][k]) for name in engines)
            details.append((entry, float(check.analytic[at]), float(check.differences[at]), by_step, *computed))
    for check in proof.penalized:
        symbol, exact = Symbol("penalized_weight", learned[check.name].layer), check.complex_disagreement
        rows.append((symbol, share(check.disagreement), "–" if exact is None else share(exact), verdict(check)))
    yield Table(("tensor", "differences", "complex step", "verdict"), tuple(rows))
    for i, apart in proof.long.items():
        yield Paragraph(
            f"In layer {i}, the three ways through the normalization, added up, and the collapsed formula are "
            f"{share(apart)} of the largest entry apart."
        )
    yield Paragraph("Disagreements are shares of the tensor's largest entry. Of the engines, with the reference:")
    agreement = [(name, share(proof.disagreement(name))) for name in engines]
    agreement += [(name, f"not there: {why}") for name, why in proof.missing.items()]
    yield Table(("engine", "disagreement"), tuple(agreement))
    yield Section("Entry by entry", "proof-entries", small=True)
    yield Table(("entry", "analytic", "differences", "complex step", *engines), tuple(details))
