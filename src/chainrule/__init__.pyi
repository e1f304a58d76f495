from . import datasets as datasets
from .formulas import activations as activations
from .formulas import initializers as initializers
from .formulas import losses as losses
from .formulas import optimizers as optimizers
from .formulas.optimizers import SGD as SGD
from .network import Gradients as Gradients
from .network import Network as Network
from .training import callbacks as callbacks
from .training.callbacks import Callback as Callback
from .training.callbacks import PrintLoss as PrintLoss
from .training.history import History as History
from .training.loop import DivergenceError as DivergenceError
from .training.many import Runs as Runs
from .training.many import train_many as train_many

__all__: list[str]
__version__: str
