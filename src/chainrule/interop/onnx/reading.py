"""Reads an ONNX graph as a network: what each tensor is, and then the layers that the output consists of."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.interop.onnx.errors import OnnxImportError
from chainrule.interop.onnx.evaluation import Evaluation
from chainrule.interop.onnx.layers import Chain, ReadLayer, chain_of
from chainrule.interop.onnx.outputs import classes_of, needed_nodes, output_of
from chainrule.interop.onnx.package import required
from chainrule.interop.onnx.values import input_of
from chainrule.interop.scaling import Scaling
from chainrule.network import Network
from chainrule.structure import Structure

__all__ = ["OnnxModel", "from_onnx", "load", "read"]


@dataclass(frozen=True)
class OnnxModel:
    """What an ONNX graph holds.

    Attributes:
        network: the layers.
        scaling: what is done to raw samples before them and to the outputs after them; None if nothing is. Where the
            graph fills no missing values, `fill` is NaN.
        classes: of a classifier the label of each class, whole numbers or text, or None.
    """

    network: Network
    scaling: Scaling | None
    classes: list[Any] | None


def load(path: str | os.PathLike[str]) -> Network:
    """The network in an ONNX file: a multilayer perceptron as PyTorch, Keras, scikit-learn's converter or we write it.

    What scales the inputs becomes a part of the first layer; what scales the outputs, of the last one; in float64, as
    is the network then. `read` gives it apart, and the labels of classes too. Of two classes' probabilities the network
    gives the second. A network of float is float32, one of double float64. Batch normalization between a product and a
    hidden layer's activation stays a layer's; elsewhere it becomes a part of the weights. Dropout is left out.

    Args:
        path: the file; a leading ~ is the home folder. Tensors that are stored beside it must be in its folder.

    Raises:
        OnnxImportError: a ValueError: it is no such file, is damaged, or has a node that is no part of such a network;
            the message names the node.
        ImportError: the package onnx is not installed.
        OSError: the file cannot be read.

    Example:
        >>> import tempfile, chainrule as cr
        >>> net = cr.Network([2, 3, 1], hidden="gelu", seed=0, dtype="float32")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     cr.onnx.save(net, f"{folder}/m.onnx")
        ...     cr.onnx.load(f"{folder}/m.onnx")
        Network(2-3-1, gelu, sigmoid, 13 parameters, float32)
    """
    path = Path(path).expanduser()
    model = parsed(path)
    return told(path, lambda: network_of(chain_in(model, path.parent)[0]))


def read(path: str | os.PathLike[str]) -> OnnxModel:
    """What an ONNX file holds: the network as of `load`, but the scaling of inputs and outputs apart, and the classes.

    Raises:
        OnnxImportError, ImportError, OSError: as of `load`.
    """
    path = Path(path).expanduser()
    model = parsed(path)
    return told(path, lambda: model_of(*chain_in(model, path.parent)))


def from_onnx(model: Any) -> Network:
    """The network of an `onnx.ModelProto`, as of `load`; its tensors must be in it.

    Raises:
        OnnxImportError: as of `load`.
        TypeError: it is no ModelProto.
    """
    if not isinstance(model, required().ModelProto):
        raise TypeError(f"model must be an onnx.ModelProto, got {type(model).__name__}; for a file there is load(path)")
    return network_of(chain_in(model, None)[0])


def told(path: Path, read_it: Any) -> Any:
    """What read_it gives, its errors with the file's name."""
    try:
        return read_it()
    except OnnxImportError as error:
        raise OnnxImportError(f"{path}: {error}") from None


def parsed(path: Path) -> Any:
    """The ModelProto in the file; tensors that are stored elsewhere are not looked for."""
    onnx = required()
    from google.protobuf.message import DecodeError

    content = path.read_bytes()
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except DecodeError:
        raise OnnxImportError(f"{path}: it is no ONNX file, or is cut off or damaged ({len(content)} bytes)") from None
    return model


def chain_in(model: Any, folder: Path | None) -> tuple[Chain, list[Any] | None]:
    """The layers of a model, and the labels of its classes."""
    graph = model.graph
    if not model.HasField("graph") or not graph.node:
        raise OnnxImportError("the file holds no graph: it is no ONNX file, or is cut off")
    opsets = {entry.domain: entry.version for entry in model.opset_import}
    opset = opsets.get("", opsets.get("ai.onnx", 0))
    newest = required().defs.onnx_opset_version()
    if not 7 <= opset <= newest:
        raise OnnxImportError(
            f"the model says opset {opset}; read are those from 7 to {newest}"
            if opset
            else "the model does not say its opset: it is no ONNX file, or is cut off"
        )
    stored = {tensor.name: tensor for tensor in graph.initializer}
    if graph.sparse_initializer:
        raise OnnxImportError("the graph has sparse tensors, which are not read; export the network without")
    output = output_of(graph)
    nodes = needed_nodes(graph, output)
    inputs = [i for i in graph.input if i.name not in stored and any(i.name in n.input for n in nodes)]
    if len(inputs) != 1:
        names = ", ".join(repr(i.name[:100]) for i in inputs)
        raise OnnxImportError(f"a network has one input, but the graph has {len(inputs)}{': ' * bool(names)}{names}")
    reader = Evaluation(stored, folder, opset)
    shape = [d.dim_value if d.HasField("dim_value") else d.dim_param for d in inputs[0].type.tensor_type.shape.dim]
    known = tuple(shape) if inputs[0].type.tensor_type.HasField("shape") else None
    reader.values[inputs[0].name] = source = input_of(known, inputs[0])
    with np.errstate(all="ignore"):
        for node in nodes:
            reader.add(node)
        if output not in reader.values:
            raise OnnxImportError(f"nothing in the graph gives its output {output[:100]!r}: the file is damaged")
        chain = chain_of(reader.values[output])
    d_in, width = chain.layers[0].weight.shape[0], source.core.width if source.core else None
    if width not in (None, d_in):
        raise OnnxImportError(f"the input has {width} numbers a sample, but the first product takes {d_in}")
    chain.exact = reader.exact
    return chain, classes_of(graph, reader.stored_array)


def network_of(chain: Chain) -> Network:
    """The network of these layers, the scaling made a part of them."""
    scaled, targets = chain.is_scaled, chain.has_targets
    if targets and chain.layers[-1].activation.name != "identity":
        raise OnnxImportError(
            f"what its last activation, {chain.layers[-1].activation.name}, gives is scaled, which no layer does; "
            "chainrule.onnx.read gives the network and the scaling apart"
        )
    layers = [replace(layer) for layer in chain.layers]
    layers[0].bias = layers[0].bias + chain.shift @ layers[0].weight
    layers[0].weight = layers[0].weight * chain.scale[:, None]
    layers[-1].weight = layers[-1].weight * chain.target_scale
    layers[-1].bias = layers[-1].bias * chain.target_scale + chain.target_shift
    return built(layers, np.float64 if chain.exact or scaled or targets else np.float32)


def model_of(chain: Chain, classes: list[Any] | None) -> OnnxModel:
    """The network and the scaling apart."""
    network = built(chain.layers, np.float64 if chain.exact else np.float32)
    if not (chain.is_scaled or chain.has_targets or chain.fill is not None):
        return OnnxModel(network, None, classes)
    if not chain.scale.all():
        raise OnnxImportError(
            "an input is multiplied by 0, which no scaling does; chainrule.onnx.load takes it as it is"
        )
    targets = (chain.target_shift, chain.target_scale) if chain.has_targets else (None, None)
    fill = np.full(chain.scale.shape, np.nan) if chain.fill is None else chain.fill
    return OnnxModel(network, Scaling(fill, 0 - chain.shift / chain.scale, 1 / chain.scale, *targets), classes)


def built(layers: list[ReadLayer], dtype: type) -> Network:
    """The network of these layers."""
    sizes = [layers[0].weight.shape[0], *(layer.weight.shape[1] for layer in layers)]
    try:
        structure = Structure.of(
            sizes,
            hidden=[layer.activation for layer in layers[:-1]],
            output=layers[-1].activation,
            normalization=[layer.normalization for layer in layers[:-1]],
        )
    except ValueError as error:
        raise OnnxImportError(str(error)) from None
    numbers: Array = np.empty(structure.n_parameters + structure.n_statistics, dtype)
    with np.errstate(over="ignore", under="ignore"):
        for place, layer in zip(structure.layers, layers, strict=True):
            place.weight(numbers)[...], place.bias(numbers)[...] = layer.weight, layer.bias
            for name, where in (place.places | place.statistics).items():
                numbers[where] = layer.vectors[name]
    if not np.isfinite(numbers).all():
        raise OnnxImportError(
            f"a weight is not finite in {np.dtype(dtype)}; a network with such a number predicts nothing"
        )
    return Network.of(structure, numbers, np.random.default_rng(0))
