"""The operators that are read, and what each does to values; a node of any other is refused."""

from __future__ import annotations

from collections.abc import Callable

from chainrule.interop.onnx.activation_operators import (
    clipped,
    compared,
    elementary,
    function,
    gelu,
    hard_sigmoid,
    over_units,
    power,
    reduction,
    selu,
    swish,
    with_alpha,
)
from chainrule.interop.onnx.call import Call
from chainrule.interop.onnx.layer_operators import (
    batch_normalization,
    chosen,
    dropout,
    gemm,
    imputer,
    layer_normalization,
    matmul,
    scaler,
)
from chainrule.interop.onnx.patterns import rectified
from chainrule.interop.onnx.shape_operators import both_classes, cast, number_of_samples, reshaped
from chainrule.interop.onnx.values import Value, inverse, maximum, minimum

__all__ = ["OPERATORS", "TAKE_MATRICES"]

TAKE_MATRICES = ("MatMul", "Gemm", "Reshape", "Concat")
"""The operators that take constants of other shapes than one number for each unit."""

OPERATORS: dict[str, Callable[[Call], Value]] = {
    "Add": lambda call: call[0] + call[1],
    "Sub": lambda call: call[0] - call[1],
    "Mul": lambda call: call[0] * call[1],
    "Div": lambda call: call[0] / call[1],
    "Neg": lambda call: -call[0],
    "Reciprocal": lambda call: inverse(call[0]),
    "Pow": power,
    **dict.fromkeys(("Exp", "Log", "Erf", "Abs", "Sqrt", "IsNaN", "Shape"), elementary),
    **dict.fromkeys(("ReduceMean", "ReduceSum", "ReduceMax"), reduction),
    "Max": lambda call: maximum(call[0], call[1]),
    "Min": lambda call: minimum(call[0], call[1]),
    "Clip": clipped,
    "Where": chosen,
    "Greater": compared("Greater"),
    "GreaterOrEqual": compared("Greater"),
    "Less": compared("Less"),
    "LessOrEqual": compared("Less"),
    "MatMul": matmul,
    "Gemm": gemm,
    "BatchNormalization": batch_normalization,
    "LayerNormalization": layer_normalization,
    "Relu": function("relu"),
    "Sigmoid": function("sigmoid"),
    "Tanh": function("tanh"),
    "Softplus": function("softplus"),
    "Softsign": function("softsign"),
    "Mish": function("mish"),
    "HardSwish": function("hard_swish"),
    "HardSigmoid": hard_sigmoid,
    "Swish": swish,
    "Selu": selu,
    "Gelu": gelu,
    "Elu": with_alpha("elu", "alpha", 1.0),
    "Celu": with_alpha("celu", "alpha", 1.0),
    "LeakyRelu": with_alpha("leaky_relu", "negative_slope", 0.01),
    "PRelu": lambda call: rectified(call[0], call.array(1, "its slope"), call.node),
    "Softmax": over_units("softmax"),
    "LogSoftmax": over_units("log_softmax"),
    "Identity": lambda call: call[0],
    "Cast": cast,
    "Dropout": dropout,
    **dict.fromkeys(("Flatten", "Reshape", "Squeeze", "Unsqueeze"), reshaped),
    "Concat": both_classes,
    "Gather": number_of_samples,
    "ai.onnx.ml::Scaler": scaler,
    "ai.onnx.ml::Imputer": imputer,
    "ai.onnx.ml::ZipMap": lambda call: call[0],
}
"""Each operator by its name, with the domain before it unless it is the default one."""
