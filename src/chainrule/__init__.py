"""chainrule: the neural network whose every number can be seen, checked and explained.

>>> import chainrule as cr
>>> X, y = cr.datasets.xor()
>>> net = cr.Network([2, 3, 3, 1], hidden="sigmoid", output="sigmoid", initializer="he_normal", seed=0)
>>> history = net.fit(X, y, loss="binary_cross_entropy", optimizer=cr.SGD(0.3, momentum=0.9), epochs=5000)
>>> round(history.loss[0], 4), history.loss[-1] < 0.001
(0.7083, True)
"""

from chainrule import datasets
from chainrule.formulas import activations, initializers, losses, optimizers
from chainrule.formulas.optimizers import SGD
from chainrule.network import Gradients, Network
from chainrule.training import callbacks
from chainrule.training.callbacks import Callback, PrintLoss
from chainrule.training.history import History
from chainrule.training.loop import DivergenceError

__version__ = "0.1.0"

__all__ = [
    "SGD",
    "Callback",
    "DivergenceError",
    "Gradients",
    "History",
    "Network",
    "PrintLoss",
    "__version__",
    "activations",
    "callbacks",
    "datasets",
    "initializers",
    "losses",
    "optimizers",
]
