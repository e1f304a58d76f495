"""The worked page, whatever its format: its sections, and what stands in each. A renderer writes block after block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from chainrule.arrays import Array
from chainrule.explain.check_table import share, verdict
from chainrule.explain.forward_steps import function_name
from chainrule.explain.nodes import Symbol
from chainrule.explain.step import Equation, Step
from chainrule.explain.update_steps import hyperparameters

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
    layers = trace.structure.layers
    names = [layer.activation.name.replace("_", " ") for layer in layers]
    activations = f"{names[0]} in every layer" if len(set(names)) == 1 else ", ".join(names) + " from layer to layer"
    yield Paragraph(
        f"{inputs} {'input' if inputs == 1 else 'inputs'}, {activations}; the loss is the "
        f"{trace.loss.name.replace('_', ' ')}, the mean over {n} {'sample' if n == 1 else 'samples'}. "
        f"One step of {type(trace.optimizer).__name__}. "
        f"Numbers are rounded to {derivation.precision} digits where they are printed, and nowhere else."
    )
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
    yield from phase(derivation, "update")
    yield Section("The general formulas", "general")
    yield Equations(tuple(derivation.general))
    if proof:
        yield Section("Proof", "proof")
        yield from proved(derivation)


def symbols(derivation: Derivation) -> Iterator[tuple[Symbol, str, str]]:
    """What each letter stands for."""
    n = len(derivation.trace.X)
    sizes = derivation.trace.structure.sizes
    several = f"({n}, dᵢ)"
    yield Symbol("a", 0), "the input, a sample a row", f"({n}, {sizes[0]})"
    yield Symbol("weight", "i"), "the weights of layer i", "(dᵢ₋₁, dᵢ)"
    yield Symbol("bias", "i"), "the bias of layer i, a row", "(1, dᵢ)"
    yield Symbol("z", "i"), "what enters the activation of layer i", several
    yield Symbol("a", "i"), "what leaves it", several
    yield Symbol("y"), "the targets", f"({n}, {sizes[-1]})"
    yield Symbol("loss"), "the loss", ""
    yield Symbol("grad_a", "i"), "∂L by what leaves", several
    yield Symbol("delta", "i"), "∂L by what enters", several
    yield Symbol("grad_weight", "i"), "∂L by the weights", "(dᵢ₋₁, dᵢ)"
    yield Symbol("grad_bias", "i"), "∂L by the bias", "(1, dᵢ)"


def given(derivation: Derivation) -> Iterator[Tensor]:
    """Samples, targets, parameters, settings, and what the optimizer carries into the step."""
    trace, tensors = derivation.trace, derivation.values.tensors
    wanted = [Symbol("a", 0), Symbol("y")]
    slots = []
    for i in range(1, len(trace.structure.layers) + 1):
        wanted += [Symbol("weight", i), Symbol("bias", i)]
        for slot in trace.optimizer.slots:
            slots += [Symbol(f"{slot}_weight", i), Symbol(f"{slot}_bias", i)]
    for symbol in wanted + slots:
        key, value = tensors[symbol.kind, symbol.layer, False]
        yield Tensor(symbol, key, value)
    numbers = [Symbol("n"), *([Symbol("d")] if trace.loss.mean_over_outputs else [])]
    numbers += [Symbol(name) for name, value in hyperparameters(trace.optimizer).items() if not isinstance(value, bool)]
    for symbol in numbers:
        if (symbol.kind, None, False) in tensors:
            yield Tensor(symbol, "", tensors[symbol.kind, None, False][1], is_number=True)


def phase(derivation: Derivation, name: str) -> Iterator[Block]:
    """The steps of a phase, a small heading before each layer's."""
    layer: int | None = None
    layers = derivation.trace.structure.layers
    for step in derivation.of_phase(name):
        if name != "loss" and step.layer != layer:
            layer = step.layer
            f = function_name(layers[layer - 1].activation) if layer else ""
            heading = f"Layer {layer}, {f}" if layer else "The input"
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
    kinds = ("grad_weight", "grad_bias")
    engines = tuple(proof.engines)
    rows: list[tuple[Symbol | str | float, ...]] = []
    details: list[tuple[Symbol | str | float, ...]] = []
    layers = derivation.trace.structure.layers
    for place, check in enumerate(proof.tensors):
        i, kind = place // 2, kinds[place % 2]
        symbol, exact = Symbol(kind, i + 1), check.complex_disagreement
        rows.append((symbol, share(check.disagreement), "–" if exact is None else share(exact), verdict(check)))
        of = layers[i].weight if kind == "grad_weight" else layers[i].bias
        flat = {name: of(gradient).ravel() for name, gradient in proof.engines.items()}
        columns = check.shape[-1]
        for at, k in enumerate(check.entries.tolist()[:12]):
            entry = Symbol(kind, i + 1, divmod(k, columns))
            by_step = "–" if check.complex_step is None else float(check.complex_step[at])
            computed = (float(flat[name][k]) for name in engines)
            details.append((entry, float(check.analytic[at]), float(check.differences[at]), by_step, *computed))
    yield Table(("tensor", "differences", "complex step", "verdict"), tuple(rows))
    yield Paragraph("Disagreements are shares of the tensor's largest entry. Of the engines, with the reference:")
    agreement = [(name, share(proof.disagreement(name))) for name in engines]
    agreement += [(name, f"not there: {why}") for name, why in proof.missing.items()]
    yield Table(("engine", "disagreement"), tuple(agreement))
    yield Section("Entry by entry", "proof-entries", small=True)
    yield Table(("entry", "analytic", "differences", "complex step", *engines), tuple(details))
