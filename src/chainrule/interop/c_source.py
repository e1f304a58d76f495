"""A network's predictions as one C99 header: nothing but math.h, no allocation, nothing that is written but the output.

The formulas of the activations and of layer normalization are the ones of this package, as they record themselves;
batch normalization is folded into the weights.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

import chainrule
from chainrule.arrays import Array, as_dtype
from chainrule.formulas.expression import reductions_of, symbols_of
from chainrule.interop.c_scaling import SCALED_BEFORE, SCALED_HERE, scaling_functions
from chainrule.interop.exported import ExportedLayer, ExportedStage, described, exported, function_names
from chainrule.interop.exported_scaling import ExportedScaling, exported_scaling
from chainrule.interop.formula_source import Language, UnknownOperationError, Writer, key_of
from chainrule.interop.scaling import Scaling

if TYPE_CHECKING:
    import numpy.typing as npt

    from chainrule.network import Network

__all__ = ["to_c"]

CALLS = {
    **{name: f"{name}@({{}})" for name in ("exp", "expm1", "log", "log1p", "tanh", "sqrt", "erfc")},
    "power": "pow@({}, {})",
    "absolute": "fabs@({})",
    "where": "({} ? {} : {})",
    "square": "#_square({})",
    "maximum": "#_maximum({}, {})",
    "minimum": "#_minimum({}, {})",
    "sign": "#_sign({})",
    "heaviside": "#_heaviside({}, {})",
}
"""@ is the f of expf where numbers are floats, # the name of the network, % the type of its numbers."""
HELPERS = {
    "square": "static inline % #_square(% x) { return x * x; }",
    "maximum": "static inline % #_maximum(% x, % y) { return x >= y || x != x ? x : y; }  /* NaN if either is */",
    "minimum": "static inline % #_minimum(% x, % y) { return x <= y || x != x ? x : y; }  /* NaN if either is */",
    "sign": "static inline % #_sign(% x) { return (%)((x > 0) - (x < 0)); }",
    "heaviside": "static inline % #_heaviside(% x, % y) { return x > 0 ? 1 : x < 0 ? 0 : y; }",
}
REDUCTIONS = {
    "add": ("0", "{} += {};"),
    "mean": ("0", "{} += {};"),
    "maximum": ("-INFINITY", "{0} = #_maximum({0}, {1});"),
}

HEAD = """\
/* A neural network, {what}; {n} parameters.
 *
 * Written by chainrule {version}. C99 (and C++) with math.h alone: no allocation, and no variable outlives a call, so
 * that any number of threads may call it.
 *
 *     {type} x[{upper}_INPUTS], y[{upper}_OUTPUTS];
 *     {name}_predict(x, y);
 *
 * x  {inputs:>6} inputs, in the order of the columns, {given}
 * y  {outputs:>6} outputs: {output}. It must not overlap x.
 *
 * Memory: {constants} bytes of constants, and about {stack} bytes of stack during a call.{folded}
 */
#ifndef {upper}_H
#define {upper}_H

#include <math.h>

#define {upper}_INPUTS {inputs}
#define {upper}_OUTPUTS {outputs}
"""

DENSE = """\
/* z = x weight + bias; weight is (inputs, units), row by row. */
static inline void #_dense(const % *x, int inputs, const % *weight, const % *bias, % *z, int units)
{
    for (int j = 0; j < units; j++)
        z[j] = bias[j];
    for (int i = 0; i < inputs; i++)
        for (int j = 0; j < units; j++)
            z[j] += x[i] * *weight++;
}
"""


def to_c(
    net: Network, name: str = "model", *, dtype: npt.DTypeLike | None = None, scaling: Scaling | None = None
) -> str:
    """The predictions of the network as the text of a C header.

    Args:
        net: the network.
        name: what the functions' names begin with: `model_predict`.
        dtype: "float32" for float, "float64" for double; None for the network's own.
        scaling: what raw samples go through before the network, and a regression's outputs after it; it becomes a part
            of the header, which then takes raw numbers, NAN where one is missing. None for samples as the network
            takes them.

    Raises:
        ValueError: name is no C identifier, dtype no such dtype, a number is not finite in it, or the scaling does not
            fit the network.
        UnknownOperationError: an activation of your own uses an operation that C has no word for.

    Example:
        >>> import chainrule as cr
        >>> source = to_c(cr.Network([2, 3, 1], seed=0))
        >>> print(source[source.index("static inline void model_predict") :])
        static inline void model_predict(const double x[MODEL_INPUTS], double y[MODEL_OUTPUTS])
        {
            double a[3];
            model_dense(x, 2, model_weight_0, model_bias_0, a, 3);
            model_sigmoid(a, 3);
            model_dense(a, 3, model_weight_1, model_bias_1, y, 1);
            model_sigmoid(y, 1);
        }
        <BLANKLINE>
        #endif
        <BLANKLINE>
    """
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise ValueError(f"name must be a C identifier such as 'model', got {name!r}")
    numbers = net.numbers.dtype if dtype is None else as_dtype(dtype)
    layers = exported(net, numbers, fold=True)
    scaled = None if scaling is None else exported_scaling(scaling, net.structure.sizes, numbers)
    single = numbers == np.float32

    def spelled(text: str) -> str:
        return text.replace("%", "float" if single else "double").replace("#", name).replace("@", "f" if single else "")

    language = Language("C", {call: spelled(text) for call, text in CALLS.items()}, lambda x: number(numbers.type(x)))
    names: dict[str, str] = {}
    functions: list[str] = []
    used: set[str] = set()
    for function, stage in function_names(layers):
        with np.errstate(over="ignore"):  # a constant beyond the floats is infinite, as it is in NumPy
            lines = stage_function(f"{name}_{function}", stage, language, used)
        names[repr(stage.formula)] = f"{name}_{function}"
        functions.append(spelled("\n".join(lines)))
    helpers = "\n".join(spelled(text) for helper, text in HELPERS.items() if helper in used)
    parts = [
        head(net, name, numbers, layers, scaled),
        *(constant(f"{name}_{tensor}", values, spelled("%")) for tensor, values in tensors(layers, scaled)),
        *([helpers + "\n"] if helpers else []),
        spelled(DENSE),
        *functions,
        *([] if scaled is None else [spelled(scaling_functions(scaled, name))]),
        spelled(predict_function(net, name, layers, names, scaled)),
        "#endif\n",
    ]
    return "\n".join(parts)


def head(
    net: Network, name: str, dtype: np.dtype[Any], layers: list[ExportedLayer], scaling: ExportedScaling | None
) -> str:
    """What the header says of itself, and its first lines."""
    low, high = net.structure.layers[-1].activation.bounds
    within = [f"at least {low:.6g}"] * bool(low > -np.inf) + [f"at most {high:.6g}"] * bool(high < np.inf)
    sizes = net.structure.sizes
    norms = any("running_mean" in layer.statistics for layer in net.structure.layers)
    return HEAD.format(
        what=described(net),
        n=net.parameters.size,
        version=chainrule.__version__,
        type="float" if dtype == np.float32 else "double",
        name=name,
        upper=name.upper(),
        inputs=sizes[0],
        outputs=sizes[-1],
        given=SCALED_HERE if scaling else SCALED_BEFORE,
        output=f"{net.structure.layers[-1].activation.name}, {' and '.join(within) or 'any number'}"
        + (", brought to the scale of the targets" if scaling and scaling.has_targets else ""),
        constants=sum(values.nbytes for _, values in tensors(layers, scaling)),
        stack=sum([*buffer_sizes(sizes), *(sizes[:1] if scaling else ())]) * dtype.itemsize + 128,
        folded="\n * Batch normalization, with its running statistics, is a part of the weights." if norms else "",
    )


def tensors(layers: list[ExportedLayer], scaling: ExportedScaling | None) -> list[tuple[str, Array]]:
    """Every tensor under the name that it has in the header, without the network's."""
    found = [(name, values) for name, values in (vars(scaling) if scaling else {}).items() if values is not None]
    for i, layer in enumerate(layers):
        found += [(f"weight_{i}", layer.weight), (f"bias_{i}", layer.bias)]
        found += [(f"{name}_{i}", vector) for stage in layer.stages for name, vector in stage.vectors.items()]
    return found


def constant(name: str, values: Array, number_type: str) -> str:
    """An array of constants."""
    text = textwrap.fill(", ".join(map(number, values.ravel())), 110, initial_indent="    ", subsequent_indent="    ")
    return f"static const {number_type} {name}[{' * '.join(map(str, values.shape))}] = {{\n{text}\n}};\n"


def number(x: Any) -> str:
    """A number as C writes it, in as few digits as tell it from its neighbours.

    >>> number(np.float32(0.1)), number(np.float64(1e-300)), number(np.float64(np.inf))
    ('0.1f', '1e-300', 'INFINITY')
    """
    if not np.isfinite(x):
        return "NAN" if np.isnan(x) else "INFINITY" if x > 0 else "-INFINITY"
    return f"{x!s}f" if isinstance(x, np.float32) else str(x)


def stage_function(function: str, stage: ExportedStage, language: Language, used: set[str]) -> list[str]:
    """The function that puts a layer's units through the stage, in place: a loop for each sum or maximum first."""
    vectors = {name: f"{name}[{0 if vector.size == 1 else 'j'}]" for name, vector in stage.vectors.items()}
    known = {"z": "z", **vectors}
    arguments = "".join(f", const % *{name}" for name in vectors)
    lines = [f"static inline void {function}(% *a, int units{arguments})", "{"]

    def loop(part: Any, last: str) -> list[str]:
        writer = Writer(language, known)
        named, text = writer.write(part)
        used.update(writer.used)
        body = ["const % z = a[j];"] if "z" in symbols_of(part) else []
        body += [f"const % {name} = {value};" for name, value in named] + [last.replace("TEXT", text)]
        return ["    for (int j = 0; j < units; j++) {", *(f"        {line}" for line in body), "    }"]

    for i, reduction in enumerate({key_of(part): part for part in reductions_of(stage.formula)}.values()):
        operation = reduction.operation.__name__  # type: ignore[union-attr]
        if operation not in REDUCTIONS or reduction.over != "units":
            raise UnknownOperationError(f"there is no way to write {operation} over {reduction.over} in C")
        start, add = REDUCTIONS[operation]
        if operation == "maximum":
            used.add("maximum")
        lines.append(f"    % r{i} = {start};")
        lines += loop(reduction.arguments[0], add.format(f"r{i}", "TEXT"))
        lines += [f"    r{i} /= (%)units;"] if operation == "mean" else []
        known[key_of(reduction)] = f"r{i}"
    return [*lines, *loop(stage.formula, "a[j] = TEXT;"), "}", ""]


def buffer_sizes(sizes: tuple[int, ...]) -> list[int]:
    """How large the two buffers must be in which the hidden layers take turns."""
    hidden = sizes[1:-1]
    return [max(turn) for turn in (hidden[::2], hidden[1::2]) if turn]


def predict_function(
    net: Network, name: str, layers: list[ExportedLayer], names: dict[str, str], scaling: ExportedScaling | None
) -> str:
    """The function that calls the others, layer by layer."""
    buffers = buffer_sizes(net.structure.sizes)
    upper = name.upper()
    lines = [f"static inline void {name}_predict(const % x[{upper}_INPUTS], % y[{upper}_OUTPUTS])", "{"]
    lines += [f"    % {buffer}[{size}];" for buffer, size in zip("ab", buffers, strict=False)]
    given = "x"
    if scaling:
        lines += [f"    % scaled[{upper}_INPUTS];", f"    {name}_scaled_inputs(x, scaled);"]
        given = "scaled"
    for i, layer in enumerate(layers):
        inputs, units = layer.weight.shape
        taken = "y" if i == len(layers) - 1 else "ab"[i % 2]
        lines.append(f"    {name}_dense({given}, {inputs}, {name}_weight_{i}, {name}_bias_{i}, {taken}, {units});")
        for stage in layer.stages:
            vectors = "".join(f", {name}_{vector}_{i}" for vector in stage.vectors)
            lines.append(f"    {names[repr(stage.formula)]}({taken}, {units}{vectors});")
        given = taken
    lines += [f"    {name}_scaled_outputs(y);"] if scaling and scaling.has_targets else []
    return "\n".join([*lines, "}", ""])
