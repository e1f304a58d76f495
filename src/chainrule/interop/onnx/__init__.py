"""Networks as ONNX graphs, and ONNX graphs as networks.

Written: MatMul, Add and the activation, layer by layer, of the default domain and in float32. The input is `X`, float
(N, d_in). A regressor, and any network by itself, has the output `variable`, float (N, d_out), which is what
`Network.predict` gives. A classifier has `label` and `probabilities`, a tensor and no map. Batch normalization is
folded into the weights. Activations are ONNX' own operators where the opset has them; layer normalization, and
activations of your own, are spelled out as their formulas record themselves.

Read: multilayer perceptrons as PyTorch, Keras, scikit-learn's converter and this package write them; see `load`.

Needs the extra `onnx`: pip install "chainrule[onnx]".
"""

from chainrule.interop.onnx.errors import OnnxImportError
from chainrule.interop.onnx.reading import OnnxModel, from_onnx, load, read
from chainrule.interop.onnx.writing import OPSETS, save, to_onnx

__all__ = ["OPSETS", "OnnxImportError", "OnnxModel", "from_onnx", "load", "read", "save", "to_onnx"]
