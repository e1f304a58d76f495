"""chainrule: the neural network whose every number can be seen, checked and explained.

>>> import chainrule as cr
>>> X, y = cr.datasets.xor()
>>> net = cr.Network([2, 3, 3, 1], hidden="sigmoid", output="sigmoid", initializer="he_normal", seed=0)
>>> history = net.fit(X, y, loss="binary_cross_entropy", optimizer=cr.SGD(0.3, momentum=0.9), epochs=5000)
>>> round(history.loss[0], 4), history.loss[-1] < 0.001
(0.7083, True)
"""

import lazy_loader

__version__ = "0.1.0"

# The public names stand in __init__.pyi; each is imported when it is first asked for, so that the import costs nothing.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
