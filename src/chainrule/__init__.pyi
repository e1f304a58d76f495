from . import datasets as datasets
from .explain.derivation import Derivation as Derivation
from .explain.derivation import derive as derive
from .explain.diagnose import diagnose as diagnose
from .explain.diagnose_code import diagnose_code as diagnose_code
from .explain.diagnosis import Diagnosis as Diagnosis
from .explain.diagnosis import Finding as Finding
from .explain.gradient_check import GradientCheck as GradientCheck
from .explain.gradient_check import check_gradients as check_gradients
from .explain.trace import Trace as Trace
from .explain.trace import trace as trace
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
