"""What the report prints of its two experiments (section 3): the figures to compare with.

The copy of the report at hand was read by a machine, which misread a few characters. Two points between numbers are
spaces here, and the last XOR prediction, printed as 9.999999623e-01 with ten digits where all others have nine, is kept
as printed.
"""

from dataclasses import dataclass

import numpy as np

from chainrule.arrays import Array

__all__ = ["LINEAR", "XOR", "Printed"]


@dataclass(frozen=True)
class Printed:
    """What the report says of one experiment."""

    sizes: tuple[int, ...]
    """Units of each layer (section 2.2)."""
    epochs: int
    class_sizes: tuple[int, int]
    """How many samples it says there are of class 1 and of class 2."""
    loss: dict[int, float]
    """Loss by epoch."""
    converged_before: int
    """"They take less than 2500 epochs and 10000 epochs to converge respectively." """
    predictions: Array
    """The raw predictions, in the order in which they are printed; which sample each belongs to is not said."""
    accuracy: float = 1.0
    learning_rate: float = 0.3


LINEAR = Printed(
    sizes=(2, 2, 2, 1),
    epochs=20_000,
    class_sizes=(50, 50),
    loss={
        0: 0.9237761721751334,
        5000: 0.004928644549570027,
        10000: 0.0017639850468309873,
        15000: 0.0009879229519432738,
    },
    converged_before=2500,
    predictions=np.fromstring(
        """
    6.90819419e-06 6.89088523e-06 9.99933621e-01 9.99990638e-01
    6.89086207e-06 6.98066113e-06 6.88883765e-06 9.99998101e-01
    9.99998220e-01 7.69210999e-06 6.97021061e-06 6.90064537e-06
    7.75386611e-06 9.99997732e-01 7.46184705e-06 9.99998208e-01
    7.57580357e-06 9.99998181e-01 9.99998154e-01 9.99997717e-01
    9.99996567e-01 8.37283796e-06 6.90998887e-06 9.99998215e-01
    9.99998082e-01 6.88936627e-06 6.89423764e-06 2.56276384e-05
    9.99398808e-01 9.99997935e-01 9.99998117e-01 9.99956847e-01
    6.89493318e-06 9.90118088e-01 1.57471440e-04 7.12138064e-06
    2.28977837e-05 6.89730998e-06 9.99998192e-01 9.99998216e-01
    6.89201361e-06 9.99991525e-01 7.03651638e-06 1.05923837e-05
    7.29312904e-06 7.88233810e-06 9.99989930e-01 9.99998204e-01
    9.99998220e-01 9.99998202e-01 7.98294597e-06 5.72127426e-04
    9.99998219e-01 9.99998179e-01 9.99928326e-01 4.19614364e-03
    7.36856021e-06 1.28845848e-05 2.43768160e-05 7.26059591e-06
    9.99998219e-01 9.99998220e-01 7.58208568e-06 9.99998217e-01
    9.99995775e-01 9.99997979e-01 9.99885192e-01 9.99998210e-01
    9.99998220e-01 7.56502911e-06 6.88703112e-06 9.99996497e-01
    9.99997033e-01 9.79804664e-01 9.99996545e-01 9.55886385e-06
    1.76093844e-05 6.95568587e-06 6.95284784e-06 9.99998157e-01
    1.30554803e-04 9.99998182e-01 1.85520408e-02 2.68101640e-05
    7.33248028e-06 7.31142934e-06 4.61143380e-05 7.09215793e-06
    9.99998161e-01 1.36325742e-05 9.99998214e-01 9.99545959e-01
    7.24238832e-06 1.95717476e-05 7.42397693e-06 9.99997644e-01
    9.99938601e-01 6.91506496e-06 9.84029565e-03 6.89190987e-06
    """,
        sep=" ",
    ),
)

XOR = Printed(
    sizes=(2, 3, 3, 1),
    epochs=100_000,
    class_sizes=(10, 11),
    loss={90000: 5.0888838506633774e-05, 95000: 4.766360642509997e-05},
    converged_before=10_000,
    predictions=np.fromstring(
        """
    9.99999617e-01 4.99861515e-08 6.65580646e-06 2.03335408e-05
    3.42511670e-07 9.99999462e-01 9.99999678e-01 1.07016141e-05
    9.99999626e-01 9.99746762e-01 9.99999655e-01 2.67489546e-08
    1.86902482e-04 7.17750607e-05 9.99999428e-01 1.34635227e-04
    2.79883321e-06 9.99751300e-01 9.99999673e-01 1.47559646e-06
    9.999999623e-01
    """,
        sep=" ",
    ),
)
