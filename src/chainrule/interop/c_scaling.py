"""A table's preprocessing in C: the functions of raw inputs and of outputs, and what the header says of them.

As in `c_source.py`, % is the type of the numbers.
"""

from __future__ import annotations

from chainrule.interop.exported_scaling import ExportedScaling

__all__ = ["SCALED_BEFORE", "SCALED_HERE", "scaling_functions"]

SCALED_BEFORE = """and scaled as they were when the network was trained: nothing is
 *           scaled here. They must be finite."""
SCALED_HERE = """raw: they are scaled here as they were when the network was
 *           trained. NAN is a missing value, for which the fill stands; the others must be finite."""


def scaling_functions(scaling: ExportedScaling, name: str) -> str:
    """The functions of what is done to raw inputs, and to the outputs if anything is."""
    z, y = "x[i]", "y[j]"
    for sign, number in (("-", "mean"), ("-", "mean_rest"), ("/", "scale")):
        if getattr(scaling, number) is not None:
            z = f"({z})" if sign == "/" and z != "x[i]" else z
            z = f"{z} {sign} {name}_{number}[i]"
    for sign, number in (("*", "target_scale"), ("+", "target_mean")):
        if getattr(scaling, number) is not None:
            y = f"{y} {sign} {name}_{number}[j]"
    upper = name.upper()
    functions = [
        "/* What the network takes for raw inputs; a number that is not itself is NAN. */",
        f"static inline void {name}_scaled_inputs(const % *x, % *z)\n{{",
        f"    for (int i = 0; i < {upper}_INPUTS; i++)\n        z[i] = x[i] != x[i] ? {name}_fill[i] : {z};\n}}\n",
    ]
    if scaling.has_targets:
        functions += [
            f"static inline void {name}_scaled_outputs(% *y)\n{{",
            f"    for (int j = 0; j < {upper}_OUTPUTS; j++)\n        y[j] = {y};\n}}\n",
        ]
    return "\n".join(functions)
