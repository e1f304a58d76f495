"""ONNX graphs as other programs write them, node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from chainrule.arrays import Array

Node = tuple[Any, ...]
"""An operator, its inputs and its output in one text, such as "z s -> u", and perhaps its attributes."""

RNG = np.random.default_rng(6)
WEIGHTS = {
    "W0": RNG.normal(size=(3, 5)),
    "b0": RNG.normal(size=5),
    "W1": RNG.normal(size=(5, 2)),
    "b1": RNG.normal(size=2),
}
SAMPLES = RNG.normal(size=(7, 3)) * 3


def model(
    nodes: Sequence[Node],
    constants: Mapping[str, Any] = WEIGHTS,
    *,
    opset: int = 17,
    dtype: str = "float32",
    shape: Sequence[Any] = ("N", 3),
    outputs: Sequence[str] = ("y",),
    as_nodes: bool = False,
) -> Any:
    """A ModelProto of these nodes.

    Args:
        nodes: in their order.
        constants: floats become of this dtype.
        opset: of the default operators.
        dtype: of input, constants and output.
        shape: of the input x.
        outputs: their names.
        as_nodes: whether constants come as nodes instead of initializers.
    """
    onnx = pytest.importorskip("onnx")
    helper, kind = onnx.helper, onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    made, stored = [], []
    for name, value in constants.items():
        array = np.asarray(value)
        tensor = onnx.numpy_helper.from_array(array.astype(dtype) if array.dtype.kind == "f" else array, name)
        if as_nodes:
            made.append(helper.make_node("Constant", [], [name], value=tensor))
        else:
            stored.append(tensor)
    for operator, wiring, *attributes in nodes:
        inputs, _, output = wiring.partition("->")
        name, _, domain = operator.partition("@")
        made.append(
            helper.make_node(
                name,
                inputs.split(),
                output.split(),
                name=f"{name.lower()}_{len(made)}",
                domain=domain or None,
                **(attributes[0] if attributes else {}),
            )
        )
    graph = helper.make_graph(
        made,
        "g",
        [helper.make_tensor_value_info("x", kind, list(shape))],
        [helper.make_tensor_value_info(name, kind, None) for name in outputs],
        stored,
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 3)], ir_version=8
    )


def between(*nodes: Node) -> list[Node]:
    """A network with these nodes between z and a, in its middle."""
    return [("Gemm", "x W0 b0 -> z"), *nodes, ("MatMul", "a W1 -> product"), ("Add", "product b1 -> y")]


def run(made: Any, X: Array = SAMPLES) -> Any:
    """What onnxruntime computes."""
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    kind = np.float64 if "double" in session.get_inputs()[0].type else np.float32
    return session.run(None, {"x": X.astype(kind)})[0]


def s(number: float) -> Array:
    """A number, as graphs store it."""
    return np.asarray(number, float)


SPELLED: list[tuple[str, list[Node], dict[str, Any]]] = [
    ("relu", [("Max", "z zero -> a")], {"zero": s(0)}),
    ("relu", [("Clip", "z zero -> a")], {"zero": s(0)}),
    ("relu", [("Greater", "z zero -> c"), ("Where", "c z zero -> a")], {"zero": s(0)}),
    ("sigmoid", [("Neg", "z -> n"), ("Exp", "n -> e"), ("Add", "e one -> p"), ("Reciprocal", "p -> a")], {"one": s(1)}),
    ("sigmoid", [("Neg", "z -> n"), ("Exp", "n -> e"), ("Add", "one e -> p"), ("Div", "one p -> a")], {"one": s(1)}),
    ("softplus", [("Exp", "z -> e"), ("Add", "e one -> p"), ("Log", "p -> a")], {"one": s(1)}),
    (  # as logaddexp has it
        "softplus",
        [
            ("Abs", "z -> m"),
            ("Neg", "m -> n"),
            ("Exp", "n -> e"),
            ("Add", "one e -> p"),
            ("Log", "p -> l"),
            ("Relu", "z -> r"),
            ("Add", "l r -> a"),
        ],
        {"one": s(1)},
    ),
    (  # torch.onnx.export(dynamo=True)
        "softplus",
        [("Softplus", "z -> p"), ("Greater", "z t -> c"), ("Where", "c z p -> a")],
        {"t": s(20)},
    ),
    ("softsign", [("Abs", "z -> m"), ("Add", "m one -> p"), ("Div", "z p -> a")], {"one": s(1)}),
    (  # torch.onnx.export
        "gelu",
        [
            ("Div", "z root -> d"),
            ("Erf", "d -> e"),
            ("Add", "e one -> p"),
            ("Mul", "z p -> m"),
            ("Mul", "m half -> a"),
        ],
        {"root": s(2**0.5), "one": s(1), "half": s(0.5)},
    ),
    (  # Keras through tf2onnx
        "gelu",
        [
            ("Mul", "half z -> h"),
            ("Div", "z root -> d"),
            ("Erf", "d -> e"),
            ("Add", "one e -> p"),
            ("Mul", "h p -> a"),
        ],
        {"root": s(2**0.5), "one": s(1), "half": s(0.5)},
    ),
    (
        "gelu",
        [
            ("Mul", "z r -> d"),
            ("Erf", "d -> e"),
            ("Mul", "e half -> g"),
            ("Add", "half g -> p"),
            ("Mul", "p z -> a"),
        ],
        {"r": s(0.5**0.5), "half": s(0.5)},
    ),
    (  # torch.onnx.export
        "gelu_tanh",
        [
            ("Mul", "z z -> q"),
            ("Mul", "z q -> c"),
            ("Mul", "k c -> d"),
            ("Add", "z d -> f"),
            ("Mul", "w f -> g"),
            ("Tanh", "g -> t"),
            ("Add", "t one -> p"),
            ("Mul", "z p -> m"),
            ("Mul", "half m -> a"),
        ],
        {"k": s(0.044715), "w": s((2 / np.pi) ** 0.5), "one": s(1), "half": s(0.5)},
    ),
    (  # Keras through tf2onnx
        "gelu_tanh",
        [
            ("Pow", "z three -> c"),
            ("Mul", "c k -> d"),
            ("Add", "z d -> f"),
            ("Mul", "f w -> g"),
            ("Tanh", "g -> t"),
            ("Add", "t one -> p"),
            ("Mul", "z half -> h"),
            ("Mul", "h p -> a"),
        ],
        {"three": s(3), "k": s(0.044715), "w": s(0.7978845608), "one": s(1), "half": s(0.5)},
    ),
    ("silu", [("Sigmoid", "z -> g"), ("Mul", "g z -> a")], {}),
    ("mish", [("Softplus", "z -> p"), ("Tanh", "p -> t"), ("Mul", "z t -> a")], {}),
    (
        "mish",
        [("Exp", "z -> e"), ("Add", "e one -> p"), ("Log", "p -> l"), ("Tanh", "l -> t"), ("Mul", "z t -> a")],
        {"one": s(1)},
    ),
    (
        "hard_sigmoid",
        [("Add", "z t -> p"), ("Clip", "p zero six -> c"), ("Div", "c six -> a")],
        {"t": s(3), "zero": s(0), "six": s(6)},
    ),
    (
        "hard_sigmoid",
        [("Add", "z t -> p"), ("Relu", "p -> r"), ("Min", "r six -> c"), ("Mul", "c sixth -> a")],
        {"t": s(3), "six": s(6), "sixth": s(1 / 6)},
    ),
    (
        "hard_sigmoid",
        [("Mul", "z sixth -> p"), ("Add", "p half -> q"), ("Min", "q one -> m"), ("Max", "m zero -> a")],
        {"sixth": s(1 / 6), "half": s(0.5), "one": s(1), "zero": s(0)},
    ),
    (
        "hard_swish",
        [("Add", "z t -> p"), ("Clip", "p zero six -> c"), ("Mul", "z c -> m"), ("Div", "m six -> a")],
        {"t": s(3), "zero": s(0), "six": s(6)},
    ),
    ("hard_swish", [("HardSigmoid", "z -> g", {"alpha": 1 / 6}), ("Mul", "z g -> a")], {}),
    ("leaky_relu", [("Mul", "z k -> m"), ("Max", "z m -> a")], {"k": s(0.2)}),
    (
        "leaky_relu",
        [("Less", "z zero -> c"), ("Mul", "k z -> m"), ("Where", "c m z -> a")],
        {"k": s(0.2), "zero": s(0)},
    ),
    ("leaky_relu", [("PRelu", "z k -> a")], {"k": np.array([0.2])}),
    (  # Keras' PReLU
        "prelu",
        [("Relu", "z -> r"), ("Neg", "z -> n"), ("Relu", "n -> q"), ("Mul", "k q -> m"), ("Add", "r m -> a")],
        {"k": np.array([[-0.1, -0.2, 0.3, -0.4, -0.5]])},
    ),
    ("prelu", [("PRelu", "z k -> a")], {"k": np.array([0.1, 0.2, -0.3, 0.4, 0.5])}),
    (
        "elu",
        [
            ("Exp", "z -> e"),
            ("Sub", "e one -> m"),
            ("Mul", "m k -> n"),
            ("Greater", "z zero -> c"),
            ("Where", "c z n -> a"),
        ],
        {"one": s(1), "k": s(0.5), "zero": s(0)},
    ),
    (
        "elu",
        [
            ("Relu", "z -> r"),
            ("Min", "z zero -> n"),
            ("Exp", "n -> e"),
            ("Sub", "e one -> m"),
            ("Add", "r m -> a"),
        ],
        {"one": s(1), "zero": s(0)},
    ),
    (
        "celu",
        [
            ("Relu", "z -> r"),
            ("Div", "z k -> d"),
            ("Exp", "d -> e"),
            ("Sub", "e one -> m"),
            ("Mul", "m k -> n"),
            ("Min", "n zero -> o"),
            ("Add", "r o -> a"),
        ],
        {"one": s(1), "k": s(0.5), "zero": s(0)},
    ),
    ("selu", [("Elu", "z -> e", {"alpha": 1.6732632423543772}), ("Mul", "e k -> a")], {"k": s(1.0507009873554805)}),
    (
        "softmax",
        [
            ("ReduceMax", "z -> m", {"axes": [-1]}),
            ("Sub", "z m -> d"),
            ("Exp", "d -> e"),
            ("ReduceSum", "e last -> t"),
            ("Div", "e t -> a"),
        ],
        {"last": np.array([1])},
    ),
    ("log_softmax", [("Softmax", "z -> p"), ("Log", "p -> a")], {}),
]
"""How activations are spelled as several nodes, of z, giving a."""
