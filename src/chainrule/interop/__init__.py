"""Networks for other programs, and from them: files without pickle, C, Python and ONNX."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submodules=["onnx"])
