"""A network's predictions as one Python file that needs only NumPy: the formulas first, the numbers after them.

The file does what `Network.predict` does, operation by operation.
"""

from __future__ import annotations

import keyword
import math
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

import chainrule
from chainrule.arrays import Array
from chainrule.formulas.expression import symbols_of
from chainrule.interop.exported import ExportedLayer, ExportedStage, described, exported, function_names
from chainrule.interop.exported_scaling import ExportedScaling, exported_scaling
from chainrule.interop.formula_source import Language, Writer
from chainrule.interop.scaling import Scaling

if TYPE_CHECKING:
    from chainrule.network import Network

__all__ = ["to_python"]

ELEMENTWISE = ("exp", "expm1", "log", "log1p", "tanh", "sqrt", "square", "absolute", "sign")
CALLS = {
    **{name: f"np.{name}({{}})" for name in ELEMENTWISE},
    **{name: f"np.{name}({{}}, {{}})" for name in ("power", "maximum", "minimum", "heaviside")},
    "where": "np.where({}, {}, {})",
    "erfc": "erfc({})",
    "add.reduce": "np.sum({}, axis=-1, keepdims=True)",
    "maximum.reduce": "np.max({}, axis=-1, keepdims=True)",
    "mean.reduce": "np.mean({}, axis=-1, keepdims=True)",
}

HEAD = '''\
"""A neural network, {what}; {n} parameters.

Written by chainrule {version}; needs NumPy alone.

    y = predict(X)

X ({inputs} columns, one sample a row) {given}
y has a row for each sample and {outputs} columns: {output}.
"""

{imports}import numpy as np

DTYPE = "{dtype}"
'''

PREDICT = '''
def predict(X):
    """The outputs (n, {outputs}) of the samples X (n, {inputs})."""
    a = np.asarray(X, {taken})
    if a.ndim != 2 or a.shape[1] != {inputs}:
        raise ValueError(f"X must have shape (n, {inputs}), got {{a.shape}}")
    with np.errstate(all="ignore"):  # what overflows has a limit
{layers}
    return a
'''

ERFC = """
def erfc(x):
    return np.vectorize(math.erfc, otypes=[float])(x).astype(x.dtype)
"""


SCALED_BEFORE = "must be scaled as it was when the network was trained: nothing is scaled here."
SCALED_HERE = "is raw: it is scaled here, as it was when the network was trained. NaN is a missing value."


def to_python(net: Network, *, scaling: Scaling | None = None) -> str:
    """The predictions of the network as the text of a Python file.

    Args:
        net: the network.
        scaling: what raw samples go through before the network, and a regression's outputs after it, in float64; it
            becomes a part of the file, which then takes raw numbers, NaN where one is missing. None for samples as
            the network takes them.

    Raises:
        ValueError: a number is not finite, or the scaling does not fit the network.
        UnknownOperationError: an activation of your own uses an operation that the file has no word for.

    Example:
        >>> import chainrule as cr
        >>> net = cr.Network([2, 3, 1], hidden="elu", seed=0)
        >>> source = to_python(net)
        >>> print(source[source.index("def elu") : source.index("def sigmoid")].rstrip())
        def elu(z):
            return np.where(z > 0.0, z, 1.0 * np.expm1(z))
        >>> exec(source, model := {})
        >>> bool((model["predict"]([[0.5, 1.0]]) == net.predict([[0.5, 1.0]])).all())
        True
    """
    layers = exported(net, net.numbers.dtype, fold=False)
    scaled = None if scaling is None else exported_scaling(scaling, net.structure.sizes, np.dtype("float64"))
    language = Language("Python", CALLS, number)
    names: dict[str, str] = {}
    functions: list[str] = []
    used: set[str] = set()
    for name, stage in function_names(layers):
        names[repr(stage.formula)] = f"{name}_" if name in TAKEN or keyword.iskeyword(name) else name
        functions.append(stage_function(names[repr(stage.formula)], stage, language, used))
    sizes = net.structure.sizes
    about: dict[str, Any] = {"inputs": sizes[0], "outputs": sizes[-1]}
    given, taken = (SCALED_BEFORE, "DTYPE") if scaled is None else (SCALED_HERE, "float")
    head = HEAD.format(
        what=described(net),
        n=net.parameters.size,
        version=chainrule.__version__,
        output=net.structure.layers[-1].activation.name,
        dtype=net.numbers.dtype.name,
        given=given,
        imports="import math\n\n" if "erfc" in used else "",
        **about,
    )
    calls = textwrap.indent("\n".join(layer_lines(layers, names, scaled)), " " * 8)
    helpers = [ERFC] if "erfc" in used else []
    body = "\n".join([head, *helpers, *functions, PREDICT.format(layers=calls, taken=taken, **about)])
    return f"{body}\n\n{''.join(tensor_lines(layers, scaled))}"


TAKEN = {"erfc", "predict", "np", "math"}
"""What else the file calls by a name."""


def number(x: float) -> str:
    """A number as Python writes it.

    >>> number(0.5), number(-math.inf)
    ('0.5', '-np.inf')
    """
    return repr(x) if math.isfinite(x) else "np.nan" if math.isnan(x) else "np.inf" if x > 0 else "-np.inf"


def stage_function(name: str, stage: ExportedStage, language: Language, used: set[str]) -> str:
    """The function of one activation or normalization."""
    writer = Writer(language, {symbol: symbol for symbol in symbols_of(stage.formula)})
    named, text = writer.write(stage.formula)
    used.update(writer.used)
    lines = [*(f"{part} = {value}" for part, value in named), f"return {text}"]
    return f"\ndef {name}({', '.join(['z', *stage.vectors])}):\n" + textwrap.indent("\n".join(lines), "    ") + "\n"


def layer_lines(layers: list[ExportedLayer], names: dict[str, str], scaling: ExportedScaling | None) -> list[str]:
    """One line for each step of the scaling, each product and each stage."""
    lines = input_lines(scaling) if scaling else []
    for i, layer in enumerate(layers):
        lines.append(f"a = a @ WEIGHT_{i} + BIAS_{i}")
        for stage in layer.stages:
            vectors = "".join(f", {name.upper()}_{i}" for name in stage.vectors)
            lines.append(f"a = {names[repr(stage.formula)]}(a{vectors})")
    return lines + (scaled_lines(scaling, {"target_scale": "*", "target_mean": "+"}) if scaling else [])


def input_lines(scaling: ExportedScaling) -> list[str]:
    """What makes of raw samples what the network takes."""
    return [
        "missing = np.isnan(a)",
        *scaled_lines(scaling, {"mean": "-", "scale": "/"}),
        "a = np.where(missing, FILL, a).astype(DTYPE)",
    ]


def scaled_lines(scaling: ExportedScaling, signs: dict[str, str]) -> list[str]:
    """One line for each of these numbers that changes anything."""
    return [f"a = a {sign} {name.upper()}" for name, sign in signs.items() if getattr(scaling, name) is not None]


def tensor_lines(layers: list[ExportedLayer], scaling: ExportedScaling | None) -> list[str]:
    """Every tensor, as an array of its numbers."""
    numbers = vars(scaling) if scaling else {}
    lines = [
        f"{name.upper()} = np.array(\n{rows(values)}\n)\n" for name, values in numbers.items() if values is not None
    ]
    for i, layer in enumerate(layers):
        vectors = {name: vector for stage in layer.stages for name, vector in stage.vectors.items()}
        for name, values in {"weight": layer.weight, "bias": layer.bias, **vectors}.items():
            lines.append(f"{name.upper()}_{i} = np.array(\n{rows(values)},\n    DTYPE,\n)\n")
    return lines


def rows(values: Array) -> str:
    """The numbers of a tensor as nested lists, a row begun on a line of its own.

    >>> import numpy as np
    >>> print(rows(np.array([[0.1, 2.0], [-0.0, 1e-300]])))
        [
            [0.1, 2.0],
            [-0.0, 1e-300],
        ]
    """
    if values.ndim == 1:
        text = f"[{', '.join(map(digits, values))}]"
        return textwrap.fill(text, 110, initial_indent="    ", subsequent_indent="     ")
    return "\n".join(["    [", *(textwrap.indent(rows(row), "    ") + "," for row in values), "    ]"])


def digits(x: Any) -> str:
    """A number of an array, in as few digits as give it back.

    Those of a float32 are read as a double first; where that would round to another float32, all digits are written.
    """
    short = str(x)
    return short if type(x)(float(short)) == x else repr(float(x))
